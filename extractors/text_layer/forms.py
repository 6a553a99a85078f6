"""Items written as labels with their values, one below the other, instead of a table: ``Quantity: 5``, ``Price: 12.40``, ``Amount: 62.00``.

A block is an item only where it says what and for how much, and where quantity x price, less a discount, gives its amount.
"""

from collections.abc import Iterator
from decimal import Decimal

from extractors.text_layer.amounts import Amount
from extractors.text_layer.cells import Cell, TableRow
from extractors.text_layer.columns import COLUMN, Column, Head, term_of
from extractors.text_layer.items import Item, Table
from extractors.text_layer.lexicon import find_phrases
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.words import Row

CENT = Decimal("0.01")
SAME_BLOCK = 0.9  # of the height of a line: a wider gap begins the next item
_TEXTS = frozenset({"name", "item_id", "buyer_item_id", "gtin", "unit", "order", "delivery_note"})
_Pair = tuple[Row, str, Place]
"""Row, term of its label, and its value."""


def find_forms(scene: Scene) -> Table:
    """All blocks of the page that are items; an empty table where there are none, or where a block does not add up."""
    table = Table()
    for block in _blocks(scene):
        item = _item(scene, block)
        if item is None:
            continue
        table.items.append(item)
        table.rows |= {row.index for row, _, _ in block}
        table.end = block[-1][0].index + 1
    return table


def _blocks(scene: Scene) -> Iterator[list[_Pair]]:
    """Rows of a label and a value right below each other. A label that comes again begins the next item."""
    block: list[_Pair] = []
    for row in scene.rows:
        pair = _pair(row) if row.index not in scene.furniture else None
        if block and (pair is None or _is_next(block, pair)):
            yield block
            block = []
        if pair is not None:
            block.append(pair)
    if block:
        yield block


def _is_next(block: list[_Pair], pair: _Pair) -> bool:
    last, row = block[-1][0], pair[0]
    apart = row.page != last.page or row.y0 - last.y1 > SAME_BLOCK * last.height
    return apart or pair[1] in {term for _, term, _ in block}


def _pair(row: Row) -> _Pair | None:
    """A word for a column with its colon, and one value behind it."""
    label = row.segments[0]
    colon = label.text.find(":")
    end = colon if colon >= 0 else len(label.text)
    found = [f for f in find_phrases(label.text[:end], COLUMN) if f.start == 0]
    if not found or found[0].end < len(label.text[:end].rstrip(" .%")):
        return None
    if len(row.segments) == 2 and not label.text[end + 1 :].strip():
        value = Place(row.segments[1], 0, len(row.segments[1].text))
    elif len(row.segments) == 1 and colon >= 0 and label.text[colon + 1 :].strip():
        start = colon + 1 + len(label.text[colon + 1 :]) - len(label.text[colon + 1 :].lstrip())
        value = Place(label, start, len(label.text))
    else:
        return None
    return row, term_of(found[0]), value


def _item(scene: Scene, block: list[_Pair]) -> Item | None:
    cells: dict[str, Cell] = {}
    for row, term, place in block:
        amounts = [a for a in scene.amounts[row.index] if a.segment is place.segment and a.start >= place.start]
        kept = [] if term in _TEXTS else amounts
        cells.setdefault(term, Cell(Column(term, place.box[0], place.box[2], place.segment.text), [place], kept))
    first = block[0][0]
    result = TableRow(first, cells)
    if "name" not in cells or not _adds_up(result):
        return None
    return Item(result, Head([cell.column for cell in cells.values()], [], first.page))


def _adds_up(row: TableRow) -> bool:
    quantity, price, amount = (row.amount(term) for term in ("quantity", "net_price", "net_amount"))
    if quantity is None or price is None or amount is None or not amount.value:
        return False
    product = quantity.value * price.value / _basis(row, price)
    percent = row.amount("discount_percent")
    product *= 1 - abs(percent.value) / 100 if percent is not None else 1
    return abs(abs(product) - abs(amount.value)) <= CENT


def _basis(row: TableRow, price: Amount) -> Decimal:
    """A price may be for so many: ``12.40 / 100``, or a line of its own."""
    own, inside = row.amount("price_quantity"), row.cells["net_price"].amounts[1:]
    value = own.value if own is not None else inside[0].value if inside else Decimal(1)
    return value if value > 0 else Decimal(1)
