"""Number and dates of an invoice: beside, below and in titles, in the line of the letter, in sentences; the order of day and month."""

from collections.abc import Sequence

import pytest

from schemas import Document, Invoice
from tests.extractors.text_layer.letters import Pair, page, read

NUMBER: Pair = ("Rechnungsnummer", "2026-17")


def only(document: Sequence[Document]) -> Invoice:
    assert len(document) == 1
    assert document[0].invoice is not None
    return document[0].invoice


@pytest.mark.parametrize(
    ("title", "data", "number"),
    [
        pytest.param("Rechnung 2026-17", (), "2026-17", id="behind the title"),
        pytest.param("Rechnung (Original) 2026-17", (), "2026-17", id="behind an aside"),
        pytest.param("Rechnung M-4411-26 über Miete", (), "M-4411-26", id="in a sentence that is the title"),
        pytest.param("Fattura accompagnatoria N. 2026/7", (), "2026/7", id="behind the title and a short word"),
        pytest.param("Rechnung 20260102", (), "20260102", id="eight digits are a number, not a date"),
        pytest.param("Rechnung", [("Rechnung", "2026-17")], "2026-17", id="the title again as a label"),
        pytest.param("Rechnung", [("Rechnungs-Nr.", "VR-32788-A")], "VR-32788-A", id="a letter at the end"),
        pytest.param("Rechnung", [("Rechnungs-Nr.", "FA 2026 00417")], "FA 2026 00417", id="groups behind a prefix"),
        pytest.param("Rechnung", [("Rechnungs-Nr.", "2026 00417")], "2026 00417", id="groups of digits"),
        pytest.param("Rechnung", [("Nummer / Datum", "90012345 / 12.03.2026")], "90012345", id="number and date in one field"),
        pytest.param("Faktura VAT 8949", (), "8949", id="VAT is part of the title"),
        pytest.param("Rechnung für März 2026", (), None, id="a month is no number"),
        pytest.param("Rechnung vom 5. Juni 2026", (), None, id="a date is no number"),
    ],
)
def test_numbers(title: str, data: Sequence[Pair], number: str | None) -> None:
    assert only(read(page(title, data))).number == number


@pytest.mark.parametrize(
    ("sentences", "date", "issued"),
    [
        pytest.param(["Köln, 12.03.2026"], ("", ""), "2026-03-12", id="place and date"),
        pytest.param(["Frankfurt am Main, den 5. Februar 2026"], ("", ""), "2026-02-05", id="a place of several words"),
        pytest.param(["Köln 12.03.2026"], ("", ""), "2026-03-12", id="without a comma, a place of an address"),
        pytest.param(["Blatt 12.03.2026"], ("", ""), None, id="without a comma, some word"),
        pytest.param(["Köln, Lieferung 12.03.2026"], ("", ""), None, id="another word between"),
        pytest.param(["Brussels, 27 February 2026"], ("", ""), "2026-02-27", id="English"),
        pytest.param(["Kraków, 29 stycznia 2026 r."], ("", ""), "2026-01-29", id="Polish, with the word for year behind"),
        pytest.param(["Köln, 12.03.2026"], ("Rechnungsdatum", "11.03.2026"), "2026-03-11", id="a label counts more"),
        pytest.param(["Lieferdatum: 12.03.2026"], ("", ""), None, id="the date of something else"),
    ],
)
def test_dates_of_letters(sentences: Sequence[str], date: Pair, issued: str | None) -> None:
    found = only(read(page("Rechnung", [NUMBER], [s.replace("ó", "o") for s in sentences], date=date))).issue_date
    assert (found.isoformat() if found else None) == issued


