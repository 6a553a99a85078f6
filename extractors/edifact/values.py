"""Text of a component as the type of its field. Source: ISO 9735 (numbers), UNTDED 2379 (formats of dates)."""

import re
from datetime import date
from decimal import Decimal
from typing import Any, get_args

from extractors.edifact.matching import Caught
from extractors.edifact.tokens import Segment
from schemas import AllowanceCharge, Invoice, Line, Period, TaxBreakdown, Totals
from schemas.base import Word
from schemas.invoice import CashDiscount, PrecedingInvoice

_NUMBER = re.compile(r"[+-]?\d{1,28}(?:\.\d{1,20})?|[+-]?\.\d{1,20}")
_FULL = re.compile(r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)")
_SHORT = re.compile(r"(?P<year>\d\d)(?P<month>\d\d)(?P<day>\d\d)")
_DAY_FIRST = re.compile(r"(?P<day>\d\d)(?P<month>\d\d)(?P<year>\d\d)")
_DATE_FORMS = {
    "": (_FULL, 8),
    "102": (_FULL, 8),
    "203": (_FULL, 12),
    "204": (_FULL, 14),
    "101": (_SHORT, 6),
    "2": (_DAY_FIRST, 6),
}
"""Code of 2379 (none: as 102) -> how the day is written, and the length with a time behind it."""


def _fields_of(kind: type) -> frozenset[str]:
    """Names of fields of this type anywhere in the invoice."""
    owners: tuple[type[Word], ...] = (
        Invoice,
        Line,
        Totals,
        TaxBreakdown,
        AllowanceCharge,
        Period,
        PrecedingInvoice,
        CashDiscount,
    )
    return frozenset(
        name
        for owner in owners
        for name, about in owner.model_fields.items()
        if about.annotation is kind or kind in get_args(about.annotation)
    )


NUMBERS = _fields_of(Decimal) | {"percent", "rate", "amount", "basis", "quantity", "net_amount", "net_price"}
DATES = _fields_of(date)
COUNTS = frozenset({"net_days", "days"})


def as_value(name: str, caught: Caught, segment: Segment, decimal_mark: str) -> Any:
    """Raises ``ValueError`` with words where the text is not of the type of field ``name``."""
    if caught.slot.joined_by is not None:
        return caught.text
    text = caught.text.strip()
    if name in NUMBERS:
        return _number(text, decimal_mark)
    if name in DATES:
        return _date(text, segment.component(caught.cell[1], caught.cell[2] + 1))
    if name in COUNTS:
        return int(_number(text, decimal_mark))
    if name == "iban":
        return "".join(text.split())
    return text


def _number(text: str, decimal_mark: str) -> Decimal:
    """ISO 9735 allows point and comma as decimal mark whatever UNA says; thousands are never separated."""
    plain = text.replace(",", ".") if "," in (decimal_mark, ",") and text.count(",") == 1 and "." not in text else text
    if not _NUMBER.fullmatch(plain):
        raise ValueError(f"{text[:40]!r} is not a number")
    return Decimal(plain)


def _date(text: str, form: str) -> date:
    if form not in _DATE_FORMS:
        raise ValueError(f"a date in format {form[:10]!r} is not understood")
    pattern, size = _DATE_FORMS[form]
    found = pattern.match(text) if text.isdigit() and len(text) == size else None
    if found is None:
        raise ValueError(f"{text[:40]!r} is not a date of format {form or '102'}")
    year, month, day = (int(found[part]) for part in ("year", "month", "day"))
    try:
        return date(year if year >= 100 else year + 2000, month, day)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not a day of the calendar") from None
