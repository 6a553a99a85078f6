"""Item lines of an invoice from its tables, and the rows in them that are no items.

An item is a row with a line amount. Rows without one belong to an item: to the one before, unless they begin the next. Rows of the
totals block end the table; carry-over rows are passed over; charges and discounts without a quantity are kept apart, because they
may count on document level.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from extractors.text_layer.amounts import Amount
from extractors.text_layer.cells import TableRow, learn_edges, read_row
from extractors.text_layer.columns import AMOUNTS, PRICES, Head, find_heads
from extractors.text_layer.lexicon import find_phrases
from extractors.text_layer.roles import settle_roles
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.words import Row

TOTAL = frozenset({"total"})
ENDS = frozenset(
    {"line_total", "net_total", "tax_total", "grand_total", "credit_total", "due", "total", "tax", "tax_basis", "prepaid"}
)
ADJUSTS = frozenset({"allowance", "charge"})
_CODE = re.compile(r"(?=\S*\d)[A-Z0-9][A-Z0-9./-]{1,19}")
_PAGE = re.compile(r"^\W*(seite|page|blatt|pagina|strona|sida|side)\b.{0,20}$", re.IGNORECASE)
MAX_ITEMS = 2_000
LOOKED_AT = 12  # rows that show what the columns of a table hold; it repeats itself
REACH = 14  # rows behind a sum in which the items may go on: a section title, a head
CENT = Decimal("0.01")


@dataclass
class Item:
    """A table row with its amount, and the text rows that belong to it. ``adjusts`` marks discount or charge rows without quantity."""

    row: TableRow
    head: Head
    before: list[TableRow] = field(default_factory=list)
    after: list[TableRow] = field(default_factory=list)
    adjusts: str | None = None

    @property
    def amount(self) -> Amount | None:
        return self.row.amount(*AMOUNTS)


@dataclass
class Table:
    """All items of the document, and which rows of the page they take (heads included)."""

    items: list[Item] = field(default_factory=list)
    heads: list[Head] = field(default_factory=list)
    rows: set[int] = field(default_factory=set)
    end: int = -1  # index of the first row behind the last item

    @property
    def prices_are_gross(self) -> bool:
        """The line amounts include tax: the only amount column says so."""
        return bool(self.heads) and all("net_amount" not in head.terms and "gross_amount" in head.terms for head in self.heads)


def find_table(scene: Scene) -> Table:
    """Items under every head of the document. A head that repeats on later pages continues the same table."""
    table = Table(heads=find_heads(scene))
    for number, head in enumerate(table.heads):
        stop = table.heads[number + 1].rows[0] if number + 1 < len(table.heads) else len(scene.rows)
        rows = scene.rows[head.rows[-1] + 1 : stop]
        before = len(table.items)
        _read_table(scene, head, rows, table)
        if len(table.items) > before:
            table.rows |= set(head.rows)
        if len(table.items) > MAX_ITEMS:
            break
    table.items = _without_running_sums(table.items)
    return table


def _without_running_sums(items: list[Item]) -> list[Item]:
    """Rows without quantity and price that repeat the sum of the items above (or since the last such row): carried over, subtotal."""
    kept: list[Item] = []
    total = since = Decimal(0)
    for item in items:
        amount = item.amount.value if item.amount else Decimal(0)
        bare = item.row.amount("quantity", *PRICES) is None
        if bare and len(kept) > 1 and amount and amount in (total, since):
            since = Decimal(0) if amount == since and amount != total else since
            kept[-1].after += [row for row in item.before if row.row.page == kept[-1].row.row.page]
            continue
        total, since = total + amount, since + amount
        kept.append(item)
    return kept


def _read_table(scene: Scene, head: Head, rows: list[Row], table: Table) -> None:
    settled = settle_roles(scene, head, [row for row in rows[: 2 * LOOKED_AT] if row.index not in scene.furniture])
    rows = [row for row in _until_totals(scene, settled, rows) if row.index not in scene.furniture]
    head = settle_roles(scene, head, rows)
    _settle_name(scene, head, rows[:LOOKED_AT])
    learn_edges([read_row(scene, head, row) for row in rows[: 4 * LOOKED_AT]])
    pending: list[TableRow] = []
    items: list[Item] = []
    for row in rows:
        cells = read_row(scene, head, row)
        if is_carry_over(row) or _PAGE.match(row.text) or row.index in scene.furniture:
            continue
        if cells.amount(*AMOUNTS) is None or not _money_like(cells) or _is_included(cells):
            pending.append(cells)
            continue
        item = Item(cells, head, adjusts=_adjusts(scene, cells))
        mine, theirs = _share(pending, item, items)
        item.before = mine
        if items:
            items[-1].after += theirs
        pending = []
        items.append(item)
        table.rows.add(row.index)
        table.end = row.index + 1
    if items:
        items[-1].after += _still_near(pending, items[-1])
        for item in items:
            table.rows |= {r.row.index for r in (*item.before, *item.after)}
    table.items += items


def _settle_name(scene: Scene, head: Head, rows: list[Row]) -> None:
    """Without a column for names, the column with words in it is that: "Article" heads numbers or names."""
    numbers = [column for column in head.columns if column.term == "item_id"]
    if len(numbers) > 1 and head.column("name") is None:
        numbers[-1].term = "name"  # "Code | Article"
    words: dict[int, int] = {}
    codes: dict[int, list[bool]] = {}
    for row in rows:
        for cell in read_row(scene, head, row).cells.values():
            worded = not cell.column.is_numeric or (cell.column.term == "position" and head.column("name") is None)
            if worded and (not cell.amounts or cell.column.term in ("name", "item_id")):
                letters = sum(c.isalpha() for c in cell.text)
                words[id(cell.column)] = words.get(id(cell.column), 0) + letters
                codes.setdefault(id(cell.column), []).append(bool(_CODE.fullmatch(cell.text.strip())))
    column = max((c for c in head.columns if id(c) in words), key=lambda c: words[id(c)], default=None)
    known = head.column("name")
    if column is None or column is known:
        return
    if known is None:
        column.term = "name"
    elif column.term in ("item_id", "unknown") and all(codes.get(id(known), [False])) and not any(codes[id(column)]):
        known.term, column.term = "item_id", "name"  # "Article" heads the words, "Code" the numbers, whatever the lexicon thought


def _is_included(cells: TableRow) -> bool:
    """``Incl. levy 4.24``: a part of the item above, counted there already."""
    found = find_phrases(cells.text("name"), frozenset({"row"}))
    return bool(found) and found[0].start == 0 and "row.included" in found[0].terms and cells.amount(*PRICES) is None


def _money_like(cells: TableRow) -> bool:
    """A line amount shows decimals or stands beside a quantity or price; a lone whole number is something else."""
    amount = cells.amount(*AMOUNTS)
    if amount is None:
        return False
    return (
        amount.decimals == 2
        or amount.currency is not None
        or len(cells.cells) >= 4
        or cells.amount("net_price", "quantity") is not None
    )


def _until_totals(scene: Scene, head: Head, rows: list[Row]) -> list[Row]:
    """Rows down to the totals. A sum after which the items go on is that of a section or page, and passed over."""
    taken: list[Row] = []
    for number, row in enumerate(rows):
        if _ends_table(scene, head, row):
            if not _goes_on(scene, head, rows[number + 1 : number + 1 + REACH]):
                break
            continue
        taken.append(row)
    return taken


def _goes_on(scene: Scene, head: Head, rows: list[Row]) -> bool:
    """Whether one of the next rows is an item for certain: its quantity times its price is its amount."""
    for row in rows:
        cells = read_row(scene, head, row)
        quantity, price, amount = cells.amount("quantity"), cells.amount("net_price"), cells.amount("net_amount")
        if quantity is None or price is None or amount is None or not amount.value or quantity.percent or price.percent:
            continue
        percent, per = cells.amount("discount_percent"), cells.amount("price_quantity")
        product = abs(quantity.value * price.value) / (abs(per.value) if per is not None and per.value else 1)
        product *= 1 - abs(percent.value) / 100 if percent is not None else 1
        if abs(product - abs(amount.value)) <= CENT and not _ends_table(scene, head, row):
            return True
    return False


def _ends_table(scene: Scene, head: Head, row: Row) -> bool:
    """A row of the totals block: a word for a sum with a number, no quantity and no price."""
    first = row.segments[0].text
    found = [f for f in find_phrases(row.text, TOTAL) if {t.partition(".")[2] for t in f.terms} & ENDS]
    if not found or is_carry_over(row):
        return False
    amounts = [a for a in scene.amounts[row.index] if a.looks_like_money]
    cells = read_row(scene, head, row)
    has_item = cells.amount("quantity") is not None and cells.amount("net_price", "gross_price", *AMOUNTS) is not None
    starts = found[0].start <= 24 or find_phrases(first, TOTAL)
    words = [w for w in row.words if any(c.isalpha() for c in w.text)]
    named = sum(1 for segment in row.segments if any(f.start == 0 for f in find_phrases(segment.text, TOTAL)))
    if named == len(row.segments) > 1:
        return True  # words for sums side by side; "VAT 21 % on 1133.76" is no item, whatever column it stands under
    return bool(starts) and not has_item and (len(words) <= 9 or named > 1) and (bool(amounts) or len(row.segments) >= 2)


def is_carry_over(row: Row) -> bool:
    return any("row.carry_over" in f.terms for f in find_phrases(row.text, frozenset({"row"}))) and len(row.words) <= 8


def _adjusts(scene: Scene, cells: TableRow) -> str | None:
    """``allowance`` or ``charge`` where the row names one and has neither quantity nor item number."""
    if cells.amount("quantity") is not None or "item_id" in cells.cells:
        return None
    for phrase in find_phrases(cells.row.text, TOTAL):
        for term in sorted(t.partition(".")[2] for t in phrase.terms):
            if term in ADJUSTS:
                return term
    amount = cells.amount(*AMOUNTS)
    return "allowance" if amount is not None and amount.negative and cells.amount("net_price") is None else None


def _share(pending: list[TableRow], item: Item, items: list[Item]) -> tuple[list[TableRow], list[TableRow]]:
    """Which text rows between two amounts belong to the later item: those that begin it, else none."""
    for number, row in reversed(list(enumerate(pending))):
        if row.amount("position") is not None and item.row.amount("position") is None:
            return pending[number:], pending[:number]
    if item.row.text("name") or item.row.text("item_id"):
        return [], pending
    if not items:
        return pending, []
    near = [r for r in pending if item.row.row.y0 - r.row.y1 < r.row.y0 - items[-1].row.row.y1]
    return (near, [r for r in pending if r not in near]) if near else (pending[-1:], pending[:-1])


def _still_near(rows: list[TableRow], item: Item) -> list[TableRow]:
    """Text rows below the last item that still belong to it: no gap wider than one and a half lines."""
    kept: list[TableRow] = []
    last = item.row.row
    for row in rows:
        if row.row.page != last.page or row.row.y0 - last.y1 > 1.0 * last.height or _looks_like_prose(row):
            break
        kept.append(row)
        last = row.row
    return kept


def _looks_like_prose(row: TableRow) -> bool:
    return len(row.row.words) > 14 or row.row.text.rstrip().endswith(("Tage netto.", "Abzug."))


def places_of(row: TableRow, term: str) -> list[Place]:
    cell = row.cells.get(term)
    return cell.places if cell else []
