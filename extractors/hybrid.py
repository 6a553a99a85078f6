"""One document file -> all it says: XML, an EDIFACT interchange, a PDF's embedded XML or its pages. ``read`` never raises for it.

A PDF may carry exactly one invoice XML. Where that XML can be read it is the source by preference; it is then compared
with the page, because a person decides by what the page shows.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from extractors.comparison import compare
from extractors.containers.names import display_name
from extractors.containers.policy import is_program
from extractors.edifact import read_interchange
from extractors.errors import Unreadable
from extractors.media import Media, sniff
from extractors.pdf.errors import PdfUnreadable
from extractors.pdf.structure import Attachment, Structure, inspect
from extractors.structured import read_xml
from extractors.xml.parsing import parse_root
from extractors.xml.roots import inside_envelope, root_of
from schemas import Document, Extraction, Finding, Kind, Severity
from schemas.finding import error, info, warning
from schemas.master import Company, Vendor
from schemas.profile import SupplierProfile

ReadSource = Literal["auto", "embedded", "text-layer"]

# Names the specifications give to the invoice XML. Source: Factur-X 1.0, ZUGFeRD 1.0 and 2.x, XRechnung. Compared in lower case.
KNOWN_NAMES = frozenset({"factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml"})
_LEGIBLE = re.compile(r"\d[.,]\d{2}(?!\d)|[A-Z]{2}\d{2}[A-Z0-9]{11}|[^\W\d_]{4}")
"""What unseen text must hold to matter beside XML: an amount, an account or a word; stray symbols without a glyph are not meant."""
READER_FAILED = "the reader failed on this file"
_HARMLESS = frozenset({Media.PDF, Media.XML, Media.IMAGE, Media.OFFICE, Media.TEXT, Media.EMPTY, Media.EDIFACT})

_REFUSALS: dict[Media, tuple[Kind, str, str]] = {
    Media.EMPTY: (Kind.UNREADABLE, "READ-CORRUPT", "the file is empty; ask the sender for it again"),
    Media.IMAGE: (
        Kind.UNREADABLE,
        "READ-NO-TEXT-LAYER",
        "the file is an image without text; ask for a PDF with text or an e-invoice",
    ),
    # may be invoices all the same, so a person has to see them
    Media.MAIL: (Kind.OTHER, "READ-NOT-INVOICE", "the file is a mail; take it apart first and read its parts"),
    Media.ZIP: (Kind.OTHER, "READ-NOT-INVOICE", "the file is an archive; take it apart first and read its parts"),
    Media.MSG: (Kind.OTHER, "READ-NOT-INVOICE", "the file is an Outlook message; take it apart first and read its parts"),
    Media.TNEF: (Kind.OTHER, "READ-NOT-INVOICE", "the file is an Outlook container; take it apart first and read its parts"),
    Media.OFFICE: (
        Kind.UNREADABLE,
        "READ-NOT-INVOICE",
        "the file is an office document; ask the supplier for a PDF or an e-invoice",
    ),
    Media.TEXT: (Kind.UNREADABLE, "READ-NOT-INVOICE", "the file is plain text, which is no invoice format we read"),
    Media.OTHER: (
        Kind.UNREADABLE,
        "READ-MALFORMED",
        "the file is of no kind we know; ask the supplier for a PDF or an e-invoice",
    ),
}


@dataclass(frozen=True)
class _Pages:
    """What reading the pages needs."""

    data: bytes
    structure: Structure
    companies: Sequence[Company]
    vendors: Sequence[Vendor]
    second_reader: bool
    visibility: bool
    profiles: Sequence[SupplierProfile] = ()


def read(
    data: bytes,
    name: str,
    *,
    source: ReadSource = "auto",
    companies: Sequence[Company] = (),
    vendors: Sequence[Vendor] = (),
    second_reader: bool = True,
    visibility: bool = True,
    profiles: Sequence[SupplierProfile] = (),
) -> Extraction:
    """Every document in ``data``. Never raises for what the bytes hold: an unreadable file is a document that says why.

    ``source``: ``auto`` takes embedded XML by preference, else the pages; ``embedded`` only XML; ``text-layer`` only pages.
    ``companies``, ``vendors`` and ``profiles`` help to read pages. ``name`` is copied, never used as a path.
    """
    digest = hashlib.sha256(data).hexdigest()
    media = sniff(data, name)
    if media is Media.PDF:
        pages, documents = _read_pdf(data, source, (companies, vendors, second_reader, visibility, profiles))
        return Extraction(file=name, sha256=digest, pages=pages, documents=documents)
    if media is Media.XML and source != "text-layer":
        return Extraction(file=name, sha256=digest, documents=[read_xml(data)])
    if media is Media.EDIFACT and source != "text-layer":
        return Extraction(file=name, sha256=digest, documents=read_interchange(data))
    return Extraction(file=name, sha256=digest, documents=[_refuse(media, name)])


def _refuse(media: Media, name: str) -> Document:
    if media in (Media.XML, Media.EDIFACT):
        reason = error("READ-NO-TEXT-LAYER", "", f"the file is {media.name} and has no pages to read")
        return Document(kind=Kind.UNREADABLE, findings=[reason])
    kind, code, words = _REFUSALS[media]
    if media in (Media.TEXT, Media.OTHER) and name.lower().endswith(".pdf"):
        kind, code, words = Kind.UNREADABLE, "READ-MALFORMED", "the file is named .pdf and is none; ask the sender for it again"
    return Document(kind=kind, findings=[error(code, "", words)])


def _read_pdf(
    data: bytes,
    source: ReadSource,
    how: tuple[Sequence[Company], Sequence[Vendor], bool, bool, Sequence[SupplierProfile]],
) -> tuple[int, list[Document]]:
    try:
        structure = inspect(data)
        documents = _from_pdf(_Pages(data, structure, *how), source)
        facts = facts_of_file(structure)
        if any(document.kind.is_payable for document in documents):
            from extractors.revisions import findings_of_revisions

            facts += findings_of_revisions(data, structure)
    except PdfUnreadable as problem:
        return 0, [Document(kind=Kind.UNREADABLE, findings=[error(problem.code, "", problem.reason)])]
    except ImportError:
        raise  # a broken installation, not a broken file
    except Exception as problem:  # the last fence: a defect of a reader costs one document a person's look, never the batch
        words = f"{READER_FAILED} ({type(problem).__name__}); a person has to read the file"
        return 0, [Document(kind=Kind.UNREADABLE, findings=[error("READ-MALFORMED", "", words)])]
    return structure.pages, [_with(document, facts) for document in documents]


def _from_pdf(pages: _Pages, source: ReadSource) -> list[Document]:
    if source == "text-layer":
        return _from_pages(pages)
    every = list(range(1, pages.structure.pages + 1))
    embedded = [read_xml(data).model_copy(update={"pages": every}) for data in invoice_xmls(pages.structure.attachments)]
    lost = [name for name in pages.structure.skipped if _looks_like_invoice_name(name)]
    if len(embedded) == 1 and embedded[0].kind is not Kind.UNREADABLE and not lost:
        return embedded if source == "embedded" else [_against_the_page(embedded[0], pages)]
    if not embedded and not lost and source == "auto":
        return _from_pages(pages)
    reasons = _why_not_embedded(embedded, lost)
    read = [document for document in embedded if document.kind is not Kind.UNREADABLE]
    if source == "auto":
        by_page = _from_pages(pages)
        if any(document.kind.is_payable for document in by_page) or not read:
            return [_with(document, reasons) for document in by_page]
    return [_with(read[0], reasons)] if read else [Document(kind=Kind.UNREADABLE, pages=every, findings=reasons)]


def _against_the_page(structured: Document, pages: _Pages) -> Document:
    """The XML with what speaks against it on the page, or the page where it says the same and more."""
    from extractors.text_layer.painted import check_painted

    by_page, text = _from_pages_with_text(pages)
    if not structured.accepted and (found := agreeing_page(structured, by_page)):
        return _with(found, compare(structured, by_page, text))
    seen = [finding for document in by_page for finding in document.findings if _tells_of_forgery(finding)]
    if structured.accepted and pages.visibility:
        seen += [finding for document in by_page if not document.accepted for finding in check_painted(pages.data, document)]
    return _with(structured, [*seen, *compare(structured, by_page, text)])


def _tells_of_forgery(finding: Finding) -> bool:
    """What the page reader finds that makes a page no witness for its XML."""
    hidden = finding.code == "FRAUD-HIDDEN-TEXT" and _LEGIBLE.search(finding.stated or "") is not None
    return hidden or finding.code == "FRAUD-GLYPH-REMAP"


def agreeing_page(structured: Document, by_page: Sequence[Document]) -> Document | None:
    """The page reading that may stand in for XML which says too little (no lines, no prices), else ``None``.

    It must be the only payable document of the file, be accepted by its own proofs, and say the same number, date, currency and
    total. XML that says something else than the page stays the source, with its findings.
    """
    payable = [document for document in by_page if document.kind.is_payable]
    if len(payable) != 1 or not payable[0].accepted or payable[0].invoice is None or structured.invoice is None:
        return None
    stated, shown = structured.invoice, payable[0].invoice
    same = stated.number == shown.number and stated.issue_date == shown.issue_date and stated.currency == shown.currency
    if not same or stated.totals.grand_total is None or stated.totals.grand_total != shown.totals.grand_total:
        return None
    words = (
        "the embedded XML says too little to be booked; its number, date and total are those of the page, which is read instead"
    )
    return _with(payable[0], [info("READ-UNSURE", "", words)])


def _why_not_embedded(embedded: list[Document], lost: list[str]) -> list[Finding]:
    if len(embedded) > 1:
        words = f"the PDF carries {len(embedded)} different invoice XMLs; which one counts is for the supplier to say"
        return [error("READ-AMBIGUOUS-XML", "", words)]
    if lost:
        return [error("READ-CORRUPT", "", f"the embedded XML {lost[0][:80]!r} cannot be decoded")]
    if embedded:
        return [finding.model_copy(update={"message": f"embedded XML: {finding.message}"}) for finding in embedded[0].findings]
    return [error("READ-NOT-INVOICE", "", "the PDF carries no invoice XML; read its pages instead")]


def _from_pages(pages: _Pages) -> list[Document]:
    return _from_pages_with_text(pages)[0]


def _from_pages_with_text(pages: _Pages) -> tuple[list[Document], str]:
    from extractors.text_layer.documents import read_with_text

    return read_with_text(
        pages.data,
        pages.structure,
        pages.companies,
        pages.vendors,
        pages.second_reader,
        pages.visibility,
        pages.profiles,
    )


def invoice_xmls(attachments: Sequence[Attachment]) -> list[bytes]:
    """The embedded XMLs that are invoices, each once. Known by their root under any name, or by a name the specifications give.

    XML of a known name that cannot be parsed counts too: it is the invoice, and reading it says what is wrong with it.
    """
    found: dict[str, bytes] = {}
    for attachment in attachments:
        if sniff(attachment.data, attachment.name) is not Media.XML:
            continue
        try:
            row = root_of(inside_envelope(parse_root(attachment.data)))
            is_invoice = row is not None and row.syntax is not None
        except Unreadable:
            is_invoice = _looks_like_invoice_name(attachment.name)
        if is_invoice:
            found.setdefault(hashlib.sha256(attachment.data).hexdigest(), attachment.data)
    return list(found.values())


def facts_of_file(structure: Structure) -> list[Finding]:
    """What a person should know about the PDF as a file: embedded files, forms, active content, damage."""
    return list(_facts_of_file(structure))


def _facts_of_file(structure: Structure) -> Iterator[Finding]:
    for attachment in structure.attachments:
        shown = display_name(attachment.name, "a file without name")
        if is_program(attachment.name, attachment.data) or sniff(attachment.data, attachment.name) not in _HARMLESS:
            yield error(
                "READ-EMBEDDED-FILE", "", f"the PDF carries {shown}, which is a program, a container or of an unknown kind"
            )
        elif "/" in attachment.name or "\\" in attachment.name:
            yield warning("READ-EMBEDDED-FILE", "", f"the PDF carries a file whose name is a path; it is shown as {shown}")
        elif not attachment.name.lower().endswith(".xml"):
            yield info("READ-EMBEDDED-FILE", "", f"the PDF carries {shown}; it is kept and not read")
    for name in structure.skipped:
        yield warning("READ-CORRUPT", "", f"the embedded file {display_name(name, 'without name')} cannot be decoded")
    if structure.has_xfa:
        yield error("READ-XFA", "", "the PDF is an XFA form: its pages are built by a program and may differ from what is read")
    active = [what for what in structure.active if what != "XFA"]
    if active:
        yield error("FRAUD-ACTIVE-CONTENT", "", f"the PDF can run or call out: {', '.join(active)}")
    if structure.also is not None:
        yield error("READ-EMBEDDED-FILE", "", f"the file is a PDF and {structure.also} at once; ask the supplier for a plain PDF")
    if structure.broken is not None:
        yield warning("READ-CORRUPT", "", f"the PDF is damaged and was read as far as possible: {structure.broken}")


def _with(document: Document, findings: list[Finding]) -> Document:
    """The document with further findings, each code once per message; an error finding takes the acceptance away."""
    codes = {finding.code for finding in document.findings}
    fresh = [finding for finding in findings if finding.code not in codes]
    refused = any(finding.severity is Severity.ERROR for finding in fresh)
    return document.model_copy(update={"findings": [*document.findings, *fresh], "accepted": document.accepted and not refused})


def _looks_like_invoice_name(name: str) -> bool:
    return name.lower() in KNOWN_NAMES
