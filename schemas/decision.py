"""What becomes of an invoice: decision, state, and the next step proposed to a person."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from schemas.base import Word


class Decision(StrEnum):
    APPROVED = "approved"
    REVIEW = "review"
    BLOCKED = "blocked"
    REJECTED = "rejected"
    NOT_AN_INVOICE = "not-an-invoice"
    QUARANTINED = "quarantined"


class State(StrEnum):
    """States of an invoice (CONTRACT section 7)."""

    RECEIVED = "received"
    EXTRACTED = "extracted"
    CHECKED = "checked"
    MATCHED = "matched"
    ENRICHED = "enriched"
    REVIEW = "review"
    BLOCKED = "blocked"
    APPROVED = "approved"
    EXPORTED = "exported"
    ACKNOWLEDGED = "acknowledged"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"
    NOT_AN_INVOICE = "not-an-invoice"


Proposal = Literal["approve", "reject", "call-back", "ask-buyer", "ask-supplier", "wait-for-receipt", "correct"]


class Verdict(Word):
    """The policy's answer: decision, reasons in words, and what a person might do next."""

    decision: Decision
    reasons: list[str] = Field(default_factory=list)
    proposal: Proposal | None = None
