"""Top and bottom of a page: the seller's head, the buyer's address window, the footer with bank and tax ids."""

from samples.canvas import BLACK, WHITE
from samples.layout import wording
from samples.press import Press
from schemas import Invoice, Party

ADDRESS_TOP = 148.0


def spaced_iban(iban: str) -> str:
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def city_line(press: Press, party: Party) -> str:
    """``20457 Hamburg``, ``A-1230 Wien`` or, in Britain and Ireland, town before postcode."""
    if party.country in ("GB", "IE"):
        return ", ".join(part for part in (party.city, party.postcode) if part)
    prefix = {"DE": "D", "AT": "A", "CH": "CH", "FR": "F", "BE": "B"}.get(party.country or "", party.country or "")
    shown = f"{prefix}-{party.postcode}" if press.layout.country_prefix and party.postcode else party.postcode
    return " ".join(part for part in (shown, party.city) if part)


def country_name(press: Press, code: str | None) -> str:
    return str(wording(press.layout.language)["country_names"].get(code, code or ""))


def note_address(press: Press, who: str, party: Party) -> None:
    """Note that the parts of an address line are printed."""
    for part in ("street", "postcode", "city"):
        if value := getattr(party, part):
            press.printed.setdefault(f"{who}.{part}", value)


def draw_head(press: Press, invoice: Invoice) -> None:
    """The seller's name and address at the top of the first page."""
    seller, layout, kind = invoice.seller, press.layout, press.layout.letterhead
    if kind == "none" or not seller.name:
        return
    contact = [(layout.word("phone"), seller.phone, "seller.phone"), (layout.word("email"), seller.email, "seller.email")]
    if kind == "band":
        press.sheet.fill(0, 0, layout.page[0], 74, layout.accent)
        press.put(press.left, 34, seller.name, path="seller.name", size=16, bold=True, colour=WHITE)
        line = f"{seller.street} · {city_line(press, seller)}"
        press.put(press.left, 54, line, size=layout.size, colour=WHITE)
        note_address(press, "seller", seller)
        return
    x = {"left": press.left, "right": press.right, "centre": layout.page[0] / 2}[kind]
    align = kind
    press.put(x, 52, seller.name, path="seller.name", size=15, bold=True, align=align, colour=layout.accent)
    y = 68.0
    for line in (seller.street or "", city_line(press, seller)):
        press.put(x, y, line, align=align)
        y += press.leading
    note_address(press, "seller", seller)
    if kind == "right":
        for label, value, path in contact:
            if value:
                press.put(x, y, f"{label} {value}", align="right")
                press.printed.setdefault(path, value)
                y += press.leading
    if layout.tax_ids_place == "letterhead":
        for label, value, path in tax_ids(press, invoice):
            press.put(x, y, f"{label}{layout.colon} {value}", align=align)
            press.printed.setdefault(path, value)
            y += press.leading
    if kind == "centre":
        press.rule(y, 0.8, layout.accent)


def draw_address(press: Press, invoice: Invoice) -> None:
    """Sender line and the buyer's address, left or right, in the window of a letter."""
    layout, buyer, seller = press.layout, invoice.buyer, invoice.seller
    x = press.left if layout.address == "left" else layout.page[0] * 0.56
    y = ADDRESS_TOP
    if layout.sender_line and seller.name:
        line = f"{seller.name} · {seller.street} · {city_line(press, seller)}"
        press.put(x, y - 13, line, size=min(6.5, _fitting(press, line, layout.page[0] - 20 - x)))
        press.printed.setdefault("seller.name", seller.name)
        note_address(press, "seller", seller)
    press.put(x, y, buyer.name or "", path="buyer.name")
    for line in (buyer.street or "", f"{buyer.postcode or ''} {buyer.city or ''}".strip()):
        y += press.leading
        press.put(x, y, line)
    note_address(press, "buyer", buyer)
    if layout.buyer_country and buyer.country:
        y += press.leading
        press.put(x, y, country_name(press, buyer.country), path="buyer.country")


def tax_ids(press: Press, invoice: Invoice) -> list[tuple[str, str, str]]:
    seller, word = invoice.seller, press.layout.word
    at_home = seller.country == invoice.buyer.country
    entries = [
        (word("seller_vat"), shown_vat_id(press, seller, at_home=at_home), "seller.vat_id"),
        (word("tax_number"), seller.tax_number, "seller.tax_number"),
    ]
    if press.layout.company_number and (number := company_number(seller)):
        entries.insert(0, (word("company_number"), number, "seller.registration"))
    return [(label, value, path) for label, value, path in entries if value]


