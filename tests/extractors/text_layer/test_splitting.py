"""Several documents in one PDF, and what is left out of it."""

from collections.abc import Sequence

import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.extractors.pdf.pages import Draw
from tests.extractors.text_layer.letters import page, read


def invoice(number: str, *sentences: str, count: int = 0) -> Draw:
    return page("Rechnung", [("Rechnungsnummer", number)], sentences, number=count)


def prose(title: str, size: float = 14) -> Draw:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", size)
        canvas.drawString(50, 780, title)
        canvas.setFont("Helvetica", 8)
        for line in range(30):
            canvas.drawString(50, 750 - 16 * line, f"{line + 1}. Alle Lieferungen erfolgen zu den nachstehenden Bedingungen.")

    return draw


def untitled(number: str) -> Draw:
    return page("", sentences=[f"Rechnungsnummer: {number}"])


CREDIT = page("Gutschrift", [("Gutschrift-Nr.", "GU-1"), ("zu Rechnung", "RE-1")])
NOTE = page("Lieferschein", [("Lieferschein-Nr.", "LS-1")])
HOURS = page("Stundennachweis", [("zu Rechnung", "RE-1")])
SPECIMEN = page("Musterrechnung", [("Rechnungsnummer", "0000")])
TERMS = prose("Allgemeine Geschäftsbedingungen")


@pytest.mark.parametrize(
    ("pages", "documents"),
    [
        pytest.param([invoice("RE-1"), invoice("RE-2")], ["invoice 1", "invoice 2"], id="two invoices"),
        pytest.param([untitled("RE-1"), untitled("RE-2")], ["invoice 1", "invoice 2"], id="two invoices without a title"),
        pytest.param([invoice("RE-1"), untitled("RE-1")], ["invoice 1 2"], id="the second page of an invoice"),
        pytest.param([invoice("RE-1"), CREDIT], ["invoice 1", "credit-note 2"], id="a credit note that names the invoice"),
        pytest.param([invoice("RE-1"), NOTE], ["invoice 1", "delivery-note 2"], id="a delivery note"),
        pytest.param([invoice("RE-1"), HOURS], ["invoice 1", "other 2"], id="a time sheet"),
        pytest.param([invoice("RE-1"), TERMS], ["invoice 1"], id="terms behind"),
        pytest.param([invoice("RE-1"), TERMS, prose("§ 7 Haftung", 9)], ["invoice 1"], id="two pages of terms"),
        pytest.param([TERMS, invoice("RE-1")], ["invoice 2"], id="terms before"),
        pytest.param([invoice("RE-1"), TERMS, invoice("RE-2"), TERMS], ["invoice 1", "invoice 3"], id="terms between"),
        pytest.param([TERMS], ["other 1"], id="nothing but terms"),
        pytest.param([invoice("RE-1"), invoice("RE-1", "Kopie")], ["invoice 1"], id="a copy"),
        pytest.param(
            [invoice("RE-1"), invoice("RE-1", "Versand am 5.6.2026")], ["invoice 1 2"], id="the same number, other words"
        ),
        pytest.param([invoice("RE-1"), SPECIMEN], ["invoice 1"], id="a specimen behind an invoice"),
        pytest.param([invoice("RE-1", count=1), invoice("RE-1", "Fortsetzung", count=2)], ["invoice 1 2"], id="numbered through"),
    ],
)
def test_split(pages: Sequence[Draw], documents: Sequence[str]) -> None:
    assert [" ".join([d.kind.value, *map(str, d.pages)]) for d in read(*pages)] == documents


def test_what_is_left_out_is_named() -> None:
    (document,) = read(invoice("RE-1"), TERMS)
    assert [(f.code, f.page) for f in document.findings if f.code == "READ-NOT-INVOICE"] == [("READ-NOT-INVOICE", 2)]
    assert document.accepted
