"""The sheet for SAP's app "Import Supplier Invoices": header data and G/L account items, for invoices without an order.

Rows of one invoice repeat its header data and share an invoice id. Columns are data (``sheet_fields.csv``): the app checks the cells
of the template that was downloaded from it, so the order there is that of the template and is changed with it.
Source: SAP help on the app, and its messages (class FAP_ISI).
"""

from decimal import Decimal

from exporters.booking import Booking, book
from exporters.context import ExportContext, Exported
from exporters.errors import DoesNotFit
from exporters.fields import Stated, fill, table
from exporters.sap import terms
from exporters.sap.rows import account_rows, delivery_cost
from exporters.sheets.journal import XLSX, cell_of
from exporters.sheets.xlsx import Cell, workbook
from schemas import Invoice

NAME = "sap-import-sheet"
SECTIONS = {"header": "Header Data", "item": "G/L Account Items"}


def write(invoice: Invoice, context: ExportContext) -> Exported:
    """``sap-import-sheet``. Raises ``MissingData`` and ``DoesNotFit``."""
    booking = book(invoice, context, NAME)
    ordered = next((item for item in booking.items if item.share is not None), None)
    if ordered is not None or delivery_cost(booking):
        path = ordered.path if ordered is not None else booking.delivery_costs[0].path
        raise DoesNotFit(path, "", "the import sheet takes G/L account items only, no orders")
    terms.check_items(booking)
    left_out: list[str] = []
    fields = table("exporters.sheets", "sheet_fields.csv")["import"]
    names = [one.meaning.partition(" ")[2].partition(":")[0] for one in fields.values()]
    sections = [SECTIONS.get(one.meaning.partition(" ")[0], "") for one in fields.values()]
    shown = [text if text != before else "" for before, text in zip(["", *sections], sections, strict=False)]
    rows: list[list[Cell]] = [
        ["Supplier Invoices"],
        [*shown],
        [name if "rising" not in name else "" for name in names],
        [*fields],
    ]
    header = _header(booking, context)
    for given in _items(booking, context):
        filled = fill(fields, header | given, left_out)
        rows.append([cell_of((header | given)[name], str(filled[name])) if name in filled else None for name in fields])
    return Exported(workbook("Supplier Invoices", rows, bold_rows=4), XLSX, ".xlsx", not_carried=left_out)


def _header(booking: Booking, context: ExportContext) -> dict[str, Stated]:
    stated = terms.payment_terms(booking)
    given = {
        "Invoice ID": Stated("1", ""),
        "Company Code": Stated(booking.company_code, "posting.company_code"),
        "Transaction": Stated("2" if booking.is_credit else "1", "type_code"),
        "Invoicing Party": Stated(booking.vendor_number, "posting.vendor_number"),
        "Reference": Stated(booking.number, "number"),
        "Document Date": Stated(booking.issue_date, "issue_date"),
        "Posting Date": Stated(booking.posting_date, "posting_date"),
        "Document Type": Stated(booking.document_type, "posting.document_type"),
        "Currency": Stated(booking.currency, "currency"),
        "Gross Invoice Amount": Stated(booking.gross, "totals.grand_total"),
        "Calculate Tax": Stated(True, ""),
        "Baseline Date": Stated(booking.issue_date, "issue_date"),
        "Payment Block": Stated(terms.payment_block(booking, context), "match.blocks"),
    }
    for number, (days, percent) in enumerate(stated.discounts, 1):
        given[f"Days {number}"] = Stated(Decimal(days), "payment_terms.discounts")
        given[f"Percentage {number}"] = Stated(percent, "payment_terms.discounts")
    if stated.net_days is not None:
        given["Net Days"] = Stated(Decimal(stated.net_days), "payment_terms.net_days")
    return given


def _items(booking: Booking, context: ExportContext) -> list[dict[str, Stated]]:
    return [
        {
            "G/L Account": Stated(item.posting.gl_account, f"{item.path}.gl_account"),
            "D/C": Stated(side, "type_code"),
            "Amount": Stated(amount, f"{item.path}.net_amount"),
            "Tax Code": Stated(terms.tax_code(item.tax_code, context), f"{item.path}.tax_code"),
            "Text": Stated(item.text, f"{item.path}.text"),
            "Cost Center": Stated(item.posting.cost_center, f"{item.path}.cost_center"),
            "Internal Order": Stated(item.posting.internal_order, f"{item.path}.internal_order"),
            "WBS Element": Stated(item.posting.wbs_element, f"{item.path}.wbs_element"),
        }
        for item, amount, side in account_rows(booking)
    ]
