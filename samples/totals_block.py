"""Totals of an invoice: which rows, and how they stand on the page."""

from samples.press import Press
from schemas import Invoice

Row = tuple[str, str, str, bool]
"""Label, amount as printed, path, bold."""


def totals_rows(press: Press, invoice: Invoice, *, credit: bool = False, sign: int = 1) -> list[Row]:
    """The rows this supplier prints, in its order."""
    layout, totals, rows = press.layout, invoice.totals, list[Row]()
    money = layout.notation.money
    wanted = list(layout.totals_rows)
    adjusted = bool(invoice.allowances or invoice.charges)
    if adjusted and "line_total" not in wanted:
        wanted.insert(0, "line_total")
    if adjusted and len(invoice.tax_breakdown) > 1 and "tax" not in wanted:
        wanted.insert(wanted.index("grand_total"), "tax")  # of which rate the allowance is must stand somewhere
    if (totals.prepaid or totals.rounding) and "due_payable" not in wanted:
        wanted.append("due_payable")
    for name in wanted:
        if name == "tax":
            rows += _tax_rows(press, invoice, sign)
        elif name == "grand_total" and totals.grand_total is not None:
            label = layout.word("credit_total" if credit else "grand_total")
            rows.append((label, money(sign * totals.grand_total), "totals.grand_total", True))
        elif name == "due_payable" and totals.due_payable is not None:
            if totals.prepaid:
                rows.append((layout.word("prepaid"), money(-totals.prepaid), "totals.prepaid", False))
            if totals.rounding:
                rows.append((layout.word("rounding"), money(sign * totals.rounding), "totals.rounding", False))
            rows.append((layout.word("due_payable"), money(sign * totals.due_payable), "totals.due_payable", True))
        elif (value := getattr(totals, name)) is not None and not (name == "tax_total" and not value and not layout.zero_tax_row):
            rows.append((layout.word(name), money(sign * value), f"totals.{name}", False))
        if name == "line_total" and adjusted:
            rows += _adjustments(press, invoice, sign)
    return rows


def _adjustments(press: Press, invoice: Invoice, sign: int) -> list[Row]:
    money = press.layout.notation.money
    rows: list[Row] = []
    for index, item in enumerate(invoice.allowances):
        percent = f" {press.layout.notation.percent(item.percent)} %" if item.percent is not None else ""
        if item.amount is not None:
            rows.append(
                (f"{item.reason or ''}{percent}".strip(), money(-sign * item.amount), f"allowances[{index}].amount", False)
            )
            press.printed.setdefault("totals.allowance_total", money(item.amount))
    for index, item in enumerate(invoice.charges):
        if item.amount is not None:
            rows.append((item.reason or "", money(sign * item.amount), f"charges[{index}].amount", False))
    return rows


def _tax_rows(press: Press, invoice: Invoice, sign: int) -> list[Row]:
    layout, rows = press.layout, list[Row]()
    for index, tax in enumerate(invoice.tax_breakdown):
        if tax.rate is None or tax.amount is None or (not tax.amount and not layout.zero_tax_row):
            continue
        rate = layout.notation.percent(tax.rate)
        several = len(invoice.tax_breakdown) > 1
        if (layout.tax_with_basis or several) and tax.basis is not None:
            basis = layout.notation.number(sign * tax.basis)
            label = layout.word("tax_row_basis", rate=rate, basis=basis)
            press.printed.setdefault(f"tax_breakdown[{index}].basis", basis)
        else:
            label = layout.word("tax_row", rate=rate)
        if layout.tax_letters:
            label = f"{chr(ord('A') + index)} = {label}"
        press.printed.setdefault(f"tax_breakdown[{index}].rate", rate)
        rows.append((label, layout.notation.money(sign * tax.amount), f"tax_breakdown[{index}].amount", False))
    return rows


def totals_width(press: Press, rows: list[Row]) -> float:
    """Of labels and amounts in two columns."""
    labels = max(press.width(label, bold=True) for label, *_ in rows)
    return labels + max(press.width(amount, bold=True) for _, amount, *_ in rows) + 28


def draw_totals(press: Press, rows: list[Row], style: str = "") -> None:
    style = style or press.layout.totals
    step = (press.right - press.left) / len(rows)
    if style == "wide" and all(press.width(text, bold=True) < step - 6 for row in rows for text in row[:2]):
        _draw_wide(press, rows, step)
        return
    widest = max(press.width(label, bold=True) for label, *_ in rows)
    amounts = max(press.width(amount, bold=True) for _, amount, *_ in rows)
    if style == "left":
        label_x, amount_x = press.left, press.left + widest + amounts + 24
    else:
        label_x, amount_x = press.right - widest - amounts - 28, press.right - 3
    top = press.y
    for label, amount, path, bold in rows:
        press.y += press.leading + (2 if bold else 0)
        if bold and style == "right":
            press.sheet.line(label_x, press.y - press.leading + 1, amount_x + 3, press.y - press.leading + 1, 0.6)
        press.put(label_x, press.y, label, bold=bold)
        press.put(amount_x, press.y, amount, path=path, bold=bold, align="right")
    if style == "boxed":
        press.frame(label_x - 6, top, amount_x + 3, press.y + 5, 0.6)
    press.y += 14


def _draw_wide(press: Press, rows: list[Row], step: float) -> None:
    """One row of labels, the amounts below them."""
    press.rule(press.y, 0.4)
    for index, (label, amount, path, bold) in enumerate(rows):
        x = press.left + (index + 1) * step - 4
        press.put(x, press.y + press.leading, label, size=press.layout.size - 1.5, align="right")
        press.put(x, press.y + 2.3 * press.leading, amount, path=path, bold=bold, align="right")
    press.y += 2.3 * press.leading + 6
    press.rule(press.y, 0.4)
    press.y += 14