@pytest.mark.parametrize(
    ("sentence", "due"),
    [
        ("Bitte überweisen Sie den Restbetrag bis zum 16.04.2026.", "2026-04-16"),
        ("Bis zum 16.04.2026 erreichen Sie uns unter der bekannten Nummer.", None),
        ("Zahlbar innerhalb von 14 Tagen ohne Abzug.", None),
        ("2 % Skonto bei Zahlung bis 22.03.2026, sonst netto bis 16.04.2026.", "2026-04-16"),
        ("Bei Zahlung bis 22.03.2026 gewähren wir 2 % Skonto.", None),
        ("Gelieve het bedrag vóór 16 april 2026 over te maken.", "2026-04-16"),
        ("Merci de régler la somme avant le 16/04/2026.", "2026-04-16"),
        ("przelew, termin 14 dni, tj. do 16.04.2026", "2026-04-16"),
        ("Payment must reach us by 16 April 2026.", "2026-04-16"),
        ("Die Miete ist spätestens am dritten Werktag, also bis zum 16.04.2026, zu zahlen.", "2026-04-16"),
        ("Nach dem 16.04.2026 berechnen wir Verzugszinsen.", None),
    ],
)
def test_the_day_it_is_due(sentence: str, due: str | None) -> None:
    found = only(read(page("Rechnung", [NUMBER], [sentence]))).due_date
    assert (found.isoformat() if found else None) == due


AMERICAN = "Sales tax Salt Lake City, UT 84109, all amounts in USD"


@pytest.mark.parametrize(
    ("data", "sentence", "issued", "doubtful"),
    [
        pytest.param([], "", "2026-07-01", False, id="amounts in euro: day first"),
        pytest.param([("Fällig am", "02/06/2026")], "", "2026-01-07", False, id="else it would be due before it is issued"),
        pytest.param([("Fällig am", "01/08/2026")], "Net 31", "2026-07-01", False, id="the days of the term fit one order"),
        pytest.param([("Lieferdatum", "01/28/2026")], "", "2026-01-07", False, id="another date has a day above twelve"),
        pytest.param([("Lieferdatum", "28/06/2026")], "", "2026-07-01", False, id="and the other way round"),
        pytest.param([("Lieferdatum", "01/28/2026"), ("Bestelldatum", "28/01/2026")], "", "2026-07-01", True, id="contradiction"),
    ],
)
def test_day_and_month(data: Sequence[Pair], sentence: str, issued: str, doubtful: bool) -> None:
    documents = read(page("Rechnung", [NUMBER, *data], [sentence], date=("Datum", "01/07/2026")))
    assert str(only(documents).issue_date) == issued
    unsure = [f for f in documents[0].findings if f.path == "issue_date" and f.code == "READ-UNSURE"]
    assert bool(unsure) is doubtful


@pytest.mark.parametrize(
    ("sign", "sentence", "code", "doubtful"),
    [
        pytest.param("EUR", "", "EUR", False, id="a code"),
        pytest.param("$", "", "USD", True, id="dollars of some country"),
        pytest.param("$", "Salt Lake City, UT 84109", "USD", False, id="of the United States"),
        pytest.param("$", "ABN 51 824 753 556", "AUD", False, id="of Australia"),
        pytest.param("$", "GST/HST 123456789 RT0001", "CAD", False, id="of Canada"),
        pytest.param("$", "All amounts in NZD", "NZD", False, id="said outright"),
        pytest.param("$", "ABN 51 824 753 556, ship to Canada", "USD", True, id="two countries"),
        pytest.param("kr", "CVR-nr. 13585628", "DKK", False, id="Danish crowns"),
        pytest.param("kr", "Bankgiro 5050-1055", "SEK", False, id="Swedish crowns"),
        pytest.param("kr", "Foretaksregisteret NO 999 888 777 MVA", "NOK", False, id="Norwegian crowns"),
        pytest.param("kr", "", None, True, id="crowns of some country"),
    ],
)
def test_currencies(sign: str, sentence: str, code: str | None, doubtful: bool) -> None:
    (document,) = read(page("Rechnung", [NUMBER], [sentence], currency=sign))
    assert document.invoice is not None
    assert document.invoice.currency == code
    assert any(f.path == "currency" and f.code == "READ-UNSURE" for f in document.findings) is doubtful
