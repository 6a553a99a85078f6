"""The rows of ``validators/data/completeness.csv``."""

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

from validators.case import Case
from validators.completeness.situations import SITUATIONS, day_of, gross_of


@dataclass(frozen=True)
class Requirement:
    """One demand of one law. Dates are inclusive; ``gross_above`` is in the document currency, exclusive."""

    id: str
    code: str
    demand: str
    countries: frozenset[str]
    kinds: frozenset[str]
    when: str
    valid_from: date | None
    valid_to: date | None
    gross_above: Decimal | None
    severity: str
    law: str
    message: str

    def applies(self, case: Case, kind: str, country: str) -> bool:
        if kind not in self.kinds or not (country in self.countries or "*" in self.countries):
            return False
        day = day_of(case)
        if (self.valid_from and day < self.valid_from) or (self.valid_to and day > self.valid_to):
            return False
        if self.gross_above is not None and (gross_of(case) or Decimal(0)) <= self.gross_above:
            return False
        return SITUATIONS[self.when](case)


@cache
def requirements() -> tuple[Requirement, ...]:
    """All rows in the order of the file, which is the order in which findings are shown."""
    table = (files("validators") / "data" / "completeness.csv").read_text("utf-8")
    return tuple(_requirement(row) for row in csv.DictReader(table.splitlines()))


def _requirement(row: dict[str, str]) -> Requirement:
    return Requirement(
        id=row["id"],
        code=row["code"],
        demand=row["demand"],
        countries=frozenset(row["countries"].split()),
        kinds=frozenset(row["kinds"].split()),
        when=row["when"],
        valid_from=_day(row["valid_from"]),
        valid_to=_day(row["valid_to"]),
        gross_above=Decimal(row["gross_above"]) if row["gross_above"] else None,
        severity=row["severity"],
        law=row["law"],
        message=row["message"],
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
