"""Units and conversions: how much of one unit another one is.

Source: UN/ECE Rec 20 and 21 (``data/units.csv``) and the conversions of the order line or item, which win over the table.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache, lru_cache

from schemas.master import PurchaseOrderLine, UnitConversion
from validators.matching.keys import line_key, number_key
from validators.matching.tables import rows

PLACES = 12
"""Converted quantities are exact where they terminate, else rounded to so many places: 1/12 carton has no last digit."""
LONGEST_CHAIN = 6
"""Conversions used one after another at most, for example bottle -> carton -> layer -> pallet."""


@cache
def _units() -> dict[str, tuple[str, Fraction]]:
    return {row["code"]: (row["dimension"], Fraction(row["factor"])) for row in rows("units")}


def unit_key(unit: str) -> str:
    """The code as it is compared: upper case; a package code of Rec 21 is the same with and without its X (``XCT`` = ``CT``)."""
    code = unit.strip().upper().rstrip(".")
    if code not in _units() and len(code) == 3 and code.startswith("X"):
        return code[1:]
    return code


def is_known_unit(unit: str) -> bool:
    return unit_key(unit) in _units()


def as_decimal(number: Fraction) -> Decimal:
    """The exact decimal where there is one within ``PLACES`` places, else rounded half up to them."""
    with localcontext() as context:
        context.prec = 120  # quantities come from outside and may have forty digits
        value = Decimal(number.numerator) / Decimal(number.denominator)
        rounded = value.quantize(Decimal(1).scaleb(-PLACES), rounding="ROUND_HALF_UP")
        whole = rounded.to_integral_value()
        return whole if rounded == whole else rounded.normalize()


@dataclass(frozen=True)
class Conversions:
    """The conversions that hold for one order line."""

    factors: tuple[tuple[str, str, Fraction], ...] = ()

    def factor(self, source: str, target: str) -> Fraction | None:
        """How many ``target`` one ``source`` is; ``None`` when nothing says so. Never raises.

        The shortest chain of stated conversions and of units of one dimension decides.
        """
        return _factor(self.factors, unit_key(source), unit_key(target))

    def convert(self, quantity: Decimal, source: str, target: str) -> Decimal | None:
        """``quantity`` of ``source`` in ``target``; ``None`` when no conversion leads there."""
        factor = self.factor(source, target)
        if factor is None:
            return None
        return quantity if factor == 1 else as_decimal(Fraction(quantity) * factor)


Factors = tuple[tuple[str, str, Fraction], ...]


@lru_cache(maxsize=4096)
def _factor(factors: Factors, start: str, goal: str) -> Fraction | None:
    if start == goal:
        return Fraction(1)
    reached = {start: Fraction(1)}
    frontier = [start]
    for _ in range(LONGEST_CHAIN):
        found: dict[str, Fraction] = {}
        for unit in frontier:
            for other, factor in _neighbours(factors, unit, goal):
                if other not in reached and other not in found:
                    found[other] = reached[unit] * factor
        if goal in found:
            return found[goal]
        reached |= found
        frontier = sorted(found)
    return None


def _neighbours(factors: Factors, unit: str, goal: str) -> Iterator[tuple[str, Fraction]]:
    for source, target, factor in factors:
        if source == unit:
            yield target, factor
        if target == unit:
            yield source, 1 / factor
    known = _units()
    if unit in known:
        dimension, size = known[unit]
        wanted = {goal, *(code for pair in factors for code in pair[:2])}
        for other in sorted(wanted - {unit}):
            if other in known and known[other][0] == dimension:
                yield other, size / known[other][1]


def conversions_of(order_line: PurchaseOrderLine, stated: Iterable[UnitConversion]) -> Conversions:
    """Conversions stated for this order line first, then those stated for all (both keys empty)."""
    own, general = [], []
    wanted = (number_key(order_line.po_number), line_key(order_line.po_line))
    for row in stated:
        entry = (unit_key(row.from_unit), unit_key(row.to_unit), Fraction(row.factor))
        if not row.po_number and not row.po_line:
            general.append(entry)
        elif number_key(row.po_number or "") == wanted[0] and (not row.po_line or line_key(row.po_line) == wanted[1]):
            own.append(entry)
    overruled = {frozenset(entry[:2]) for entry in own}
    return Conversions(tuple(own + [entry for entry in general if frozenset(entry[:2]) not in overruled]))
