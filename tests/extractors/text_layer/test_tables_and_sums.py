"""Tables whose heads say too little, and sums that must all fit: read right, or honestly unsure."""

import pytest

from schemas import Document, plain
from tests.extractors.text_layer.invoices import read, rows, totals

HEAD = ("Pos", "Bezeichnung", "Menge", "Preis", "Betrag")
BODY = (("1", "Bohrer 8 mm", "4", "2,50", "10,00"), ("2", "Zange", "3", "30,00", "90,00"))
SUMS = (("Summe netto", "100,00"), ("19 % MwSt.", "19,00"), ("Gesamtbetrag", "119,00"))


def lines(document: Document) -> list[tuple[str, ...]]:
    assert document.invoice is not None
    return [
        tuple("-" if value is None else plain(value) for value in (line.quantity, line.net_price, line.net_amount))
        for line in document.invoice.lines
    ]


RIGHT = [("4", "2.50", "10.00"), ("3", "30.00", "90.00")]


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(HEAD, id="every column is named"),
        pytest.param(("Pos", "Bezeichnung", "Menge", "", "Betrag"), id="no word over the price"),
        pytest.param(("Pos", "Bezeichnung", "Menge", "Betrag", ""), id="the word for the amount over the price"),
    ],
)
def test_roles_follow_what_closes(head: tuple[str, ...]) -> None:
    document = read(*rows(300, head, *BODY), *totals(360, *SUMS))
    assert lines(document) == RIGHT
    assert document.accepted, document.findings


@pytest.mark.parametrize(
    ("sums", "code"),
    [
        pytest.param(SUMS, None, id="closes"),
        pytest.param((*SUMS[:2], ("Gesamtbetrag", "118,00")), "ARITH-GRAND-TOTAL", id="gross is one euro short"),
        pytest.param((("Summe netto", "101,00"), *SUMS[1:]), "ARITH-", id="net is one euro more"),
        pytest.param((*SUMS, ("abzgl. Rabatt", "5,00")), "READ-UNSURE", id="a discount that fits into no equation"),
    ],
)
def test_every_sum_must_fit(sums: tuple[tuple[str, str], ...], code: str | None) -> None:
    document = read(*rows(300, HEAD, *BODY), *totals(360, *sums))
    assert document.accepted is (code is None)
    assert code is None or any(finding.code.startswith(code) for finding in document.findings), document.findings


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        pytest.param(("", "Zwischensumme", "", "", "10,00"), 2, id="the sum so far is no item"),
        pytest.param(("", "Transport", "", "", "10,00"), 2, id="whatever it is called"),
        pytest.param(("", "Transport", "1", "10,00", "10,00"), 3, id="with quantity and price it is one"),
    ],
)
def test_running_sums(row: tuple[str, ...], kept: int) -> None:
    table = rows(300, HEAD, ("1", "Bohrer 8 mm", "2", "2,50", "5,00"), ("2", "Bit", "2", "2,50", "5,00"), row)
    net, tax, gross = ("10,00", "1,90", "11,90") if kept == 2 else ("20,00", "3,80", "23,80")
    document = read(*table, *totals(380, ("Summe netto", net), ("19 % MwSt.", tax), ("Gesamtbetrag", gross)))
    assert len(lines(document)) == kept


def test_the_second_due_amount_is_what_is_left() -> None:
    sums = (*SUMS, ("Anzahlung", "-19,00"), ("Zu zahlen", "100,00"))
    document = read(*rows(300, HEAD, *BODY), *totals(360, *sums))
    assert document.invoice is not None
    found = document.invoice.totals
    assert (found.grand_total, found.prepaid, found.due_payable) == (119, 19, 100)


@pytest.mark.parametrize(
    ("own", "other", "certain"),
    [
        pytest.param("USt-IdNr. DE136695976", "Ihre USt-IdNr.: ATU40909003", True, id="both are labelled"),
        pytest.param("DE136695976", "ATU40909003", False, id="nothing says whose is whose"),
    ],
)
def test_vat_ids(own: str, other: str, certain: bool) -> None:
    """Two ids and no word or country that tells: a person must look, whichever was taken."""
    bottom = ((300, 780, "IBAN DE88 2008 0000 0970 3757 00"),)
    document = read((60, 500, own), (60, 514, other), *rows(300, HEAD, *BODY), *totals(360, *SUMS), bottom=bottom)
    assert document.invoice is not None
    unsure = [finding for finding in document.findings if finding.path == "seller.vat_id"]
    assert bool(unsure) is not certain
    if certain:
        assert (document.invoice.seller.vat_id, document.invoice.buyer.vat_id) == ("DE136695976", "ATU40909003")


@pytest.mark.parametrize(
    ("total", "accepted"), [pytest.param("119,00", True, id="closes"), pytest.param("118,00", False, id="misprinted")]
)
def test_a_total_below_its_word_must_fit(total: str, accepted: bool) -> None:
    """Words side by side with the sums below them; the plain word "total" counts like the others."""
    words = [(60.0, 370.0, "Netto"), (160.0, 370.0, "19 % MwSt."), (280.0, 370.0, "Total"), (400.0, 370.0, "Zahlbetrag")]
    sums = [(60.0, 384.0, "100,00"), (160.0, 384.0, "19,00"), (280.0, 384.0, total), (400.0, 384.0, "119,00")]
    assert read(*rows(300, HEAD, *BODY), *words, *sums).accepted is accepted
