"""The outcome of the three-way match (CONTRACT section 4, SAP tolerance keys)."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from schemas.base import Word
from schemas.money import Money, Percent, Quantity


class MatchState(StrEnum):
    MATCHED = "matched"
    MATCHED_WITH_TOLERANCE = "matched-with-tolerance"
    BLOCKED = "blocked"
    AMBIGUOUS = "ambiguous"
    NO_REFERENCE = "no-reference"


class Block(StrEnum):
    PRICE = "price"
    QUANTITY = "quantity"
    ORDER_PRICE_QUANTITY = "order-price-quantity"
    DATE = "date"
    ITEM_AMOUNT = "item-amount"
    STOCHASTIC = "stochastic"
    MANUAL = "manual"


class Variance(Word):
    """One tolerance key computed. ``exceeded`` is the upper limit (blocks), ``lower_exceeded`` the lower one (warns)."""

    key: str
    amount: Money
    percent: Percent | None = None
    limit: Money | None = Field(None, description="The limit that decided")
    limit_kind: Literal["amount", "percent"] | None = None
    exceeded: bool = False
    lower_exceeded: bool = False
    explanation: str = ""


class ReceiptShare(Word):
    receipt: str
    line: str
    quantity: Quantity


class MatchLine(Word):
    invoice_line: str
    purchase_order: str | None = None
    purchase_order_line: str | None = None
    quantity: Quantity | None = Field(None, description="What falls to this order line, in its unit; negative in a credit note")
    net_amount: Money | None = Field(None, description="What of the line's net amount falls to this order line")
    receipts: list[ReceiptShare] = Field(default_factory=list)
    variances: list[Variance] = Field(default_factory=list)
    alternatives: list[str] = Field(default_factory=list, description="Order lines that fit equally well, as PO/line")


class Match(Word):
    state: MatchState
    blocks: list[Block] = Field(default_factory=list)
    lines: list[MatchLine] = Field(default_factory=list)
    variances: list[Variance] = Field(default_factory=list)
