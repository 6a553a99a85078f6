"""A journal for everybody else, as CSV or XLSX: a row for what is owed, one for each item, tax code and delivery cost.

Debit and credit of all rows are equal. Columns are data (``sheet_fields.csv``). Amounts are in the document currency.
"""

import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from exporters.booking import Booking, book
from exporters.context import ExportContext, Exported
from exporters.fields import Stated, fill, table
from exporters.sheets.xlsx import Cell, workbook
from schemas import Invoice
from schemas.posting import PostingLine

FORMULA_SIGNS = ("=", "+", "-", "@")
"""A spreadsheet takes text that begins so for a formula. In the CSV an apostrophe goes before it, as spreadsheets do themselves."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Given = dict[str, Stated]


def write_csv(invoice: Invoice, context: ExportContext) -> Exported:
    """``journal-csv``: UTF-8, commas, header row, amounts with a point, dates ISO 8601."""
    left_out: list[str] = []
    fields = table("exporters.sheets", "sheet_fields.csv")["journal"]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(fields)
    for given in _rows(book(invoice, context, "journal-csv")):
        filled = fill(fields, given, left_out)
        shown = {name: str(value) for name, value in filled.items()}
        writer.writerow(
            [_harmless(shown.get(name, "")) if one.kind == "text" else shown.get(name, "") for name, one in fields.items()]
        )
    return Exported(text.getvalue().encode(), "text/csv", ".csv", not_carried=left_out)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def write_xlsx(invoice: Invoice, context: ExportContext) -> Exported:
    """``journal-xlsx``: the same rows as a workbook; amounts are numbers, dates are dates."""
    left_out: list[str] = []
    fields = table("exporters.sheets", "sheet_fields.csv")["journal"]
    rows: list[list[Cell]] = [list(fields)]
    for given in _rows(book(invoice, context, "journal-xlsx")):
        filled = fill(fields, given, left_out)
        rows.append([cell_of(given[name], str(filled[name])) if name in filled else None for name in fields])
    return Exported(workbook("Journal", rows), XLSX, ".xlsx", not_carried=left_out)


def cell_of(stated: Stated, shown: str) -> Cell:
    """Amounts and dates as they are, everything else as the field table shows it."""
    return stated.value if isinstance(stated.value, (Decimal, date)) else shown


def _rows(booking: Booking) -> Iterator[Given]:
    yield _row(booking, "payable", -booking.gross, "totals.grand_total")
    for item in booking.items:
        given = _row(booking, "item", item.amount, f"{item.path}.net_amount")
        given |= _assignment(item.posting, item.path)
        given["tax_rate"] = Stated(booking.rate_of(item), "tax_breakdown.rate")
        given["text"] = Stated(item.text, f"{item.path}.text")
        if item.share is not None:
            given["purchase_order"] = Stated(item.share.purchase_order, f"{item.path}.purchase_order")
            given["purchase_order_line"] = Stated(item.share.purchase_order_line, f"{item.path}.purchase_order_line")
        yield given
    for cost in booking.delivery_costs:
        given = _row(booking, "delivery", cost.amount, f"{cost.path}.amount")
        given["tax_code"] = Stated(cost.tax_code, f"{cost.path}.tax_code")
        given["tax_rate"] = Stated(booking.rate_of(cost), "tax_breakdown.rate")
        given["text"] = Stated(cost.text, f"{cost.path}.reason")
        yield given
    for row in booking.taxes:
        given = _row(booking, "tax", row.amount, "tax_breakdown.amount")
        given["tax_code"] = Stated(row.tax_code, "posting.lines.tax_code")
        given["tax_rate"] = Stated(row.rate, "tax_breakdown.rate")
        yield given


def _row(booking: Booking, name: str, amount: Decimal, path: str) -> Given:
    """What every row repeats. A debit of the invoice is positive; a credit memo turns it around."""
    signed = -amount if booking.is_credit else amount
    side = "debit" if signed > 0 or (signed == 0 and name != "payable") else "credit"
    return {
        "company_code": Stated(booking.company_code, "posting.company_code"),
        "document_type": Stated(booking.document_type, "posting.document_type"),
        "kind": Stated(booking.kind, "type_code"),
        "number": Stated(booking.number, "number"),
        "issue_date": Stated(booking.issue_date, "issue_date"),
        "posting_date": Stated(booking.posting_date, "posting_date"),
        "due_date": Stated(booking.invoice.due_date, "due_date"),
        "vendor_number": Stated(booking.vendor_number, "posting.vendor_number"),
        "vendor_name": Stated(booking.invoice.seller.name, "seller.name"),
        "currency": Stated(booking.currency, "currency"),
        "row": Stated(name, ""),
        side: Stated(abs(signed), path),
    }


def _assignment(posted: PostingLine, path: str) -> Given:
    names = ("invoice_line", "gl_account", "cost_center", "internal_order", "wbs_element", "asset", "tax_code")
    return {name: Stated(getattr(posted, name), f"{path}.{name}") for name in names}
