"""What people type: both ways of writing numbers, days with and without a year, and what is asked rather than guessed."""

from datetime import date
from decimal import Decimal

import pytest

from pipeline.web.entries import written
from pipeline.web.rendering import Words
from pipeline.web.texts import LANGUAGES, Language
from pipeline.web.typed import Kind, NotReadable, value_of

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("1.234,56", "amount", "1234.56"),
        ("1,234.56", "amount", "1234.56"),
        ("1 234,56", "amount", "1234.56"),
        ("1'234.50", "amount", "1234.50"),
        ("1\u202f234,5", "amount", "1234.5"),
        ("1.234.567", "amount", "1234567"),
        ("1,234,567.89", "amount", "1234567.89"),
        ("1234", "amount", "1234"),
        ("0,125", "quantity", "0.125"),
        ("12,5", "quantity", "12.5"),
        ("1234,567", "quantity", "1234.567"),
        ("-5,00", "amount", "-5.00"),
        ("5,00-", "amount", "-5.00"),
        ("\u22125,00", "amount", "-5.00"),
        ("", "amount", None),
        ("  ", "date", None),
        ("15.12.", "date", "2026-12-15"),
        ("15.12", "date", "2026-12-15"),
        ("3.1.", "date", "2027-01-03"),
        ("15.12.2026", "date", "2026-12-15"),
        ("15.12.26", "date", "2026-12-15"),
        ("15/12/2026", "date", "2026-12-15"),
        ("2026-12-15", "date", "2026-12-15"),
        ("15 Dec 2026", "date", "2026-12-15"),
        ("1. März 2026", "date", "2026-03-01"),
        ("DE02 1203 0000 0000 2020 51", "iban", "DE02120300000000202051"),
        ("30", "count", 30),
        (" RE-7 ", "text", "RE-7"),
    ],
)
def test_what_is_meant(text: str, kind: Kind, value: str | int | None) -> None:
    assert value_of(text, kind, TODAY) == value


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ("1.234", "amount", "ambiguous-number"),
        ("12,345", "quantity", "ambiguous-number"),
        ("1.23.456", "amount", "number"),
        ("1,2345.67", "amount", "number"),
        ("1.234,5,6", "amount", "number"),
        ("zehn", "amount", "number"),
        ("1e5", "amount", "number"),
        ("NaN", "amount", "number"),
        ("1" * 40, "amount", "number"),
        ("12 34", "amount", "number"),
        ("31.02.2026", "date", "date"),
        ("29.02.", "date", "date"),
        ("yesterday", "date", "date"),
        ("12/2026", "date", "date"),
        ("30 days", "count", "count"),
        ("-1", "count", "count"),
    ],
)
def test_what_is_asked(text: str, kind: Kind, reason: str) -> None:
    with pytest.raises(NotReadable) as problem:
        value_of(text, kind, TODAY)
    assert problem.value.reason == reason


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("value", "kind"),
    [
        *(("1234.50", "amount"), ("0.5", "amount"), ("-1234567.89", "amount"), ("0.00125", "amount"), ("1234.567", "amount")),
        *(("1234.5678", "amount"), ("1000", "quantity"), ("1234", "quantity"), ("1.234", "quantity"), ("0.333", "quantity")),
        *(("12345.678", "quantity"), ("2026-03-01", "date"), ("2026-10-31", "date"), ("2026-05-05", "date")),
        *(("DE02120300000000202051", "iban"),),
    ],
)
def test_what_stands_in_a_field_means_itself(value: str, kind: Kind, language: Language) -> None:
    shown = written(value, kind, Words(language))
    meant = value_of(shown, kind, TODAY)
    assert meant == value if kind in ("date", "iban") else Decimal(str(meant)) == Decimal(value)
