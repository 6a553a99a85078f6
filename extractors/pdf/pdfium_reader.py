"""The fast reader: pypdfium2. Not thread-safe (pdfium keeps global state), so one reader per process at a time."""

import ctypes
import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat
from types import TracebackType
from typing import Any, Literal

import pypdfium2 as pdfium
from pypdfium2 import raw

from extractors.pdf.errors import PdfUnreadable
from extractors.pdf.glyphs import Glyph, GlyphPage, GlyphStyle, displayed

MAX_GLYPHS_PER_PAGE = 60_000
HYPHEN_AT_LINE_END = {0x02: "-", 0xFFFE: "-", 0xAD: "-"}  # pdfium's mark for a hyphen it would join
GAPS = frozenset({0x0D, 0x0A, 0x00, 0x20, 0xA0, 0x2007, 0x2009, 0x200A, 0x202F, 0x2002, 0x2003, 0x3000, 0x09})


@dataclass(frozen=True, slots=True)
class Pixels:
    """A page in grey, one byte per pixel, ``stride`` bytes per row."""

    data: bytes | bytearray
    width: int
    height: int
    stride: int


_CANVAS = bytearray(
    2_200_000
)  # pixels of an A4 page at scale 2; drawn on again and again, fresh memory would cost more than drawing


def _bitmap(width: int, height: int, format: int, rev_byteorder: bool = False) -> Any:
    buffer = (ctypes.c_ubyte * len(_CANVAS)).from_buffer(_CANVAS) if width * height <= len(_CANVAS) else None
    return pdfium.PdfBitmap.new_native(width, height, format, rev_byteorder, buffer)


class PdfiumReader:
    """Reads glyphs with their boxes; ``style`` and ``render`` answer further questions about one glyph or page."""

    def __init__(self, data: bytes) -> None:
        try:
            self._document = pdfium.PdfDocument(data)
            self.page_count = len(self._document)
            self._open: tuple[int, Any] | None = None
        except pdfium.PdfiumError as problem:
            raise PdfUnreadable("READ-MALFORMED", f"pdfium cannot open the file: {problem}") from problem

    def __enter__(self) -> "PdfiumReader":
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        if self._open is not None:
            self._open[1].close()
        self._document.close()

    def pages(self, ink: bool = True) -> Iterator[GlyphPage]:
        """Every page in order. Raises ``PdfUnreadable`` when a page cannot be loaded or holds absurdly many glyphs.

        ``ink=False`` saves a tenth of the time: ``Glyph.ink`` is then the same as ``Glyph.box``.
        """
        for index in range(self.page_count):
            yield self.page(index + 1, ink)

    def page(self, number: int, ink: bool = True) -> GlyphPage:
        """One page, counted from 1; ``ink`` as in ``pages``."""
        try:
            page = self._loaded(number)
            text = page.get_textpage()
        except pdfium.PdfiumError as problem:
            raise PdfUnreadable("READ-MALFORMED", f"page {number} cannot be loaded: {problem}") from problem
        try:
            return _read_page(page, text.raw, number, ink)
        finally:
            text.close()

    def style(self, number: int, index: int) -> GlyphStyle:
        """How the glyph at ``index`` (position in pdfium's own order) of page ``number`` is painted."""
        text = self._loaded(number).get_textpage()
        try:
            return _read_style(text.raw, index)
        finally:
            text.close()

    def render(self, number: int, scale: float, cut: tuple[float, float, float, float] = (0, 0, 0, 0)) -> Pixels:
        """Grey pixels of page ``number`` as a viewer shows it, without annotations that only print; until the next call.

        ``cut`` is what is left away, in points from the left, the bottom, the right and the top of the displayed page.
        """
        try:
            bitmap = self._loaded(number).render(scale=scale, grayscale=True, may_draw_forms=True, bitmap_maker=_bitmap, crop=cut)
        except (pdfium.PdfiumError, ValueError) as problem:  # ValueError: nothing is left after the cut
            raise PdfUnreadable("READ-MALFORMED", f"page {number} cannot be rendered: {problem}") from problem
        width, height, stride = bitmap.width, bitmap.height, bitmap.stride
        return Pixels(_CANVAS if stride * height <= len(_CANVAS) else bytes(bitmap.buffer), width, height, stride)

    def _loaded(self, number: int) -> Any:
        """The page, taken apart once for its text and its pixels; only one is kept."""
        if self._open is None or self._open[0] != number:
            if self._open is not None:
                self._open[1].close()
                self._open = None
            self._open = (number, self._document[number - 1])
        return self._open[1]


