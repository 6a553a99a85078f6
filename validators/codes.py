"""What each finding code does: severity, family, weight in the score, next step. The table is ``data/codes.csv``.

Source: CONTRACT section 6 (severities), DOMAIN section 4 (families and weights). Rule ids of the norm are not listed; they take
the severity their finding carries.
"""

import csv
from decimal import Decimal
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, NamedTuple, cast

from schemas.decision import Proposal

Effect = Literal["stop", "error", "warning", "info"]


class Code(NamedTuple):
    """One row. ``weight`` (0 to 1) counts where the finding is a warning; of one family only the heaviest counts."""

    code: str
    severity: Effect
    family: str
    weight: Decimal
    proposal: Proposal | None
    description: str


@cache
def codes() -> MappingProxyType[str, Code]:
    """All codes by name, in the order of the contract."""
    table = (files("validators") / "data" / "codes.csv").read_text("utf-8")
    return MappingProxyType({row["code"]: _code(row) for row in csv.DictReader(table.splitlines())})


def _code(row: dict[str, str]) -> Code:
    proposal = cast(Proposal, row["proposal"]) if row["proposal"] else None
    effect = cast(Effect, row["severity"])
    return Code(row["code"], effect, row["family"], Decimal(row["weight"]), proposal, row["description"])
