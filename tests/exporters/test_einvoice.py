"""What the XML writers write is valid by two judges, says all the invoice says, and invents nothing."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

import exporters
import extractors
from exporters.einvoice import write_xml
from exporters.notice import MARKER
from exporters.profiles import profiles
from pipeline.official import OfficialJudge
from schemas import Invoice, Note, Party, Payment, Totals
from schemas.invoice import Identifier, ThirdPartyPayment
from tests.exporters import invoices as made
from validators.norm import validate

INVOICE_PROFILES = [name for name in profiles() if name not in ("zugferd-minimum", "zugferd-basic-wl", "peppol-ubl")]


@pytest.fixture(scope="module")
def judge() -> Iterator[OfficialJudge]:
    with OfficialJudge() as opened:
        yield opened


def fatal(violations: Any) -> list[str]:
    return [f"{each.rule} {each.location} {each.message}" for each in violations if each.severity == "fatal"]


def fitting(invoice: Invoice, profile: str) -> Invoice:
    """The invoice without what a smaller profile refuses: a rounding amount, or an e-mail address as electronic address."""
    if profile == "peppol-ubl":
        invoice.seller.electronic_address, invoice.seller.electronic_address_scheme = "DE123456788", "9930"
    if "basic" in profile and invoice.totals.rounding:
        invoice.totals.rounding, invoice.totals.due_payable = None, Decimal("100.35")
    return invoice


def written(invoice: Invoice, profile: str, **more: Any) -> bytes:
    return write_xml(invoice, profiles()[profile], made.context(**more)).data


@pytest.mark.parametrize("profile", INVOICE_PROFILES)
@pytest.mark.parametrize("name", made.samples())
def test_every_sample_is_valid_by_our_rules(name: str, profile: str) -> None:
    report = validate(written(fitting(made.samples()[name], profile), profile))
    assert fatal(report.violations) == []
    assert report.syntax == profiles()[profile].syntax


@pytest.mark.parametrize("profile", profiles())
def test_every_sample_is_valid_by_the_official_rules(profile: str, judge: OfficialJudge) -> None:
    if not judge.available():
        pytest.skip("saxonche is not installed")
    for name, invoice in made.samples().items():
        data = written(fitting(invoice, profile), profile)
        assert fatal(judge.judge(data)) == [], name


def test_peppol_with_an_address_it_knows(judge: OfficialJudge) -> None:
    known = made.seller(electronic_address="DE123456788", electronic_address_scheme="9930")
    invoice = made.full_invoice()
    invoice.seller.electronic_address, invoice.seller.electronic_address_scheme = known.electronic_address, "9930"
    data = written(invoice, "peppol-ubl")
    assert fatal(validate(data).violations) == []
    if judge.available():
        assert fatal(judge.judge(data)) == []
    assert len(etree.fromstring(data).findall("{*}Note")) == 1  # PEPPOL-EN16931-R002


@pytest.mark.parametrize("profile", ["en16931-ubl", "en16931-cii", "xrechnung-ubl", "xrechnung-cii", "zugferd-extended"])
@pytest.mark.parametrize("name", made.samples())
def test_reading_what_was_written_gives_the_same_invoice(name: str, profile: str) -> None:
    invoice = made.samples()[name]
    document = extractors.read(written(invoice, profile), "invoice.xml").documents[0]
    assert document.invoice is not None
    assert document.accepted, document.findings
    assert list(differences(invoice.model_dump(), document.invoice.model_dump())) == []


def differences(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Paths of what was stated before and is not stated, or otherwise, after. Added values are no difference."""
    if path in (".specification", ".business_process") or path.startswith(".payment_terms"):
        return
    if isinstance(before, dict):
        for key, value in before.items():
            yield from differences(value, after[key], f"{path}.{key}")
    elif isinstance(before, list):
        if len(after) < len(before):
            yield f"{path}: {len(before)} became {len(after)}"
        for index, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from differences(one, other, f"{path}[{index}]")
    elif before is not None and before != after:
        yield f"{path}: {before!r} became {after!r}"


