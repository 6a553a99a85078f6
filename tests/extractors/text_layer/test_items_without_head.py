"""Items without a table head, sums of sections, prices with tax, totals rounded to coins: what the equations prove is read."""

from decimal import Decimal

import pytest

from schemas import Document, Invoice
from tests.extractors.text_layer.invoices import Line, read, rows, totals


def right(y: float, *words: tuple[float, str]) -> list[Line]:
    return [(x, y, word) for x, word in words]


def invoice(document: Document) -> Invoice:
    assert document.invoice is not None
    return document.invoice


def unsure(document: Document) -> set[str]:
    return {f.path.split("[")[0] for f in document.findings if f.code == "READ-UNSURE" or f.code.startswith("ARITH")}


LETTER = [
    *right(300, (60, "Hecke schneiden"), (220, "6 Std."), (280, "à"), (300, "38,00 €"), (430, "228,00 €")),
    *right(316, (60, "Abfuhr Schnittgut"), (220, "1 Fuhre"), (280, "à"), (300, "45,00 €"), (436, "45,00 €")),
    *totals(336, ("Netto", "273,00 €"), ("19 % USt", "51,87 €"), ("Gesamtbetrag", "324,87 €")),
]


def test_the_items_of_a_letter_are_proven_by_their_sum() -> None:
    lines = invoice(read(*LETTER)).lines
    assert [(line.name, line.quantity, line.net_price, line.net_amount) for line in lines] == [
        ("Hecke schneiden", Decimal(6), Decimal("38.00"), Decimal("228.00")),
        ("Abfuhr Schnittgut", Decimal(1), Decimal("45.00"), Decimal("45.00")),
    ]
    assert lines[0].unit == "HUR"


def test_items_that_do_not_add_up_are_not_read() -> None:
    document = read(*[(x, y, "229,00 €" if word == "228,00 €" else word) for x, y, word in LETTER])
    assert invoice(document).lines == []
    assert not document.accepted


def test_factors_may_stand_in_the_row_below() -> None:
    page = [
        *right(300, (60, "Translation EN > DE, manual"), (422, "€ 1,710.28")),
        (60, 313, "14,872 words × € 0.115"),
        *right(340, (60, "Proofreading"), (430, "€ 312.00")),
        (60, 353, "6.5 hours × € 48.00"),
        *right(390, (60, "Total net"), (422, "€ 2,022.28")),
        *right(404, (60, "VAT 19 %"), (430, "€ 384.23")),
        *right(418, (60, "Total due"), (422, "€ 2,406.51")),
    ]
    lines = invoice(read(*page)).lines
    assert [(line.quantity, line.net_price) for line in lines] == [
        (Decimal(14872), Decimal("0.115")),
        (Decimal("6.5"), Decimal(48)),
    ]


def test_a_sum_of_a_section_does_not_end_the_table() -> None:
    page = [
        *rows(
            300,
            ("Pos", "Artikel", "Menge", "Preis", "Betrag"),
            ("1.1", "Meisterstunde", "2", "68,00", "136,00"),
            ("", "Zwischensumme Arbeit", "", "", "136,00"),
            ("2.1", "Schalter", "6", "4,85", "29,10"),
            ("", "Zwischensumme Material", "", "", "29,10"),
        ),
        *totals(400, ("Nettobetrag", "165,10"), ("19 % MwSt.", "31,37"), ("Rechnungsbetrag", "196,47 EUR")),
    ]
    lines = invoice(read(*page)).lines
    assert [(line.id, line.net_amount) for line in lines] == [("1.1", Decimal("136.00")), ("2.1", Decimal("29.10"))]


TABLE = rows(300, ("Pos", "Artikel", "Menge", "Preis", "Betrag"), ("1", "Schraube", "3", "253,75", "761,25"))


def test_a_total_rounded_to_coins() -> None:
    sums = totals(
        360, ("Zwischentotal", "761,25"), ("MWST 8,1 %", "61,66"), ("Rundungsdifferenz", "-0,01"), ("Total CHF", "822,90")
    )
    found = invoice(read(*TABLE, *sums)).totals
    assert (found.grand_total, found.rounding, found.due_payable) == (Decimal("822.91"), Decimal("-0.01"), Decimal("822.90"))


def test_income_tax_kept_back_is_a_question() -> None:
    sums = totals(
        360,
        ("Imponibile", "761,25"),
        ("IVA 22 %", "167,48"),
        ("Ritenuta d'acconto 20 %", "-152,25"),
        ("Netto a pagare", "776,48"),
    )
    document = read(*TABLE, *sums)
    found = invoice(document).totals
    assert (found.tax_basis_total, found.grand_total, found.due_payable) == (
        Decimal("761.25"),
        Decimal("928.73"),
        Decimal("776.48"),
    )
    assert not document.accepted


def test_a_tax_table_without_a_sign_at_the_rate() -> None:
    page = [
        *rows(
            300,
            ("Pos", "Artikel", "Menge", "Preis", "Betrag"),
            ("1", "A", "2", "50,00", "100,00"),
            ("2", "B", "1", "40,00", "40,00"),
        ),
        *right(370, (60, "Nettowert"), (200, "MwSt %"), (300, "MwSt-Betrag"), (430, "Rechnungsbetrag")),
        *right(384, (60, "100,00"), (200, "19"), (300, "19,00"), (430, "161,80")),
        *right(398, (60, "40,00"), (200, "7"), (300, "2,80")),
    ]
    found = invoice(read(*page))
    assert {(row.rate, row.basis, row.amount) for row in found.tax_breakdown} == {
        (Decimal(19), Decimal(100), Decimal(19)),
        (Decimal(7), Decimal(40), Decimal("2.80")),
    }
    assert (found.totals.tax_basis_total, found.totals.grand_total) == (Decimal(140), Decimal("161.80"))


@pytest.mark.parametrize(
    ("gross", "net"), [pytest.param("119,00 EUR", "100.00", id="closes"), pytest.param("118,00 EUR", None, id="does not close")]
)
def test_net_amounts_of_prices_with_tax_follow_only_where_all_of_them_close(gross: str, net: str | None) -> None:
    page = [
        *right(300, (60, "Fahrt zum Flughafen"), (430, gross)),
        *totals(340, ("Gesamtbetrag", "119,00 EUR"), ("darin 19 % MwSt.", "19,00 EUR"), ("Nettobetrag", "100,00 EUR")),
    ]
    document = read(*page)
    lines = invoice(document).lines
    assert [line.net_amount for line in lines] == ([Decimal(net)] if net else [])


def test_a_sentence_is_no_total() -> None:
    sentence = (60.0, 440.0, "Bei Verzug berechnen wir eine Gebühr von 100,00 EUR und Zinsen von 1,50 Prozent im Monat.")
    sums = totals(360, ("Netto", "761,25"), ("19 % USt", "144,64"), ("Gesamtbetrag", "905,89 EUR"))
    assert "totals" not in unsure(read(*TABLE, *sums, sentence))
