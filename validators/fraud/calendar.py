"""Dates on which business seldom works (DOMAIN section 4, A5). National holidays only, no regional ones."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files

from schemas.finding import Finding, info
from validators.case import Case, Rule

SATURDAY = 5


def non_working_day(case: Case) -> Iterator[Finding]:
    """FRAUD-NON-WORKING-DAY (info): issued on a Saturday, Sunday or national holiday of the supplier's country."""
    issued = case.invoice.issue_date
    if issued is None:
        return
    holiday = holidays(case.seller_country or "", issued.year).get(issued)
    name = holiday or (f"{issued:%A}" if issued.weekday() >= SATURDAY else None)
    if name:
        yield info("FRAUD-NON-WORKING-DAY", "issue_date", f"issued on {issued}, {name}", stated=str(issued))


@lru_cache(maxsize=256)
def holidays(country: str, year: int) -> dict[date, str]:
    """National holidays of a country in a year, from ``data/holidays.csv``."""
    table = (files("validators") / "data" / "holidays.csv").read_text("utf-8")
    easter = easter_sunday(year)
    found = {}
    for row in csv.DictReader(table.splitlines()):
        if row["country"] != country or (row["valid_from"] and year < int(row["valid_from"])):
            continue
        if row["rule"].startswith("easter"):
            day = easter + timedelta(days=int(row["rule"].removeprefix("easter")))
        else:
            month, number = map(int, row["rule"].split("-"))
            day = date(year, month, number)
        found[day] = row["name"]
    return found


def easter_sunday(year: int) -> date:
    """Gregorian Easter by the algorithm of Meeus, Jones and Butcher."""
    golden = year % 19
    century, rest = divmod(year, 100)
    leap, skipped = divmod(century, 4)
    correction = (8 * century + 13) // 25
    epact = (19 * golden + century - leap - correction + 15) % 30
    quarter, remainder = divmod(rest, 4)
    weekday = (32 + 2 * skipped + 2 * quarter - epact - remainder) % 7
    shift = (golden + 11 * epact + 19 * weekday) // 433
    month = (epact + weekday - 7 * shift + 90) // 25
    return date(year, month, (epact + weekday - 7 * shift + 33 * month + 19) % 32)


RULES: tuple[Rule, ...] = (non_working_day,)
