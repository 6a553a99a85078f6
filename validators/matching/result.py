"""What a match gives back."""

from dataclasses import dataclass

from schemas.finding import Finding
from schemas.master import PurchaseOrderLine
from schemas.matching import Match


@dataclass(frozen=True)
class MatchResult:
    """``order_lines`` are the order lines of ``match.lines``, in their order, each line without one left out."""

    match: Match
    findings: list[Finding]
    order_lines: tuple[PurchaseOrderLine, ...] = ()
