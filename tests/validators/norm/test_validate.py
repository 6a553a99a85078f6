"""The entry point: what it says about anything that is thrown at it, profiles, legal classes, code lists."""

import re

import pytest
from lxml import etree

from exporters.einvoice import write_xml
from exporters.profiles import profiles
from tests.exporters import invoices as made
from validators.norm import LegalClass, Report, artefacts, validate
from validators.norm.code_lists import codes, version
from validators.norm.detection import detect, known_profiles

LAUGHS = b"<!DOCTYPE a [<!ENTITY l 'ha'><!ENTITY m '&l;&l;&l;&l;&l;&l;&l;&l;'>]><a>&m;</a>"


def document(profile: str = "en16931-ubl") -> bytes:
    return write_xml(made.plain_invoice(), profiles()[profile], made.context()).data


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not well-formed"),
        (b"%PDF-1.7", "not well-formed"),
        (b"\x00\xff\xfe", "not well-formed"),
        (b"<a>", "not well-formed"),
        (LAUGHS, "document type"),
        (b"<!DOCTYPE Invoice SYSTEM 'http://127.0.0.1:9/x.dtd'><Invoice/>", "document type"),
        (b"<Invoice/>", "no e-invoice"),
        (b"<Invoice xmlns='urn:x'/>", "no e-invoice"),
        (document().replace(b"schema:xsd:Invoice-2", b"schema:xsd:Invoice-3"), "no e-invoice"),
        ("<?xml version='1.0' encoding='UTF-8'?><a>ä</a>".encode("latin-1"), "not well-formed"),
        (b"<a>" * 100_000, "not well-formed"),
    ],
)
def test_what_is_no_invoice_is_said_to_be_none(data: bytes, says: str) -> None:
    report = validate(data)
    assert not report.valid
    assert [(each.rule, each.legal_class) for each in report.violations] == [("XML", LegalClass.FORMAT)]
    assert says in report.violations[0].message


@pytest.mark.parametrize("amount", ["NaN", "1E400", "INF", "1,00", "", "١", "9" * 5000, "--1", "0x10"])
@pytest.mark.parametrize("profile", ["en16931-ubl", "en16931-cii"])
def test_no_amount_makes_it_fall_over(amount: str, profile: str) -> None:
    root = etree.fromstring(document(profile))
    for element in root.iter("{*}LineTotalAmount", "{*}LineExtensionAmount", "{*}PriceAmount", "{*}Percent", "{*}BasisAmount"):
        element.text = amount
    assert not validate(etree.tostring(root)).valid


def test_a_comment_inside_a_value_does_not_hide_it() -> None:
    data = document().replace(b">119.00</cbc:PayableAmount>", b">11<!-- x -->9.00</cbc:PayableAmount>")
    assert b"<!--" in data
    assert validate(data).valid


def test_a_large_attached_document_is_no_fault() -> None:
    invoice = made.full_invoice()
    invoice.supporting_documents[0].content = "QUJD" * 3_000_000
    assert validate(write_xml(invoice, profiles()["en16931-ubl"], made.context()).data).valid


def test_empty_roots_break_rules_and_nothing_else() -> None:
    for profile in ("en16931-ubl", "en16931-cii"):
        root = etree.fromstring(document(profile))
        for child in list(root):
            root.remove(child)
        report = validate(etree.tostring(root))
        assert {"BR-01", "BR-02", "BR-16", "XSD"} <= {each.rule for each in report.violations}


def test_a_thousand_equal_faults_are_not_a_thousand_lines() -> None:
    invoice = made.plain_invoice(lines=[made.line(number) for number in range(1, 400)])
    data = write_xml(invoice, profiles()["en16931-ubl"], made.context()).data.replace(b"<cbc:Name>Fr", b"<cbc:Name/><cbc:Name>Fr")
    assert len(validate(data).violations) < 300


