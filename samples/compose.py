"""A truth invoice and a layout make a PDF. The same two always give the same bytes."""

from dataclasses import dataclass, field
from datetime import date

from samples.item_table import ItemTable, TooNarrow
from samples.layout import Layout
from samples.letterhead import ADDRESS_TOP, bank_entries, draw_address, draw_footer, draw_head, shown_vat_id, tax_ids
from samples.party_blocks import draw_delivery, draw_parties
from samples.press import Press
from samples.tax_table import draw_tax_table
from samples.totals_block import draw_totals, totals_rows, totals_width
from schemas import Invoice
from schemas.invoice import CREDIT_NOTES

Entry = tuple[str, str, str | None]
"""Label, value as printed, path of the invoice field (None: not a field)."""


@dataclass(frozen=True)
class Paper:
    """What stands on the page beside the invoice itself."""

    customer_number: str = ""
    title: str = ""
    """Instead of the layout's word for invoice or credit note."""
    intro: str = ""
    same_date: bool = False
    """A sentence says that the delivery date is the invoice date, instead of a date of its own."""
    copy_mark: str = ""
    hidden_text: str = ""
    """White on white: nobody sees it."""
    negative_credit: bool = False
    terms_page: bool = False
    """General terms of sale on a page of their own at the end."""
    deliver_to: tuple[str, ...] = ()
    password: str | None = None
    extra_entries: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Rendered:
    """A PDF and, for every invoice field on it, the characters that print it."""

    pdf: bytes
    printed: dict[str, str] = field(default_factory=dict)
    pages: int = 1


def render_invoice(invoice: Invoice, layout: Layout, paper: Paper | None = None) -> Rendered:
    """Where the first pass finds more than one page, a second one can say "page 1 of 3"."""
    paper = paper or Paper()
    press = _pass(invoice, layout, paper, 1)
    pdf = press.sheet.finish()
    if press.page_number > 1:
        press = _pass(invoice, layout, paper, press.page_number)
        pdf = press.sheet.finish()
    return Rendered(pdf, dict(press.printed), press.page_number)


def _pass(invoice: Invoice, layout: Layout, paper: Paper, pages: int) -> Press:
    credit = invoice.type_code in CREDIT_NOTES
    sign = -1 if credit and paper.negative_credit else 1
    title = paper.title or layout.word("credit_note" if credit else "invoice")
    press = Press(layout, f"{title} {invoice.number or ''}".strip(), pages, paper.password)
    if layout.watermark:
        press.sheet.slanted(layout.watermark, 72, (0.9, 0.9, 0.9))
    top = ADDRESS_TOP + 92
    if layout.parties == "side-by-side":
        draw_parties(press, invoice)
        top = press.y + 6
    else:
        draw_head(press, invoice)
        draw_address(press, invoice)
    if paper.deliver_to and layout.parties == "letter" and layout.address == "left" and layout.info != "pairs-right":
        draw_delivery(press, paper.deliver_to, ADDRESS_TOP)
    draw_footer(press, invoice)
    draw_title_and_info(press, invoice, title, entries_of(press, invoice, paper, credit=credit), top)
    for text in (layout.word("salutation"), paper.intro or layout.word("intro")):
        if text:
            press.paragraph(text)
    if paper.copy_mark:
        press.put(press.right, 30, paper.copy_mark, size=18, bold=True, align="right", colour=(0.6, 0.0, 0.0))
    if paper.hidden_text:
        press.put(press.left, press.y + 3, paper.hidden_text, size=6, colour=(1.0, 1.0, 1.0))
    press.y += 4

    def turn_page() -> None:
        press.sheet.new_page()
        press.page_number += 1
        press.y = 60
        draw_footer(press, invoice)

    try:
        table = ItemTable(press, invoice, turn_page, sign=sign)
    except TooNarrow:
        press.sheet.finish()  # lets go of the font files
        raise
    table.draw()
    rows = totals_rows(press, invoice, credit=credit, sign=sign)
    if layout.tax_table:
        if press.y + (len(invoice.tax_breakdown) + 4) * press.leading > press.bottom:
            turn_page()
        top = press.y
        width = draw_tax_table(press, invoice, sign)
        if layout.tax_table_beside and width + totals_width(press, rows) < press.right - press.left - 20:
            beside, press.y = press.y, top
            draw_totals(press, rows, style="right")
            press.y, rows = max(press.y, beside), []
    if press.y + (len(rows) + 5) * press.leading > press.bottom:
        turn_page()
    if rows:
        draw_totals(press, rows)
    if press.y + _terms_height(press, invoice) > press.bottom:
        turn_page()
    _draw_terms(press, invoice, paper)
    if paper.terms_page:
        turn_page()
        press.put(press.left, press.y, layout.word("terms_title"), size=13, bold=True)
        press.y += 24
        for _ in range(5):
            press.paragraph(layout.word("terms_text"), size=7.5)
            press.y += 6
    return press


