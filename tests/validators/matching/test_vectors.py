"""The vectors T01 to T25 of the domain facts (section 2.4): numbers of SAP's help where it gives them."""

from datetime import date
from decimal import Decimal

import pytest

from schemas import AllowanceCharge, Totals
from schemas.finding import Severity
from schemas.matching import Block, MatchState
from tests.validators.matching.build import (
    PO,
    TODAY,
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


def test_t01_more_than_received() -> None:
    result = matched(invoice(billed("80", "800.00")), facts([order()], [receipt("50")]))
    assert amounts(result) == {"PP": "0.00", "DQ": "300.00"}
    quantity = variances(result)["DQ"]
    assert (quantity.percent, quantity.exceeded, quantity.limit_kind) == (Decimal("60.00"), True, "amount")
    assert quantity.limit == 0
    assert (result.match.state, result.match.blocks) == (MatchState.BLOCKED, [Block.QUANTITY])
    assert errors(result) == ["MATCH-DQ"]
    assert "80 C62 billed, 50 open (received 50, invoiced 0)" in result.findings[0].message


def test_t02_cheaper_than_ordered_never_blocks() -> None:
    known = facts([order(price="1.30")], [receipt("100")], PP={"lower_percent": "2", "upper_percent": "2"})
    result = matched(invoice(billed("100", "124.00")), known)
    price = variances(result)["PP"]
    assert (str(price.amount), price.percent) == ("-6.00", Decimal("-4.62"))
    assert (price.exceeded, price.lower_exceeded) == (False, True)
    assert (result.match.state, result.match.blocks) == (MatchState.MATCHED_WITH_TOLERANCE, [])
    assert codes(result, Severity.WARNING) == ["MATCH-PP"]
    assert errors(result) == []


def test_t03_two_reasons() -> None:
    result = matched(invoice(billed("100", "1100.00")), facts([order()], [receipt("60")]))
    assert amounts(result) == {"PP": "100.00", "DQ": "400.00"}
    assert variances(result)["DQ"].percent == Decimal("66.67")
    assert variances(result)["PP"].percent == Decimal("10.00")
    assert result.match.blocks == [Block.PRICE, Block.QUANTITY]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(billed("100", "4900.00", net_price="20", price_quantity="1", price_unit="KGM"), id="price per kg"),
        pytest.param(billed("245", "4900.00", unit="KGM", description="100 Stück, lose"), id="pieces in the text"),
        pytest.param(billed("245", "4900.00", unit="KGM"), id="kilograms only"),
    ],
)
@pytest.mark.parametrize(
    ("receipts", "key", "percent"),
    [
        pytest.param([receipt("100", quantity_in_price_unit="240")], "BW", "2.08", id="T04 against the receipt"),
        pytest.param([], "BR", "-2.00", id="T05 against the order"),
    ],
)
def test_t04_t05_price_quantity_ratio(line: object, receipts: list[object], key: str, percent: str) -> None:
    known = facts(
        [order(price="20", price_unit="KGM", receipt_expected=bool(receipts))],
        receipts,  # type: ignore[arg-type]
        conversions=[conversion("C62", "KGM", "2.5", po_number=PO, po_line="10")],
        earlier=(),
        **{key: {"upper_percent": "1", "lower_percent": "1"}},
    )
    result = matched(invoice(line), known)  # type: ignore[arg-type]
    ratio = variances(result)[key]
    assert ratio.percent == Decimal(percent)
    assert (ratio.exceeded, ratio.lower_exceeded) == (key == "BW", key == "BR")
    assert amounts(result) | {key: ""} == {"PP": "0.00", "DQ": "0.00", key: ""}
    assert result.match.blocks == ([Block.ORDER_PRICE_QUANTITY] if key == "BW" else [])


def test_t06_two_way() -> None:
    known = facts([order(quantity="10", receipt_expected=False)], earlier=[posted("R-0", "4", "40")])
    assert amounts(matched(invoice(billed("8", "80.00")), known)) == {"PP": "0.00", "DQ": "20.00"}


