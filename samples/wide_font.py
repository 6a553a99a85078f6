"""A font for Polish and Czech: Bitstream Vera with letters built from its own letters and accents.

The licence of Vera asks for another name of what is changed; the font is made anew in each process and is not kept in the repository.
"""

import io
import tempfile
import unicodedata
from functools import cache
from pathlib import Path

import reportlab
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

FONT_FOLDER = Path(reportlab.__file__).parent / "fonts"
VERA = {False: "Vera.ttf", True: "VeraBd.ttf"}
"""Bitstream Vera, free to embed, comes with ReportLab."""
NAME = "BelegflussSans"
LETTERS = "ąćęńśźżĄĆĘŃŚŹŻďěňřťůĎĚŇŘŤŮ"
_ACCENTS = {"\u0301": "acute", "\u030c": "caron", "\u0328": "ogonek", "\u0307": "dotaccent", "\u030a": "ring"}
_BESIDE = frozenset("ďť")
"""Their caron is a stroke to the right."""


@cache
def wide_font_file(bold: bool) -> Path:
    """Path of the font, in a folder of its own that lasts as long as the machine keeps temporary files."""
    path = Path(tempfile.mkdtemp(prefix="belegfluss-font-")) / f"{NAME}{'-Bold' if bold else ''}.ttf"
    path.write_bytes(wide_font(bold))
    return path


def wide_font(bold: bool) -> bytes:
    """The same bytes every time."""
    font = TTFont(FONT_FOLDER / VERA[bold], recalcTimestamp=False)
    for letter in LETTERS:
        _add(font, letter)
    for record in font["name"].names:
        record.string = record.toUnicode().replace("Bitstream Vera", "Belegfluss").replace("BitstreamVera", "Belegfluss")
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


def _add(font: TTFont, letter: str) -> None:
    """``letter`` as a composite glyph; its width is that of the letter below the accent."""
    base_letter, mark = tuple(unicodedata.normalize("NFD", letter))
    cmap, glyphs = font.getBestCmap(), font.getGlyphSet()
    base, accent = cmap[ord(base_letter)], "quoteright" if letter in _BESIDE else _ACCENTS[mark]
    x0, _, x1, top = _bounds(glyphs, base)
    left, _, right, accent_top = _bounds(glyphs, accent)
    if letter in _BESIDE:
        shift, rise = x1 - left, top - accent_top
    elif mark == "\u0328":
        shift, rise = x1 - right, 0.0
    else:
        room = top - _bounds(glyphs, cmap[ord("x")])[3]
        shift, rise = (x0 + x1 - left - right) / 2, max(0.0, room)
    pen = TTGlyphPen(glyphs)
    pen.addComponent(base, (1, 0, 0, 1, 0, 0))
    pen.addComponent(accent, (1, 0, 0, 1, round(shift), round(rise)))
    name = f"uni{ord(letter):04X}"
    font["glyf"][name] = pen.glyph()
    font["hmtx"][name] = font["hmtx"][base]
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[ord(letter)] = name


def _bounds(glyphs: object, name: str) -> tuple[float, float, float, float]:
    pen = BoundsPen(glyphs)
    glyphs[name].draw(pen)  # type: ignore[index]
    bounds: tuple[float, float, float, float] = pen.bounds
    return bounds
