"""Small PDF pages drawn for one test each."""

import io
from collections.abc import Callable

from pypdf import PdfReader, PdfWriter
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

Draw = Callable[[Canvas], None]


def drawn(*pages: Draw) -> bytes:
    """One PDF with a page per function."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=True)
    for draw in pages:
        canvas.setFont("Helvetica", 10)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def text(*lines: tuple[float, float, str]) -> Draw:
    """Lines of black text; x from the left, y from the top."""

    def draw(canvas: Canvas) -> None:
        for x, y, words in lines:
            canvas.drawString(x, A4[1] - y, words)

    return draw


def rewritten(data: bytes, change: Callable[[PdfWriter], None]) -> bytes:
    """The file with something changed in its structure."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    change(writer)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()
