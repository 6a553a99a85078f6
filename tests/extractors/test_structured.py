"""What the two syntaxes say, term by term where the tables have more than a plain path."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from extractors import read
from schemas import Document, Invoice, Kind, Source
from tests.extractors.invoices import cii, cii_line, ubl


def document_of(data: bytes) -> Document:
    (document,) = read(data, "invoice.xml").documents
    return document


def invoice_of(data: bytes) -> Invoice:
    document = document_of(data)
    assert document.invoice is not None
    return document.invoice


@pytest.mark.parametrize(("data", "source"), [(cii(), Source.CII), (ubl(), Source.UBL)])
def test_plain_invoice_is_accepted(data: bytes, source: Source) -> None:
    extraction = read(data, "x.xml")
    (document,) = extraction.documents
    assert (document.kind, document.source, document.accepted, document.findings) == (Kind.INVOICE, source, True, [])
    assert (extraction.pages, document.pages) == (0, [])
    invoice = document.invoice
    assert invoice is not None
    assert (invoice.number, invoice.issue_date, invoice.currency) == ("R-4711", date(2026, 11, 2), "EUR")
    assert (invoice.seller.name, invoice.buyer.name) == ("Armaturen Süd GmbH", "Werk Nord GmbH")
    assert (invoice.lines[0].quantity, invoice.lines[0].unit, invoice.lines[0].net_amount) == (
        Decimal(4),
        "H87",
        Decimal("100.00"),
    )
    assert invoice.notes == []
    assert document.evidence["totals.grand_total"][0].proofs == ["structured"]
    assert document.evidence["totals.grand_total"][0].path is not None


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        pytest.param(cii(type_code="380"), Kind.INVOICE, id="380"),
        pytest.param(cii(type_code="381"), Kind.CREDIT_NOTE, id="381"),
        pytest.param(cii(type_code="384"), Kind.INVOICE, id="384 positive"),
        pytest.param(
            cii(type_code="384", net="-100.00", tax="-19.00", gross="-119.00", lines=cii_line(quantity="-4", amount="-100.00")),
            Kind.CREDIT_NOTE,
            id="384 negative",
        ),
        pytest.param(cii(type_code="261"), Kind.CREDIT_NOTE, id="261"),
        pytest.param(cii(type_code="325"), Kind.OTHER, id="pro forma"),
        pytest.param(ubl(root="CreditNote", type_code="381"), Kind.CREDIT_NOTE, id="UBL credit note"),
    ],
)
def test_kinds(data: bytes, kind: Kind) -> None:
    document = document_of(data)
    assert document.kind is kind
    assert document.accepted == (kind is not Kind.OTHER)


def test_missing_lines_are_named() -> None:
    document = document_of(cii(lines=""))
    assert [(finding.code, finding.path) for finding in document.findings] == [("READ-UNSURE", "lines")]
    assert not document.accepted


@pytest.mark.parametrize("field", ["number", "seller"])
def test_missing_header_values_are_named(field: str) -> None:
    document = document_of(cii(**{field: " "}))
    path = {"number": "number", "seller": "seller.name"}[field]
    assert ("READ-UNSURE", path) in [(finding.code, finding.path) for finding in document.findings]
    assert not document.accepted


def test_wrong_figures_are_not_accepted() -> None:
    document = document_of(cii(gross="191.00"))
    assert {finding.code for finding in document.findings} == {"ARITH-GRAND-TOTAL"}
    assert not document.accepted


TERMS = "<ram:SpecifiedTradePaymentTerms><ram:Description>{}</ram:Description></ram:SpecifiedTradePaymentTerms>"


@pytest.mark.parametrize(
    ("text", "discounts"),
    [
        pytest.param("#SKONTO#TAGE=14#PROZENT=2.25#\n", [("2.25", 14)], id="one"),
        pytest.param(
            "#SKONTO#TAGE=7#PROZENT=3.00#\n#SKONTO#TAGE=14#PROZENT=2.00#\nDanke", [("3.00", 7), ("2.00", 14)], id="two and words"
        ),
        pytest.param("#SKONTO#TAGE=14#PROZENT=2#\n", [], id="not two decimals"),
        pytest.param("#SKONTO#TAGE=14#PROZENT=2.25#BASISBETRAG=50.00#\n", [], id="on a part only"),
        pytest.param("#VERZUG#TAGE=30#PROZENT=5.00#\n", [], id="penalty"),
        pytest.param("2 % Skonto in 14 Tagen", [], id="words only"),
    ],
)
def test_cash_discounts_of_xrechnung(text: str, discounts: list[tuple[str, int]]) -> None:
    terms = invoice_of(cii(terms=TERMS.format(text))).payment_terms
    assert [(str(discount.percent), discount.days) for discount in terms.discounts] == discounts
    assert terms.text == text.strip()


def test_cash_discounts_of_extended() -> None:
    terms = """<ram:SpecifiedTradePaymentTerms><ram:Description>x</ram:Description>
      <ram:DueDateDateTime><udt:DateTimeString format="102">20261202</udt:DateTimeString></ram:DueDateDateTime>
      <ram:ApplicableTradePaymentDiscountTerms><ram:BasisPeriodMeasure unitCode="DAY">10</ram:BasisPeriodMeasure>
      <ram:CalculationPercent>2</ram:CalculationPercent></ram:ApplicableTradePaymentDiscountTerms></ram:SpecifiedTradePaymentTerms>"""
    invoice = invoice_of(cii(terms=terms))
    assert [(discount.percent, discount.days) for discount in invoice.payment_terms.discounts] == [(Decimal(2), 10)]
    assert invoice.due_date == date(2026, 12, 2)


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        ("102", "20261102", date(2026, 11, 2)),
        ("102", "2026-11-02", date(2026, 11, 2)),
        ("102", "20261302", None),
        ("102", "20260230", None),
        ("102", "02.11.2026", None),
        ("102", "261102", None),
        ("610", "202611", None),
        ("203", "202611021200", None),
    ],
)
def test_dates(form: str, text: str, value: date | None) -> None:
    document = document_of(cii(date=text).replace(b'format="102"', f'format="{form}"'.encode()))
    assert document.invoice is not None
    assert document.invoice.issue_date == value
    assert document.accepted == (value is not None)
    assert ("FORM-DATE" in {finding.code for finding in document.findings}) == (value is None)


def test_groups_and_information_lines_do_not_count() -> None:
    group = "<ram:LineStatusReasonCode>GROUP</ram:LineStatusReasonCode>"
    detail = "<ram:ParentLineID>1</ram:ParentLineID><ram:LineStatusReasonCode>DETAIL</ram:LineStatusReasonCode>"
    lines = cii_line(subtype=group, name="Los 1") + cii_line(id="1.1", subtype=detail)
    document = document_of(cii(lines=lines))
    assert document.accepted, document.findings
    assert document.invoice is not None
    assert [line.id for line in document.invoice.lines] == ["1.1"]
    assert [(line.id, line.subtype) for line in document.invoice.information_lines] == [("1", "GROUP")]
    assert document.invoice.lines[0].parent_id == "1"


def test_sub_lines_of_the_xrechnung_extension() -> None:
    sub = """<cac:SubInvoiceLine><cbc:ID>1.1</cbc:ID><cbc:InvoicedQuantity unitCode="H87">4</cbc:InvoicedQuantity>
      <cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount><cac:Item><cbc:Name>Teil</cbc:Name></cac:Item>
      </cac:SubInvoiceLine>"""
    document = document_of(ubl(in_line=sub))
    assert document.accepted, document.findings
    assert document.invoice is not None
    assert [line.id for line in document.invoice.lines] == ["1"]
    assert [(line.id, line.parent_id, line.name) for line in document.invoice.information_lines] == [("1.1", "1", "Teil")]
    assert document.invoice.notes == []


XRECHNUNG = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
EXTENSION = f"{XRECHNUNG}#conformant#urn:xeinkauf.de:kosit:extension:xrechnung_3.0"
PREPAID = """<cac:PrepaidPayment><cbc:ID>Fremdforderung</cbc:ID><cbc:PaidAmount currencyID="EUR">3.00</cbc:PaidAmount>
  <cbc:InstructionID>Parkgebühr</cbc:InstructionID></cac:PrepaidPayment>"""


@pytest.mark.parametrize(
    ("specification", "due", "accepted"),
    [(EXTENSION, "122.00", True), (EXTENSION, "119.00", False), (XRECHNUNG, "119.00", True)],
)
def test_third_party_payments_only_in_the_extension(specification: str, due: str, accepted: bool) -> None:
    document = document_of(ubl(specification=specification, more=PREPAID, due=due))
    assert document.accepted == accepted
    assert document.invoice is not None
    assert bool(document.invoice.third_party_payments) == (specification == EXTENSION)


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("#AAI#Danke", ("Danke", "AAI")),
        ("Nur Text", ("Nur Text", None)),
        ("#12# kein Code", ("#12# kein Code", None)),
        ("#AAI#", ("#AAI#", None)),
    ],
)
def test_subject_codes_of_ubl_notes(note: str, expected: tuple[str, str | None]) -> None:
    (read_note,) = invoice_of(ubl(notes=f"<cbc:Note>{note}</cbc:Note>")).notes
    assert (read_note.text, read_note.subject_code) == expected


def test_unknown_content_is_kept_with_its_place() -> None:
    document = document_of(cii(agreement="<ram:BuyerAgentTradeParty><ram:Name>Einkauf eG</ram:Name></ram:BuyerAgentTradeParty>"))
    assert document.accepted
    assert document.invoice is not None
    (note,) = document.invoice.notes
    assert note.path is not None
    assert note.path.endswith("/ram:BuyerAgentTradeParty/ram:Name")
    assert note.text == f"{note.path}: Einkauf eG"
    assert note.subject_code is None


def party(more: str) -> bytes:
    return ubl().replace(b"<cac:AccountingSupplierParty><cac:Party>", f"<cac:AccountingSupplierParty><cac:Party>{more}".encode())


IDS = "".join(
    f"<cac:PartyIdentification><cbc:ID{scheme}>{text}</cbc:ID></cac:PartyIdentification>"
    for scheme, text in (
        ("", "70001"),
        (' schemeID="0088"', "4012345000009"),
        (' schemeID="0204"', "991-1"),
        (' schemeID="SEPA"', "DE98ZZZ09999999999"),
        ("", "70002"),
    )
)


def test_party_identifiers_are_told_apart() -> None:
    invoice = invoice_of(party(IDS))
    assert (invoice.seller.id, invoice.seller.gln, invoice.payment.creditor_id) == (
        "70001",
        "4012345000009",
        "DE98ZZZ09999999999",
    )
    assert [(other.id, other.scheme) for other in invoice.seller.other_ids] == [("991-1", "0204"), ("70002", None)]
    assert invoice.notes == []


@pytest.mark.parametrize(
    ("data", "kind"), [("Order", Kind.ORDER), ("DespatchAdvice", Kind.DELIVERY_NOTE), ("Reminder", Kind.REMINDER)]
)
def test_other_business_documents_are_named(data: str, kind: Kind) -> None:
    xml = f'<{data} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{data}-2"/>'.encode()
    document = document_of(xml)
    assert (document.kind, document.accepted) == (kind, False)
    assert [finding.code for finding in document.findings] == ["READ-NOT-INVOICE"]


def test_document_inside_a_peppol_envelope() -> None:
    inner = ubl().partition(b"?>")[2]
    space = b"http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
    header = b"<StandardBusinessDocumentHeader><HeaderVersion>1.0</HeaderVersion></StandardBusinessDocumentHeader>"
    data = b'<StandardBusinessDocument xmlns="' + space + b'">' + header + inner + b"</StandardBusinessDocument>"
    document = document_of(data)
    assert document.accepted, document.findings
    assert invoice_of(data).number == "R-4711"


ACCOUNTS: list[tuple[str, Any]] = [
    ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
    ("SE:BANKGIRO 123", "SE:BANKGIRO 123"),
]


@pytest.mark.parametrize(("written", "iban"), ACCOUNTS)
def test_accounts(written: str, iban: str) -> None:
    payment = invoice_of(cii(iban=written)).payment
    assert payment.iban == iban
    assert [account.iban for account in payment.accounts] == [iban]
