"""Periods as suppliers write them: two dates, a range that names month or year once, months, quarters, half-years and weeks."""

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta

from extractors.text_layer.dates import DateReading, find_dates
from extractors.text_layer.lexicon import Found, find_phrases, fold, months
from extractors.text_layer.scene import Scene
from schemas import Period

PERIOD = frozenset({"period"})
_RANGE = re.compile(r"(?<=\d)\s*[-–—]\s*(?=\d{1,2}[./]\d|\d{4}-)")  # between two dates, not inside one
_DASH = re.compile(r"\s*[-–—]\s*$")
_PARTIAL = re.compile(r"(?<![\d.,/-])(\d{1,2})(?:\.|\s*/\s*|\s+(?=[^\W\d_]))\s?(?:(\d{1,2})\.?|([^\W\d_]{3,12})\.?)?\s*$")
_NAMED = re.compile(r"(?<!\w)([^\W\d_]{3,12})\.?(?:\s+(20\d{2}))?")
_MONTH = re.compile(
    r"(?<![\d./-])(?:(?P<number>0?[1-9]|1[0-2])\s?[./-]\s?|(?P<name>[^\W\d_]{3,12})\.?\s+)(?P<year>20\d{2})(?![\d./-])"
)
_YEAR = re.compile(r"(?<!\d)(20\d{2})(?![\d./-])")
_QUARTER = re.compile(r"(?<!\w)[QT]([1-4])(?!\w)")
_WEEK_BEHIND = re.compile(r"[\s.:]*(\d{1,2})\s*[./,-]?\s*(20\d{2})(?!\d)")
_ORDINAL_AHEAD = re.compile(r"(?<!\d)([1-4])\s?(?:\.|st|nd|rd|th|er|ere|eme|e|o|º|ª|°)?\s?$")
_ORDINAL_BEHIND = re.compile(r"\s?([1-4])(?!\d)")
Span = tuple[Period, int, int]


def parse_period(text: str, scene: Scene) -> Span | None:
    """The first period of the text and where it stands."""
    words = find_phrases(text, PERIOD)
    readers: tuple[Callable[[str, Scene, list[Found]], Span | None], ...] = (_two_dates, _partial, _weeks, _parts, _months, _year)
    return next((span for read in readers if (span := read(text, scene, words))), None)


def _value(reading: DateReading, scene: Scene) -> date:
    return reading.other if scene.month_first and reading.other else reading.value


def _two_dates(text: str, scene: Scene, _words: list[Found]) -> Span | None:
    found = find_dates(_RANGE.sub(lambda match: " " * len(match[0]), text))
    if len(found) < 2:
        return None
    start, end = (_value(reading, scene) for reading in found[:2])
    return (Period(start=start, end=end), found[0].start, found[1].end) if start <= end else None


def _before(text: str, end: int, words: list[Found]) -> int | None:
    """Where a dash or a word such as "to" begins that stands right before ``end``."""
    if dash := _DASH.search(text[:end]):
        return dash.start()
    through = [f for f in words if "period.through" in f.terms and f.end <= end and not text[f.end : end].strip(" .")]
    return through[-1].start if through else None


def _partial(text: str, scene: Scene, words: list[Found]) -> Span | None:
    """``01.02. – 28.02.2026``, ``1. bis 28. Februar 2026``: the first date takes month and year from the second."""
    for reading in find_dates(text)[:1]:
        cut = _before(text, reading.start, words)
        match = _PARTIAL.search(text[:cut].rstrip()) if cut is not None else None
        if match is None:
            return None
        end = _value(reading, scene)
        first, second = int(match[1]), int(match[2]) if match[2] else months().get(fold(match[3])) if match[3] else end.month
        day, month = (second, first) if match[2] and scene.month_first else (first, second)
        try:
            start = date(end.year, month or end.month, day or 1)
            start = start if start <= end else start.replace(year=end.year - 1)
        except ValueError:
            return None
        return Period(start=start, end=end), match.start(), reading.end
    return None


def _weeks(text: str, _scene: Scene, words: list[Found]) -> Span | None:
    """``KW 12/2026``: Monday to Sunday of the week as ISO 8601 counts."""
    for word in words:
        match = _WEEK_BEHIND.match(text, word.end) if "period.week" in word.terms else None
        if match:
            try:
                monday = date.fromisocalendar(int(match[2]), int(match[1]), 1)
            except ValueError:
                return None
            return Period(start=monday, end=monday + timedelta(6)), word.start, match.end()
    return None


def _parts(text: str, _scene: Scene, words: list[Found]) -> Span | None:
    """``Q1 2026``, ``1. Quartal 2026``, ``2. Halbjahr 2026``."""
    short, year = _QUARTER.search(text), _YEAR.search(text)
    if short and year:
        last = int(short[1]) * 3
        return _span(int(year[1]), last - 2, int(year[1]), last), min(short.start(), year.start()), max(short.end(), year.end())
    for word in words:
        length = 3 if "period.quarter" in word.terms else 6 if "period.half_year" in word.terms else 0
        ahead = _ORDINAL_AHEAD.search(text[: word.start].rstrip())
        number = ahead or _ORDINAL_BEHIND.match(text, word.end)
        if length and number and year and int(number[1]) * length <= 12:
            first, last = (int(number[1]) - 1) * length + 1, int(number[1]) * length
            span = _span(int(year[1]), first, int(year[1]), last)
            return span, min(ahead.start() if ahead else word.start, year.start()), max(word.end, year.end())
    return None


def _months(text: str, _scene: Scene, words: list[Found]) -> Span | None:
    """``Oktober 2026``, ``10/2026``, ``Januar bis März 2026``: first and last day."""
    for match in _MONTH.finditer(text):
        month = int(match["number"]) if match["number"] else months().get(fold(match["name"]))
        if not month or any("period.week" in f.terms and not text[f.end : match.start()].strip(" .:") for f in words):
            continue
        year, cut = int(match["year"]), _before(text, match.start(), words)
        if cut is None:
            return _span(year, month, year, month), match.start(), match.end()
        earlier = [m for m in _NAMED.finditer(text[:cut].rstrip()) if months().get(fold(m[1]))]
        if not earlier:
            return None
        since = months()[fold(earlier[-1][1])]
        begun = int(earlier[-1][2]) if earlier[-1][2] else year if since <= month else year - 1
        return _span(begun, since, year, month), earlier[-1].start(), match.end()
    return None


def _year(text: str, _scene: Scene, _words: list[Found]) -> Span | None:
    """A year and nothing else."""
    match = _YEAR.search(text)
    if match is None or any(c.isalnum() for c in text[: match.start()] + text[match.end() :]):
        return None
    return _span(int(match[1]), 1, int(match[1]), 12), match.start(), match.end()


def _span(first_year: int, first: int, last_year: int, last: int) -> Period:
    return Period(start=date(first_year, first, 1), end=date(last_year, last, calendar.monthrange(last_year, last)[1]))
