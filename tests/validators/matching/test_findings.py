"""What the match says beside the tolerance keys: orders that do not count, units, receipts, lines without an order."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from schemas import AllowanceCharge, Invoice, Line, Note
from schemas.facts import OrderFacts
from schemas.finding import Severity
from schemas.master import GoodsReceipt, Stock
from schemas.matching import Block, MatchState
from tests.validators.matching.build import (
    COMPANY,
    PO,
    VENDOR,
    amounts,
    billed,
    codes,
    conversion,
    errors,
    facts,
    invoice,
    matched,
    order,
    posted,
    receipt,
    variances,
)

OTHER = "4500000002"
FULL = billed("100", "1000.00")


@pytest.mark.parametrize(
    ("document", "known", "found"),
    [
        pytest.param(invoice(FULL), facts([order()], [receipt("100")]), [], id="right"),
        pytest.param(invoice(FULL, order_number="45 0000 0001"), facts([order()], [receipt("100")]), [], id="in groups"),
        pytest.param(invoice(FULL, order_number="4500099999"), facts([order()]), ["MATCH-NO-ORDER"], id="does not exist"),
        pytest.param(invoice(FULL), facts([order(vendor_number="100099")]), ["MATCH-WRONG-VENDOR"], id="of another vendor"),
        pytest.param(invoice(FULL), facts([order(company_code="2000")]), ["MATCH-WRONG-COMPANY"], id="of another company"),
        pytest.param(invoice(FULL), facts([order(currency="USD")]), ["MATCH-WRONG-CURRENCY"], id="in another currency"),
        pytest.param(
            invoice(FULL, order_number=None, notes=[Note(text=f"Ihre Bestellung {OTHER}")]),
            facts([order()], [receipt("100")]),
            ["MATCH-NO-ORDER"],
            id="a word announces an order that does not exist",
        ),
        pytest.param(
            invoice(FULL, order_number=None, notes=[Note(text=f"Vorgang {PO}")]),
            facts([order()], [receipt("100")]),
            [],
            id="a number without a word is the order",
        ),
        pytest.param(
            invoice(FULL, order_number=None, notes=[Note(text=f"Vorgang {PO}")]),
            facts([order(vendor_number="100099")]),
            [],
            id="a number without a word happens to be another vendor's order",
        ),
        pytest.param(
            invoice(FULL, order_number="vom 12.03.2026"), facts([order(description="x")]), [], id="a date is no order number"
        ),
    ],
)
def test_orders_that_count(document: Invoice, known: OrderFacts, found: list[str]) -> None:
    result = matched(document, known)
    assert errors(result) == found
    if found:
        assert result.match.state is MatchState.NO_REFERENCE
        assert result.match.lines[0].purchase_order is None
        assert result.order_lines == ()


def test_a_hint_where_the_order_number_is_wrong() -> None:
    result = matched(
        invoice(billed("100", "1000.00", seller_item_id="A-1"), order_number="4500000010"),
        facts([order(seller_item_id="A-1")], [receipt("100")]),
    )
    assert errors(result) == ["MATCH-NO-ORDER"]
    assert result.match.lines[0].alternatives == [f"{PO}/10"]


def test_an_unknown_vendor_has_no_orders() -> None:
    result = matched(invoice(FULL), facts([order()], [receipt("100")]), vendor=None)
    assert (result.match.state, errors(result)) == (MatchState.NO_REFERENCE, ["MATCH-NO-ORDER"])
    result = matched(invoice(FULL, order_number=None), facts([order()], [receipt("100")]), vendor=None)
    assert (result.match.state, errors(result)) == (MatchState.NO_REFERENCE, [])


@pytest.mark.parametrize(
    ("line", "known", "state", "found"),
    [
        pytest.param(
            billed("100", "1000.00", name="x", seller_item_id="A-1"),
            facts([order(seller_item_id="A-1", description="x")], [receipt("100")]),
            MatchState.MATCHED,
            [],
            id="item, price and quantity fit",
        ),
        pytest.param(
            FULL, facts([order()], [receipt("100")]), MatchState.MATCHED, [], id="text, price and quantity are the same"
        ),
        pytest.param(
            billed("100", "1000.00", name="Miete November"),
            facts([order()], [receipt("100")]),
            MatchState.NO_REFERENCE,
            [],
            id="amount alone is nothing",
        ),
        pytest.param(
            billed("100", "1000.00", seller_item_id="A-1"),
            facts([order(seller_item_id="A-1"), order(seller_item_id="A-1", po_number=OTHER)]),
            MatchState.AMBIGUOUS,
            ["MATCH-AMBIGUOUS"],
            id="two orders fit",
        ),
        pytest.param(
            billed("100", "1200.00", seller_item_id="A-1"),
            facts([order(seller_item_id="A-1")], [receipt("100")]),
            MatchState.NO_REFERENCE,
            [],
            id="the price does not fit",
        ),
        pytest.param(
            billed("100", "1000.00", name="Lieferung November", delivery_note="80012345"),
            facts([order()], [receipt("100", note="80012345")]),
            MatchState.MATCHED,
            [],
            id="the delivery note leads to the order",
        ),
        pytest.param(
            FULL,
            facts([order(vendor_number="100099")], [receipt("100")]),
            MatchState.NO_REFERENCE,
            [],
            id="another vendor's order",
        ),
        pytest.param(
            FULL,
            facts([order()], [receipt("100")], [posted("R-0", "100", "1000")]),
            MatchState.NO_REFERENCE,
            [],
            id="nothing is open",
        ),
    ],
)
def test_without_order_number(line: Line, known: OrderFacts, state: MatchState, found: list[str]) -> None:
    result = matched(invoice(line, order_number=None), known)
    assert (result.match.state, errors(result)) == (state, found)


@pytest.mark.parametrize(
    ("line", "more", "found"),
    [
        pytest.param(billed("100", "1000.00", unit="EA"), {}, [], id="pieces by another code"),
        pytest.param(billed("100", "1000.00", unit=None), {}, [], id="no unit"),
        pytest.param(billed("100", "1000.00", unit="KGM"), {}, ["MATCH-UNIT"], id="kilograms for pieces"),
        pytest.param(billed("100", "1000.00", unit="Eimer"), {}, ["MATCH-UNIT"], id="unknown unit"),
        pytest.param(FULL, {"receipts": [receipt("100", unit="CT")]}, ["MATCH-UNIT"], id="receipt in cartons"),
        pytest.param(
            FULL,
            {"receipts": [receipt("10", unit="CT")], "conversions": [conversion("CT", "C62", "10")]},
            [],
            id="receipt in cartons, conversion known",
        ),
        pytest.param(FULL, {"earlier": [posted("R-0", "5", "50", unit="CT")]}, ["MATCH-UNIT"], id="earlier invoice in cartons"),
        pytest.param(billed(None, "1000.00"), {}, [], id="no quantity, the amount is all that is open"),
        pytest.param(billed(None, "990.00"), {}, ["MATCH-AMBIGUOUS"], id="no quantity"),
        pytest.param(billed("100", "1000.00").model_copy(update={"net_amount": None}), {}, ["MATCH-AMBIGUOUS"], id="no amount"),
    ],
)
def test_units(line: Line, more: dict[str, Any], found: list[str]) -> None:
    result = matched(invoice(line), facts([order()], **({"receipts": [receipt("100")]} | more)))
    assert errors(result) == found
    assert result.match.state is (MatchState.AMBIGUOUS if found else MatchState.MATCHED)


@pytest.mark.parametrize(
    ("limits", "state", "severity"),
    [
        pytest.param({}, MatchState.BLOCKED, Severity.ERROR, id="without a row nothing is allowed"),
        pytest.param({"DW": {"upper_amount": "999.99"}}, MatchState.BLOCKED, Severity.ERROR, id="above the limit"),
        pytest.param({"DW": {"upper_amount": "1000"}}, MatchState.MATCHED_WITH_TOLERANCE, Severity.INFO, id="within the limit"),
    ],
)
def test_no_receipt(limits: dict[str, Any], state: MatchState, severity: Severity) -> None:
    result = matched(invoice(FULL), facts([order()], **limits))
    assert result.match.state is state
    assert [f.severity for f in result.findings if f.code == "MATCH-NO-RECEIPT"] == [severity]


A, B = receipt("40", note="1001", number="5000000001"), receipt("60", note="1002", number="5000000002")


@pytest.mark.parametrize(
    ("quantity", "note", "receipts", "earlier", "expected", "state"),
    [
        pytest.param("60", "1002", [A, B], [], {"DQ": "0.00"}, MatchState.MATCHED, id="named"),
        pytest.param("62", "1002", [A, B], [], {"DQ": "20.00"}, MatchState.BLOCKED, id="more than the named one"),
        pytest.param("100", "1001, 1002", [A, B], [], {"DQ": "0.00"}, MatchState.MATCHED, id="both named"),
        pytest.param("60", "1003", [A, B], [], {"DW": "600.00"}, MatchState.BLOCKED, id="not received"),
        pytest.param("60", None, [A, B], [], {"DQ": "0.00"}, MatchState.MATCHED, id="not named, one fits exactly"),
        pytest.param("100", None, [A, B], [], {"DQ": "0.00"}, MatchState.MATCHED, id="not named, all together"),
        pytest.param("62", None, [A, B], [], {}, MatchState.AMBIGUOUS, id="not named, none fits"),
        pytest.param("60", "1002", [A, B], [("60", "1002")], {"DQ": "600.00"}, MatchState.BLOCKED, id="invoiced before"),
        pytest.param("60", "1002", [A, B], [("40", "1001")], {"DQ": "0.00"}, MatchState.MATCHED, id="the other one invoiced"),
        pytest.param("60", "1002", [A, B], [("10", None)], {"DQ": "100.00"}, MatchState.BLOCKED, id="invoiced without a note"),
        pytest.param("50", None, [A, B], [("60", "1002")], {"DQ": "100.00"}, MatchState.BLOCKED, id="only one is open"),
    ],
)
def test_receipt_based(
    quantity: str,
    note: str | None,
    receipts: list[GoodsReceipt],
    earlier: list[tuple[str, str | None]],
    expected: dict[str, str],
    state: MatchState,
) -> None:
    before = [posted(f"R-0{n}", q, str(int(q) * 10), delivery_note=own) for n, (q, own) in enumerate(earlier)]
    document = invoice(billed(quantity, str(int(quantity) * 10)), delivery_note_reference=note)
    result = matched(document, facts([order(receipt_based=True)], receipts, before))
    assert amounts(result) == {"PP": "0.00"} | expected
    assert result.match.state is state


def test_freight_line_is_an_unplanned_delivery_cost() -> None:
    known = facts([order()], [receipt("100")])
    for name in (
        "Fracht",
        "Versandkosten DHL",
        "Verpackungspauschale",
        "Shipping & handling",
        "Frais de port",
        "Spese di trasporto",
    ):
        result = matched(invoice(FULL, billed("1", "25.00", name=name)), known)
        assert result.match.state is MatchState.MATCHED
        assert codes(result) == ["MATCH-AN"]
        assert result.match.lines[1].purchase_order is None


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param(billed("1", "1000.01", name="Fracht"), ["MATCH-AN"], id="more freight than goods"),
        pytest.param(
            billed("3", "25.00", name="Verpackung Karton 40x30"), ["MATCH-NO-ORDER"], id="packing by the piece is goods"
        ),
        pytest.param(billed("1", "25.00", name="Transportband 3 m"), ["MATCH-NO-ORDER"], id="a conveyor is no transport"),
        pytest.param(billed("1", "25.00", name="Sonderposten"), ["MATCH-NO-ORDER"], id="an extra line"),
        pytest.param(Line(name="Lieferung vom 12.11.2026"), [], id="a line that only says something"),
    ],
)
def test_lines_outside_the_order(line: Line, found: list[str]) -> None:
    assert errors(matched(invoice(FULL, line), facts([order()], [receipt("100")]))) == found


@pytest.mark.parametrize(
    ("charge", "found"),
    [
        (AllowanceCharge(amount="5.00", reason="Versandkosten"), []),
        (AllowanceCharge(amount="5.00", reason_code="FC"), []),
        (AllowanceCharge(amount="500.00", reason="Bearbeitungsgebühr"), ["MATCH-NO-ORDER"]),
        (AllowanceCharge(amount="1500.00", reason="Fracht"), ["MATCH-AN"]),
    ],
)
def test_charges_of_the_document(charge: AllowanceCharge, found: list[str]) -> None:
    assert errors(matched(invoice(FULL, charges=[charge]), facts([order()], [receipt("100")]))) == found


@pytest.mark.parametrize(
    ("limit", "line", "blocks"),
    [
        pytest.param({"AN": {"upper_amount": "20"}}, billed("1", "25.00", name="Fracht"), [Block.ITEM_AMOUNT], id="AN"),
        pytest.param({"AN": {"upper_amount": "25"}}, billed("1", "25.00", name="Fracht"), [], id="AN within"),
        pytest.param({"AP": {"upper_amount": "999"}}, Line(), [Block.ITEM_AMOUNT], id="AP"),
        pytest.param({"AP": {"upper_amount": "1000"}}, Line(), [], id="AP within"),
    ],
)
def test_item_amounts(limit: dict[str, Any], line: Line, blocks: list[Block]) -> None:
    result = matched(invoice(FULL, line), facts([order()], [receipt("100")], **limit))
    assert result.match.blocks == blocks
    assert result.match.state is (MatchState.BLOCKED if blocks else MatchState.MATCHED)


@pytest.mark.parametrize(
    ("day", "days", "blocks"),
    [
        (date(2026, 11, 20), "0.00", []),
        (date(2026, 12, 3), "3.00", []),
        (date(2026, 12, 4), "4.00", [Block.DATE]),
        (date(2026, 10, 27), "5.00", [Block.DATE]),
    ],
)
def test_limit_order_outside_its_period(day: date, days: str, blocks: list[Block]) -> None:
    period: dict[str, Any] = {"order_date": date(2026, 11, 1), "delivery_date": date(2026, 11, 30)}
    known = facts([order(value_limit="2000", receipt_expected=False, **period)], LD={"upper_amount": "3"})
    result = matched(invoice(FULL), known, entry_date=day)
    assert amounts(result) == {"LA": "-1000.00", "LD": days}
    assert result.match.blocks == blocks


@pytest.mark.parametrize(("limits", "found"), [({}, ["MATCH-PS"]), ({"PS": {"upper_percent": "20"}}, [])])
def test_estimated_price(limits: dict[str, Any], found: list[str]) -> None:
    """PS is not checked without a row (it is no default), but the difference is said."""
    result = matched(invoice(billed("100", "1150.00")), facts([order(price_estimated=True)], [receipt("100")], **limits))
    assert amounts(result) == {"PS": "150.00", "DQ": "0.00"}
    assert codes(result, Severity.WARNING) == found


@pytest.mark.parametrize(
    ("limits", "amount", "exceeded", "limit", "kind"),
    [
        pytest.param({}, "1000.02", True, "0", "amount", id="no row"),
        pytest.param({"upper_amount": "5"}, "1005.00", False, "5", "amount", id="amount, on the limit"),
        pytest.param({"upper_amount": "5"}, "1005.02", True, "5", "amount", id="amount, above"),
        pytest.param({"upper_percent": "2"}, "1020.00", False, "2", "percent", id="percent, on the limit"),
        pytest.param({"upper_percent": "2"}, "1020.02", True, "2", "percent", id="percent, above"),
        pytest.param({"upper_amount": "5", "upper_percent": "2"}, "1010.00", True, "5", "amount", id="amount is stricter"),
        pytest.param({"upper_amount": "50", "upper_percent": "2"}, "1030.00", True, "2", "percent", id="percent is stricter"),
        pytest.param({"upper_amount": "50", "upper_percent": "2"}, "1020.00", False, "2", "percent", id="both hold"),
        pytest.param({"lower_amount": "1"}, "1500.00", False, None, None, id="an empty limit is not checked"),
    ],
)
def test_the_stricter_limit_decides(limits: dict[str, str], amount: str, exceeded: bool, limit: str | None, kind: str) -> None:
    result = matched(
        invoice(billed("100", amount)),
        facts([order()], [receipt("100")], PP=limits) if limits else facts([order()], [receipt("100")]),
    )
    price = variances(result)["PP"]
    assert (price.exceeded, price.limit_kind) == (exceeded, kind)
    assert price.limit is None if limit is None else str(price.limit) == limit
    assert not price.lower_exceeded


@pytest.mark.parametrize(
    ("held", "change", "percent", "found"),
    [
        pytest.param(("100", "1000"), "100.00", "10.00", ["MATCH-VP"], id="all goes to stock"),
        pytest.param(("50", "500"), "50.00", "10.00", ["MATCH-VP"], id="half is gone already"),
        pytest.param(("1000", "10000"), "100.00", "1.00", [], id="a large stock hardly changes"),
    ],
)
def test_moving_average_price_only_warns(held: tuple[str, str], change: str, percent: str, found: list[str]) -> None:
    known = facts([order(buyer_item_id="M-1")], [receipt("100")], PP={"upper_percent": "20"}, VP={"upper_percent": "5"})
    known = replace(known, stock=(Stock(material="M-1", quantity=Decimal(held[0]), value=Decimal(held[1])),))
    result = matched(invoice(billed("100", "1100.00")), known)
    average = variances(result)["VP"]
    assert (str(average.amount), str(average.percent)) == (change, percent)
    assert codes(result, Severity.WARNING) == found
    assert result.match.state is MatchState.MATCHED_WITH_TOLERANCE


@pytest.mark.parametrize(
    ("percent", "threshold", "drawn"), [("100", "1000", True), ("100", "1", True), ("0.0001", "1000", False)]
)
def test_random_sample(percent: str, threshold: str, drawn: bool) -> None:
    known = facts([order()], [receipt("100")], STOCHASTIC={"upper_amount": threshold, "upper_percent": percent})
    first, again = matched(invoice(FULL), known), matched(invoice(FULL), known)
    assert first.match == again.match
    assert first.match.blocks == ([Block.STOCHASTIC] if drawn else [])


def test_random_sample_takes_its_share() -> None:
    """Half of the invoices above the threshold, a quarter of those of half its amount."""
    known = facts([order()], [receipt("100")], STOCHASTIC={"upper_amount": "2380", "upper_percent": "50"})
    blocked = sum(bool(matched(invoice(FULL, number=f"R-{n}"), known).match.blocks) for n in range(400))
    assert 70 <= blocked <= 130


@pytest.mark.parametrize(
    ("earlier", "named", "difference"),
    [
        pytest.param([posted("R-0", "50", "500")], "R-0", "0.00", id="replaces it"),
        pytest.param([posted("R-0", "50", "500")], None, "500.00", id="names none"),
        pytest.param(
            [posted("R-0", "50", "500"), posted("G-0", "50", "500", code="381")], "R-0", "0.00", id="was credited already"
        ),
        pytest.param([posted("R-0", "20", "200"), posted("R-9", "30", "300")], "R-0", "300.00", id="another one stays"),
    ],
)
def test_corrected_invoice(earlier: list[Any], named: str | None, difference: str) -> None:
    document = invoice(billed("50", "500.00"), type_code="384", preceding_invoice_reference=named)
    assert amounts(matched(document, facts([order()], [receipt("50")], earlier)))["DQ"] == difference


def test_a_posted_correction_counts_once() -> None:
    earlier = [posted("R-0", "50", "500"), posted("K-1", "40", "400", code="384", preceding_invoice_reference="R-0")]
    result = matched(invoice(billed("10", "100.00")), facts([order()], [receipt("50")], earlier))
    assert amounts(result)["DQ"] == "0.00"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("326", "200.00"),
        ("389", "200.00"),
        ("877", "200.00"),
        ("386", "0.00"),
        ("383", "0.00"),
        ("261", "-200.00"),
        ("396", "-200.00"),
    ],
)
def test_what_earlier_invoices_do(code: str, expected: str) -> None:
    known = facts([order()], [receipt("100")], [posted("R-0", "20", "200", code=code)])
    assert amounts(matched(invoice(FULL), known))["DQ"] == expected


def test_document_discount_that_is_the_agreed_one() -> None:
    lines = [billed("10", "100.00"), billed("10", "200.00", "20")]
    known = facts([order("10", "10", "9.50"), order("20", "10", "19")], [receipt("10"), receipt("10", "20")])
    result = matched(invoice(*lines, allowances=[AllowanceCharge(amount="15.00", percent="5")]), known)
    assert [amounts(result, n)["PP"] for n in (0, 1)] == ["0.00", "0.00"]
    result = matched(invoice(*lines, allowances=[AllowanceCharge(amount="10.00")]), known)
    assert [amounts(result, n)["PP"] for n in (0, 1)] == ["5.00", "10.00"]


def test_an_invoice_without_lines_is_asked_about() -> None:
    assert matched(invoice(), facts([order()])).match.state is MatchState.AMBIGUOUS
    assert matched(invoice(order_number=None), facts([order()])).match.state is MatchState.NO_REFERENCE


def test_everything_a_line_says_is_in_the_result() -> None:
    result = matched(invoice(FULL), facts([order()], [receipt("100")]))
    (line,) = result.match.lines
    assert (line.invoice_line, line.purchase_order, line.purchase_order_line) == ("1", PO, "10")
    assert [(s.receipt, s.line, str(s.quantity)) for s in line.receipts] == [("5000000001", "1", "100")]
    assert [o.po_line for o in result.order_lines] == ["10"]
    assert (str(line.quantity), str(line.net_amount)) == ("100", "1000.00")
    assert VENDOR.vendor_number == result.order_lines[0].vendor_number
    assert COMPANY.company_code == result.order_lines[0].company_code
