"""What the core is told. The shell looks these up (in the database or in a folder of CSV files) and hands them in.

Every list may hold more than what is needed: the core selects. It must hold at least what the docstring names, or the core
would judge on half the facts.
"""

from dataclasses import dataclass, field
from datetime import date

from schemas.mail import MailFacts
from schemas.master import (
    AccountRule,
    ApprovalLimit,
    Company,
    CostObject,
    GlAccount,
    GoodsReceipt,
    PostedInvoice,
    PostedLine,
    PurchaseOrderLine,
    Stock,
    TaxCode,
    Tolerance,
    UnitConversion,
    Vendor,
    VendorBank,
)


class KnownInvoice(PostedInvoice):
    """An invoice we have met before: posted in the finance system, or an earlier one of ours that is not rejected."""

    id: str | None = None
    """Our invoice id; ``None`` where it comes from posted_invoices.csv."""
    sha256: str | None = None
    """Hash of the received bytes, ours only."""
    vat_id: str | None = None
    """The seller's VAT id as printed, ours only."""


@dataclass(frozen=True)
class PartyFacts:
    """All company codes; every vendor that shares a VAT id, IBAN, tax number, GLN, number, postcode or name with the invoice."""

    companies: tuple[Company, ...] = ()
    vendors: tuple[Vendor, ...] = ()
    banks: tuple[VendorBank, ...] = ()


@dataclass(frozen=True)
class HistoryFacts:
    """Invoices of the same vendor, of vendors with the same IBAN or VAT id, and any with the same document hash."""

    invoices: tuple[KnownInvoice, ...] = ()


@dataclass(frozen=True)
class OrderFacts:
    """Order lines the invoice names or that are open for its vendor, with their receipts, earlier invoice lines and limits."""

    order_lines: tuple[PurchaseOrderLine, ...] = ()
    receipts: tuple[GoodsReceipt, ...] = ()
    invoices: tuple[KnownInvoice, ...] = ()
    invoiced_lines: tuple[PostedLine, ...] = ()
    conversions: tuple[UnitConversion, ...] = ()
    tolerances: tuple[Tolerance, ...] = ()
    stock: tuple[Stock, ...] = ()
    """Only where key VP is checked: the materials of the order lines."""


@dataclass(frozen=True)
class AccountFacts:
    """Accounts, objects, tax codes and rules of the company code; posted lines of the vendor, newest last."""

    rules: tuple[AccountRule, ...] = ()
    gl_accounts: tuple[GlAccount, ...] = ()
    cost_objects: tuple[CostObject, ...] = ()
    tax_codes: tuple[TaxCode, ...] = ()
    history: tuple[PostedLine, ...] = ()


@dataclass(frozen=True)
class CheckFacts:
    """What the checks need beside the invoice. ``today`` comes from the shell: the core has no clock."""

    today: date
    vendor: Vendor | None = None
    company: Company | None = None
    banks: tuple[VendorBank, ...] = ()
    """Confirmed accounts of the vendor, and of any vendor that uses an IBAN printed on the invoice."""
    companies: tuple[Company, ...] = ()
    history: HistoryFacts = field(default_factory=HistoryFacts)
    limits: tuple[ApprovalLimit, ...] = ()
    sha256: str | None = None
    """Hash of the received bytes this document came from, to recognise the same file received again."""
    mail: MailFacts | None = None
    """Envelope of the mail it came with; ``None`` for other ways."""
    known_domains: tuple[str, ...] = ()
    """E-mail domains of all vendors, to tell a look-alike from a second domain. Those of ``vendor`` count anyway."""
