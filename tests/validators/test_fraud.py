"""Bank, vendor, amount and calendar checks: each with the case that clears it."""

from datetime import date
from typing import Any

import pytest

from schemas.finding import Finding
from schemas.master import VendorBank
from tests.validators.cases import IBAN, OTHER_IBAN, VENDOR, document, facts, history, known_invoice, limit
from validators import check, is_stop
from validators.fraud.calendar import easter_sunday, holidays

OWN = VendorBank(vendor_number="100001", iban=IBAN)
OWN_FRENCH = VendorBank(vendor_number="100001", iban=OTHER_IBAN)
OF_ANOTHER = VendorBank(vendor_number="200", iban=IBAN)
FOREIGN = {"invoice.payment.iban": OTHER_IBAN}


def run(changes: dict[str, Any] | None = None, code: str = "FRAUD-", **known: Any) -> list[Finding]:
    return [finding for finding in check(document(changes), facts(**known)) if finding.code.startswith(code)]


def rows(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity.value) for finding in findings]


CHANGED = ("FRAUD-BANK-CHANGED", "error")
SHARED = ("FRAUD-BANK-SHARED", "error")
ABROAD = ("FRAUD-BANK-COUNTRY", "warning")


@pytest.mark.parametrize(
    ("changes", "banks", "expected"),
    [
        pytest.param({}, (OWN,), [], id="confirmed"),
        pytest.param({"invoice.payment.iban": "de89 3704 0044 0532 0130 00"}, (OWN,), [], id="confirmed, written with spaces"),
        pytest.param({}, (), [CHANGED], id="nothing confirmed yet"),
        pytest.param(FOREIGN, (OWN,), [CHANGED, ABROAD], id="another account abroad"),
        pytest.param(FOREIGN, (OWN, OWN_FRENCH), [], id="account abroad, confirmed"),
        pytest.param({}, (OWN, OF_ANOTHER), [SHARED], id="confirmed for two vendors"),
        pytest.param({}, (OF_ANOTHER,), [CHANGED, SHARED], id="the account of another vendor"),
        pytest.param({**FOREIGN, "invoice.payment.means_code": "59"}, (OWN,), [ABROAD], id="direct debit: nothing is paid there"),
        pytest.param({"invoice.payment.iban": None}, (OWN,), [], id="no account printed"),
    ],
)
def test_bank(changes: dict[str, Any], banks: tuple[VendorBank, ...], expected: list[tuple[str, str]]) -> None:
    assert rows(run(changes, "FRAUD-BANK", banks=banks)) == expected


def test_every_account_is_checked() -> None:
    changes = {"invoice.payment": {"accounts": [{"iban": IBAN}, {"iban": OTHER_IBAN}]}}
    changed = run(changes, "FRAUD-BANK-CHANGED", banks=(OWN,))
    assert [(finding.path, is_stop(finding)) for finding in changed] == [("payment.accounts[1].iban", True)]


def test_unknown_and_blocked_vendor() -> None:
    assert rows(run(code="FRAUD-UNKNOWN", vendor=None)) == [("FRAUD-UNKNOWN-VENDOR", "error")]
    blocked = run(code="FRAUD-BLOCKED", vendor=VENDOR.model_copy(update={"blocked": True}))
    assert [is_stop(finding) for finding in blocked] == [True]
    assert run(code="FRAUD-BLOCKED") == []


LIMITS = (limit("auto", "1000.00"), limit("clerk", "5000.00"), limit("auto", "960.00", "USD"))


@pytest.mark.parametrize(
    ("gross", "flagged"),
    [("949.99", False), ("950.00", True), ("999.99", True), ("1000.00", False), ("4750.00", True), ("5000.00", False)],
)
def test_just_under_a_limit(gross: str, flagged: bool) -> None:
    assert bool(run({"invoice.totals.grand_total": gross}, "FRAUD-SPLIT", limits=LIMITS)) is flagged


def test_limits_do_not_matter_where_an_order_decides() -> None:
    changes = {"invoice.totals.grand_total": "980.00", "invoice.purchase_order_reference": "4500001001"}
    assert run(changes, "FRAUD-SPLIT", limits=LIMITS) == []


