"""What a writer is told beside the invoice, and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from schemas import Finding
from schemas.master import Company, GoodsReceipt, PurchaseOrderLine, Vendor
from schemas.matching import Match
from schemas.posting import Posting
from schemas.targets import Targets

Keys = Mapping[tuple[str, str, str], str]
"""(target, kind, our key) -> key of the target, as export_keys.csv states it for one company code."""


@dataclass(frozen=True)
class ExportContext:
    """``created`` is an aware UTC moment passed in; the core has no clock."""

    created: datetime
    software: str = "Belegfluss"
    software_version: str = "0"
    seller_master: Vendor | None = None
    buyer_master: Company | None = None
    original_pdf: bytes | None = None
    """The supplier's PDF, to carry the XML."""
    source_sha256: str | None = None
    """Hash of the bytes as received; names the original in the copy note."""
    source_is_einvoice: bool = False
    """True when the original already was an e-invoice that we pass on; false for one we read from the pages."""
    posting: Posting | None = None
    match: Match | None = None
    order_lines: tuple[PurchaseOrderLine, ...] = ()
    """The order lines the match names."""
    receipts: tuple[GoodsReceipt, ...] = ()
    """The receipts the match names."""
    targets: Targets = field(default_factory=Targets)
    keys: Keys = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Format:
    """A row of the table of formats: what ``write`` gives, and how to store it."""

    name: str
    media_type: str
    suffix: str
    meaning: str = ""
    prefix: str = ""
    """What the name of the file begins with, where the target asks for it."""
    books: bool = False
    """Whether it tells a finance system to book: only for approved invoices, with their posting."""


@dataclass(frozen=True)
class Exported:
    """Bytes of one format, and what a reader of them must know.

    ``from_master``, ``derived`` and ``not_carried`` are paths of the invoice: values taken from master data (never printed),
    values the norm defines by others that are stated, and values the target has no place for.
    """

    data: bytes
    media_type: str
    suffix: str
    findings: list[Finding] = field(default_factory=list)
    from_master: list[str] = field(default_factory=list)
    derived: list[str] = field(default_factory=list)
    not_carried: list[str] = field(default_factory=list)
    xml: bytes | None = None
    """The e-invoice itself, for the judge: the data of an XML format, or what a hybrid PDF carries; else ``None``."""
