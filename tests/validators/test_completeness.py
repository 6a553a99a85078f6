"""COMPLETE-*: the decision table by country, kind, date and amount, with boundary values. Missing and complete side by side."""

from typing import Any

import pytest

from tests.validators.cases import COMPANY, document, facts, found
from validators import check
from validators.codes import codes
from validators.completeness.demands import DEMANDS
from validators.completeness.situations import SITUATIONS
from validators.completeness.table import requirements


def small(gross: str, **more: Any) -> dict[str, Any]:
    return {
        "invoice.totals.grand_total": gross,
        "invoice.number": None,
        "invoice.delivery_date": None,
        "invoice.buyer.name": None,
        "invoice.seller.vat_id": None,
        **more,
    }


AT = {"invoice.seller.country": "AT", "invoice.seller.vat_id": "ATU13585627", "invoice.tax_breakdown.0.rate": "20"}
CH = {"invoice.seller.country": "CH", "invoice.seller.vat_id": "CHE-123.456.788 MWST", "invoice.tax_breakdown.0.rate": "8.1"}
FR = {"invoice.seller.country": "FR", "invoice.seller.vat_id": "FR40303265045", "invoice.tax_breakdown.0.rate": "20"}
NL = {"invoice.seller.country": "NL", "invoice.seller.vat_id": "NL004495445B01", "invoice.tax_breakdown.0.rate": "21"}
UNTAXED = {
    "invoice.tax_breakdown.0": {"rate": "0", "basis": "812.35", "amount": "0.00"},
    "invoice.totals.tax_total": "0.00",
    "invoice.totals.grand_total": "812.35",
    "invoice.lines.0.tax_rate": "0",
}
DUTCH_UNTAXED = {**UNTAXED, "invoice.seller.country": "NL", "invoice.seller.vat_id": "NL004495445B01"}
US: dict[str, Any] = {
    "invoice.seller.country": "US",
    "invoice.seller.vat_id": None,
    "invoice.tax_breakdown": [],
    "invoice.totals.tax_total": None,
}
SELF_BILLED = {"invoice.type_code": "389"}


def note(text: str) -> dict[str, Any]:
    return {"invoice.notes": [{"text": text}]}


def row(code: str, path: str, severity: str = "error") -> tuple[str, str, str]:
    return (f"COMPLETE-{code}", severity, path)


SUPPLIER_DATA: list[Any] = [
    pytest.param({}, [], id="complete"),
    pytest.param({"invoice.seller.name": None}, [row("SELLER", "seller.name")], id="no supplier name"),
    pytest.param({"invoice.seller.street": None}, [], id="no street, but the vendor is known (UStDV 31(2))"),
    pytest.param({"invoice.seller.postcode": None, "invoice.seller.city": None}, [row("SELLER", "seller.city")], id="no place"),
    pytest.param({"invoice.buyer.name": " "}, [row("BUYER", "buyer.name")], id="no recipient"),
    pytest.param({"invoice.seller.vat_id": None}, [row("TAX-ID", "seller.vat_id")], id="no tax id"),
    pytest.param({"invoice.seller.vat_id": None, "invoice.seller.tax_number": "27/456/01231"}, [], id="tax number is enough"),
    pytest.param({"invoice.issue_date": None}, [row("ISSUE-DATE", "issue_date")], id="no issue date"),
    pytest.param({"invoice.number": ""}, [row("NUMBER", "number")], id="no number"),
    pytest.param({"invoice.totals.tax_basis_total": None}, [], id="net stands in the breakdown"),
    pytest.param(
        {"invoice.totals.tax_basis_total": None, "invoice.tax_breakdown.0.basis": None},
        [row("NET", "totals.tax_basis_total")],
        id="no net",
    ),
    pytest.param({"invoice.tax_breakdown.0.rate": None}, [row("TAX", "tax_breakdown[0].rate")], id="no rate"),
    pytest.param(
        {"invoice.tax_breakdown.0.amount": None, "invoice.totals.tax_total": None},
        [row("TAX", "tax_breakdown[0].amount")],
        id="no tax amount",
    ),
]