def test_usual_amount_under_a_limit_is_not_split() -> None:
    known = [known_invoice(number=f"A{month}", issue_date=date(2026, month, 1), grand_total="980.00") for month in (6, 7, 8)]
    changes = {"invoice.totals.grand_total": "980.00"}
    assert run(changes, "FRAUD-SPLIT", limits=LIMITS, history=history(*known)) == []
    assert len(run(changes, "FRAUD-SPLIT", limits=LIMITS, history=history(*known[:2]))) == 1


@pytest.mark.parametrize(("day", "flagged"), [("2026-11-16", True), ("2026-11-15", False)])
def test_invoices_of_one_day_that_together_pass_a_limit(day: str, flagged: bool) -> None:
    known = known_invoice(number="KX-9", issue_date=day, grand_total="611.13")
    findings = run({"invoice.totals.grand_total": "402.55"}, "FRAUD-SPLIT", limits=LIMITS, history=history(known))
    assert bool(findings) is flagged


def amounts(*values: str) -> Any:
    return history(
        *(known_invoice(number=f"Z-{n}-77", issue_date=date(2026, 1 + n, 5), grand_total=v) for n, v in enumerate(values))
    )


USUAL = ("812.10", "790.44", "845.91", "910.02", "777.77", "803.30", "866.20", "798.05")


@pytest.mark.parametrize(
    ("gross", "earlier", "flagged"),
    [
        pytest.param("940.00", USUAL, False, id="within the usual"),
        pytest.param("9400.00", USUAL, True, id="ten times the usual"),
        pytest.param("94.00", USUAL, False, id="small amounts harm nobody"),
        pytest.param("9400.00", USUAL[:7], False, id="seven earlier ones say nothing"),
    ],
)
def test_outlier(gross: str, earlier: tuple[str, ...], flagged: bool) -> None:
    findings = run({"invoice.totals.grand_total": gross}, "FRAUD-AMOUNT", history=amounts(*earlier))
    assert bool(findings) is flagged
    assert all(finding.confidence == 1 for finding in findings)


@pytest.mark.parametrize(
    ("gross", "earlier", "flagged"),
    [
        ("900.00", USUAL, True),
        ("910.00", USUAL, False),
        ("900.00", ("100.00", "200.00", "300.00", "400.00", "517.23"), False),
        ("900.00", USUAL[:4], False),
    ],
)
def test_round(gross: str, earlier: tuple[str, ...], flagged: bool) -> None:
    findings = run({"invoice.totals.grand_total": gross}, "FRAUD-ROUND", history=amounts(*earlier))
    assert [finding.severity.value for finding in findings] == (["info"] if flagged else [])


@pytest.mark.parametrize(
    ("number", "day", "flagged"),
    [("RE-2026-0900", "2026-10-01", True), ("RE-2026-0700", "2026-10-01", False), ("RE-2026-0900", "2026-11-16", False)],
)
def test_number_below_an_earlier_one(number: str, day: str, flagged: bool) -> None:
    findings = run(code="FRAUD-SEQUENCE", history=history(known_invoice(number=number, issue_date=day)))
    assert bool(findings) is flagged


def test_supplier_without_other_customers() -> None:
    days = (date(2026, 8, 3), date(2026, 9, 3), date(2026, 10, 5))
    known = [known_invoice(number=f"RE-2026-08{12 + n}", issue_date=day, grand_total=f"{n}1.5") for n, day in enumerate(days)]
    assert len(run(code="FRAUD-SEQUENCE", history=history(*known))) == 1
    assert run(code="FRAUD-SEQUENCE", history=history(*known[1:])) == []


@pytest.mark.parametrize(
    ("day", "country", "flagged"),
    [
        ("2026-11-16", "DE", False),
        ("2026-11-15", "DE", True),
        ("2026-10-03", "DE", True),
        ("2026-10-26", "DE", False),
        ("2026-10-26", "AT", True),
        ("2026-07-14", "FR", True),
        ("2026-05-14", "CH", True),
    ],
)
def test_non_working_day(day: str, country: str, flagged: bool) -> None:
    changes = {"invoice.issue_date": day, "invoice.seller.country": country}
    assert [f.severity.value for f in run(changes, "FRAUD-NON")] == (["info"] if flagged else [])


@pytest.mark.parametrize(
    ("year", "day"), [(1818, "1818-03-22"), (2000, "2000-04-23"), (2008, "2008-03-23"), (2038, "2038-04-25")]
)
def test_easter(year: int, day: str) -> None:
    assert str(easter_sunday(year)) == day
    assert date(2026, 6, 4) in holidays("AT", 2026)
