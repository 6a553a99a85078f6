"""Proposals from earlier postings of the vendor: a frequency model with back-off that says how sure it is, or abstains.

Same text first, then a similar text, then everything of the vendor; newer postings weigh more, so that a correction counts at
once. No training, no state: the posted lines are the model. Source: DOMAIN section 5 "Learning".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz

from enrichers.names import full_name
from schemas.master import PostedLine
from schemas.money import round_half_up

NEWEST = 500
"""Postings looked at; older ones would weigh nothing."""
DECAY = Decimal("0.93")
"""Weight of a posting against the next newer one of the same group."""
DOUBT = Decimal("0.35")
"""Weight of the accounts never seen (Laplace smoothing): one single precedent is not certainty."""
THRESHOLD = Decimal("0.60")
"""Below this confidence nothing is proposed."""
ENOUGH = 3
"""So many postings of one text outweigh everything more general."""
SIMILAR = 82.0
"""Likeness (0 to 100) from which two texts speak of the same thing."""
PRECEDENTS = 3

_DIGITS = re.compile(r"\b\w*\d\w*\b")


class Assignment(NamedTuple):
    """G/L account and cost objects."""

    gl_account: str | None
    cost_center: str | None = None
    internal_order: str | None = None
    wbs_element: str | None = None


@dataclass(frozen=True)
class Proposal:
    assignment: Assignment
    confidence: Decimal
    because: str


@lru_cache(maxsize=50_000)
def topic(text: str | None) -> str:
    """Words without numbers and dates: ``"Reinigung 03/2026"`` and ``"Reinigung 04/2026"`` are one topic."""
    return " ".join(_DIGITS.sub(" ", full_name(text)).split())


def propose(text: str, history: Sequence[PostedLine]) -> Proposal | None:
    """The likeliest assignment of a line with this text, or ``None``. ``history`` is of one vendor, newest last."""
    newest_first = [line for line in reversed(history[-NEWEST:]) if line.gl_account]
    wanted = topic(text)
    levels = (
        ("the same text", Decimal(1), [line for line in newest_first if wanted and topic(line.description) == wanted]),
        ("a similar text", Decimal("0.92"), [line for line in newest_first if _similar(wanted, topic(line.description))]),
        ("this vendor", Decimal("0.80"), newest_first),
    )
    for words, trust, lines in levels:
        if lines:
            proposal = _likeliest(lines, words, trust)
            if proposal.confidence >= THRESHOLD:
                return proposal
            if len(lines) >= ENOUGH:
                return None  # what is known of this text contradicts itself; the vendor as a whole knows no better
    return None


def _similar(one: str, other: str) -> bool:
    return bool(one and other) and fuzz.token_sort_ratio(one, other) >= SIMILAR


def _likeliest(newest_first: Sequence[PostedLine], words: str, trust: Decimal) -> Proposal:
    weights: dict[Assignment, Decimal] = {}
    weight = Decimal(1)
    for line in newest_first:
        assignment = _assignment(line)
        weights[assignment] = weights.get(assignment, Decimal(0)) + weight
        weight *= DECAY
    best = max(weights, key=lambda assignment: weights[assignment])
    confidence = round_half_up(trust * weights[best] / (sum(weights.values()) + DOUBT))
    precedents = [line for line in newest_first if _assignment(line) == best]
    shown = ", ".join(f"{line.number}/{line.line}" for line in precedents[:PRECEDENTS])
    because = f"{len(precedents)} of {len(newest_first)} earlier lines with {words} went there, last {shown}"
    return Proposal(best, confidence, because)


def _assignment(line: PostedLine) -> Assignment:
    return Assignment(line.gl_account, line.cost_center, line.internal_order, line.wbs_element)
