"""What was changed after a PDF was first saved, and what a signature does not cover.

A PDF may be saved on top of itself: each ``%%EOF`` ends a revision, and the bytes up to it are the file as it was then. Honest files
do that often (embedding XML, signing), so only text that a person sees and that changed is a finding.
Source: ISO 32000-1, 7.5.6 and 12.8.1.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from extractors.pdf.errors import PdfUnreadable
from extractors.pdf.glyphs import GlyphPage
from extractors.pdf.pdfium_reader import PdfiumReader
from extractors.pdf.structure import Structure
from extractors.text_layer.words import lay_out
from schemas import Finding
from schemas.finding import error, info

CLEARS = "the supplier confirms the change by a way known before, or sends the file anew"
MOST_REVISIONS = 4  # the first ones and the last ones; more are not opened
MOST_PAGES = 20
_HEX = re.compile(rb"<[0-9A-Fa-f\s\x00]*>")
_BLANK = b" \t\r\n\x00"


def findings_of_revisions(data: bytes, structure: Structure) -> list[Finding]:
    """FRAUD-REVISED-CONTENT where visible text changed, FRAUD-SIGNATURE where a signature leaves bytes out."""
    return [*_changed(data, structure), *_signatures(data, structure)]


def _changed(data: bytes, structure: Structure) -> Iterator[Finding]:
    ends = structure.revision_ends[:-1]
    if not ends:
        return
    if len(ends) > MOST_REVISIONS:
        ends = (*ends[: MOST_REVISIONS // 2], *ends[-MOST_REVISIONS // 2 :])
    final = _pages(data)
    for number, end in enumerate(ends, 1):
        before = _pages(data[:end])
        if before is None or final is None:
            continue  # the mark stood inside a stream, or the file was no file yet
        for page, (old, new) in enumerate(zip(before, final, strict=False), 1):
            if _characters(old) != _characters(new) and (words := _difference(old, new)):
                gone, come = words
                message = f"page {page} was changed after version {number}: {_shown(gone)} became {_shown(come)}"
                yield error(
                    "FRAUD-REVISED-CONTENT", "", message, stated=_shown(come), expected=_shown(gone), page=page, clears=CLEARS
                )
                return
        if before and len(final) > len(before):
            message = f"pages were added after version {number}: {len(before)} became {len(final)}"
            yield error("FRAUD-REVISED-CONTENT", "", message, page=len(before) + 1, clears=CLEARS)
            return


def _pages(data: bytes) -> list[GlyphPage] | None:
    try:
        with PdfiumReader(data) as reader:
            return [reader.page(number, ink=False) for number in range(1, min(reader.page_count, MOST_PAGES) + 1)]
    except PdfUnreadable:
        return None


def _characters(page: GlyphPage) -> str:
    return "".join(glyph.text for glyph in page.glyphs)


def _difference(old: GlyphPage, new: GlyphPage) -> tuple[list[str], list[str]] | None:
    """Words that went and words that came; ``None`` when the page only says the same in another order, or said nothing before."""
    before, after = _words(old), _words(new)
    gone, come = before - after, after - before
    if not before or not (gone or come):
        return None
    return list(gone.elements()), list(come.elements())


def _words(page: GlyphPage) -> Counter[str]:
    return Counter(word for row in lay_out(page).rows for word in row.text.split())


def _shown(words: Sequence[str]) -> str:
    """The words that tell most: those with figures first."""
    chosen = sorted(words, key=lambda word: not any(c.isdigit() for c in word))[:6]
    return " ".join(chosen)[:120] or "nothing"


def _signatures(data: bytes, structure: Structure) -> Iterator[Finding]:
    if not structure.signatures:
        return
    for ranges in structure.signatures:
        if not _is_whole_but_itself(data, ranges):
            yield error(
                "FRAUD-SIGNATURE", "", "a signature of the PDF leaves out bytes beside itself; what it left out may be forged"
            )
            return
    end = max(ranges[2] + ranges[3] for ranges in structure.signatures)
    rest = data[end:].strip(_BLANK)
    if not rest:
        return
    if b"/DSS" in rest and not list(_changed_since(data, end)):
        yield info("FRAUD-SIGNATURE", "", "certificates were added behind the signature, which does not cover them")
        return
    words = f"the signature does not cover the last {len(rest)} bytes, which were added after signing"
    yield error("FRAUD-SIGNATURE", "", words, clears=CLEARS)


def _changed_since(data: bytes, end: int) -> Iterator[int]:
    before, after = _pages(data[:end]), _pages(data)
    if before is None or after is None or len(before) != len(after):
        yield 0
        return
    yield from (old.number for old, new in zip(before, after, strict=True) if _characters(old) != _characters(new))


def _is_whole_but_itself(data: bytes, ranges: tuple[int, int, int, int]) -> bool:
    """Two ranges from the first byte on, with nothing between them but the signature's own digits."""
    start, length, resumed, rest = ranges
    if start != 0 or length <= 0 or resumed < length or rest < 0 or resumed + rest > len(data):
        return False
    return _HEX.fullmatch(data[length:resumed].strip(_BLANK)) is not None
