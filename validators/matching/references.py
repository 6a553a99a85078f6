"""Which orders, order lines, delivery notes and items an invoice names. What is found counts only once it exists in the facts.

Source: EN 16931 BT-13, BT-16, BT-127, BT-132, BT-155 to BT-157; the words before a number are in ``data/order_words.csv``.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from schemas.invoice import Invoice, Line
from validators.matching.keys import gtin_key, line_key, number_key
from validators.matching.tables import rows
from validators.matching.text import fold

MIN_NUMBER_LENGTH = 4
"""A shorter number in running text is no order number: it is a quantity, a position, a year's part."""
MAX_GROUPS = 4
"""``45 0001 2345`` is one number in so many groups at most."""
MAX_REFERENCES = 2000
"""So many references of one kind are looked up; a hostile text could otherwise hold a million."""
MAX_TEXT = 4_000
MAX_LINE_TEXT = 1_000
"""Characters that are searched in a note or field, and in one text of a line."""

_NUMBER = r"[A-Z]{0,6}[-_.]?\d[\dA-Z]*(?:[-_.][\dA-Z]+)*"
_TOKEN = re.compile(rf"(?<![\w]){_NUMBER}", re.IGNORECASE)
_WITH_LINE = re.compile(r"^(?P<order>[A-Z]{0,6}[-_.]?\d[\dA-Z._-]{2,}?)\s*(?:/|-(?=0\d{4}$))\s*(?P<line>\d{1,6})$", re.IGNORECASE)
_SLASHED = re.compile(rf"(?<![\w]){_NUMBER}\s?/\s?\d{{1,6}}(?![\w])", re.IGNORECASE)
_LINE_AFTER_ORDER = re.compile(r"\b(?:pos(?:ition|izione|te)?|item|line|zeile|ligne|riga)\b\.?\W*$", re.IGNORECASE)
_DATE_OR_YEAR = re.compile(r"(?:19|20)\d\d|\d{1,2}[-./]\d{1,2}[-./](?:\d\d){1,2}|\d{4}-\d\d-\d\d")
_FILLERS = frozenset({"de", "di", "d", "del", "la", "du"})
_BETWEEN = frozenset({"nr", "no", "nummer", "number", "n", "num", "numero"})
"""Words that may stand between the announcing word and its number."""
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class OrderReference:
    """One mention of an order. ``number`` is the compared form; ``stated``: a field or word says that it is an order number."""

    raw: str
    number: str
    line: str | None
    path: str
    stated: bool


@dataclass(frozen=True)
class References:
    """By what the shell looks order lines up. All numbers are in compared form (``keys.number_key``), raw forms beside orders."""

    orders: tuple[OrderReference, ...] = ()
    delivery_notes: tuple[str, ...] = ()
    item_ids: tuple[str, ...] = ()
    gtins: tuple[str, ...] = ()

    @property
    def order_numbers(self) -> tuple[str, ...]:
        """Compared order numbers, each once; to be looked up among compared order numbers."""
        return tuple(dict.fromkeys(reference.number for reference in self.orders))

    @property
    def raw_order_numbers(self) -> tuple[str, ...]:
        """As printed, each once; to be looked up as they stand."""
        return tuple(dict.fromkeys(reference.raw for reference in self.orders))


@dataclass(frozen=True)
class LineReferences:
    """What one invoice line says about its order."""

    orders: tuple[OrderReference, ...]
    order_line: str | None
    """Compared order line (EBELP), where a field or a word says that it is one."""
    delivery_notes: tuple[str, ...]