DESCRIPTION: list[Any] = [
    pytest.param({"invoice.lines.0.name": "Diverses"}, [row("DESCRIPTION", "lines[0].name")], id="Diverses"),
    pytest.param({"invoice.lines.0.name": None}, [row("DESCRIPTION", "lines[0].name")], id="no description"),
    pytest.param({"invoice.lines.0.name": "Diverses", "invoice.lines.0.description": "Kabelbinder 200 mm"}, [], id="explained"),
    pytest.param({"invoice.lines.0.name": "laut Auftrag"}, [row("DESCRIPTION", "lines[0].name")], id="reference to nothing"),
    pytest.param({"invoice.lines.0.name": "laut Lieferschein 4711"}, [], id="reference by number, on paper"),
    pytest.param(
        {"invoice.lines.0.name": "laut Lieferschein 4711", "source": "cii"},
        [row("DESCRIPTION", "lines[0].name")],
        id="reference by number, structured",
    ),
    pytest.param({"invoice.lines": []}, [row("DESCRIPTION", "lines")], id="no lines"),
    pytest.param({"invoice.lines.0.quantity": None}, [row("QUANTITY", "lines[0].quantity")], id="goods without quantity"),
    pytest.param({"invoice.lines.0": {"name": "Wartung pauschal", "net_amount": "812.35", "tax_rate": "19"}}, [], id="lump sum"),
    pytest.param(
        {
            "invoice.lines.0": {"name": "Rahmenvertrag", "net_amount": "812.35", "tax_rate": "19"},
            "invoice.purchase_order_reference": "4500001001",
        },
        [row("QUANTITY", "lines[0].quantity")],
        id="ordered, without quantity",
    ),
]

SUPPLY_DATE: list[Any] = [
    pytest.param({"invoice.delivery_date": None}, [row("SUPPLY-DATE", "delivery_date")], id="DE: none"),
    pytest.param({"invoice.delivery_date": None, "invoice.period": {"start": "2026-11-01"}}, [], id="DE: period"),
    pytest.param({"invoice.delivery_date": None, **note("Rechnungsdatum entspricht Leistungsdatum.")}, [], id="DE: words"),
    pytest.param({"invoice.delivery_date": None, **note("Leistungszeitraum: Oktober 2026")}, [], id="DE: month in a note"),
    pytest.param(
        {"invoice.delivery_date": None, **note("Zahlbar bis Dezember 2026")},
        [row("SUPPLY-DATE", "delivery_date")],
        id="DE: other note",
    ),
    pytest.param({"invoice.delivery_date": None, "invoice.type_code": "386"}, [], id="DE: prepayment"),
    pytest.param(
        {"invoice.delivery_date": None, "invoice.type_code": "384", "invoice.preceding_invoice_reference": "RE-1"},
        [],
        id="DE: correction that names its invoice",
    ),
    pytest.param({"invoice.delivery_date": None, **AT}, [row("SUPPLY-DATE", "delivery_date")], id="AT: none"),
    pytest.param({"invoice.delivery_date": None, **NL}, [], id="EU: only if it differs from the date of issue"),
    pytest.param({"invoice.delivery_date": None, **CH}, [], id="CH: only if it differs from the date of issue"),
]

SMALL: list[Any] = [
    pytest.param(small("250.00"), [], id="DE 250.00 is small"),
    pytest.param(
        small("250.01"),
        [
            row("BUYER", "buyer.name"),
            row("TAX-ID", "seller.vat_id"),
            row("NUMBER", "number"),
            row("SUPPLY-DATE", "delivery_date"),
        ],
        id="DE 250.01 is not",
    ),
    pytest.param(
        small("150.01", **{"invoice.issue_date": "2016-12-31", "invoice.delivery_date": "2016-12-30"}),
        [row("BUYER", "buyer.name"), row("TAX-ID", "seller.vat_id"), row("NUMBER", "number")],
        id="DE until 2016: 150",
    ),
    pytest.param(small("150.01", **{"invoice.issue_date": "2017-01-01"}), [], id="DE from 2017: 250"),
    pytest.param(
        small("250.00", **{"invoice.currency": "CHF"}),
        [
            row("BUYER", "buyer.name"),
            row("TAX-ID", "seller.vat_id"),
            row("NUMBER", "number"),
            row("SUPPLY-DATE", "delivery_date"),
        ],
        id="the limit is in euro",
    ),
    pytest.param(small("400.00", **{**AT, "invoice.seller.vat_id": None}), [], id="AT 400.00 is small"),
    pytest.param(
        small("400.01", **{**AT, "invoice.seller.vat_id": None}),
        [
            row("BUYER", "buyer.name"),
            row("SUPPLY-DATE", "delivery_date"),
            row("NUMBER", "number"),
            row("TAX-ID", "seller.vat_id"),
        ],
        id="AT 400.01 is not",
    ),
    pytest.param(
        small("100.00", **{"invoice.tax_breakdown.0.rate": None, "invoice.lines.0.tax_rate": None}),
        [row("TAX", "tax_breakdown")],
        id="DE small: rate or exemption",
    ),
]

