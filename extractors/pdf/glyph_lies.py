"""Digits of a part of a page that are painted as other digits than the text layer says."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extractors.pdf.digit_shapes import resemble, shape_of
from extractors.pdf.glyphs import Glyph, GlyphPage
from extractors.pdf.pdfium_reader import PdfiumReader
from schemas.evidence import Box

DIGITS = frozenset("0123456789")
HEIGHT = 40.0  # pixels of a digit when drawn for comparison
MIN_SCALE, MAX_SCALE = 1.0, 20.0
MAX_PIXELS = 4_000_000  # of one part
MAX_PARTS = 60
MARGIN = 1.5  # points around the part, so that the ground is seen


@dataclass(frozen=True, slots=True)
class Lie:
    """One digit: what the text layer says and what the page shows."""

    part: int
    claimed: str
    looks: str
    box: Box


def lies(reader: PdfiumReader, page: GlyphPage, parts: Sequence[Box]) -> Iterator[Lie]:
    """Digits in ``parts`` (boxes on the page as displayed) whose shape clearly is another digit's. ``part`` is the index into them.

    Raises ``PdfUnreadable`` when the page cannot be rendered.
    """
    for index, part in enumerate(parts[:MAX_PARTS]):
        digits = [glyph for glyph in page.glyphs if glyph.text in DIGITS and _is_inside(glyph, part)]
        upright = [glyph for glyph in digits if glyph.angle % 90 == 0]
        if upright:
            yield from _lies_of(reader, page, index, upright)


def _lies_of(reader: PdfiumReader, page: GlyphPage, index: int, digits: Sequence[Glyph]) -> Iterator[Lie]:
    left = max(0.0, min(glyph.ink[0] for glyph in digits) - MARGIN)
    top = max(0.0, min(glyph.ink[1] for glyph in digits) - MARGIN)
    right = min(page.width, max(glyph.ink[2] for glyph in digits) + MARGIN)
    bottom = min(page.height, max(glyph.ink[3] for glyph in digits) + MARGIN)
    if right - left < 1 or bottom - top < 1:
        return
    tallest = max(0.5, *(_height(glyph) for glyph in digits))
    scale = min(MAX_SCALE, max(MIN_SCALE, HEIGHT / tallest), math.sqrt(MAX_PIXELS / ((right - left) * (bottom - top))))
    pixels = reader.render(page.number, scale, (left, page.height - bottom, page.width - right, top))
    x, y = math.ceil(left * scale), math.ceil(top * scale)
    for glyph in digits:
        x0, y0, x1, y1 = (side * scale for side in glyph.ink)
        shape = shape_of(
            pixels, int(x0) - x - 1, int(y0) - y - 1, math.ceil(x1) - x + 1, math.ceil(y1) - y + 1, glyph.angle // 90
        )
        found = resemble(shape, glyph.text) if shape is not None else None
        if found is not None and found.is_clear:
            yield Lie(index, glyph.text, found.looks, glyph.box)


def _height(glyph: Glyph) -> float:
    x0, y0, x1, y1 = glyph.ink
    return x1 - x0 if glyph.angle % 180 else y1 - y0


def _is_inside(glyph: Glyph, part: Box) -> bool:
    x0, y0, x1, y1 = glyph.box
    return part[0] <= (x0 + x1) / 2 <= part[2] and part[1] <= (y0 + y1) / 2 <= part[3]
