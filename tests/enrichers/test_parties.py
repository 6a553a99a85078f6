"""identify: keys that agree, keys that contradict, keys that are not enough."""

from typing import Any

import pytest

from enrichers import identify, keys_of_vendor, party_keys
from enrichers.names import bare_name, likeness
from schemas.facts import PartyFacts
from schemas.invoice import Invoice
from schemas.master import Company, Vendor, VendorBank

IBAN_A, IBAN_B, IBAN_C = "DE89370400440532013000", "FR1420041010050500013M02606", "AT611904300234573201"
A = Vendor(
    vendor_number="0000100001",
    name="Möwe Spedition GmbH & Co. KG",
    vat_id="DE136695976",
    tax_number="20/281/44120",
    gln="4012345000016",
    postcode="24103",
    city="Kiel",
    country="DE",
)
B = Vendor(vendor_number="100002", name="Roulements Lemaire SARL", vat_id="FR40303265045", postcode="69007", country="FR")
C = Vendor(vendor_number="100003", name="Möwe Lager GmbH", postcode="24103", city="Kiel", country="DE")
A_BRANCH = A.model_copy(update={"vendor_number": "100009", "postcode": "18055", "city": "Rostock"})
SWISS = Vendor(vendor_number="100004", name="Feinmechanik AG", vat_id="CHE-123.456.788 MWST", postcode="8005", country="CH")
BANKS = (
    VendorBank(vendor_number="0000100001", iban=IBAN_A),
    VendorBank(vendor_number="100002", iban=IBAN_B),
)
FIRST = Company(
    company_code="1000",
    name="Nordwerk Maschinenbau GmbH",
    vat_id="DE129273398",
    gln="9012345000028",
    postcode="20457",
    country="DE",
)
SECOND = Company(company_code="2000", name="Nordwerk Logistik GmbH", vat_id="ATU13585627", postcode="20457", country="AT")
BUYER = {"name": "Nordwerk Maschinenbau GmbH", "postcode": "20457"}


def run(seller: dict[str, Any], iban: str | None = None, vendors: Any = (A, B, C), **more: Any) -> Any:
    invoice = Invoice.model_validate({"seller": seller, "buyer": more.pop("buyer", BUYER), "payment": {"iban": iban}})
    facts = PartyFacts(more.pop("companies", (FIRST, SECOND)), tuple(vendors), more.pop("banks", BANKS))
    return identify(invoice, facts)


def outcome(identity: Any) -> tuple[str | None, list[str]]:
    return (identity.vendor.vendor_number if identity.vendor else None, [f"{f.code} {f.path}" for f in identity.findings])


NAME_A = {"name": "Moewe Spedition GmbH und Co KG", "postcode": "D-24103"}
NO_VENDOR, CONFLICT = "ENRICH-NO-VENDOR", "ENRICH-VENDOR-CONFLICT"

VENDORS: list[Any] = [
    pytest.param({"vat_id": "DE 136 695 976"}, None, "0000100001", [], id="VAT id"),
    pytest.param({"tax_number": "DE136695976"}, None, "0000100001", [], id="VAT id in the field of the tax number"),
    pytest.param({"tax_number": "2028144120", **NAME_A}, None, "0000100001", [], id="tax number"),
    pytest.param({"gln": "4012345000016"}, None, "0000100001", [], id="GLN"),
    pytest.param({"id": "100001", "name": "Möwe Spedition"}, None, "0000100001", [], id="our number, zeros do not count"),
    pytest.param(
        {"id": "100002", "name": "Kanzlei Albers"}, None, None, [f"{NO_VENDOR} seller"], id="a number that means another"
    ),
    pytest.param(NAME_A, None, "0000100001", [], id="name and postcode"),
    pytest.param({**NAME_A, "postcode": "99999"}, None, None, [f"{NO_VENDOR} seller"], id="name at another postcode"),
    pytest.param({"name": "Möwe Spedition GmbH & Co. KG", "city": "Kiel"}, None, "0000100001", [], id="whole name and city"),
    pytest.param({"name": "Möwe Spedition", "city": "Kiel"}, None, None, [f"{NO_VENDOR} seller"], id="half a name and city"),
    pytest.param({"name": "Möwe Spedition"}, IBAN_A, "0000100001", [], id="account and plausible name"),
    pytest.param({"name": "Factor Bank AG"}, IBAN_A, None, [f"{NO_VENDOR} seller"], id="account under another name"),
    pytest.param({}, None, None, [f"{NO_VENDOR} seller"], id="nothing"),
    pytest.param({"vat_id": "DE136695976"}, IBAN_B, "0000100001", [f"{CONFLICT} payment.iban"], id="paid to another vendor"),
    pytest.param({"vat_id": "DE136695976"}, IBAN_C, "0000100001", [], id="account nobody knows: a check of its own"),
    pytest.param(
        {"vat_id": "FR40303265045", **NAME_A}, None, None, [f"{CONFLICT} seller.name"], id="VAT id of one, name of another"
    ),
    pytest.param(
        {"vat_id": "FR40303265045", "gln": "4012345000016"}, None, None, [f"{CONFLICT} seller.gln"], id="VAT id against GLN"
    ),
    pytest.param(
        {"vat_id": "DE129274202", **NAME_A}, None, "0000100001", [f"{CONFLICT} seller.vat_id"], id="known name, unknown VAT id"
    ),
    pytest.param({"vat_id": "ATU13585627", **NAME_A}, None, "0000100001", [], id="registered in another country too"),
    pytest.param({"vat_id": "DE129273398"}, None, None, [f"{NO_VENDOR} seller"], id="we ourselves"),
]


