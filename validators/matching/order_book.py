"""The order lines of the facts, found by number, item, GTIN, delivery note, or description."""

import weakref
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TypeVar

from schemas.facts import OrderFacts
from schemas.master import GoodsReceipt, PostedLine, PurchaseOrderLine
from validators.matching.keys import OrderKey, gtin_key, line_key, note_key, number_key, order_key
from validators.matching.text import Words, words

MAX_FOUND = 60
"""Order lines that one key returns at most. More equal hits than that are ambiguous whichever are shown."""


class OrderBook:
    """An index over all order lines of the facts. Each part is built when it is first asked for."""

    def __init__(self, facts: OrderFacts) -> None:
        self._lines = facts.order_lines
        self._receipts = facts.receipts
        self._posted_lines = facts.invoiced_lines
        self._orders: dict[str, list[PurchaseOrderLine]] = {}

    @cached_property
    def _by_order(self) -> dict[str, list[PurchaseOrderLine]]:
        return _by_number((line.po_number, line) for line in self._lines)

    def _all(self) -> Iterator[PurchaseOrderLine]:
        for number in self._by_order:
            yield from self.order(number)

    @cached_property
    def _by_item(self) -> dict[str, list[PurchaseOrderLine]]:
        index: dict[str, list[PurchaseOrderLine]] = defaultdict(list)
        for line in self._all():
            for item in {number_key(i) for i in (line.buyer_item_id, line.seller_item_id) if i}:
                index[item].append(line)
            if line.gtin and (gtin := gtin_key(line.gtin)):
                index[f"gtin {gtin}"].append(line)
        return index

    @cached_property
    def _by_text(self) -> dict[str, list[PurchaseOrderLine]]:
        index: dict[str, list[PurchaseOrderLine]] = defaultdict(list)
        for line in self._all():
            if line.description:
                index[" ".join(sorted(words(line.description).tokens))].append(line)
        return index

    @cached_property
    def _by_note(self) -> dict[str, list[OrderKey]]:
        index: dict[str, list[OrderKey]] = defaultdict(list)
        for receipt in self._receipts:
            if receipt.delivery_note:
                index[note_key(receipt.delivery_note)].append((number_key(receipt.po_number), line_key(receipt.po_line)))
        return index

    @cached_property
    def _receipts_of(self) -> dict[str, list[GoodsReceipt]]:
        return _by_number((receipt.po_number, receipt) for receipt in self._receipts)

    @cached_property
    def _posted_of(self) -> dict[str, list[PostedLine]]:
        return _by_number((posted.po_number, posted) for posted in self._posted_lines if posted.po_number)

    def receipts(self, key: OrderKey) -> list[GoodsReceipt]:
        return [receipt for receipt in self._receipts_of.get(key[0], ()) if line_key(receipt.po_line) == key[1]]

    def posted_lines(self, key: OrderKey) -> list[PostedLine]:
        """What earlier invoices billed on this order line."""
        return [line for line in self._posted_of.get(key[0], ()) if line.po_line and line_key(line.po_line) == key[1]]

    def order(self, number: str) -> list[PurchaseOrderLine]:
        """Lines of the order with this compared number, in line order; empty: no such order in the facts."""
        if number not in self._orders:
            lines = sorted(self._by_order.get(number, ()), key=sort_key)
            self._orders[number] = _distinct(reversed(lines))[::-1]  # a key that comes twice is one order line, the first
        return self._orders[number]

    def with_items(self, items: Iterable[str], gtin: str | None) -> list[PurchaseOrderLine]:
        keys = [*items, *([f"gtin {gtin}"] if gtin else [])]
        return _distinct(line for key in sorted(keys) for line in self._by_item.get(key, ())[:MAX_FOUND])

    def with_notes(self, notes: Iterable[str]) -> list[PurchaseOrderLine]:
        """Order lines that have a receipt with one of these compared delivery notes."""
        keys = sorted({key for note in notes for key in self._by_note.get(note, ())})
        return [line for number, item in keys for line in self.order(number) if line_key(line.po_line) == item]

    def with_texts(self, texts: Iterable[Words]) -> list[PurchaseOrderLine]:
        """Order lines whose description has exactly the words and numbers of one of these texts, in any order."""
        keys = dict.fromkeys(" ".join(sorted(text.tokens)) for text in texts if text.text)
        return _distinct(line for key in keys for line in self._by_text.get(key, ())[:MAX_FOUND])


def sort_key(line: PurchaseOrderLine) -> tuple[str, int, str]:
    """Order lines are taken in this order wherever nothing else decides."""
    item = line_key(line.po_line)
    return number_key(line.po_number), int(item) if item.isdecimal() else 0, item


Record = TypeVar("Record")


def _by_number(records: Iterable[tuple[str, Record]]) -> dict[str, list[Record]]:
    """Compared order number -> its records. Numbers are brought into compared form once each, not once per record."""
    as_written: dict[str, list[Record]] = defaultdict(list)
    for number, record in records:
        as_written[number].append(record)
    index: dict[str, list[Record]] = defaultdict(list)
    for number, found in as_written.items():
        index[number_key(number)].extend(found)
    return index


def _distinct(lines: Iterable[PurchaseOrderLine]) -> list[PurchaseOrderLine]:
    return list({order_key(line): line for line in lines}.values())


_BOOKS: dict[int, tuple[weakref.ref[OrderFacts], OrderBook]] = {}


def order_book(facts: OrderFacts) -> OrderBook:
    """The index of these facts; matching many invoices against the same facts object builds it once.

    Facts never change, so this only saves time; an entry goes when its facts go.
    """
    held = _BOOKS.get(id(facts))
    if held is not None and held[0]() is facts:
        return held[1]
    book, key = OrderBook(facts), id(facts)
    _BOOKS[key] = (weakref.ref(facts, lambda _: _BOOKS.pop(key, None)), book)
    return book
