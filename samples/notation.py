"""How a supplier writes numbers, dates and currencies. Pure functions of a ``Notation``."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import TypeAdapter

from schemas import round_half_up

DatePattern = Literal[
    "dd.mm.yyyy",
    "d.m.yyyy",
    "dd.mm.yy",
    "dd/mm/yyyy",
    "yyyy-mm-dd",
    "d month yyyy",
    "month d, yyyy",
    "dd-mm-yyyy",
    "d. m. yyyy",
    "d. month yyyy",
]


@dataclass(frozen=True)
class Notation:
    """``currency_text`` stands before or after totals and, where ``currency_in_lines``, every amount; empty: nowhere."""

    decimal: str = ","
    thousands: str = "."
    dates: DatePattern = "dd.mm.yyyy"
    currency_text: str = "EUR"
    currency_side: Literal["before", "after"] = "after"
    currency_in_lines: bool = False
    quantity_places: int | None = None
    """Decimals of all quantities; None: as many as say something."""
    rate_places: int | None = None
    negative: Literal["leading", "trailing", "minus-sign"] = "leading"

    def number(self, value: Decimal, places: int | None = 2) -> str:
        """``1234.5`` -> ``1.234,50``. ``places`` None keeps the decimals that say something and no more (quantities)."""
        shown = value.normalize() if places is None else round_half_up(value, places)
        digits = format(abs(shown), "f")
        whole, _, fraction = digits.partition(".")
        groups: list[str] = []
        while len(whole) > 3:
            groups.insert(0, whole[-3:])
            whole = whole[:-3]
        text = self.thousands.join([whole, *groups]) + (self.decimal + fraction if fraction else "")
        return self._signed(text) if shown < 0 else text

    def price(self, value: Decimal) -> str:
        """Two decimals, more where the price has more."""
        exponent = value.normalize().as_tuple().exponent
        return self.number(value, max(2, -exponent if isinstance(exponent, int) else 2))

    def money(self, value: Decimal) -> str:
        """Two decimals with the currency where this supplier writes one."""
        text = self.number(value)
        if not self.currency_text:
            return text
        return f"{self.currency_text} {text}" if self.currency_side == "before" else f"{text} {self.currency_text}"

    def quantity(self, value: Decimal) -> str:
        if self.quantity_places is None or round_half_up(value, self.quantity_places) != value:
            return self.number(value, None)
        return self.number(value, self.quantity_places)

    def percent(self, value: Decimal) -> str:
        return self.number(value, self.rate_places)

    def date(self, day: date, months: list[str]) -> str:
        """``months`` are the twelve names of the supplier's language."""
        name = months[day.month - 1]
        return {
            "dd.mm.yyyy": f"{day:%d.%m.%Y}",
            "d.m.yyyy": f"{day.day}.{day.month}.{day.year}",
            "dd.mm.yy": f"{day:%d.%m.%y}",
            "dd/mm/yyyy": f"{day:%d/%m/%Y}",
            "dd-mm-yyyy": f"{day:%d-%m-%Y}",
            "yyyy-mm-dd": f"{day:%Y-%m-%d}",
            "d month yyyy": f"{day.day}. {name} {day.year}" if "Januar" in months else f"{day.day} {name} {day.year}",
            "d. m. yyyy": f"{day.day}. {day.month}. {day.year}",
            "d. month yyyy": f"{day.day}. {name} {day.year}",
            "month d, yyyy": f"{name} {day.day}, {day.year}",
        }[self.dates]

    def _signed(self, text: str) -> str:
        if self.negative == "trailing":
            return text + "-"
        return ("\u2212" if self.negative == "minus-sign" else "-") + text


_NOTATION = TypeAdapter(Notation)


def checked_notation(**choices: Any) -> Notation:
    """A notation from unchecked choices; ``ValidationError`` names one that does not exist."""
    return _NOTATION.validate_python(choices)