def order_references(invoice: Invoice) -> References:
    """Order numbers from BT-13, BT-132, line text and notes; delivery notes; item ids and GTINs of the lines.

    A number in running text counts as a mention whether or not a word before it says what it is (``stated`` tells them apart):
    the shell looks all of them up for the vendor and company, and what does not exist there is no order. Never raises.
    """
    orders: dict[tuple[str, str | None, str], OrderReference] = {}
    notes: dict[str, None] = {}
    for reference in document_orders(invoice):
        orders.setdefault((reference.number, reference.line, reference.path), reference)
    for note in document_notes(invoice):
        notes.setdefault(note)
    for index, line in enumerate(invoice.lines):
        found = line_references(line, f"lines[{index}]")
        for reference in found.orders:
            orders.setdefault((reference.number, reference.line, reference.path), reference)
        for note in found.delivery_notes:
            notes.setdefault(note)
    items = (number_key(i) for line in invoice.lines for i in (line.seller_item_id, line.buyer_item_id) if i)
    gtins = (gtin_key(line.gtin) for line in invoice.lines if line.gtin)
    return References(
        tuple(list(orders.values())[:MAX_REFERENCES]),
        tuple(list(notes)[:MAX_REFERENCES]),
        tuple(dict.fromkeys(filter(None, items))),
        tuple(dict.fromkeys(filter(None, gtins))),
    )


def document_orders(invoice: Invoice) -> tuple[OrderReference, ...]:
    """Mentions that hold for the whole document: BT-13, notes."""
    found = list(_from_field(invoice.purchase_order_reference, "purchase_order_reference"))
    for index, note in enumerate(invoice.notes[:100]):
        found += _from_text(note.text, f"notes[{index}]")
    return tuple(found)


def document_notes(invoice: Invoice) -> tuple[str, ...]:
    """Delivery notes that hold for the whole document: BT-16, notes."""
    found = _numbers_of(invoice.delivery_note_reference)
    for note in invoice.notes[:100]:
        found += [number for kind, number in _announced(note.text) if kind == "note"]
    return tuple(dict.fromkeys(number_key(number) for number in found))


def line_references(line: Line, path: str) -> LineReferences:
    """Mentions in one line: its own fields first, then name, description and note."""
    orders = list(_from_field(line.purchase_order, f"{path}.purchase_order"))
    notes = [number_key(number) for number in _numbers_of(line.delivery_note)]
    order_line = None
    if line.purchase_order_line:
        from_field = list(_from_field(line.purchase_order_line, f"{path}.purchase_order_line"))
        with_line = [reference for reference in from_field if reference.line]
        if with_line:  # "4500012345/10" in the field of the line
            orders += with_line
        else:
            order_line = line_key(line.purchase_order_line) or None
    for stated in (line.name, line.description, line.note):
        if not stated:
            continue
        text = stated[:MAX_LINE_TEXT]
        orders += _from_text(text, path)
        for kind, number in _announced(text):
            if kind == "note":
                notes.append(number_key(number))
            elif kind == "line":
                order_line = order_line or line_key(number)
    if order_line is None:
        order_line = next((reference.line for reference in orders if reference.line), None)
    return LineReferences(tuple(orders), order_line, tuple(dict.fromkeys(filter(None, notes))))


def _from_field(value: str | None, path: str) -> Iterator[OrderReference]:
    """A field that holds order numbers: the whole value as it stands, and the numbers in it."""
    if not value or not any(c.isdigit() for c in value):
        return
    value = value.strip()[:MAX_TEXT]
    stated = not all(_DATE_OR_YEAR.fullmatch(token) for token in _TOKEN.findall(value))
    seen: set[tuple[str, str | None]] = set()
    for raw, line in [(value, None), *_readings(value)]:
        number = number_key(raw)
        is_part = raw != value and len(number) < MIN_NUMBER_LENGTH
        if number and not is_part and (number, line) not in seen:
            seen.add((number, line))
            yield OrderReference(raw, number, line, path, stated)


def _from_text(text: str, path: str) -> Iterator[OrderReference]:
    text = text[:MAX_TEXT]
    announced = [(kind, number_key(number)) for kind, number in _announced(text)]
    stated = {number for kind, number in announced if kind == "order"}
    others = {number for kind, number in announced if kind != "order"}
    seen: set[tuple[str, str | None]] = set()
    for raw, line in _readings(text):
        number = number_key(raw)
        if len(number) >= MIN_NUMBER_LENGTH and number not in others and (number, line) not in seen:
            seen.add((number, line))
            yield OrderReference(raw, number, line, path, _is_stated(number, line, stated))


