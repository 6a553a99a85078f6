"""What is billed on one order line: the part of an invoice line that falls to it, in the units of the order."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from schemas.money import round_half_up
from validators.matching.billed import Billed
from validators.matching.evidence import in_order_unit, in_price_unit
from validators.matching.ledger import Standing
from validators.matching.units import Conversions, as_decimal, is_known_unit, unit_key

ZERO = Decimal(0)
_QUANTITY_IN_TEXT = re.compile(r"(?<![\w.,])(\d{1,9}(?:[.,]\d{1,4})?)\s?([^\W\d_]{1,8})(?![\w])")
WEIGHING_DIFFERENCE = Decimal(10)
"""Percent by which weighed goods may differ from the order before they are another quantity; more where BR or BW allow it."""


@dataclass(frozen=True)
class Bill:
    """``quantity`` is in the order unit, ``price_quantity`` in the order price unit, both signed; ``None``: cannot be said."""

    billed: Billed
    standing: Standing
    quantity: Decimal | None
    price_quantity: Decimal | None
    amount: Decimal | None
    states_both: bool = False
    """The invoice states quantity and price quantity, each on its own: their ratio can be checked."""
    is_weighed_only: bool = False
    """Only the price quantity is stated (kilograms), the order quantity (pieces) is derived."""
    remark: str = ""

    @property
    def unit_problem(self) -> str | None:
        """In words, when the billed unit does not convert into the units of the order."""
        line = self.standing.order_line
        if self.billed.quantity is None or (self.quantity is not None and self.price_quantity is not None):
            return None
        unit = self.billed.unit or line.unit
        known = "" if is_known_unit(unit) else f"; {unit} is not a known unit"
        target = line.unit if self.quantity is None else self.standing.price_unit
        return f"billed in {unit}, ordered in {target}, and no conversion is known{known}"


def bill(billed: Billed, standing: Standing, part: Decimal | None) -> Bill:
    """``part``: the quantity in the order unit that falls to this order line, ``None``: all of it."""
    if part is not None:
        return _part(billed, standing, part)
    if billed.quantity is None:
        return _without_quantity(billed, standing)
    if _has_own_price_unit(standing):
        return _in_two_units(billed, standing)
    return Bill(billed, standing, in_order_unit(billed, standing), in_price_unit(billed, standing), billed.amount)


def _part(billed: Billed, standing: Standing, part: Decimal) -> Bill:
    whole = in_order_unit(billed, standing)
    amount = None if billed.amount is None or not whole else round_half_up(billed.amount * part / whole)
    price_quantity = standing.conversions.convert(part, standing.order_line.unit, standing.price_unit)
    return Bill(billed, standing, part, price_quantity, amount, remark="one invoice line for several order lines")


def _without_quantity(billed: Billed, standing: Standing) -> Bill:
    """A line without quantity bills everything open when its amount is exactly the value of that; else nothing can be said."""
    none = Bill(billed, standing, None, None, billed.amount)
    price = standing.price_per_order_unit
    if billed.amount is None or price is None:
        return none
    line = standing.order_line
    base = standing.received if line.receipt_expected and standing.received else line.quantity
    for quantity in (base - standing.invoiced, line.quantity):
        if quantity and abs(quantity * price - billed.amount) <= Decimal("0.01"):
            price_quantity = standing.conversions.convert(quantity, line.unit, standing.price_unit)
            return replace(none, quantity=quantity, price_quantity=price_quantity, remark="no quantity stated, all that is open")
    return none


def _has_own_price_unit(standing: Standing) -> bool:
    """Ordered in one unit, priced in another that no general rule converts (pieces, priced by kilogram)."""
    order_unit, price_unit = standing.order_line.unit, standing.price_unit
    return unit_key(order_unit) != unit_key(price_unit) and Conversions().factor(order_unit, price_unit) is None


def _in_two_units(billed: Billed, standing: Standing) -> Bill:
    plain = Conversions()
    unit = billed.unit or standing.order_line.unit
    assert billed.quantity is not None
    quantity = plain.convert(billed.quantity, unit, standing.order_line.unit)
    price_quantity = plain.convert(billed.quantity, unit, standing.price_unit)
    if quantity is not None:
        price_quantity = _stated_price_quantity(billed, standing) or _in_text(billed, standing.price_unit)
        if price_quantity is not None:
            return Bill(billed, standing, quantity, price_quantity, billed.amount, states_both=True)
        converted = standing.conversions.convert(quantity, standing.order_line.unit, standing.price_unit)
        return Bill(billed, standing, quantity, converted, billed.amount)
    if price_quantity is None:
        return Bill(billed, standing, in_order_unit(billed, standing), in_price_unit(billed, standing), billed.amount)
    pieces = _in_text(billed, standing.order_line.unit)
    if pieces is not None:
        return Bill(billed, standing, pieces, price_quantity, billed.amount, states_both=True)
    ratio = price_unit_ratio(standing)
    derived = None if not ratio else as_decimal(Fraction(price_quantity) / ratio)
    return Bill(billed, standing, derived, price_quantity, billed.amount, is_weighed_only=True)


def price_unit_ratio(standing: Standing) -> Fraction | None:
    """Price units per order unit: as received where the receipts say so, else as ordered."""
    weighed = [(r.quantity_in_price_unit, q) for r, q in standing.receipts if r.quantity_in_price_unit is not None]
    price_units, order_units = sum((w for w, _ in weighed), ZERO), sum((q for _, q in weighed), ZERO)
    if price_units > 0 and order_units > 0:
        return Fraction(price_units) / Fraction(order_units)
    return standing.conversions.factor(standing.order_line.unit, standing.price_unit)


def _stated_price_quantity(billed: Billed, standing: Standing) -> Decimal | None:
    """Amount divided by a price that is stated per price unit (BT-146, BT-149, BT-150)."""
    line = billed.line
    if not line.price_unit or not line.net_price or billed.amount is None:
        return None
    per = Conversions().convert(line.price_quantity or Decimal(1), line.price_unit, standing.price_unit)
    return None if per is None else as_decimal(Fraction(billed.amount) * Fraction(per) / Fraction(line.net_price))


def _in_text(billed: Billed, unit: str) -> Decimal | None:
    """The one quantity of this unit that name, description, note or attributes state; ``None`` when there is none or several."""
    line = billed.line
    texts = [line.name, line.description, line.note, *(attribute.value for attribute in line.attributes)]
    found = set()
    for text in filter(None, texts):
        for number, word in _QUANTITY_IN_TEXT.findall(text[:400]):
            if is_known_unit(word):
                value = Conversions().convert(Decimal(number.replace(",", ".")), word, unit)
                if value is not None:
                    found.add(value)
    sign = -1 if (billed.quantity or ZERO) < 0 else 1
    return sign * found.pop() if len(found) == 1 else None
