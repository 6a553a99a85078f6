"""Pages as a person sees them: pictures, and the words on them with their boxes. Runs in a child; nothing of the file gets out
but pixels and characters."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium

from extractors.pdf.errors import PdfUnreadable
from extractors.pdf.glyphs import Glyph
from extractors.pdf.pdfium_reader import PdfiumReader
from schemas.evidence import Box

DPI = 150
POINTS_PER_INCH = 72
MOST_PIXELS = 12_000_000
MOST_WORDS = 3000  # per page
QUALITY = 80
_GAP = 0.22  # of the height of a line; wider is a new word
_LEAP = 0.5


def draw_pages(arguments: dict[str, Any], scratch: Path) -> Any:
    """Pictures of the ``pages`` of the file at ``path``, as ``scratch/<number>.webp``; their sizes in points and their words."""
    data = Path(arguments["path"]).read_bytes()
    try:
        with PdfiumReader(data) as reader:
            known = [number for number in arguments["pages"] if 1 <= number <= reader.page_count]
            return [_drawn(data, reader, number, scratch) for number in known]
    except (PdfUnreadable, pdfium.PdfiumError):
        return []


def _drawn(data: bytes, reader: PdfiumReader, number: int, scratch: Path) -> dict[str, Any]:
    document = pdfium.PdfDocument(data)
    try:
        page = document[number - 1]
        width, height = page.get_size()
        scale = min(DPI / POINTS_PER_INCH, (MOST_PIXELS / max(1.0, width * height)) ** 0.5)
        page.render(scale=scale).to_pil().convert("RGB").save(scratch / f"{number}.webp", "WEBP", quality=QUALITY, method=2)
    finally:
        document.close()
    words = [[text, *(round(edge, 1) for edge in box)] for text, box in words_of(reader.page(number, ink=False).glyphs)]
    return {"page": number, "width": round(width, 2), "height": round(height, 2), "words": words[:MOST_WORDS]}


def words_of(glyphs: Iterable[Glyph]) -> Iterator[tuple[str, Box]]:
    """Runs of glyphs without a space or a gap between them, in the order of the file."""
    run: list[Glyph] = []
    for glyph in glyphs:
        if not glyph.text.strip():
            if run:
                yield _word(run)
            run = []
            continue
        if run and (glyph.space_before or _is_apart(run[-1], glyph)):
            yield _word(run)
            run = []
        run.append(glyph)
    if run:
        yield _word(run)


def _is_apart(before: Glyph, after: Glyph) -> bool:
    height = max(1.0, before.box[3] - before.box[1])
    if before.angle != after.angle or abs(before.box[1] - after.box[1]) > _LEAP * height:
        return True
    return not -_LEAP * height < after.box[0] - before.box[2] < _GAP * height and not after.angle


def _word(run: list[Glyph]) -> tuple[str, Box]:
    boxes = [glyph.box for glyph in run]
    edges = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
    return "".join(glyph.text for glyph in run), edges
