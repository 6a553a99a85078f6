"""Structured samples: an invoice as UBL 2.1 or UN/CEFACT CII, not written by the product, so that each can judge the other.

Source: EN 16931-3-2 and -3-3 (syntax bindings) and XRechnung 3.0. Only what the samples use is written.
"""

from decimal import Decimal

from lxml import etree

from schemas import Invoice, Line, Party, TaxBreakdown, plain

XRECHNUNG = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
EN16931 = "urn:cen.eu:en16931:2017"
_CII = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
_UBL = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
Element = etree._Element


class _Writer:
    """Adds children by prefixed name; absent values write nothing."""

    def __init__(self, namespaces: dict[str, str]) -> None:
        self.namespaces = namespaces

    def group(self, parent: Element, name: str) -> Element:
        prefix, _, local = name.partition(":")
        return etree.SubElement(parent, f"{{{self.namespaces[prefix]}}}{local}")

    def value(self, parent: Element, name: str, text: object, **attributes: str) -> None:
        if text is None or text == "":
            return
        child = self.group(parent, name)
        child.text = plain(text) if isinstance(text, Decimal) else str(text)
        for key, entry in attributes.items():
            child.set(key, entry)


def write_einvoice(invoice: Invoice, syntax: str) -> bytes:
    """UTF-8 XML; ``syntax`` is ``cii`` or ``ubl``."""
    root = _write_cii(invoice) if syntax == "cii" else _write_ubl(invoice)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _write_cii(invoice: Invoice) -> Element:
    out = _Writer(_CII)
    root = etree.Element(f"{{{_CII['rsm']}}}CrossIndustryInvoice", nsmap=_CII)
    context = out.group(root, "rsm:ExchangedDocumentContext")
    if invoice.business_process:
        out.value(out.group(context, "ram:BusinessProcessSpecifiedDocumentContextParameter"), "ram:ID", invoice.business_process)
    out.value(out.group(context, "ram:GuidelineSpecifiedDocumentContextParameter"), "ram:ID", invoice.specification)
    document = out.group(root, "rsm:ExchangedDocument")
    out.value(document, "ram:ID", invoice.number)
    out.value(document, "ram:TypeCode", invoice.type_code)
    _cii_date(out, document, "ram:IssueDateTime", invoice.issue_date)
    for note in invoice.notes:
        out.value(out.group(document, "ram:IncludedNote"), "ram:Content", note.text)
    trade = out.group(root, "rsm:SupplyChainTradeTransaction")
    for line in invoice.lines:
        _cii_line(out, out.group(trade, "ram:IncludedSupplyChainTradeLineItem"), line)
    agreement = out.group(trade, "ram:ApplicableHeaderTradeAgreement")
    out.value(agreement, "ram:BuyerReference", invoice.buyer_reference)
    _cii_party(out, out.group(agreement, "ram:SellerTradeParty"), invoice.seller)
    _cii_party(out, out.group(agreement, "ram:BuyerTradeParty"), invoice.buyer)
    if invoice.purchase_order_reference:
        order = out.group(agreement, "ram:BuyerOrderReferencedDocument")
        out.value(order, "ram:IssuerAssignedID", invoice.purchase_order_reference)
    delivery = out.group(trade, "ram:ApplicableHeaderTradeDelivery")
    if invoice.delivery_date:
        event = out.group(delivery, "ram:ActualDeliverySupplyChainEvent")
        _cii_date(out, event, "ram:OccurrenceDateTime", invoice.delivery_date)
    if invoice.delivery_note_reference:
        note_of = out.group(delivery, "ram:DespatchAdviceReferencedDocument")
        out.value(note_of, "ram:IssuerAssignedID", invoice.delivery_note_reference)
    _cii_settlement(out, out.group(trade, "ram:ApplicableHeaderTradeSettlement"), invoice)
    return root


def _cii_date(out: _Writer, parent: Element, name: str, day: object) -> None:
    if day is not None:
        out.value(out.group(parent, name), "udt:DateTimeString", f"{day:%Y%m%d}", format="102")


