"""How well an invoice line and an order line fit: what speaks for it, what against it, and that as one number.

The numbers are weights, not probabilities: hard evidence (line reference, item, GTIN, delivery note, text, price) differs by more
than ``HEAVY_MARGIN``, soft evidence (how the quantity fits) by less. See ``allocation`` for what the margins decide.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from schemas.master import PurchaseOrderLine
from validators.matching.billed import Billed
from validators.matching.keys import gtin_key, line_key, number_key, resolve_notes
from validators.matching.ledger import Standing
from validators.matching.text import Words, similarity, words

ZERO = Decimal(0)
ROUNDING = Decimal("0.01")
"""Amounts of a line that differ by a cent at most are equal (DOMAIN T24)."""

HEAVY_MARGIN = 29
"""Alternatives this close are equal where choosing wrongly books on another order, account or tax code."""
LIGHT_MARGIN = 6
"""Alternatives this close are equal where only the order line within one order differs."""
UNASSIGNED = 245
"""Cost of giving a line no order line: what a line costs that has nothing in common with the order line but its order."""
SHARING = 40
"""Cost of a second invoice line on one order line (a split delivery)."""
UNPROVEN = 60
"""Added for a pair that is not proven: more than ``SHARING``, so that a doubtful line never drives a clear one from its place."""


class Fit(Enum):
    EQUAL = "equal"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Evidence:
    line_reference: Fit
    item: Fit
    gtin: Fit
    note: Fit
    text: int
    """Similarity, 0 to 100."""
    price: Fit
    price_off: int
    """How far off the price is, in percent of the order price, at most 1000."""
    quantity: int
    """0 exactly what is open, 3 exactly what was ordered, 8 less than that, 15 more, 31 nothing is open, 40 not comparable."""

    @property
    def cost(self) -> int:
        cost = {Fit.EQUAL: 0, Fit.UNKNOWN: 30, Fit.DIFFERENT: 120}[self.line_reference]
        identified = Fit.EQUAL in (self.item, self.gtin)
        cost += 0 if identified else {Fit.EQUAL: 0, Fit.UNKNOWN: 30, Fit.DIFFERENT: 100}[self.item]
        cost += 40 if self.gtin is Fit.DIFFERENT and self.item is not Fit.EQUAL else 0
        cost += {Fit.EQUAL: 0, Fit.UNKNOWN: 10, Fit.DIFFERENT: 45}[self.note]
        cost += 0 if self.text == 100 else 10 + (100 - self.text) * 85 // 100
        cost += {Fit.EQUAL: 0, Fit.UNKNOWN: 32, Fit.DIFFERENT: 32 + min(60, self.price_off)}[self.price]
        return cost + self.quantity

    @property
    def is_identified(self) -> bool:
        """Item number, GTIN or the order line itself are named, and nothing that is named differs."""
        return Fit.EQUAL in (self.item, self.gtin, self.line_reference) and not self.is_contradicted

    @property
    def is_contradicted(self) -> bool:
        """The invoice names another order line or another item."""
        item_differs = self.item is Fit.DIFFERENT and self.gtin is not Fit.EQUAL
        return item_differs or (self.line_reference is Fit.DIFFERENT and Fit.EQUAL not in (self.item, self.gtin))

    @property
    def fits_quantity(self) -> bool:
        return self.quantity <= 8

    @property
    def fits_quantity_exactly(self) -> bool:
        return self.quantity <= 3

    @property
    def is_proven(self) -> bool:
        """Enough for a line whose order is named: identified, the same words, or a fitting price and quantity with like words.

        A line reference or a supplier's item number alone is no proof (positions are the supplier's own, numbers are mistyped):
        words or price must agree.
        """
        if self.is_contradicted:
            return False
        if Fit.EQUAL in (self.item, self.gtin):
            return self.gtin is Fit.EQUAL or self.text >= 30 or self.price is Fit.EQUAL
        figures = self.price is Fit.EQUAL and self.fits_quantity
        if self.line_reference is Fit.EQUAL:
            return self.text >= 50 or figures
        return self.text >= 80 or (self.text >= 40 and figures)

    @property
    def is_proven_without_order(self) -> bool:
        """Enough where no order is named: more than amounts must agree, and the amounts must agree too."""
        if self.is_contradicted or self.price is not Fit.EQUAL or not self.fits_quantity:
            return False
        identified = Fit.EQUAL in (self.item, self.gtin, self.note) and self.text >= 30
        return identified or (self.text == 100 and self.fits_quantity_exactly)


def weigh(billed: Billed, standing: Standing, target: "Target") -> Evidence:
    """The evidence for one pair. ``target`` is the prepared form of the standing's order line."""
    price, off = _price(billed, standing)
    return Evidence(
        line_reference=_line_reference(billed, target),
        item=_item(billed, target),
        gtin=_same(billed.gtin, target.gtin),
        note=_note(billed, target),
        text=max((similarity(text, target.text) for text in billed.texts), default=0),
        price=price,
        price_off=off,
        quantity=_quantity(billed, standing),
    )


