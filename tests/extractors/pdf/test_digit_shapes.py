"""Shapes of digits: honest fonts are never called liars, lies are seen in any turn and colour."""

import itertools
import math

import pytest
from pypdf import PdfWriter
from reportlab.pdfgen.canvas import Canvas

from extractors.pdf.digit_shapes import COLUMNS, ROWS, references, resemble, shape_of
from extractors.pdf.glyph_lies import lies
from extractors.pdf.pdfium_reader import PdfiumReader, Pixels
from tests.extractors.pdf.pages import drawn, rewritten, text

DIGITS = "0123456789"
FONTS = (
    "Helvetica",
    "Helvetica-Bold",
    "Helvetica-Oblique",
    "Times-Roman",
    "Times-Bold",
    "Times-Italic",
    "Courier",
    "Courier-Bold",
)


def in_font(name: str, size: float = 10, grey: float = 0, ground: float | None = None) -> bytes:
    def draw(canvas: Canvas) -> None:
        if ground is not None:
            canvas.setFillGray(ground)
            canvas.rect(0, 0, 595, 842, stroke=0, fill=1)
        canvas.setFillGray(grey)
        canvas.setFont(name, size)
        canvas.drawString(60, 500, DIGITS)

    return drawn(draw)


def found(data: bytes, claims: dict[str, str] | None = None) -> list[tuple[str, str]]:
    """What the page is caught at when its text layer claims other digits."""
    with PdfiumReader(data) as reader:
        page = reader.page(1)
        for glyph in page.glyphs:
            glyph.text = (claims or {}).get(glyph.text, glyph.text)
        return [(lie.claimed, lie.looks) for lie in lies(reader, page, [(0, 0, page.width, page.height)])]


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("size", [5, 7.5, 10, 24])
def test_honest_fonts(font: str, size: float) -> None:
    assert found(in_font(font, size)) == []


@pytest.mark.parametrize(("grey", "ground"), [(1, 0.1), (0.5, 1), (0, 0.8)])
def test_colours(grey: float, ground: float) -> None:
    data = in_font("Helvetica", 10, grey, ground)
    assert found(data) == []
    assert found(data, {"1": "7", "7": "1"}) == [("7", "1"), ("1", "7")]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_pages(turn: int) -> None:
    def rotate(writer: PdfWriter) -> None:
        writer.pages[0].rotate(turn)

    data = rewritten(drawn(text((60, 300, DIGITS))), rotate)
    assert found(data) == []
    assert found(data, {"6": "9", "9": "6"}) == [("9", "6"), ("6", "9")]


@pytest.mark.parametrize("font", FONTS)
def test_nearly_every_lie_is_seen(font: str) -> None:
    data = in_font(font)
    missed = [(one, other) for one, other in itertools.permutations(DIGITS, 2) if (other, one) not in found(data, {one: other})]
    assert len(missed) <= 4, missed


def test_references_are_shapes_of_all_digits() -> None:
    assert sorted(references()) == list(DIGITS)
    for digit, shapes in references().items():
        assert len(shapes) >= 15
        assert all(0 < shape.bit_count() < COLUMNS * ROWS * 0.9 and shape.bit_length() <= COLUMNS * ROWS for shape in shapes)
        assert not any(resemble(shape, digit).is_clear for shape in shapes)


@pytest.mark.parametrize(
    ("rows", "box"),
    [
        pytest.param([bytes([255] * 40)] * 40, (0, 0, 40, 40), id="blank"),
        pytest.param([bytes([255] * 40)] * 40, (30, 30, 90, 31), id="flat"),
        pytest.param([bytes([255] * 40)] * 40, (90, 90, 120, 120), id="off the page"),
        pytest.param([bytes([0, 255] * 20)] * 8, (0, 0, 40, 8), id="too low"),
        pytest.param([bytes([200] * 20 + [255] * 20)] * 40, (0, 0, 40, 40), id="faint"),
    ],
)
def test_no_shape(rows: list[bytes], box: tuple[int, int, int, int]) -> None:
    assert shape_of(Pixels(b"".join(rows), 40, len(rows), 40), *box) is None


def test_a_shape_is_turned_back() -> None:
    with PdfiumReader(in_font("Helvetica", 60)) as reader:
        page = reader.page(1)
        pixels = reader.render(1, 1.0)
        x0, y0, x1, y1 = page.glyphs[4].ink
        box = int(x0), int(y0), math.ceil(x1), math.ceil(y1)
        shapes = {turns: shape_of(pixels, *box, turns) for turns in range(5)}
    assert shapes[0] == shapes[4]
    assert len({shapes[turns] for turns in range(4)}) == 4
