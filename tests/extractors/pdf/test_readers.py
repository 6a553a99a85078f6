"""Two independent readers see the same characters at the same places, as the page is displayed; hidden text is known as hidden."""

import pytest
from pypdf import PdfWriter
from pypdf.generic import RectangleObject
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from extractors.pdf.glyphs import GlyphPage, displayed
from extractors.pdf.pdfium_reader import PdfiumReader
from extractors.pdf.pdfminer_reader import PdfminerReader
from extractors.pdf.visibility import hidden_glyphs
from tests.extractors.pdf.pages import Draw, drawn, rewritten, text

PLAIN = drawn(text((60, 100, "Rechnung"), (300, 400, "119,00")))


def rotated(degrees: int) -> bytes:
    return rewritten(PLAIN, lambda writer: writer.pages[0].rotate(degrees) and None)


def cropped(writer: PdfWriter) -> None:
    writer.pages[0].cropbox = RectangleObject((50, 0, A4[0], A4[1] - 40))


def spot(page: GlyphPage, first: str) -> tuple[int, int]:
    glyph = next(glyph for glyph in page.glyphs if glyph.text == first)
    return round((glyph.box[0] + glyph.box[2]) / 2), round((glyph.box[1] + glyph.box[3]) / 2)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(PLAIN, id="plain"),
        pytest.param(rotated(90), id="turned right"),
        pytest.param(rotated(180), id="upside down"),
        pytest.param(rotated(270), id="turned left"),
        pytest.param(rewritten(PLAIN, cropped), id="cropped"),
    ],
)
def test_readers_agree(data: bytes) -> None:
    with PdfiumReader(data) as reader:
        one = reader.page(1)
    other = next(iter(PdfminerReader(data).pages()))
    assert "".join(glyph.text for glyph in one.glyphs) == "".join(text for text, _, _ in other.marks) == "Rechnung119,00"
    assert (round(one.width), round(one.height)) == (round(other.width), round(other.height))
    for letter in "R9":
        (x, y), (_, other_x, other_y) = spot(one, letter), next(mark for mark in other.marks if mark[0] == letter)
        assert abs(x - other_x) <= 2
        assert abs(y - other_y) <= 3


@pytest.mark.parametrize(
    ("rotation", "box"),
    [
        pytest.param(0, (10, 160, 30, 190), id="upright"),
        pytest.param(90, (10, 10, 40, 30), id="90"),
        pytest.param(180, (70, 10, 90, 40), id="180"),
        pytest.param(270, (160, 70, 190, 90), id="270"),
    ],
)
def test_displayed(rotation: int, box: tuple[float, ...]) -> None:
    """A box 10 to 30 from the left and 10 to 40 from the bottom of a page of 100 by 200 points."""
    assert displayed((10, 10, 30, 40), (0, 0, 100, 200), rotation) == box


def white(canvas: Canvas) -> None:
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(60, 700, "HIDDEN")


def outside(canvas: Canvas) -> None:
    canvas.drawString(-300, 700, "HIDDEN")


def unpainted(canvas: Canvas) -> None:
    words = canvas.beginText(60, 700)
    words.setTextRenderMode(3)
    words.textLine("HIDDEN")
    canvas.drawText(words)


def covered(canvas: Canvas) -> None:
    canvas.drawString(60, 700, "HIDDEN")
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(40, 690, 200, 30, stroke=0, fill=1)


def on_dark(canvas: Canvas) -> None:
    canvas.setFillColorRGB(0.1, 0.1, 0.4)
    canvas.rect(40, 690, 200, 30, stroke=0, fill=1)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(60, 700, "HIDDEN")


def watermark(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 60)
    canvas.setFillColorRGB(0.9, 0.9, 0.9)
    canvas.drawString(60, 700, "HIDDEN")


@pytest.mark.parametrize(
    ("draw", "hidden"),
    [
        pytest.param(text((60, 100, "HIDDEN")), False, id="plain"),
        pytest.param(white, True, id="white on white"),
        pytest.param(outside, True, id="off the page"),
        pytest.param(unpainted, True, id="not painted"),
        pytest.param(covered, True, id="covered"),
        pytest.param(on_dark, False, id="white on a dark band is seen"),
        pytest.param(watermark, False, id="a large pale watermark is seen"),
    ],
)
def test_hidden_glyphs(draw: Draw, hidden: bool) -> None:
    with PdfiumReader(drawn(draw)) as reader:
        page = reader.page(1)
        found = hidden_glyphs(reader, page)
    assert len(found) == (len(page.glyphs) if hidden else 0)
