"""What reading a file gives: one extraction per file, one document per invoice (or letter) found in it."""

from enum import StrEnum

from pydantic import Field

from schemas.base import Word
from schemas.evidence import Evidence
from schemas.finding import Finding
from schemas.invoice import Invoice


class Kind(StrEnum):
    """What a document is, in business terms."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit-note"
    ORDER = "order"
    ORDER_CONFIRMATION = "order-confirmation"
    DELIVERY_NOTE = "delivery-note"
    OFFER = "offer"
    INQUIRY = "inquiry"
    REMINDER = "reminder"
    STATEMENT = "statement"
    REMITTANCE = "remittance"
    PRICE_CHANGE = "price-change"
    OTHER = "other"
    UNREADABLE = "unreadable"

    @property
    def is_payable(self) -> bool:
        """Invoices and credit notes go on to checks, matching and posting; everything else is kept and listed."""
        return self in (Kind.INVOICE, Kind.CREDIT_NOTE)


class Source(StrEnum):
    CII = "cii"
    UBL = "ubl"
    EDIFACT = "edifact"
    TEXT_LAYER = "text-layer"


class Document(Word):
    """One document inside a file. ``accepted`` is true only when every value that would be booked is proven."""

    kind: Kind
    pages: list[int] = Field(default_factory=list, description="Pages it stands on, from 1; empty for pure XML")
    source: Source | None = None
    accepted: bool = False
    invoice: Invoice | None = None
    evidence: dict[str, list[Evidence]] = Field(default_factory=dict)
    findings: list[Finding] = Field(default_factory=list)
    profile: str | None = Field(None, description="Id of the supplier profile found for the page")
    profile_fits: bool | None = Field(None, description="Whether it was used; false: it no longer fits the supplier's pages")


class Extraction(Word):
    """Everything one file gave. ``sha256`` is that of the bytes as received."""

    file: str
    sha256: str
    pages: int = 0
    documents: list[Document] = Field(default_factory=list)
