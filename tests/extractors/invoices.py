"""Small invoices of our own, as CII, ZUGFeRD 1.0 and UBL, with places for what a test wants to break."""

from string import Template

CII = Template("""<?xml version="1.0" encoding="UTF-8"?>
$doctype<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
 xmlns:qdt="urn:un:unece:uncefact:data:standard:QualifiedDataType:100">
 <rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter><ram:ID>urn:cen.eu:en16931:2017</ram:ID>
 </ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
 <rsm:ExchangedDocument><ram:ID>$number</ram:ID><ram:TypeCode>$type_code</ram:TypeCode>
  <ram:IssueDateTime><udt:DateTimeString format="102">$date</udt:DateTimeString></ram:IssueDateTime>$notes</rsm:ExchangedDocument>
 <rsm:SupplyChainTradeTransaction>
  $lines
  <ram:ApplicableHeaderTradeAgreement>
   <ram:SellerTradeParty><ram:Name>$seller</ram:Name>
    <ram:PostalTradeAddress><ram:PostcodeCode>10115</ram:PostcodeCode><ram:LineOne>Lindenallee 3</ram:LineOne>
     <ram:CityName>Berlin</ram:CityName><ram:CountryID>DE</ram:CountryID></ram:PostalTradeAddress>
    <ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE136695976</ram:ID></ram:SpecifiedTaxRegistration></ram:SellerTradeParty>
   <ram:BuyerTradeParty><ram:Name>Werk Nord GmbH</ram:Name></ram:BuyerTradeParty>
   $agreement
  </ram:ApplicableHeaderTradeAgreement>
  <ram:ApplicableHeaderTradeDelivery/>
  <ram:ApplicableHeaderTradeSettlement>
   <ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
   <ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>58</ram:TypeCode>
    <ram:PayeePartyCreditorFinancialAccount><ram:IBANID>$iban</ram:IBANID></ram:PayeePartyCreditorFinancialAccount>
   </ram:SpecifiedTradeSettlementPaymentMeans>
   <ram:ApplicableTradeTax><ram:CalculatedAmount>$tax</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode>
    <ram:BasisAmount>$net</ram:BasisAmount><ram:CategoryCode>S</ram:CategoryCode>
    <ram:RateApplicablePercent>19</ram:RateApplicablePercent></ram:ApplicableTradeTax>
   $terms
   <ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:LineTotalAmount>$net</ram:LineTotalAmount>
    <ram:TaxBasisTotalAmount>$net</ram:TaxBasisTotalAmount><ram:TaxTotalAmount currencyID="EUR">$tax</ram:TaxTotalAmount>
    <ram:GrandTotalAmount>$gross</ram:GrandTotalAmount><ram:DuePayableAmount>$gross</ram:DuePayableAmount>
   </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
  </ram:ApplicableHeaderTradeSettlement>
 </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>
""")

CII_LINE = Template("""<ram:IncludedSupplyChainTradeLineItem>
 <ram:AssociatedDocumentLineDocument><ram:LineID>$id</ram:LineID>$subtype</ram:AssociatedDocumentLineDocument>
 <ram:SpecifiedTradeProduct><ram:Name>$name</ram:Name></ram:SpecifiedTradeProduct>
 <ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice><ram:ChargeAmount>$price</ram:ChargeAmount>
 </ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>
 <ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="H87">$quantity</ram:BilledQuantity>
 </ram:SpecifiedLineTradeDelivery>
 <ram:SpecifiedLineTradeSettlement><ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode><ram:CategoryCode>S</ram:CategoryCode>
  <ram:RateApplicablePercent>19</ram:RateApplicablePercent></ram:ApplicableTradeTax>
  <ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>$amount</ram:LineTotalAmount>
  </ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>
</ram:IncludedSupplyChainTradeLineItem>""")

UBL = Template("""<?xml version="1.0" encoding="UTF-8"?>
<$root xmlns="urn:oasis:names:specification:ubl:schema:xsd:$root-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <cbc:CustomizationID>$specification</cbc:CustomizationID>
 <cbc:ID>$number</cbc:ID><cbc:IssueDate>2026-11-02</cbc:IssueDate>
 <cbc:${root}TypeCode>$type_code</cbc:${root}TypeCode>$notes
 <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
 <cac:AccountingSupplierParty><cac:Party><cac:PartyLegalEntity><cbc:RegistrationName>$seller</cbc:RegistrationName>
  </cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
 <cac:AccountingCustomerParty><cac:Party><cac:PartyLegalEntity><cbc:RegistrationName>Werk Nord GmbH</cbc:RegistrationName>
  </cac:PartyLegalEntity></cac:Party></cac:AccountingCustomerParty>
 $more
 <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">19.00</cbc:TaxAmount><cac:TaxSubtotal>
  <cbc:TaxableAmount currencyID="EUR">100.00</cbc:TaxableAmount><cbc:TaxAmount currencyID="EUR">19.00</cbc:TaxAmount>
  <cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
  </cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
 <cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
  <cbc:TaxExclusiveAmount currencyID="EUR">100.00</cbc:TaxExclusiveAmount>
  <cbc:TaxInclusiveAmount currencyID="EUR">119.00</cbc:TaxInclusiveAmount>
  <cbc:PayableAmount currencyID="$due_currency">$due</cbc:PayableAmount></cac:LegalMonetaryTotal>
 <cac:${root}Line><cbc:ID>1</cbc:ID><cbc:${quantity}Quantity unitCode="H87">4</cbc:${quantity}Quantity>
  <cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>$in_line
  <cac:Item><cbc:Name>Ventil DN 25</cbc:Name><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent>
   <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory></cac:Item>
  <cac:Price><cbc:PriceAmount currencyID="EUR">25.00</cbc:PriceAmount></cac:Price></cac:${root}Line>
</$root>
""")


def cii_line(**changed: str) -> str:
    values = {"id": "1", "name": "Ventil DN 25", "quantity": "4", "price": "25.00", "amount": "100.00", "subtype": ""}
    return CII_LINE.substitute(values | changed)


def cii(**changed: str) -> bytes:
    """100.00 net, 19.00 tax, one line of 4 x 25.00; every named place can be replaced."""
    values = {
        "doctype": "",
        "number": "R-4711",
        "type_code": "380",
        "date": "20261102",
        "notes": "",
        "lines": cii_line(),
        "seller": "Armaturen Süd GmbH",
        "agreement": "",
        "iban": "DE89370400440532013000",
        "tax": "19.00",
        "net": "100.00",
        "gross": "119.00",
        "terms": "",
    }
    return CII.substitute(values | changed).encode()


def ubl(**changed: str) -> bytes:
    """The same invoice as UBL; ``root`` Invoice or CreditNote."""
    values = {
        "root": "Invoice",
        "specification": "urn:cen.eu:en16931:2017",
        "number": "R-4711",
        "type_code": "380",
        "notes": "",
        "seller": "Armaturen Süd GmbH",
        "more": "",
        "due": "119.00",
        "due_currency": "EUR",
        "in_line": "",
    } | changed
    quantity = "Credited" if values["root"] == "CreditNote" else "Invoiced"
    return UBL.substitute(values, quantity=quantity).encode()
