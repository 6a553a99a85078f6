"""The call of BAPI_INCOMINGINVOICE_CREATE1 (or BAPI_INCOMINGINVOICE_PARK) as JSON: parameters by name, fields of ``bapi_fields.csv``.

Dates YYYYMMDD, amounts with a point and never signed. Whoever makes the call commits it with BAPI_TRANSACTION_COMMIT.
Source: SAP's documentation of business object IncomingInvoice, structures BAPI_INCINV_CREATE_*.
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

NAME = "sap-bapi"
CREATE, PARK = "BAPI_INCOMINGINVOICE_CREATE1", "BAPI_INCOMINGINVOICE_PARK"

Given = dict[str, Stated]


def write(invoice: Invoice, context: ExportContext) -> Exported:
    """``sap-bapi``: ``{"BAPI_...": {"HEADERDATA": {...}, "ITEMDATA": [...], ...}}``."""
    booking = book(invoice, context, NAME)
    terms.check_items(booking)
    left_out: list[str] = []
    parameters: dict[str, Any] = {"HEADERDATA": _filled("HEADERDATA", _header(booking, context), left_out)}
    order_items = list(_order_items(booking, context))
    for name, rows in (
        ("ITEMDATA", order_items),
        ("GLACCOUNTDATA", list(_account_items(booking, context, len(order_items)))),
        ("TAXDATA", list(_taxes(booking, context))),
    ):
        if rows:
            parameters[name] = [_filled(name, row, left_out) for row in rows]
    function = CREATE if context.targets.sap.status == "5" else PARK
    call = {function: parameters, "BAPI_TRANSACTION_COMMIT": {"WAIT": "X"}}
    data = json.dumps(call, ensure_ascii=False, indent=2).encode() + b"\n"
    return Exported(data, "application/json", ".json", not_carried=left_out)


def _filled(record: str, given: Given, left_out: list[str]) -> dict[str, str | bool]:
    return fill(table("exporters.sap", "bapi_fields.csv")[record], given, left_out)


def _header(booking: Booking, context: ExportContext) -> Given:
    stated, cost = terms.payment_terms(booking), delivery_cost(booking)
    given = {
        "INVOICE_IND": Stated(not booking.is_credit, "type_code"),
        "DOC_TYPE": Stated(booking.document_type, "posting.document_type"),
        "DOC_DATE": Stated(booking.issue_date, "issue_date"),
        "PSTNG_DATE": Stated(booking.posting_date, "posting_date"),
        "REF_DOC_NO": Stated(booking.number, "number"),
        "COMP_CODE": Stated(booking.company_code, "posting.company_code"),
        "DIFF_INV": Stated(booking.vendor_number, "posting.vendor_number"),
        "CURRENCY": Stated(booking.currency, "currency"),
        "GROSS_AMOUNT": Stated(booking.gross, "totals.grand_total"),
        "CALC_TAX_IND": Stated(False, ""),
        "BLINE_DATE": Stated(booking.issue_date, "issue_date"),
        "PMNT_BLOCK": Stated(terms.payment_block(booking, context), "match.blocks"),
        "DE_CRE_IND": Stated(booking.kind == "subsequent" and booking.has_order, "type_code"),
    }
    for number, (days, percent) in enumerate(stated.discounts, 1):
        path = f"payment_terms.discounts[{number - 1}]"
        given[f"DSCT_DAYS{number}"] = Stated(Decimal(days), path)
        given[f"DSCT_PCT{number}"] = Stated(percent, path)
    if stated.net_days is not None:
        given["NETTERMS"] = Stated(Decimal(stated.net_days), "payment_terms.net_days")
    if cost:
        given["DEL_COSTS"] = Stated(cost[0], f"{cost[1].path}.amount")
        given["DEL_COSTS_TAXC"] = Stated(terms.tax_code(cost[1].tax_code, context), f"{cost[1].path}.tax_code")
    return given


def _order_items(booking: Booking, context: ExportContext) -> Iterator[Given]:
    for number, row in enumerate(order_rows(booking, context, NAME), 1):
        item, share = row.item, row.item.share
        assert share is not None
        given = {
            "INVOICE_DOC_ITEM": Stated(str(number), item.path),
            "PO_NUMBER": Stated(share.purchase_order, f"{item.path}.purchase_order"),
            "PO_ITEM": Stated(terms.item_number(share.purchase_order_line), f"{item.path}.purchase_order_line"),
            "DE_CRE_IND": Stated(booking.kind == "subsequent", "type_code"),
            "TAX_CODE": Stated(terms.tax_code(item.tax_code, context), f"{item.path}.tax_code"),
            "ITEM_AMOUNT": Stated(row.amount, f"{item.path}.net_amount"),
            "QUANTITY": Stated(row.quantity, f"{item.path}.quantity"),
            "PO_UNIT": Stated(row.unit, f"{item.path}.unit"),
            "ITEM_TEXT": Stated(item.text, f"{item.path}.text"),
        }
        if row.receipt:
            path = f"{item.path}.receipts"
            given["REF_DOC"] = Stated(row.receipt.number, path)
            given["REF_DOC_YEAR"] = Stated(row.receipt.year, path)
            given["REF_DOC_IT"] = Stated(row.receipt.line, path)
        yield given


def _account_items(booking: Booking, context: ExportContext, before: int) -> Iterator[Given]:
    for number, (item, amount, side) in enumerate(account_rows(booking), before + 1):
        posted, path = item.posting, item.path
        area = context.targets.sap.controlling_area if posted.cost_center or posted.internal_order else ""
        yield {
            "INVOICE_DOC_ITEM": Stated(str(number), path),
            "GL_ACCOUNT": Stated(posted.gl_account, f"{path}.gl_account"),
            "ITEM_AMOUNT": Stated(amount, f"{path}.net_amount"),
            "DB_CR_IND": Stated(side, "type_code"),
            "COMP_CODE": Stated(booking.company_code, "posting.company_code"),
            "TAX_CODE": Stated(terms.tax_code(item.tax_code, context), f"{path}.tax_code"),
            "COSTCENTER": Stated(posted.cost_center, f"{path}.cost_center"),
            "CO_AREA": Stated(area, "settings.sap.controlling_area"),
            "ORDERID": Stated(posted.internal_order, f"{path}.internal_order"),
            "WBS_ELEM": Stated(posted.wbs_element, f"{path}.wbs_element"),
            "ITEM_TEXT": Stated(item.text, f"{path}.text"),
        }


def _taxes(booking: Booking, context: ExportContext) -> Iterator[Given]:
    for row in booking.taxes:
        yield {
            "TAX_CODE": Stated(terms.tax_code(row.tax_code, context), "posting.lines.tax_code"),
            "TAX_AMOUNT": Stated(row.amount, "tax_breakdown.amount"),
            "TAX_BASE_AMOUNT": Stated(row.base, "tax_breakdown.basis"),
        }