@pytest.mark.parametrize(
    ("receipts", "expected", "state"),
    [
        pytest.param([], {"PP": "0.00", "DW": "200.00"}, MatchState.BLOCKED, id="nothing received"),
        pytest.param([receipt("50")], {"PP": "0.00", "DQ": "0.00"}, MatchState.MATCHED, id="received meanwhile"),
    ],
)
def test_t07_invoice_before_receipt(receipts: list[object], expected: dict[str, str], state: MatchState) -> None:
    known = facts([order(quantity="50", price="4")], receipts)  # type: ignore[arg-type]
    result = matched(invoice(billed("50", "200.00")), known)
    assert (amounts(result), result.match.state) == (expected, state)
    assert errors(result) == (["MATCH-DW", "MATCH-NO-RECEIPT"] if not receipts else [])


def test_t08_partial_deliveries() -> None:
    receipts = [receipt("40"), receipt("60", number="5000000002")]
    result = matched(invoice(billed("70", "140.00")), facts([order(price="2")], receipts, [posted("R-0", "40", "80")]))
    assert amounts(result)["DQ"] == "20.00"
    assert variances(result)["DQ"].percent == Decimal("16.67")


@pytest.mark.parametrize("note", ["B", "LS-B", "0815-B"])
def test_t09_receipt_based(note: str) -> None:
    receipts = [receipt("40", note=f"{note}1"), receipt("60", note=note, number="5000000002")]
    known = facts([order(price="2", receipt_based=True)], receipts)
    result = matched(invoice(billed("62", "124.00"), delivery_note_reference=note), known)
    assert amounts(result)["DQ"] == "4.00"
    assert result.match.state is MatchState.BLOCKED
    assert [(s.receipt, str(s.quantity)) for s in result.match.lines[0].receipts] == [("5000000002", "60")]


@pytest.mark.parametrize(
    ("amount", "price", "words"),
    [
        pytest.param("31.25", "0.00", "", id="per 100"),
        pytest.param("3125.00", "3093.75", "price unit 100 read as 1: factor 100", id="price unit forgotten"),
    ],
)
def test_t10_price_unit(amount: str, price: str, words: str) -> None:
    known = facts([order(quantity="250", price="12.50", price_quantity="100")], [receipt("250")])
    result = matched(invoice(billed("250", amount)), known)
    assert amounts(result) == {"PP": price, "DQ": "0.00"}
    assert words in variances(result)["PP"].explanation


def test_t11_cartons_and_pieces() -> None:
    known = facts(
        [order(quantity="10", price="24", unit="CT")],
        [receipt("10", unit="CT")],
        conversions=[conversion("CT", "PCE", "12", po_number=PO, po_line="00010")],
    )
    result = matched(invoice(billed("120", "240.00", unit="PCE")), known)
    assert amounts(result) == {"PP": "0.00", "DQ": "0.00"}
    assert str(result.match.lines[0].receipts[0].quantity) == "10"
    assert result.match.state is MatchState.MATCHED


def test_t12_tonnes_and_kilograms() -> None:
    known = facts([order(quantity="1.000", price="350", unit="TNE")], [receipt("0.984", unit="TNE")])
    result = matched(invoice(billed("984", "344.40", unit="KGM")), known)
    assert amounts(result) == {"PP": "0.00", "DQ": "0.00"}
    assert result.match.state is MatchState.MATCHED


@pytest.mark.parametrize(
    ("amount", "over", "state"),
    [("510.00", "10.00", MatchState.MATCHED_WITH_TOLERANCE), ("511.00", "11.00", MatchState.BLOCKED)],
)
def test_t13_limit_order(amount: str, over: str, state: MatchState) -> None:
    limit = order(quantity="1", price="0", value_limit="1000", receipt_expected=False)
    known = facts([limit], earlier=[posted("R-0", None, "500")], LA={"upper_amount": "10"})
    result = matched(invoice(billed("1", amount)), known)
    assert amounts(result) == {"LA": over}
    assert (result.match.state, result.match.blocks) == (state, [Block.PRICE] if state is MatchState.BLOCKED else [])


