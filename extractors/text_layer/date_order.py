"""Is 03/04/2026 in March or in April? One answer for the whole document, from what its other dates, days and places show.

In this order: dates with a part above twelve or a day of the week; the same date in another form; the term of payment, and what must
come before what; the country. What none of them tells stays open, and every date it concerns is a doubt.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from extractors.text_layer.dates import DateReading, Order, find_dates
from extractors.text_layer.lexicon import expand, fold
from extractors.text_layer.scene import Scene

if TYPE_CHECKING:
    from extractors.text_layer.fields import Candidate

ORDERS: tuple[Order, Order] = ("day-first", "month-first")
LONGEST_TERM = 200  # days between an invoice and the day it is due
# Terms whose dates come one after the other.
SEQUENCE = (("issue_date", "due_date"), ("date", "due_date"), ("order_date", "issue_date"), ("order_date", "date"))
NO_TERM = frozenset({0, 1})  # days that are no term of payment


def settle_order(scene: Scene, candidates: Sequence["Candidate"], net_days: int | None) -> bool:
    """Decide the order of an undecided document by its labelled dates and its country. True: values change, read them again."""
    readings = [reading for segment in scene.segments for reading in find_dates(segment.text)]
    if scene.date_order is not None or not any(reading.other for reading in readings):
        return False
    contradictory = {reading.order for reading in readings} >= set(ORDERS)
    order = None if contradictory else _by_same_date(readings) or _by_sequence(candidates, net_days) or _by_country(scene)
    scene.date_order = order
    return order == "month-first"


def ambiguous(scene: Scene, text: str) -> bool:
    """The text holds a date of which nothing on the page says whether the day or the month stands first."""
    return scene.date_order is None and any(reading.other for reading in find_dates(text))


def _value(reading: DateReading, order: Order) -> date:
    return reading.other if order == "month-first" and reading.other else reading.value


def _one_of(fits: dict[Order, bool]) -> Order | None:
    found = [order for order, fit in fits.items() if fit]
    return found[0] if len(found) == 1 else None


def _by_same_date(readings: Sequence[DateReading]) -> Order | None:
    """A date written with the name of its month, or year first, is printed with a stroke as well."""
    certain = {reading.value for reading in readings if reading.other is None}
    return _one_of({o: any(_value(r, o) in certain for r in readings if r.other) for o in ORDERS})


def _by_sequence(candidates: Sequence["Candidate"], net_days: int | None) -> Order | None:
    pairs = list(_pairs(candidates))
    if net_days is not None and net_days not in NO_TERM:
        exact = {o: any(_value(b, o) - _value(a, o) == timedelta(net_days) for a, b in pairs) for o in ORDERS}
        if found := _one_of(exact):
            return found
    possible = {o: all(timedelta(0) <= _value(b, o) - _value(a, o) <= timedelta(LONGEST_TERM) for a, b in pairs) for o in ORDERS}
    return _one_of(possible)


def _pairs(candidates: Sequence["Candidate"]) -> Iterator[tuple[DateReading, DateReading]]:
    """Dates of which the first must not be later than the second; one of them can be read in two ways."""
    dated: dict[str, DateReading] = {}
    for candidate in candidates:
        found = find_dates(candidate.place.text)
        if len(found) == 1:
            dated.setdefault(candidate.term, found[0])
        elif candidate.term == "period" and len(found) == 2 and (found[0].other or found[1].other):
            yield found[0], found[1]
    for first, second in SEQUENCE:
        if first in dated and second in dated and (dated[first].other or dated[second].other):
            yield dated[first], dated[second]


def _by_country(scene: Scene) -> Order | None:
    american, other = _countries()
    currencies = {amount.currency for found in scene.amounts.values() for amount in found if amount.currency}
    text = scene.text
    folded = " " + " ".join(fold(word) for word in re.findall(r"[^\W_]+", text)) + " "
    american_words, other_words = (any(f" {word} " in folded for word in region.words) for region in (american, other))
    dollars = bool(currencies) and currencies <= set(american.currencies)
    is_american = (american_words or re.search(american.address, text) is not None) and dollars
    is_other = other_words or bool(currencies - set(other.not_currencies))
    return _one_of({"day-first": is_other, "month-first": is_american})


class _Region:
    def __init__(self, table: dict[str, object]) -> None:
        words = table.get("words", [])
        assert isinstance(words, list)
        self.words = [" ".join(spelling.split()) for word in words for spelling in expand(word)]
        self.currencies = tuple(str(code) for code in _list(table, "currencies"))
        self.not_currencies = tuple(str(code) for code in _list(table, "not_currencies"))
        self.address = str(table.get("address", ""))


def _list(table: dict[str, object], name: str) -> list[object]:
    value = table.get(name, [])
    assert isinstance(value, list)
    return value


@cache
def _countries() -> tuple[_Region, _Region]:
    table = tomllib.loads((files("extractors.text_layer") / "data" / "date_order.toml").read_text("utf-8"))
    return _Region(table["month_first"]), _Region(table["day_first"])
