"""The second reader: pdfminer.six, glyphs only. It shares no code with pdfium; where both see the same characters, they are there.

It has no limits of its own (endless loops are known): call it in a process that can be killed.
"""

import io
import logging
import re
from collections.abc import Iterator
from typing import Any

from pdfminer.converter import PDFLayoutAnalyzer
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.psexceptions import PSException

from extractors.pdf.errors import PdfUnreadable
from extractors.pdf.glyphs import Glyph, GlyphPage, displayed

logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
_NO_CHARACTER = re.compile(r"\(cid:\d+\)")


class _GlyphDevice(PDFLayoutAnalyzer):  # type: ignore[misc]
    """Collects glyphs and skips layout analysis, which would take most of the time."""

    def __init__(self, manager: Any) -> None:
        super().__init__(manager, laparams=None)
        self.found: list[tuple[str, tuple[float, float, float, float]]] = []

    def render_char(
        self, matrix: Any, font: Any, fontsize: Any, scaling: Any, rise: Any, cid: Any, ncs: Any, graphicstate: Any
    ) -> float:
        try:
            text = font.to_unichr(cid)
        except Exception:  # PDFUnicodeNotDefined is not alone: broken maps raise what they like
            text = "\N{REPLACEMENT CHARACTER}"
        advance = float(font.char_width(cid)) * float(fontsize) * float(scaling)
        a, b, c, d, e, f = matrix
        descent = float(font.get_descent()) * float(fontsize)
        corners = [(x, y) for x in (0.0, advance) for y in (rise + descent, rise + descent + fontsize)]
        xs = [a * x + c * y + e for x, y in corners]
        ys = [b * x + d * y + f for x, y in corners]
        self.found.append((text, (min(xs), min(ys), max(xs), max(ys))))
        return advance

    def render_image(self, name: Any, stream: Any) -> None:
        return None

    def paint_path(self, *arguments: Any, **more: Any) -> None:
        return None

    def begin_page(self, page: Any, ctm: Any) -> None:
        self.found = []

    def end_page(self, page: Any) -> None:
        return None

    def begin_figure(self, name: Any, bbox: Any, matrix: Any) -> None:
        return None

    def end_figure(self, _: Any) -> None:
        return None


class PdfminerReader:
    """Reads the glyphs of the pages one asks for."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def pages(self, wanted: frozenset[int] | None = None) -> Iterator[GlyphPage]:
        """Pages in order, all or those whose number (from 1) is ``wanted``. Raises ``PdfUnreadable``."""
        try:
            manager = PDFResourceManager(caching=True)
            device = _GlyphDevice(manager)
            interpreter = PDFPageInterpreter(manager, device)
            for number, page in enumerate(PDFPage.create_pages(PDFDocument(PDFParser(io.BytesIO(self._data)))), 1):
                if wanted is None or number in wanted:
                    page.rotate, rotation = 0, int(page.rotate or 0) % 360
                    interpreter.process_page(page)
                    yield _page(number, page, rotation, device)
        except (PSException, RecursionError, MemoryError, ValueError, TypeError, KeyError, AttributeError, IndexError) as problem:
            raise PdfUnreadable(
                "READ-MALFORMED", f"the second reader cannot read the file: {type(problem).__name__}"
            ) from problem
        except Exception as problem:  # pdfminer.six declares no tree of its own; anything may come from a broken file
            raise PdfUnreadable(
                "READ-MALFORMED", f"the second reader cannot read the file: {type(problem).__name__}"
            ) from problem


def _page(number: int, page: Any, rotation: int, device: _GlyphDevice) -> GlyphPage:
    media, crop = page.mediabox, page.cropbox or page.mediabox
    frame = (max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3]))
    # the interpreter moves the origin to the lower left of the MediaBox
    moved = (frame[0] - media[0], frame[1] - media[1], frame[2] - media[0], frame[3] - media[1])
    width, height = frame[2] - frame[0], frame[3] - frame[1]
    if rotation in (90, 270):
        width, height = height, width
    result = GlyphPage(number, width, height)
    for text, box in device.found:
        if not text or text.isspace():
            continue
        clean = _NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", text).replace("\u00ad", "-")
        shown = displayed(box, moved, rotation)
        result.glyphs.append(Glyph(clean, shown, shown))
    return result
