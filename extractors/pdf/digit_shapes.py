"""Does a digit look like the digit it says it is? Painted shapes against reference shapes of the ten digits.

A font may paint a 9 where the text layer says 1 (ToUnicode maps, encodings and ActualText are only claims). No letter is read here:
a shape is called another digit only where it clearly is one and clearly not what it claims; everything else says nothing.

A shape is a grid of 14 x 18 cells over the ink, as one whole number, row by row; narrow ink is centred so that a 1 stays narrow.
The distance of two shapes is the number of cells in which they differ.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from extractors.pdf.pdfium_reader import Pixels

COLUMNS, ROWS = 14, 18
NARROWEST = 0.5  # width by height; ink narrower than this keeps white beside it
MIN_HEIGHT, MIN_WIDTH = 12, 3  # pixels; fewer tell no shape
MIN_CONTRAST = 80  # of 255, between ink and ground
CLOSE = 40  # cells; a shape this near to a reference is that digit
CLEARER = 16  # cells by which the claimed digit must be farther away


@dataclass(frozen=True, slots=True)
class Resemblance:
    """The digit a shape resembles most, and how far it is from the one claimed and from that one, in cells."""

    looks: str
    claimed_distance: int
    looks_distance: int

    @property
    def is_clear(self) -> bool:
        return self.looks_distance <= CLOSE and self.claimed_distance - self.looks_distance >= CLEARER


@cache
def references() -> dict[str, tuple[int, ...]]:
    """Digit to its shapes in common typefaces; the head of the table says which."""
    shapes: dict[str, list[int]] = {}
    table = files("extractors.pdf").joinpath("data/digit_shapes.csv").read_text("utf-8")
    for line in table.splitlines():
        digit, _, shape = line.partition(",")
        if len(digit) == 1 and digit.isdigit():
            shapes.setdefault(digit, []).append(int(shape, 16))
    return {digit: tuple(values) for digit, values in shapes.items()}


def resemble(shape: int, claimed: str) -> Resemblance:
    """What ``shape`` looks like beside ``claimed``, one of ``0`` to ``9``."""
    nearest = {digit: min((shape ^ known).bit_count() for known in shapes) for digit, shapes in references().items()}
    own = nearest.pop(claimed)
    looks = min(nearest, key=nearest.__getitem__)
    return Resemblance(looks, own, nearest[looks])


def shape_of(pixels: Pixels, left: int, top: int, right: int, bottom: int, turns: int = 0) -> int | None:
    """The shape of the ink in a part of the page, which is turned back by ``turns`` quarters first; ``None`` where there is none.

    The ground is what most of the rim shows, so white digits on a dark band are shapes as well.
    """
    left, top, right, bottom = max(0, left), max(0, top), min(pixels.width, right), min(pixels.height, bottom)
    if right - left < MIN_WIDTH or bottom - top < MIN_WIDTH:
        return None
    rows = [bytes(pixels.data[y * pixels.stride + left : y * pixels.stride + right]) for y in range(top, bottom)]
    rim = sorted(rows[0] + rows[-1] + bytes(row[0] for row in rows) + bytes(row[-1] for row in rows))
    ground = rim[len(rim) // 2]
    darkest, lightest = min(map(min, rows)), max(map(max, rows))
    ink = darkest if ground - darkest > lightest - ground else lightest
    if abs(ink - ground) < MIN_CONTRAST:
        return None
    middle = (ink + ground) / 2
    inked = bytes((value < middle) is (ink < ground) for value in range(256))
    rows = [row.translate(inked) for row in rows]
    for _ in range(turns % 4):
        rows = [bytes(column) for column in zip(*rows, strict=True)][::-1]
    return _grid(rows)


def _grid(rows: list[bytes]) -> int | None:
    """Rows of 0 and 1 as a shape."""
    inside = [number for number, row in enumerate(rows) if 1 in row]
    if not inside:
        return None
    rows = rows[inside[0] : inside[-1] + 1]
    first, last = min(row.find(1) for row in rows if 1 in row), max(row.rfind(1) for row in rows)
    height, width = len(rows), last + 1 - first
    if height < MIN_HEIGHT or width < MIN_WIDTH:
        return None
    across = max(width, NARROWEST * height)
    start = first - (across - width) / 2
    columns = [int(start + (number + 0.5) * across / COLUMNS) for number in range(COLUMNS)]
    shape = 0
    for number in range(ROWS):
        row = rows[int((number + 0.5) * height / ROWS)]
        for column in columns:
            shape = shape << 1 | (row[column] if first <= column <= last else 0)
    return shape
