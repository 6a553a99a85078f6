"""The table of invoice lines: columns, wrapped names, second lines with item numbers, carry-over over pages."""

from collections.abc import Callable
from decimal import Decimal

from samples.canvas import WHITE, Align
from samples.press import Press
from schemas import Invoice, Line, round_half_up

_WIDTHS = {
    "id": 26.0,
    "item": 70.0,
    "quantity": 52.0,
    "unit": 42.0,
    "price": 60.0,
    "price_gross": 64.0,
    "per": 32.0,
    "discount": 44.0,
    "tax": 40.0,
    "tax_amount": 58.0,
    "amount": 70.0,
    "gross_amount": 68.0,
}
"""Usual widths in points at 9.5 point type; the name column takes what is left."""
NARROWEST_NAME = 95.0
LEFT_ALIGNED = frozenset({"id", "item", "name", "unit"})
_GREY = (0.93, 0.93, 0.94)


class TooNarrow(ValueError):
    """The other columns leave no room for the name."""


def tax_letter(invoice: Invoice, line: Line) -> str:
    """A for the first entry of the tax breakdown, B for the second, ..."""
    keys = [(tax.category, tax.rate) for tax in invoice.tax_breakdown]
    return chr(ord("A") + keys.index((line.tax_category, line.tax_rate)))


def _tax(line: Line) -> Decimal:
    return round_half_up((line.net_amount or Decimal(0)) * (line.tax_rate or Decimal(0)) / 100)