def entries_of(press: Press, invoice: Invoice, paper: Paper, *, credit: bool) -> list[Entry]:
    """Label and value of everything the info block names, in reading order."""
    layout = press.layout
    word = layout.word
    entries: list[Entry] = []

    def day(value: date | None) -> str | None:
        return layout.notation.date(value, layout.months) if value else None

    def add(term: str, value: str | None, path: str | None) -> None:
        if value:
            entries.append((word(term), value, path))

    add("credit_number" if credit else "number", invoice.number, "number")
    add("credit_date" if credit else "issue_date", day(invoice.issue_date), "issue_date")
    add("customer", paper.customer_number, None)
    add("order", invoice.purchase_order_reference, "purchase_order_reference")
    add("preceding", invoice.preceding_invoice_reference, "preceding_invoice_reference")
    add("delivery_note", invoice.delivery_note_reference, "delivery_note_reference")
    if invoice.delivery_date and not paper.same_date:
        add("delivery_date", day(invoice.delivery_date), "delivery_date")
    if invoice.period and (first := day(invoice.period.start)) and (last := day(invoice.period.end)):
        add("period", f"{first} - {last}", None)
        press.printed.setdefault("period.start", first)
        press.printed.setdefault("period.end", last)
    add("due_date", day(invoice.due_date), "due_date")
    at_home = invoice.seller.country == invoice.buyer.country
    if layout.parties == "letter":
        add("buyer_vat", shown_vat_id(press, invoice.buyer, at_home=at_home), "buyer.vat_id")
    add("contact", invoice.seller.contact, "seller.contact")
    entries += [(label, value, None) for label, value in paper.extra_entries]
    if layout.tax_ids_place == "info":
        entries += tax_ids(press, invoice)
    return entries


def draw_title_and_info(press: Press, invoice: Invoice, title: str, entries: list[Entry], top: float = ADDRESS_TOP + 92) -> None:
    """Title and references, as the layout places them, from ``top`` on; ``press.y`` ends below them."""
    layout, style = press.layout, str(press.layout.info)
    if layout.title == "with-number" and invoice.number:
        number = next(entry for entry in entries if entry[2] == "number")
        title = f"{title} {number[1]}"
        press.printed.setdefault("number", number[1])
        entries = [entry for entry in entries if entry[2] != "number"]
    x = layout.page[0] * (0.57 if layout.address == "left" else 0.1)
    if style == "pairs-right" and x + _pairs_width(press, entries) > layout.page[0] - 20:
        style = "pairs-left"
    if style == "pairs-right":
        below = _pairs(press, entries, ADDRESS_TOP, x)
        if layout.title != "right" and press.left + press.width(title, 14, bold=True) > x - 8:
            top = max(top, below + 16)
    else:
        below = 0.0
    if layout.title == "right":
        press.put(press.right, min(ADDRESS_TOP - 24, top), title, size=18, bold=True, align="right", colour=layout.accent)
    else:
        press.put(press.left, top, title, size=14, bold=True, colour=layout.accent)
    press.y = max(top + 22, below + 14)
    if style == "pairs-left":
        press.y = _pairs(press, entries, press.y, press.left) + 14
    elif style in ("row", "grid"):
        wanted = 3 if style == "grid" or len(entries) > 4 else len(entries)
        _rows_of(press, entries, _fitting_count(press, entries, wanted), boxed=style == "grid")
    elif style == "sentence":
        _sentence(press, entries)


