"""A page a person can read, of an invoice that has none (or none that can become PDF/A-3). German and English labels.

Every font is embedded: Noto Sans from the package ``pymupdf-fonts`` (SIL OFL), else Bitstream Vera that comes with reportlab,
which lacks Polish and Greek letters. A character the font cannot draw is shown as a replacement sign, never left out.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from exporters.context import ExportContext
from exporters.notice import copy_note
from schemas import Invoice, Party, plain

BODY, BOLD = "BelegflussBody", "BelegflussBold"
MARGIN = 40
REPLACEMENTS = ("\ufffd", "?")
MAX_TEXT = 4000
"""Characters of one field shown; the XML holds them all."""


@cache
def _labels() -> Mapping[str, Any]:
    return tomllib.loads(files("exporters").joinpath("readable.toml").read_text(encoding="utf-8"))


@cache
def _fonts() -> frozenset[int]:
    """Registers the two fonts and gives the code points both can draw."""
    if find_spec("pymupdf_fonts") is not None:
        from pymupdf_fonts import NotoSans_Bold, NotoSans_Regular  # type: ignore[import-untyped]

        sources: tuple[Any, Any] = (BytesIO(NotoSans_Regular.fontbuffer), BytesIO(NotoSans_Bold.fontbuffer))
    else:
        sources = ("Vera.ttf", "VeraBd.ttf")
    known = None
    for name, source in zip((BODY, BOLD), sources, strict=True):
        font = TTFont(name, source)
        pdfmetrics.registerFont(font)
        points = frozenset(font.face.charToGlyph)
        known = points if known is None else known & points
    return known or frozenset()


def _printable(text: str) -> str:
    known = _fonts()
    replacement = next((sign for sign in REPLACEMENTS if ord(sign) in known), "?")
    cleaned = (" " if sign in "\t\r" else sign for sign in text[:MAX_TEXT])
    return "".join(sign if sign == "\n" or ord(sign) in known else replacement for sign in cleaned)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _fetch(record: Any, path: str) -> Any:
    for name in path.split("."):
        record = getattr(record, name, None)
    return record


class _Sheet:
    """Collects the flowables of one invoice in reading order."""

    def __init__(self) -> None:
        _fonts()
        base = ParagraphStyle("body", fontName=BODY, fontSize=8, leading=10)
        self._styles = {
            "body": base,
            "right": ParagraphStyle("right", base, alignment=2),
            "small": ParagraphStyle("small", base, fontSize=7, leading=8.5, textColor=colors.HexColor("#444444")),
            "head": ParagraphStyle("head", base, fontName=BOLD, fontSize=7, leading=8.5),
            "section": ParagraphStyle("section", base, fontName=BOLD, fontSize=9, leading=12, spaceBefore=6),
            "title": ParagraphStyle("title", base, fontName=BOLD, fontSize=12, leading=15),
        }
        self.flow: list[Flowable] = []

    def paragraph(self, text: str, style: str = "body") -> Paragraph:
        return Paragraph(escape(_printable(text)).replace("\n", "<br/>"), self._styles[style])

    def say(self, text: str, style: str = "body") -> None:
        self.flow.append(self.paragraph(text, style))

    def table(self, rows: list[list[Any]], widths: list[float], ruled: bool = True) -> None:
        if not rows:
            return
        style: list[tuple[Any, ...]] = [("FONTNAME", (0, 0), (-1, -1), BODY), ("VALIGN", (0, 0), (-1, -1), "TOP")]
        style += [("LEFTPADDING", (0, 0), (-1, -1), 2), ("RIGHTPADDING", (0, 0), (-1, -1), 2)]
        style += [("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)]
        if ruled:
            style += [("LINEBELOW", (0, 0), (-1, 0), 0.6, colors.black), ("LINEBELOW", (0, 1), (-1, -1), 0.2, colors.grey)]
        table = Table(rows, colWidths=widths, repeatRows=1 if ruled else 0, style=TableStyle(style), hAlign="LEFT", splitInRow=1)
        self.flow += [table, Spacer(1, 6)]

    def pairs(self, record: Any, entries: list[dict[str, Any]], currency: str = "") -> None:
        rows = []
        for entry in entries:
            value = _fetch(record, entry["path"])
            if value not in (None, ""):
                shown = f"{_text(value)} {currency}".strip()
                rows.append([self.paragraph(entry["label"], "small"), self.paragraph(shown, "right" if currency else "body")])
        self.table(rows, [190, 130 if currency else 320], ruled=False)


def _party_text(party: Party) -> str:
    shown = []
    for entry in _labels()["party_field"]:
        value = _text(_fetch(party, entry["path"]))
        if value:
            shown.append(f"{entry['label']}: {value}" if entry["label"] else value)
    return "\n".join(shown)


def _add_parties(sheet: _Sheet, invoice: Invoice) -> None:
    named = [(entry["label"], _fetch(invoice, entry["path"])) for entry in _labels()["party"]]
    present = [(label, party) for label, party in named if party is not None and _party_text(party)]
    for pair in (present[i : i + 2] for i in range(0, len(present), 2)):
        cells = [[sheet.paragraph(label, "head"), sheet.paragraph(_party_text(party))] for label, party in pair]
        sheet.table([cells], [258.0] * len(cells), ruled=False)


def _add_lines(sheet: _Sheet, invoice: Invoice) -> None:
    columns = _labels()["line"]
    rows: list[list[Any]] = [[sheet.paragraph(column["label"], "head") for column in columns]]
    for line in invoice.lines:
        cells = []
        for column in columns:
            text = _text(_fetch(line, column["path"]))
            if column["path"] == "name" and line.description and line.description != line.name:
                text = f"{text}\n{line.description}"
            cells.append(sheet.paragraph(text, "right" if column.get("right") else "body"))
        rows.append(cells)
    sheet.table(rows, [column["width"] for column in columns])


def _add_adjustments(sheet: _Sheet, invoice: Invoice) -> None:
    signed = [("-", row) for row in invoice.allowances] + [("+", row) for row in invoice.charges]
    if signed:
        sheet.say(_labels()["words"]["adjustments"], "section")
        rows = [
            [sheet.paragraph(row.reason or row.reason_code or ""), sheet.paragraph(f"{sign} {_text(row.amount)}", "right")]
            for sign, row in signed
        ]
        sheet.table(rows, [190, 130], ruled=False)


def _add_tax(sheet: _Sheet, invoice: Invoice) -> None:
    tax = _labels()["tax"]
    rows: list[list[Any]] = [[sheet.paragraph(text, "head") for text in tax["heading"]]]
    rows += [[sheet.paragraph(_text(getattr(row, name))) for name in tax["columns"]] for row in invoice.tax_breakdown]
    if len(rows) > 1:
        sheet.table(rows, tax["widths"])


def readable_pdf(invoice: Invoice, context: ExportContext) -> bytes:
    """A4 PDF of the invoice, fonts embedded. Same invoice and context, same bytes. Metadata are the caller's to write."""
    labels, sheet = _labels(), _Sheet()
    sheet.say(labels["words"]["title"], "title")
    sheet.say(copy_note(context), "small")
    sheet.flow.append(Spacer(1, 8))
    _add_parties(sheet, invoice)
    sheet.pairs(invoice, labels["head"])
    _add_lines(sheet, invoice)
    _add_adjustments(sheet, invoice)
    _add_tax(sheet, invoice)
    sheet.pairs(invoice.totals, labels["total"], invoice.currency or "")
    sheet.pairs(invoice.payment, labels["payment"])
    if invoice.payment_terms.text:
        sheet.say(labels["words"]["terms"], "section")
        sheet.say(invoice.payment_terms.text)
    if invoice.notes:
        sheet.say(labels["words"]["notes"], "section")
        for note in invoice.notes:
            sheet.say(note.text)
    return _build(sheet.flow, f"{invoice.number or ''} {labels['words']['page']}")


def _build(flow: list[Flowable], footer: str) -> bytes:
    def number_page(canvas: Any, document: Any) -> None:
        canvas.setFont(BODY, 7)
        canvas.drawRightString(A4[0] - MARGIN, 24, _printable(f"{footer} {document.page}"))

    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        initialFontName=BODY,
        invariant=1,
        pageCompression=rl_config.pageCompression,
    )
    document.build(flow, onFirstPage=number_page, onLaterPages=number_page)
    return out.getvalue()
