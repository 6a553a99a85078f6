"""Amounts, quantities, dates and moments as people of a language write them.

Nothing is rounded: what is shown is what is known.
"""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from pipeline.web.texts import Language

LOCALES: dict[Language, str] = {"en": "en_GB", "de": "de_DE"}  # English for Europe: day before month
AMOUNT = "#,##0.00"
NUMBER = "#,##0"


@cache
def locale_of(language: Language) -> Locale:
    return Locale.parse(LOCALES[language])


def amount(text: str | Decimal | None, language: Language) -> str:
    """``"1234.5"`` -> ``1.234,50`` or ``1,234.50``; more decimals are kept; empty for ``None``."""
    return _number(text, AMOUNT, language)


def quantity(text: str | Decimal | None, language: Language) -> str:
    """``"50.000"`` -> ``50``: trailing zeros of a quantity say nothing."""
    return _number(text, NUMBER, language)


def _number(text: str | Decimal | None, pattern: str, language: Language) -> str:
    if text is None or text == "":
        return ""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return str(text)
    if not value.is_finite():
        return str(text)
    shown: str = format_decimal(value, pattern, locale_of(language), decimal_quantization=False)
    return shown


def day(text: str | date | None, language: Language) -> str:
    """``"2026-12-05"`` -> ``05.12.2026`` or ``5 Dec 2026``; a text that is no date stays as it is."""
    if text is None or text == "":
        return ""
    try:
        value = text if isinstance(text, date) else date.fromisoformat(text)
    except ValueError:
        return str(text)
    shown: str = format_date(value, "medium", locale_of(language))
    return shown


def moment(value: datetime, language: Language) -> str:
    """Date and time to the second, in UTC as the log keeps it."""
    shown: str = format_datetime(
        value, "dd.MM.yyyy HH:mm:ss" if language == "de" else "d MMM yyyy HH:mm:ss", locale=locale_of(language)
    )
    return shown


def size(count: int, language: Language) -> str:
    """Bytes in a unit a person reads."""
    if count < 1000:
        return f"{count} B"
    value, unit = (Decimal(count) / 1000, "kB") if count < 1_000_000 else (Decimal(count) / 1_000_000, "MB")
    return f"{_number(value.quantize(Decimal('0.1')), NUMBER, language)} {unit}"
