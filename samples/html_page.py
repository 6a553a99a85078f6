"""An invoice as a page of HTML: the same words, notations and values as ``compose``, laid out by the rules of a browser.

The choices of a ``Layout`` are taken where they have a meaning in HTML; what a browser does otherwise (cells that wrap, columns as wide as
their text, heads repeated on each page) is the point of it.
"""

from dataclasses import dataclass, replace
from html import escape
from string import Template

from samples.browser import print_html
from samples.compose import Entry, Paper, Rendered, entries_of
from samples.item_table import LEFT_ALIGNED, ItemTable
from samples.layout import ROOT, Layout
from samples.letterhead import bank_entries, city_line, country_name, note_address, tax_ids
from samples.party_blocks import party_blocks
from samples.press import Press
from samples.tax_table import tax_table_rows
from samples.totals_block import totals_rows
from schemas import Invoice
from schemas.invoice import CREDIT_NOTES

_FAMILIES = {"Times": "serif", "Courier": "monospace"}


def print_invoice(invoice: Invoice, layout: Layout, paper: Paper) -> Rendered:
    """As ``compose.render_invoice``, printed by a browser. Raises ``NoBrowser``."""
    page = _Page(invoice, layout, paper)
    return Rendered(print_html(page.html()), dict(page.press.printed))


