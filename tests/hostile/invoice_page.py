"""One honest invoice page, the same invoice as ``tests.extractors.invoices.cii``, and what an attacker draws on it."""

import io
from collections.abc import Callable, Sequence
from typing import Literal

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

Draw = Callable[[Canvas], None]
IBAN = "DE89 3704 0044 0532 0130 00"
OTHER_IBAN = "DE75 5121 0800 1245 1261 99"
TOTAL_AT = (470.0, 522.0)  # left end and height from the top of the gross total
ROWS: Sequence[tuple[float, float, str]] = (
    (60, 70, "Armaturen Süd GmbH"),
    (60, 84, "Lindenallee 3"),
    (60, 98, "10115 Berlin"),
    (60, 160, "Werk Nord GmbH"),
    (60, 174, "Hafenstraße 9"),
    (60, 188, "20457 Hamburg"),
    (60, 260, "Rechnung"),
    (60, 290, "Rechnungsnummer: R-4711"),
    (60, 304, "Rechnungsdatum: 02.11.2026"),
    (60, 318, "Leistungsdatum: 01.11.2026"),
    (60, 360, "Pos"),
    (100, 360, "Bezeichnung"),
    (300, 360, "Menge"),
    (380, 360, "Einzelpreis"),
    (470, 360, "Gesamt"),
    (60, 378, "1"),
    (100, 378, "Ventil DN 25"),
    (300, 378, "4 Stück"),
    (380, 378, "25,00"),
    (470, 378, "100,00"),
    (300, 480, "Nettobetrag EUR"),
    (470, 480, "100,00"),
    (300, 501, "zzgl. 19 % MwSt. EUR"),
    (470, 501, "19,00"),
    (300, 522, "Rechnungsbetrag EUR"),
    (470, 522, "119,00"),
    (60, 620, "Zahlbar innerhalb von 30 Tagen ohne Abzug."),
    (60, 740, f"IBAN: {IBAN}"),
    (60, 754, "USt-IdNr.: DE136695976"),
)


def page(
    *extra: Draw,
    changes: dict[str, str] | None = None,
    font: str = "Helvetica",
    spell: Callable[[str], str] = str,
    turned: int = 0,
    before: Draw | None = None,
) -> bytes:
    """The page with values replaced by ``changes``, every text passed through ``spell``, and more drawn on it afterwards."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1)
    if turned:
        canvas.setPageRotation(turned)
    if before is not None:
        before(canvas)
    for x, y, words in ROWS:
        said = words
        for old, new in (changes or {}).items():
            said = said.replace(old, new)
        write(canvas, x, y, spell(said), font=font)
    for draw in extra:
        draw(canvas)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def write(canvas: Canvas, x: float, y: float, words: str, font: str = "Helvetica", size: float = 10) -> None:
    canvas.setFont(font, size)
    canvas.drawString(x, A4[1] - y, words)


def at(x: float, y: float, words: str, size: float = 10) -> Draw:
    return lambda canvas: write(canvas, x, y, words, size=size)


def white_text(canvas: Canvas) -> None:
    canvas.setFillColorRGB(1, 1, 1)
    write(canvas, 60, 768, f"IBAN: {OTHER_IBAN}")
    canvas.setFillColorRGB(0, 0, 0)


def near_white_text(canvas: Canvas) -> None:
    canvas.setFillGray(0.96)
    write(canvas, 60, 768, f"IBAN: {OTHER_IBAN}")
    canvas.setFillGray(0)


def unpainted(canvas: Canvas, mode: Literal[3, 7] = 3) -> None:
    words = canvas.beginText(60, A4[1] - 768)
    words.setFont("Helvetica", 10)
    words.setTextRenderMode(mode)
    words.textOut(f"IBAN: {OTHER_IBAN}")
    canvas.drawText(words)


def clipping_only(canvas: Canvas) -> None:
    canvas.saveState()
    unpainted(canvas, 7)
    canvas.restoreState()


def outside(canvas: Canvas) -> None:
    write(canvas, 700, 768, f"IBAN: {OTHER_IBAN}")


def tiny(canvas: Canvas) -> None:
    write(canvas, 60, 768, f"IBAN: {OTHER_IBAN}", size=0.8)


def covered(canvas: Canvas) -> None:
    write(canvas, 60, 768, f"IBAN: {OTHER_IBAN}")
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(55, A4[1] - 775, 300, 20, stroke=0, fill=1)
    canvas.setFillColorRGB(0, 0, 0)


def clipped(canvas: Canvas) -> None:
    canvas.saveState()
    path = canvas.beginPath()
    path.rect(400, 10, 20, 20)
    canvas.clipPath(path, stroke=0)
    write(canvas, 60, 768, f"IBAN: {OTHER_IBAN}")
    canvas.restoreState()


def see_through(canvas: Canvas) -> None:
    canvas.saveState()
    canvas.setFillAlpha(0)
    write(canvas, 60, 768, f"IBAN: {OTHER_IBAN}")
    canvas.restoreState()


def same_as_box(canvas: Canvas) -> None:
    canvas.setFillColorRGB(0.1, 0.2, 0.5)
    canvas.rect(55, A4[1] - 775, 300, 20, stroke=0, fill=1)
    write(canvas, 60, 768, f"IBAN: {OTHER_IBAN}")
    canvas.setFillColorRGB(0, 0, 0)


def painted_over(canvas: Canvas) -> None:
    """The gross total is covered and another one drawn in its place."""
    x, y = TOTAL_AT
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(x - 2, A4[1] - y - 3, 80, 13, stroke=0, fill=1)
    canvas.setFillColorRGB(0, 0, 0)
    write(canvas, x, y, "779,00")


def on_dark(canvas: Canvas) -> None:
    canvas.setFillColorRGB(0.1, 0.2, 0.5)
    canvas.rect(300, A4[1] - 90, 240, 40, stroke=0, fill=1)
    canvas.setFillColorRGB(1, 1, 1)
    write(canvas, 310, 72, "Armaturen und Ventile seit 1962")
    canvas.setFillColorRGB(0, 0, 0)
