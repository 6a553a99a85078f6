"""An XML file of whatever kind -> one document. Bytes of strangers: never raises, a finding says what is wrong and what to do."""

from extractors import cii, ubl
from extractors.errors import Unreadable
from extractors.xml.parsing import parse_root
from extractors.xml.roots import Root, inside_envelope, root_of
from schemas import Document, Kind
from schemas.finding import error, info


def read_xml(data: bytes) -> Document:
    """Invoice or credit note with its values; another business document by its kind; unreadable with the reason."""
    try:
        root = inside_envelope(parse_root(data))
        row = root_of(root)
        if row is None or row.syntax is None:
            return _other(str(root.tag), row)
        return ubl.extract_tree(root) if row.syntax == "ubl" else cii.extract_tree(root)
    except Unreadable as problem:
        return unreadable(problem)


def unreadable(problem: Unreadable) -> Document:
    """The document that says why a file cannot be read."""
    return Document(kind=Kind.UNREADABLE, findings=[error(problem.code, "", problem.reason)])


def _other(tag: str, row: Root | None) -> Document:
    name = tag.rpartition("}")[2][:100]
    if row is not None:
        words = f"the XML is a {row.kind.value.replace('-', ' ')} ({name}), not an invoice; it is kept"
        return Document(kind=row.kind, findings=[info("READ-NOT-INVOICE", "", words)])
    words = f"the XML begins with {name}, which is no invoice format we know (CII, UBL); ask for ZUGFeRD, XRechnung or Peppol"
    return Document(kind=Kind.OTHER, findings=[error("READ-NOT-INVOICE", "", words)])
