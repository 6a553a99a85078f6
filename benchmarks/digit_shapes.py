"""Measures the ten digits in the free fonts of this machine and prints the table of reference shapes of ``extractors.pdf.digit_shapes``.

``python -m benchmarks.digit_shapes FONT... > extractors/pdf/data/digit_shapes.csv``. Hair lines are left out (their ink falls between
the cells), and so are shapes that are plain bars: a bar is a 1 in some fonts, and a rule, an l or a broken glyph elsewhere.
"""

import io
import math
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfgen.canvas import Canvas

from extractors.pdf.digit_shapes import COLUMNS, ROWS, shape_of
from extractors.pdf.pdfium_reader import PdfiumReader, Pixels

DIGITS = "0123456789"
SIZE = 64  # pixels per em
RADIUS = 16  # cells; a shape nearer than this to a chosen one is left out
BUILT_IN = [
    *(f"Helvetica{style}" for style in ("", "-Bold", "-Oblique", "-BoldOblique")),
    *(f"Courier{style}" for style in ("", "-Bold", "-Oblique", "-BoldOblique")),
    *(f"Times-{style}" for style in ("Roman", "Bold", "Italic", "BoldItalic")),
]
THIN = ("Hairline", "Thin", "ExtraLight")


def measure(path: Path) -> dict[str, int]:
    """Digit to shape in one font."""
    font = ImageFont.truetype(path, SIZE)
    found = {}
    for digit in DIGITS:
        image = Image.new("L", (3 * SIZE, 3 * SIZE), 255)
        ImageDraw.Draw(image).text((SIZE, SIZE // 2), digit, font=font, fill=0)
        pixels = Pixels(image.tobytes(), image.width, image.height, image.width)
        shape = shape_of(pixels, 0, 0, image.width, image.height)
        if shape is not None and not _is_bar(shape):
            found[digit] = shape
    return found


def measure_built_in(name: str) -> dict[str, int]:
    """Digit to shape in a font that files need not carry: pdfium brings its own."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    canvas.setFont(name, SIZE)
    canvas.drawString(60, 500, DIGITS)
    canvas.save()
    found = {}
    with PdfiumReader(buffer.getvalue()) as reader:
        page, pixels = reader.page(1), reader.render(1, 1.0)
        for glyph in page.glyphs:
            x0, y0, x1, y1 = glyph.ink
            shape = shape_of(pixels, int(x0) - 1, int(y0) - 1, math.ceil(x1) + 1, math.ceil(y1) + 1)
            if shape is not None and not _is_bar(shape):
                found[glyph.text] = shape
    return found


def _is_bar(shape: int) -> bool:
    rows = [shape >> COLUMNS * number & (1 << COLUMNS) - 1 for number in range(ROWS)]
    return sum(row.bit_count() for row in rows) - ROWS * (_common(rows).bit_count()) < ROWS


def _common(rows: list[int]) -> int:
    common = rows[0]
    for row in rows:
        common &= row
    return common


def choose(shapes: list[int]) -> list[int]:
    """Few shapes of which one is near to each: the one with most neighbours first."""
    left, chosen = sorted(set(shapes)), []
    while left:
        best = max(left, key=lambda one: sum((one ^ other).bit_count() <= RADIUS for other in left))
        chosen.append(best)
        left = [other for other in left if (best ^ other).bit_count() > RADIUS]
    return chosen


def main() -> None:
    paths = [Path(name) for name in sys.argv[1:] if not any(word in name for word in THIN)]
    measured = [measure(path) for path in paths] + [measure_built_in(name) for name in BUILT_IN]
    families = sorted({path.stem.split("-")[0] for path in paths})
    print(
        "# Shapes of the ten digits, 14 x 18 cells each as a hexadecimal number: extractors.pdf.digit_shapes, benchmarks.digit_shapes."
    )
    print(f"# Source: measured from {', '.join(families)} (OFL, Apache-2.0, Bitstream Vera),")
    print("# and from the fonts pdfium has for the standard names (BSD).")
    print("digit,shape")
    for digit in DIGITS:
        for shape in choose([found[digit] for found in measured if digit in found]):
            print(f"{digit},{shape:x}")


if __name__ == "__main__":
    main()
