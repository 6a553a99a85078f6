"""Bytes of an interchange -> segments, and what is wrong with its envelope. Source: ISO 9735 (service characters, UNA, UNB ... UNZ).

Bytes of strangers: never raises but ``Unreadable``, linear in their length.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from extractors.errors import Unreadable
from schemas.edifact import charsets

MAX_SEGMENTS = 300_000
DEFAULT_SERVICE = ":+.? '"
FALLBACK = "windows-1252"
_SYNTAX = re.compile(rb"UNB.([A-Z]{4})")
_TAG = re.compile(r"[A-Z][A-Z0-9]{2}")


class Segment(NamedTuple):
    """``number`` counts from 1 at UNH; the elements are without the tag."""

    number: int
    tag: str
    elements: list[list[str]]

    @property
    def place(self) -> str:
        return f"{self.tag}[{self.number}]"

    def component(self, element: int, component: int = 0) -> str:
        """The text there, ``""`` where nothing stands. Counted from 0 without the tag."""
        components = self.elements[element] if element < len(self.elements) else []
        return components[component] if component < len(components) else ""


class Complaint(NamedTuple):
    """Something wrong with the form of the interchange. ``is_fatal``: parts of it may be missing or cannot be understood."""

    rule: str
    place: str
    message: str
    is_fatal: bool = False
    values: tuple[str, ...] = ()


@dataclass
class Interchange:
    """Service segments, messages and attached objects, in their order."""

    decimal_mark: str = "."
    messages: list[list[Segment]] = field(default_factory=list)
    objects: list[tuple[Segment, str]] = field(default_factory=list)
    """UNO and what stands between it and its UNP."""
    complaints: list[Complaint] = field(default_factory=list)
    doubtful_text: bool = False
    """The bytes are not in the character set the interchange names."""


def tokenize(data: bytes) -> Interchange:
    """Raises ``Unreadable`` where there is no message at all or too much of them."""
    interchange = Interchange()
    text = _decoded(data, interchange)
    service = text[3:9] if text.startswith("UNA") else DEFAULT_SERVICE
    body = text[9:] if text.startswith("UNA") else text
    if len(set(service) - {" "}) < 4 or any(c.isalnum() for c in service):
        raise Unreadable(
            "READ-MALFORMED", f"the service string {service!r} of UNA is not usable; ask the sender for the file again"
        )
    interchange.decimal_mark = service[2]
    _Messages(interchange).collect(_Scanner(body, service).segments(interchange))
    if not interchange.messages:
        raise Unreadable("READ-MALFORMED", "the interchange holds no message (no UNH segment); ask the sender for the file again")
    return interchange


def _decoded(data: bytes, interchange: Interchange) -> str:
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    named = _SYNTAX.search(start[:200])
    identifier = named[1].decode("ascii") if named else "UNOC"
    encoding = charsets().get(identifier)
    if encoding is None:
        interchange.complaints.append(
            Complaint("EDI-CHARSET", "UNB", f"the character set {identifier} is not known; read as {FALLBACK}")
        )
        encoding = FALLBACK
    try:
        return start.decode(encoding)
    except UnicodeDecodeError as problem:
        interchange.doubtful_text = True
        words = (
            f"byte {problem.start + 1} is not {encoding}, the character set {identifier} of the interchange; read as {FALLBACK}"
        )
        interchange.complaints.append(Complaint("EDI-CHARSET", "UNB", words, values=(identifier,)))
        return start.decode(FALLBACK, errors="replace")


class _Scanner:
    """Splits text at service characters, released ones excepted."""

    def __init__(self, text: str, service: str) -> None:
        self._text = text
        self._release = service[3] if service[3] != " " else ""
        self._end = service[5]
        self._element, self._component = service[1], service[0]

    def segments(self, interchange: Interchange) -> Iterator[Segment]:
        """Numbers are set by the collector. An object between UNO and UNP is not read as segments."""
        at, count = 0, 0
        while at < len(self._text):
            end = self._find_end(at)
            raw = self._text[at:end].lstrip("\r\n\t ")
            if end == len(self._text):
                if raw:
                    words = f"the file ends in the middle of a segment ({raw[:20]!r}); it was cut: ask the sender for it again"
                    interchange.complaints.append(Complaint("EDI-SYNTAX", raw[:3], words, is_fatal=True))
                return
            at = end + 1
            if not raw:
                continue
            count += 1
            if count > MAX_SEGMENTS:
                raise Unreadable("READ-TOO-LARGE", f"the interchange has more than {MAX_SEGMENTS} segments")
            segment = self._segment(raw)
            yield segment
            if segment.tag == "UNO":
                close = self._text.find("UNP" + self._element, at)
                close = close if close >= 0 else len(self._text)
                interchange.objects.append((segment, self._text[at:close].strip("\r\n")))
                at = close

    def _find_end(self, at: int) -> int:
        end = self._text.find(self._end, at)
        while end > 0 and self._release and self._is_released(end):
            end = self._text.find(self._end, end + 1)
        return end if end >= 0 else len(self._text)

    def _is_released(self, at: int) -> bool:
        """An odd number of release characters stands before it."""
        count = 0
        while at - 1 - count >= 0 and self._text[at - 1 - count] == self._release:
            count += 1
        return count % 2 == 1

    def _segment(self, raw: str) -> Segment:
        tag, *elements = self._split(raw, self._element)
        return Segment(0, tag.strip(), [[self._plain(c) for c in self._split(e, self._component)] for e in elements])

    def _split(self, text: str, mark: str) -> list[str]:
        parts = text.split(mark)
        if not self._release or self._release not in text:
            return parts
        joined: list[str] = []
        open_part = ""
        for part in parts:
            trailing = len(part) - len(part.rstrip(self._release))
            if trailing % 2:
                open_part += part + mark
                continue
            joined.append(open_part + part)
            open_part = ""
        if open_part:
            joined.append(open_part[: -len(mark)])
        return joined

    def _plain(self, text: str) -> str:
        if not self._release or self._release not in text:
            return text
        return re.sub(re.escape(self._release) + r"(.)", r"\1", text, flags=re.DOTALL)


class _Messages:
    """Sorts segments into messages and judges the envelope."""

    def __init__(self, interchange: Interchange) -> None:
        self._to = interchange
        self._open: list[Segment] | None = None
        self._opening = ""
        self._count = 0

    def collect(self, segments: Iterator[Segment]) -> None:
        closed = False
        for segment in segments:
            if segment.tag == "UNB":
                self._opening = segment.component(4)
            elif segment.tag == "UNZ":
                closed = True
                self._close_interchange(segment)
            elif segment.tag == "UNH":
                self._unclosed()
                self._count += 1
                self._open = []
                self._to.messages.append(self._open)
                self._add(segment)
            elif segment.tag == "UNT" and self._open is not None:
                self._add(segment)
                self._close_message(self._open, segment)
                self._open = None
            elif segment.tag not in ("UNG", "UNE", "UNO", "UNP"):
                self._add(segment)
        self._unclosed()
        if self._opening and not closed:
            words = "the interchange has no end (UNZ); it was cut: ask the sender for it again"
            self._to.complaints.append(Complaint("EDI-UNZ", "UNZ", words, is_fatal=True))

    def _add(self, segment: Segment) -> None:
        if self._open is None:
            self._complain("EDI-SYNTAX", segment.tag[:3], f"{segment.tag[:20]!r} stands outside of a message", fatal=True)
            return
        if not _TAG.fullmatch(segment.tag):
            words = f"segment {len(self._open) + 1} begins with {segment.tag[:20]!r}, which is no segment tag"
            self._complain("EDI-SYNTAX", f"[{len(self._open) + 1}]", words, fatal=True)
        self._open.append(segment._replace(number=len(self._open) + 1))

    def _close_message(self, message: list[Segment], end: Segment) -> None:
        stated, actual = end.component(0), str(len(message))
        if stated.strip() != actual:
            words = f"UNT counts {stated or 'nothing'}, the message has {actual} segments"
            self._complain("EDI-UNT-COUNT", f"UNT[{actual}]", words, (stated, actual))
        if end.component(1) != message[0].component(0):
            words = f"UNT refers to {end.component(1)!r}, UNH to {message[0].component(0)!r}"
            self._complain("EDI-UNT-REFERENCE", f"UNT[{actual}]", words, (end.component(1), message[0].component(0)))

    def _close_interchange(self, end: Segment) -> None:
        stated = end.component(0).strip()
        if stated != str(self._count):
            words = f"UNZ counts {stated or 'nothing'}, the interchange has {self._count} messages"
            self._complain("EDI-UNZ-COUNT", "UNZ", words, (stated, str(self._count)), fatal=True)
        if self._opening and end.component(1) != self._opening:
            words = f"UNZ refers to {end.component(1)!r}, UNB to {self._opening!r}"
            self._complain("EDI-UNZ-REFERENCE", "UNZ", words, (end.component(1), self._opening))

    def _unclosed(self) -> None:
        if self._open is not None:
            self._complain("EDI-UNT", "UNT", "a message has no end (UNT); it was cut: ask the sender for it again", fatal=True)
            self._open = None

    def _complain(self, rule: str, place: str, words: str, values: tuple[str, ...] = (), *, fatal: bool = False) -> None:
        self._to.complaints.append(Complaint(rule, place, words, fatal, values))
