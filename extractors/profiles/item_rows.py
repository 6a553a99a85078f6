"""Where the items of a confirmed document stand: the row of each, and the column of each of its values."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from extractors.profiles.comparing import number_of
from extractors.text_layer.amounts import Amount
from extractors.text_layer.lexicon import fold
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.words import Row

NUMBERS = ("net_amount", "net_price", "quantity", "tax_rate")
EDGE = 4.0  # points by which edges of one column may differ
MAX_LINES = 400
NAME_START = 14  # letters and digits of a name that must begin a run of text, to know its row

Align = Literal["left", "right"]


@dataclass(frozen=True)
class ColumnPlace:
    """One value of all items: its edges, and the place of it in each row (``None`` where the item has none)."""

    field: str
    x0: float
    x1: float
    align: Align
    values: tuple[Place | None, ...]


@dataclass(frozen=True)
class ItemRows:
    rows: tuple[Row, ...]
    columns: dict[str, ColumnPlace]


def locate_items(scene: Scene, lines: Sequence[dict[str, Any]]) -> ItemRows | None:
    """The row of every line of the truth, top to bottom; ``None`` unless each is found."""
    rows: list[Row] = []
    following = 0
    for line in lines[:MAX_LINES]:
        scored = [(score, -row.index, row) for row in scene.rows[following:] if (score := _score(scene, row, line)) >= 2]
        if not scored:
            return None
        best = max(score for score, _, _ in scored)
        row = next(row for score, _, row in scored if score == best)
        rows.append(row)
        following = row.index + 1
    if not rows:
        return None
    columns: dict[str, ColumnPlace] = {}
    for name in NUMBERS:
        column = _column(scene, name, rows, lines, list(columns.values()))
        if column:
            columns[name] = column
    names = _names(rows, lines)
    if names:
        columns["name"] = names
    return ItemRows(tuple(rows), columns)


def _score(scene: Scene, row: Row, line: dict[str, Any]) -> int:
    """How many values of the line stand in the row; the name counts as one, an amount with decimals as one and a half."""
    score = 0
    free = list(scene.amounts[row.index])
    for name in NUMBERS:
        value = number_of(line.get(name))
        hit = next((a for a in free if value is not None and _is(a, value)), None)
        if hit is not None:
            free.remove(hit)
            score += 1
    name_text = fold(str(line.get("name") or ""))[:NAME_START]
    return score + (1 if len(name_text) > 2 and any(fold(s.text).find(name_text) >= 0 for s in row.segments) else 0)


def _is(amount: Amount, value: Decimal) -> bool:
    return any(abs(reading.value) == abs(value) for reading in amount.readings)


def _column(
    scene: Scene, name: str, rows: Sequence[Row], lines: Sequence[dict[str, Any]], taken: Sequence[ColumnPlace]
) -> ColumnPlace | None:
    """The edge at which the value stands in most rows. Places taken by another value do not count."""
    values = [number_of(line.get(name)) for line in lines]
    used = {(id(p.segment), p.start) for column in taken for p in column.values if p}
    hits: list[list[Amount]] = [
        [a for a in scene.amounts[row.index] if value is not None and _is(a, value) and (id(a.segment), a.start) not in used]
        for row, value in zip(rows, values, strict=True)
    ]
    edges = Counter[tuple[Align, int]]()
    for found in hits:
        for align, edge in {key for a in found for key in _edges(a)}:
            edges[align, edge] += 1
    if not edges:
        return None
    (align, edge), count = max(edges.items(), key=lambda item: (item[1], item[0][0] == "right", item[0][1]))
    if count < sum(value is not None for value in values):
        return None
    chosen = [next((a for a in found if (align, edge) in _edges(a)), None) for found in hits]
    boxes = [a.box for a in chosen if a]
    places = tuple(Place(a.segment, a.start, a.end) if a else None for a in chosen)
    return ColumnPlace(name, min(b[0] for b in boxes), max(b[2] for b in boxes), align, places)


def _edges(amount: Amount) -> set[tuple[Align, int]]:
    """Edges in steps of the tolerance; each edge belongs to the two nearest steps."""
    x0, _, x1, _ = amount.box
    found: set[tuple[Align, int]] = set()
    for step in (0.0, 0.5):
        found |= {("left", int(x0 / EDGE + step)), ("right", int(x1 / EDGE + step))}
    return found


def _names(rows: Sequence[Row], lines: Sequence[dict[str, Any]]) -> ColumnPlace | None:
    places: list[Place] = []
    for row, line in zip(rows, lines, strict=True):
        wanted = fold(str(line.get("name") or ""))[:NAME_START]
        hit = next((s for s in row.segments if wanted and wanted in fold(s.text)), None)
        if hit is None:
            return None
        position, start = 0, 0
        for word in hit.words:
            if fold(hit.text[position:]).startswith(wanted):
                start = position
            position += len(word.text) + 1
        places.append(Place(hit, start, len(hit.text)))
    lefts = [p.box[0] for p in places]
    if max(lefts) - min(lefts) > EDGE:
        return None
    return ColumnPlace("name", min(lefts), max(p.box[2] for p in places), "left", tuple(places))
