"""The EN 16931 semantic model: every business group (BG) and business term (BT), by its short name.

Source: EN 16931-1:2017 and its amendment A1, as published in the public syntax bindings. ``None`` means "not stated"; nothing
is ever filled in by default. Amounts are in the document currency (BT-5) unless the field says otherwise.
"""

from datetime import date

from pydantic import Field, model_validator

from schemas.base import Word, group, term
from schemas.money import Money, Percent, Price, Quantity


class Identifier(Word):
    """An identifier with the scheme that issued it (ICD, EAS or another code list named by the field)."""

    id: str
    scheme: str | None = None


class Period(Word):
    """BG-14 or BG-26: first and last day, both included."""

    start: date | None = term("BT-73", "Period start date (BT-134 in a line)")
    end: date | None = term("BT-74", "Period end date (BT-135 in a line)")


class Note(Word):
    """BG-1. ``subject_code`` is UNTDID 4451."""

    text: str = term("BT-22", "Invoice note", ...)
    subject_code: str | None = term("BT-21", "Invoice note subject code")
    path: str | None = Field(None, description="Where content stood that no term holds; None for a note of the supplier")


class Party(Word):
    """BG-4 seller, BG-7 buyer, BG-10 payee, BG-11 tax representative, BG-13 deliver-to. BT numbers are the seller's."""

    name: str | None = term("BT-27", "Name (buyer BT-44, payee BT-59, representative BT-62, deliver-to BT-70)")
    trading_name: str | None = term("BT-28", "Trading name (buyer BT-45)")
    id: str | None = term("BT-29", "Identifier without scheme (buyer BT-46, payee BT-60, location BT-71)")
    gln: str | None = term("BT-29", "Identifier of scheme 0088, GLN (buyer BT-46, payee BT-60, location BT-71)")
    other_ids: list[Identifier] = group("BT-29", "Further identifiers with their scheme", list)
    registration: str | None = term("BT-30", "Legal registration identifier (buyer BT-47, payee BT-61)")
    registration_scheme: str | None = term("BT-30-1", "Scheme of the registration, ICD code (buyer BT-47-1)")
    vat_id: str | None = term("BT-31", "VAT identifier (buyer BT-48, representative BT-63)")
    tax_number: str | None = term("BT-32", "Tax registration identifier, in Germany the Steuernummer")
    legal_information: str | None = term("BT-33", "Additional legal information")
    electronic_address: str | None = term("BT-34", "Electronic address (buyer BT-49)")
    electronic_address_scheme: str | None = term("BT-34-1", "Its EAS scheme (buyer BT-49-1)")
    street: str | None = term("BT-35", "Address line 1 (buyer BT-50, representative BT-64, deliver-to BT-75)")
    address_line_2: str | None = term("BT-36", "Address line 2 (buyer BT-51, representative BT-65, deliver-to BT-76)")
    address_line_3: str | None = term("BT-162", "Address line 3 (buyer BT-163, representative BT-164, deliver-to BT-165)")
    city: str | None = term("BT-37", "City (buyer BT-52, representative BT-66, deliver-to BT-77)")
    postcode: str | None = term("BT-38", "Post code (buyer BT-53, representative BT-67, deliver-to BT-78)")
    region: str | None = term("BT-39", "Country subdivision (buyer BT-54, representative BT-68, deliver-to BT-79)")
    country: str | None = term("BT-40", "Country, ISO 3166-1 alpha-2 (buyer BT-55, representative BT-69, deliver-to BT-80)")
    contact: str | None = term("BT-41", "Contact point (buyer BT-56)")
    phone: str | None = term("BT-42", "Contact telephone (buyer BT-57)")
    email: str | None = term("BT-43", "Contact e-mail (buyer BT-58)")


class Account(Word):
    """BG-17 credit transfer: one account to pay to."""

    iban: str | None = term("BT-84", "Payment account identifier, IBAN without spaces or another account number")
    name: str | None = term("BT-85", "Payment account name")
    bic: str | None = term("BT-86", "Payment service provider identifier")