@pytest.mark.parametrize("alone", [False, True], ids=["with the goods", "freight alone"])
@pytest.mark.parametrize(
    ("freight", "over", "blocks"), [("100.00", "0.00", []), ("110.00", "10.00", []), ("111.00", "11.00", [Block.PRICE])]
)
def test_t14_planned_freight(freight: str, over: str, blocks: list[Block], alone: bool) -> None:
    planned = order(planned_delivery_cost="100", planned_delivery_quantity="100", unit="EA")
    lines = [billed("1", freight, name="Fracht")] + ([] if alone else [billed("100", "1000.00", unit="EA")])
    result = matched(invoice(*lines), facts([planned], [receipt("100", unit="EA")], KW={"upper_amount": "10"}))
    assert amounts(result) == {"KW": over}
    assert result.match.lines[0].purchase_order_line == "10"
    assert result.match.blocks == blocks


@pytest.mark.parametrize(("limit", "blocks"), [("2000", []), ("1999.99", [Block.DATE])])
def test_t15_too_early(limit: str, blocks: list[Block]) -> None:
    early = order(quantity="40", delivery_date=date(2026, 11, 25))
    known = facts([early], [receipt("40")], ST={"upper_amount": limit})
    result = matched(invoice(billed("40", "400.00")), known, entry_date=date(2026, 11, 20))
    assert amounts(result)["ST"] == "2000.00"
    assert result.match.blocks == blocks


def test_t16_subsequent_debit() -> None:
    known = facts([order(quantity="10")], [receipt("10")], [posted("R-0", "10", "100.00")])
    result = matched(invoice(billed("10", "15.00"), type_code="383"), known)
    assert amounts(result) == {"PP": "15.00"}
    assert variances(result)["PP"].percent == Decimal("15.00")


@pytest.mark.parametrize("earlier", [[], [posted("G-1", "30", "300", code="381")]], ids=["before", "after the credit memo"])
def test_t17_credit_memo_releases(earlier: list[object]) -> None:
    known = facts([order()], [receipt("50")], earlier)  # type: ignore[arg-type]
    result = matched(invoice(billed("80", "800.00")), known)
    assert amounts(result)["DQ"] == ("0.00" if earlier else "300.00")
    assert result.match.state is (MatchState.MATCHED if earlier else MatchState.BLOCKED)


def test_t17_the_credit_memo_itself() -> None:
    known = facts([order()], [receipt("50")], [posted("R-0", "80", "800")])
    result = matched(invoice(billed("30", "300.00"), type_code="381"), known)
    assert amounts(result) == {"PP": "0.00", "DQ": "0.00"}
    assert result.match.state is MatchState.MATCHED


@pytest.mark.parametrize(("code", "difference"), [("381", "0.00"), ("380", "200.00")])
def test_t18_return_delivery(code: str, difference: str) -> None:
    receipts = [receipt("100"), receipt("-10", number="5000000002")]
    known = facts([order()], receipts, [posted("R-0", "100", "1000")])
    result = matched(invoice(billed("10", "100.00"), type_code=code), known)
    assert amounts(result)["DQ"] == difference  # 10 billed, -10 expected
    assert result.match.state is (MatchState.MATCHED if code == "381" else MatchState.BLOCKED)


@pytest.mark.parametrize(("limit", "exceeded"), [("0.05", False), ("0.02", False), ("0.01", True)])
def test_t19_balance(limit: str, exceeded: bool) -> None:
    totals = Totals(tax_basis_total="99.98", tax_total="19.00", grand_total="119.00")
    known = facts([order(quantity="1", price="99.98")], [receipt("1")], BD={"upper_amount": limit})
    result = matched(invoice(billed("1", "99.98"), totals=totals), known)
    (balance,) = result.match.variances
    assert (balance.key, str(balance.amount), balance.exceeded) == ("BD", "0.02", exceeded)
    assert result.match.blocks == []
    assert result.match.state is MatchState.MATCHED_WITH_TOLERANCE
    assert errors(result) == (["MATCH-BD"] if exceeded else [])