@pytest.mark.parametrize(
    ("writer", "profile"),
    [
        ("en16931-ubl", "en16931"),
        ("xrechnung-ubl", "xrechnung"),
        ("xrechnung-cii", "xrechnung"),
        ("zugferd", "en16931"),
        ("zugferd-basic", "facturx-basic"),
        ("zugferd-extended", "facturx-extended"),
        ("zugferd-minimum", "facturx-minimum"),
        ("zugferd-basic-wl", "facturx-basic-wl"),
    ],
)
def test_the_profile_is_what_the_document_says(writer: str, profile: str) -> None:
    report = validate(document(writer))
    assert report.profile == profile
    assert report.valid, report.violations


def test_a_chosen_profile_overrides_the_document() -> None:
    bare = made.plain_invoice(buyer_reference=None)
    data = write_xml(bare, profiles()["en16931-ubl"], made.context()).data
    assert validate(data).valid
    assert "BR-DE-15" in {each.rule for each in validate(data, profile="xrechnung").violations}
    assert "PEPPOL-EN16931-R003" in {each.rule for each in validate(data, profile="peppol").violations}


def test_an_unknown_profile_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="xrechnung"):
        validate(document(), profile="zugpferd")


def test_the_report_names_what_judged() -> None:
    assert validate(document("xrechnung-ubl")).rules == ["XSD UBL 2.1", version(), "xrechnung"]
    assert validate(document("zugferd-minimum")).rules == ["XSD Factur-X 1.09", "facturx-minimum"]


def test_the_report_is_what_the_contract_says() -> None:
    shown = Report.model_validate_json(validate(b"").model_dump_json()).as_json()
    assert {"valid", "syntax", "violations"} <= set(shown)
    assert {"rule", "severity", "location", "message"} <= set(shown["violations"][0])


@pytest.mark.parametrize(
    ("old", "new", "rule", "legal"),
    [
        (b"<cbc:ID>RE-2026-0001</cbc:ID>", b"<cbc:ID> </cbc:ID>", "BR-02", LegalClass.CONTENT),
        (b"<cbc:DueDate>", b"<cbc:Whatever/><cbc:DueDate>", "XSD", LegalClass.FORMAT),
        (b'unitCode="H87"', b'unitCode="ZZQ"', "BR-CL-23", LegalClass.BUSINESS_RULE),
    ],
)
def test_what_an_error_means_in_law(old: bytes, new: bytes, rule: str, legal: LegalClass) -> None:
    data = document()
    assert old in data
    (found,) = {each.legal_class for each in validate(data.replace(old, new)).violations if each.rule == rule}
    assert found is legal


def test_without_the_artefacts_the_rules_still_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artefacts, "folder", lambda: None)
    report = validate(document())
    assert report.valid
    assert report.rules[0] == "XSD: not installed"


def test_auto_is_a_profile_and_the_first() -> None:
    assert known_profiles() == ("auto", "en16931", "xrechnung", "peppol", "facturx")
    assert detect(document(), "facturx").artefact_profile == "facturx-en16931"


LISTS = {
    "BR-CL-04": "iso4217", "BR-CL-07": "untdid1153", "BR-CL-08": "untdid4451", "BR-CL-11": "iso6523", "BR-CL-13": "untdid7143",
    "BR-CL-14": "iso3166", "BR-CL-16": "untdid4461", "BR-CL-17": "untdid5305", "BR-CL-19": "untdid5189", "BR-CL-20": "untdid7161",
    "BR-CL-22": "vatex", "BR-CL-23": "unece-rec20", "BR-CL-25": "eas", "BR-CO-09": "vat-prefix",
}  # fmt: skip


@pytest.mark.parametrize("rule", LISTS)
def test_code_lists_are_those_of_the_official_rules(rule: str) -> None:
    sheet = artefacts.stylesheet("Invoice", "")
    if sheet is None:
        pytest.skip("the official rules are not installed")
    text = sheet.path.read_text(encoding="utf-8")
    (test,) = set(re.findall(rf'test="([^"]*)">\s*<xsl:attribute name="id">{rule}<', text))
    official = max((found.split() for found in re.findall(r"'([^']*)'", test)), key=len)
    assert codes(LISTS[rule]) == set(official)
    assert f"Schematron version {version().split()[2]}" in text
