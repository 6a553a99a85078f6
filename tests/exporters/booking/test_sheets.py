"""Journal and import sheet, read back by a spreadsheet reader that is not ours."""

import csv
import io
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

import exporters
from exporters import DoesNotFit, ExportContext
from exporters.sheets.xlsx import Cell, workbook
from schemas import Invoice
from tests.exporters.booking.scenes import bookings, context, posted
from tests.exporters.invoices import line, plain_invoice, seller

WITHOUT_ORDER = [name for name, (_, told) in bookings().items() if told.match is not None and not told.match.lines]
HOSTILE = ["=1+1", "+49 421", "-5", "@x", '=HYPERLINK("http://example.com")']


def sheet(data: bytes) -> list[tuple[Any, ...]]:
    book = load_workbook(io.BytesIO(data), data_only=False)
    assert len(book.sheetnames) == 1
    return [tuple(cell.value for cell in row) for row in book.worksheets[0].iter_rows()]


def exact(value: object) -> Decimal:
    return Decimal(str(value or 0))


def journal(invoice: Invoice, told: ExportContext) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exporters.write("journal-csv", invoice, told).data.decode(), newline="")))


@pytest.mark.parametrize("name", bookings())
def test_debit_equals_credit(name: str) -> None:
    invoice, told = bookings()[name]
    rows = journal(invoice, told)
    assert sum(exact(row["debit"]) for row in rows) == sum(exact(row["credit"]) for row in rows)
    (payable,) = [row for row in rows if row["row"] == "payable"]
    side = "debit" if invoice.type_code == "381" else "credit"
    assert exact(payable[side]) == invoice.totals.grand_total
    assert all(bool(row["debit"]) != bool(row["credit"]) for row in rows)


@pytest.mark.parametrize("name", bookings())
def test_workbook_says_what_the_csv_says(name: str) -> None:
    invoice, told = bookings()[name]
    head, *lines = sheet(exporters.write("journal-xlsx", invoice, told).data)
    for row, cells in zip(journal(invoice, told), lines, strict=True):
        for title, cell in zip(head, cells, strict=True):
            if isinstance(cell, datetime):
                assert cell.date().isoformat() == row[title]
            elif title in ("debit", "credit", "tax_rate"):
                assert exact(cell) == exact(row[title])
            else:
                assert (cell or "") == row[title]


def test_text_is_never_a_formula() -> None:
    told = context(lines=[posted()])
    for text in HOSTILE:
        invoice = plain_invoice(number=text, seller=seller(name=text), lines=[line(name=text)])
        assert journal(invoice, told)[0]["number"] == f"'{text}"
        book = load_workbook(io.BytesIO(exporters.write("journal-xlsx", invoice, told).data))
        cells = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value == text]
        assert cells
        assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}


@pytest.mark.parametrize("name", WITHOUT_ORDER)
def test_import_sheet_has_the_totals(name: str) -> None:
    invoice, told = bookings()[name]
    _, sections, _, titles, *lines = sheet(exporters.write("sap-import-sheet", invoice, told).data)
    assert [text for text in sections if text] == ["Header Data", "G/L Account Items"]
    rows = [dict(zip(titles, cells, strict=True)) for cells in lines]
    heads = {tuple(str(row[title]) for title in titles[: titles.index("G/L Account")]) for row in rows}
    assert len(heads) == 1
    first = rows[0]
    assert exact(first["Gross Invoice Amount"]) == invoice.totals.grand_total
    assert first["Document Date"].date() == invoice.issue_date
    assert first["Transaction"] == ("2" if invoice.type_code == "381" else "1")
    assert {row["D/C"] for row in rows} == ({"H"} if invoice.type_code == "381" else {"S"})
    assert sum(exact(row["Amount"]) for row in rows) == invoice.totals.tax_basis_total


REFUSED = {
    "an order": (*bookings()["order"], "posting.lines[0]"),
    "number of 17": (plain_invoice(number="R" * 17), context(lines=[posted()]), "number"),
    "tax code of 3": (plain_invoice(), context(lines=[posted(tax_code="V19")]), "posting.lines[0].tax_code"),
    "cost center of 11": (plain_invoice(), context(lines=[posted(cost_center="C" * 11)]), "posting.lines[0].cost_center"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_import_sheet_refuses_what_it_cannot_hold(name: str) -> None:
    invoice, told, field = REFUSED[name]
    with pytest.raises(DoesNotFit) as caught:
        exporters.write("sap-import-sheet", invoice, told)
    assert caught.value.field == field


def test_wide_sheets_and_the_same_bytes() -> None:
    rows: list[list[Cell]] = [[f"column {number}" for number in range(60)], [Decimal(number) for number in range(60)]]
    data = workbook("wide", rows)
    assert sheet(data)[0][59] == "column 59"
    assert [exact(value) for value in sheet(data)[1]] == rows[1]
    assert data == workbook("wide", rows)
