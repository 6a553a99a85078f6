"""The table of the taxes: one row for each rate with basis, tax and both together, and their sums."""

from decimal import Decimal

from samples.press import Press
from schemas import Invoice

COLUMNS = ("tax", "basis", "tax_amount", "gross_amount")


def tax_table_rows(press: Press, invoice: Invoice, sign: int) -> list[list[str]]:
    """Head, rates, and the sums where there are several rates."""
    layout, number = press.layout, press.layout.notation.number
    rows = [[layout.word(f"col_{name}") for name in COLUMNS]]
    for index, tax in enumerate(invoice.tax_breakdown):
        basis, amount = tax.basis or Decimal(0), tax.amount or Decimal(0)
        rate = layout.notation.percent(tax.rate or Decimal(0))
        rows.append([f"{rate} %", number(sign * basis), number(sign * amount), number(sign * (basis + amount))])
        for name, text in (("rate", rate), ("basis", rows[-1][1]), ("amount", rows[-1][2])):
            press.printed.setdefault(f"tax_breakdown[{index}].{name}", text)
    if len(invoice.tax_breakdown) > 1:
        totals = invoice.totals
        sums = (totals.tax_basis_total, totals.tax_total, totals.grand_total)
        rows.append([layout.word("tax_table_sum"), *(number(sign * (value or Decimal(0))) for value in sums)])
    return rows


def draw_tax_table(press: Press, invoice: Invoice, sign: int) -> float:
    """Returns the width it takes."""
    rows = tax_table_rows(press, invoice, sign)
    widths = [max(press.width(row[column], bold=True) for row in rows) + 22 for column in range(len(COLUMNS))]
    for number, row in enumerate(rows):
        press.y += press.leading + 1
        x = press.left
        for column, text in enumerate(row):
            right = column > 0
            press.put(x + widths[column] - 6 if right else x, press.y, text, bold=number == 0, align="right" if right else "left")
            x += widths[column]
        if number == 0:
            press.sheet.line(press.left, press.y + 3, press.left + sum(widths), press.y + 3, 0.4)
            press.y += 2
    press.y += 2 * press.leading
    return sum(widths)