class Payment(Word):
    """BG-16 payment instructions. ``iban`` and ``bic`` are those of the first account."""

    means_code: str | None = term("BT-81", "Payment means type code, UNTDID 4461")
    means_text: str | None = term("BT-82", "Payment means text")
    remittance: str | None = term("BT-83", "Remittance information")
    iban: str | None = term("BT-84", "IBAN of the first account")
    bic: str | None = term("BT-86", "BIC of the first account")
    accounts: list[Account] = group("BG-17", "Credit transfer accounts, the first one included", list)
    card_number: str | None = term("BT-87", "Payment card primary account number, masked")
    card_holder: str | None = term("BT-88", "Payment card holder name")
    mandate_reference: str | None = term("BT-89", "Mandate reference identifier")
    creditor_id: str | None = term("BT-90", "Bank assigned creditor identifier")
    debited_iban: str | None = term("BT-91", "Debited account identifier")

    @model_validator(mode="after")
    def _first_account_and_iban_agree(self) -> "Payment":
        if self.accounts and self.iban is None:
            self.iban, self.bic = self.accounts[0].iban, self.accounts[0].bic or self.bic
        elif not self.accounts and (self.iban or self.bic):
            self.accounts = [Account(iban=self.iban, bic=self.bic)]
        return self


class CashDiscount(Word):
    """Skonto: ``percent`` off when paid within ``days`` after the invoice date."""

    percent: Percent
    days: int = Field(ge=0)


class PaymentTerms(Word):
    """BT-20 as text, and what we understood of it."""

    text: str | None = term("BT-20", "Payment terms")
    net_days: int | None = Field(None, ge=0, description="Days until the full amount is due, counted from the invoice date")
    discounts: list[CashDiscount] = Field(default_factory=list)


class AllowanceCharge(Word):
    """BG-20/BG-21 of the document or BG-27/BG-28 of a line. The amount is positive; the list it stands in gives the sign."""

    amount: Money | None = term("BT-92", "Amount (charge BT-99, line BT-136/BT-141)")
    basis: Money | None = term("BT-93", "Base amount (charge BT-100, line BT-137/BT-142)")
    percent: Percent | None = term("BT-94", "Percentage (charge BT-101, line BT-138/BT-143)")
    category: str | None = term("BT-95", "VAT category code (charge BT-102); not used in lines")
    rate: Percent | None = term("BT-96", "VAT rate (charge BT-103); not used in lines")
    reason: str | None = term("BT-97", "Reason (charge BT-104, line BT-139/BT-144)")
    reason_code: str | None = term("BT-98", "Reason code, UNTDID 5189 or 7161 (charge BT-105, line BT-140/BT-145)")


class Totals(Word):
    """BG-22."""

    line_total: Money | None = term("BT-106", "Sum of invoice line net amounts")
    allowance_total: Money | None = term("BT-107", "Sum of allowances on document level")
    charge_total: Money | None = term("BT-108", "Sum of charges on document level")
    tax_basis_total: Money | None = term("BT-109", "Invoice total amount without VAT")
    tax_total: Money | None = term("BT-110", "Invoice total VAT amount")
    tax_total_accounting: Money | None = term("BT-111", "Invoice total VAT amount in accounting currency (BT-6)")
    grand_total: Money | None = term("BT-112", "Invoice total amount with VAT")
    prepaid: Money | None = term("BT-113", "Paid amount")
    rounding: Money | None = term("BT-114", "Rounding amount")
    due_payable: Money | None = term("BT-115", "Amount due for payment")


class TaxBreakdown(Word):
    """BG-23: one row per VAT category and rate."""

    basis: Money | None = term("BT-116", "VAT category taxable amount")
    amount: Money | None = term("BT-117", "VAT category tax amount")
    category: str | None = term("BT-118", "VAT category code, UNTDID 5305")
    rate: Percent | None = term("BT-119", "VAT category rate in percent")
    exemption_reason: str | None = term("BT-120", "VAT exemption reason text")
    exemption_code: str | None = term("BT-121", "VAT exemption reason code (VATEX)")


