"""One mail: its header facts and the text of its body. RFC 5322, RFC 2045-2049, RFC 2231; written for mails that break them.

The lenient parser of the standard library reads the structure; header values are decoded here, because the strict header
classes raise on some malformed input and hand control characters on.
"""

import email
import email.header
import email.message
import email.policy
import email.utils
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser

from extractors.containers.names import clean_text
from extractors.errors import Unreadable
from schemas import MailFacts

MAX_TEXT = 20_000
MAX_HEADER = 20_000
MAX_ADDRESSES = 100
_POLICY = email.policy.compat32
_ADDRESS = re.compile(r"[^\s<>\"',;:()\[\]\\@]{1,128}@[^\s<>\"',;:()\[\]\\@]{1,255}")

Message = email.message.Message


def parse_mail(data: bytes) -> "Message[str, str]":
    """The structure of a mail. Raises ``Unreadable`` (READ-TOO-LARGE) where it is nested beyond what the parser can follow."""
    if data.startswith(b"From ") or data.startswith(b">From "):
        data = data.partition(b"\n")[2]
    try:
        return email.message_from_bytes(data, policy=_POLICY)
    except (RecursionError, MemoryError) as problem:
        raise Unreadable("READ-TOO-LARGE", "the mail is nested too deeply") from problem
    except Exception as problem:  # the parser promises not to raise; strangers find ways
        raise Unreadable("READ-CORRUPT", f"the mail cannot be taken apart: {type(problem).__name__}") from problem


def facts_of(message: "Message[str, str]", text: str) -> MailFacts:
    """Header facts of a mail; ``text`` is its readable body."""
    senders = [pair for value in headers(message, "From") for pair in addresses(value)]
    return MailFacts(
        from_address=senders[0][1] if senders else None,
        from_name=(senders[0][0] or None) if senders else None,
        from_addresses=[address for _, address in senders],
        reply_to=[address for value in headers(message, "Reply-To") for _, address in addresses(value)],
        return_path=next((address for value in headers(message, "Return-Path") for _, address in addresses(value)), None),
        to=[address for name in ("To", "Cc") for value in headers(message, name) for _, address in addresses(value)][
            :MAX_ADDRESSES
        ],
        subject=clean_text(next(iter(headers(message, "Subject")), ""), 500),
        date=_date(message),
        message_id=clean_text(next(iter(headers(message, "Message-ID")), ""), 500) or None,
        authentication_results=[clean_text(value, 4000) for value in headers(message, "Authentication-Results")][:20],
        text=text[:MAX_TEXT],
    )


def headers(message: "Message[str, str]", name: str) -> list[str]:
    """All values of a header, decoded (RFC 2047), each cut at 20,000 characters. Never raises."""
    return [decode_words(str(value)[:MAX_HEADER]) for value in message.get_all(name, [])[:100]]


def decode_words(raw: str) -> str:
    """Text of a header with encoded words; unknown charsets and broken words stay readable. Never raises."""
    if "=?" not in raw:
        return _readable(raw)
    try:
        pieces = email.header.decode_header(raw)
    except Exception:  # broken base64 and the like
        return _readable(raw)
    return "".join(piece if isinstance(piece, str) else decode_text(piece, charset) for piece, charset in pieces)


def decode_text(data: bytes, charset: str | None) -> str:
    """Bytes of a text, by the charset the mail names, else UTF-8, else Windows-1252. Never raises."""
    for candidate in (charset, "utf-8", "cp1252"):
        if not candidate or candidate.lower() in ("unknown-8bit", "x-unknown"):
            continue
        try:
            return data.decode(candidate)
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1")


def addresses(value: str) -> Iterator[tuple[str, str]]:
    """(display name, address in lower case) of each mailbox in a header value; at most a hundred."""
    try:
        pairs = email.utils.getaddresses([value])
    except Exception:  # seen on malformed comments
        pairs = []
    found = [(clean_text(name, 200), address.strip().lower()) for name, address in pairs if _ADDRESS.fullmatch(address.strip())]
    if not found:  # the strict parser gives nothing for a malformed list; the addresses in it are still worth knowing
        found = [("", address.lower()) for address in _ADDRESS.findall(value)]
    yield from found[:MAX_ADDRESSES]


def file_name(part: "Message[str, str]") -> str | None:
    """File name of a part as written: RFC 2231 parameters, encoded words, ``name`` of the content type. Never raises."""
    try:
        name = part.get_filename()
    except Exception:  # malformed RFC 2231 continuations
        name = None
    return decode_words(name) if name else None


def payload(part: "Message[str, str]") -> tuple[bytes, str | None]:
    """Decoded bytes of a leaf part, and what is wrong with its encoding (``None``: nothing). Never raises."""
    before = len(part.defects)
    try:
        data = part.get_payload(decode=True)
    except Exception as problem:
        raw = part.get_payload()
        return (raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else b""), f"undecodable: {type(problem).__name__}"
    content = data if isinstance(data, bytes) else b""
    defects = [type(defect).__name__ for defect in part.defects[before:]]
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64":
        raw = part.get_payload()
        letters = len("".join(raw.split()).rstrip("=")) if isinstance(raw, str) else 0
        if letters % 4 == 1 or (letters * 3) // 4 - len(content) > 2:
            defects.append("CutBase64")
    return content, ", ".join(dict.fromkeys(defects)) or None


def readable_html(text: str) -> str:
    """The text of an HTML body, without markup, styles and scripts. Never raises."""
    reader = _TextOfHtml()
    try:
        reader.feed(text[: MAX_TEXT * 20])
        reader.close()
    except Exception:  # the standard library's parser is lenient, not perfect
        return " ".join(reader.pieces)
    return "\n".join(line for line in (" ".join(line.split()) for line in "".join(reader.pieces).splitlines()) if line)


class _TextOfHtml(HTMLParser):
    _SILENT = frozenset({"script", "style", "head", "title"})
    _BREAKS = frozenset({"p", "br", "div", "tr", "li", "table", "h1", "h2", "h3"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in self._SILENT
        if tag in self._BREAKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in self._SILENT))

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data)


def _date(message: "Message[str, str]") -> datetime | None:
    try:
        parsed = email.utils.parsedate_to_datetime(str(message.get("Date", ""))[:200])
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _readable(raw: str) -> str:
    """8-bit headers come as surrogates; show them as UTF-8 or Windows-1252."""
    return decode_text(raw.encode("utf-8", "surrogateescape"), None) if not raw.isascii() else raw
