"""Dates as suppliers write them; whether 03/04/2024 is in March or April is a question for the whole document.

Two-digit years: 00 to 79 are 2000 to 2079, 80 to 99 are 1980 to 1999 (POSIX would say 69; no invoice here is that old).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from extractors.text_layer.lexicon import fold, months, weekdays

Order = Literal["day-first", "month-first"]

_DIGIT = re.compile(r"\d")
_SEP = r"\s?[./-]\s?"
_NUMERIC = re.compile(rf"(?<![\d.,/-])(\d{{1,2}})({_SEP})(\d{{1,2}})({_SEP})(\d{{4}}|\d{{2}})(?!\d)(?![./-]\d)")
_ISO = re.compile(r"(?<![\d.,/-])(\d{4})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?!\d)(?![./-]\d)")
_COMPACT = re.compile(r"(?<![\w.,/-])(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?![\w.,/-])")
_DMY_WORD = re.compile(
    r"(?<![\w/])(\d{1,2})(?:er|re|st|nd|rd|th|º|°|\.)?[\s.-]*(?:de\s+|of\s+)?([^\W\d_]{3,12})\.?,?[\s.-]*(?:de[l]?\s+|of\s+)?(\d{4}|'?\d{2})(?!\w)"
)
_MDY_WORD = re.compile(r"(?<!\w)([^\W\d_]{3,12})\.?[\s-]*(\d{1,2})(?:st|nd|rd|th)?\s*,?[\s-]+(\d{4})(?!\w)")
_ROMAN = re.compile(r"(?<![\w.,/-])(\d{1,2})[\s./-]+([IVX]{1,4})[\s./-]+(\d{4})(?!\w)")
_ROMAN_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_WEEKDAY = re.compile(r"([^\W\d_]{3,12})\.?,?\s*(?:(?:the|den|le|el|d\.?)\s*)?$", re.IGNORECASE)
_YMD_WORD = re.compile(r"(?<!\w)(\d{4})[\s.-]+([^\W\d_]{3,12})\.?[\s.-]+(\d{1,2})\.?(?!\w)")


@dataclass(frozen=True, slots=True)
class DateReading:
    """A date in ``text[start:end]``. ``other`` is the second reading where day and month could change places.

    ``order`` is what a date written with numbers shows for certain: one part is above twelve. ``None``: it shows nothing.
    """

    start: int
    end: int
    value: date
    other: date | None = None
    order: Order | None = None


@lru_cache(16_384)
def find_dates(text: str) -> tuple[DateReading, ...]:
    """All dates in a text, left to right, without overlaps. Day-first is the primary reading of ambiguous ones."""
    found: list[DateReading] = []
    if not _DIGIT.search(text):
        return ()
    for match in _ISO.finditer(text):
        _add(found, match, _make(match[1], match[3], match[4]), None)
    for match in _NUMERIC.finditer(text):
        _add_numeric(found, match)
    for match in _COMPACT.finditer(text):
        _add(found, match, _make(match[1], match[2], match[3]), None)
    for match in _ROMAN.finditer(text):
        if match[2] in _ROMAN_MONTHS:
            _add(found, match, _make(match[3], str(_ROMAN_MONTHS.index(match[2]) + 1), match[1]), None)
    for pattern, year, month, day in ((_DMY_WORD, 3, 2, 1), (_MDY_WORD, 3, 1, 2), (_YMD_WORD, 1, 2, 3)):
        for match in pattern.finditer(text):
            number = months().get(fold(match[month]))
            if number:
                _add(found, match, _make(match[year].lstrip("'"), str(number), match[day]), None)
    return tuple(sorted(found, key=lambda item: item.start))


def _add_numeric(found: list[DateReading], match: re.Match[str]) -> None:
    first, second, year = match[1], match[3], match[5]
    day_first, month_first = _make(year, second, first), _make(year, first, second)
    if "." in match[2]:
        _add(found, match, day_first, None)
    elif not day_first or not month_first:
        _add(found, match, day_first or month_first, None, "day-first" if day_first else "month-first")
    elif day_first == month_first:
        _add(found, match, day_first, None)
    else:
        order = _told_by_weekday(match.string[: match.start()], day_first, month_first)
        if order is None:
            _add(found, match, day_first, month_first)
        else:
            _add(found, match, day_first if order == "day-first" else month_first, None, order)


def _told_by_weekday(before: str, day_first: date, month_first: date) -> Order | None:
    """``Monday, 02/03/2026``: the day of the week before a date fits one of its readings only."""
    word = _WEEKDAY.search(before[-24:])
    weekday = weekdays().get(fold(word[1])) if word else None
    fits = [weekday == day.weekday() for day in (day_first, month_first)]
    return None if fits[0] == fits[1] else "day-first" if fits[0] else "month-first"


def _add(
    found: list[DateReading], match: re.Match[str], value: date | None, other: date | None, order: Order | None = None
) -> None:
    if value is not None and all(match.end() <= item.start or match.start() >= item.end for item in found):
        found.append(DateReading(match.start(), match.end(), value, other, order))


def _make(year: str, month: str, day: str) -> date | None:
    number = int(year)
    if len(year) == 2:
        number += 2000 if number < 80 else 1900
    try:
        value = date(number, int(month), int(day))
    except ValueError:
        return None
    return value if 1980 <= value.year <= 2079 else None


def choose_order(found: Sequence[DateReading]) -> Order | None:
    """What the dates of a document show about its order: the order most of the certain ones have, ``None`` when nothing tells."""
    day, month = (sum(1 for item in found if item.order == order) for order in ("day-first", "month-first"))
    if day == month:
        return None
    return "day-first" if day > month else "month-first"
