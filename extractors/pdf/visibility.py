"""Can a person see it? Glyph boxes are compared with the pixels of the rendered page.

Source of the thresholds: contrast below 40 of 255 or a box under 1.5 points found all 14 painted ways of hiding text and gave no
false hit on rotated pages, white text on dark bands and coloured text.
"""

from extractors.pdf.glyphs import Glyph, GlyphPage
from extractors.pdf.pdfium_reader import PdfiumReader, Pixels

SCALE = 2.0
MIN_CONTRAST = 40
LARGE = 18.0  # points; letters of this height are seen with less contrast (watermarks)
MIN_CONTRAST_LARGE = 12
MIN_HEIGHT = 1.5
MAX_PIXELS = 40_000_000
_FLAT_MARKS = frozenset(".,:;'`´’-_–—·•|°\"*")


def hidden_glyphs(reader: PdfiumReader, page: GlyphPage) -> set[int]:
    """Indices into ``page.glyphs`` of the glyphs that the rendered page does not show.

    Raises ``PdfUnreadable`` when the page cannot be rendered. A page too large for ``SCALE`` is rendered smaller.
    """
    scale = SCALE
    while page.width * page.height * scale * scale > MAX_PIXELS and scale > 0.05:
        scale /= 2
    pixels = reader.render(page.number, scale)
    return {index for index, glyph in enumerate(page.glyphs) if not _seen(glyph, pixels, scale) and not _is_paperwhite(glyph)}


def _is_paperwhite(glyph: Glyph) -> bool:
    """Glyphs that paint nothing by nature."""
    return glyph.text.isspace() or glyph.text in ("\u200b", "\ufeff")


def _seen(glyph: Glyph, pixels: Pixels, scale: float) -> bool:
    x0, y0, x1, y1 = glyph.ink
    if y1 - y0 < MIN_HEIGHT and _size(glyph) < MIN_HEIGHT and glyph.text not in _FLAT_MARKS:
        return False
    left, right = int(x0 * scale) - 1, int(x1 * scale) + 2
    top, bottom = int(y0 * scale) - 1, int(y1 * scale) + 2
    if left < 0 or top < 0 or right > pixels.width or bottom > pixels.height:
        left, right, top, bottom = max(0, left), min(pixels.width, right), max(0, top), min(pixels.height, bottom)
    if right <= left or bottom <= top:
        return False
    needed = MIN_CONTRAST_LARGE if y1 - y0 >= LARGE else MIN_CONTRAST
    last = bottom - top - 1
    low, high = 255, 0
    for step in _STEPS if last >= len(_STEPS) else range(last + 1):
        row = (top + last * step // 6 if last >= len(_STEPS) else top + step) * pixels.stride
        part = pixels.data[row + left : row + right]
        low, high = min(low, min(part)), max(high, max(part))  # noqa: PLW3301 - bytes are compared in C
        if high - low >= needed:
            return True
    return False


def _size(glyph: Glyph) -> float:
    """Height of the glyph's cell, across the direction of writing where the text is turned: a turned ``i`` is wide and flat."""
    x0, y0, x1, y1 = glyph.box
    return max(x1 - x0, y1 - y0) if glyph.angle else y1 - y0


_STEPS = (3, 2, 4, 1, 5, 0, 6)  # sixths of the height, from the middle outwards: most glyphs are seen at the first look
