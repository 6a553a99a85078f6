"""Items without a table head: rows whose amounts stand under each other and add up to the sum below them.

Letters of tradesmen, freight invoices, fee notes: no head says what the numbers are, but the sum proves which rows are items. What is
not proven by the sum or by quantity x price is not read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from extractors.text_layer.amounts import Amount
from extractors.text_layer.cells import Cell, TableRow
from extractors.text_layer.columns import Column, Head
from extractors.text_layer.items import ENDS, Item, Table, is_carry_over
from extractors.text_layer.lexicon import find_phrases
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.units import unit_code
from extractors.text_layer.words import Row

TOTAL = frozenset({"total"})
_LABELS = frozenset({"field", "title"})
SUMS = ENDS - {"prepaid"}  # "advance payment of running costs" may be an item of a rent invoice
CENT = Decimal("0.01")
ALIGNED = 3.0  # points by which right edges may differ
MAX_GAP = 64.0  # points between two items
MAX_ITEMS = 60
SUM_ROWS = 12  # rows of the sums
_TIMES = re.compile(r"^[\s/x×*·@à]*(?:je|per|à|a|at|zu|pro)?[\s]*$", re.IGNORECASE)


@dataclass(frozen=True)
class _Candidate:
    row: Row
    amount: Amount


def find_headless(scene: Scene) -> Table:
    """The rows that add up to the first sum of the page that they can add up to; an empty table where there are none."""
    for row in scene.rows:
        if row.index in scene.furniture:
            continue
        total = _last_money(scene, row)
        if total is None or not total.value or not _is_sum(row, total):
            continue
        above = list(_above(scene, row, total))
        for count in range(1, len(above) + 1):
            if sum((one.amount.value for one in above[:count]), Decimal(0)) == total.value:
                return _table(scene, above[:count][::-1], row.index)
    return _by_products(scene)


def _by_products(scene: Scene) -> Table:
    """Rows in which quantity x price is an amount, all in one column, that add up to a sum somewhere below them.

    For sums that stand side by side, or under another column than the amounts.
    """
    rows = [one for row in scene.rows if row.index not in scene.furniture and (one := _product(scene, row)) is not None]
    for one in rows:
        same = [other for other in rows if abs(other.amount.box[2] - one.amount.box[2]) <= ALIGNED]
        end = next((row for row in scene.rows[same[-1].row.index + 1 :] if _sums_begin(scene, row)), None)
        below = scene.rows[end.index : end.index + SUM_ROWS] if end is not None else []
        total = sum((other.amount.value for other in same), Decimal(0))
        if end is not None and any(a.value == total and a.looks_like_money for row in below for a in scene.amounts[row.index]):
            return _table(scene, same, end.index)
    return Table()


def _product(scene: Scene, row: Row) -> _Candidate | None:
    """The amount of a row that two numbers before it multiply to, less a discount in percent where one stands between."""
    amounts = scene.amounts[row.index]
    for amount in amounts:
        before = [a for a in amounts if a.box[2] < amount.box[0] and not a.percent]
        if amount.looks_like_money and amount.value and _factors(before, amount) and _names_something(row, amount):
            return _Candidate(row, amount)
    return None


def _sums_begin(scene: Scene, row: Row) -> bool:
    """A row that begins with a word for a sum, or words for sums side by side."""
    found = [f for f in find_phrases(row.segments[0].text, TOTAL) if f.start == 0]
    return any({term.partition(".")[2] for term in f.terms} & SUMS for f in found)


def _last_money(scene: Scene, row: Row) -> Amount | None:
    monies = [amount for amount in scene.amounts[row.index] if amount.looks_like_money and amount.decimals == 2]
    return monies[-1] if monies else None


def _is_sum(row: Row, amount: Amount | None) -> bool:
    return amount is not None and bool(_terms_of(row, amount) & ENDS)


def _terms_of(row: Row, amount: Amount) -> set[str]:
    """What the words left of an amount say it is, at their beginning; nothing for a sentence. A column beside them says nothing."""
    label = _label(row, amount)
    if label is None or len(label.text.split()) > 8:
        return set()
    found = [f for f in find_phrases(label.text, TOTAL) if f.start <= 24]
    return {term.partition(".")[2] for f in found for term in f.terms}


def _label(row: Row, amount: Amount) -> Place | None:
    """The nearest words left of the amount, in its own segment or one before."""
    for segment in reversed(row.segments):
        end = amount.start if segment is amount.segment else len(segment.text)
        before = segment.x0 <= amount.box[0] and sum(c.isalpha() for c in segment.text[:end]) >= 3
        if before:
            return Place(segment, 0, end)
    return None


def _above(scene: Scene, end: Row, total: Amount) -> Iterator[_Candidate]:
    """Rows with an amount in one line with the sum, from the bottom up; other sums are passed over."""
    right, last, found, carried = total.box[2], end, 0, False
    for row in reversed(scene.rows[: end.index]):
        if row.index in scene.furniture or is_carry_over(row):
            carried = carried or row.index not in scene.furniture
            continue
        if found >= MAX_ITEMS or (row.page != last.page and not carried):
            return  # only a sum that was carried over brings items from the page before
        if row.page == last.page and last.y0 - row.y1 > MAX_GAP:
            return
        amount = _last_money(scene, row)
        if amount is None or abs(amount.box[2] - right) > ALIGNED:
            continue
        last, carried = row, carried and row.page == last.page
        if _terms_of(row, amount) & SUMS:
            continue
        if not _names_something(row, amount):
            return
        found += 1
        yield _Candidate(row, amount)


def _names_something(row: Row, amount: Amount) -> bool:
    label = _label(row, amount)
    if label is None:
        return False
    return not [f for f in find_phrases(label.text, _LABELS) if f.start == 0 and f.end >= len(label.text.rstrip(" :."))]


def _table(scene: Scene, found: Sequence[_Candidate], end: int) -> Table:
    table = Table(end=end)
    stops = [one.row.index for one in found[1:]] + [end]
    for one, stop in zip(found, stops, strict=True):
        between = [
            row
            for row in scene.rows[one.row.index + 1 : stop]
            if row.page == one.row.page and not _is_sum(row, _last_money(scene, row))
        ]
        item, used = _item(scene, one, between)
        table.items.append(item)
        table.rows |= {one.row.index} | used
    return table


def _item(scene: Scene, one: _Candidate, between: Sequence[Row]) -> tuple[Item, set[int]]:
    """The item with its factors, which stand in its row or in the one below; and the rows it takes."""
    cells: dict[str, Cell] = {}
    own = [a for a in scene.amounts[one.row.index] if a is not one.amount and not a.percent]
    factors = _factors(own, one.amount)
    used: set[int] = set()
    if factors is None and between:
        below = [a for a in scene.amounts[between[0].index] if not a.percent]
        factors = _factors(below, one.amount)
        used = {between[0].index} if factors else set()
    _put(cells, "name", [_name(one, factors)], ())
    if factors is not None:
        quantity, price = factors
        _put(cells, "quantity", [_with_unit(quantity, price)], (quantity,))
        basis = _basis(scene.amounts[price.segment.row], price)
        parts = (price,) if basis is None else (price, basis)
        _put(cells, "net_price", [Place(price.segment, price.start, parts[-1].end)], parts)
    rates = [a for a in scene.amounts[one.row.index] if a.percent and (a.start, a.end) == (0, len(a.segment.text))]
    if len(rates) == 1 and factors is not None:
        _put(cells, "tax_rate", [Place(rates[0].segment, rates[0].start, rates[0].end)], (rates[0],))
    _put(cells, "net_amount", [Place(one.amount.segment, one.amount.start, one.amount.end)], (one.amount,))
    head = Head([cell.column for cell in cells.values()], [], one.row.page)
    after = [TableRow(row, _text_cells(row)) for row in between[:2] if row.index not in used and _continues(one.row, row)]
    adjusts = next((term for term in ("allowance", "charge") if term in _terms_of(one.row, one.amount) and factors is None), None)
    if adjusts == "allowance" and one.amount.value > 0:
        adjusts = None
    return Item(TableRow(one.row, cells), head, after=after, adjusts=adjusts), used | {row.row.index for row in after}


def _put(cells: dict[str, Cell], term: str, places: list[Place], amounts: tuple[Amount, ...]) -> None:
    x0, x1 = min(place.box[0] for place in places), max(place.box[2] for place in places)
    cells[term] = Cell(Column(term, x0, x1), places, list(amounts))


def _text_cells(row: Row) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    _put(cells, "name", [Place(segment, 0, len(segment.text)) for segment in row.segments], ())
    return cells


def _continues(item: Row, row: Row) -> bool:
    """A line right below in the same place that is text: part of the description."""
    near = 0 <= row.y0 - item.y1 < 0.9 * item.height
    return near and any(abs(row.segments[0].x0 - segment.x0) < 3.0 for segment in item.segments) and len(row.words) <= 14


def _factors(amounts: Sequence[Amount], total: Amount) -> tuple[Amount, Amount] | None:
    """Quantity and price: the only two numbers, one behind the other, whose product is the amount; the price may be for so many."""
    pairs = [
        (one, other)
        for number, one in enumerate(amounts)
        for other in amounts[number + 1 :]
        if other.value and abs(one.value * other.value / _basis_value(amounts, other) - total.value) <= CENT
    ]
    if len({(one.value, id(other)) for one, other in pairs}) != 1:
        return None
    return next((pair for pair in pairs if _has_unit(pair[0])), pairs[-1])  # "12.00 m   Power supply 12 V": the one with the unit


def _has_unit(amount: Amount) -> bool:
    """A unit right behind, and no words but that in its place."""
    rest = amount.segment.text[amount.end :].split()
    return amount.start == 0 and (not rest or unit_code(rest[0]) is not None)


def _basis(amounts: Sequence[Amount], price: Amount) -> Amount | None:
    """``476.49 / 100``: the number behind the slash."""
    behind = (a for a in amounts if a.segment is price.segment and a.start > price.start)
    following = next(behind, None)
    joined = following is not None and price.segment.text[price.end : following.start].strip() == "/" and following.value > 0
    return following if joined else None


def _basis_value(amounts: Sequence[Amount], price: Amount) -> Decimal:
    basis = _basis(amounts, price)
    return basis.value if basis is not None else Decimal(1)


def _with_unit(quantity: Amount, price: Amount) -> Place:
    """The quantity with the word behind it, up to the price."""
    segment = quantity.segment
    end = price.start if price.segment is segment else len(segment.text)
    word = re.match(r"\s*[^\W\d_]+\.?", segment.text[quantity.end : end])
    return Place(segment, quantity.start, quantity.end + (word.end() if word else 0))


def _name(one: _Candidate, factors: tuple[Amount, Amount] | None) -> Place:
    """The text before the first number that is taken, without the sign for times."""
    left = [segment for segment in one.row.segments if segment.x0 <= one.amount.box[0]]
    first = max(left, key=lambda segment: sum(c.isalpha() for c in segment.text))  # of equals the first
    taken = [a for a in (one.amount, *(factors or ())) if a.segment is first]
    end = min((a.start for a in taken), default=len(first.text))
    text = first.text[:end]
    if end == 0:  # quantity first: "2 x Travel 40.00"
        end = len(first.text)
        start = max(a.end for a in taken)
        rest = re.match(r"\s*[x×*]?\s*", first.text[start:])
        return Place(first, start + (rest.end() if rest else 0), end)
    words = text.split()
    while words and _TIMES.match(words[-1]):
        words.pop()
    kept = text[: text.rindex(words[-1]) + len(words[-1])] if words else text
    return Place(first, 0, len(kept.rstrip(" :")))
