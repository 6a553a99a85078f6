"""From bytes to documents: read the glyphs, set aside what nobody sees, split the pages, read each document, judge it."""

import re
from collections.abc import Sequence

from extractors.pdf.errors import PdfUnreadable
from extractors.pdf.glyphs import GlyphPage
from extractors.pdf.pdfium_reader import PdfiumReader
from extractors.pdf.pdfminer_reader import PdfminerReader
from extractors.pdf.structure import Structure
from extractors.pdf.visibility import hidden_glyphs
from extractors.text_layer.ledger import judge, second_look
from extractors.text_layer.legibility import why_illegible
from extractors.text_layer.painted import check_painted
from extractors.text_layer.reading import Reading, read_scene
from extractors.text_layer.scene import Scene
from extractors.text_layer.splitting import split
from extractors.text_layer.words import PageText, lay_out
from schemas import Document, Finding, Kind
from schemas.finding import error, info
from schemas.master import Company, Vendor
from schemas.profile import SupplierProfile

MIN_GLYPHS = 12  # fewer on all pages together are a stamp or a page number, not a text layer


def read(
    data: bytes,
    structure: Structure,
    companies: Sequence[Company],
    vendors: Sequence[Vendor],
    second_reader: bool,
    visibility: bool,
    profiles: Sequence[SupplierProfile] = (),
) -> list[Document]:
    """See ``extractors.text_layer.read_documents``."""
    return read_with_text(data, structure, companies, vendors, second_reader, visibility, profiles)[0]


def read_with_text(
    data: bytes,
    structure: Structure,
    companies: Sequence[Company],
    vendors: Sequence[Vendor],
    second_reader: bool,
    visibility: bool,
    profiles: Sequence[SupplierProfile] = (),
) -> tuple[list[Document], str]:
    """The documents, and all the text a person sees on the pages, row by row (empty where there is none)."""
    try:
        with PdfiumReader(data) as reader:
            glyph_pages: list[GlyphPage] = []
            hidden: dict[int, set[int]] = {}
            for page in reader.pages(ink=visibility):
                glyph_pages.append(page)
                if visibility:
                    hidden[page.number] = hidden_glyphs(reader, page)
    except PdfUnreadable as problem:
        return [_unreadable(problem.code, problem.reason, range(1, structure.pages + 1))], ""
    if sum(len(page.glyphs) for page in glyph_pages) < MIN_GLYPHS:
        reason = "the pages are pictures without text; ask the supplier for a PDF with text, or for an e-invoice"
        return [_unreadable("READ-NO-TEXT-LAYER", reason, range(1, structure.pages + 1))], ""
    if illegible := why_illegible(glyph_pages):
        return [_unreadable("READ-NO-TEXT-LAYER", illegible, range(1, structure.pages + 1))], ""
    findings = _hidden_findings(glyph_pages, hidden)
    pages = [lay_out(page, frozenset(hidden.get(page.number, ()))) for page in glyph_pages]
    parts = split(pages)
    findings += [
        info("READ-NOT-INVOICE", "", f"page {number} was left out: {why}", page=number) for number, why in parts.left_out
    ]
    readings = [_read(Scene(part), companies, vendors, profiles) for part in parts.documents]
    documents = [_judge(data, reading, findings, second_reader, visibility) for reading in readings]
    if visibility:
        documents = [_look_at_digits(data, document, glyph_pages) for document in documents]
    return documents, texts(pages)


def read_pages(data: bytes) -> list[list[PageText]]:
    """What a person can see, document by document. Raises ``PdfUnreadable`` where ``read`` would give no values."""
    with PdfiumReader(data) as reader:
        glyph_pages = list(reader.pages())
        hidden = {page.number: hidden_glyphs(reader, page) for page in glyph_pages}
    if sum(len(page.glyphs) for page in glyph_pages) < MIN_GLYPHS:
        raise PdfUnreadable("READ-CORRUPT", "the pages are pictures without text")
    if illegible := why_illegible(glyph_pages):
        raise PdfUnreadable("READ-CORRUPT", illegible)
    return split([lay_out(page, frozenset(hidden.get(page.number, ()))) for page in glyph_pages]).documents


def _read(scene: Scene, companies: Sequence[Company], vendors: Sequence[Vendor], profiles: Sequence[SupplierProfile]) -> Reading:
    if not profiles:
        return read_scene(scene, companies, vendors)
    from extractors.profiles.guiding import read_known

    return read_known(scene, companies, vendors, profiles)


def _judge(data: bytes, reading: Reading, findings: list[Finding], second_reader: bool, visibility: bool) -> Document:
    found = list(findings)
    looked = False
    if second_reader and reading.kind.is_payable:
        wanted = frozenset(page.number for page in reading.scene.pages)
        try:
            found += second_look(reading, list(PdfminerReader(data).pages(wanted)))
            looked = True
        except PdfUnreadable as problem:
            found.append(error("READ-READERS-DISAGREE", "", f"the second reader cannot read the file: {problem.reason}"))
    return judge(reading, found, looked, visibility)


def _look_at_digits(data: bytes, document: Document, pages: Sequence[GlyphPage]) -> Document:
    """Only what is about to be accepted is worth the time; the rest is seen by a person anyway."""
    found = check_painted(data, document, pages) if document.accepted else []
    return document.model_copy(update={"findings": [*document.findings, *found], "accepted": False}) if found else document


# What producers of PDF files print unseen on every page by themselves. Source: TCPDF's class, method for the last page.
_PRODUCER_MARK = re.compile(r"PoweredbyTCPDF\(www\.tcpdf\.org\)(?:\w{0,8}\d+/\d+)?")


def _hidden_findings(pages: Sequence[GlyphPage], hidden: dict[int, set[int]]) -> list[Finding]:
    findings = []
    for page in pages:
        unseen = hidden.get(page.number, set())
        words = "".join(page.glyphs[index].text for index in sorted(unseen))
        if any(c.isalnum() for c in words) and not _PRODUCER_MARK.fullmatch(words):
            first = page.glyphs[min(unseen)].box
            findings.append(
                error(
                    "FRAUD-HIDDEN-TEXT",
                    "",
                    f"page {page.number} holds text that nobody can see: {words[:80]!r}; it was not read",
                    stated=words[:200],
                    page=page.number,
                    box=first,
                )
            )
    return findings


def _unreadable(code: str, reason: str, pages: Sequence[int]) -> Document:
    return Document(kind=Kind.UNREADABLE, pages=list(pages), findings=[error(code, "", reason)])


def texts(pages: Sequence[PageText]) -> str:
    """The pages as plain text, row by row."""
    return "\n\n".join("\n".join(row.text for row in page.rows) for page in pages)
