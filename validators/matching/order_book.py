"""The order lines of the facts, found by number, item, GTIN, delivery note, or words of their description."""

import weakref
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property

from schemas.facts import OrderFacts
from schemas.master import GoodsReceipt, PostedLine, PurchaseOrderLine
from validators.matching.keys import OrderKey, gtin_key, line_key, note_key, number_key, order_key
from validators.matching.text import words

MAX_FOUND = 60
"""Order lines that one search returns at most. More equal hits than that are ambiguous whichever are shown."""


class OrderBook:
    """An index over all order lines of the facts. Each part is built when it is first asked for."""

    def __init__(self, facts: OrderFacts) -> None:
        self._lines = facts.order_lines
        self._receipts = facts.receipts
        self._posted_lines = facts.invoiced_lines

    @cached_property
    def _by_order(self) -> dict[str, list[PurchaseOrderLine]]:
        index: dict[str, list[PurchaseOrderLine]] = defaultdict(list)
        seen: set[OrderKey] = set()
        for line in self._lines:
            key = order_key(line)
            if key not in seen:  # a key that comes twice is one order line
                seen.add(key)
                index[key[0]].append(line)
        for lines in index.values():
            lines.sort(key=sort_key)
        return index

    @cached_property
    def _by_item(self) -> dict[str, list[PurchaseOrderLine]]:
        index: dict[str, list[PurchaseOrderLine]] = defaultdict(list)
        for lines in self._by_order.values():
            for line in lines:
                for item in {number_key(i) for i in (line.buyer_item_id, line.seller_item_id) if i}:
                    index[item].append(line)
                if line.gtin and (gtin := gtin_key(line.gtin)):
                    index[f"gtin {gtin}"].append(line)
        return index

    @cached_property
    def _by_word(self) -> dict[str, list[PurchaseOrderLine]]:
        index: dict[str, list[PurchaseOrderLine]] = defaultdict(list)
        for lines in self._by_order.values():
            for line in lines:
                for token in set(words(line.description).tokens):
                    index[token].append(line)
        return index

    @cached_property
    def _by_note(self) -> dict[str, list[OrderKey]]:
        index: dict[str, list[OrderKey]] = defaultdict(list)
        for receipt in self._receipts:
            if receipt.delivery_note:
                index[note_key(receipt.delivery_note)].append((number_key(receipt.po_number), line_key(receipt.po_line)))
        return index

    @cached_property
    def _receipts_of(self) -> dict[OrderKey, list[GoodsReceipt]]:
        index: dict[OrderKey, list[GoodsReceipt]] = defaultdict(list)
        for receipt in self._receipts:
            index[number_key(receipt.po_number), line_key(receipt.po_line)].append(receipt)
        return index

    @cached_property
    def _posted_of(self) -> dict[OrderKey, list[PostedLine]]:
        index: dict[OrderKey, list[PostedLine]] = defaultdict(list)
        for posted in self._posted_lines:
            if posted.po_number and posted.po_line:
                index[number_key(posted.po_number), line_key(posted.po_line)].append(posted)
        return index

    def receipts(self, key: OrderKey) -> list[GoodsReceipt]:
        return self._receipts_of.get(key, [])

    def posted_lines(self, key: OrderKey) -> list[PostedLine]:
        """What earlier invoices billed on this order line."""
        return self._posted_of.get(key, [])

    def order(self, number: str) -> list[PurchaseOrderLine]:
        """Lines of the order with this compared number, in line order; empty: no such order in the facts."""
        return self._by_order.get(number, [])

    def with_items(self, items: Iterable[str], gtin: str | None) -> list[PurchaseOrderLine]:
        keys = [*items, *([f"gtin {gtin}"] if gtin else [])]
        return _distinct(line for key in sorted(keys) for line in self._by_item.get(key, ()))

    def with_notes(self, notes: Iterable[str]) -> list[PurchaseOrderLine]:
        """Order lines that have a receipt with one of these compared delivery notes."""
        keys = sorted({key for note in notes for key in self._by_note.get(note, ())})
        return [line for number, item in keys for line in self.order(number) if line_key(line.po_line) == item]

    def with_words(self, tokens: Iterable[str]) -> list[PurchaseOrderLine]:
        """Order lines that share the most of these words, rare words first; words that thousands share do not search."""
        hits: Counter[OrderKey] = Counter()
        lines: dict[OrderKey, PurchaseOrderLine] = {}
        found = sorted((len(self._by_word[t]), t) for t in set(tokens) if t in self._by_word)
        for size, token in found:
            if size > 10 * MAX_FOUND and hits:
                break
            for line in self._by_word[token][: 10 * MAX_FOUND]:
                hits[order_key(line)] += 1
                lines[order_key(line)] = line
        best = sorted(hits, key=lambda key: (-hits[key], key))[:MAX_FOUND]
        return [lines[key] for key in best]


def sort_key(line: PurchaseOrderLine) -> tuple[str, int, str]:
    """Order lines are taken in this order wherever nothing else decides."""
    item = line_key(line.po_line)
    return number_key(line.po_number), int(item) if item.isdecimal() else 0, item


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
