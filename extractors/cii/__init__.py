"""CII XML: ZUGFeRD 1.0 (and its release candidate), ZUGFeRD 2.x and Factur-X in all profiles, XRechnung CII. Unpack PDFs first.

Source: CEN/TS 16931-3-3, the mapping stands in ``cii.csv`` and ``zugferd1.csv``. Errors: ``extractors.errors.Unreadable``.
"""

from typing import TYPE_CHECKING

from extractors.xml.documents import read_structured
from extractors.xml.mapping import load, prefixes
from extractors.xml.parsing import locate, parse_root
from extractors.xml.roots import inside_envelope
from schemas import Document, Kind, Source

if TYPE_CHECKING:
    from lxml import etree

NAME = "cii"
_ROOTS = (
    b"CrossIndustryInvoice:100",
    b"urn:ferd:CrossIndustryDocument:invoice:1p0",
    b"urn:un:unece:uncefact:data:standard:CBFBUY:5",
)
_FILES = {"cii": "cii.csv", "zugferd1": "zugferd1.csv", "zugferd-rc": "zugferd1.csv"}


def identify(head: bytes) -> bool:
    """True if the first bytes name a root namespace this module reads. Cheap; never raises."""
    return any(root in head for root in _ROOTS)


def extract(data: bytes) -> Document:
    """The invoice as written, with the XPath of every value. Raises ``Unreadable`` where the XML cannot be parsed."""
    return extract_tree(inside_envelope(parse_root(data)))


def extract_tree(root: "etree._Element") -> Document:
    """As ``extract``, from a root element that is parsed already."""
    dialect = dialect_of(root)
    blocks = load("extractors.cii", _FILES[dialect], dialect)
    return read_structured(locate(root, prefixes(dialect)), blocks, kind=Kind.INVOICE, source=Source.CII)


def dialect_of(root: "etree._Element") -> str:
    """Key of ``extractors.xml.mapping.NAMESPACES``."""
    namespace = str(root.tag).rpartition("}")[0]
    if namespace.endswith("CrossIndustryInvoice:100"):
        return "cii"
    return "zugferd-rc" if namespace.endswith("CBFBUY:5") else "zugferd1"
