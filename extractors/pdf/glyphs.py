"""What a reader sees: pages with glyphs. Coordinates are PDF points from the top left of the page *as displayed*.

CropBox and /Rotate are applied, so a value on a page that is turned by a viewer has the box a person would point at.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Protocol

from schemas.evidence import Box

BAND = 8.0  # points; glyphs are looked up by the strip of the page in which their middle lies
FAR = 100_000.0  # points; no page reaches so far, and a broken file may say "infinite"


@dataclass(slots=True)
class Glyph:
    """One character. ``box`` spans the font's full height (equal for all glyphs of a line), ``ink`` only what is painted."""

    text: str
    box: Box
    ink: Box
    angle: int = 0  # degrees clockwise as displayed, rounded to whole ones
    space_before: bool = False  # the file itself has a space between this glyph and the one before


@dataclass(slots=True)
class GlyphStyle:
    """How a glyph is painted. ``mode`` is the text render mode of ISO 32000-1 table 106; 3 and 7 paint nothing."""

    font: str
    size: float
    colour: tuple[int, int, int, int] | None
    mode: int


@dataclass(slots=True)
class GlyphPage:
    """A page as one reader sees it. ``number`` counts from 1; ``cover`` is the largest share of the page one image covers."""

    number: int
    width: float
    height: float
    glyphs: list[Glyph] = field(default_factory=list)
    cover: float = 0.0


@dataclass(slots=True)
class MarkedPage:
    """What a second look needs of a page: ``marks`` are characters with the middle of their boxes (text, x, y), in reading order."""

    number: int
    width: float
    height: float
    marks: list[tuple[str, float, float]] = field(default_factory=list)
    _bands: dict[int, list[tuple[int, float, float, str]]] | None = field(default=None, repr=False, compare=False)

    def inside(self, box: Box) -> list[str]:
        """Texts whose middle lies in the box, in the reader's own order. The marks must not change any more."""
        if self._bands is None:
            self._bands = {}
            for index, (text, x, y) in enumerate(self.marks):
                if abs(y) < FAR:
                    self._bands.setdefault(int(y // BAND), []).append((index, x, y, text))
        x0, y0, x1, y1 = box
        if not (abs(y0) < FAR and abs(y1) < FAR):
            return []
        near = [self._bands.get(number, ()) for number in range(int(y0 // BAND), int(y1 // BAND) + 1)]
        return [text for _, x, y, text in sorted(chain.from_iterable(near)) if x0 <= x <= x1 and y0 <= y <= y1]


class Reader(Protocol):
    """Anything that turns bytes into pages of glyphs. Raises ``PdfUnreadable`` only."""

    def pages(self) -> Iterator[GlyphPage]: ...


def displayed(box: Box, frame: Box, rotation: int) -> Box:
    """Map ``box`` (x0, y0, x1, y1 in user space, y upwards) into the displayed page.

    ``frame`` is the visible part of the page (CropBox within MediaBox) in user space, ``rotation`` is /Rotate: 0, 90, 180 or 270.
    """
    left, bottom, right, top = frame
    x0, y0, x1, y1 = box
    if rotation == 90:
        return (y0 - bottom, x0 - left, y1 - bottom, x1 - left)
    if rotation == 180:
        return (right - x1, y0 - bottom, right - x0, y1 - bottom)
    if rotation == 270:
        return (top - y1, right - x1, top - y0, right - x0)
    return (x0 - left, top - y1, x1 - left, top - y0)
