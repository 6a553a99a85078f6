"""An honest invoice and its facts, and a way to change one thing of them by its path."""

from copy import deepcopy
from datetime import date
from typing import Any

from schemas.document import Document
from schemas.facts import CheckFacts, HistoryFacts, KnownInvoice
from schemas.finding import Finding
from schemas.master import ApprovalLimit, Company, Vendor, VendorBank
from validators import check

TODAY = date(2026, 11, 20)
IBAN = "DE89370400440532013000"
OTHER_IBAN = "FR1420041010050500013M02606"
VENDOR = Vendor(
    vendor_number="100001",
    name="Muster Schrauben GmbH",
    vat_id="DE136695976",
    street="Ankerweg 1",
    postcode="20457",
    city="Hamburg",
    country="DE",
)
COMPANY = Company(
    company_code="1000",
    name="Beispiel Maschinenbau GmbH",
    vat_id="DE129273398",
    street="Werkstr. 2",
    postcode="70565",
    city="Stuttgart",
    country="DE",
)

HONEST: dict[str, Any] = {
    "kind": "invoice",
    "source": "text-layer",
    "accepted": True,
    "invoice": {
        "number": "RE-2026-0815",
        "issue_date": "2026-11-16",
        "type_code": "380",
        "currency": "EUR",
        "delivery_date": "2026-11-13",
        "seller": {
            "name": "Muster Schrauben GmbH",
            "vat_id": "DE136695976",
            "tax_number": None,
            "street": "Ankerweg 1",
            "postcode": "20457",
            "city": "Hamburg",
            "country": "DE",
        },
        "buyer": {
            "name": "Beispiel Maschinenbau GmbH",
            "street": "Werkstr. 2",
            "postcode": "70565",
            "city": "Stuttgart",
            "country": "DE",
        },
        "payment": {"iban": IBAN},
        "totals": {
            "line_total": "812.35",
            "tax_basis_total": "812.35",
            "tax_total": "154.35",
            "grand_total": "966.70",
            "due_payable": "966.70",
        },
        "tax_breakdown": [{"rate": "19", "basis": "812.35", "amount": "154.35"}],
        "lines": [
            {
                "id": "1",
                "name": "Sechskantschraube M8",
                "quantity": "1250",
                "unit": "H87",
                "net_price": "0.64988",
                "net_amount": "812.35",
                "tax_rate": "19",
            }
        ],
    },
}


def document(changes: dict[str, Any] | None = None) -> Document:
    """The honest document with some paths changed, e.g. ``{"invoice.seller.vat_id": None, "source": "ubl"}``."""
    data: Any = Document.model_validate(HONEST).model_dump(mode="json")
    for path, value in deepcopy(changes or {}).items():
        *way, last = path.split(".")
        place = data
        for step in way:
            place = place[int(step)] if step.isdigit() else place[step]
        if isinstance(place, list):
            place[int(last)] = value
        else:
            place[last] = value
    if any(path.startswith("invoice.payment.iban") for path in changes or {}):
        data["invoice"]["payment"]["accounts"] = []
    return Document.model_validate(data)


def facts(**changes: Any) -> CheckFacts:
    """The vendor with its confirmed account, our company, no history."""
    known: dict[str, Any] = {
        "today": TODAY,
        "vendor": VENDOR,
        "company": COMPANY,
        "companies": (COMPANY,),
        "banks": (VendorBank(vendor_number="100001", iban=IBAN),),
    }
    return CheckFacts(**{**known, **changes})


def known_invoice(**changes: Any) -> KnownInvoice:
    """An earlier invoice of the vendor that has nothing to do with the honest one."""
    values: dict[str, Any] = {
        "vendor_number": "100001",
        "company_code": "1000",
        "number": "RE-2026-0300",
        "issue_date": "2026-05-04",
        "currency": "EUR",
        "type_code": "380",
        "grand_total": "517.23",
        "iban": IBAN,
    }
    return KnownInvoice.model_validate({**values, **changes})


def history(*invoices: KnownInvoice) -> HistoryFacts:
    return HistoryFacts(tuple(invoices))


def limit(role: str, amount: str, currency: str = "EUR") -> ApprovalLimit:
    return ApprovalLimit.model_validate({"company_code": "1000", "role": role, "amount": amount, "currency": currency})


def found(changes: dict[str, Any] | None = None, prefix: str = "", **known: Any) -> list[tuple[str, str, str]]:
    """Code, severity and path of what ``check`` finds, of one family of codes."""
    return [as_row(finding) for finding in check(document(changes), facts(**known)) if finding.code.startswith(prefix)]


def as_row(finding: Finding) -> tuple[str, str, str]:
    return (finding.code, finding.severity.value, finding.path)
