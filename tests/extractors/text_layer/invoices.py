"""A page with an invoice, drawn from a few words; the tests change the words."""

from collections.abc import Sequence

from extractors.pdf import inspect
from extractors.text_layer import read_documents
from schemas import Document
from tests.extractors.pdf.pages import drawn, text

Line = tuple[float, float, str]

TOP: Sequence[Line] = (
    (60, 50, "Muster Werkzeuge GmbH"),
    (60, 62, "Lindenweg 4"),
    (60, 74, "50667 Köln"),
    (60, 130, "Muster Werkzeuge GmbH · Lindenweg 4 · 50667 Köln"),
    (60, 150, "Beispiel Abnehmer AG"),
    (60, 162, "Hafenstraße 9"),
    (60, 174, "18055 Rostock"),
    (60, 230, "Rechnung Nr. 2026-0815"),
    (60, 250, "Rechnungsdatum: 04.05.2026"),
    (300, 250, "Beträge in EUR"),
)
BOTTOM: Sequence[Line] = ((60, 780, "USt-IdNr. DE136695976"), (300, 780, "IBAN DE88 2008 0000 0970 3757 00"))
COLUMNS = (60.0, 90.0, 300.0, 360.0, 430.0)


def rows(y: float, *cells: Sequence[str]) -> list[Line]:
    """Table rows under each other, an empty text leaves a cell out."""
    return [(x, y + 16 * n, word) for n, row in enumerate(cells) for x, word in zip(COLUMNS, row, strict=True) if word]


def totals(y: float, *sums: tuple[str, str]) -> list[Line]:
    return [line for n, (label, value) in enumerate(sums) for line in ((300, y + 14 * n, label), (430, y + 14 * n, value))]


def read(*lines: Line, top: Sequence[Line] = TOP, bottom: Sequence[Line] = BOTTOM) -> Document:
    data = drawn(text(*top, *lines, *bottom))
    documents = read_documents(data, inspect(data))
    assert len(documents) == 1
    return documents[0]
