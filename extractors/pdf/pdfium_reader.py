"""The fast reader: pypdfium2. Not thread-safe (pdfium keeps global state), so one reader per process at a time."""

import ctypes
import math
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import pypdfium2 as pdfium
from pypdfium2 import raw

from extractors.pdf.errors import PdfUnreadable
from extractors.pdf.glyphs import Glyph, GlyphPage, GlyphStyle, displayed

MAX_GLYPHS_PER_PAGE = 60_000
HYPHEN_AT_LINE_END = {0x02: "-", 0xFFFE: "-", 0xAD: "-"}  # pdfium's mark for a hyphen it would join
SPACES = frozenset({0x20, 0xA0, 0x2007, 0x2009, 0x200A, 0x202F, 0x2002, 0x2003, 0x3000, 0x09})


class PdfiumReader:
    """Reads glyphs with their boxes; ``style`` and ``render`` answer further questions about one glyph or page."""

    def __init__(self, data: bytes) -> None:
        try:
            self._document = pdfium.PdfDocument(data)
            self.page_count = len(self._document)
        except pdfium.PdfiumError as problem:
            raise PdfUnreadable("READ-MALFORMED", f"pdfium cannot open the file: {problem}") from problem

    def __enter__(self) -> "PdfiumReader":
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self._document.close()

    def pages(self) -> Iterator[GlyphPage]:
        """Every page in order. Raises ``PdfUnreadable`` when a page cannot be loaded or holds absurdly many glyphs."""
        for index in range(self.page_count):
            yield self.page(index + 1)

    def page(self, number: int) -> GlyphPage:
        """One page, counted from 1."""
        try:
            page = self._document[number - 1]
            text = page.get_textpage()
        except pdfium.PdfiumError as problem:
            raise PdfUnreadable("READ-MALFORMED", f"page {number} cannot be loaded: {problem}") from problem
        try:
            return _read_page(page, text.raw, number)
        finally:
            text.close()
            page.close()

    def style(self, number: int, index: int) -> GlyphStyle:
        """How the glyph at ``index`` (position in pdfium's own order) of page ``number`` is painted."""
        page = self._document[number - 1]
        text = page.get_textpage()
        try:
            return _read_style(text.raw, index)
        finally:
            text.close()
            page.close()

    def render(self, number: int, scale: float) -> tuple[bytes, int, int, int]:
        """Grey pixels of page ``number`` as a viewer shows it, without annotations that only print: (bytes, width, height, stride)."""
        page = self._document[number - 1]
        try:
            bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=True)
            return bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride
        except pdfium.PdfiumError as problem:
            raise PdfUnreadable("READ-MALFORMED", f"page {number} cannot be rendered: {problem}") from problem
        finally:
            page.close()


def _read_page(page: Any, text: Any, number: int) -> GlyphPage:
    frame, rotation = page.get_bbox(), int(page.get_rotation()) % 360  # CropBox within MediaBox, inherited ones too
    width, height = page.get_width(), page.get_height()
    count = raw.FPDFText_CountChars(text)
    if count > MAX_GLYPHS_PER_PAGE:
        raise PdfUnreadable("READ-TOO-LARGE", f"page {number} holds {count} glyphs, more than {MAX_GLYPHS_PER_PAGE}")
    result = GlyphPage(number, width, height, cover=_largest_image(page, width * height))
    loose, (left, right, bottom, top) = (
        raw.FS_RECTF(),
        (ctypes.c_double(), ctypes.c_double(), ctypes.c_double(), ctypes.c_double()),
    )
    loose_ref, refs = ctypes.byref(loose), (ctypes.byref(left), ctypes.byref(right), ctypes.byref(bottom), ctypes.byref(top))
    get_unicode, get_loose, get_box, get_angle = (
        raw.FPDFText_GetUnicode,
        raw.FPDFText_GetLooseCharBox,
        raw.FPDFText_GetCharBox,
        raw.FPDFText_GetCharAngle,
    )
    glyphs, append = result.glyphs, result.glyphs.append
    space, high = False, 0
    for index in range(count):
        code = get_unicode(text, index)
        if code in SPACES:
            space = space or not raw.FPDFText_IsGenerated(text, index)
            continue
        if code in (0x0D, 0x0A, 0x00):
            space = space or not raw.FPDFText_IsGenerated(text, index)  # pdfium breaks lines between runs, wherever they stand
            continue
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000 and high:
            code, high = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00), 0
        get_loose(text, index, loose_ref)
        get_box(text, index, *refs)
        box = displayed((loose.left, loose.bottom, loose.right, loose.top), frame, rotation)
        ink = displayed((left.value, bottom.value, right.value, top.value), frame, rotation)
        angle = get_angle(text, index)
        turned = round(math.degrees(angle)) if angle > 0.001 else 0
        character = HYPHEN_AT_LINE_END.get(code) or chr(code)
        append(Glyph(character, box, ink, (rotation + (360 - turned)) % 360 if rotation or turned else 0, space))
        space = False
    _mend_boxes(glyphs)
    return result


def _mend_boxes(glyphs: list[Glyph]) -> None:
    """Fonts without usable metrics give loose boxes of no height; fall back on the ink."""
    for glyph in glyphs:
        if glyph.box[3] - glyph.box[1] < 0.5 or glyph.box[2] - glyph.box[0] < 0.05:
            x0, y0, x1, y1 = glyph.ink
            glyph.box = (x0, y0, max(x1, x0 + 0.1), max(y1, y0 + 0.1))


def _largest_image(page: Any, area: float) -> float:
    """Share of the page that the largest image covers; 0 where there is none."""
    best = 0.0
    count = raw.FPDFPage_CountObjects(page.raw)
    left, bottom, right, top = ctypes.c_float(), ctypes.c_float(), ctypes.c_float(), ctypes.c_float()
    refs = (ctypes.byref(left), ctypes.byref(bottom), ctypes.byref(right), ctypes.byref(top))
    for index in range(min(count, 400)):
        item = raw.FPDFPage_GetObject(page.raw, index)
        if raw.FPDFPageObj_GetType(item) == raw.FPDF_PAGEOBJ_IMAGE and raw.FPDFPageObj_GetBounds(item, *refs):
            best = max(best, (right.value - left.value) * (top.value - bottom.value) / max(area, 1.0))
    return best


def _read_style(text: Any, index: int) -> GlyphStyle:
    buffer, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    raw.FPDFText_GetFontInfo(text, index, buffer, 128, ctypes.byref(flags))
    r, g, b, a = ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint()
    painted = raw.FPDFText_GetFillColor(text, index, ctypes.byref(r), ctypes.byref(g), ctypes.byref(b), ctypes.byref(a))
    item = raw.FPDFText_GetTextObject(text, index)
    mode = int(raw.FPDFTextObj_GetTextRenderMode(item)) if item else 0
    return GlyphStyle(
        font=buffer.value.decode("utf-8", "replace"),
        size=float(raw.FPDFText_GetFontSize(text, index)),
        colour=(r.value, g.value, b.value, a.value) if painted else None,
        mode=mode,
    )
