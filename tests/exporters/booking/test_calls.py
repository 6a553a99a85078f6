"""OData deep insert and BAPI call: documented fields only, in their lengths, and what they book adds up."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

import exporters
from exporters import DoesNotFit, ExportContext, MissingData
from exporters.fields import Field, table
from schemas import AllowanceCharge, Invoice
from schemas.matching import ReceiptShare
from schemas.targets import SapTarget, Targets
from tests.exporters.booking.scenes import D, bookings, context, invoice_of, order_line, ordered, posted, share, two_rates
from tests.exporters.invoices import line, plain_invoice

ODATA = table("exporters.sap", "odata_fields.csv")
BAPI = table("exporters.sap", "bapi_fields.csv")


def deep_insert(invoice: Invoice, told: ExportContext) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(exporters.write("sap-odata", invoice, told).data, parse_float=refuse, parse_int=refuse)
    return body


def call(invoice: Invoice, told: ExportContext) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(exporters.write("sap-bapi", invoice, told).data, parse_float=refuse, parse_int=refuse)
    return body


def refuse(text: str) -> None:
    raise AssertionError(f"{text} is a JSON number; SAP takes decimals as strings")


def rows(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = body.get(name, {"results": []})["results"]
    return found


def check(record: dict[str, Any], fields: Any) -> None:
    for name, value in record.items():
        field: Field = fields[name]
        if field.kind == "boolean":
            assert isinstance(value, bool)
        elif field.kind == "date-ms":
            assert value.startswith("/Date(")
        elif field.kind in ("amount", "signed", "quantity"):
            whole, _, fraction = value.lstrip("-").partition(".")
            assert len(fraction) <= field.scale
            assert len(whole) <= field.length - field.scale
            assert field.kind == "signed" or not value.startswith("-")
        else:
            assert 0 < len(value) <= field.length
    assert {name for name, field in fields.items() if field.need == "must"} <= set(record)


@pytest.mark.parametrize("name", bookings())
def test_odata_has_documented_fields_only(name: str) -> None:
    body = deep_insert(*bookings()[name])
    deep = {key: value for key, value in body.items() if isinstance(value, dict)}
    assert set(deep) <= set(ODATA) - {"A_SupplierInvoice"}
    check({key: value for key, value in body.items() if key not in deep}, ODATA["A_SupplierInvoice"])
    for key in deep:
        for row in rows(body, key):
            check(row, ODATA[key])


@pytest.mark.parametrize("name", bookings())
def test_bapi_has_documented_fields_only(name: str) -> None:
    parameters = call(*bookings()[name])["BAPI_INCOMINGINVOICE_CREATE1"]
    check(parameters.pop("HEADERDATA"), BAPI["HEADERDATA"])
    for key, found in parameters.items():
        for row in found:
            check(row, BAPI[key])


@pytest.mark.parametrize("name", bookings())
def test_the_balance_is_zero(name: str) -> None:
    invoice, told = bookings()[name]
    body = deep_insert(invoice, told)
    items = sum((Decimal(row["SupplierInvoiceItemAmount"]) for row in rows(body, "to_SuplrInvcItemPurOrdRef")), D(0))
    sides = {"S": 1, "H": -1}
    sign = -1 if invoice.type_code == "381" else 1
    for row in rows(body, "to_SupplierInvoiceItemGLAcct"):
        items += sign * sides[row["DebitCreditCode"]] * Decimal(row["SupplierInvoiceItemAmount"])
    taxes = sum((Decimal(row["TaxAmount"]) for row in rows(body, "to_SupplierInvoiceTax")), D(0))
    costs = Decimal(body.get("UnplannedDeliveryCost", "0"))
    assert items + costs + taxes == Decimal(body["InvoiceGrossAmount"]) == invoice.totals.grand_total
    parameters = call(invoice, told)["BAPI_INCOMINGINVOICE_CREATE1"]
    header = parameters["HEADERDATA"]
    bapi = sum((Decimal(row["ITEM_AMOUNT"]) for row in parameters.get("ITEMDATA", ())), D(0))
    for row in parameters.get("GLACCOUNTDATA", ()):
        bapi += sign * sides[row["DB_CR_IND"]] * Decimal(row["ITEM_AMOUNT"])
    bapi += sum((Decimal(row["TAX_AMOUNT"]) for row in parameters["TAXDATA"]), D(0)) + Decimal(header.get("DEL_COSTS", "0"))
    assert bapi == Decimal(header["GROSS_AMOUNT"]) == invoice.totals.grand_total


def test_order_item() -> None:
    body = deep_insert(*two_rates())
    first, second = rows(body, "to_SuplrInvcItemPurOrdRef")
    assert (first["PurchaseOrder"], first["PurchaseOrderItem"], first["QuantityInPurchaseOrderUnit"]) == (
        "4500000001",
        "00010",
        "2",
    )
    assert (first["PurchaseOrderQuantityUnit"], first["TaxCode"], second["TaxCode"]) == ("ST", "V1", "V2")
    assert (body["UnplannedDeliveryCost"], body["UnplannedDeliveryCostTaxCode"]) == ("6.00", "V1")
    assert body["DocumentDate"] == "/Date(1768176000000)/"
    assert body["TaxIsCalculatedAutomatically"] is False


def test_tax_code_splits_a_rate_to_the_cent() -> None:
    found = [
        (row["TaxCode"], row["TaxBaseAmountInTransCrcy"], row["TaxAmount"])
        for row in rows(deep_insert(*bookings()["several codes of one rate"]), "to_SupplierInvoiceTax")
    ]
    assert found == [("V1", "33.33", "6.33"), ("V3", "66.67", "12.67")]


def test_reverse_charge_states_a_tax_of_zero() -> None:
    assert rows(deep_insert(*bookings()["reverse charge"]), "to_SupplierInvoiceTax") == [
        {"TaxCode": "VR", "DocumentCurrency": "EUR", "TaxAmount": "0.00", "TaxBaseAmountInTransCrcy": "100.00"}
    ]


def test_credit_memo_turns_debit_into_credit() -> None:
    memo = bookings()["credit memo of an account"]
    assert deep_insert(*memo)["SupplierInvoiceIsCreditMemo"] == "X"
    assert rows(deep_insert(*memo), "to_SupplierInvoiceItemGLAcct")[0]["DebitCreditCode"] == "H"
    assert "INVOICE_IND" not in call(*memo)["BAPI_INCOMINGINVOICE_CREATE1"]["HEADERDATA"]


def test_block_of_the_match_and_of_a_prepayment() -> None:
    assert deep_insert(*bookings()["blocked"])["PaymentBlockingReason"] == "R"
    assert "PaymentBlockingReason" not in deep_insert(*bookings()["order"])
    paid = plain_invoice()
    paid.totals.prepaid, paid.totals.due_payable = D("19.00"), D("100.00")
    assert deep_insert(paid, bookings()["order"][1])["PaymentBlockingReason"] == "R"


def test_receipts_share_the_amount_where_the_order_is_invoiced_by_receipt() -> None:
    invoice, told = bookings()["by receipt"]
    row = rows(deep_insert(invoice, told), "to_SuplrInvcItemPurOrdRef")[0]
    assert (row["ReferenceDocument"], row["ReferenceDocumentFiscalYear"], row["ReferenceDocumentItem"]) == (
        "5000000001",
        "2026",
        "0001",
    )
    three = [ReceiptShare(receipt="5000000001", line="1", quantity=D("1"))] * 3
    shared = context(lines=[ordered()], shares=[share(quantity=D("3"), receipts=three)])
    shared = replace(shared, order_lines=(order_line(receipt_based=True),), receipts=told.receipts)
    amounts = [one["SupplierInvoiceItemAmount"] for one in rows(deep_insert(invoice, shared), "to_SuplrInvcItemPurOrdRef")]
    assert amounts == ["33.33", "33.33", "33.34"]
    with pytest.raises(MissingData):
        deep_insert(invoice, replace(shared, receipts=()))


def test_subsequent_debit_is_flagged() -> None:
    debit = plain_invoice(type_code="383")
    told = bookings()["order"][1]
    assert rows(deep_insert(debit, told), "to_SuplrInvcItemPurOrdRef")[0]["IsSubsequentDebitCredit"] == "X"
    assert call(debit, told)["BAPI_INCOMINGINVOICE_CREATE1"]["HEADERDATA"]["DE_CRE_IND"] == "X"


def test_order_and_account_in_one_document() -> None:
    invoice = invoice_of("60.00", "40.00")
    told = context(lines=[ordered(1, "60.00"), posted(2, "40.00")], shares=[share(1)])
    body = deep_insert(invoice, told)
    assert [row["SupplierInvoiceItemAmount"] for row in rows(body, "to_SuplrInvcItemPurOrdRef")] == ["60.00"]
    assert [row["GLAccount"] for row in rows(body, "to_SupplierInvoiceItemGLAcct")] == ["420000"]


def test_parking_is_another_function() -> None:
    invoice, told = bookings()["order"]
    parked = replace(told, targets=Targets(sap=SapTarget(status="A")))
    assert deep_insert(invoice, parked)["SupplierInvoiceStatus"] == "A"
    assert next(iter(call(invoice, parked))) == "BAPI_INCOMINGINVOICE_PARK"


def test_tax_code_as_the_system_calls_it() -> None:
    invoice, told = bookings()["account"]
    keyed = replace(told, keys={("sap", "tax_code", "V1"): "1A"})
    assert rows(deep_insert(invoice, keyed), "to_SupplierInvoiceTax")[0]["TaxCode"] == "1A"


REFUSED = {
    "number of 17": (plain_invoice(number="R" * 17), context(lines=[posted()]), "number"),
    "cost center of 11": (plain_invoice(), context(lines=[posted(cost_center="C" * 11)]), "posting.lines[0].cost_center"),
    "account of 11": (plain_invoice(), context(lines=[posted(gl_account="1" * 11)]), "posting.lines[0].gl_account"),
    "tax code of 3": (plain_invoice(), context(lines=[posted(tax_code="V19")]), "posting.lines[0].tax_code"),
    "no account": (plain_invoice(), context(lines=[posted(gl_account=None)]), "posting.lines[0].gl_account"),
    "amount of five decimals": (
        plain_invoice(
            lines=[line(net_amount=D("100.00001"))],
            allowances=[AllowanceCharge(amount=D("0.00001"), category="S", rate=D("19"))],
        ),
        context(lines=[ordered(amount="100.00001")], shares=[share()]),
        "allowances[0].amount",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("form", ["sap-odata", "sap-bapi"])
def test_what_does_not_fit_is_refused_with_its_field(name: str, form: str) -> None:
    invoice, told, field = REFUSED[name]
    with pytest.raises(DoesNotFit) as caught:
        exporters.write(form, invoice, told)
    assert caught.value.field == field
