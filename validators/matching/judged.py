"""A variance with the two values it compares, and the finding it becomes."""

from dataclasses import dataclass
from decimal import Decimal

from schemas.finding import Finding, Severity
from schemas.matching import Block, Variance
from schemas.money import plain
from validators.matching.tolerances import tolerance_keys

UNLIMITED_WARNS = frozenset({"PS", "KW", "LA", "BR", "BW"})
"""A price that is above the order although no row limits it: not checked, but somebody should know."""

CLEARS = {
    "DW": "the goods receipt",
    "DQ": "a further receipt, or a credit note for the difference",
    "PP": "a price change of the order, or a credit note for the difference",
    "PS": "a price change of the order, or a credit note for the difference",
    "LA": "a higher value limit of the order",
    "ST": "the delivery date",
}


@dataclass(frozen=True)
class Judged:
    variance: Variance
    path: str
    stated: str = ""
    expected: str = ""

    @property
    def block(self) -> Block | None:
        return tolerance_keys()[self.variance.key].block if self.variance.exceeded else None

    @property
    def is_deviation(self) -> bool:
        """Counts against ``matched``: any difference, except where only more than a limit would be one (LA)."""
        variance = self.variance
        if not tolerance_keys()[variance.key].is_deviation:
            return False
        return variance.amount > 0 if variance.key == "LA" else variance.amount != 0

    def finding(self) -> Finding | None:
        """Error above the upper limit, warning below the lower one or above an order without limit, else info; none at zero."""
        variance = self.variance
        unlimited = variance.limit is None and variance.amount > 0 and variance.key in UNLIMITED_WARNS
        if variance.exceeded and variance.key != "VP":  # a valuation nobody expected is a warning in SAP, no block
            severity = Severity.ERROR
        elif variance.exceeded or variance.lower_exceeded or unlimited:
            severity = Severity.WARNING
        elif self.is_deviation:
            severity = Severity.INFO
        else:
            return None
        return Finding(
            code=f"MATCH-{variance.key}",
            severity=severity,
            path=self.path,
            message=f"{tolerance_keys()[variance.key].name}: {variance.explanation}{_limit_words(variance, unlimited)}",
            stated=self.stated or None,
            expected=self.expected or None,
            clears=CLEARS.get(variance.key) if variance.exceeded else None,
        )


def _limit_words(variance: Variance, unlimited: bool) -> str:
    if unlimited:
        return "; no limit is set for this"
    if variance.limit is None:
        return ""
    side = "above" if variance.exceeded else "below" if variance.lower_exceeded else "within"
    unit = " %" if variance.limit_kind == "percent" else ""
    return f"; {side} the limit of {shown(variance.limit)}{unit}"


def shown(number: Decimal) -> str:
    """A quantity or limit for a person: no trailing zeros, no exponent."""
    text = plain(number)
    return text.rstrip("0").rstrip(".") if "." in text else text
