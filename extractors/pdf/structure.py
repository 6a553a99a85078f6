"""The first gate: what kind of file is it, and is it safe to hand to the faster, less careful readers?

pypdf is the only parser that limits itself, so it decodes every stream first, under budgets. Only then pdfium may see the file.
Budgets come from the hostile files measured for this project: 20 MB file, 200 pages, 32 MB a stream, 128 MB decoded, 100 Mpx.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

import pypdf
from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError, PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, StreamObject

from extractors.pdf.errors import PdfUnreadable

MAX_FILE = 20_000_000
MAX_PAGES = 200
MAX_STREAM = 32_000_000
MAX_DECODED = 128_000_000
MAX_PIXELS = 100_000_000
MAX_EDGE = 14_400.0
MAX_OBJECTS = 60_000
MAX_FORMS = 5_000  # drawn form XObjects per page, repetitions counted
MAX_ATTACHMENTS = 50
MAX_SIGNATURES = 50

ACTIVE_ACTIONS = frozenset(
    {
        *("/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition", "/RichMediaExecute"),
        "/SetOCGState",  # shows and hides content
    }
)
_MARKUP = re.compile(rb"<\s*(?:html|script|body|svg|iframe|!doctype)\b", re.IGNORECASE)
_LOCAL_LINK = re.compile(r"\s*(?:file:|javascript:|\\\\|smb:)", re.IGNORECASE)
_DRAWN_FORM = re.compile(rb"/([^\s/<>\[\]()%]+)\s+Do\b")
_EXPECTED = (PyPdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, MemoryError, OverflowError)

logging.getLogger("pypdf").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Attachment:
    """An embedded file. ``name`` is as written in the file (never a path to use), ``relationship`` is /AFRelationship without slash."""

    name: str
    data: bytes
    relationship: str | None = None


@dataclass(frozen=True)
class Structure:
    """What a file is made of.

    ``active`` names what would run or call out (``JavaScript``, ``Launch``, ``XFA`` ...). ``revision_ends`` are the offsets behind each
    ``%%EOF``: the bytes up to one of them are the file as it was saved then. ``content_size`` is the decoded size of all page contents.
    """

    pages: int
    encrypted: bool = False
    attachments: tuple[Attachment, ...] = ()
    active: tuple[str, ...] = ()
    revision_ends: tuple[int, ...] = ()
    broken: str | None = None
    content_size: int = 0
    signed: bool = False
    producer: str | None = None
    skipped: tuple[str, ...] = field(default=())
    """Attachments that could not be decoded, by name."""
    signatures: tuple[tuple[int, int, int, int], ...] = ()
    """/ByteRange of each signature: two pairs of offset and length; zeros where it is no such thing."""
    also: str | None = None
    """What the same bytes are to another program, where something stands before the file's begin or behind its end."""

    @property
    def revisions(self) -> int:
        """How often the file was saved on top of itself, the first time included."""
        return max(1, len(self.revision_ends))

    @property
    def has_xfa(self) -> bool:
        return "XFA" in self.active


def inspect(data: bytes) -> Structure:
    """Look at the bones of a PDF. Raises ``PdfUnreadable`` for what cannot or must not be read; never anything else."""
    if len(data) > MAX_FILE:
        raise PdfUnreadable("READ-TOO-LARGE", f"the file has {len(data)} bytes, more than {MAX_FILE}")
    if b"%PDF-" not in data[:1024]:
        raise PdfUnreadable("READ-MALFORMED", "the file does not begin like a PDF")
    limits = replace(
        pypdf.get_configuration(),
        maximum_declared_stream_length=MAX_STREAM,
        array_based_stream_maximum_output_length=MAX_STREAM,
        zlib_maximum_output_length=MAX_STREAM,
        lzw_maximum_output_length=MAX_STREAM,
        run_length_maximum_output_length=MAX_STREAM,
        brotli_maximum_output_length=MAX_STREAM,
        jbig2_maximum_output_length=MAX_STREAM,
        stream_decoding_work_maximum_length=MAX_DECODED,
        page_tree_maximum_entries=20_000,
        page_tree_maximum_depth=50,
        jbig2dec_binary=None,
    )
    before = pypdf.get_configuration()
    pypdf.apply_configuration(limits)
    try:
        return _inspect(data)
    except PdfUnreadable:
        raise
    except LimitReachedError as problem:
        raise PdfUnreadable("READ-TOO-LARGE", f"a limit is reached while reading: {problem}") from problem
    except (FileNotDecryptedError, DependencyError) as problem:
        raise PdfUnreadable("READ-ENCRYPTED", "the file is encrypted and cannot be opened without a password") from problem
    except (RecursionError, MemoryError) as problem:
        raise PdfUnreadable(
            "READ-TOO-LARGE", f"the file is nested too deeply or too large: {type(problem).__name__}"
        ) from problem
    except _EXPECTED as problem:
        raise PdfUnreadable("READ-MALFORMED", f"the file is damaged: {type(problem).__name__}") from problem
    except Exception as problem:  # a parser fed by strangers; whatever else it raises must not reach the caller
        raise PdfUnreadable("READ-MALFORMED", f"the file is damaged: {type(problem).__name__}") from problem
    finally:
        pypdf.apply_configuration(before)


