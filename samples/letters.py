"""Letters that are no invoices, on the same paper as the supplier's invoices."""

from samples.case import Letter
from samples.compose import draw_title_and_info
from samples.layout import Layout
from samples.letterhead import draw_address, draw_footer, draw_head
from samples.press import Press
from samples.truth import World
from schemas import Invoice, Party


def render_letter(letter: Letter, layout: Layout, world: World) -> bytes:
    """One page: head, references, paragraphs, a table of cells, paragraphs."""
    vendor, company = world.vendors[letter.vendor], world.companies[letter.company]
    fields = ("name", "vat_id", "tax_number", "street", "postcode", "city", "country", "phone", "email")
    parties = Invoice(
        seller=Party(**{name: getattr(vendor, name) for name in fields}),
        buyer=Party(**{name: getattr(company, name) for name in ("name", "street", "postcode", "city", "country")}),
    )
    press = Press(layout, letter.title)
    draw_head(press, parties)
    draw_address(press, parties)
    draw_footer(press, parties)
    draw_title_and_info(press, parties, letter.title, [(label, value, None) for label, value in letter.entries])
    for text in letter.before:
        press.paragraph(text)
        press.y += 4
    if letter.header:
        _draw_cells(press, letter)
    for text in letter.after:
        press.y += 4
        press.paragraph(text)
    return press.sheet.finish()


def _draw_cells(press: Press, letter: Letter) -> None:
    """The widest column takes what the others leave; the last stands right."""
    table = [letter.header, *letter.rows]
    needs = [max(press.width(row[column]) for row in table) + 14 for column in range(len(letter.header))]
    widest = needs.index(max(needs))
    needs[widest] = press.right - press.left - sum(need for column, need in enumerate(needs) if column != widest)
    for number, row in enumerate(table):
        x = press.left
        press.y += press.leading + 2
        for column, text in enumerate(row):
            right = column == len(row) - 1
            press.put(x + needs[column] if right else x, press.y, text, bold=number == 0, align="right" if right else "left")
            x += needs[column]
        if number == 0:
            press.rule(press.y + 4)
            press.y += 4
    press.y += 2 * press.leading
