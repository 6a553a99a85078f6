"""Rows of an item table into cells: every number and word goes to the column it stands under."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from extractors.text_layer.amounts import Amount
from extractors.text_layer.columns import Column, Head
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.units import unit_code
from extractors.text_layer.words import Row, Segment
from schemas.evidence import Box

PER = {"‰": Decimal(1000)}  # a price for a thousand
MAX_DISTANCE = 90.0  # points; a number further away from every column belongs to none
_CODE = re.compile(r"\(?(?:[A-Z]{1,2}\d?|\*{1,3})\)?")
_JOINER = re.compile(r"^[/x×*·|]$|^per$|^je$|^pro$|^à$|^par$")


@dataclass
class Cell:
    """What stands in one column of one row: its words as text, its numbers."""

    column: Column
    places: list[Place] = field(default_factory=list)
    amounts: list[Amount] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(place.text for place in self.places)


@dataclass
class TableRow:
    """A row of the page below a head, cell by cell."""

    row: Row
    cells: dict[str, Cell] = field(default_factory=dict)

    def amount(self, *terms: str) -> Amount | None:
        """First number of the first of these columns that has one."""
        for term in terms:
            cell = self.cells.get(term)
            if cell and cell.amounts:
                return cell.amounts[0]
        return None

    def text(self, term: str) -> str:
        cell = self.cells.get(term)
        return cell.text if cell else ""


@dataclass(frozen=True)
class _Chunk:
    """A run of characters of a segment: numeric (a number with its unit or price basis) or text."""

    place: Place
    amounts: tuple[Amount, ...]
    numeric: bool

    @property
    def x0(self) -> float:
        return self.place.box[0]

    @property
    def x1(self) -> float:
        return self.place.box[2]


def read_row(scene: Scene, head: Head, row: Row) -> TableRow:
    """Give every chunk of a row to a column: text by its left edge, numbers by the best alignment of all numbers of the row."""
    chunks = [chunk for segment in row.segments for chunk in _chunks(scene, head, segment)]
    result = TableRow(row)
    numbers = [chunk for chunk in chunks if chunk.numeric]
    for chunk, column in zip(numbers, _align(numbers, [c for c in head.columns if c.is_numeric]), strict=True):
        if column is not None:
            _put(result, column, chunk)
        else:
            _put(result, _text_column(head, chunk), chunk)
    for chunk in chunks:
        if not chunk.numeric:
            marked = _price_column(head) if chunk.place.text.strip() in PER else _coded_column(head, chunk)
            _put(result, marked or _unit_of(result, head, chunk) or _text_column(head, chunk), chunk)
    return result


def _unit_of(row: TableRow, head: Head, chunk: _Chunk) -> Column | None:
    """A short word right behind the quantity, under its head and before the next column: its unit, known or not."""
    cell = row.cells.get("quantity")
    if cell is None or len(chunk.place.text) > 12 or " " in chunk.place.text or "unit" in head.terms:
        return None
    gap = chunk.x0 - cell.places[-1].box[2]
    texts = [c for c in head.columns if not c.is_numeric and min(c.x1, chunk.x1) - max(c.x0, chunk.x0) > 0]
    return cell.column if 0 <= gap < 12 and not texts else None


def numeric_chunks(scene: Scene, head: Head, row: Row) -> list[tuple[Box, tuple[Amount, ...]]]:
    """Numbers of a row that stand alone or split off from words, each with its place."""
    chunks = [chunk for segment in row.segments for chunk in _chunks(scene, head, segment)]
    return [(chunk.place.box, chunk.amounts) for chunk in chunks if chunk.numeric]


def _put(row: TableRow, column: Column, chunk: _Chunk) -> None:
    cell = row.cells.setdefault(column.term, Cell(column))
    cell.places.append(chunk.place)
    cell.amounts += chunk.amounts


def _chunks(scene: Scene, head: Head, segment: Segment) -> list[_Chunk]:
    amounts = [a for a in scene.amounts[segment.row] if a.segment is segment]
    text = segment.text
    if not amounts:
        return [_Chunk(Place(segment, 0, len(text)), (), False)]
    if _is_numeric(text, amounts):
        return _split_numbers(head, segment, amounts)
    return _split_mixed(head, segment, amounts)


def _is_numeric(text: str, amounts: list[Amount]) -> bool:
    """Nothing but numbers, units, currencies and what joins a price with its basis."""
    rest = text
    for amount in reversed(amounts):
        rest = rest[: amount.start] + " " + rest[amount.end :]
    return all(_JOINER.match(word) or unit_code(word) or not any(c.isalnum() for c in word) for word in rest.split())


def _split_numbers(head: Head, segment: Segment, amounts: list[Amount]) -> list[_Chunk]:
    """One chunk per number, its unit included; a number behind a slash stays with the one before it."""
    text, chunks, start = segment.text, list[_Chunk](), 0
    groups: list[list[Amount]] = []
    for amount in amounts:
        between = text[groups[-1][-1].end : amount.start].strip().lower() if groups else ""
        if groups and _JOINER.match(between):
            groups[-1].append(amount)
        else:
            groups.append([amount])
    for number, group in enumerate(groups):
        end = groups[number + 1][0].start if number + 1 < len(groups) else len(text)
        chunks.append(_Chunk(_trim(segment, start, end), tuple(group), True))
        start = end
    return chunks


def _trim(segment: Segment, start: int, end: int) -> Place:
    text = segment.text
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Place(segment, start, end)


def _split_mixed(head: Head, segment: Segment, amounts: list[Amount]) -> list[_Chunk]:
    """Words and numbers in one segment: split off a leading position number and trailing numbers that stand under columns."""
    text, start, end = segment.text, 0, len(segment.text)
    leading, trailing = list[_Chunk](), list[_Chunk]()
    first = amounts[0]
    quantity = head.column("quantity")
    measure = len(amounts) == 1 and first.start == 0 and _is_measure(text[first.end :])
    if quantity and measure and min(segment.x1, quantity.x1) - max(segment.x0, quantity.x0) > 0:
        return [_Chunk(Place(segment, 0, len(text)), (first,), True)]
    position = head.column("position")
    if first.start == 0 and position and _stands_under(position, first) and first.decimals == 0:
        leading = [_Chunk(Place(segment, 0, first.end), (first,), True)]
        start = first.end
    elif first.start == 0 and quantity and not first.percent:
        start = _behind_unit(text, first.end)
        under = _stands_under(quantity, first) or _overlaps(quantity, Place(segment, 0, start).box)
        if start > first.end and under:
            leading = [_Chunk(_trim(segment, 0, start), (first,), True)]
        elif _stands_under(quantity, first) and first.decimals == 0:
            leading, start = [_Chunk(Place(segment, 0, first.end), (first,), True)], first.end
        else:
            start = 0
    rest = [a for a in amounts if a.start >= start]
    while rest and not any(c.isalpha() for c in _without_unit(text[rest[-1].end : end])):
        last = rest[-1]
        column = _nearest_numeric(head, last)
        if column is None or not _beyond_text(head, last, column):
            break
        trailing.insert(0, _Chunk(_trim(segment, last.start, end), (last,), True))
        end = last.start
        rest.pop()
    middle = _trim(segment, start, end)
    body = [_Chunk(middle, (), False)] if middle.text else []
    return [*leading, *body, *trailing]


def _behind_unit(text: str, start: int) -> int:
    """Where a known unit right behind a number ends; ``start`` where none stands there."""
    match = re.compile(r"\s*(\S{1,14})(?=\s)").match(text, start)
    return match.end() if match and unit_code(match[1]) else start


def _is_measure(rest: str) -> bool:
    """One short word behind a number: a unit, whether it is known or not."""
    words = rest.split()
    return len(words) == 1 and len(words[0]) <= 9 and words[0][0].isalpha() and sum(c.isdigit() for c in words[0]) <= 1


def _without_unit(text: str) -> str:
    return "" if unit_code(text.strip()) else text


def _overlaps(column: Column, box: Box) -> bool:
    return min(box[2], column.x1) - max(box[0], column.x0) > 0


def _stands_under(column: Column, amount: Amount) -> bool:
    x0, _, x1, _ = amount.box
    return min(x1, column.x1) - max(x0, column.x0) > 0 or column.distance(x0, x1) < 6


def _nearest_numeric(head: Head, amount: Amount) -> Column | None:
    x0, _, x1, _ = amount.box
    numeric = [c for c in head.columns if c.is_numeric]
    return min(numeric, key=lambda c: c.distance(x0, x1), default=None)


def _beyond_text(head: Head, amount: Amount, column: Column) -> bool:
    """The number stands where the numeric column is, not inside the description left of it."""
    x0, _, x1, _ = amount.box
    return min(x1, column.x1) - max(x0, column.x0) > 0 or column.distance(x0, x1) < 3


def _price_column(head: Head) -> Column | None:
    """Where a sign such as ``‰`` belongs: the column of price units it stands in, else that of the price."""
    return head.column("price_quantity") or head.column("net_price")


def _coded_column(head: Head, chunk: _Chunk) -> Column | None:
    """A letter under the head of the tax: the code of a rate."""
    if not _CODE.fullmatch(chunk.place.text.strip()):
        return None
    columns = [column for term in ("tax_code", "tax_rate") if (column := head.column(term)) is not None]
    return next((column for column in columns if _overlaps(column, chunk.place.box)), None)


def _text_column(head: Head, chunk: _Chunk) -> Column:
    """The column a text begins in: the last one that starts left of it; under numbers only heads, the name column."""
    texts = [c for c in head.columns if not c.is_numeric] or head.columns
    under = [c for c in texts if min(c.x1, chunk.x1) - max(c.x0, chunk.x0) > 0]
    name = head.column("name")
    if under:
        best = max(under, key=lambda c: min(c.x1, chunk.x1) - max(c.x0, chunk.x0))
        return name if name in under and abs(chunk.x0 - name.x0) < 4 else best
    left = [c for c in texts if c.x0 <= chunk.x0 + 3]
    return left[-1] if left else texts[0]


def _align(chunks: list[_Chunk], columns: list[Column]) -> list[Column | None]:
    """Monotone assignment of numbers to columns with the least total distance; a number may stay without a column."""
    skip_chunk, skip_column = MAX_DISTANCE, 0.0
    rows, width = len(chunks), len(columns)
    best = [[0.0] * (width + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        best[i][width] = best[i + 1][width] + skip_chunk
        for j in range(width - 1, -1, -1):
            take = columns[j].distance(chunks[i].x0, chunks[i].x1) + best[i + 1][j + 1]
            best[i][j] = min(take, best[i][j + 1] + skip_column, best[i + 1][j] + skip_chunk)
    result: list[Column | None] = []
    i = j = 0
    while i < rows:
        if j < width and best[i][j] == columns[j].distance(chunks[i].x0, chunks[i].x1) + best[i + 1][j + 1]:
            result.append(columns[j])
            i, j = i + 1, j + 1
        elif j < width and best[i][j] == best[i][j + 1] + skip_column:
            j += 1
        else:
            result.append(None)
            i += 1
    return result


def learn_edges(rows: list[TableRow]) -> None:
    """Remember where the numbers of each column end; the second reading of the table uses it."""
    for row in rows:
        for cell in row.cells.values():
            if cell.column.is_numeric and cell.amounts and len(cell.places) == 1:
                cell.column.rights.append(cell.places[0].box[2])
