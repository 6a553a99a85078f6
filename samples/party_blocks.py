"""Seller and buyer as two blocks of equal rank, each under its own word; and the address that goods go to."""

from samples.letterhead import city_line, company_number, country_name, note_address, shown_vat_id
from samples.press import Press
from schemas import Invoice, Party

BLOCKS_TOP = 64.0


def party_blocks(press: Press, invoice: Invoice) -> list[tuple[str, list[str]]]:
    """Heading and lines of the seller's block, then of the buyer's."""
    at_home = invoice.seller.country == invoice.buyer.country
    blocks = []
    for who, party in (("seller", invoice.seller), ("buyer", invoice.buyer)):
        blocks.append((press.layout.word(f"party_{who}"), _lines(press, who, party, at_home)))
    return blocks


def _lines(press: Press, who: str, party: Party, at_home: bool) -> list[str]:
    layout = press.layout
    lines = [party.name or "", party.street or "", city_line(press, party)]
    press.printed.setdefault(f"{who}.name", party.name or "")
    note_address(press, who, party)
    if layout.buyer_country and party.country:
        lines.append(country_name(press, party.country))
        press.printed.setdefault(f"{who}.country", lines[-1])
    if layout.company_number and (number := company_number(party)):
        lines.append(f"{layout.word('company_number')}{layout.colon} {number}")
    if shown := shown_vat_id(press, party, at_home=at_home):
        lines.append(f"{layout.word('seller_vat')}{layout.colon} {shown}")
        press.printed.setdefault(f"{who}.vat_id", shown)
    if who == "seller" and party.tax_number:
        lines.append(f"{layout.word('tax_number')}{layout.colon} {party.tax_number}")
        press.printed.setdefault("seller.tax_number", party.tax_number)
    return lines


def draw_parties(press: Press, invoice: Invoice) -> None:
    """Side by side, or one below the other where there is no room; ``press.y`` ends below them."""
    blocks = party_blocks(press, invoice)
    middle = (press.left + press.right) / 2
    bottom = press.y = BLOCKS_TOP
    for number, (heading, lines) in enumerate(blocks):
        x, y = (press.left, middle + 8)[number], BLOCKS_TOP
        press.put(x, y, heading + press.layout.colon, bold=press.layout.table != "plain", colour=press.layout.accent)
        for line in lines:
            y += press.leading
            press.put(x, y, line)
        bottom = max(bottom, y)
    if press.layout.totals == "boxed":
        for x0, x1 in ((press.left - 5, middle), (middle, press.right + 5)):
            press.frame(x0, BLOCKS_TOP - press.leading - 2, x1, bottom + 6)
    press.y = bottom + 2 * press.leading


def draw_delivery(press: Press, lines: tuple[str, ...], y: float) -> None:
    """Where the goods go, right of the buyer's address: neither the buyer's own address nor the seller's."""
    x = press.layout.page[0] * 0.58
    for number, line in enumerate((press.layout.word("deliver_to") + press.layout.colon, *lines)):
        press.put(x, y + number * press.leading, line, bold=number == 0)