def _inspect(data: bytes) -> Structure:
    reader = pypdf.PdfReader(BytesIO(data), strict=False)
    encrypted = bool(reader.is_encrypted)
    if encrypted and not reader.decrypt(""):
        raise PdfUnreadable("READ-ENCRYPTED", "the file needs a password")
    count = len(reader.pages)
    if count == 0:
        raise PdfUnreadable("READ-MALFORMED", "the file has no pages")
    if count > MAX_PAGES:
        raise PdfUnreadable("READ-TOO-LARGE", f"the file has {count} pages, more than {MAX_PAGES}")
    active, signed, signatures = _scan_objects(reader)
    size = sum(_check_page(page, number) for number, page in enumerate(reader.pages, 1))
    attachments, skipped = _attachments(reader)
    metadata = reader.metadata
    return Structure(
        pages=count,
        encrypted=encrypted,
        attachments=attachments,
        active=tuple(sorted(active)),
        revision_ends=_revision_ends(data),
        content_size=size,
        signed=signed,
        producer=str(metadata.producer)[:200] if metadata and metadata.producer else None,
        skipped=skipped,
        signatures=signatures,
        also=_also(data),
    )


def _also(data: bytes) -> str | None:
    around = (data[: data.find(b"%PDF-")], data[data.rfind(b"%%EOF") + 5 :] if b"%%EOF" in data else b"")
    for part in around:
        if part.lstrip().startswith((b"PK\x03\x04", b"PK\x05\x06")) or b"PK\x05\x06" in part[-65_600:]:
            return "a ZIP archive"
        if part.lstrip().startswith((b"MZ", b"\x7fELF", b"#!")):
            return "a program"
        if _MARKUP.search(part):
            return "a web page"
    return None


def _objects(reader: pypdf.PdfReader) -> Iterator[Any]:
    numbers = {(number, generation) for generation, table in reader.xref.items() for number in table}
    numbers |= {(number, 0) for number in reader.xref_objStm}
    if len(numbers) > MAX_OBJECTS:
        raise PdfUnreadable("READ-TOO-LARGE", f"the file has {len(numbers)} objects, more than {MAX_OBJECTS}")
    for number, generation in sorted(numbers):
        try:
            yield reader.get_object(IndirectObject(number, generation, reader))
        except LimitReachedError:
            raise
        except _EXPECTED:
            continue  # a dangling entry harms nobody until something points at it


def _scan_objects(reader: pypdf.PdfReader) -> tuple[set[str], bool, tuple[tuple[int, int, int, int], ...]]:
    """Every object once: active content, signatures with their ranges, and every stream decoded under the budget."""
    active: set[str] = set()
    ranges: list[tuple[int, int, int, int]] = []
    signed, decoded = False, 0
    for item in _objects(reader):
        if isinstance(item, StreamObject):
            decoded += _decoded_size(item)
            if decoded > MAX_DECODED:
                raise PdfUnreadable("READ-TOO-LARGE", f"the streams unpack to more than {MAX_DECODED} bytes")
        if isinstance(item, DictionaryObject):
            active |= _active_words(item, depth=0)
            signed = signed or item.get("/Type") == "/Sig" or item.get("/FT") == "/Sig"
            if "/ByteRange" in item and len(ranges) < MAX_SIGNATURES:
                ranges.append(_four_offsets(item["/ByteRange"]))
    return active, signed, tuple(ranges)


def _four_offsets(raw: Any) -> tuple[int, int, int, int]:
    numbers = [int(number) for number in raw if isinstance(number, int)] if isinstance(raw, ArrayObject) and len(raw) == 4 else []
    return (numbers[0], numbers[1], numbers[2], numbers[3]) if len(numbers) == 4 else (0, 0, 0, 0)