def test_t20_freight_is_not_a_price_variance() -> None:
    charge = AllowanceCharge(amount="5.00", reason="Fracht", category="S", rate="19")
    document = invoice(billed("10", "100.00"), charges=[charge])
    assert str(document.totals.grand_total) == "124.95"
    result = matched(document, facts([order(quantity="10")], [receipt("10")]))
    assert amounts(result) == {"PP": "0.00", "DQ": "0.00"}
    assert result.match.state is MatchState.MATCHED
    assert codes(result) == ["MATCH-AN"]


@pytest.mark.parametrize(("prepaid", "warns"), [("357.00", []), (None, ["MATCH-BD"])])
def test_t21_final_invoice_after_prepayment(prepaid: str | None, warns: list[str]) -> None:
    totals = Totals(tax_basis_total="1000", tax_total="190", grand_total="1190", prepaid=prepaid, due_payable="833")
    earlier = [posted("A-1", "1", "300", code="386")]
    result = matched(invoice(billed("100", "1000.00"), totals=totals), facts([order()], [receipt("100")], earlier))
    assert amounts(result) == {"PP": "0.00", "DQ": "0.00"}
    assert result.match.state is MatchState.MATCHED
    assert codes(result) == warns


def test_t22_discounts_count_cash_discount_does_not() -> None:
    line = billed("10", "95.00", net_price="10.00", allowances=[AllowanceCharge(amount="5.00", percent="5")])
    terms = {"text": "2 % Skonto", "discounts": [{"percent": "2", "days": 10}]}
    known = facts([order(quantity="10", price="9.50")], [receipt("10")])
    assert amounts(matched(invoice(line, payment_terms=terms), known)) == {"PP": "0.00", "DQ": "0.00"}


def test_t23_signs_do_not_net() -> None:
    result = matched(invoice(billed("120", "100.00")), facts([order(quantity="1000", price="1.00")], [receipt("100")]))
    assert amounts(result) == {"PP": "-20.00", "DQ": "20.00"}
    assert (variances(result)["PP"].percent, variances(result)["DQ"].percent) == (Decimal("-16.67"), Decimal("20.00"))
    assert result.match.blocks == [Block.QUANTITY]


@pytest.mark.parametrize(
    ("amount", "lines", "price"),
    [
        pytest.param("100.00", 1, "0.00", id="rounded"),
        pytest.param("99.99", 1, "0.00", id="a cent less"),
        pytest.param("100.02", 1, "0.02", id="two cents"),
        pytest.param("100.00", 12, "0.00", id="rounded, many lines"),
        pytest.param("99.99", 5, "0.00", id="cents, a few lines"),
        pytest.param("99.99", 12, "-0.01", id="cents, too many in sum"),
    ],
)
def test_t24_rounding(amount: str, lines: int, price: str) -> None:
    numbers = [str(10 * n) for n in range(1, lines + 1)]
    known = facts([order(n, "3", "33.333") for n in numbers], [receipt("3", n) for n in numbers])
    result = matched(invoice(*(billed("3", amount, n) for n in numbers)), known)
    assert {amounts(result, n)["PP"] for n in range(lines)} == {price}


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([billed("10", "100.00", name="Lieferung"), billed("10", "100.00", name="Lieferung")], id="two lines"),
        pytest.param([billed("20", "200.00")], id="one line, the sum"),
        pytest.param([billed("10", "100.00")], id="one line, one of them"),
    ],
)
def test_t25_two_orders_alike(lines: list[object]) -> None:
    other = "4500000002"
    known = facts(
        [order(quantity="10"), order(quantity="10", po_number=other)],
        [receipt("10"), receipt("10", number="5000000002", po_number=other)],
    )
    result = matched(invoice(*lines, order_number=f"{PO}, {other}"), known)  # type: ignore[arg-type]
    assert result.match.state is MatchState.AMBIGUOUS
    assert set(errors(result)) == {"MATCH-AMBIGUOUS"}
    assert all(line.purchase_order is None for line in result.match.lines)
    assert all(line.alternatives == [f"{PO}/10", f"{other}/10"] for line in result.match.lines)


def test_the_invoice_is_not_changed() -> None:
    document = invoice(billed("80", "800.00"))
    before = document.model_dump_json()
    matched(document, facts([order()], [receipt("50")]), entry_date=TODAY)
    assert document.model_dump_json() == before
