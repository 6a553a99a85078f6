"""UBL 2.1 Invoice and CreditNote: EN 16931, Peppol BIS 3, XRechnung with its extension.

Source: CEN/TS 16931-3-2, the mapping stands in ``ubl.csv``. Errors: ``extractors.errors.Unreadable``.
"""

import re
from typing import TYPE_CHECKING

from extractors.xml.documents import read_structured
from extractors.xml.mapping import load, prefixes
from extractors.xml.parsing import locate, parse_root
from extractors.xml.reader import Reading
from extractors.xml.roots import inside_envelope, root_of
from schemas import Document, Kind, Source

if TYPE_CHECKING:
    from lxml import etree

NAME = "ubl"
_ROOTS = (b"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2", b"urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2")
_SUBJECT = re.compile(r"#([A-Z]{3})#")


def identify(head: bytes) -> bool:
    """True if the first bytes name a root namespace this module reads. Cheap; never raises."""
    return any(root in head for root in _ROOTS)


def extract(data: bytes) -> Document:
    """The invoice as written, with the XPath of every value. Raises ``Unreadable`` where the XML cannot be parsed."""
    return extract_tree(inside_envelope(parse_root(data)))


def extract_tree(root: "etree._Element") -> Document:
    """As ``extract``, from a root element that is parsed already."""
    row = root_of(root)
    kind = row.kind if row is not None else Kind.INVOICE
    xml, blocks = locate(root, prefixes(NAME)), load("extractors.ubl", "ubl.csv", NAME)
    return read_structured(xml, blocks, kind=kind, source=Source.UBL, amend=_split_subject_codes)


def _split_subject_codes(reading: Reading) -> None:
    """UBL has no element for BT-21: the note begins with the code between number signs, ``#ADU#text``."""
    for index, note in enumerate(reading.invoice.get("notes", [])):
        match = _SUBJECT.match(note["text"])
        if match is not None and note.get("path") is None and note["text"][match.end() :].strip():
            note["subject_code"], note["text"] = match[1], note["text"][match.end() :].strip()
            reading.evidence[f"notes[{index}].subject_code"] = reading.evidence.get(f"notes[{index}].text", [])
