"""What kind of file is this? Decided by its bytes; the name counts only where the bytes leave it open. Never raises."""

import re
from enum import StrEnum

HEAD = 4096
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*", b"BM")
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_TNEF = bytes.fromhex("789f3e22")
_MSG_STREAM = "__substg1.0_".encode("utf-16-le")
_OFFICE_MARKS = (b"[Content_Types].xml", b"mimetypeapplication/vnd.oasis.opendocument", b"mimetypeapplication/epub")
_EDIFACT = re.compile(rb"(UNA.{6}\s*UN[BGH]|UN[BGH])[+\x1d:\x1f]", re.DOTALL)
_HEADER_LINE = re.compile(rb"([!-9;-~]{1,76}):[ \t\r\n]?")
_HTML = re.compile(
    rb"<(!doctype\s+html|html|head|body|table|p|div|span|font|center|meta|title|style|script|br|ul|h[1-6])\b", re.IGNORECASE
)
_MAIL_HEADERS = frozenset(
    b"from to cc subject date message-id mime-version received return-path reply-to content-type delivered-to "
    b"dkim-signature authentication-results sender x-mailer content-transfer-encoding arc-seal list-id".split()
)


class Media(StrEnum):
    """``empty`` has no bytes (or only white space), ``other`` is nothing we know."""

    PDF = "pdf"
    XML = "xml"
    EDIFACT = "edifact"
    MAIL = "mail"
    ZIP = "zip"
    MSG = "msg"
    TNEF = "tnef"
    IMAGE = "image"
    OFFICE = "office"
    TEXT = "text"
    EMPTY = "empty"
    OTHER = "other"


def sniff(data: bytes, name: str) -> Media:
    """Kind of ``data``. ``name`` decides only between a mail with few headers and a text. Looks at the first and last 64 kB."""
    head = _without_bom(data[:HEAD])
    if not data[:65536].strip(b" \t\r\n\x00") and not data.strip(b" \t\r\n\x00"):
        return Media.EMPTY
    for media, matches in (
        (Media.PDF, head.lstrip().startswith(b"%PDF-")),
        (Media.TNEF, head.startswith(_TNEF)),
        (Media.IMAGE, _is_image(data)),
    ):
        if matches:
            return media
    if head.startswith(_OLE):
        return Media.MSG if _MSG_STREAM in data else Media.OFFICE
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return Media.OFFICE if any(mark in data[:65536] or mark in data[-65536:] for mark in _OFFICE_MARKS) else Media.ZIP
    if head.startswith(b"{\\rtf"):
        return Media.OFFICE
    return _sniff_text(data, head, name)


def _sniff_text(data: bytes, head: bytes, name: str) -> Media:
    start = head.lstrip()
    if start.startswith(b"<"):
        return Media.TEXT if _HTML.match(start) else Media.XML
    if _EDIFACT.match(start):
        return Media.EDIFACT
    if _looks_like_mail(start, name):
        return Media.MAIL
    if b"%PDF-" in data[:1024]:
        return Media.PDF  # rubbish before the header is common and allowed within the first kilobyte
    return Media.TEXT if _is_text(head) else Media.OTHER


def _without_bom(head: bytes) -> bytes:
    """The head as ASCII-compatible bytes: a UTF-16 head loses its zero bytes, which is enough to recognise markup."""
    if head.startswith(_BOMS[1:]) or head[:4] in (b"<\x00?\x00", b"\x00<\x00?"):
        return head.lstrip(b"\xff\xfe").replace(b"\x00", b"")
    return head.removeprefix(_BOMS[0])


def _is_image(data: bytes) -> bool:
    if data.startswith(b"BM"):
        return len(data) > 26 and int.from_bytes(data[2:6], "little") == len(data)
    webp_or_heic = (data[:4] == b"RIFF" and data[8:12] == b"WEBP") or data[4:12] in (
        b"ftypheic",
        b"ftypheix",
        b"ftypmif1",
        b"ftypavif",
    )
    return webp_or_heic or data.startswith(_IMAGES)


def _looks_like_mail(start: bytes, name: str) -> bool:
    names: set[bytes] = set()
    lines = start.split(b"\n")
    for number, line in enumerate(lines):
        if not line.strip():
            break
        if line[:1] in (b" ", b"\t") or (number == 0 and line.startswith((b"From ", b">From "))):
            continue
        match = _HEADER_LINE.match(line)
        if match is None:
            return False if number < len(lines) - 1 else len(names & _MAIL_HEADERS) >= 2
        names.add(match[1].lower())
    known = len(names & _MAIL_HEADERS)
    return known >= 2 or (known == 1 and name.lower().endswith((".eml", ".mht", ".mbox")))


def _is_text(head: bytes) -> bool:
    return b"\x00" not in head and sum(byte < 32 and byte not in (9, 10, 12, 13, 27) for byte in head) <= len(head) // 100
