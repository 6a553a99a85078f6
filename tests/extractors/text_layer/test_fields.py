"""Periods in every form, and fields that hold two values under two labels."""

from collections.abc import Sequence
from datetime import date

import pytest

from schemas import Invoice
from tests.extractors.text_layer.letters import Pair, page, read

NUMBER: Pair = ("Rechnungsnummer", "2026-17")


def found(data: Sequence[Pair], dated: Pair = ("Datum", "12.03.2026")) -> Invoice:
    (document,) = read(page("Rechnung", data, date=dated))
    assert document.invoice is not None
    return document.invoice


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("01.02.2026 - 28.02.2026", date(2026, 2, 1), date(2026, 2, 28)),
        ("01.02.–28.02.2026", date(2026, 2, 1), date(2026, 2, 28)),
        ("15.12. bis 14.01.2026", date(2025, 12, 15), date(2026, 1, 14)),
        ("1. bis 28. Februar 2026", date(2026, 2, 1), date(2026, 2, 28)),
        ("du 01/02/2026 au 28/02/2026", date(2026, 2, 1), date(2026, 2, 28)),
        ("Februar 2026", date(2026, 2, 1), date(2026, 2, 28)),
        ("02/2026", date(2026, 2, 1), date(2026, 2, 28)),
        ("Januar bis März 2026", date(2026, 1, 1), date(2026, 3, 31)),
        ("November - Januar 2026", date(2025, 11, 1), date(2026, 1, 31)),
        ("1. Quartal 2026", date(2026, 1, 1), date(2026, 3, 31)),
        ("Q2 2026", date(2026, 4, 1), date(2026, 6, 30)),
        ("2. Halbjahr 2026", date(2026, 7, 1), date(2026, 12, 31)),
        ("KW 12/2026", date(2026, 3, 16), date(2026, 3, 22)),
        ("2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("KW 54/2026", None, None),
        ("28.02.2026 - 01.02.2026", None, None),
        ("nach Vereinbarung", None, None),
    ],
)
def test_periods(text: str, start: date | None, end: date | None) -> None:
    period = found([NUMBER, ("Leistungszeitraum", text)]).period
    assert (period.start, period.end) == (start, end) if period else start is None


@pytest.mark.parametrize(
    ("label", "value", "wanted"),
    [
        ("Rechnungs-Nr./Datum", "2026-17 / 12.03.2026", {"number": "2026-17", "issue_date": date(2026, 3, 12)}),
        ("RE-Nr. / Rechnungsdatum", "2026-17 / 12.03.2026", {"number": "2026-17", "issue_date": date(2026, 3, 12)}),
        ("Kunden-Nr. / Rechnungs-Nr.", "4711 / 2026-17", {"number": "2026-17"}),
        ("RE-Nr. / Invoice no.", "2026-17", {"number": "2026-17"}),
        ("Bestell-Nr./Datum", "4500012345 / 01.02.2026", {"purchase_order_reference": "4500012345", "issue_date": None}),
        ("Lieferschein-Nr./Datum", "80012345 / 01.02.2026", {"delivery_note_reference": "80012345", "issue_date": None}),
    ],
)
def test_two_labels_for_two_values(label: str, value: str, wanted: dict[str, object]) -> None:
    invoice = found([(label, value)], ("", ""))
    assert {name: getattr(invoice, name) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("data", "order", "reference"),
    [
        pytest.param([("Ihre Bestellung", "PO 20871")], "PO 20871", None, id="one order"),
        pytest.param(
            [("Ihre Bestellung", "PO 20871"), ("PO-Nummer", "20871")], "PO 20871", None, id="the same with and without a prefix"
        ),
        pytest.param([("Ihre Bestellung", "20871"), ("Bestell-Nr.", "30444")], None, None, id="two orders"),
        pytest.param([("Ihre Referenz", "PO445")], "PO445", None, id="a reference that says it is an order"),
        pytest.param([("Ihre Referenz", "HK/44")], None, "HK/44", id="some reference"),
    ],
)
def test_orders(data: Sequence[Pair], order: str | None, reference: str | None) -> None:
    invoice = found([NUMBER, *data])
    assert invoice.buyer_reference == reference
    assert (invoice.purchase_order_reference or "").removeprefix("PO ") == (order or "").removeprefix("PO ")