@dataclass(frozen=True)
class Target:
    """An order line in compared form."""

    order: str
    line: str
    items: frozenset[str]
    buyer_item: str | None
    seller_item: str | None
    gtin: str | None
    text: Words
    notes: frozenset[str]
    """Compared delivery notes of its receipts."""


def target(order_line: PurchaseOrderLine, standing: Standing) -> Target:
    buyer, seller = (number_key(i) if i else None for i in (order_line.buyer_item_id, order_line.seller_item_id))
    return Target(
        order=number_key(order_line.po_number),
        line=line_key(order_line.po_line),
        items=frozenset(filter(None, (buyer, seller))),
        buyer_item=buyer,
        seller_item=seller,
        gtin=gtin_key(order_line.gtin) if order_line.gtin else None,
        text=words(order_line.description),
        notes=standing.receipt_notes,
    )


def _same(ours: str | None, theirs: str | None) -> Fit:
    if not ours or not theirs:
        return Fit.UNKNOWN
    return Fit.EQUAL if ours == theirs else Fit.DIFFERENT


def _line_reference(billed: Billed, target: Target) -> Fit:
    named = billed.references.order_line
    return Fit.UNKNOWN if named is None else _same(named, target.line)


def _item(billed: Billed, target: Target) -> Fit:
    """Buyer's and seller's numbers are compared crosswise: which is which is often mixed up. Different only like with like."""
    if billed.items & target.items:
        return Fit.EQUAL
    line = billed.line
    pairs = ((line.buyer_item_id, target.buyer_item), (line.seller_item_id, target.seller_item))
    return Fit.DIFFERENT if any(ours and number_key(ours) and theirs for ours, theirs in pairs) else Fit.UNKNOWN


def _note(billed: Billed, target: Target) -> Fit:
    if not billed.notes or not target.notes:
        return Fit.UNKNOWN
    return Fit.EQUAL if resolve_notes(billed.notes, target.notes) & target.notes else Fit.DIFFERENT


def _price(billed: Billed, standing: Standing) -> tuple[Fit, int]:
    if billed.amount is None or billed.quantity is None or billed.is_value_only or standing.order_line.value_limit is not None:
        return Fit.UNKNOWN, 0
    quantity = in_price_unit(billed, standing)
    if quantity is None:
        return Fit.UNKNOWN, 0
    expected = quantity * standing.price
    difference = abs(billed.amount - expected)
    if difference <= ROUNDING:
        return Fit.EQUAL, 0
    return Fit.DIFFERENT, min(1000, int(difference * 100 / abs(expected))) if expected else 1000


def in_price_unit(billed: Billed, standing: Standing) -> Decimal | None:
    """The billed quantity in the unit of the order price; a line without unit is read in the order unit."""
    if billed.quantity is None:
        return None
    return standing.conversions.convert(billed.quantity, billed.unit or standing.order_line.unit, standing.price_unit)


def in_order_unit(billed: Billed, standing: Standing) -> Decimal | None:
    """The billed quantity in the order unit; a line without unit is read in the order unit."""
    if billed.quantity is None:
        return None
    return standing.conversions.convert(billed.quantity, billed.unit or standing.order_line.unit, standing.order_line.unit)


def _quantity(billed: Billed, standing: Standing) -> int:
    if standing.order_line.value_limit is not None:
        return 8
    quantity = in_order_unit(billed, standing)
    if quantity is None:
        return 40
    ordered, received, invoiced = standing.order_line.quantity, standing.received, standing.invoiced
    if billed.is_value_only:
        return 8 if invoiced > 0 else 31
    if quantity < 0:  # a credit note gives back what was invoiced, first of all what was returned
        back = invoiced - received
        exact = -quantity in (back, invoiced)
        return 0 if exact else 8 if -quantity <= invoiced else 15 if invoiced > 0 else 31
    open_received, open_ordered = received - invoiced, ordered - invoiced
    if quantity == open_received or (not standing.order_line.receipt_expected and quantity == open_ordered):
        return 0
    if quantity == open_ordered:
        return 3
    if max(open_received, open_ordered) <= 0:
        return 31
    return 8 if quantity <= max(open_received, open_ordered) else 15