UNTAXED_CASES: list[Any] = [
    pytest.param(UNTAXED, [row("EXEMPTION-NOTE", "tax_breakdown[0].exemption_reason")], id="no reason"),
    pytest.param({**UNTAXED, **note("Umsatzsteuerfrei nach § 4 Nr. 14 UStG")}, [], id="exemption in words"),
    pytest.param({**UNTAXED, "invoice.tax_breakdown.0.category": "Z"}, [], id="zero rate by law needs no reason"),
    pytest.param({**UNTAXED, **note("Gemäß § 19 UStG wird keine Umsatzsteuer berechnet")}, [], id="small business"),
    pytest.param(
        {**UNTAXED, **note("Kleinunternehmer, § 19 UStG"), "invoice.number": None, "invoice.delivery_date": None},
        [],
        id="UStDV 34a: number and date of supply are not demanded from 2025",
    ),
    pytest.param(
        {
            **UNTAXED,
            **note("Kleinunternehmer, § 19 UStG"),
            "invoice.issue_date": "2024-12-31",
            "invoice.number": None,
            "invoice.delivery_date": None,
        },
        [row("NUMBER", "number"), row("SUPPLY-DATE", "delivery_date")],
        id="before 2025 they were",
    ),
    pytest.param(
        note("Kleinunternehmer, § 19 UStG"), [row("TAX-SHOWN-WRONGLY", "totals.tax_total")], id="small business with tax"
    ),
    pytest.param(
        note("Gebrauchtgegenstände/Sonderregelung"), [row("TAX-SHOWN-WRONGLY", "totals.tax_total")], id="margin scheme with tax"
    ),
    pytest.param(
        {"invoice.tax_breakdown.0.category": "AE", **note("Reverse charge")},
        [row("TAX-SHOWN-WRONGLY", "tax_breakdown[0].amount")],
        id="reverse charge with tax",
    ),
]

CROSS_BORDER: list[Any] = [
    pytest.param(
        {**UNTAXED, "invoice.tax_breakdown.0.category": "AE"},
        [row("REVERSE-CHARGE-NOTE", "tax_breakdown")],
        id="domestic: no words",
    ),
    *(
        pytest.param({**UNTAXED, "invoice.tax_breakdown.0.category": "AE", **note(words)}, [], id=words)
        for words in (
            "Steuerschuldnerschaft des Leistungsempfängers",
            "Reverse charge",
            "Autoliquidation",
            "inversione contabile",
            "inversión del sujeto pasivo",
            "BTW verlegd",
            "odwrotne obciążenie",
            "daň odvede zákazník",
            "omvendt betalingspligt",
            "omvänd betalningsskyldighet",
        )
    ),
    pytest.param(
        {
            **DUTCH_UNTAXED,
            "invoice.tax_breakdown.0.category": "AE",
            **note("btw verlegd"),
        },
        [row("VAT-IDS", "buyer.vat_id")],
        id="across a border: both VAT ids",
    ),
    pytest.param(
        {
            **DUTCH_UNTAXED,
            "invoice.tax_breakdown.0.category": "AE",
            "invoice.buyer.vat_id": COMPANY.vat_id,
            **note("btw verlegd"),
        },
        [],
        id="across a border: complete",
    ),
    pytest.param(
        {
            **DUTCH_UNTAXED,
            "invoice.tax_breakdown.0.category": "K",
            **note("Intra-Community supply"),
        },
        [row("VAT-IDS", "buyer.vat_id")],
        id="intra-Community: VAT id of the recipient",
    ),
    pytest.param(
        {
            **DUTCH_UNTAXED,
            "invoice.tax_breakdown.0.category": "K",
            "invoice.buyer.vat_id": COMPANY.vat_id,
        },
        [row("EXEMPTION-NOTE", "tax_breakdown[0].exemption_reason")],
        id="intra-Community: the note",
    ),
    pytest.param({**AT, "invoice.totals.grand_total": "10000.00"}, [], id="AT 10 000.00"),
    pytest.param({**AT, "invoice.totals.grand_total": "10000.01"}, [row("VAT-IDS", "buyer.vat_id")], id="AT 10 000.01"),
    pytest.param({**CH, "invoice.number": None}, [], id="CH: no number is demanded"),
    pytest.param(US, [], id="third country: no tax law of ours"),
    pytest.param({**US, "invoice.lines": []}, [row("DESCRIPTION", "lines")], id="third country: what is it?"),
    pytest.param({**FR, "invoice.number": None}, [row("NUMBER", "number")], id="FR: number"),
]

