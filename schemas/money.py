"""Exact numbers. Money, quantities, prices and percentages are ``Decimal`` from the first byte to the last.

``Money`` refuses floats, NaN and infinities, because pydantic alone would take them for a Decimal. In JSON it is a string
with a decimal point and no exponent. Rounding is done once, where the norm says so, by one of two named functions.
"""

import re
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_PLAIN_NUMBER = re.compile(r"[+-]?\d{1,28}(\.\d{1,20})?")
MAX_DIGITS = 40  # more than any currency or quantity needs; keeps hostile numbers from costing time


def exact_decimal(value: Any) -> Decimal:
    """``Decimal``, ``int`` or plain ASCII text such as ``"-1234.50"`` to ``Decimal``.

    Raises ``ValueError`` for floats, booleans, exponents in text, thousands separators, NaN, infinities.
    """
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, (bool, float)):
        raise ValueError(f"{value!r} is a {type(value).__name__}; amounts are decimal strings such as '12.50'")
    elif isinstance(value, int):
        number = Decimal(value)
    elif isinstance(value, str) and value.isascii() and _PLAIN_NUMBER.fullmatch(value.strip()):
        number = Decimal(value.strip())
    else:
        raise ValueError(f"{value!r} is not a plain decimal number such as '1234.50'")
    if not number.is_finite() or abs(number.adjusted()) > MAX_DIGITS:
        raise ValueError(f"{value!r} is not a finite amount")
    return number


def plain(number: Decimal) -> str:
    """Decimal point, no exponent, scale kept: ``Decimal("1.50")`` -> ``"1.50"``, ``Decimal("1E+2")`` -> ``"100"``."""
    return format(number, "f")


Money = Annotated[
    Decimal,
    BeforeValidator(exact_decimal),
    PlainSerializer(plain, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^[+-]?\d+(\.\d+)?$", "examples": ["1234.50"]}),
]
"""An amount in the currency of its record, usually with at most two decimals."""

Quantity = Money
Price = Money
Percent = Money


def round_half_up(number: Decimal, places: int = 2) -> Decimal:
    """Commercial rounding, halves away from zero: 2.345 -> 2.35, -2.345 -> -2.35. For what we compute."""
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def round_like_schematron(number: Decimal, places: int = 2) -> Decimal:
    """XPath ``round``: halves upwards, 2.345 -> 2.35, -2.345 -> -2.34. Only to mirror the official rules."""
    shift = Decimal(1).scaleb(-places)
    return ((number / shift + Decimal("0.5")).to_integral_value(rounding=ROUND_FLOOR) * shift).quantize(shift)
