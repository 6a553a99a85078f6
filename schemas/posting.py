"""The posting proposal: where an invoice is to be booked, and why (CONTRACT section 4)."""

from typing import Literal

from pydantic import Field

from schemas.base import Word
from schemas.money import Money, Percent

PostingSource = Literal["purchase-order", "rule", "history", "person", "none"]


class PostingLine(Word):
    invoice_line: str
    gl_account: str | None = None
    cost_center: str | None = None
    internal_order: str | None = None
    wbs_element: str | None = None
    asset: str | None = None
    tax_code: str | None = None
    net_amount: Money | None = None
    source: PostingSource = "none"
    confidence: Percent | None = Field(None, description="0 to 1; 1 for orders and rules")
    because: str = ""


class Posting(Word):
    vendor_number: str | None = None
    company_code: str | None = None
    document_type: str | None = Field(None, description="SAP BLART: RE with an order, KR without, RE/KG for credit memos")
    lines: list[PostingLine] = Field(default_factory=list)
