"""Item tables that no head explains: every item is found by the places its values had on the confirmed document."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from extractors.profiles.comparing import number_of
from extractors.profiles.item_rows import EDGE, ItemRows
from extractors.profiles.places import find_text, mask
from extractors.text_layer.amounts import Amount, find_amounts
from extractors.text_layer.items import Table
from extractors.text_layer.lexicon import fold
from extractors.text_layer.lines import ReadLine
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.sightings import Sighting, seen, seen_amount
from extractors.text_layer.units import unit_code
from extractors.text_layer.words import Row, Segment
from schemas import Line
from schemas.profile import Cell, ItemPattern

NUMBERS = frozenset({"net_amount", "net_price", "quantity", "tax_rate", "price_quantity"})
IDS = ("seller_item_id", "buyer_item_id", "gtin")
ROWS_OF_ITEM = 14  # how far from the row of an item its other rows may lie
MAX_ITEMS = 2_000


def propose_pattern(scene: Scene, items: ItemRows, truth: dict[str, Any]) -> ItemPattern | None:
    """The layout of the items of a confirmed document. Without a name and an amount there is nothing to go by."""
    if not {"name", "net_amount"} <= set(items.columns):
        return None
    cells = [
        Cell(field=name, x0=round(c.x0, 1), x1=round(c.x1, 1), align=c.align, required=all(p is not None for p in c.values))
        for name, c in items.columns.items()
    ]
    cells += _further_numbers(scene, items, truth)
    cells += _ids(scene, items, truth)
    return ItemPattern(cells=cells)


def _further_numbers(scene: Scene, items: ItemRows, truth: dict[str, Any]) -> Iterator[Cell]:
    """Numbers that stand a fixed count of rows above or below the row of the item."""
    lines = truth.get("lines") or []
    for name in sorted(NUMBERS - set(items.columns)):
        values = [number_of(line.get(name)) for line in lines]
        for offset in (1, -1, 2, -2, 3):
            hits: list[Amount] = []
            for row, value in zip(items.rows, values, strict=False):
                index = row.index + offset
                if value is not None and 0 <= index < len(scene.rows) and scene.rows[index].page == row.page:
                    hits += [a for a in scene.amounts[index] if abs(a.value) == abs(value)][:1]
            if hits and len(hits) == sum(value is not None for value in values):
                lefts, rights = [a.box[0] for a in hits], [a.box[2] for a in hits]
                align = "right" if max(rights) - min(rights) <= max(lefts) - min(lefts) else "left"
                yield Cell(
                    field=name,
                    row=offset,
                    x0=round(min(lefts), 1),
                    x1=round(max(rights), 1),
                    align=align,
                    required=len(hits) == len(lines),
                )
                break


def _ids(scene: Scene, items: ItemRows, truth: dict[str, Any]) -> Iterator[Cell]:
    """Item numbers behind a label of their own, in any row of the item."""
    for name in IDS:
        labels: dict[str, Place] = {}
        for line in truth.get("lines") or []:
            for place in find_text(scene, str(line.get(name) or "")):
                label = mask(place.segment.text[: place.start])
                if any(c.isalpha() for c in label):
                    labels.setdefault(label, place)
        for label, place in list(labels.items())[:2]:
            x0, _, x1, _ = place.box
            yield Cell(field=name, x0=round(x0, 1), x1=round(x1, 1), label=label, required=False)


@dataclass
class _Item:
    row: Row
    found: dict[str, tuple[Place, Amount | None]]


def read_items(scene: Scene, patterns: Sequence[ItemPattern]) -> tuple[Table, list[ReadLine]] | None:
    """Lines by the first pattern that finds items; ``None`` when none does."""
    for pattern in patterns:
        items = list(_items(scene, pattern))
        if items:
            for item, following in zip(items, [*items[1:], None], strict=True):
                _find_ids(scene, pattern, item, following)
            first, last = items[0].row.index, items[-1].row.index
            rows = set(range(first, last + 1)) | {p.segment.row for item in items for p, _ in item.found.values()}
            return Table(rows=rows, end=last + 1), [_line(item) for item in items]
    return None


def _items(scene: Scene, pattern: ItemPattern) -> Iterator[_Item]:
    """Rows in which, and around which, every required value stands at its place."""
    count = 0
    for row in scene.rows:
        found: dict[str, tuple[Place, Amount | None]] = {}
        for cell in pattern.cells:
            hit = None if cell.label else _at(scene, row, cell, pattern)
            if hit is not None:
                found[cell.field] = hit
            elif cell.required:
                break
        else:
            yield _Item(row, found)
            count += 1
            if count >= MAX_ITEMS:
                return


def _at(scene: Scene, row: Row, cell: Cell, pattern: ItemPattern) -> tuple[Place, Amount | None] | None:
    index = row.index + cell.row
    if not 0 <= index < len(scene.rows) or scene.rows[index].page != row.page:
        return None
    if cell.field in NUMBERS:
        for amount in scene.amounts[index]:
            x0, _, x1, _ = amount.box
            if abs((x1 - cell.x1) if cell.align == "right" else (x0 - cell.x0)) <= EDGE:
                price = _price_before(scene, amount) if cell.field == "net_price" else None
                hit = price or amount
                return Place(hit.segment, hit.start, hit.end), hit
        return None
    limit = min(
        (c.x0 for c in pattern.cells if c.row == cell.row and not c.label and c.x0 > cell.x0 + EDGE), default=float("inf")
    )
    for segment in scene.rows[index].segments:
        place = _text_from(segment, cell.x0, limit)
        if place is not None and any(c.isalpha() for c in place.text):
            return place, None
    return None


def _price_before(scene: Scene, basis: Amount) -> Amount | None:
    """``290.26 / 100``: what stands at the right edge is the number of units the price is for."""
    before = [a for a in scene.amounts[basis.segment.row] if a.segment is basis.segment and a.end <= basis.start]
    return before[-1] if before and basis.segment.text[before[-1].end : basis.start].strip() == "/" else None


def _basis_behind(price: Amount) -> Amount | None:
    following = [a for a in find_amounts(price.segment) if a.start >= price.end]
    return following[0] if following and price.segment.text[price.end : following[0].start].strip() == "/" else None


def _text_from(segment: Segment, x0: float, limit: float) -> Place | None:
    """The words of a segment from an edge on, up to the next column."""
    position, start, end = 0, -1, -1
    for word in segment.words:
        if start < 0 and abs(word.x0 - x0) <= EDGE:
            start = position
        if start >= 0 and word.x0 < limit - EDGE:
            end = position + len(word.text)
        position += len(word.text) + 1
    return Place(segment, start, end) if 0 <= start < end else None


def _find_ids(scene: Scene, pattern: ItemPattern, item: _Item, following: _Item | None) -> None:
    stop = min(following.row.index if following else len(scene.rows), item.row.index + ROWS_OF_ITEM)
    for cell in pattern.cells:
        if not cell.label or cell.field in item.found:
            continue
        for row in scene.rows[item.row.index : stop]:
            for segment in row.segments:
                place = _behind(segment, cell.label)
                if place is not None:
                    item.found.setdefault(cell.field, (place, None))


def _behind(segment: Segment, label: str) -> Place | None:
    """The word with a digit right behind a label."""
    wanted, position = fold(label), 0
    for word in segment.words:
        if position and fold(mask(segment.text[:position])) == wanted and any(c.isdigit() for c in word.text):
            return Place(segment, position, position + len(word.text.rstrip(".,;:")))
        position += len(word.text) + 1
    return None


def _line(item: _Item) -> ReadLine:
    result = ReadLine(Line())
    for name, (place, amount) in item.found.items():
        sighting = seen_amount(amount, "position", "profile") if amount else seen(place.text, place, "position", "profile")
        setattr(result.line, name, sighting.value)
        result.seen[name] = sighting
        if name == "net_price" and amount and (basis := _basis_behind(amount)):
            result.line.price_quantity = basis.value
            result.seen["price_quantity"] = seen_amount(basis, "position", "profile")
    _put_unit(result, item)
    return result


def _put_unit(result: ReadLine, item: _Item) -> None:
    """The word behind the quantity."""
    if "quantity" not in item.found:
        return
    place, _ = item.found["quantity"]
    row = next((r for r in (item.row,) if place.segment in r.segments), None)
    behind = place.segment.text[place.end :].split()
    if not behind and row is not None:
        following = row.segments[row.segments.index(place.segment) + 1 :]
        behind = following[0].text.split()[:1] if following else []
    code = unit_code(behind[0]) if behind else None
    if code:
        result.line.unit = code
        result.seen["unit"] = Sighting(code, place.page, place.box, place.text, ["position", "profile"])