def shown_vat_id(press: Press, party: Party, *, at_home: bool) -> str:
    """With its country or, between parties of one country and where that is the custom, without it."""
    shown = party.vat_id or ""
    if not (shown and press.layout.bare_vat and at_home):
        return shown
    match party.country:
        case "PL":
            digits = shown[2:]
            return "-".join((digits[:3], digits[3:6], digits[6:8], digits[8:])) if press.layout.spaced_vat else digits
        case "DK":
            return " ".join(shown[start : start + 2] for start in range(2, 10, 2)) if press.layout.spaced_vat else shown[2:]
        case "IT" | "ES":
            return shown[2:]
    return shown


def company_number(party: Party) -> str:
    """The number in the company register where it follows from the VAT id; otherwise empty."""
    digits = (party.vat_id or "")[2:]
    match party.country:
        case "CZ":
            return digits
        case "SE":
            return f"{digits[:6]}-{digits[6:10]}"
        case "FR":
            return f"{digits[2:5]} {digits[5:8]} {digits[8:]}"
    return ""


def bank_entries(press: Press, invoice: Invoice) -> list[tuple[str, str, str]]:
    word, entries = press.layout.word, []
    if invoice.payment.iban:
        entries.append((word("iban"), spaced_iban(invoice.payment.iban), "payment.iban"))
    if invoice.payment.bic:
        entries.append((word("bic"), invoice.payment.bic, "payment.bic"))
    return entries


def draw_footer(press: Press, invoice: Invoice) -> None:
    """Footer of every page, with the page number where there are several."""
    layout, seller = press.layout, invoice.seller
    y = press.bottom + 24
    bank = bank_entries(press, invoice) if layout.bank_place == "footer" else []
    taxes = tax_ids(press, invoice) if layout.tax_ids_place == "footer" else []
    pairs = [[(label, value, path)] for label, value, path in (*bank, *taxes)]
    if press.page_count > 1:
        number = layout.word("page", n=str(press.page_number), of=str(press.page_count))
        press.put(press.right, press.bottom + 6, number, size=7.5, align="right")
    if layout.footer == "columns":
        _footer_columns(press, invoice, bank, taxes, y)
    elif pairs:
        press.rule(y - 10, 0.4, layout.accent)
        texts = [f"{label} {value}" for group in pairs for label, value, _ in group]
        if seller.name and layout.footer == "line":
            texts.insert(0, seller.name)
        for line in press.wrap("  |  ".join(texts), press.right - press.left, 7.5):
            press.put(layout.page[0] / 2, y, line, size=7.5, align="centre")
            y += 10
        for group in pairs:
            for _, value, path in group:
                press.printed.setdefault(path, value)


def _footer_columns(
    press: Press, invoice: Invoice, bank: list[tuple[str, str, str]], taxes: list[tuple[str, str, str]], y: float
) -> None:
    layout, seller = press.layout, invoice.seller
    contact = [(layout.word("phone"), seller.phone, "seller.phone"), (layout.word("email"), seller.email, "seller.email")]
    columns: list[list[tuple[str, str, str | None]]] = [
        [
            ("", seller.name or "", "seller.name"),
            ("", seller.street or "", "seller.street"),
            ("", city_line(press, seller), None),
        ],
        [(label, value, path) for label, value, path in contact if value],
        list(bank),
        list(taxes),
    ]
    note_address(press, "seller", seller)
    press.rule(y - 10, 0.4, layout.accent)
    filled = [column for column in columns if column]
    step = (press.right - press.left) / len(filled)
    filled = [_stacked(press, column, step - 6) for column in filled]
    for index, column in enumerate(filled):
        for row, (label, value, path) in enumerate(column):
            text = f"{label}{layout.colon} {value}" if label else value
            press.put(press.left + index * step, y + row * 9.5, text, size=_fitting(press, text, step - 6), colour=BLACK)
            if path:
                press.printed.setdefault(path, value)


def _stacked(press: Press, column: list[tuple[str, str, str | None]], width: float) -> list[tuple[str, str, str | None]]:
    """Where label and value are too wide together, the value stands below its label."""
    rows: list[tuple[str, str, str | None]] = []
    for label, value, path in column:
        text = f"{label}{press.layout.colon} {value}"
        if label and press.width(text, 4.5) > width:
            rows += [("", f"{label}{press.layout.colon}", None), ("", value, path)]
        else:
            rows.append((label, value, path))
    return rows


def _fitting(press: Press, text: str, width: float) -> float:
    """7.2 points, or smaller where the room is narrow; never under 4.5."""
    return max(4.5, min(7.2, 7.2 * width / max(press.width(text, 7.2), 1.0)))