def _is_stated(number: str, line: str | None, stated: Collection[str]) -> bool:
    """A word announces this number, or the number together with its line."""
    return number in stated or (line is not None and any(longer.startswith(number) for longer in stated))


def _readings(text: str) -> Iterator[tuple[str, str | None]]:
    """(number, line) for everything in a text that could be an order number, alone, with its line, or in groups of digits."""
    for match in _SLASHED.finditer(text):
        with_line = _WITH_LINE.match(match.group())
        if with_line:
            yield with_line["order"], line_key(with_line["line"])
    tokens = list(_TOKEN.finditer(text))
    for position, token in enumerate(tokens):
        raw = token.group()
        with_line = _WITH_LINE.match(raw)
        if with_line:
            yield with_line["order"], line_key(with_line["line"])
        yield raw, None
        joined, end = raw, token.end()
        for following in tokens[position + 1 : position + MAX_GROUPS]:
            if text[end : following.start()] != " " or not following.group().isdigit():
                break
            joined, end = f"{joined} {following.group()}", following.end()
            yield joined, None


@cache
def _order_words() -> dict[str, str]:
    return {row["word"]: row["kind"] for row in rows("order_words")}


def _announced(text: str) -> Iterator[tuple[str, str]]:
    """(kind, number) for each number that a word announces: ``Ihre Bestellung Nr. 45 0001 2345, Pos. 20``.

    The word stands at most two words and no other number before it; several numbers after one word count, joined by comma,
    slash or "und".
    """
    text = text[:MAX_TEXT]
    tokens = list(_TOKEN.finditer(text))
    kind, end, last_order_end = None, 0, -1
    position = 0
    while position < len(tokens):
        token = tokens[position]
        between = text[end : token.start()]
        announced = _kind_of(between)
        is_list = kind is not None and re.fullmatch(r"\s*(?:[,;/+&]|und|and|et|e|y|en)?\s*", between, re.IGNORECASE)
        kind = announced or (kind if is_list else None)
        if (
            announced is None
            and last_order_end == end
            and re.search(r"pos(?:ition)?\b\.?\W*$|item\W*$|line\W*$|zeile\W*$", between, re.I)
        ):
            kind = "line"
        number, end = token.group(), token.end()
        while kind in ("order", "note") and position + 1 < len(tokens):
            following = tokens[position + 1]
            if text[end : following.start()] != " " or not following.group().isdigit() or not number.replace(" ", "").isdigit():
                break
            number, end, position = f"{number} {following.group()}", following.end(), position + 1
        if kind and not (kind == "order" and _DATE_OR_YEAR.fullmatch(number)):
            yield kind, number
        last_order_end = end if kind == "order" else -1
        position += 1


def _kind_of(between: str) -> str | None:
    """What the last words before a number announce, if anything."""
    found = [word for word in map(fold, _WORD.findall(between[-80:])) if word not in _FILLERS][-4:]
    table = _order_words()
    for length in range(len(found), 0, -1):
        for start in range(len(found) - length, max(-1, len(found) - length - 3), -1):
            kind = table.get("".join(found[start : start + length]))
            rest = found[start + length :]
            if kind and all(
                word in {"nr", "no", "nummer", "number", "n", "num", "numero", "vom", "der", "de", "di"} for word in rest
            ):
                return kind
    return None


def _numbers_of(value: str | None) -> list[str]:
    """The numbers in a field that holds one or several: split at comma, semicolon, slash and line ends."""
    if not value:
        return []
    parts: Iterable[str] = (part.strip() for part in re.split(r"[,;\n/]|\s\+\s|\sund\s|\sand\s", value[:MAX_TEXT]))
    return [part for part in parts if any(c.isdigit() for c in part) or (part and part == value.strip())]