class ItemTable:
    """Writes the lines of one invoice; ``turn_page`` is called when the page is full and leaves ``press.y`` at its top."""

    def __init__(self, press: Press, invoice: Invoice, turn_page: Callable[[], None], *, sign: int = 1) -> None:
        self.press, self.invoice, self.turn_page, self.sign = press, invoice, turn_page, sign
        self.columns = press.layout.columns
        widths = {name: self._need(name) for name in self.columns if name != "name"}
        widths["name"] = press.right - press.left - sum(widths.values())
        if widths["name"] < NARROWEST_NAME:
            raise TooNarrow(f"{press.layout.name}: {widths['name']:.0f} points are left for the name")
        self.spans: dict[str, tuple[float, float]] = {}
        x = press.left
        for name in self.columns:
            self.spans[name] = (x, x + widths[name])
            x += widths[name]

    @property
    def summed(self) -> str:
        """The column that subtotals and carry-overs stand under."""
        return "amount" if "amount" in self.columns else "gross_amount"

    def _worth(self, line: Line) -> Decimal:
        return (line.net_amount or Decimal(0)) + (_tax(line) if self.summed == "gross_amount" else Decimal(0))

    def _need(self, name: str) -> float:
        """Width of a column: its usual width, more where its header or a cell is wider."""
        press = self.press
        cells = [text for index, line in enumerate(self.invoice.lines) for text, _ in self.cell(name, index, line)[:1]]
        widest = max((press.width(text) for text in cells), default=0.0)
        header = press.width(press.layout.word(f"col_{name}"), bold=True)
        return max(_WIDTHS[name] * press.layout.size / 9.5 * 0.8, widest + 8, header + 8)

    def draw(self) -> None:
        if self.press.layout.table == "form":
            self._draw_forms()
            return
        self._header()
        running = Decimal(0)
        for index, line in enumerate(self.invoice.lines):
            self._group_heading(index)
            height = self._height(index, line)
            if self.press.y + height > self.press.bottom - 8 - self.press.leading:  # room for the carry-over
                self._carry(running)
                self.turn_page()
                self._header()
                self._carry(running)
            self._row(index, line, height)
            running += self._worth(line)
            self._group_sum(index)
        self._close()

    def _draw_forms(self) -> None:
        """No table: each line is a block of labels with their values."""
        press = self.press
        gap = max(press.width(press.layout.word(f"col_{name}") + press.layout.colon) for name in self.columns) + 14
        for index, line in enumerate(self.invoice.lines):
            if press.y + (len(self.columns) + 1) * press.leading > press.bottom:
                self.turn_page()
            for name in self.columns:
                cells = [(line.name or "", f"lines[{index}].name")] if name == "name" else self.cell(name, index, line)
                if cells:
                    press.y += press.leading
                    press.put(press.left, press.y, press.layout.word(f"col_{name}") + press.layout.colon)
                    press.put(press.left + gap, press.y, cells[0][0], path=cells[0][1])
                for text, path in cells[1:]:
                    press.printed.setdefault(path, text)
            press.y += press.leading
        press.y += 6

    def _group_heading(self, index: int) -> None:
        size, press = self.press.layout.group_size, self.press
        if not size or index % size:
            return
        if press.y + 4 * press.leading > press.bottom:
            self.turn_page()
            self._header()
        press.put(
            self.spans["name"][0] + 3, press.y + press.leading, press.layout.word("group", n=str(index // size + 1)), bold=True
        )
        press.y += press.leading + 4

    def _group_sum(self, index: int) -> None:
        size, press, lines = self.press.layout.group_size, self.press, self.invoice.lines
        if not size or not ((index + 1) % size == 0 or index + 1 == len(lines)):
            return
        total = sum((self._worth(line) for line in lines[index // size * size : index + 1]), Decimal(0))
        x, align = self._anchor(self.summed)
        label = press.layout.word("group_total", n=str(index // size + 1))
        press.put(self.spans["name"][0] + 3, press.y + press.leading, label, bold=True)
        press.put(x, press.y + press.leading, press.layout.notation.number(self.sign * total), align=align, bold=True)
        press.y += press.leading + 5

    def _header(self) -> None:
        press, layout = self.press, self.press.layout
        if not layout.table_head:
            press.rule(press.y, 0.6, layout.accent)
            press.y += 4
            return
        top = press.y
        bottom = top + press.leading + 5
        if layout.table == "band":
            press.sheet.fill(press.left, top, press.right, bottom, layout.accent)
        elif layout.table in ("zebra", "ruled"):
            press.sheet.fill(press.left, top, press.right, bottom, _GREY)
        for name in self.columns:
            colour = WHITE if layout.table == "band" else layout.accent
            x, align = self._anchor(name)
            press.put(x, top + press.leading, layout.word(f"col_{name}"), bold=True, align=align, colour=colour)
        if layout.table == "lines":
            press.rule(bottom, 0.9, layout.accent)
        if layout.table == "ruled":
            self._grid(top, bottom)
        press.y = bottom

    def _anchor(self, name: str) -> tuple[float, Align]:
        left, right = self.spans[name]
        return (left + 3, "left") if name in LEFT_ALIGNED else (right - 3, "right")

    def _grid(self, top: float, bottom: float) -> None:
        sheet, press = self.press.sheet, self.press
        press.rule(top)
        press.rule(bottom)
        for x in [press.left, *(right for _, right in self.spans.values())]:
            sheet.line(x, top, x, bottom)

    def second_lines(self, index: int, line: Line) -> list[tuple[str, str, str]]:
        """(label, value, path) below the name."""
        layout, entries = self.press.layout, []
        if layout.item_ids == "second-line":
            entries.append((layout.word("item_prefix"), line.seller_item_id, "seller_item_id"))
            entries.append((layout.word("buyer_item_prefix"), line.buyer_item_id, "buyer_item_id"))
        if layout.show_gtin:
            entries.append((layout.word("gtin_prefix"), line.gtin, "gtin"))
        if line.delivery_note:
            entries.append((layout.word("delivery_note"), line.delivery_note, "delivery_note"))
        if layout.order_line_text:
            entries.append(
                (
                    {"de": "Bestellposition", "fr": "Poste de commande"}.get(layout.language, "PO line"),
                    line.purchase_order_line,
                    "purchase_order_line",
                )
            )
        return [(label, value, f"lines[{index}].{path}") for label, value, path in entries if value]

    def _name_lines(self, line: Line) -> list[str]:
        left, right = self.spans["name"]
        return self.press.wrap(line.name or "", right - left - 8)

    def _height(self, index: int, line: Line) -> float:
        rows = len(self._name_lines(line)) + len(self.second_lines(index, line)) + (1 if line.description else 0)
        return rows * self.press.leading + 6

    def _row(self, index: int, line: Line, height: float) -> None:
        press, layout = self.press, self.press.layout
        top = press.y
        if layout.table == "zebra" and index % 2:
            press.sheet.fill(press.left, top, press.right, top + height, _GREY)
        base = top + press.leading
        for name in self.columns:
            if name != "name":
                x, align = self._anchor(name)
                for text, path in self.cell(name, index, line)[:1]:
                    press.put(x, base, text, align=align)
                    press.printed.setdefault(path, text)
                for text, path in self.cell(name, index, line)[1:]:
                    press.printed.setdefault(path, text)
        self._name_cell(index, line, base)
        if layout.table == "ruled":
            self._grid(top, top + height)
        elif layout.table == "lines":
            press.rule(top + height, 0.25)
        press.y = top + height

    def _name_cell(self, index: int, line: Line, y: float) -> None:
        press = self.press
        x = self.spans["name"][0] + 3
        for text in self._name_lines(line):
            press.put(x, y, text)
            y += press.leading
        if line.name:
            press.printed.setdefault(f"lines[{index}].name", line.name)
        if line.description:
            press.put(x, y, line.description, path=f"lines[{index}].description", size=press.layout.size - 1)
            y += press.leading
        for label, value, path in self.second_lines(index, line):
            separator = " " if label.endswith((":", ".")) else f"{press.layout.colon} "
            press.put(x, y, f"{label}{separator}{value}", size=press.layout.size - 1)
            press.printed.setdefault(path, value)
            y += press.leading

    def cell(self, name: str, index: int, line: Line) -> list[tuple[str, str]]:
        """The text to print first, then further values that are part of it, each with its path."""
        layout, notation, at = self.press.layout, self.press.layout.notation, f"lines[{index}]."
        money = notation.money if notation.currency_in_lines else notation.number
        match name:
            case "id" if line.id:
                return [(line.id, at + "id")]
            case "item" if line.seller_item_id:
                return [(line.seller_item_id, at + "seller_item_id")]
            case "quantity" if line.quantity is not None:
                quantity = notation.quantity(line.quantity)
                if "unit" in self.columns:
                    return [(quantity, at + "quantity")]
                return [(f"{quantity} {layout.unit(line.unit or 'C62')}", at + "unit"), (quantity, at + "quantity")]
            case "unit" if line.unit:
                return [(layout.unit(line.unit), at + "unit")]
            case "price" if (price := line.gross_price if line.gross_price is not None else line.net_price) is not None:
                field = at + ("gross_price" if line.gross_price is not None else "net_price")
                text = notation.price(price)
                if line.price_quantity and "per" not in self.columns:
                    per = notation.number(line.price_quantity, None)
                    return [(f"{text} / {per}", field + "+"), (text, field), (per, at + "price_quantity")]
                return [(text, field)]
            case "price_gross" if line.net_price is not None:
                return [(notation.price(line.net_price * (1 + (line.tax_rate or Decimal(0)) / 100)), at + "price_gross")]
            case "per" if line.net_price is not None:
                return [(notation.number(line.price_quantity or Decimal(1), None), at + "price_quantity")]
            case "discount" if line.gross_price and line.discount:
                return [(f"{notation.percent(line.discount / line.gross_price * 100)} %", at + "discount_percent")]
            case "tax" if layout.tax_letters:
                return [(tax_letter(self.invoice, line), at + "tax_letter")]
            case "tax" if line.tax_rate is not None:
                return [(f"{notation.percent(line.tax_rate)} %", at + "tax_rate")]
            case "amount" if line.net_amount is not None:
                return [(money(self.sign * line.net_amount), at + "net_amount")]
            case "tax_amount" if line.net_amount is not None:
                return [(notation.number(self.sign * _tax(line)), at + "tax_amount")]
            case "gross_amount" if line.net_amount is not None:
                return [(notation.number(self.sign * (line.net_amount + _tax(line))), at + "gross_amount")]
        return []

    def _carry(self, running: Decimal) -> None:
        """Running total at the end of a page and at the top of the next."""
        press = self.press
        x, align = self._anchor(self.summed)
        press.put(self.spans["name"][0] + 3, press.y + press.leading, press.layout.word("carry"))
        press.put(x, press.y + press.leading, press.layout.notation.number(self.sign * running), align=align)
        press.y += press.leading + 5

    def _close(self) -> None:
        if self.press.layout.table in ("plain", "zebra", "band"):
            self.press.rule(self.press.y + 2, 0.6, self.press.layout.accent)
        self.press.y += 6