@pytest.mark.parametrize(
    ("change", "profile", "missing"),
    [
        ({"buyer_reference": None}, "xrechnung-ubl", ["buyer_reference"]),
        ({"buyer_reference": None}, "en16931-ubl", []),
        ({"payment": Payment()}, "xrechnung-cii", ["payment.means_code"]),
        ({"payment": Payment()}, "en16931-cii", []),
        ({"seller": made.seller(contact=None, phone=None)}, "xrechnung-ubl", ["seller.contact", "seller.phone"]),
        ({"seller": made.seller(country=None)}, "en16931-ubl", ["seller.country"]),
        (
            {"seller": made.seller(vat_id=None)},
            "en16931-ubl",
            ["seller.id|seller.gln|seller.other_ids|seller.registration|seller.vat_id"],
        ),
        ({"tax_breakdown": []}, "en16931-cii", ["tax_breakdown"]),
        ({"lines": []}, "zugferd", ["lines"]),
        ({"lines": []}, "zugferd-basic-wl", []),
        ({"lines": [made.line(quantity=None, name=None)]}, "en16931-ubl", ["lines[0].quantity", "lines[0].name"]),
        ({"lines": [made.line(), made.line(tax_category=None, tax_rate=None)]}, "en16931-ubl", ["lines[1].tax_category"]),
        ({"number": None, "issue_date": None, "currency": None}, "zugferd-minimum", ["number", "issue_date", "currency"]),
        ({"deliver_to": Party(name="Lager", country="DE")}, "xrechnung-ubl", ["deliver_to.city", "deliver_to.postcode"]),
        ({"deliver_to": Party(name="Lager", country="DE")}, "en16931-ubl", []),
    ],
)
def test_what_nobody_holds_is_named_and_not_invented(change: dict[str, Any], profile: str, missing: list[str]) -> None:
    invoice = made.plain_invoice(**change)
    if not missing:
        written(invoice, profile)
        return
    with pytest.raises(exporters.MissingData) as raised:
        written(invoice, profile)
    assert raised.value.paths == missing


def test_master_data_fill_what_is_missing_and_say_so() -> None:
    bare = made.plain_invoice(
        buyer_reference=None,
        seller=Party(name="Beispiel Werkzeuge GmbH", vat_id="DE123456788", city="Bremerhaven"),
        buyer=Party(name="Muster Maschinenbau AG"),
    )
    done = exporters.write("xrechnung-ubl", bare, made.context(seller_master=made.vendor(), buyer_master=made.company()))
    assert fatal(validate(done.data).violations) == []
    assert "seller.city" not in done.from_master, "what is printed stays"
    assert {"seller.country", "seller.postcode", "seller.contact", "buyer.electronic_address", "buyer_reference"} <= set(
        done.from_master
    )
    text = done.data.decode()
    assert "Bremerhaven" in text
    assert "EINKAUF-1" in text
    assert "added from master data: " in text
    assert "buyer_reference" in text, "the note names each field"
    assert bare.buyer.city is None, "the invoice passed in stays as it is"


def test_master_data_are_not_used_where_the_profile_does_not_ask() -> None:
    done = exporters.write(
        "en16931-ubl", made.plain_invoice(), made.context(seller_master=made.vendor(), buyer_master=made.company())
    )
    assert done.from_master == []
    assert b"master data" not in done.data