@pytest.mark.parametrize(("seller", "iban", "vendor", "findings"), VENDORS)
def test_vendor(seller: dict[str, Any], iban: str | None, vendor: str | None, findings: list[str]) -> None:
    assert outcome(run(seller, iban)) == (vendor, findings)


def test_agreeing_keys_are_named() -> None:
    identity = run({"vat_id": "DE136695976", **NAME_A}, IBAN_A)
    assert identity.vendor_keys == ("vat_id", "name", "iban")


def test_two_vendor_numbers_of_one_firm() -> None:
    vendors = (A, A_BRANCH)
    assert outcome(run({"vat_id": "DE136695976", "postcode": "18055"}, None, vendors)) == ("100009", [])
    assert outcome(run({"vat_id": "DE136695976"}, IBAN_A, vendors)) == ("0000100001", [])
    assert outcome(run({"vat_id": "DE136695976"}, None, vendors)) == (None, [f"{CONFLICT} seller"])


@pytest.mark.parametrize("vat_id", ["CHE-123.456.788", "CHE123456788TVA", "CHE-123.456.788 IVA"])
def test_swiss_suffix_does_not_count(vat_id: str) -> None:
    assert outcome(run({"vat_id": vat_id}, None, (SWISS,)))[0] == "100004"


def test_group_company_may_be_a_vendor_of_another_one() -> None:
    sister = Vendor(vendor_number="500", name=SECOND.name, vat_id=SECOND.vat_id, country="AT")
    assert outcome(run({"vat_id": SECOND.vat_id}, None, (sister,))) == ("500", [])
    own = Vendor(vendor_number="501", name=FIRST.name, vat_id=FIRST.vat_id, country="DE")
    assert outcome(run({"vat_id": FIRST.vat_id}, None, (own,))) == (None, [f"{NO_VENDOR} seller"])


NO_COMPANY = ["ENRICH-NO-COMPANY buyer"]


@pytest.mark.parametrize(
    ("buyer", "company", "findings"),
    [
        pytest.param({"vat_id": "DE129273398"}, "1000", [], id="VAT id"),
        pytest.param({"gln": "9012345000028"}, "1000", [], id="GLN"),
        pytest.param(BUYER, "1000", [], id="name and postcode"),
        pytest.param({"name": "NORDWERK Maschinenbau", "postcode": "20457"}, "1000", [], id="without legal form"),
        pytest.param({"name": "Nordwerk Maschinenbau GmbH", "postcode": "21107"}, "1000", [], id="whole name, another site"),
        pytest.param({"name": "Nordwerk", "postcode": "20457"}, None, NO_COMPANY, id="fits two companies"),
        pytest.param({"name": "Südwerk Anlagen AG", "postcode": "20457"}, None, NO_COMPANY, id="somebody else"),
        pytest.param({**BUYER, "vat_id": "ATU13585627"}, None, NO_COMPANY, id="VAT id and name disagree"),
        pytest.param({}, None, NO_COMPANY, id="nothing"),
    ],
)
def test_company(buyer: dict[str, Any], company: str | None, findings: list[str]) -> None:
    identity = run({"vat_id": "DE136695976"}, buyer=buyer)
    assert identity.company is None if company is None else identity.company.company_code == company
    assert [f"{finding.code} {finding.path}" for finding in identity.findings] == findings


@pytest.mark.parametrize(
    ("seller", "iban"),
    [
        ({"vat_id": "de136695976"}, None),
        (NAME_A, None),
        ({"id": "100001"}, None),
        ({}, IBAN_A),
        ({"tax_number": "20 281 44120"}, None),
    ],
)
def test_keys_of_both_sides_meet(seller: dict[str, Any], iban: str | None) -> None:
    """The shell finds the vendor by at least one common value."""
    printed = party_keys(Invoice.model_validate({"seller": seller, "payment": {"iban": iban}}))
    stored = keys_of_vendor(A, [IBAN_A])
    assert any(set(getattr(printed, field)) & set(getattr(stored, field)) for field in vars(stored))


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Möwe GmbH", "Moewe G.m.b.H.", True),
        ("Gebr. Müller OHG", "Gebr. Mueller OHG", True),
        ("Łódź Sp. z o.o.", "Lódz Sp z o o", True),
        ("Albers Rechtsanwälte", "Albers Elektro", False),
        ("Nordwerk GmbH", "Südwerk GmbH", False),
        ("", "Nordwerk", False),
    ],
)
def test_names(one: str, other: str, alike: bool) -> None:
    assert (likeness(one, other) >= 88) is alike


def test_a_name_of_legal_forms_only_stays() -> None:
    assert bare_name("KG AG") == "kg ag"
