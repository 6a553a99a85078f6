"""check_figures: exact sums, tolerated rounding, and what is beyond it."""

from typing import Any

import pytest

from tests.validators.cases import document
from validators.arithmetic import check_figures

FIGURES: dict[str, Any] = {
    "invoice.lines.0.net_price": "0.65",
    "invoice.lines.0.net_amount": "812.50",
    "invoice.totals": {
        "line_total": "812.50",
        "tax_basis_total": "812.50",
        "tax_total": "154.38",
        "grand_total": "966.88",
        "due_payable": "966.88",
    },
    "invoice.tax_breakdown.0": {"rate": "19", "basis": "812.50", "amount": "154.38"},
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, [], id="closes; 154.375 is rounded up"),
        pytest.param({"invoice.lines.0.net_price": "0.650005"}, [("ARITH-LINE", "info")], id="line within a cent"),
        pytest.param({"invoice.lines.0.net_price": "0.66"}, [("ARITH-LINE", "error")], id="line beyond"),
        pytest.param(
            {"invoice.totals.line_total": "812.51"}, [("ARITH-LINE-TOTAL", "error")] * 2, id="sum of lines, and net from it"
        ),
        pytest.param(
            {"invoice.tax_breakdown.0.amount": "154.39"}, [("ARITH-TAX", "error")] * 2, id="tax of the rate, and its sum"
        ),
        pytest.param(
            {"invoice.totals.grand_total": "966.89"}, [("ARITH-GRAND-TOTAL", "error"), ("ARITH-DUE", "error")], id="gross"
        ),
        pytest.param({"invoice.totals.due_payable": "900.00"}, [("ARITH-DUE", "error")], id="due"),
        pytest.param({"invoice.totals.due_payable": "900.00", "invoice.totals.prepaid": "66.88"}, [], id="due after prepayment"),
        pytest.param({"invoice.totals.grand_total": None}, [], id="what is missing is not judged"),
    ],
)
def test_figures(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    invoice = document({**FIGURES, **changes}).invoice
    assert invoice is not None
    assert [(finding.code, finding.severity.value) for finding in check_figures(invoice)] == expected
