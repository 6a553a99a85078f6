"""Quantity keys: DQ, DW, and the ratio of price quantity to order quantity, BR and BW.

Source: DOMAIN 2.2 and 2.3 (SAP): expected is received less invoiced, without receipts ordered less invoiced; a variance is the
order price times what is billed beyond that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from validators.matching.bills import WEIGHING_DIFFERENCE, Bill, price_unit_ratio
from validators.matching.judged import Judged, shown
from validators.matching.keys import resolve_notes
from validators.matching.ledger import Standing
from validators.matching.tolerances import Limits

ZERO = Decimal(0)
NOISE = Decimal("1E-9")
"""Quantities this close are equal: a twelfth of a carton has no last digit."""


@dataclass(frozen=True)
class Basis:
    """What the billed quantity is compared with: everything, or the receipts of the delivery notes it names."""

    ordered: Decimal
    received: Decimal
    invoiced: Decimal
    receipt_expected: bool
    words: str = ""

    @property
    def waits_for_receipt(self) -> bool:
        return self.receipt_expected and self.received == 0

    @property
    def expected(self) -> Decimal:
        if self.waits_for_receipt:
            return ZERO
        return (self.received if self.receipt_expected else self.ordered) - self.invoiced


def basis(standing: Standing, notes: frozenset[str] | None) -> Basis:
    """``notes``: compared delivery notes for receipt-based verification, ``None``: the whole order line."""
    line = standing.order_line
    if notes is None:
        return Basis(line.quantity, standing.received, standing.invoiced, line.receipt_expected)
    named = ", ".join(sorted(notes))
    received, invoiced = standing.received_for(notes), standing.invoiced_for(notes)
    return Basis(line.quantity, received, invoiced, True, f" for delivery note {named}")


def notes_of(bill: Bill) -> frozenset[str] | None:
    """The delivery notes one line of a receipt-based order line is checked against; empty: they cannot be told.

    Named ones count. Without a name: the only note with something open, else the only one whose open quantity is the billed
    one, else all together when that is the billed quantity.
    """
    standing = bill.standing
    known = sorted(standing.receipt_notes)
    if not known:  # the receipts name no delivery notes: only the order line as a whole can be compared
        return None
    if bill.billed.notes:
        return resolve_notes(bill.billed.notes, known)
    open_by_note = {note: standing.received_for(frozenset({note})) - standing.invoiced_for(frozenset({note})) for note in known}
    still_open = {note: quantity for note, quantity in open_by_note.items() if quantity > 0}
    if len(known) <= 1 or len(still_open) == 1:
        return frozenset(still_open or known)
    exact = [note for note, quantity in still_open.items() if quantity == bill.quantity]
    if len(exact) == 1:
        return frozenset(exact)
    if not exact and still_open and standing.received - standing.invoiced == bill.quantity:
        return frozenset(known)
    return frozenset()


def quantity_variance(bills: Sequence[Bill], basis: Basis, limits: Limits) -> Judged | None:
    """DQ, or DW while a receipt is expected and none is there. ``bills`` share one order line; ``None``: not comparable."""
    standing = bills[0].standing
    price = standing.price_per_order_unit
    quantities = [bill.quantity for bill in bills if bill.quantity is not None]
    if price is None or len(quantities) < len(bills):
        return None
    billed = sum(quantities, ZERO)
    unit = standing.order_line.unit
    together = "" if len(bills) == 1 else f" in lines {', '.join(sorted(bill.billed.id for bill in bills))} together"
    path = f"{bills[0].billed.path}.quantity"
    words = f"{shown(billed)} {unit} billed{together}{basis.words}"
    if basis.waits_for_receipt:
        quantity = billed + basis.invoiced
        explanation = (
            f"{words}, {shown(basis.invoiced)} invoiced before, nothing received yet: {shown(quantity)} x {shown(price)}"
        )
        variance = limits.judge("DW", price * quantity, None, explanation)
        return Judged(variance, path, shown(billed), "0")
    expected = basis.expected
    difference = billed - expected
    if abs(difference) < NOISE:
        difference = ZERO
    source = f"received {shown(basis.received)}" if basis.receipt_expected else f"ordered {shown(basis.ordered)}"
    explanation = (
        f"{words}, {shown(expected)} open ({source}, invoiced {shown(basis.invoiced)}): "
        f"difference {shown(difference)} x {shown(price)}"
    )
    reference = price * expected if billed * expected > 0 else None
    variance = limits.judge("DQ", price * difference, ZERO if reference is None else reference, explanation)
    return Judged(variance, path, shown(billed), shown(expected))


def ratio_variance(bill: Bill, basis: Basis, limits: Limits) -> Judged | None:
    """BW after a receipt, BR before: price quantity per order quantity, billed against received or ordered; in percent.

    The amount is what the difference of the ratio is worth at the order price.
    """
    ratio = price_unit_ratio(bill.standing)
    quantity = bill.quantity
    if bill.is_weighed_only:
        quantity = basis.expected if basis.expected > 0 else basis.ordered - basis.invoiced
    elif not bill.states_both:
        return None
    if not ratio or not quantity or bill.price_quantity is None:
        return None
    usual = quantity * ratio.numerator / ratio.denominator
    difference = bill.price_quantity - usual
    key = "BW" if bill.standing.received > 0 else "BR"
    if bill.is_weighed_only and not _is_weighing_difference(difference, usual, key, limits):
        return None
    line, price = bill.standing.order_line, bill.standing.price
    source = "received" if key == "BW" else "ordered"
    explanation = (
        f"{shown(bill.price_quantity)} {bill.standing.price_unit} billed for {shown(quantity)} {line.unit}; "
        f"{source} were {shown(usual)} for as many"
    )
    variance = limits.judge(key, difference * price, usual * price, explanation)
    return Judged(variance, f"{bill.billed.path}.quantity", shown(bill.price_quantity), shown(usual))


def settles_quantity(judged: Judged | None, bill: Bill, limits: Limits) -> bool:
    """True when a difference in weight is judged by BR or BW, so that the derived pieces are not a quantity difference too."""
    return judged is not None and bill.is_weighed_only and limits.is_checked(judged.variance.key)


def _is_weighing_difference(difference: Decimal, usual: Decimal, key: str, limits: Limits) -> bool:
    row = limits.row(key)
    stated = None if row is None else row.upper_percent if difference > 0 else row.lower_percent
    allowed = WEIGHING_DIFFERENCE if stated is None else max(stated, WEIGHING_DIFFERENCE)
    return abs(difference) * 100 <= allowed * abs(usual)
