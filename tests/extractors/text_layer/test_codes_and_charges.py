"""Codes in place of rates, prices per thousand, discounts in steps, charges without a known word, payments before the rest."""

from datetime import date
from decimal import Decimal

import pytest

from extractors.text_layer.languages import language_of, units_of
from extractors.text_layer.lines import _in_steps
from schemas import Document, Invoice
from tests.extractors.text_layer.invoices import TOP, Line, read, rows, totals

WIDE = (60.0, 90.0, 280.0, 330.0, 390.0, 450.0)


def invoice(document: Document) -> Invoice:
    assert document.invoice is not None
    return document.invoice


def unsure(document: Document) -> list[str]:
    return [f.message for f in document.findings if f.code == "READ-UNSURE" or f.code.startswith("ARITH")]


def wide(y: float, *cells: tuple[str, ...]) -> list[Line]:
    return [(x, y + 16 * n, word) for n, row in enumerate(cells) for x, word in zip(WIDE, row, strict=True) if word]


CODED = [
    *wide(
        300,
        ("Pos", "Artikel", "Menge", "Preis", "USt", "Betrag"),
        ("1", "Kaffee Hausmischung", "2", "10,00", "B", "20,00"),
        ("2", "Tasse weiß", "5", "4,00", "A", "20,00"),
    ),
    *totals(370, ("Netto", "40,00 EUR")),
    (300, 384, "A = 19 % MwSt auf 20,00"), (430, 384, "3,80 EUR"),
    (300, 398, "B = 7 % MwSt auf 20,00"), (430, 398, "1,40 EUR"),
    *totals(412, ("Gesamtbetrag", "45,20 EUR")),
]  # fmt: skip


def test_a_code_stands_for_the_rate_of_the_tax_table() -> None:
    document = read(*CODED)
    assert [line.tax_rate for line in invoice(document).lines] == [Decimal(7), Decimal(19)]
    assert document.accepted, unsure(document)


def test_a_code_nobody_explains_is_no_rate() -> None:
    document = read(*[(x, y, "C" if word == "B" else word) for x, y, word in CODED])
    assert not document.accepted


def test_tax_that_is_shown_is_never_left_out() -> None:
    """Prices with tax add up to the total; that they would do so without any tax does not make the tax of the table vanish."""
    page = [
        *wide(
            300,
            ("Pos", "Artikel", "Menge", "Preis", "USt", "Brutto"),
            ("1", "Bahnfahrt", "1", "107,00", "", "107,00"),
            ("2", "Versicherung", "1", "20,00", "", "20,00"),
        ),
        *totals(370, ("Gesamtbetrag", "127,00 EUR")),
        (60, 400, "7 %"), (130, 400, "100,00"), (200, 400, "7,00"),
        (60, 414, "steuerfrei"), (130, 414, "20,00"), (200, 414, "0,00"),
    ]  # fmt: skip
    document = read(*page)
    assert invoice(document).totals.tax_total != 0
    assert not (document.accepted and invoice(document).totals.tax_basis_total == Decimal(127))


def test_a_price_for_a_thousand() -> None:
    page = [
        *wide(
            300,
            ("Pos", "Artikel", "Menge", "Preis", "je", "Betrag"),
            ("1", "Etikett silber", "25.000", "41,90", "‰", "1.047,50"),
            ("2", "Etikett weiß", "40.000", "6,75", "‰", "270,00"),
        ),
        *totals(370, ("Netto", "1.317,50 EUR"), ("19 % MwSt.", "250,33 EUR"), ("Gesamtbetrag", "1.567,83 EUR")),
    ]
    document = read(*page)
    assert [(line.quantity, line.net_price, line.price_quantity) for line in invoice(document).lines] == [
        (Decimal(25000), Decimal("41.90"), Decimal(1000)),
        (Decimal(40000), Decimal("6.75"), Decimal(1000)),
    ]
    assert document.accepted, unsure(document)


