"""Which order lines may be meant by an invoice line: all of a small order, else those that share item, words, line or price."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal

from rapidfuzz import fuzz, process

from schemas.master import PurchaseOrderLine
from schemas.money import round_half_up
from validators.matching.billed import Billed
from validators.matching.evidence import Evidence, Fit, Target, target, weigh
from validators.matching.keys import OrderKey, gtin_key, line_key, number_key, order_key
from validators.matching.ledger import Ledger, Standing
from validators.matching.naming import Named, Scope
from validators.matching.order_book import sort_key
from validators.matching.text import words

SMALL = 40
"""Up to so many order lines are all weighed."""
BEST = 30
"""Of more lines, so many are weighed for each kind of likeness."""

Candidates = dict[OrderKey, Evidence]


class Weighing:
    """Prepared order lines, each prepared once per invoice."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._targets: dict[OrderKey, Target] = {}
        self.standings: dict[OrderKey, Standing] = {}

    def weigh(self, billed: Billed, order_line: PurchaseOrderLine) -> Evidence:
        key = order_key(order_line)
        if key not in self._targets:
            self.standings[key] = self.ledger.standing(order_line)
            self._targets[key] = target(order_line, self.standings[key])
        return weigh(billed, self.standings[key], self._targets[key])


def candidates_in_orders(billed: Iterable[Billed], named: Named, scope: Scope, weighing: Weighing) -> list[Candidates]:
    """For each line, the order lines of the orders it names, or of all orders the invoice names."""
    everything = named.orders
    billed = list(billed)
    short_lists: dict[tuple[str, ...], Callable[[Billed], list[PurchaseOrderLine]]] = {}
    found = []
    for line in billed:
        orders = named.by_line.get(line.index, everything)
        if orders not in short_lists:
            short_lists[orders] = _short_list([order_line for number in orders for order_line in scope.order(number)])
        lines = short_lists[orders](line)
        found.append({order_key(order_line): weighing.weigh(line, order_line) for order_line in lines})
    return [
        {key: e for key, e in weighed.items() if len(weighed) == 1 or _is_worth_asking(line, e)}
        for line, weighed in zip(billed, _believable_positions(found), strict=True)
    ]


def _believable_positions(found: list[Candidates]) -> list[Candidates]:
    """Line references as far as they are the order's: suppliers also put their own numbering 1, 2, 3 there.

    One that no candidate has is not the order's. Where any line names the position of one item but bills another, none of the
    invoice is believed.
    """
    if any(_names_another_item(weighed) for weighed in found):
        return [_without_positions(weighed) for weighed in found]
    return [
        weighed if any(e.line_reference is Fit.EQUAL for e in weighed.values()) else _without_positions(weighed)
        for weighed in found
    ]


def _names_another_item(weighed: Candidates) -> bool:
    named = [e for e in weighed.values() if e.line_reference is Fit.EQUAL]
    others = [e for e in weighed.values() if e.line_reference is Fit.DIFFERENT]
    if not named or any(e.text >= 80 or Fit.EQUAL in (e.item, e.gtin) for e in named):
        return False
    return any(e.text >= 80 or Fit.EQUAL in (e.item, e.gtin) for e in others)


def _without_positions(weighed: Candidates) -> Candidates:
    return {key: replace(evidence, line_reference=Fit.UNKNOWN) for key, evidence in weighed.items()}


def candidates_without_order(billed: Iterable[Billed], scope: Scope, weighing: Weighing) -> list[Candidates]:
    """For each line, the open order lines of the vendor that more than amounts speak for."""
    found = []
    for line in billed:
        lines = [
            *scope.book.with_items(line.items, line.gtin),
            *scope.book.with_notes(line.notes),
            *scope.book.with_texts(line.texts),
        ]
        weighed = {order_key(o): weighing.weigh(line, o) for o in lines if scope.counts(o) and o.value_limit is None}
        found.append({key: evidence for key, evidence in weighed.items() if evidence.is_proven_without_order})
    return found


def _is_worth_asking(billed: Billed, evidence: Evidence) -> bool:
    """False for pairs that have nothing in common but the order: they are not even alternatives."""
    if billed.is_delivery_cost:
        return evidence.is_proven and evidence.text >= 60
    if evidence.is_contradicted:
        return evidence.text >= 95
    return evidence.is_identified or evidence.text >= 40 or evidence.price is Fit.EQUAL


def _short_list(lines: list[PurchaseOrderLine]) -> Callable[[Billed], list[PurchaseOrderLine]]:
    """A search over these lines; with few of them it returns all."""
    lines = sorted(lines, key=sort_key)
    if len(lines) <= SMALL:
        return lambda _: lines
    texts = [words(line.description).text for line in lines]
    by_name: dict[str, list[int]] = defaultdict(list)
    by_price: dict[Decimal, list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        for name in (*_names(line), f"text {texts[place]}"):
            by_name[name].append(place)
        by_price[round_half_up(line.net_price / line.price_quantity, 4)].append(place)

    def search(billed: Billed) -> list[PurchaseOrderLine]:
        names = [*(f"item {item}" for item in billed.items), f"gtin {billed.gtin}", f"line {billed.references.order_line}"]
        found = {place for name in names for place in by_name.get(name, ())[:BEST]}
        if billed.amount is not None and billed.quantity:
            found.update(by_price.get(round_half_up(billed.amount / billed.quantity, 4), ())[:BEST])
        same = {place for text in billed.texts for place in by_name.get(f"text {text.text}", ())[:BEST]}
        for text in () if same else billed.texts:  # order lines that say just the same are the likeliest by words
            found.update(place for _, _, place in process.extract(text.text, texts, scorer=fuzz.token_sort_ratio, limit=BEST))
        return [lines[place] for place in sorted(found | same)]

    return search


def _names(line: PurchaseOrderLine) -> set[str]:
    names = {f"item {number_key(item)}" for item in (line.buyer_item_id, line.seller_item_id) if item}
    names.add(f"line {line_key(line.po_line)}")
    if line.gtin:
        names.add(f"gtin {gtin_key(line.gtin)}")
    return names
