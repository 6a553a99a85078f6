"""Deep insert for API_SUPPLIERINVOICE_PROCESS_SRV (OData V2, entity A_SupplierInvoice), as JSON.

An unknown property makes SAP refuse the whole invoice, so only fields of ``odata_fields.csv`` are written; decimals are strings.
Source of the fields: the API's metadata as SAP's help on communication scenario SAP_COM_0057 lists them.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from exporters.booking import Booking, book
from exporters.context import ExportContext, Exported
from exporters.fields import Stated, fill, table
from exporters.sap import terms
from exporters.sap.rows import account_rows, delivery_cost, order_rows
from schemas import Invoice

NAME = "sap-odata"
HEADER = "A_SupplierInvoice"
ORDER_ITEMS = "to_SuplrInvcItemPurOrdRef"
ACCOUNT_ITEMS = "to_SupplierInvoiceItemGLAcct"
TAXES = "to_SupplierInvoiceTax"

Given = dict[str, Stated]


def write(invoice: Invoice, context: ExportContext) -> Exported:
    """``sap-odata``: the body of one POST. Raises ``MissingData`` and ``DoesNotFit``."""
    booking = book(invoice, context, NAME)
    terms.check_items(booking)
    left_out: list[str] = []
    body: dict[str, Any] = _filled(HEADER, _header(booking, context), left_out)
    for name, rows in (
        (ORDER_ITEMS, _order_items(booking, context)),
        (ACCOUNT_ITEMS, _account_items(booking, context)),
        (TAXES, _taxes(booking, context)),
    ):
        filled = [_filled(name, row, left_out) for row in rows]
        if filled:
            body[name] = {"results": filled}
    data = json.dumps(body, ensure_ascii=False, indent=2).encode() + b"\n"
    return Exported(data, "application/json", ".json", not_carried=left_out)


def _filled(record: str, given: Given, left_out: list[str]) -> dict[str, str | bool]:
    return fill(table("exporters.sap", "odata_fields.csv")[record], given, left_out)


def _header(booking: Booking, context: ExportContext) -> Given:
    invoice, cost = booking.invoice, delivery_cost(booking)
    given = {
        "CompanyCode": Stated(booking.company_code, "posting.company_code"),
        "DocumentDate": Stated(booking.issue_date, "issue_date"),
        "PostingDate": Stated(booking.posting_date, "posting_date"),
        "SupplierInvoiceIDByInvcgParty": Stated(booking.number, "number"),
        "InvoicingParty": Stated(booking.vendor_number, "posting.vendor_number"),
        "DocumentCurrency": Stated(booking.currency, "currency"),
        "InvoiceGrossAmount": Stated(booking.gross, "totals.grand_total"),
        "DueCalculationBaseDate": Stated(booking.issue_date, "issue_date"),
        "PaymentBlockingReason": Stated(terms.payment_block(booking, context), "match.blocks"),
        "AccountingDocumentType": Stated(booking.document_type, "posting.document_type"),
        "PaymentReference": Stated(invoice.payment.remittance, "payment.remittance"),
        "TaxIsCalculatedAutomatically": Stated(False, ""),
        "SupplierInvoiceIsCreditMemo": Stated(booking.is_credit, "type_code"),
        "SupplierInvoiceStatus": Stated(context.targets.sap.status, "settings.sap.status"),
    }
    if cost:
        given["UnplannedDeliveryCost"] = Stated(cost[0], f"{cost[1].path}.amount")
        given["UnplannedDeliveryCostTaxCode"] = Stated(terms.tax_code(cost[1].tax_code, context), f"{cost[1].path}.tax_code")
    return given | _terms(booking)


def _terms(booking: Booking) -> Given:
    stated, given = terms.payment_terms(booking), {}
    for number, (days, percent) in enumerate(stated.discounts, 1):
        path = f"payment_terms.discounts[{number - 1}]"
        given[f"CashDiscount{number}Days"] = Stated(Decimal(days), path)
        given[f"CashDiscount{number}Percent"] = Stated(percent, path)
    if stated.net_days is not None:
        given["NetPaymentDays"] = Stated(Decimal(stated.net_days), "payment_terms.net_days")
    return given


def _order_items(booking: Booking, context: ExportContext) -> Iterator[Given]:
    for number, row in enumerate(order_rows(booking, context, NAME), 1):
        item, share = row.item, row.item.share
        assert share is not None
        given = {
            "SupplierInvoiceItem": Stated(str(number), item.path),
            "PurchaseOrder": Stated(share.purchase_order, f"{item.path}.purchase_order"),
            "PurchaseOrderItem": Stated(terms.item_number(share.purchase_order_line), f"{item.path}.purchase_order_line"),
            "IsSubsequentDebitCredit": Stated(booking.kind == "subsequent", "type_code"),
            "TaxCode": Stated(terms.tax_code(item.tax_code, context), f"{item.path}.tax_code"),
            "DocumentCurrency": Stated(booking.currency, "currency"),
            "SupplierInvoiceItemAmount": Stated(row.amount, f"{item.path}.net_amount"),
            "PurchaseOrderQuantityUnit": Stated(row.unit, f"{item.path}.unit"),
            "QuantityInPurchaseOrderUnit": Stated(row.quantity, f"{item.path}.quantity"),
            "SupplierInvoiceItemText": Stated(item.text, f"{item.path}.text"),
        }
        if row.receipt:
            path = f"{item.path}.receipts"
            given["ReferenceDocument"] = Stated(row.receipt.number, path)
            given["ReferenceDocumentFiscalYear"] = Stated(row.receipt.year, path)
            given["ReferenceDocumentItem"] = Stated(row.receipt.line, path)
        yield given


def _account_items(booking: Booking, context: ExportContext) -> Iterator[Given]:
    for number, (item, amount, side) in enumerate(account_rows(booking), 1):
        posted, path = item.posting, item.path
        has_object = posted.cost_center or posted.internal_order
        area = context.targets.sap.controlling_area if has_object else ""
        yield {
            "SupplierInvoiceItem": Stated(str(number), path),
            "CompanyCode": Stated(booking.company_code, "posting.company_code"),
            "GLAccount": Stated(posted.gl_account, f"{path}.gl_account"),
            "CostCenter": Stated(posted.cost_center, f"{path}.cost_center"),
            "ControllingArea": Stated(area, "settings.sap.controlling_area"),
            "WBSElement": Stated(posted.wbs_element, f"{path}.wbs_element"),
            "InternalOrder": Stated(posted.internal_order, f"{path}.internal_order"),
            "DebitCreditCode": Stated(side, "type_code"),
            "DocumentCurrency": Stated(booking.currency, "currency"),
            "TaxCode": Stated(terms.tax_code(item.tax_code, context), f"{path}.tax_code"),
            "SupplierInvoiceItemAmount": Stated(amount, f"{path}.net_amount"),
            "SupplierInvoiceItemText": Stated(item.text, f"{path}.text"),
        }


def _taxes(booking: Booking, context: ExportContext) -> Iterator[Given]:
    """A row for every code, also those of reverse charge with 0.00: without it SAP would compute one."""
    for row in booking.taxes:
        yield {
            "TaxCode": Stated(terms.tax_code(row.tax_code, context), "posting.lines.tax_code"),
            "DocumentCurrency": Stated(booking.currency, "currency"),
            "TaxAmount": Stated(row.amount, "tax_breakdown.amount"),
            "TaxBaseAmountInTransCrcy": Stated(row.base, "tax_breakdown.basis"),
        }
