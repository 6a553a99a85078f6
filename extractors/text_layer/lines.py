"""Items -> invoice lines with their sightings. Nothing is computed here: a price, a quantity, an amount is what stands there."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from stdnum import ean

from extractors.text_layer.amounts import Amount
from extractors.text_layer.cells import PER, Cell, TableRow
from extractors.text_layer.items import Item, Table, places_of
from extractors.text_layer.lexicon import find_phrases
from extractors.text_layer.scene import Place
from extractors.text_layer.sightings import Sighting, seen, seen_amount
from extractors.text_layer.units import unit_code
from schemas import AllowanceCharge, Line, round_half_up

_POSITION = re.compile(r"\d{1,6}(?:\.\d{1,4}){0,4}\.?")
ROW = frozenset({"row", "field"})
_IDENT = re.compile(r"[:.#\s]*([A-Za-z0-9][\w./+-]*(?:\s\d[\w./-]*)*)")
_GTIN = re.compile(r"(?<!\d)(\d{8}|\d{12,14})(?!\d)")
_LABELLED = re.compile(r"[^\W\d_][\w .-]{1,24}:\s+(\S+)")  # Word: value
APART = 0.8  # line heights between two rows, from which the lower one begins something new
NARROW = 12  # line heights; a column of about two words, where nearly every name wraps
_NO_ID = frozenset({"ohne", "none", "n/a", "keine", "sans"})


@dataclass
class ReadLine:
    """A line and, per field of it, where the value was seen. ``adjusts``: a discount or charge row that may count on document level."""

    line: Line
    seen: dict[str, Sighting] = field(default_factory=dict)
    adjusts: str | None = None
    gross: Decimal | None = None
    """Line amount with tax, where the table prints no other."""
    gross_seen: Sighting | None = None
    both: bool = False
    """The table prints amounts without and with tax."""
    of_document: bool = False
    """A charge row that the printed sum of the lines leaves out: it counts on document level."""

    @property
    def is_line(self) -> bool:
        return self.adjusts != "allowance" and not self.of_document


def read_lines(table: Table) -> list[ReadLine]:
    edges = _right_edges(table)
    return [_read(item, edges.get(id(item.head), 0.0)) for item in table.items]


def _right_edges(table: Table) -> dict[int, float]:
    """How far to the right the names under each head run: where a longer name has to wrap. Rows set apart below do not count."""
    edges: dict[int, float] = {}
    for item in table.items:
        bottom = item.row.row.y1
        for row in (*item.before, item.row, *item.after):
            if row.row.y0 - bottom > APART * row.row.height:
                break
            bottom = max(bottom, row.row.y1)
            for place in _text_places(row):
                edges[id(item.head)] = max(edges.get(id(item.head), 0.0), place.box[2])
    return edges


def _read(item: Item, edge: float) -> ReadLine:
    result = ReadLine(Line(), adjusts=item.adjusts)
    _put_numbers(result, item)
    _put_tax(result, item)
    _put_name(result, item, edge)
    _put_ids(result, item)
    return result


def _put(result: ReadLine, name: str, sighting: Sighting) -> None:
    setattr(result.line, name, sighting.value)
    result.seen[name] = sighting


def _put_numbers(result: ReadLine, item: Item) -> None:
    row = item.row
    position = row.amount("position")
    if position is not None and _POSITION.fullmatch(position.text.strip()):
        _put(result, "id", seen_amount(position, "position", value=position.text.strip().rstrip(".")))
    quantity = row.amount("quantity")
    if quantity is not None:
        _put(result, "quantity", seen_amount(quantity, "position"))
    _put_unit(result, item, quantity)
    price = row.amount("net_price")
    if price is not None:
        _put(result, "net_price", seen_amount(price, "position"))
    elif (gross := row.amount("gross_price")) is not None and "net_amount" in item.head.terms:
        _put(result, "net_price", seen_amount(gross, "position"))
    amount = row.amount("net_amount")
    result.both = amount is not None and row.amount("gross_amount") is not None
    if amount is not None:
        _put(result, "net_amount", seen_amount(amount, "position"))
    elif (with_tax := row.amount("gross_amount")) is not None:
        result.gross, result.gross_seen = with_tax.value, seen_amount(with_tax, "position")
    if price is not None:
        _put_basis(result, item)
    percent = row.amount("discount_percent")
    if percent is not None and percent.value and amount is not None:
        cell = item.row.cells["discount_percent"]
        value = _in_steps(cell.text) or abs(percent.value)
        result.line.allowances = [AllowanceCharge(percent=value, reason=cell.column.label.strip(" %:.") or None)]
        result.seen["allowances[0].percent"] = seen_amount(percent, "position", value=value)


_STEPS = re.compile(r"\d{1,2}(?:[.,]\d{1,2})?(?:\s?\+\s?\d{1,2}(?:[.,]\d{1,2})?)+\s?%?")


def _in_steps(text: str) -> Decimal | None:
    """``35+5``: five per cent off what thirty-five per cent leave."""
    if not _STEPS.fullmatch(text.strip()):
        return None
    left = Decimal(1)
    for step in re.findall(r"\d+(?:[.,]\d+)?", text):
        left *= 1 - Decimal(step.replace(",", ".")) / 100
    return (1 - left) * 100


def _put_basis(result: ReadLine, item: Item) -> None:
    """Price per so many units: ``12,40 / 100`` in the price column, or a column of its own."""
    cell = item.row.cells["net_price"]
    basis: Amount | None = cell.amounts[1] if len(cell.amounts) > 1 else item.row.amount("price_quantity")
    marked = next((place for term in ("price_quantity", "net_price") for place in _marks(item, term)), None)
    if basis is not None and basis.value > 0 and not basis.percent:
        _put(result, "price_quantity", seen_amount(basis, "position"))
    elif marked is not None:
        _put(result, "price_quantity", seen(PER[marked.text.strip()], marked, "position"))
    elif basis is None and (per := _period_basis(result.line, cell)) is not None:
        _put(
            result, "price_quantity", Sighting(per, cell.amounts[0].page, cell.amounts[0].box, cell.amounts[0].text, ["equation"])
        )


def _marks(item: Item, term: str) -> list[Place]:
    """``‰`` alone beside a price: it is for a thousand."""
    cell = item.row.cells.get(term)
    return [place for place in cell.places if place.text.strip() in PER] if cell else []


# Days and months in the period a price is for. A year has 365 days or 366; what gives the printed amount is right.
_PERIODS = {("DAY", "ANN"): (Decimal(365), Decimal(366)), ("MON", "ANN"): (Decimal(12),)}


def _period_basis(line: Line, cell: Cell) -> Decimal | None:
    """``365 days  142.80 a year  142.80``: the price is for more of the unit than one."""
    price = cell.amounts[0]
    behind = price.segment.text[price.end :].split()
    if line.quantity is None or line.net_amount is None or not behind or not line.unit:
        return None
    for basis in _PERIODS.get((line.unit, unit_code(behind[-1].rpartition("/")[2]) or ""), ()):
        if round_half_up(line.quantity * price.value / basis) == line.net_amount:
            return basis
    return None


def _put_unit(result: ReadLine, item: Item, quantity: Amount | None) -> None:
    own = item.row.cells.get("unit")
    if own and (code := unit_code(own.places[0].text)):
        _put(result, "unit", seen(code, own.places[0], "position"))
        return
    if quantity is None:
        return
    cell = item.row.cells["quantity"]
    unnamed = item.row.cells.get("unknown")
    for place in unnamed.places if unnamed else ():
        if place.box[0] >= quantity.box[2] - 1 and (code := unit_code(place.text)):
            _put(result, "unit", seen(code, place, "position"))
            return
    for place in cell.places:
        rest = place.segment.text[quantity.end : place.end].strip() if place.segment is quantity.segment else place.text
        word = rest.split("/")[0].strip()
        if word and (code := unit_code(word.split()[0])):
            _put(result, "unit", seen(code, place, "position"))
            return


def _put_tax(result: ReadLine, item: Item) -> None:
    cell = item.row.cells.get("tax_rate")
    if cell and cell.amounts:
        rate = cell.amounts[0]
        if Decimal(0) <= rate.value <= 30:
            _put(result, "tax_rate", seen_amount(rate, "position"))


def _put_name(result: ReadLine, item: Item, edge: float) -> None:
    lines: list[Place] = []
    for row in item.before:
        lines += _text_places(row)
    lines += _text_places(item.row)
    if not lines:
        lines = [place for row in item.after[:1] for place in _text_places(row)]
    if not lines:
        return
    first, last = lines[0], lines[0]
    rest = [*lines[1:], *(place for row in item.after for place in _text_places(row) if place not in lines)]
    name = first.text
    while rest and _wraps(name, following := _in_line(rest, last), last, edge):
        last, rest = following, [place for place in rest if place is not following]
        name = f"{name[:-1]}{last.text}" if name.endswith("-") and last.text[:1].islower() else f"{name} {last.text}"
    _put(result, "name", Sighting(name, first.page, first.box, first.text, ["position"]))
    description = " ".join(place.text for place in rest)
    if description:
        box = (min(p.box[0] for p in rest), rest[0].box[1], max(p.box[2] for p in rest), rest[-1].box[3])
        _put(result, "description", Sighting(description, rest[0].page, box, description, ["position"]))


def _in_line(rest: list[Place], last: Place) -> Place:
    """Of the pieces of the next row the one under the name; beside it may stand a number of the item."""
    row = rest[0].segment.row
    return next((p for p in rest if p.segment.row == row and abs(p.box[0] - last.box[0]) < 3), rest[0])


def _text_places(row: TableRow) -> list[Place]:
    """What a row says of the item. A row of one piece below the name is part of it, even where it begins with a number."""
    name, only = row.cells.get("name"), row.row.segments[0]
    column = name.column if name else next((c.column for c in row.cells.values()), None)
    if len(row.row.segments) == 1 and column is not None and row.amount("position") is None:
        return [Place(only, 0, len(only.text))]
    found = [place for term in ("name", "unknown") if (cell := row.cells.get(term)) for place in cell.places]
    return [place for number, place in enumerate(found) if _says_something(place, number == 0 and name is not None)]


def _says_something(place: Place, first: bool) -> bool:
    """Words, not the letter of a tax or a mark beside them. A name may begin with a number that goes on in the next row."""
    letters = any(c.isalpha() for c in place.text)
    return (letters and (first or len(place.text) > 2)) or (first and place.text.endswith("-"))


def _wraps(name: str, following: Place, last: Place, edge: float) -> bool:
    """The next row continues the name: an open bracket, a hyphen or comma at the end, a small letter at the beginning.

    Or its first word would not have found room behind the last one, before the right edge of the column.
    """
    if len(name) > 200 or _starts_with_label(following.text):
        return False
    if name.count("(") > name.count(")") or name.endswith(("-", ",", "/", "&")):
        return True
    if abs(following.box[0] - last.box[0]) >= 3 or last.page != following.page:
        return False
    first_word = following.words[0]
    if following.box[1] - last.box[3] > APART * first_word.height:
        return False
    if " " not in name:
        return True  # a single word goes on more often than a description begins under it
    room = edge - last.box[2] - 0.25 * first_word.height
    narrow = edge - last.box[0] < NARROW * first_word.height
    return narrow or following.text[:1].islower() or (first_word.x1 - first_word.x0 > room and len(last.text) > 15)


def _starts_with_label(text: str) -> bool:
    if _LABELLED.match(text):
        return True
    found = find_phrases(text, ROW)
    return bool(found) and found[0].start == 0


_COLUMN_IDS = {"item_id": "seller_item_id", "buyer_item_id": "buyer_item_id", "gtin": "gtin"}


def _put_ids(result: ReadLine, item: Item) -> None:
    for term, name in _COLUMN_IDS.items():
        cell = item.row.cells.get(term)
        if cell and len({t for t in cell.column.stacked if t in _COLUMN_IDS}) > 1:
            _put_gtin_of(result, item, term)  # numbers of several kinds, one above the other: only a GTIN says what it is
        elif cell and cell.text.casefold() not in _NO_ID:
            _put_id(result, "gtin" if _calls_gtin(item, term) else name, cell.text, cell.places[0])
    for row in (*item.before, item.row, *item.after):
        for segment in row.row.segments:
            for found in find_phrases(segment.text, frozenset({"row"})):
                for term in ("buyer_item_id", "gtin", "item_id"):
                    name = _COLUMN_IDS[term]
                    if f"row.{term}" in found.terms and name not in result.seen:
                        match = _IDENT.match(segment.text, found.end)
                        if match and any(c.isdigit() for c in match[1]):
                            _put_id(result, name, match[1], Place(segment, match.start(1), match.end(1)))
                        break
    for row in item.after[:2]:
        if "seller_item_id" not in result.seen and (place := _number_below(row)) is not None:
            _put_id(result, "seller_item_id", place.text, place)


def _put_gtin_of(result: ReadLine, item: Item, term: str) -> None:
    for row in (*item.before, item.row, *item.after):
        for place in places_of(row, term):
            if _GTIN.fullmatch(place.text) and ean.is_valid(place.text):
                _put_id(result, "gtin", place.text, place)
                return


def _calls_gtin(item: Item, term: str) -> bool:
    """A number with a check digit, and the word for it right below: ``4000050986428`` over ``(GTIN)``."""
    text = item.row.text(term)
    if not _GTIN.fullmatch(text) or not ean.is_valid(text):
        return False
    return any("gtin" in row.text(term).casefold() for row in item.after[:2])


def _number_below(row: TableRow) -> Place | None:
    """``Article: A65752`` in a row of its own: a word that heads item columns, and one token with digits behind it."""
    only = row.row.segments[0]
    match = _LABELLED.fullmatch(only.text)
    if match is None or len(row.row.segments) > 1 or not any(c.isdigit() for c in match[1]):
        return None
    found = find_phrases(only.text, frozenset({"column"}))
    if not found or found[0].start > 0 or not found[0].terms & {"column.name", "column.item_id"}:
        return None
    return Place(only, match.start(1), match.end(1))


def _put_id(result: ReadLine, name: str, text: str, place: Place) -> None:
    if name == "gtin":
        match = _GTIN.search(text.replace(" ", ""))
        if not match:
            return
        text = match[1]
    if len(text) <= 60:
        _put(result, name, Sighting(text, place.page, place.box, place.text, ["label" if place.start else "position"]))