def _cii_line(out: _Writer, item: Element, line: Line) -> None:
    out.value(out.group(item, "ram:AssociatedDocumentLineDocument"), "ram:LineID", line.id)
    product = out.group(item, "ram:SpecifiedTradeProduct")
    out.value(product, "ram:GlobalID", line.gtin, schemeID="0160")
    out.value(product, "ram:SellerAssignedID", line.seller_item_id)
    out.value(product, "ram:BuyerAssignedID", line.buyer_item_id)
    out.value(product, "ram:Name", line.name)
    agreement = out.group(item, "ram:SpecifiedLineTradeAgreement")
    if line.purchase_order_line:
        order = out.group(agreement, "ram:BuyerOrderReferencedDocument")
        out.value(order, "ram:LineID", line.purchase_order_line)
    price = out.group(agreement, "ram:NetPriceProductTradePrice")
    out.value(price, "ram:ChargeAmount", line.net_price)
    if line.price_quantity:
        out.value(price, "ram:BasisQuantity", line.price_quantity, unitCode=line.unit or "C62")
    delivery = out.group(item, "ram:SpecifiedLineTradeDelivery")
    out.value(delivery, "ram:BilledQuantity", line.quantity, unitCode=line.unit or "C62")
    settlement = out.group(item, "ram:SpecifiedLineTradeSettlement")
    tax = out.group(settlement, "ram:ApplicableTradeTax")
    out.value(tax, "ram:TypeCode", "VAT")
    out.value(tax, "ram:CategoryCode", line.tax_category)
    out.value(tax, "ram:RateApplicablePercent", line.tax_rate)
    summation = out.group(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation")
    out.value(summation, "ram:LineTotalAmount", line.net_amount)


def _cii_party(out: _Writer, node: Element, party: Party) -> None:
    out.value(node, "ram:Name", party.name)
    if party.contact:
        contact = out.group(node, "ram:DefinedTradeContact")
        out.value(contact, "ram:PersonName", party.contact)
        out.value(out.group(contact, "ram:TelephoneUniversalCommunication"), "ram:CompleteNumber", party.phone)
        out.value(out.group(contact, "ram:EmailURIUniversalCommunication"), "ram:URIID", party.email)
    address = out.group(node, "ram:PostalTradeAddress")
    out.value(address, "ram:PostcodeCode", party.postcode)
    out.value(address, "ram:LineOne", party.street)
    out.value(address, "ram:CityName", party.city)
    out.value(address, "ram:CountryID", party.country)
    if party.electronic_address:
        electronic = out.group(node, "ram:URIUniversalCommunication")
        out.value(electronic, "ram:URIID", party.electronic_address, schemeID=party.electronic_address_scheme or "EM")
    for scheme, number in (("FC", party.tax_number), ("VA", party.vat_id)):
        if number:
            out.value(out.group(node, "ram:SpecifiedTaxRegistration"), "ram:ID", number, schemeID=scheme)


def _cii_settlement(out: _Writer, node: Element, invoice: Invoice) -> None:
    out.value(node, "ram:InvoiceCurrencyCode", invoice.currency)
    means = out.group(node, "ram:SpecifiedTradeSettlementPaymentMeans")
    out.value(means, "ram:TypeCode", invoice.payment.means_code)
    out.value(out.group(means, "ram:PayeePartyCreditorFinancialAccount"), "ram:IBANID", invoice.payment.iban)
    if invoice.payment.bic:
        out.value(out.group(means, "ram:PayeeSpecifiedCreditorFinancialInstitution"), "ram:BICID", invoice.payment.bic)
    for tax in invoice.tax_breakdown:
        entry = out.group(node, "ram:ApplicableTradeTax")
        out.value(entry, "ram:CalculatedAmount", tax.amount)
        out.value(entry, "ram:TypeCode", "VAT")
        out.value(entry, "ram:ExemptionReason", tax.exemption_reason)
        out.value(entry, "ram:BasisAmount", tax.basis)
        out.value(entry, "ram:CategoryCode", tax.category)
        out.value(entry, "ram:RateApplicablePercent", tax.rate)
    terms = out.group(node, "ram:SpecifiedTradePaymentTerms")
    out.value(terms, "ram:Description", invoice.payment_terms.text)
    _cii_date(out, terms, "ram:DueDateDateTime", invoice.due_date)
    totals = out.group(node, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    out.value(totals, "ram:LineTotalAmount", invoice.totals.line_total)
    out.value(totals, "ram:TaxBasisTotalAmount", invoice.totals.tax_basis_total)
    out.value(totals, "ram:TaxTotalAmount", invoice.totals.tax_total, currencyID=invoice.currency or "EUR")
    out.value(totals, "ram:GrandTotalAmount", invoice.totals.grand_total)
    out.value(totals, "ram:DuePayableAmount", invoice.totals.due_payable)


def _write_ubl(invoice: Invoice) -> Element:
    out, currency = _Writer(_UBL), invoice.currency or "EUR"
    main = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
    root = etree.Element(f"{{{main}}}Invoice", nsmap={None: main, **_UBL})  # type: ignore[dict-item]
    out.value(root, "cbc:CustomizationID", invoice.specification)
    out.value(root, "cbc:ProfileID", invoice.business_process)
    out.value(root, "cbc:ID", invoice.number)
    out.value(root, "cbc:IssueDate", invoice.issue_date)
    out.value(root, "cbc:DueDate", invoice.due_date)
    out.value(root, "cbc:InvoiceTypeCode", invoice.type_code)
    for note in invoice.notes:
        out.value(root, "cbc:Note", note.text)
    out.value(root, "cbc:DocumentCurrencyCode", currency)
    out.value(root, "cbc:BuyerReference", invoice.buyer_reference)
    if invoice.purchase_order_reference:
        out.value(out.group(root, "cac:OrderReference"), "cbc:ID", invoice.purchase_order_reference)
    if invoice.delivery_note_reference:
        out.value(out.group(root, "cac:DespatchDocumentReference"), "cbc:ID", invoice.delivery_note_reference)
    _ubl_party(out, out.group(out.group(root, "cac:AccountingSupplierParty"), "cac:Party"), invoice.seller)
    _ubl_party(out, out.group(out.group(root, "cac:AccountingCustomerParty"), "cac:Party"), invoice.buyer)
    delivery = out.group(root, "cac:Delivery")
    out.value(delivery, "cbc:ActualDeliveryDate", invoice.delivery_date)
    if invoice.tax_breakdown[0].category == "K":  # BR-IC-12: the country of delivery
        country = out.group(out.group(out.group(delivery, "cac:DeliveryLocation"), "cac:Address"), "cac:Country")
        out.value(country, "cbc:IdentificationCode", invoice.buyer.country)
    means = out.group(root, "cac:PaymentMeans")
    out.value(means, "cbc:PaymentMeansCode", invoice.payment.means_code)
    account = out.group(means, "cac:PayeeFinancialAccount")
    out.value(account, "cbc:ID", invoice.payment.iban)
    if invoice.payment.bic:
        out.value(out.group(account, "cac:FinancialInstitutionBranch"), "cbc:ID", invoice.payment.bic)
    if invoice.payment_terms.text:
        out.value(out.group(root, "cac:PaymentTerms"), "cbc:Note", invoice.payment_terms.text)
    total = out.group(root, "cac:TaxTotal")
    out.value(total, "cbc:TaxAmount", invoice.totals.tax_total, currencyID=currency)
    for tax in invoice.tax_breakdown:
        _ubl_tax(out, out.group(total, "cac:TaxSubtotal"), tax, currency)
    sums = out.group(root, "cac:LegalMonetaryTotal")
    out.value(sums, "cbc:LineExtensionAmount", invoice.totals.line_total, currencyID=currency)
    out.value(sums, "cbc:TaxExclusiveAmount", invoice.totals.tax_basis_total, currencyID=currency)
    out.value(sums, "cbc:TaxInclusiveAmount", invoice.totals.grand_total, currencyID=currency)
    out.value(sums, "cbc:PayableAmount", invoice.totals.due_payable, currencyID=currency)
    for line in invoice.lines:
        _ubl_line(out, out.group(root, "cac:InvoiceLine"), line, currency)
    return root


def _ubl_party(out: _Writer, node: Element, party: Party) -> None:
    scheme = party.electronic_address_scheme or "EM"
    out.value(node, "cbc:EndpointID", party.electronic_address, schemeID=scheme)
    out.value(out.group(node, "cac:PartyName"), "cbc:Name", party.name)
    address = out.group(node, "cac:PostalAddress")
    out.value(address, "cbc:StreetName", party.street)
    out.value(address, "cbc:CityName", party.city)
    out.value(address, "cbc:PostalZone", party.postcode)
    out.value(out.group(address, "cac:Country"), "cbc:IdentificationCode", party.country)
    for number, kind in ((party.vat_id, "VAT"), (party.tax_number, "FC")):
        if number:
            tax = out.group(node, "cac:PartyTaxScheme")
            out.value(tax, "cbc:CompanyID", number)
            out.value(out.group(tax, "cac:TaxScheme"), "cbc:ID", kind)
    out.value(out.group(node, "cac:PartyLegalEntity"), "cbc:RegistrationName", party.name)
    if party.contact:
        contact = out.group(node, "cac:Contact")
        out.value(contact, "cbc:Name", party.contact)
        out.value(contact, "cbc:Telephone", party.phone)
        out.value(contact, "cbc:ElectronicMail", party.email)


def _ubl_tax(out: _Writer, node: Element, tax: TaxBreakdown, currency: str) -> None:
    out.value(node, "cbc:TaxableAmount", tax.basis, currencyID=currency)
    out.value(node, "cbc:TaxAmount", tax.amount, currencyID=currency)
    category = out.group(node, "cac:TaxCategory")
    out.value(category, "cbc:ID", tax.category)
    out.value(category, "cbc:Percent", tax.rate)
    out.value(category, "cbc:TaxExemptionReason", tax.exemption_reason)
    out.value(out.group(category, "cac:TaxScheme"), "cbc:ID", "VAT")


def _ubl_line(out: _Writer, node: Element, line: Line, currency: str) -> None:
    out.value(node, "cbc:ID", line.id)
    out.value(node, "cbc:InvoicedQuantity", line.quantity, unitCode=line.unit or "C62")
    out.value(node, "cbc:LineExtensionAmount", line.net_amount, currencyID=currency)
    if line.purchase_order_line:
        out.value(out.group(node, "cac:OrderLineReference"), "cbc:LineID", line.purchase_order_line)
    item = out.group(node, "cac:Item")
    out.value(item, "cbc:Name", line.name)
    if line.buyer_item_id:
        out.value(out.group(item, "cac:BuyersItemIdentification"), "cbc:ID", line.buyer_item_id)
    if line.seller_item_id:
        out.value(out.group(item, "cac:SellersItemIdentification"), "cbc:ID", line.seller_item_id)
    if line.gtin:
        out.value(out.group(item, "cac:StandardItemIdentification"), "cbc:ID", line.gtin, schemeID="0160")
    tax = out.group(item, "cac:ClassifiedTaxCategory")
    out.value(tax, "cbc:ID", line.tax_category)
    out.value(tax, "cbc:Percent", line.tax_rate)
    out.value(out.group(tax, "cac:TaxScheme"), "cbc:ID", "VAT")
    price = out.group(node, "cac:Price")
    out.value(price, "cbc:PriceAmount", line.net_price, currencyID=currency)
    if line.price_quantity:
        out.value(price, "cbc:BaseQuantity", line.price_quantity, unitCode=line.unit or "C62")
