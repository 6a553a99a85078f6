"""The words of the house: invoice, order, receipt, master data, evidence, finding, posting, audit event.

Imports nothing of ours and does nothing: what a word means is said here once, by EN 16931 and SAP terms.
"""

from schemas.base import Word
from schemas.document import Document, Extraction, Kind, Source
from schemas.evidence import Evidence
from schemas.finding import Finding, Severity
from schemas.invoice import (
    Account,
    AllowanceCharge,
    Invoice,
    Line,
    Note,
    Party,
    Payment,
    PaymentTerms,
    Period,
    TaxBreakdown,
    Totals,
)
from schemas.mail import MailFacts
from schemas.money import Money, exact_decimal, plain, round_half_up, round_like_schematron

__all__ = [
    "Account",
    "AllowanceCharge",
    "Document",
    "Evidence",
    "Extraction",
    "Finding",
    "Invoice",
    "Kind",
    "Line",
    "MailFacts",
    "Money",
    "Note",
    "Party",
    "Payment",
    "PaymentTerms",
    "Period",
    "Severity",
    "Source",
    "TaxBreakdown",
    "Totals",
    "Word",
    "exact_decimal",
    "plain",
    "round_half_up",
    "round_like_schematron",
]