SELF_BILLING: list[Any] = [
    pytest.param(SELF_BILLED, [row("SELF-BILLING-NOTE", "type_code")], id="the page does not say Gutschrift"),
    pytest.param({**SELF_BILLED, **note("Gutschrift im umsatzsteuerlichen Sinn")}, [], id="the page says it"),
    pytest.param({**SELF_BILLED, "evidence": {"type_code": [{"text": "GUTSCHRIFT"}]}}, [], id="the title says it"),
    pytest.param({**SELF_BILLED, "source": "ubl"}, [], id="structured: the code counts"),
]

E_INVOICE: list[Any] = [
    pytest.param({"invoice.issue_date": "2026-12-31"}, [], id="still free"),
    pytest.param({"invoice.issue_date": "2027-01-01"}, [row("E-INVOICE-DUE", "", "warning")], id="2027: large suppliers"),
    pytest.param({"invoice.issue_date": "2028-01-01"}, [row("E-INVOICE-DUE", "")], id="2028: all"),
    pytest.param({"invoice.issue_date": "2028-01-01", "source": "cii"}, [], id="a structured one"),
    pytest.param({"invoice.issue_date": "2028-01-01", "invoice.totals.grand_total": "250.00"}, [], id="small invoices never"),
    pytest.param({"invoice.issue_date": "2028-01-01", **NL}, [], id="not across a border"),
]


@pytest.mark.parametrize(
    ("changes", "rows"),
    [*SUPPLIER_DATA, *DESCRIPTION, *SUPPLY_DATE, *SMALL, *UNTAXED_CASES, *CROSS_BORDER, *SELF_BILLING, *E_INVOICE],
)
def test_completeness(changes: dict[str, Any], rows: list[tuple[str, str, str]]) -> None:
    assert sorted(found(changes, "COMPLETE-")) == sorted(rows)


def test_street_is_demanded_of_an_unknown_vendor() -> None:
    assert found({"invoice.seller.street": None}, "COMPLETE-", vendor=None) == [row("SELLER", "seller.street")]


def test_recipient_must_be_one_of_our_companies() -> None:
    assert found({}, "COMPLETE-", company=None) == [row("NOT-OUR-COMPANY", "buyer")]
    assert found({}, "COMPLETE-", company=None, companies=()) == []


def test_each_finding_names_its_law() -> None:
    findings = [f for f in check(document({"invoice.number": None}), facts()) if f.code == "COMPLETE-NUMBER"]
    assert [(f.law, f.legal_class) for f in findings] == [("UStG 14(4) no. 4", "content")]


def test_table_uses_known_words_and_unique_ids() -> None:
    rows = requirements()
    assert len({requirement.id for requirement in rows}) == len(rows)
    for requirement in rows:
        assert requirement.demand in DEMANDS, requirement.id
        assert requirement.when in SITUATIONS, requirement.id
        assert requirement.code in codes(), requirement.id
        assert requirement.kinds <= {"full", "small", "small-business"}, requirement.id
        assert requirement.countries <= {"DE", "AT", "CH", "FR", "EU", "third", "*"}, requirement.id
        assert requirement.severity in ("error", "warning"), requirement.id


def test_every_demand_is_used() -> None:
    assert set(DEMANDS) == {requirement.demand for requirement in requirements()}
