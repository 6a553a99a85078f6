"""Which parts of a container are documents to read, and why the others are only kept."""

import re

from extractors.errors import Unreadable
from extractors.media import Media
from extractors.xml.parsing import parse_root
from extractors.xml.roots import inside_envelope, root_of
from schemas import Finding
from schemas.finding import error, info, warning

# A scanned page needs tens of kilobytes at least; logos, signatures and icons stay below.
SCAN_SIZE = 60_000
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe")
_PROGRAM_NAME = re.compile(
    r"\.(exe|com|scr|pif|bat|cmd|ps1|vbs|vbe|jse?|wsf|hta|msi|jar|lnk|dll|cpl|reg|iso|img|docm|xlsm|pptm)$", re.IGNORECASE
)


def why_not_a_document(data: bytes, media: Media) -> str | None:
    """``None`` for what is to be read as a document: PDF, EDIFACT, XML of a business document or XML that cannot be parsed.

    XML that cannot be parsed is a document, because it may be an invoice: reading it says what is wrong.
    """
    if media in (Media.PDF, Media.EDIFACT):
        return None
    if media is not Media.XML:
        return f"{media.value} files are not read"
    try:
        root = inside_envelope(parse_root(data))
    except Unreadable:
        return None
    return None if root_of(root) is not None else "XML that is no business document we know"


def is_program(name: str, data: bytes) -> bool:
    """By its ending, or by the magic bytes of executables and scripts."""
    return _PROGRAM_NAME.search(name) is not None or data.startswith(_PROGRAMS)


def finding_about(name: str, data: bytes, media: Media, *, shown_inline: bool) -> Finding | None:
    """What a person should know about a part that is not read; ``None`` for harmless ones such as logos."""
    if is_program(name, data):
        return error("READ-EMBEDDED-FILE", "", f"{name} is a program or can run one; it is kept and never opened")
    if media is Media.IMAGE and (not shown_inline or len(data) >= SCAN_SIZE):
        return warning(
            "READ-NO-TEXT-LAYER",
            "",
            f"{name} is an image; if it shows an invoice, ask the supplier for a PDF with text or an e-invoice",
        )
    if media is Media.OFFICE:
        return warning("READ-EMBEDDED-FILE", "", f"{name} is an office document, which is not read; ask the supplier for a PDF")
    if media is Media.OTHER:
        return info("READ-EMBEDDED-FILE", "", f"{name} is of an unknown kind and only kept")
    return None