@pytest.mark.parametrize(("text", "percent"), [("35+5", "38.25"), ("10 + 10 + 2,5", "21.025"), ("40", None), ("a+b", None)])
def test_discounts_in_steps(text: str, percent: str | None) -> None:
    assert _in_steps(text) == (None if percent is None else Decimal(percent))


GOODS = rows(
    300, ("Pos", "Artikel", "Menge", "Preis", "Betrag"), ("1", "Diesel", "10", "1,50", "15,00"), ("2", "Öl", "1", "5,00", "5,00")
)


@pytest.mark.parametrize(("fee", "accepted"), [("3,90 EUR", True), ("3,80 EUR", False)])
def test_a_fee_without_a_known_word_is_a_charge_where_it_makes_up_the_difference(fee: str, accepted: bool) -> None:
    sums = (("Warenwert", "20,00 EUR"), ("Kärtchenpreis", fee), ("Netto", "23,90 EUR"))
    tax = (("19 % MwSt.", "4,54 EUR"), ("Gesamtbetrag", "28,44 EUR"))
    document = read(*GOODS, *totals(370, *sums, *tax))
    assert document.accepted is accepted, unsure(document)
    if accepted:
        assert invoice(document).totals.charge_total == Decimal("3.90")


def test_freight_among_the_items_is_a_charge_where_the_sum_of_the_goods_leaves_it_out() -> None:
    table = [*GOODS, (90, 348, "Versandkosten"), (430, 348, "4,00")]
    sums = (("Warenwert", "20,00 EUR"), ("Versandkosten", "4,00 EUR"), ("Netto", "24,00 EUR"), ("19 % MwSt.", "4,56 EUR"))
    document = read(*table, *totals(380, *sums, ("Gesamtbetrag", "28,56 EUR")))
    assert len(invoice(document).lines) == 2
    assert invoice(document).totals.line_total == Decimal("20.00")
    assert invoice(document).totals.charge_total == Decimal("4.00")
    assert document.accepted, unsure(document)


@pytest.mark.parametrize(("rest", "accepted"), [("8,80 EUR", True), ("8,90 EUR", False)])
def test_several_payments_before_the_rest(rest: str, accepted: bool) -> None:
    sums = (("Netto", "20,00 EUR"), ("19 % MwSt.", "3,80 EUR"), ("Gesamtbetrag", "23,80 EUR"))
    paid = (("abzüglich 1. AZ vom 02.04.2026", "-10,00 EUR"), ("abzüglich 2. AZ vom 09.04.2026", "-5,00 EUR"))
    document = read(*GOODS, *totals(370, *sums, *paid, ("Noch zu zahlen", rest)))
    assert document.accepted is accepted, unsure(document)
    if accepted:
        assert invoice(document).totals.prepaid == Decimal("15.00")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Veuillez trouver la facture et le montant à payer par virement sous trente jours", "fr"),
        ("Wij brengen u het volgende in rekening: aantal, bedrag en omschrijving van uw order", "nl"),
        ("INVOICE 4711", None),
        ("", None),
    ],
)
def test_the_language_of_a_page_by_its_small_words(text: str, language: str | None) -> None:
    assert language_of([text]) == language


def test_one_letter_is_an_hour_here_and_a_piece_there() -> None:
    assert (units_of("nl")["u"], units_of("fr")["u"]) == ("HUR", "C62")
    assert "u" not in units_of("de")


def test_a_label_broken_over_two_lines_is_one_label() -> None:
    """The "date" that begins the second line belongs to "Delivery" at the end of the first, not to the invoice."""
    head = [
        (60.0, 230.0, "INVOICE"),
        (60.0, 250.0, "Invoice # 41276, Issued 16 October 2026, Customer ID 295521, Purchase order 4500896734, Delivery"),
        (60.0, 262.0, "date 14 October 2026, Ship via Courier"),
    ]
    found = invoice(read(*head, *CODED, top=[line for line in TOP if line[1] < 230]))
    assert found.issue_date == date(2026, 10, 16)
    assert found.delivery_date == date(2026, 10, 14)
