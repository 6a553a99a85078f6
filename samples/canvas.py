"""A sheet of paper to write on, by two producers. Coordinates are PDF points from the top left; text stands on ``y``."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

import fpdf
from fpdf.enums import XPos, YPos
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from samples.master_data import NOW
from samples.wide_font import FONT_FOLDER, VERA, wide_font_file

Align = Literal["left", "right", "centre"]
Colour = tuple[float, float, float]
BLACK: Colour = (0.0, 0.0, 0.0)
WHITE: Colour = (1.0, 1.0, 1.0)
EMBEDDED: dict[str, Callable[[bool], Path]] = {"Vera": lambda bold: FONT_FOLDER / VERA[bold], "Wide": wide_font_file}
"""Families with a font file; ``Wide`` has the letters of Polish and Czech."""
_BASE14 = {
    ("Helvetica", False): "Helvetica",
    ("Helvetica", True): "Helvetica-Bold",
    ("Times", False): "Times-Roman",
    ("Times", True): "Times-Bold",
    ("Courier", False): "Courier",
    ("Courier", True): "Courier-Bold",
}


class Sheet(Protocol):
    """What the composer needs of a producer."""

    def text(
        self, x: float, y: float, text: str, size: float, *, bold: bool = False, align: Align = "left", colour: Colour = BLACK
    ) -> None: ...
    def width(self, text: str, size: float, *, bold: bool = False) -> float: ...
    def line(self, x0: float, y0: float, x1: float, y1: float, thickness: float = 0.5, colour: Colour = BLACK) -> None: ...
    def fill(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None: ...
    def slanted(self, text: str, size: float, colour: Colour) -> None:
        """Across the middle of the page, rising."""
        ...

    def new_page(self) -> None: ...
    def finish(self) -> bytes:
        """The file; the sheet is used up. Call it even when the bytes are not wanted: it lets go of font files."""
        ...


def open_sheet(
    producer: str, family: str, page: tuple[float, float], title: str, password: str | None = None, runs: str = "lines"
) -> Sheet:
    """A first empty page. Only ReportLab can encrypt (``password`` is the user password) and cut text into ``runs``."""
    if producer == "fpdf2":
        if password or runs != "lines":
            raise ValueError("passwords and text runs are made by ReportLab only")
        return FpdfSheet(family, page, title)
    return ReportlabSheet(family, page, title, password, runs)


def shift_for(align: Align, width: float) -> float:
    return {"left": 0.0, "centre": width / 2, "right": width}[align]


class ReportlabSheet:
    """ReportLab with fixed dates and ids (``invariant``)."""

    def __init__(
        self, family: str, page: tuple[float, float], title: str, password: str | None = None, runs: str = "lines"
    ) -> None:
        self._page = page
        self._height = page[1]
        self._runs = runs
        self._buffer = io.BytesIO()
        encrypt = StandardEncryption(password, ownerPassword=password + "-owner", strength=128) if password else None
        self._canvas = Canvas(self._buffer, pagesize=page, invariant=1, pageCompression=1, encrypt=encrypt)
        self._canvas.setTitle(title)
        self._fonts = {bold: self._font(family, bold) for bold in (False, True)}

    @staticmethod
    def _font(family: str, bold: bool) -> str:
        if family in EMBEDDED:
            path = EMBEDDED[family](bold)
            if path.stem not in pdfmetrics.getRegisteredFontNames():
                pdfmetrics.registerFont(TTFont(path.stem, str(path)))
            return path.stem
        return _BASE14[family, bold]

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        return float(pdfmetrics.stringWidth(text, self._fonts[bold], size))

    def text(
        self, x: float, y: float, text: str, size: float, *, bold: bool = False, align: Align = "left", colour: Colour = BLACK
    ) -> None:
        self._canvas.setFont(self._fonts[bold], size)
        self._canvas.setFillColorRGB(*colour)
        x -= shift_for(align, self.width(text, size, bold=bold))
        for run in self._cut(text):
            if not run.isspace():
                self._canvas.drawString(x, self._height - y, run)
            x += self.width(run, size, bold=bold)

    def _cut(self, text: str) -> list[str]:
        if self._runs == "glyphs":
            return list(text)
        return re.split("( +)", text) if self._runs == "words" else [text]

    def slanted(self, text: str, size: float, colour: Colour) -> None:
        canvas = self._canvas
        canvas.saveState()
        canvas.translate(self._page[0] / 2, self._page[1] / 2)
        canvas.rotate(40)
        canvas.setFont(self._fonts[True], size)
        canvas.setFillColorRGB(*colour)
        canvas.drawCentredString(0, 0, text)
        canvas.restoreState()

    def line(self, x0: float, y0: float, x1: float, y1: float, thickness: float = 0.5, colour: Colour = BLACK) -> None:
        self._canvas.setStrokeColorRGB(*colour)
        self._canvas.setLineWidth(thickness)
        self._canvas.line(x0, self._height - y0, x1, self._height - y1)

    def fill(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        self._canvas.setFillColorRGB(*colour)
        self._canvas.rect(x0, self._height - y1, x1 - x0, y1 - y0, stroke=0, fill=1)

    def new_page(self) -> None:
        self._canvas.showPage()

    def finish(self) -> bytes:
        self._canvas.save()
        return self._buffer.getvalue()


class FpdfSheet:
    """fpdf2 with a fixed creation date. Its base-14 fonts are Latin-1: a layout with a euro sign or Polish names uses Vera."""

    def __init__(self, family: str, page: tuple[float, float], title: str) -> None:
        self._pdf: Any = fpdf.FPDF(unit="pt", format=page)
        self._pdf.set_auto_page_break(False)
        self._pdf.set_creation_date(datetime(NOW.year, NOW.month, NOW.day, tzinfo=UTC))
        self._pdf.set_title(title)
        self._pdf.c_margin = 0
        self._family = family
        if family in EMBEDDED:
            for bold, style in ((False, ""), (True, "B")):
                self._pdf.add_font(family, style, str(EMBEDDED[family](bold)))
        self._pdf.add_page()

    def _use(self, size: float, bold: bool) -> None:
        self._pdf.set_font(self._family, "B" if bold else "", size)

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        self._use(size, bold)
        return float(self._pdf.get_string_width(text))

    def text(
        self, x: float, y: float, text: str, size: float, *, bold: bool = False, align: Align = "left", colour: Colour = BLACK
    ) -> None:
        width = self.width(text, size, bold=bold)
        self._pdf.set_text_color(*(round(part * 255) for part in colour))
        self._pdf.set_xy(x - shift_for(align, width), y - size)
        self._pdf.cell(width + 0.01, size * 1.25, text, new_x=XPos.RIGHT, new_y=YPos.TOP)

    def line(self, x0: float, y0: float, x1: float, y1: float, thickness: float = 0.5, colour: Colour = BLACK) -> None:
        self._pdf.set_draw_color(*(round(part * 255) for part in colour))
        self._pdf.set_line_width(thickness)
        self._pdf.line(x0, y0, x1, y1)

    def fill(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        self._pdf.set_fill_color(*(round(part * 255) for part in colour))
        self._pdf.rect(x0, y0, x1 - x0, y1 - y0, style="F")

    def slanted(self, text: str, size: float, colour: Colour) -> None:
        x, y = self._pdf.w / 2, self._pdf.h / 2
        with self._pdf.rotation(40, x, y):
            self.text(x, y, text, size, bold=True, align="centre", colour=colour)

    def new_page(self) -> None:
        self._pdf.add_page()

    def finish(self) -> bytes:
        data = bytes(self._pdf.output())
        for font in self._pdf.fonts.values():
            if hasattr(font, "ttfont"):
                font.ttfont.close()  # fpdf2 leaves the file of a font open that no text used
        return data
