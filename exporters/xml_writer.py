"""Terms -> XML of one syntax, driven by its table in ``schemas/bindings``. Knows no term, only rows.

Amounts have two decimals, as BR-DEC-* demand; an amount with more is refused, never rounded: it would be another amount.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from lxml import etree

from exporters.errors import DoesNotFit
from exporters.terms import Group, Term
from schemas.bindings import NAMESPACES, Row, load, steps
from schemas.money import plain, round_half_up

_ATTRIBUTE = re.compile(r"\[@(\w+)=(?:'([^']*)'|\$([\w.-]+))\]")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 has no way to write these

Keep = Callable[[Row], bool]


class _Place:
    """The element of one group, and the elements already made below it, by their path in the table."""

    def __init__(self, element: etree._Element) -> None:
        self.element = element
        self.made: dict[str, etree._Element] = {}


class XmlWriter:
    """One document. ``syntax`` names the table, ``keep`` decides which rows of it the profile and the root element have."""

    def __init__(self, syntax: str, root: etree._Element, invoice: Group, keep: Keep) -> None:
        self._table = load(syntax)
        self._prefixes = NAMESPACES[syntax]
        self._invoice = invoice
        self._keep = keep
        self.written: set[tuple[str, str]] = set()
        """(owner, key) of every row that found its place."""
        self._write_group(_Place(root), invoice)

    def _tag(self, name: str) -> str:
        prefix, _, local = name.partition(":")
        return f"{{{self._prefixes[prefix]}}}{local}"

    def _ensure(self, place: _Place, path: str, fresh: bool = False) -> etree._Element:
        """The element at ``path`` below the place, made where missing. ``fresh`` makes the last one anew."""
        element, walked = place.element, ""
        segments, _ = steps(path)
        for index, segment in enumerate(segments):
            walked = f"{walked}/{segment}"
            is_last = index == len(segments) - 1
            if walked in place.made and not (fresh and is_last):
                element = place.made[walked]
                continue
            element = etree.SubElement(element, self._tag(segment.partition("[")[0]))
            place.made[walked] = element
            for attribute, text, term in _ATTRIBUTE.findall(segment):
                element.set(attribute, text or str(self._invoice.terms.get(term, "")))
        return element

    def _write_group(self, place: _Place, group: Group) -> None:
        for row in self._table.get(group.key, ()):
            if not self._keep(row):
                continue
            if row.is_group:
                for inner in group.groups.get(row.key, ()):
                    self.written.add((row.owner, row.key))
                    element = self._ensure(place, row.place, fresh=row.kind == "list")
                    self._write_group(self._inner_place(place, element, row), inner)
            elif row.kind == "constant":
                self._write_constant(place, row, group)
            elif row.kind == "container":
                self._ensure(place, row.place)
            elif row.key in group.terms:
                self._write_term(place, row, group)

    @staticmethod
    def _inner_place(outer: _Place, element: etree._Element, row: Row) -> _Place:
        inner = _Place(element)
        if row.kind == "group":  # shares its element with rows of the owner, as cac:Delivery does
            inner.made = {k[len(row.place) + 1 :]: v for k, v in outer.made.items() if k.startswith(f"/{row.place}/")}
        return inner

    def _write_constant(self, place: _Place, row: Row, group: Group) -> None:
        if row.condition is None or row.condition in group.terms:
            self._ensure(place, row.place).text = row.constant

    def _write_term(self, place: _Place, row: Row, group: Group) -> None:
        value = group.terms[row.key]
        element = self._ensure(place, row.place)
        _, attribute = steps(row.place)
        text = self._text(row, value, group)
        self.written.add((row.owner, row.key))
        if attribute:
            element.set(attribute, text)
            return
        element.text = text
        kind, _, currency_term = row.kind.partition(":")
        if kind == "note":
            self.written.add((row.owner, "BT-21"))
        if kind == "date102":
            element.set("format", "102")
        if kind in ("amount", "price") and "cbc" in self._prefixes:
            element.set("currencyID", str(self._invoice.terms.get(currency_term or "BT-5", "")))

    @staticmethod
    def _text(row: Row, value: Term, group: Group) -> str:
        kind = row.kind.partition(":")[0]
        if isinstance(value, date):
            return f"{value:%Y%m%d}" if kind == "date102" else value.isoformat()
        if isinstance(value, Decimal):
            value = value if value else abs(value)  # a zero has no sign
            if kind != "amount":
                return plain(value)
            if round_half_up(value) != value:
                raise DoesNotFit(row.key, plain(value), "an amount has at most two decimals (BR-DEC)")
            return plain(round_half_up(value))
        if _FORBIDDEN.search(value):
            raise DoesNotFit(row.key, value, "characters that XML cannot hold")
        subject = group.terms.get("BT-21")
        return f"#{subject}#{value}" if kind == "note" and subject else value
