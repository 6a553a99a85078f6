"""Invoices for the writers' tests, built by hand. Nothing is taken from anybody's document."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from exporters import ExportContext
from schemas import (
    Account,
    AllowanceCharge,
    Invoice,
    Line,
    Note,
    Party,
    Payment,
    PaymentTerms,
    Period,
    TaxBreakdown,
    Totals,
)
from schemas.invoice import Attribute, CashDiscount, Classification, Identifier, PrecedingInvoice, SupportingDocument
from schemas.master import Company, Vendor

D = Decimal
SHA = "0f" * 32
CREATED = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


def context(**more: Any) -> ExportContext:
    return ExportContext(created=CREATED, source_sha256=SHA, software_version="1.2.3", **more)


def seller(**more: Any) -> Party:
    stated: dict[str, Any] = {
        "name": "Beispiel Werkzeuge GmbH",
        "vat_id": "DE123456788",
        "street": "Am Hafen 3",
        "postcode": "28217",
        "city": "Bremen",
        "country": "DE",
        "contact": "Frau Özdemir",
        "phone": "+49 421 555010",
        "email": "rechnung@beispiel-werkzeuge.example",
        "electronic_address": "rechnung@beispiel-werkzeuge.example",
        "electronic_address_scheme": "EM",
    }
    return Party(**{**stated, **more})


def buyer(**more: Any) -> Party:
    stated: dict[str, Any] = {
        "name": "Muster Maschinenbau AG",
        "vat_id": "DE987654321",
        "street": "Industriestraße 12",
        "postcode": "70565",
        "city": "Stuttgart",
        "country": "DE",
        "electronic_address": "4012345000009",
        "electronic_address_scheme": "0088",
    }
    return Party(**{**stated, **more})


def line(number: int = 1, **more: Any) -> Line:
    stated: dict[str, Any] = {
        "id": str(number),
        "name": f"Fräser {number}",
        "quantity": D("2"),
        "unit": "H87",
        "net_price": D("50.00"),
        "net_amount": D("100.00"),
        "tax_category": "S",
        "tax_rate": D("19"),
    }
    return Line(**{**stated, **more})


def plain_invoice(**more: Any) -> Invoice:
    """One line, one rate; complete for every profile."""
    stated: dict[str, Any] = {
        "number": "RE-2026-0001",
        "issue_date": date(2026, 1, 12),
        "type_code": "380",
        "currency": "EUR",
        "due_date": date(2026, 2, 11),
        "delivery_date": date(2026, 1, 9),
        "buyer_reference": "04011000-1234512345-06",
        "seller": seller(),
        "buyer": buyer(),
        "payment": Payment(means_code="58", iban="DE02120300000000202051", bic="BYLADEM1001"),
        "payment_terms": PaymentTerms(text="Zahlbar innerhalb von 30 Tagen."),
        "lines": [line()],
        "tax_breakdown": [TaxBreakdown(category="S", rate=D("19"), basis=D("100.00"), amount=D("19.00"))],
        "totals": Totals(
            line_total=D("100.00"),
            tax_basis_total=D("100.00"),
            tax_total=D("19.00"),
            grand_total=D("119.00"),
            due_payable=D("119.00"),
        ),
    }
    return Invoice(**{**stated, **more})


def full_invoice() -> Invoice:
    """Every term of EN 16931 that can stand in one invoice, with two rates, allowances and charges on both levels."""
    first = line(
        1,
        note="Ersatz für Modell B",
        object_id="OBJ-1",
        object_scheme="ABZ",
        quantity=D("10"),
        net_price=D("9.00"),
        gross_price=D("10.00"),
        discount=D("1.00"),
        price_quantity=D("1"),
        price_unit="H87",
        net_amount=D("90.00"),
        purchase_order_line="10",
        buyer_accounting_reference="KST 4711",
        period=Period(start=date(2026, 1, 1), end=date(2026, 1, 31)),
        allowances=[
            AllowanceCharge(amount=D("9.00"), basis=D("90.00"), percent=D("10"), reason="Mengenrabatt", reason_code="95")
        ],
        charges=[AllowanceCharge(amount=D("9.00"), reason="Verpackung", reason_code="PC")],
        description="Hartmetall, 8 mm",
        seller_item_id="FR-8",
        buyer_item_id="B-77",
        gtin="4012345001235",
        classifications=[Classification(code="23171515", list_id="TST", list_version="19.05")],
        origin_country="CH",
        attributes=[Attribute(name="Farbe", value="silber")],
    )
    second = line(2, quantity=D("1.5"), unit="HUR", net_price=D("40.00"), net_amount=D("60.00"), tax_rate=D("7"), name="Schulung")
    return plain_invoice(
        accounting_currency="CHF",
        tax_point_code="35",
        project_reference="P-1",
        contract_reference="V-2",
        purchase_order_reference="4500000001",
        sales_order_reference="SO-9",
        receiving_advice_reference="WE-3",
        delivery_note_reference="LS-4",
        tender_reference="T-5",
        invoiced_object="ZÄHLER-1",
        invoiced_object_scheme="ABZ",
        buyer_accounting_reference="KST 1",
        notes=[Note(text="Es gelten unsere Bedingungen.", subject_code="AAI"), Note(text="Vielen Dank")],
        business_process="urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
        preceding_invoice_reference="RE-2025-0999",
        preceding_invoice_date=date(2025, 12, 1),
        further_preceding_invoices=[PrecedingInvoice(number="RE-2025-0998")],
        seller=seller(
            trading_name="Werkzeug-Beispiel",
            id="LIEF-1",
            gln="4000001123452",
            other_ids=[Identifier(id="55", scheme="0060")],
            registration="HRB 123",
            registration_scheme="0002",
            tax_number="60/123/45678",
            legal_information="Geschäftsführerin: A. Beispiel",
            address_line_2="Hof 2",
            address_line_3="Tor 7",
            region="HB",
        ),
        buyer=buyer(
            trading_name="MM", gln="4012345000009", registration="HRB 9", contact="Einkauf", phone="0711 1", email="ek@mm.example"
        ),
        payee=Party(name="Factoring Beispiel AG", id="F-1", registration="HRB 77"),
        tax_representative=Party(
            name="Fiskal GmbH", vat_id="DE111111125", street="Weg 1", postcode="10115", city="Berlin", country="DE"
        ),
        deliver_to=Party(name="Lager Süd", gln="4012345000016", street="Tor 1", postcode="70565", city="Stuttgart", country="DE"),
        period=Period(start=date(2026, 1, 1), end=date(2026, 1, 31)),
        payment=Payment(
            means_code="30",
            means_text="Überweisung",
            remittance="RE-2026-0001",
            accounts=[
                Account(iban="DE02120300000000202051", name="Factoring", bic="BYLADEM1001"),
                Account(iban="DE02500105170137075030"),
            ],
        ),
        allowances=[
            AllowanceCharge(amount=D("10.00"), basis=D("150.00"), percent=D("6.67"), category="S", rate=D("19"), reason="Bonus")
        ],
        charges=[AllowanceCharge(amount=D("5.00"), category="S", rate=D("19"), reason="Fracht", reason_code="FC")],
        totals=Totals(
            line_total=D("150.00"),
            allowance_total=D("10.00"),
            charge_total=D("5.00"),
            tax_basis_total=D("145.00"),
            tax_total=D("20.35"),
            tax_total_accounting=D("19.00"),
            grand_total=D("165.35"),
            prepaid=D("65.00"),
            rounding=D("-0.35"),
            due_payable=D("100.00"),
        ),
        tax_breakdown=[
            TaxBreakdown(category="S", rate=D("19"), basis=D("85.00"), amount=D("16.15")),
            TaxBreakdown(category="S", rate=D("7"), basis=D("60.00"), amount=D("4.20")),
        ],
        supporting_documents=[
            SupportingDocument(
                reference="ANLAGE-1",
                description="Stundenzettel",
                location="https://beispiel-werkzeuge.example/anlage",
                content="UERG",
                media_type="application/pdf",
                file_name="anlage.pdf",
            )
        ],
        lines=[first, second],
    )


def untaxed(category: str, reason: str, **more: Any) -> Invoice:
    """An invoice without tax: E, AE, K, G or Z by its category; ``reason`` may be empty."""
    return plain_invoice(
        lines=[line(tax_category=category, tax_rate=D("0"))],
        tax_breakdown=[
            TaxBreakdown(category=category, rate=D("0"), basis=D("100.00"), amount=D("0.00"), exemption_reason=reason or None)
        ],
        totals=Totals(
            line_total=D("100.00"),
            tax_basis_total=D("100.00"),
            tax_total=D("0.00"),
            grand_total=D("100.00"),
            due_payable=D("100.00"),
        ),
        **more,
    )


def credit_note() -> Invoice:
    return plain_invoice(type_code="381", number="GS-1", preceding_invoice_reference="RE-2026-0001")


def cash_discount() -> Invoice:
    terms = PaymentTerms(text="Netto 30 Tage", net_days=30, discounts=[CashDiscount(percent=D("2"), days=14)])
    return plain_invoice(payment_terms=terms)


def samples() -> dict[str, Invoice]:
    """Invoices that every profile of EN 16931 can carry, by name."""
    lager = Party(name="Lager", street="Rue 1", postcode="67000", city="Strasbourg", country="FR")
    return {
        "plain": plain_invoice(),
        "full": full_invoice(),
        "credit note": credit_note(),
        "cash discount": cash_discount(),
        "exempt": untaxed("E", "Umsatzsteuerfrei nach § 4 Nr. 21 UStG"),
        "reverse charge": untaxed("AE", "Steuerschuldnerschaft des Leistungsempfängers"),
        "intra-community": untaxed(
            "K", "Innergemeinschaftliche Lieferung", buyer=buyer(country="FR", vat_id="FR40303265045"), deliver_to=lager
        ),
        "export": untaxed("G", "Ausfuhrlieferung", buyer=buyer(country="CH", vat_id=None)),
        "zero": untaxed("Z", ""),
        "direct debit": plain_invoice(
            payment=Payment(
                means_code="59", mandate_reference="M-1", creditor_id="DE98ZZZ09999999999", debited_iban="DE02120300000000202051"
            )
        ),
        "price per hundred": plain_invoice(
            lines=[line(quantity=D("200"), net_price=D("50"), price_quantity=D("100"), price_unit="H87")]
        ),
        "negative line": plain_invoice(
            lines=[line(1, quantity=D("3"), net_amount=D("150.00")), line(2, quantity=D("-1"), net_amount=D("-50.00"))]
        ),
        "partial": plain_invoice(type_code="326"),
        "markup": plain_invoice(notes=[Note(text="<b> & \"x\" ]]> 'y'")]),
    }


def vendor(**more: Any) -> Vendor:
    stated: dict[str, Any] = {
        "vendor_number": "100001",
        "name": "Beispiel Werkzeuge GmbH",
        "street": "Am Hafen 3",
        "postcode": "28217",
        "city": "Bremen",
        "country": "DE",
        "contact": "Buchhaltung",
        "phone": "0421 555011",
        "email": "buchhaltung@beispiel-werkzeuge.example",
    }
    return Vendor(**{**stated, **more})


def company(**more: Any) -> Company:
    stated: dict[str, Any] = {
        "company_code": "1000",
        "name": "Muster Maschinenbau AG",
        "street": "Industriestraße 12",
        "postcode": "70565",
        "city": "Stuttgart",
        "country": "DE",
        "electronic_address": "4012345000009",
        "electronic_address_scheme": "0088",
        "buyer_reference": "EINKAUF-1",
    }
    return Company(**{**stated, **more})
