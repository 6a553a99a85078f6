"""FRAUD-DUPLICATE and FRAUD-DUPLICATE-SIMILAR: planted copies beside honest neighbours."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from schemas.facts import KnownInvoice
from schemas.identifiers import canonical_number
from tests.validators.cases import OTHER_IBAN, document, facts, history, known_invoice
from validators import check
from validators.numbers import compare

SAME: dict[str, Any] = {"number": "RE-2026-0815", "issue_date": "2026-11-16", "grand_total": "966.70"}
STOP, SIMILAR = ["FRAUD-DUPLICATE"], ["FRAUD-DUPLICATE-SIMILAR"]


def codes(known: list[KnownInvoice], changes: dict[str, Any] | None = None, **more: Any) -> list[str]:
    findings = check(document(changes), facts(history=history(*known), **more))
    return [finding.code for finding in findings if finding.code.startswith("FRAUD-DUPLICATE")]


EXACT: list[Any] = [
    pytest.param({}, {}, [], id="another invoice"),
    pytest.param(SAME, {}, STOP, id="the same"),
    pytest.param({**SAME, "grand_total": "1.00"}, {}, STOP, id="other amount: a number is used once a year"),
    pytest.param({**SAME, "number": "re 2026/815"}, {}, STOP, id="written differently"),
    pytest.param({**SAME, "number": "RE-2O26-O815"}, {}, STOP, id="letter O for zero between digits"),
    pytest.param({**SAME, "company_code": "2000"}, {}, STOP, id="already booked in another company"),
    pytest.param({**SAME, "company_code": "2000", "grand_total": "1.00"}, {}, [], id="numbers per customer"),
    pytest.param({**SAME, "type_code": "381"}, {}, [], id="a credit note is another class"),
    pytest.param({**SAME, "type_code": "381"}, {"kind": "credit-note", "invoice.type_code": "381"}, STOP, id="credit note twice"),
    pytest.param({**SAME, "issue_date": "2025-11-16", "grand_total": "1.00"}, {}, [], id="numbers start again each year"),
    pytest.param({**SAME, "issue_date": "2025-11-16"}, {}, SIMILAR, id="a year apart, same amount"),
    pytest.param(
        {**SAME, "issue_date": "2025-12-30"}, {"invoice.issue_date": "2026-01-04"}, STOP, id="across the turn of the year"
    ),
    pytest.param({**SAME, "vendor_number": "999", "iban": None}, {}, [], id="another vendor may use the same number"),
    pytest.param({**SAME, "vendor_number": "999", "iban": None, "vat_id": "DE136695976"}, {}, STOP, id="same VAT id"),
    pytest.param({**SAME, "vendor_number": "999"}, {}, STOP, id="another vendor number, same account and amount"),
    pytest.param({**SAME, "vendor_number": "999", "grand_total": "1.00"}, {}, [], id="factor: same account, other amount"),
    pytest.param(
        SAME,
        {"invoice.type_code": "384", "invoice.preceding_invoice_reference": "RE-2026-0815"},
        SIMILAR,
        id="a correction that keeps the number",
    ),
    pytest.param(
        SAME,
        {
            "invoice.type_code": "384",
            "invoice.preceding_invoice_reference": "RE-2026-0815",
            "invoice.number": "RK-2026-0007",
        },
        [],
        id="a correction with its own number",
    ),
]


@pytest.mark.parametrize(("known", "changes", "expected"), EXACT)
def test_exact(known: dict[str, Any], changes: dict[str, Any], expected: list[str]) -> None:
    assert codes([known_invoice(**known)], changes) == expected


def near(**changes: Any) -> dict[str, Any]:
    return {**SAME, "issue_date": "2026-11-12", **changes}


DISGUISED: list[Any] = [
    pytest.param(near(number="RE-2026-0851"), SIMILAR, id="swapped digits"),
    pytest.param(near(number="RE-2026-081"), SIMILAR, id="digit lost"),
    pytest.param(near(number="RE-2026-08155"), SIMILAR, id="digit doubled"),
    pytest.param(near(number="RE-2026-0815-2"), SIMILAR, id="suffix"),
    pytest.param(near(number="2026-0815"), SIMILAR, id="prefix lost"),
    pytest.param(near(number="RE-2026-0815A", issue_date="2026-09-01"), SIMILAR, id="letter behind, weeks ago"),
    pytest.param(near(number="KX-77-120"), SIMILAR, id="new number, same amount"),
    pytest.param(near(number="RE-2026-0815B", grand_total="483.35"), SIMILAR, id="half the amount"),
    pytest.param(near(number="RE-2026-0815B", grand_total="980.00"), SIMILAR, id="amount within 3 %"),
    pytest.param(near(number="RE-2026-0815B", grand_total="999.00"), [], id="amount beyond 3 %"),
    pytest.param(near(number="KX-77-120", issue_date="2026-11-01"), [], id="new number, 15 days ago"),
    pytest.param(near(number="KX-77-120", issue_date="2026-11-02"), SIMILAR, id="new number, 14 days ago"),
    pytest.param(near(number="RE-2026-0814", grand_total="970.11"), [], id="next number, other amount"),
    pytest.param(near(number="KX-77-120", currency="USD"), [], id="other currency"),
    pytest.param(near(number="KX-77-120", vendor_number="999", iban=None), [], id="another vendor"),
    pytest.param(near(number="RE-2026-0851", vendor_number="999"), SIMILAR, id="other vendor number, same account"),
]


@pytest.mark.parametrize(("known", "expected"), DISGUISED)
def test_disguised(known: dict[str, Any], expected: list[str]) -> None:
    assert codes([known_invoice(**known)]) == expected


def test_collective_invoice_after_single_ones() -> None:
    first = known_invoice(number="KX-1", issue_date="2026-11-10", grand_total="611.17")
    second = known_invoice(number="KX-2", issue_date="2026-11-12", grand_total="355.53")
    assert codes([first, second]) == SIMILAR
    assert codes([first]) == []


def test_same_article_in_other_quantities_is_no_sum() -> None:
    first = known_invoice(number="KX-1", issue_date="2026-11-10", grand_total="644.46")
    second = known_invoice(number="KX-2", issue_date="2026-11-12", grand_total="322.24")
    assert codes([first, second], {"invoice.totals.grand_total": "966.69"}) == []


def test_cancelled_and_written_again_is_honest() -> None:
    first = known_invoice(**near(number="RE-2026-0810"))
    credit = known_invoice(**near(number="GS-2026-11", type_code="381", issue_date="2026-11-13"))
    assert codes([first]) == SIMILAR
    assert codes([first, credit]) == []


def rent(month: int, number: str, day: int = 1) -> KnownInvoice:
    return known_invoice(number=number, issue_date=date(2026, month, day), grand_total="2380.00")


def test_a_year_of_rent_is_silent_and_its_copy_is_not() -> None:
    numbers = [f"M-2026-{month:02d}" for month in range(1, 13)]
    for month in range(2, 13):
        earlier = [rent(known, numbers[known - 1]) for known in range(1, month)]
        issued = date(2026, month, 1)
        changes = {
            "invoice.number": numbers[month - 1],
            "invoice.issue_date": str(issued),
            "invoice.totals.grand_total": "2380.00",
        }
        assert codes(earlier, changes, today=issued) == [], month
    copy = {**changes, "invoice.number": "M-2026-99", "invoice.issue_date": "2026-12-03"}
    assert codes([*earlier, rent(12, "M-2026-12")], copy, today=date(2026, 12, 4)) == SIMILAR


@pytest.mark.parametrize(("day", "expected"), [("2026-12-11", SIMILAR), ("2026-12-29", [])])
def test_a_copy_between_two_rents_comes_too_soon(day: str, expected: list[str]) -> None:
    earlier = [rent(month, f"M-2026-{month:02d}") for month in range(1, 13)]
    changes = {"invoice.number": "X-4711", "invoice.issue_date": day, "invoice.totals.grand_total": "2380.00"}
    assert codes(earlier, changes, today=date(2026, 12, 30)) == expected


def test_weekly_service_of_equal_amount_becomes_silent() -> None:
    start = date(2026, 9, 7)
    known = [
        known_invoice(number=f"W{100 + 3 * week}", issue_date=start + timedelta(weeks=week), grand_total="380.80")
        for week in range(5)
    ]
    changes = {
        "invoice.number": "W115",
        "invoice.issue_date": str(start + timedelta(weeks=5)),
        "invoice.totals.grand_total": "380.80",
    }
    assert codes(known, changes) == []


def test_numbers_that_name_only_the_customer_do_not_count() -> None:
    known = [
        known_invoice(number=f"KD4711-{month}", issue_date=date(2026, number, 1), grand_total="95.20")
        for number, month in enumerate(("JUN", "JUL", "AUG", "SEP"), start=6)
    ]
    changes = {"invoice.number": "KD4711-NOV", "invoice.totals.grand_total": "95.20"}
    assert codes(known, changes) == []


def test_the_same_file_again_needs_no_vendor() -> None:
    known = known_invoice(**SAME, sha256="ab" * 32, iban=None, vendor_number="")
    assert codes([known], {"invoice.seller.vat_id": None}, vendor=None, sha256="ab" * 32) == STOP
    assert codes([known], {"invoice.seller.vat_id": None}, vendor=None, sha256="cd" * 32) == []


def test_second_invoice_of_one_file_is_no_duplicate() -> None:
    assert codes([known_invoice(sha256="ab" * 32)], sha256="ab" * 32) == []


def test_another_account_does_not_hide_the_copy() -> None:
    assert codes([known_invoice(**SAME)], {"invoice.payment.iban": OTHER_IBAN}) == STOP


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("RE-2026/0012", "re 2026-12", True),
        ("0012345", "12345", True),
        ("1OO5", "1005", True),
        ("RE-12", "GS-12", False),
        ("2026-1", "2026-2", False),
        ("2026-10", "2026-1", False),
    ],
)
def test_canonical_number(one: str, other: str, equal: bool) -> None:
    assert (canonical_number(one) == canonical_number(other)) is equal
    assert compare(one, other).same is equal


def test_amount_without_cents_compares_by_value() -> None:
    known = known_invoice(**near(number="KX-1", grand_total=Decimal("966.7")))
    assert codes([known]) == SIMILAR
