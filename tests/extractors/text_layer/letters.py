"""A page that looks like an invoice in everything but its words: table, taxes, totals, VAT id, bank account. The tests change the words."""

from collections.abc import Sequence

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from extractors.pdf import inspect
from extractors.text_layer import read_documents
from schemas import Document
from tests.extractors.pdf.pages import Draw, drawn

Pair = tuple[str, str]
STYLES = ("tall", "line", "corner")
TABLE: Sequence[Sequence[str]] = (
    ("1", "Kreiselpumpe KP 40", "2", "412,50", "825,00"),
    ("2", "Dichtungssatz", "6", "18,90", "113,40"),
    ("3", "Inbetriebnahme", "3", "95,00", "285,00"),
)
HEAD = ("Pos.", "Beschreibung", "Menge", "Einzelpreis", "Betrag")
SUMS: Sequence[Pair] = (("Nettobetrag", "1.223,40 EUR"), ("19 % USt.", "232,45 EUR"), ("Gesamtbetrag", "1.455,85 EUR"))
FOOT = "Kessler Pumpentechnik GmbH, Gewerbepark 4, 86159 Augsburg, USt-IdNr. DE136695976, IBAN DE89 3704 0044 0532 0130 00"


def page(
    title: str,
    data: Sequence[Pair] = (),
    sentences: Sequence[str] = (),
    style: str = "tall",
    date: Pair = ("Datum", "12.03.2026"),
    number: int = 0,
    currency: str = "EUR",
) -> Draw:
    """``style``: the title tall on a line of its own, as high as the text, or in the upper corner. ``number``: "Seite 1/2" at the foot."""

    def draw(canvas: Canvas) -> None:
        def put(x: float, y: float, words: str, size: float = 9, bold: bool = False) -> None:
            canvas.setFont("Helvetica-Bold" if bold else "Helvetica", size)
            canvas.drawString(x, A4[1] - y, words)

        put(50, 50, "Kessler Pumpentechnik GmbH", 13, bold=True)
        put(50, 64, "Gewerbepark 4, 86159 Augsburg")
        for line, words in enumerate(("Muster Handels GmbH", "Ringstraße 12", "50667 Köln")):
            put(50, 130 + 13 * line, words, 10)
        size, x, y = {"tall": (20, 50, 220), "line": (11, 50, 220), "corner": (16, 400, 80)}[style]
        put(x, y, title, size, bold=True)
        for line, (label, value) in enumerate((*data, date) if date[0] else data):
            put(350, 130 + 13 * line, f"{label}:")
            put(460, 130 + 13 * line, value)
        for line, words in enumerate(sentences):
            put(50, 245 + 13 * line, words, 9.5)
        for line, cells in enumerate((HEAD, *TABLE)):
            for left, words in zip((50, 90, 330, 400, 490), cells, strict=True):
                put(left, 300 + 16 * line, words, bold=line == 0)
        for line, (label, value) in enumerate(SUMS):
            put(330, 380 + 14 * line, label)
            put(490, 380 + 14 * line, value.replace("EUR", currency))
        put(50, 800, FOOT, 7)
        if number:
            put(270, 820, f"Seite {number}/2", 7)

    return draw


def read(*pages: Draw) -> list[Document]:
    data = drawn(*pages)
    return read_documents(data, inspect(data))
