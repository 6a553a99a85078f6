"""What is painted where a value stands: the digits of money, numbers, accounts and dates are compared with reference shapes."""

from collections.abc import Iterator, Sequence

from extractors.pdf.errors import PdfUnreadable
from extractors.pdf.glyph_lies import lies
from extractors.pdf.glyphs import GlyphPage
from extractors.pdf.pdfium_reader import PdfiumReader
from schemas import Document, Finding
from schemas.evidence import Box
from schemas.finding import error

CHECKED = ("totals.", "number", "payment.iban", "payment.accounts[", "issue_date", "seller.vat_id", "tax_breakdown[", "due_date")
"""Begins of the paths whose digits are looked at: what is paid, to whom, and what tells one invoice from another."""
CLEARS = "a new file from the supplier; what the page shows is not what its text says"
MOST_PLACES = 24  # per document; a value that stands on every page is looked at once


def check_painted(data: bytes, document: Document, pages: Sequence[GlyphPage] = ()) -> list[Finding]:
    """FRAUD-GLYPH-REMAP for each value whose painted digits clearly are others. ``pages`` saves reading them again."""
    places = list(_places(document))
    if not places:
        return []
    try:
        with PdfiumReader(data) as reader:
            return list(_findings(reader, places, {page.number: page for page in pages}))
    except PdfUnreadable:
        return []  # such a document is not accepted in any case


def _places(document: Document) -> Iterator[tuple[str, int, Box]]:
    """Path, page and box of each value to look at, page by page; one place of each value."""
    taken: set[tuple[int, Box]] = set()
    places = []
    for path, sightings in document.evidence.items():
        if not path.startswith(CHECKED):
            continue
        for place in sightings[:1]:
            if place.page is not None and place.box is not None and (place.page, place.box) not in taken:
                taken.add((place.page, place.box))
                places.append((path, place.page, place.box))
    yield from sorted(places[:MOST_PLACES], key=lambda entry: entry[1])


def _findings(reader: PdfiumReader, places: Sequence[tuple[str, int, Box]], known: dict[int, GlyphPage]) -> Iterator[Finding]:
    for number in sorted({number for _, number, _ in places}):
        here = [(path, box) for path, page, box in places if page == number]
        page = known.get(number) or reader.page(number)
        said: dict[int, list[str]] = {}
        for lie in lies(reader, page, [box for _, box in here]):
            said.setdefault(lie.part, []).append(f"{lie.claimed} is painted as {lie.looks}")
        for index, words in said.items():
            path, box = here[index]
            message = f"the text layer and the painted digits differ on page {number}: {', '.join(words[:6])}"
            yield error("FRAUD-GLYPH-REMAP", path, message, page=number, box=box, clears=CLEARS)
