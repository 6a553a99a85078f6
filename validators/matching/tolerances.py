"""Limits per company code and tolerance key, and the verdict on one difference.

Source: SAP table T169G; an empty limit is not checked, a key without a row is not checked, except those with a default in
``data/tolerance_keys.csv`` (PP, DQ, DW: nothing above zero).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Literal

from schemas.master import Tolerance
from schemas.matching import Block, Variance
from schemas.money import round_half_up
from validators.matching.tables import rows

ZERO = Decimal(0)


@dataclass(frozen=True)
class ToleranceKey:
    key: str
    block: Block | None
    default_upper: Decimal | None
    is_deviation: bool
    only_limited: bool
    name: str


@cache
def tolerance_keys() -> Mapping[str, ToleranceKey]:
    return {
        row["key"]: ToleranceKey(
            row["key"],
            Block(row["block"]) if row["block"] else None,
            Decimal(row["default_upper"]) if row["default_upper"] else None,
            row["deviation"] == "yes",
            row["listed"] == "limited",
            row["name"],
        )
        for row in rows("tolerance_keys")
    }


class Limits:
    """The rows of one company code."""

    def __init__(self, tolerances: Iterable[Tolerance], company_code: str | None) -> None:
        self._rows = {row.key.strip().upper(): row for row in tolerances if row.company_code == company_code}

    def row(self, key: str) -> Tolerance | None:
        return self._rows.get(key)

    def is_checked(self, key: str) -> bool:
        """True when a row, or the default without a row, sets any limit."""
        row = self._rows.get(key)
        if row is None:
            return tolerance_keys()[key].default_upper is not None
        return any(limit is not None for limit in (row.upper_amount, row.upper_percent, row.lower_amount, row.lower_percent))

    def is_listed(self, key: str) -> bool:
        return not tolerance_keys()[key].only_limited or self.is_checked(key)

    def judge(self, key: str, amount: Decimal, reference: Decimal | None, explanation: str) -> Variance:
        """One difference against its limits.

        ``amount``: the difference, signed, document currency (LD: days); rounded here to two places. ``reference``: what the
        percentage is of, in the unit of ``amount``; ``None`` or zero: there is no percentage, and a difference above a
        percentage limit of nothing is above it. The limit reported is the stricter of amount and percent on the side of the
        difference.
        """
        rounded = round_half_up(amount)
        percent = None if not reference else amount / abs(reference) * 100
        upper = rounded >= 0
        strictest, kind, exceeded = self._verdict(key, rounded, percent, reference, upper)
        return Variance(
            key=key,
            amount=rounded,
            percent=None if percent is None else round_half_up(percent),
            limit=strictest,
            limit_kind=kind,
            exceeded=exceeded and upper,
            lower_exceeded=exceeded and not upper,
            explanation=explanation,
        )

    def _verdict(
        self, key: str, amount: Decimal, percent: Decimal | None, reference: Decimal | None, upper: bool
    ) -> tuple[Decimal | None, Literal["amount", "percent"] | None, bool]:
        row = self._rows.get(key)
        if row is None:
            by_amount, by_percent = (tolerance_keys()[key].default_upper if upper else None), None
        else:
            by_amount = row.upper_amount if upper else row.lower_amount
            by_percent = row.upper_percent if upper else row.lower_percent
        size = abs(amount)
        amount_exceeded = by_amount is not None and size > abs(by_amount)
        percent_exceeded = by_percent is not None and size > 0 and (percent is None or abs(percent) > abs(by_percent))
        if by_percent is None:
            return by_amount, None if by_amount is None else "amount", amount_exceeded
        worth = abs(reference or ZERO) * abs(by_percent) / 100
        if by_amount is None or worth < abs(by_amount):
            return by_percent, "percent", amount_exceeded or percent_exceeded
        return by_amount, "amount", amount_exceeded or percent_exceeded
