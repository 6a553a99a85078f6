"""Heads of item tables: which words stand over which columns.

A head is a row (with the rows that continue it) whose segments hold words of the lexicon group ``column``. Cells keep their place on
the page; what stands below is given to the nearest column by its edges.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from extractors.text_layer.lexicon import Found, find_phrases
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.words import Row, Segment

COLUMN = frozenset({"column"})
TOTAL = frozenset({"total"})
_FIELD = frozenset({"field"})
NUMERIC = (
    "position", "quantity", "net_price", "gross_price", "price_quantity", "discount_percent", "discount", "tax_rate",
    "tax_amount", "net_amount", "gross_amount",
)  # fmt: skip
AMOUNTS = ("net_amount", "gross_amount")
PRICES = ("net_price", "gross_price")
MAX_HEAD_ROWS = 5
_WHAT = ("name", "item_id", "quantity", "position", "date")


@dataclass
class Column:
    """One column: what it holds, and where. ``right`` edges learned from the values below replace that of the head."""

    term: str
    x0: float
    x1: float
    label: str = ""
    rights: list[float] = field(default_factory=list)
    stacked: tuple[str, ...] = ()
    """Terms of the single lines of a head of several lines, top to bottom."""

    @property
    def is_numeric(self) -> bool:
        return self.term in NUMERIC

    def distance(self, x0: float, x1: float) -> float:
        """How badly a value from ``x0`` to ``x1`` is aligned with the column, in points."""
        edges = [abs(x1 - self.x1), abs(x0 - self.x0), abs((x0 + x1) / 2 - (self.x0 + self.x1) / 2)]
        if self.rights:
            edges.append(abs(x1 - sorted(self.rights)[len(self.rights) // 2]))
        return min(edges)


@dataclass
class Head:
    """A table head: its columns from left to right, and the rows it takes."""

    columns: list[Column]
    rows: list[int]
    page: int

    def column(self, *terms: str) -> Column | None:
        return next((c for term in terms for c in self.columns if c.term == term), None)

    @property
    def terms(self) -> set[str]:
        return {column.term for column in self.columns}


def find_heads(scene: Scene) -> list[Head]:
    """All heads of item tables, top to bottom; a head that is repeated on the next page is found again."""
    heads: list[Head] = []
    taken = -1
    for row in scene.rows:
        if row.index <= taken or _has_money(scene, row):
            continue
        group = [row, *_continuation(scene, row)]
        columns = _columns(scene, group)
        if _is_head(columns) and _is_terse(group) and not _names_sums(scene, group) and not _names_invoice(group):
            heads.append(Head(columns, [r.index for r in group], row.page))
            taken = group[-1].index
    return heads


def _has_money(scene: Scene, row: Row) -> bool:
    return any(amount.decimals == 2 and not amount.percent for amount in scene.amounts[row.index])


def _is_head(columns: Sequence[Column]) -> bool:
    terms = {column.term for column in columns} - {"unknown"}
    if "tax_amount" in terms and not terms & {"quantity", *PRICES} and not {"name", "net_amount"} <= terms:
        return False  # the table of the taxes
    if not terms & {"quantity", "name", *PRICES}:
        return False
    has_amount = bool(terms & {*AMOUNTS, *PRICES})
    has_subject = bool(terms & set(_WHAT))
    return (
        has_amount and has_subject and (len(terms) >= 3 or {"name", "net_amount"} <= terms or {"name", "gross_amount"} <= terms)
    )


def _is_terse(rows: Sequence[Row]) -> bool:
    """Heads are words set apart, no sentences: most of what stands there belongs to the lexicon, and no cell runs on."""
    known = sum(f.end - f.start for row in rows for s in row.segments for f in find_phrases(s.text, COLUMN))
    letters = sum(1 for row in rows for word in row.words for c in word.text if c.isalnum())
    longest = max(len(segment.words) for row in rows for segment in row.segments)
    return known >= 0.4 * letters and (longest <= 8 or known >= 0.7 * letters)


def _names_invoice(rows: Sequence[Row]) -> bool:
    """``Invoice no. | Date | Due | Total``: the data of the invoice in a row of boxes, not the head of its items."""
    terms = {t for row in rows for s in row.segments for f in find_phrases(s.text, _FIELD) for t in f.terms}
    return "field.number" in terms and bool(terms & {"field.due_date", "field.issue_date"})


def _names_sums(scene: Scene, rows: Sequence[Row]) -> bool:
    """Words for sums side by side, and nothing but amounts below them: that is no table of items."""
    index = rows[-1].index + 1
    named = sum(1 for s in rows[0].segments if any(f.start == 0 for f in find_phrases(s.text, TOTAL)))
    if named < 2 or index >= len(scene.rows) or scene.rows[index].page != rows[0].page:
        return False
    below = scene.rows[index]
    monies = [a for a in scene.amounts[index] if a.looks_like_money]
    return len(monies) == len(below.segments) and all(a.start == 0 and a.end == len(a.segment.text) for a in monies)


def _continuation(scene: Scene, row: Row) -> Iterator[Row]:
    """Rows that continue the head: no amounts, close below or in between, with words of the lexicon or beside such words."""
    group = [row]
    for following in scene.rows[row.index + 1 : row.index + 1 + MAX_HEAD_ROWS]:
        bottom = max(r.y1 for r in group)
        if following.page != row.page or following.y0 - bottom > 0.45 * row.height or len(following.words) > 10:
            return
        if scene.amounts[following.index] or any(len(s.words) > 5 for s in following.segments):
            return
        between = following.y0 < bottom - 0.2 * row.height
        over = all(any(_overlap(s, h) > 0 for r in group for h in r.segments) for s in following.segments)
        known = any(find_phrases(s.text, COLUMN) or s.text.strip("()[]").lower() in _SUFFIXES for s in following.segments)
        if not between and not (over and known):
            return
        group.append(following)
        yield following


_SUFFIXES = frozenset(
    {"eur", "€", "chf", "usd", "gbp", "%", "in eur", "in €", "netto", "net", "ht", "ttc", "ohne mwst.", "ohne", "mwst."}
)


def _overlap(one: Segment, other: Segment) -> float:
    return min(one.x1, other.x1) - max(one.x0, other.x0)


def _columns(scene: Scene, rows: Sequence[Row]) -> list[Column]:
    """Cells of the head from left to right. In a head of several lines a cell is what stands one above the other."""
    stacks: list[list[Segment]] = []
    for segment in sorted((s for row in rows for s in row.segments), key=lambda s: s.x1 - s.x0):
        mine = [stack for stack in stacks if any(_overlap(segment, other) > 0.5 * segment.height for other in stack)]
        if len(mine) == 1 and all(not _same_line(segment, other) for other in mine[0]):
            mine[0].append(segment)
        elif not mine or any(_same_line(segment, other) for stack in mine for other in stack):
            stacks.append([segment])
        else:  # one word over several columns: it belongs to all of them, or says something about none
            continue
    columns = [column for stack in stacks for column in _stacked(stack)]
    columns.sort(key=lambda column: column.x0)
    _settle(columns)
    return columns


def _same_line(one: Segment, other: Segment) -> bool:
    return abs(one.middle - other.middle) < 0.5 * min(one.height, other.height)


def _stacked(stack: list[Segment]) -> Iterator[Column]:
    """One cell of one or more lines. A single line may hold the heads of several columns."""
    if len(stack) == 1:
        yield from _cells(stack[0])
        return
    stack.sort(key=lambda segment: segment.middle)
    label = ""
    for segment in stack:
        broken = label.endswith("-") and segment.text[:1].islower()
        label = label[:-1] + segment.text if broken else f"{label} {segment.text}".strip()
    found = find_phrases(label, COLUMN)
    longest = max(found, key=lambda f: f.end - f.start, default=None)
    stacked = tuple(term_of(f[0]) if (f := find_phrases(segment.text, COLUMN)) else "unknown" for segment in stack)
    yield Column(
        term_of(longest) if longest else "unknown",
        min(segment.x0 for segment in stack),
        max(segment.x1 for segment in stack),
        label,
        stacked=stacked,
    )


def _cells(segment: Segment) -> Iterator[Column]:
    """A segment of a head as cells: one per phrase, or one unknown cell."""
    found = find_phrases(segment.text, COLUMN)
    if not found:
        yield Column("unknown", segment.x0, segment.x1, segment.text)
        return
    for number, phrase in enumerate(found):
        start = 0 if number == 0 else phrase.start
        end = found[number + 1].start if number + 1 < len(found) else len(segment.text)
        box = Place(segment, start, end).box
        yield Column(term_of(phrase), box[0], box[2], segment.text[start:end].strip())


def term_of(phrase: Found) -> str:
    """Where a word stands for several columns the more usual one first."""
    names = {term.partition(".")[2] for term in phrase.terms}
    order = ("net_amount", "net_price", "name", "quantity", "tax_rate", "discount_percent", "unit", "item_id", "position")
    return next((name for name in order if name in names), sorted(names)[0])


def _settle(columns: list[Column]) -> None:
    """Resolve words that stand twice: the last amount is the line amount, an amount before it is the price."""
    for column in columns[1:]:  # "por": a position in Czech, "for so many" in Spanish
        if column.term == "position" and any("column.price_quantity" in f.terms for f in find_phrases(column.label, COLUMN)):
            column.term = "price_quantity"
    amounts = [c for c in columns if c.term == "net_amount"]
    for column in amounts[:-1]:
        column.term = "net_price" if not any(c.term == "net_price" for c in columns) else "unknown"
    for term in ("net_price", "quantity", "name", "tax_rate", "position", "unit"):
        same = [c for c in columns if c.term == term]
        for column in same[1:]:
            column.term = "unknown"
    if not amounts and not any(c.term == "gross_amount" for c in columns):
        prices = [c for c in columns if c.term in PRICES]
        if len(prices) == 1 and prices[0] is columns[-1] and not any(c.term == "quantity" for c in columns):
            prices[0].term = "net_amount"