class PrecedingInvoice(Word):
    """A further BG-3."""

    number: str = term("BT-25", "Preceding invoice reference", ...)
    issue_date: date | None = term("BT-26", "Preceding invoice issue date")


class SupportingDocument(Word):
    """BG-24. The attached bytes themselves (BT-125) are kept by hash in the store, not in the model."""

    reference: str | None = term("BT-122", "Supporting document reference")
    description: str | None = term("BT-123", "Supporting document description")
    location: str | None = term("BT-124", "External document location")
    file_name: str | None = term("BT-125-2", "Attached document file name")
    media_type: str | None = term("BT-125-1", "Attached document MIME code")
    content: str | None = term("BT-125", "Attached document, base64")


class ThirdPartyPayment(Word):
    """BG-DEX-09 of the XRechnung extension: a sum collected for somebody else. It adds to what is due (BR-DEX-09)."""

    type: str | None = term("BT-DEX-001", "Third party payment type")
    amount: Money | None = term("BT-DEX-002", "Third party payment amount")
    description: str | None = term("BT-DEX-003", "Third party payment description")


class Classification(Word):
    code: str = term("BT-158", "Item classification identifier", ...)
    list_id: str | None = term("BT-158-1", "Its list, UNTDID 7143")
    list_version: str | None = term("BT-158-2", "Version of the list")


class Attribute(Word):
    """BG-32."""

    name: str = term("BT-160", "Item attribute name", ...)
    value: str = term("BT-161", "Item attribute value", ...)


class Line(Word):
    """BG-25."""

    id: str | None = term("BT-126", "Invoice line identifier")
    note: str | None = term("BT-127", "Invoice line note")
    object_id: str | None = term("BT-128", "Invoice line object identifier")
    object_scheme: str | None = term("BT-128-1", "Its scheme, UNTDID 1153")
    parent_id: str | None = term("BT-X-304", "Line this one belongs to (Factur-X EXTENDED, XRechnung extension)")
    subtype: str | None = term("BT-X-8", "DETAIL, GROUP or INFORMATION (Factur-X EXTENDED)")
    quantity: Quantity | None = term("BT-129", "Invoiced quantity")
    unit: str | None = term("BT-130", "Invoiced quantity unit, UN/ECE Rec 20 or 21")
    net_amount: Money | None = term("BT-131", "Invoice line net amount")
    purchase_order: str | None = term("BT-13", "Purchase order of this line, where it differs by line (extension)")
    purchase_order_line: str | None = term("BT-132", "Referenced purchase order line")
    delivery_note: str | None = term("BT-16", "Despatch advice of this line, where it differs by line (extension)")
    buyer_accounting_reference: str | None = term("BT-133", "Invoice line buyer accounting reference")
    period: Period | None = term("BG-26", "Invoice line period")
    allowances: list[AllowanceCharge] = group("BG-27", "Invoice line allowances", list)
    charges: list[AllowanceCharge] = group("BG-28", "Invoice line charges", list)
    net_price: Price | None = term("BT-146", "Item net price, for price_quantity units")
    discount: Price | None = term("BT-147", "Item price discount")
    gross_price: Price | None = term("BT-148", "Item gross price (before discount, without VAT)")
    price_quantity: Quantity | None = term("BT-149", "Item price base quantity")
    price_unit: str | None = term("BT-150", "Item price base quantity unit")
    tax_category: str | None = term("BT-151", "Invoiced item VAT category code")
    tax_rate: Percent | None = term("BT-152", "Invoiced item VAT rate in percent")
    name: str | None = term("BT-153", "Item name")
    description: str | None = term("BT-154", "Item description")
    seller_item_id: str | None = term("BT-155", "Item seller's identifier")
    buyer_item_id: str | None = term("BT-156", "Item buyer's identifier")
    gtin: str | None = term("BT-157", "Item standard identifier of scheme 0160, GTIN")
    standard_id: str | None = term("BT-157", "Item standard identifier of another scheme")
    standard_id_scheme: str | None = term("BT-157-1", "Its scheme, ICD code")
    classifications: list[Classification] = group("BT-158", "Item classifications", list)
    origin_country: str | None = term("BT-159", "Item country of origin")
    attributes: list[Attribute] = group("BG-32", "Item attributes", list)