def _read_page(page: Any, text: Any, number: int, with_ink: bool) -> GlyphPage:
    frame, rotation = page.get_bbox(), int(page.get_rotation()) % 360  # CropBox within MediaBox, inherited ones too
    width, height = page.get_width(), page.get_height()
    count = raw.FPDFText_CountChars(text)
    if count > MAX_GLYPHS_PER_PAGE:
        raise PdfUnreadable("READ-TOO-LARGE", f"page {number} holds {count} glyphs, more than {MAX_GLYPHS_PER_PAGE}")
    result = GlyphPage(number, width, height, cover=_largest_image(page, width * height))
    append = result.glyphs.append
    space, high = False, 0
    x, _, _, y = frame  # upper left corner
    inks = _inks(text, range(count)) if with_ink else repeat(None)
    for index, (code, angle, (left, top, right, bottom), tight) in enumerate(zip(*_measure(text, count), inks, strict=False)):
        if code in GAPS:
            space = space or not raw.FPDFText_IsGenerated(text, index)  # pdfium breaks lines between runs, wherever they stand
            continue
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        character = HYPHEN_AT_LINE_END.get(code) or chr(code)
        if high and 0xDC00 <= code < 0xE000:
            character, high = chr(0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)), 0
        box = ink = (
            displayed((left, bottom, right, top), frame, rotation) if rotation else (left - x, y - top, right - x, y - bottom)
        )
        flat = box[3] - box[1] < 0.5 or box[2] - box[0] < 0.05
        if tight or flat:
            ink_left, ink_right, ink_bottom, ink_top = tight or next(_inks(text, range(index, index + 1)))
            ink = (ink_left - x, y - ink_top, ink_right - x, y - ink_bottom)
            ink = displayed((ink_left, ink_bottom, ink_right, ink_top), frame, rotation) if rotation else ink
        if flat:  # fonts without usable metrics have loose boxes of no height; fall back on the ink
            x0, y0, x1, y1 = ink
            box = (x0, y0, max(x1, x0 + 0.1), max(y1, y0 + 0.1))
        turned = round(math.degrees(angle)) if angle > 0.001 else 0
        append(Glyph(character, box, ink, (rotation + (360 - turned)) % 360 if rotation or turned else 0, space))
        space = False
    return result


def _address(pointer: Any) -> int:
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0


def _entry(function: Any, result: Any, *arguments: Any) -> Any:
    """A pdfium function that takes addresses as whole numbers, so that ``map`` can call it for every glyph without a Python step."""
    return ctypes.PYFUNCTYPE(result, *arguments)(_address(function))


_ADDRESS = ctypes.c_void_p
_UNICODE = _entry(raw.FPDFText_GetUnicode, ctypes.c_uint, _ADDRESS, ctypes.c_int)
_ANGLE = _entry(raw.FPDFText_GetCharAngle, ctypes.c_float, _ADDRESS, ctypes.c_int)
_LOOSE = _entry(raw.FPDFText_GetLooseCharBox, ctypes.c_int, _ADDRESS, ctypes.c_int, _ADDRESS)
_TIGHT = _entry(raw.FPDFText_GetCharBox, ctypes.c_int, _ADDRESS, ctypes.c_int, _ADDRESS, _ADDRESS, _ADDRESS, _ADDRESS)
_SAMPLE = 16


_Four = tuple[float, float, float, float]


def _measure(text: Any, count: int) -> tuple[Iterable[int], Iterable[float], Iterable[_Four]]:
    """Of every glyph: character codes, angles, loose boxes (left, top, right, bottom)."""
    address = _address(text)
    handle = repeat(address)
    boxes = (ctypes.c_float * (4 * count))()
    start = ctypes.addressof(boxes)
    deque(map(_LOOSE, handle, range(count), range(start, start + 16 * count, 16)), maxlen=0)
    return _codes(text, address, count), map(_ANGLE, handle, range(count)), _fours(boxes, "f")


def _inks(text: Any, glyphs: range) -> Iterator[_Four]:
    """Tight boxes of some glyphs (left, right, bottom, top)."""
    boxes = (ctypes.c_double * (4 * len(glyphs)))()
    start, end = ctypes.addressof(boxes), ctypes.addressof(boxes) + 32 * len(glyphs)
    sides = [range(start + 8 * side, end + 8 * side, 32) for side in range(4)]
    deque(map(_TIGHT, repeat(_address(text)), glyphs, *sides), maxlen=0)
    return _fours(boxes, "d")


def _fours(values: Any, kind: Literal["f", "d"]) -> Iterator[_Four]:
    numbers = iter(memoryview(values).cast("B").cast(kind).tolist())
    return zip(numbers, numbers, numbers, numbers, strict=True)


def _codes(text: Any, address: int, count: int) -> list[int]:
    """Character codes as UTF-16 units, in one call where pdfium's text has one unit per glyph, else one by one."""
    buffer = (ctypes.c_ushort * (count + 1))()
    whole = raw.FPDFText_GetText(text, 0, count, buffer) == count + 1
    if whole and all(
        _UNICODE(address, index) == buffer[index] or buffer[index] in HYPHEN_AT_LINE_END for index in range(0, count, _SAMPLE)
    ):
        return list(buffer)[:count]
    return list(map(_UNICODE, repeat(address), range(count)))


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