def _fitting_count(press: Press, entries: list[Entry], wanted: int) -> int:
    """At most ``wanted`` columns, fewer where a label or value needs more room."""
    widest = max(max(press.width(label, press.layout.size - 2), press.width(value)) for label, value, _ in entries)
    return max(1, min(wanted, int((press.right - press.left) / (widest + 8))))


def _pairs(press: Press, entries: list[Entry], y: float, x: float) -> float:
    """Labels in one column, values in the next. Returns the y below."""
    gap = max(press.width(label + press.layout.colon) for label, *_ in entries) + 10
    for label, value, path in entries:
        press.put(x, y, label + press.layout.colon)
        press.put(x + gap, y, value, path=path)
        y += press.leading
    return y


def _pairs_width(press: Press, entries: list[Entry]) -> float:
    labels = max(press.width(label + press.layout.colon) for label, *_ in entries)
    return labels + 10 + max(press.width(value) for _, value, _ in entries)


def _rows_of(press: Press, entries: list[Entry], count: int, *, boxed: bool) -> None:
    """Labels above their values, ``count`` in a row."""
    step = (press.right - press.left) / count
    height = 2.5 * press.leading
    for start in range(0, len(entries), count):
        for index, (label, value, path) in enumerate(entries[start : start + count]):
            x = press.left + index * step + 3
            press.put(x, press.y + press.leading * 0.9, label, size=press.layout.size - 2)
            press.put(x, press.y + press.leading * 1.9, value, path=path)
            if boxed:
                press.frame(press.left + index * step, press.y, press.left + (index + 1) * step, press.y + height)
        press.y += height
    press.y += 16


def _sentence(press: Press, entries: list[Entry]) -> None:
    """Everything in running text: ``Rechnungsnummer 4711, Datum 3.5.2026, ...``."""
    text = ", ".join(f"{label} {value}" for label, value, _ in entries)
    press.paragraph(text)
    for _, value, path in entries:
        if path:
            press.printed.setdefault(path, value)
    press.y += 10


def _terms_height(press: Press, invoice: Invoice) -> float:
    """Upper bound of what ``_draw_terms`` needs."""
    texts = [invoice.payment_terms.text, press.layout.word("same_date"), press.layout.word("closing")]
    texts += [note.text for note in invoice.notes] + [tax.exemption_reason for tax in invoice.tax_breakdown]
    lines = sum(len(press.wrap(text or "", press.right - press.left)) for text in texts)
    return (lines + 4) * press.leading + 10


def _draw_terms(press: Press, invoice: Invoice, paper: Paper) -> None:
    layout = press.layout
    if paper.same_date and invoice.delivery_date and invoice.issue_date:
        press.paragraph(layout.word("same_date"))
        press.printed.setdefault("delivery_date", press.printed.get("issue_date", ""))
    if invoice.payment_terms.text:
        press.paragraph(invoice.payment_terms.text, path="payment_terms.text")
    for index, note in enumerate(invoice.notes):
        press.paragraph(note.text, path=f"notes[{index}].text")
    for index, tax in enumerate(invoice.tax_breakdown):
        if tax.exemption_reason:
            press.paragraph(tax.exemption_reason, path=f"tax_breakdown[{index}].exemption_reason")
    if layout.bank_place == "body":
        press.y += 4
        press.put(press.left, press.y, layout.word("bank"), bold=True)
        press.y += press.leading
        for label, value, path in bank_entries(press, invoice):
            press.put_pair(press.left, press.y, label, value, path)
            press.y += press.leading
    closing = layout.word("closing")
    if closing:
        press.y += 6
        press.paragraph(closing)
