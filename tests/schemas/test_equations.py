"""The equations: passing beside failing, at and around each bound."""

from decimal import Decimal
from typing import Any

import pytest

from schemas import Invoice, Severity
from schemas.equations import figures_close

LINE = {"id": "1", "quantity": "4", "net_price": "25", "net_amount": "100.00", "tax_category": "S", "tax_rate": "19"}
BASE: dict[str, Any] = {
    "lines": [LINE],
    "tax_breakdown": [{"category": "S", "rate": "19", "basis": "100.00", "amount": "19.00"}],
    "totals": {
        "line_total": "100.00",
        "tax_basis_total": "100.00",
        "tax_total": "19.00",
        "grand_total": "119.00",
        "due_payable": "119.00",
    },
}


def invoice(**changed: Any) -> Invoice:
    totals = BASE["totals"] | changed.pop("totals", {})
    line = LINE | changed.pop("line", {})
    return Invoice.model_validate(BASE | {"totals": totals, "lines": [line]} | changed)


def found(of: Invoice) -> list[tuple[str, str, str]]:
    return [(finding.severity.value, finding.code, finding.path) for finding in figures_close(of)]


CASES = [
    pytest.param({}, [], id="exact"),
    pytest.param({"totals": {"line_total": "100.01"}}, ["ARITH-LINE-TOTAL", "ARITH-LINE-TOTAL"], id="BR-CO-10 one cent"),
    pytest.param(
        {"totals": {"allowance_total": "1.00"}}, ["ARITH-LINE-TOTAL", "ARITH-LINE-TOTAL"], id="BR-CO-11 no such allowance"
    ),
    pytest.param({"totals": {"charge_total": "1.00"}}, ["ARITH-LINE-TOTAL", "ARITH-LINE-TOTAL"], id="BR-CO-12 no such charge"),
    pytest.param(
        {"totals": {"tax_basis_total": "99.99", "grand_total": "118.99", "due_payable": "118.99"}},
        ["ARITH-LINE-TOTAL"],
        id="BR-CO-13",
    ),
    pytest.param(
        {"totals": {"tax_total": "19.01", "grand_total": "119.01", "due_payable": "119.01"}}, ["ARITH-TAX"], id="BR-CO-14"
    ),
    pytest.param({"totals": {"grand_total": "119.01", "due_payable": "119.01"}}, ["ARITH-GRAND-TOTAL"], id="BR-CO-15"),
    pytest.param({"totals": {"due_payable": "119.01"}}, ["ARITH-DUE"], id="BR-CO-16 one cent"),
    pytest.param({"totals": {"prepaid": "19.00", "due_payable": "100.00"}}, [], id="prepaid"),
    pytest.param({"totals": {"rounding": "0.01", "due_payable": "119.01"}}, [], id="rounding"),
    pytest.param({"totals": {"rounding": "0.01"}}, ["ARITH-DUE"], id="rounding not in what is due"),
    pytest.param({"third_party_payments": [{"amount": "3.00"}], "totals": {"due_payable": "122.00"}}, [], id="BR-DEX-09"),
    pytest.param({"line": {"quantity": "3", "net_price": "33.3333"}}, [], id="rounds to the amount"),
    pytest.param({"line": {"quantity": "3", "net_price": "33.33"}}, ["ARITH-LINE"], id="0.01 off: rounding"),
    pytest.param({"line": {"quantity": "3", "net_price": "33.3299"}}, ["ARITH-LINE"], id="0.0103 off"),
    pytest.param({"line": {"quantity": "400", "price_quantity": "100"}}, [], id="price per hundred"),
    pytest.param({"line": {"price_quantity": "0"}}, ["ARITH-LINE"], id="price for nothing"),
    pytest.param(
        {"line": {"allowances": [{"amount": "10"}], "net_amount": "90.00"}, "totals": {"line_total": "90.00"}},
        None,
        id="line allowance",
    ),
    pytest.param({"line": {"net_price": None}}, [], id="no price, not judged"),
    pytest.param({"totals": {"line_total": None}}, [], id="missing sums are replaced by what they should be"),
    pytest.param({"totals": {"line_total": None, "tax_basis_total": None}}, [], id="only gross stated"),
    pytest.param(
        {"totals": {"line_total": None, "tax_basis_total": None, "grand_total": "120.00"}}, None, id="only gross stated, wrong"
    ),
]


@pytest.mark.parametrize(("changed", "codes"), CASES)
def test_equations(changed: dict[str, Any], codes: list[str] | None) -> None:
    got = [code for _, code, _ in found(invoice(**changed))]
    if codes is None:
        assert got
    else:
        assert got == codes


@pytest.mark.parametrize(
    ("price", "severity"),
    [
        pytest.param("33.33", "info", id="exactly 0.01"),
        pytest.param("33.3299", "error", id="just above"),
        pytest.param("33.34", "error", id="0.02"),
    ],
)
def test_line_tolerance(price: str, severity: str) -> None:
    assert found(invoice(line={"quantity": "3", "net_price": price})) == [(severity, "ARITH-LINE", "lines[0].net_amount")]


def with_lines(count: int, tax: str) -> Invoice:
    lines = [LINE | {"id": str(number)} for number in range(count)]
    net, amount = Decimal(100 * count), Decimal(tax)
    return Invoice.model_validate(
        {
            "lines": lines,
            "tax_breakdown": [{"category": "S", "rate": "19", "basis": net, "amount": amount}],
            "totals": {
                "line_total": net,
                "tax_basis_total": net,
                "tax_total": amount,
                "grand_total": net + amount,
                "due_payable": net + amount,
            },
        }
    )


@pytest.mark.parametrize(
    ("count", "tax", "severities"),
    [
        pytest.param(1, "19.01", ["info"], id="one line, one cent"),
        pytest.param(1, "19.02", ["error"], id="one line, two cents"),
        pytest.param(3, "57.03", ["info"], id="three lines, three cents"),
        pytest.param(3, "56.96", ["error"], id="three lines, four cents below"),
        pytest.param(5, "95.05", ["info"], id="five lines, five cents"),
        pytest.param(9, "171.05", ["info"], id="nine lines, five cents"),
        pytest.param(9, "171.06", ["error"], id="nine lines, six cents: the bound is five"),
    ],
)
def test_tax_tolerance_grows_with_the_lines_of_the_rate(count: int, tax: str, severities: list[str]) -> None:
    assert [severity for severity, code, _ in found(with_lines(count, tax)) if code == "ARITH-TAX"] == severities


def test_tax_basis_of_another_rate_is_an_error() -> None:
    wrong = invoice(line={"tax_rate": "7"})
    assert ("error", "ARITH-TAX", "tax_breakdown[0].basis") in found(wrong)


def test_findings_carry_both_values() -> None:
    (finding,) = figures_close(invoice(totals={"due_payable": "191.00"}))
    assert (finding.stated, finding.expected, finding.severity) == ("191.00", "119.00", Severity.ERROR)
    assert "difference 72.00" in finding.message


def test_hostile_sizes_do_not_round_or_raise() -> None:
    big = "9" * 28 + "." + "9" * 20
    assert figures_close(invoice(line={"quantity": big, "net_price": big, "net_amount": big}))