@dataclass
class _Page:
    invoice: Invoice
    layout: Layout
    paper: Paper

    def __post_init__(self) -> None:
        self.credit = self.invoice.type_code in CREDIT_NOTES
        self.sign = -1 if self.credit and self.paper.negative_credit else 1
        self.title = self.paper.title or self.layout.word("credit_note" if self.credit else "invoice")
        measured = replace(self.layout, producer="reportlab", family="Wide", page=(2000.0, 841.89))  # nothing is too narrow
        self.press = Press(measured, self.title)  # remembers what is printed; its sheet stays unused

    def html(self) -> str:
        body = "".join(
            (
                self._head(),
                self._top(),
                self._greeting(),
                self._items(),
                self._taxes(),
                self._totals(),
                self._terms(),
                self._foot(),
            )
        )
        title = escape(f"{self.title} {self.invoice.number or ''}".strip())
        return (
            f'<!doctype html><html lang="{self.layout.language}"><head><meta charset="utf-8"><title>{title}</title>'
            f"<style>{self._style()}</style></head><body>{body}</body></html>"
        )

    def _style(self) -> str:
        layout = self.layout
        accent = "rgb({:.0f},{:.0f},{:.0f})".format(*(part * 255 for part in layout.accent))
        return Template((ROOT / "page.css").read_text(encoding="utf-8")).substitute(
            size=f"{layout.size:.1f}",
            small=f"{layout.size - 2:.1f}",
            family=_FAMILIES.get(layout.family, "sans-serif"),
            accent=accent,
            line={"ruled": "border: 1px solid #888", "lines": "border-bottom: 1px solid #bbb"}.get(layout.table, ""),
            head=f"background: {accent}; color: #fff" if layout.table == "band" else f"border-bottom: 2px solid {accent}",
        )

    def _head(self) -> str:
        seller, layout = self.invoice.seller, self.layout
        if layout.letterhead == "none" or layout.parties == "side-by-side":
            return ""
        self.press.printed.setdefault("seller.name", seller.name or "")
        note_address(self.press, "seller", seller)
        lines = [escape(seller.street or ""), escape(city_line(self.press, seller))]
        if layout.letterhead == "right":
            lines += [self._labelled(entry) for entry in self._contacts()]
        if layout.tax_ids_place == "letterhead":
            lines += [self._labelled(entry) for entry in tax_ids(self.press, self.invoice)]
        side = {"right": "right", "centre": "center"}.get(layout.letterhead, "left")
        return f'<header style="text-align:{side}"><big><b>{escape(seller.name or "")}</b></big><br>{"<br>".join(lines)}</header>'

    def _contacts(self) -> list[Entry]:
        seller, word = self.invoice.seller, self.layout.word
        pairs = ((word("phone"), seller.phone, "seller.phone"), (word("email"), seller.email, "seller.email"))
        return [(label, value, path) for label, value, path in pairs if value]

    def _labelled(self, entry: Entry) -> str:
        label, value, path = entry
        if path:
            self.press.printed.setdefault(path, value)
        return escape(f"{label}{self.layout.colon} {value}")

    def _top(self) -> str:
        """Address and references side by side, then the title; or the references below the title."""
        layout, buyer, seller = self.layout, self.invoice.buyer, self.invoice.seller
        if layout.parties == "side-by-side":
            return self._parties()
        lines = [buyer.name or "", buyer.street or "", f"{buyer.postcode or ''} {buyer.city or ''}".strip()]
        if layout.buyer_country and buyer.country:
            lines.append(country_name(self.press, buyer.country))
            self.press.printed.setdefault("buyer.country", lines[-1])
        self.press.printed.setdefault("buyer.name", buyer.name or "")
        note_address(self.press, "buyer", buyer)
        address = "<br>".join(escape(line) for line in lines if line)
        if layout.sender_line:
            sender = f"{seller.name} · {seller.street} · {city_line(self.press, seller)}"
            self.press.printed.setdefault("seller.name", seller.name or "")
            note_address(self.press, "seller", seller)
            address = f'<span class="sender">{escape(sender)}</span><br>{address}'
        entries = entries_of(self.press, self.invoice, self.paper, credit=self.credit)
        title = self.title
        if layout.title == "with-number" and self.invoice.number:
            title = f"{title} {self.invoice.number}"
            self.press.printed.setdefault("number", self.invoice.number)
            entries = [entry for entry in entries if entry[2] != "number"]
        info = self._info(entries)
        heading = f"<h1>{escape(title)}</h1>"
        if layout.info == "pairs-right":
            return f'<div class="top"><div>{address}</div>{info}</div>{heading}'
        place = ' style="margin-left:60%"' if layout.address == "right" else ""
        return f'<div class="top"><div{place}>{address}</div></div>{heading}{info}'

    def _parties(self) -> str:
        blocks = "".join(
            f"<div><b>{escape(heading)}</b><br>{'<br>'.join(escape(line) for line in lines)}</div>"
            for heading, lines in party_blocks(self.press, self.invoice)
        )
        entries = entries_of(self.press, self.invoice, self.paper, credit=self.credit)
        return f'<h1>{escape(self.title)}</h1><div class="top">{blocks}</div><br>{self._info(entries)}'

    def _info(self, entries: list[Entry]) -> str:
        for _, value, path in entries:
            if path:
                self.press.printed.setdefault(path, value)
        colon = self.layout.colon
        match self.layout.info:
            case "grid" | "row":
                cells = (f"<div><b>{escape(label)}</b>{escape(value)}</div>" for label, value, _ in entries)
                return f'<div class="grid">{"".join(cells)}</div>'
            case "sentence":
                return "<p>" + escape(", ".join(f"{label} {value}" for label, value, _ in entries)) + "</p>"
        rows = (f"<tr><td>{escape(label + colon)}</td><td>{escape(value)}</td></tr>" for label, value, _ in entries)
        return f"<table>{''.join(rows)}</table>"

    def _greeting(self) -> str:
        texts = (self.layout.word("salutation"), self.paper.intro or self.layout.word("intro"))
        return "".join(f"<p>{escape(text)}</p>" for text in texts if text)

    def _items(self) -> str:
        table = ItemTable(self.press, self.invoice, lambda: None, sign=self.sign)
        heads = (
            f"<th{'' if name in LEFT_ALIGNED else ' class=r'}>{escape(self.layout.word(f'col_{name}'))}</th>"
            for name in table.columns
        )
        stripes = " stripes" if self.layout.table == "zebra" else ""
        rows = (self._row(table, index) for index in range(len(self.invoice.lines)))
        return f'<table class="items{stripes}"><thead><tr>{"".join(heads)}</tr></thead><tbody>{"".join(rows)}</tbody></table>'

    def _row(self, table: ItemTable, index: int) -> str:
        line, cells = self.invoice.lines[index], []
        for name in table.columns:
            if name == "name":
                texts = [escape(line.name or "")]
                self.press.printed.setdefault(f"lines[{index}].name", line.name or "")
                for label, value, path in table.second_lines(index, line):
                    self.press.printed.setdefault(path, value)
                    texts.append(f"<small>{escape(label)} {escape(value)}</small>")
                cells.append(f"<td>{'<br>'.join(texts)}</td>")
                continue
            parts = table.cell(name, index, line)
            for text, path in parts:
                self.press.printed.setdefault(path, text)
            cells.append(f"<td{'' if name in LEFT_ALIGNED else ' class=r'}>{escape(parts[0][0]) if parts else ''}</td>")
        return f"<tr>{''.join(cells)}</tr>"

    def _taxes(self) -> str:
        if not self.layout.tax_table:
            return ""
        head, *rows = tax_table_rows(self.press, self.invoice, self.sign)
        heads = "".join(f"<th{' class=r' if column else ''}>{escape(text)}</th>" for column, text in enumerate(head))
        body = "".join(
            "<tr>"
            + "".join(f"<td{' class=r' if column else ''}>{escape(text)}</td>" for column, text in enumerate(row))
            + "</tr>"
            for row in rows
        )
        return f'<table class="totals"><tr>{heads}</tr>{body}</table>'

    def _totals(self) -> str:
        rows = totals_rows(self.press, self.invoice, credit=self.credit, sign=self.sign)
        for _, amount, path, _ in rows:
            self.press.printed.setdefault(path, amount)
        if self.layout.totals == "wide":
            heads = "".join(f"<th class=r>{escape(label)}</th>" for label, *_ in rows)
            cells = "".join(f"<td class=r>{escape(amount)}</td>" for _, amount, *_ in rows)
            return f'<table class="totals" style="width:100%"><tr>{heads}</tr><tr>{cells}</tr></table>'
        body = "".join(
            f"<tr{' class=strong' if bold else ''}><td>{escape(label)}</td><td class=r>{escape(amount)}</td></tr>"
            for label, amount, _, bold in rows
        )
        side = "" if self.layout.totals == "left" else "margin-left:auto;"
        box = "border:1px solid #000;" if self.layout.totals == "boxed" else ""
        return f'<table class="totals" style="{side}{box}">{body}</table>'

    def _terms(self) -> str:
        invoice, texts = self.invoice, list[str]()
        if self.paper.same_date and invoice.delivery_date and invoice.issue_date:
            texts.append(self.layout.word("same_date"))
            self.press.printed.setdefault("delivery_date", self.press.printed.get("issue_date", ""))
        texts.append(invoice.payment_terms.text or "")
        texts += [note.text for note in invoice.notes] + [tax.exemption_reason or "" for tax in invoice.tax_breakdown]
        for index, tax in enumerate(invoice.tax_breakdown):
            if tax.exemption_reason:
                self.press.printed.setdefault(f"tax_breakdown[{index}].exemption_reason", tax.exemption_reason)
        if self.layout.bank_place == "body":
            texts.append(self.layout.word("bank"))
            texts += [self._plain(entry) for entry in bank_entries(self.press, invoice)]
        texts.append(self.layout.word("closing"))
        return "".join(f"<p>{escape(text)}</p>" for text in texts if text)

    def _plain(self, entry: tuple[str, str, str]) -> str:
        label, value, path = entry
        self.press.printed.setdefault(path, value)
        return f"{label}{self.layout.colon} {value}"

    def _foot(self) -> str:
        seller = self.invoice.seller
        note_address(self.press, "seller", seller)
        self.press.printed.setdefault("seller.name", seller.name or "")
        columns = [[escape(seller.name or ""), escape(seller.street or ""), escape(city_line(self.press, seller))]]
        columns.append([self._labelled(entry) for entry in self._contacts()])
        if self.layout.bank_place == "footer":
            columns.append([self._labelled(entry) for entry in bank_entries(self.press, self.invoice)])
        if self.layout.tax_ids_place == "footer":
            columns.append([self._labelled(entry) for entry in tax_ids(self.press, self.invoice)])
        return "<footer>" + "".join(f"<div>{'<br>'.join(column)}</div>" for column in columns if column) + "</footer>"