def _active_words(item: DictionaryObject, depth: int) -> set[str]:
    words: set[str] = set()
    for key, raw in item.items():
        if key == "/S" and raw in ACTIVE_ACTIONS:
            words.add(str(raw)[1:])
        elif key == "/JS":
            words.add("JavaScript")
        elif key == "/URI" and isinstance(raw, str) and _LOCAL_LINK.match(raw):
            words.add("a link to a local file or script")
        elif key == "/XFA":
            words.add("XFA")
        elif depth < 6:
            for value in raw if isinstance(raw, ArrayObject) else (raw,):
                if isinstance(value, DictionaryObject):
                    words |= _active_words(value, depth + 1)
    return words


def _decoded_size(stream: StreamObject) -> int:
    """Bytes a stream unpacks to. Images that are no plain bytes are judged by their pixels."""
    if stream.get("/Subtype") == "/Image":
        width, height = stream.get("/Width", 0), stream.get("/Height", 0)
        if isinstance(width, int) and isinstance(height, int) and width * height > MAX_PIXELS:
            raise PdfUnreadable("READ-TOO-LARGE", f"an image has {width} x {height} pixels")
        filters = stream.get("/Filter")
        names = filters if isinstance(filters, ArrayObject) else [filters]
        if any(name in ("/DCTDecode", "/JPXDecode", "/CCITTFaxDecode", "/JBIG2Decode") for name in names):
            return 0
    try:
        return len(stream.get_data())
    except LimitReachedError:
        raise
    except _EXPECTED:
        return 0  # damaged where nobody may ever look; the page check names damage that matters


def _check_page(page: Any, number: int) -> int:
    """Decoded size of the page's own content. Raises for absurd sizes and for forms that draw each other endlessly."""
    for box in (page.mediabox, page.cropbox):
        if max(abs(float(box.width)), abs(float(box.height))) > MAX_EDGE:
            raise PdfUnreadable("READ-TOO-LARGE", f"page {number} is larger than {MAX_EDGE:.0f} points")
    content = page.get_contents()
    data = content.get_data() if content is not None else b""
    drawn = _forms_drawn(data, page.get("/Resources"), {}, ())
    if drawn > MAX_FORMS:
        raise PdfUnreadable("READ-TOO-LARGE", f"page {number} draws more than {MAX_FORMS} nested forms")
    return len(data)


def _forms_drawn(data: bytes, resources: Any, known: dict[int, int], way: tuple[int, ...]) -> int:
    """How many forms a content draws, those drawn inside forms included. ``known`` remembers, ``way`` stops circles."""
    resources = resources.get_object() if isinstance(resources, IndirectObject) else resources
    forms = resources.get("/XObject") if isinstance(resources, DictionaryObject) else None
    forms = forms.get_object() if isinstance(forms, IndirectObject) else forms
    if not isinstance(forms, DictionaryObject):
        return 0
    total = 0
    for name in _DRAWN_FORM.findall(data):
        raw = forms.raw_get(NameObject("/" + name.decode("latin-1"))) if "/" + name.decode("latin-1") in forms else None
        form = raw.get_object() if isinstance(raw, IndirectObject) else raw
        if not isinstance(form, StreamObject) or form.get("/Subtype") != "/Form":
            continue
        key = raw.idnum if isinstance(raw, IndirectObject) else id(form)
        if key in way or len(way) > 20:
            continue
        if key not in known:
            known[key] = 1 + _forms_drawn(form.get_data(), form.get("/Resources"), known, (*way, key))
        total += known[key]
        if total > MAX_FORMS:
            break
    return total


def _attachments(reader: pypdf.PdfReader) -> tuple[tuple[Attachment, ...], tuple[str, ...]]:
    found: list[Attachment] = []
    skipped: list[str] = []
    for entry in reader.attachment_list:
        if len(found) + len(skipped) >= MAX_ATTACHMENTS:
            raise PdfUnreadable("READ-TOO-LARGE", f"the file has more than {MAX_ATTACHMENTS} attachments")
        name = str(entry.alternative_name or entry.name or "")
        try:
            relationship = entry.associated_file_relationship
            found.append(Attachment(name, bytes(entry.content), str(relationship).lstrip("/") if relationship else None))
        except LimitReachedError:
            raise
        except _EXPECTED:
            skipped.append(name)
    return tuple(found), tuple(skipped)


def _revision_ends(data: bytes) -> tuple[int, ...]:
    """Offsets behind each ``%%EOF``. The first one of a linearized file is no revision: it closes the first-page section."""
    ends = [match.end() for match in re.finditer(rb"%%EOF[\r\n]{0,2}", data)][:100]
    if len(ends) > 1 and b"/Linearized" in data[:2048]:
        ends = ends[1:]
    return tuple(ends)