class Invoice(Word):
    """One invoice or credit note. Top level of EN 16931; names as in CONTRACT section 3."""

    number: str | None = term("BT-1", "Invoice number")
    issue_date: date | None = term("BT-2", "Invoice issue date")
    type_code: str | None = term("BT-3", "Invoice type code, UNTDID 1001")
    currency: str | None = term("BT-5", "Invoice currency code, ISO 4217")
    accounting_currency: str | None = term("BT-6", "VAT accounting currency code")
    tax_point_date: date | None = term("BT-7", "Value added tax point date")
    tax_point_code: str | None = term("BT-8", "Value added tax point date code")
    due_date: date | None = term("BT-9", "Payment due date, only when stated")
    buyer_reference: str | None = term("BT-10", "Buyer reference")
    project_reference: str | None = term("BT-11", "Project reference")
    contract_reference: str | None = term("BT-12", "Contract reference")
    purchase_order_reference: str | None = term("BT-13", "Purchase order reference")
    sales_order_reference: str | None = term("BT-14", "Sales order reference")
    receiving_advice_reference: str | None = term("BT-15", "Receiving advice reference")
    delivery_note_reference: str | None = term("BT-16", "Despatch advice reference")
    tender_reference: str | None = term("BT-17", "Tender or lot reference")
    invoiced_object: str | None = term("BT-18", "Invoiced object identifier")
    invoiced_object_scheme: str | None = term("BT-18-1", "Its scheme, UNTDID 1153")
    buyer_accounting_reference: str | None = term("BT-19", "Buyer accounting reference")
    payment_terms: PaymentTerms = group("BT-20", "Payment terms", PaymentTerms)
    notes: list[Note] = group("BG-1", "Invoice notes", list)
    business_process: str | None = term("BT-23", "Business process type")
    specification: str | None = term("BT-24", "Specification identifier")
    preceding_invoice_reference: str | None = term("BT-25", "Preceding invoice reference, the first one")
    preceding_invoice_date: date | None = term("BT-26", "Its issue date")
    further_preceding_invoices: list[PrecedingInvoice] = group("BG-3", "Further preceding invoices", list)
    seller: Party = group("BG-4", "Seller", Party)
    buyer: Party = group("BG-7", "Buyer", Party)
    payee: Party | None = term("BG-10", "Payee, only where it is not the seller")
    tax_representative: Party | None = term("BG-11", "Seller tax representative")
    deliver_to: Party | None = term("BG-13", "Deliver-to party and address (BG-15)")
    delivery_date: date | None = term("BT-72", "Actual delivery date")
    period: Period | None = term("BG-14", "Invoicing period")
    payment: Payment = group("BG-16", "Payment instructions", Payment)
    allowances: list[AllowanceCharge] = group("BG-20", "Document level allowances", list)
    charges: list[AllowanceCharge] = group("BG-21", "Document level charges", list)
    totals: Totals = group("BG-22", "Document totals", Totals)
    tax_breakdown: list[TaxBreakdown] = group("BG-23", "VAT breakdown", list)
    supporting_documents: list[SupportingDocument] = group("BG-24", "Additional supporting documents", list)
    lines: list[Line] = group("BG-25", "Invoice lines, those that count towards the totals", list)
    information_lines: list[Line] = group("BG-25", "Lines that do not count: groups, information lines, sub-lines", list)
    third_party_payments: list[ThirdPartyPayment] = group("BG-DEX-09", "Third party payments (XRechnung extension)", list)


CREDIT_NOTES = frozenset({"381", "261", "396", "81", "83", "532"})
"""UNTDID 1001 codes that reduce what is owed. 381 credit note, 261 self-billed, 396 factored (CONTRACT section 5)."""