@pytest.mark.parametrize(
    ("change", "profile", "field"),
    [
        ({"totals": made.full_invoice().totals}, "zugferd-basic", "totals.rounding"),
        ({"lines": [made.line(net_amount=Decimal("100.005"))]}, "en16931-ubl", "BT-131"),
        ({"lines": [made.line(net_amount=Decimal("100.000"))]}, "en16931-ubl", None),
        ({"lines": [made.line(net_price=Decimal("50.12345"))]}, "en16931-cii", None),
        ({"notes": [Note(text="a\x01b")]}, "en16931-cii", "BT-22"),
        ({"third_party_payments": [ThirdPartyPayment(type="x", amount=Decimal(1))]}, "xrechnung-ubl", "third_party_payments"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_whole(change: dict[str, Any], profile: str, field: str | None) -> None:
    invoice = made.plain_invoice(**change)
    if field is None:
        written(invoice, profile)
        return
    with pytest.raises(exporters.DoesNotFit) as raised:
        written(invoice, profile)
    assert raised.value.field == field
    assert raised.value.value


def test_totals_follow_from_their_parts_and_are_marked() -> None:
    done = exporters.write("en16931-ubl", made.plain_invoice(totals=Totals()), made.context())
    assert set(done.derived) == {
        "totals.line_total", "totals.tax_basis_total", "totals.tax_total", "totals.grand_total", "totals.due_payable",
    }  # fmt: skip
    root = etree.fromstring(done.data)
    assert root.findtext(".//{*}TaxInclusiveAmount") == "119.00"


def test_no_total_is_derived_from_half_of_its_parts() -> None:
    with pytest.raises(exporters.MissingData) as raised:
        written(made.plain_invoice(totals=Totals(), lines=[made.line(), made.line(2, net_amount=None)]), "en16931-ubl")
    assert "totals.line_total" in raised.value.paths


@pytest.mark.parametrize(
    ("profile", "lost"),
    [
        ("zugferd-extended", []),
        ("en16931-ubl", ["lines[*].purchase_order"]),
        ("zugferd-basic", ["seller.contact", "seller.phone", "seller.email", "payment[*].bic", "lines[*].purchase_order"]),
    ],
)
def test_what_the_target_has_no_place_for_is_reported(profile: str, lost: list[str]) -> None:
    invoice = made.plain_invoice(lines=[made.line(1, purchase_order="A"), made.line(2, purchase_order="B")])
    invoice.totals = Totals(
        line_total=Decimal(200), tax_basis_total=Decimal(200), grand_total=Decimal(219), due_payable=Decimal(219)
    )
    assert write_xml(invoice, profiles()[profile], made.context()).not_carried == lost


def test_second_identifiers_and_foreign_content_are_reported() -> None:
    invoice = made.plain_invoice(
        buyer=made.buyer(id="K-1", gln="4012345000009", tax_number="99/1", other_ids=[Identifier(id="1", scheme="0060")]),
        notes=[Note(text="x: 1", path="/Invoice/x")],
        information_lines=[made.line(9)],
    )
    lost = write_xml(invoice, profiles()["en16931-ubl"], made.context()).not_carried
    assert set(lost) == {"notes[0]", "information_lines[0]", "buyer.other_ids", "buyer.id", "buyer.tax_number"}
    assert "buyer.id" not in write_xml(invoice, profiles()["en16931-cii"], made.context()).not_carried


def test_credit_notes_have_their_own_root_in_ubl() -> None:
    root = etree.fromstring(written(made.credit_note(), "en16931-ubl"))
    assert etree.QName(root).localname == "CreditNote"
    assert root.findtext("{*}PaymentMeans/{*}PaymentDueDate") == "2026-02-11"
    assert root.findtext("{*}CreditNoteLine/{*}CreditedQuantity") == "2"
    corrected = etree.fromstring(written(made.plain_invoice(type_code="384"), "en16931-ubl"))
    assert etree.QName(corrected).localname == "Invoice"


@pytest.mark.parametrize(
    ("from_einvoice", "says", "never"),
    [(False, "keine Rechnung i.S.d. § 14 UStG", "Original"), (True, "maßgeblich ist das Original", "§ 14")],
)
def test_a_copy_says_what_it_is(from_einvoice: bool, says: str, never: str) -> None:
    text = written(made.plain_invoice(), "xrechnung-cii", source_is_einvoice=from_einvoice).decode()
    assert f"{MARKER} {made.SHA}" in text
    assert says in text
    assert never not in text


def test_a_copy_of_a_copy_keeps_one_note() -> None:
    again = made.plain_invoice(notes=[Note(text=f"{MARKER} {'1' * 64}, keine Rechnung")])
    assert written(again, "en16931-ubl").decode().count(MARKER) == 1


def test_cash_discounts_take_the_form_of_xrechnung() -> None:
    root = etree.fromstring(written(made.cash_discount(), "xrechnung-ubl"))
    assert root.findtext(".//{*}PaymentTerms/{*}Note") == "Netto 30 Tage\n#SKONTO#TAGE=14#PROZENT=2.00#\n"


def test_json_is_the_invoice_itself() -> None:
    done = exporters.write("json", made.full_invoice(), made.context())
    assert Invoice.model_validate_json(done.data) == made.full_invoice()
    assert done.suffix == ".json"


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(exporters.UnknownFormat, match="xrechnung-ubl"):
        exporters.write("zugferd-3", made.plain_invoice(), made.context())


def test_the_table_of_formats() -> None:
    assert exporters.FORMATS["xrechnung-ubl"].media_type == "application/xml"
    assert exporters.FORMATS["zugferd"].suffix == ".pdf"
    assert set(profiles()) < set(exporters.FORMATS)
