"""Our own Markdown (headings, paragraphs, tables) as an A4 PDF with embedded fonts. No general Markdown reader."""

import re
from collections.abc import Iterator
from importlib.util import find_spec
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

BODY, BOLD = "ProcedureBody", "ProcedureBold"
MARGIN = 20 * mm
CODE = re.compile(r"`([^`]+)`")
KEY_WIDTH = 64


def procedure_pdf(text: str, title: str, foot: str) -> bytes:
    """The PDF; the same text gives the same bytes. ``foot`` stands under every page beside its number."""
    _register_fonts()
    base = ParagraphStyle("base", fontName=BODY, fontSize=9, leading=12, spaceAfter=4)
    styles = {
        "text": base,
        "cell": ParagraphStyle("cell", base, fontSize=7.5, leading=9.5, spaceAfter=0, splitLongWords=True),
        "1": ParagraphStyle("title", base, fontName=BOLD, fontSize=16, leading=20, spaceAfter=8),
        "2": ParagraphStyle("section", base, fontName=BOLD, fontSize=12, leading=15, spaceBefore=8),
    }
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=title,
        invariant=1,
    )

    def draw_foot(canvas: Any, _document: Any) -> None:
        canvas.setFont(BODY, 7)
        canvas.drawString(MARGIN, 10 * mm, foot)
        canvas.drawRightString(A4[0] - MARGIN, 10 * mm, str(canvas.getPageNumber()))

    document.build(list(_flow(text, styles)), onFirstPage=draw_foot, onLaterPages=draw_foot)
    return buffer.getvalue()


def _register_fonts() -> None:
    if find_spec("pymupdf_fonts") is not None:
        from pymupdf_fonts import NotoSans_Bold, NotoSans_Regular  # type: ignore[import-untyped]

        sources: tuple[Any, Any] = (BytesIO(NotoSans_Regular.fontbuffer), BytesIO(NotoSans_Bold.fontbuffer))
    else:
        sources = ("Vera.ttf", "VeraBd.ttf")
    for name, source in zip((BODY, BOLD), sources, strict=True):
        pdfmetrics.registerFont(TTFont(name, source))


def _flow(text: str, styles: dict[str, ParagraphStyle]) -> Iterator[Flowable]:
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = block.splitlines()
        if lines[0].startswith("|"):
            yield _table([[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines], styles["cell"])
            yield Spacer(1, 6)
        elif lines[0].startswith("#"):
            level = len(lines[0]) - len(lines[0].lstrip("#"))
            yield Paragraph(_marked(lines[0].lstrip("# ")), styles[str(min(level, 2))])
        else:
            yield Paragraph(_marked(" ".join(lines)), styles["text"])


def _table(rows: list[list[str]], style: ParagraphStyle) -> Table:
    head, body = rows[0], rows[2:]  # the second row is the rule of dashes
    columns = len(head)
    longest = [max(len(row[n]) for row in (head, *body) if n < len(row)) for n in range(columns)]
    weights = [min(max(length, 10), KEY_WIDTH) for length in longest]
    width = A4[0] - 2 * MARGIN
    bold = ParagraphStyle("head", style, fontName=BOLD)
    cells = [[Paragraph(_marked(cell), bold) for cell in head]]
    cells += [[Paragraph(_marked(cell), style) for cell in (*row, *[""] * (columns - len(row)))] for row in body]
    table = Table(cells, colWidths=[width * weight / sum(weights) for weight in weights], repeatRows=1, splitByRow=1)
    table.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.3, colors.grey), ("VALIGN", (0, 0), (-1, -1), "TOP")]))
    return table


def _marked(text: str) -> str:
    return CODE.sub(r"<b>\1</b>", escape(text))
