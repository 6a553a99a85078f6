"""Letters that are no invoices are never accepted as one, whatever figures they show; invoices with unusual titles are invoices.

``letters.csv``: a type code makes the row an invoice. Every other row must not be accepted; its kind is the one named, or an invoice in
doubt, which a person sees.
"""

import csv
from pathlib import Path

import pytest

from schemas import Document, Kind
from tests.extractors.text_layer.letters import STYLES, Pair, page, read

with Path(__file__).with_name("letters.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))
LETTERS = [row for row in ROWS if not row["type_code"]]
INVOICES = [row for row in ROWS if row["type_code"]]


def name(row: dict[str, str]) -> str:
    return f"{row['language']} {row['title']}"


def drawn(row: dict[str, str], style: str) -> list[Document]:
    data: list[Pair] = [(row["label"] or "Nr.", row["number"])] if row["number"] else []
    data += [(label, value) for label, _, value in (pair.partition("=") for pair in row["data"].split(";") if pair)]
    return read(page(row["title"], data, [row["sentence"]] if row["sentence"] else [], style))


def is_in_doubt(document: Document) -> bool:
    return any(f.path == "kind" and f.code == "READ-UNSURE" for f in document.findings)


@pytest.mark.parametrize("row", LETTERS, ids=name)
def test_no_other_letter_is_accepted(row: dict[str, str]) -> None:
    for style in STYLES:
        (document,) = drawn(row, style)
        assert not document.accepted, style
        assert document.kind == row["kind"] or is_in_doubt(document) or not document.kind.is_payable, (style, document.kind)


def test_most_letters_are_named_right() -> None:
    right = sum(drawn(row, "tall")[0].kind == row["kind"] for row in LETTERS)
    assert right >= 0.93 * len(LETTERS)


@pytest.mark.parametrize("row", INVOICES, ids=name)
def test_invoices_with_unusual_titles(row: dict[str, str]) -> None:
    (document,) = drawn(row, "tall")
    assert document.kind == row["kind"]
    assert document.invoice is not None
    assert document.invoice.type_code == row["type_code"]
    assert document.invoice.number == row["number"]


def test_most_invoices_are_accepted() -> None:
    assert sum(drawn(row, "tall")[0].accepted for row in INVOICES) >= 0.7 * len(INVOICES)


@pytest.mark.parametrize(
    ("title", "sentence", "kind", "doubtful"),
    [
        pytest.param("Rechnung", "", Kind.INVOICE, False, id="nothing against it"),
        pytest.param("Rechnung", "Dies ist keine Rechnung im Sinne des UStG.", Kind.INVOICE, True, id="the page denies it"),
        pytest.param("Rechnung", "This is not a VAT invoice.", Kind.INVOICE, True, id="the page denies it in English"),
        pytest.param("Aufstellung", "", Kind.INVOICE, True, id="an unknown title and an invoice number"),
        pytest.param("Draft Invoice", "", Kind.OTHER, False, id="a draft"),
        pytest.param("Fabulous Invoice", "", Kind.INVOICE, True, id="an unknown word before the title"),
        pytest.param("Invoice & Statement", "", Kind.INVOICE, True, id="two titles in one"),
        pytest.param("Tankkartenrechnung", "", Kind.INVOICE, True, id="a compound that ends like an invoice"),
        pytest.param("Gebührenbescheid", "", Kind.INVOICE, True, id="a compound that ends like another letter"),
        pytest.param("Zinsberechnung", "", Kind.INVOICE, True, id="a compound that says nothing"),
        pytest.param("Jahresmahnung", "", Kind.REMINDER, False, id="a compound that ends like a reminder"),
        pytest.param("Ihre Rechnung für März 2026", "", Kind.INVOICE, False, id="known words around the title"),
    ],
)
def test_what_speaks_against_an_invoice(title: str, sentence: str, kind: Kind, doubtful: bool) -> None:
    (document,) = read(page(title, [("Rechnungsnummer", "2026-17")], [sentence]))
    assert (document.kind, is_in_doubt(document)) == (kind, doubtful)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("label", ["Rechnung", "Rechnung Nr.", "Rechnungsnummer", "Invoice No."])
@pytest.mark.parametrize(
    "title", ["Zahlungsplan", "Payment plan", "Cost breakdown", "Hinweis zur Rechnung", "Mededeling", "Riepilogo"]
)
def test_an_unknown_title_beside_the_number_of_an_invoice(title: str, label: str, style: str) -> None:
    (in_list,) = read(page(title, [(label, "2026-17")], style=style))
    (in_sentence,) = read(page(title, sentences=[f"{label} 2026-17"], style=style))
    assert not in_list.accepted
    assert not in_sentence.accepted


@pytest.mark.parametrize(
    ("line", "accepted"),
    [
        pytest.param("Zahlungsplan", False, id="some title"),
        pytest.param("Kessler Pumpentechnik", True, id="the name of the supplier"),
        pytest.param("Sehr geehrte Damen und Herren,", True, id="a salutation"),
        pytest.param("Auftrag 4711", True, id="a label with its value"),
    ],
)
def test_a_line_above_a_small_title(line: str, accepted: bool) -> None:
    (document,) = read(page(line, sentences=["Rechnung 2026-17"], style="line"))
    assert document.accepted is accepted, document.findings


def test_a_debit_note_may_charge_either_side() -> None:
    (document,) = read(page("Debit note", [("Invoice No.", "DN-17")]))
    assert document.kind is Kind.INVOICE
    assert [f.code for f in document.findings if f.path == "type_code"] == ["READ-UNSURE"]


def test_a_credit_note_made_out_by_the_buyer_is_a_self_billed_invoice() -> None:
    sentence = "Wir rechnen gemäß § 14 Abs. 2 UStG im Gutschriftverfahren ab."
    (own,) = read(page("Gutschrift", [("Gutschrift-Nr.", "GS-17")], [sentence]))
    (plain,) = read(page("Gutschrift", [("Gutschrift-Nr.", "GS-17")]))
    assert own.invoice is not None
    assert plain.invoice is not None
    assert (own.kind, own.invoice.type_code) == (Kind.INVOICE, "389")
    assert (plain.kind, plain.invoice.type_code) == (Kind.CREDIT_NOTE, "381")
