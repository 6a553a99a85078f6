"""FORM-*: passing rows beside failing ones; the severity says whether law or payment needs the value."""

from datetime import timedelta
from typing import Any

import pytest

from tests.validators.cases import TODAY, found

ROWS: list[Any] = [
    pytest.param({}, [], id="the honest invoice"),
    pytest.param({"invoice.payment.iban": "DE89 3704 0044 0532 0130 00"}, [], id="IBAN with spaces"),
    pytest.param({"invoice.payment.iban": "DE89370400440532013001"}, [("FORM-IBAN", "error", "payment.iban")], id="IBAN digit"),
    pytest.param(
        {"invoice.payment.iban": "DE8937040044053201300"}, [("FORM-IBAN", "error", "payment.iban")], id="IBAN too short"
    ),
    pytest.param({"invoice.payment.iban": "123456789"}, [("FORM-IBAN", "warning", "payment.iban")], id="national account"),
    pytest.param(
        {"invoice.payment.iban": "123456789", "invoice.payment.means_code": "58"},
        [("FORM-IBAN", "error", "payment.iban")],
        id="SEPA needs an IBAN",
    ),
    pytest.param({"invoice.payment.bic": "COBADEFFXXX"}, [], id="BIC"),
    pytest.param({"invoice.payment.bic": "COBADEFXXX"}, [("FORM-BIC", "warning", "payment.bic")], id="BIC with ten characters"),
    pytest.param({"invoice.seller.vat_id": "DE 136 695 976"}, [], id="VAT id with spaces"),
    pytest.param({"invoice.seller.vat_id": "DE136695975"}, [("FORM-VAT-ID", "error", "seller.vat_id")], id="VAT id digit"),
    pytest.param({"invoice.seller.vat_id": "136695976"}, [], id="VAT id without prefix, country known"),
    pytest.param({"invoice.seller.vat_id": "US123456"}, [], id="no rule known for the country"),
    pytest.param({"invoice.buyer.vat_id": "DE129273399"}, [("FORM-VAT-ID", "warning", "buyer.vat_id")], id="buyer, not needed"),
    pytest.param(
        {"invoice.buyer.vat_id": "DE129273399", "invoice.tax_breakdown.0.category": "K", "invoice.tax_breakdown.0.rate": "0"},
        [("FORM-VAT-ID", "error", "buyer.vat_id")],
        id="buyer, needed for intra-Community supply",
    ),
    pytest.param({"invoice.seller.tax_number": "27/456/01231"}, [], id="tax number of Hamburg"),
    pytest.param(
        {"invoice.seller.tax_number": "12/3"}, [("FORM-TAX-NUMBER", "warning", "seller.tax_number")], id="beside a VAT id"
    ),
    pytest.param(
        {"invoice.seller.tax_number": "12/3", "invoice.seller.vat_id": None},
        [("FORM-TAX-NUMBER", "error", "seller.tax_number")],
        id="alone",
    ),
    pytest.param({"invoice.lines.0.gtin": "4006381333931"}, [], id="GTIN"),
    pytest.param({"invoice.lines.0.gtin": "4006381333932"}, [("FORM-GTIN", "warning", "lines[0].gtin")], id="GTIN digit"),
    pytest.param({"invoice.seller.gln": "4012345000017"}, [("FORM-GLN", "warning", "seller.gln")], id="GLN digit"),
    pytest.param({"invoice.seller.gln": "4012345000016"}, [], id="GLN"),
    pytest.param({"invoice.currency": "EURO"}, [("FORM-CURRENCY", "error", "currency")], id="no currency code"),
    pytest.param({"invoice.currency": "XXX"}, [("FORM-CURRENCY", "error", "currency")], id="code for no currency"),
    pytest.param({"invoice.currency": "CHF"}, [], id="Swiss francs"),
    pytest.param({"invoice.lines.0.unit": "Stk"}, [("FORM-UNIT", "warning", "lines[0].unit")], id="unit in words"),
    pytest.param({"invoice.lines.0.unit": "XPP"}, [], id="packing unit of Rec 21"),
    pytest.param({"invoice.issue_date": str(TODAY + timedelta(days=1))}, [], id="tomorrow: another time zone"),
    pytest.param({"invoice.issue_date": str(TODAY + timedelta(days=2))}, [("FORM-DATE", "error", "issue_date")], id="future"),
    pytest.param(
        {"invoice.issue_date": "2022-11-16", "invoice.delivery_date": "2022-11-10"},
        [("FORM-DATE", "warning", "issue_date")],
        id="four years old",
    ),
    pytest.param(
        {"invoice.issue_date": "2006-11-16", "invoice.delivery_date": "2006-11-10"},
        [("FORM-DATE", "error", "issue_date")],
        id="twenty years old: a wrong date",
    ),
    pytest.param({"invoice.due_date": "2026-11-15"}, [("FORM-DATE", "warning", "due_date")], id="due before issue"),
    pytest.param({"invoice.due_date": "2026-11-16"}, [], id="due at once"),
    pytest.param({"invoice.delivery_date": "2025-01-02"}, [("FORM-DATE", "warning", "delivery_date")], id="supplied long ago"),
    pytest.param(
        {"invoice.period": {"start": "2026-11-30", "end": "2026-11-01"}},
        [("FORM-DATE", "error", "period")],
        id="period backwards",
    ),
]


@pytest.mark.parametrize(("changes", "rows"), ROWS)
def test_form(changes: dict[str, Any], rows: list[tuple[str, str, str]]) -> None:
    assert found(changes, "FORM-") == rows


def test_an_account_listed_twice_is_judged_once() -> None:
    bad = "DE89370400440532013001"
    changes = {"invoice.payment.accounts": [{"iban": bad}, {"iban": bad}], "invoice.payment.iban": bad}
    assert len(found(changes, "FORM-IBAN")) == 1


@pytest.mark.parametrize("text", ["", " ", "\x00", "DE" + "9" * 5000, "\u202eDE89", "ＤＥ８９"])
def test_odd_identifiers_never_raise(text: str) -> None:
    changes = {
        "invoice.seller.vat_id": text,
        "invoice.seller.tax_number": text,
        "invoice.seller.gln": text,
        "invoice.lines.0.gtin": text,
        "invoice.payment.iban": text,
        "invoice.payment.bic": text,
        "invoice.number": text,
    }
    found(changes)
