"""The vendor itself: known, not blocked, and numbering its invoices as a real business does (DOMAIN section 4, G1 and A4)."""

from collections.abc import Iterator

from schemas.finding import Finding, error, info
from schemas.invoice import CREDIT_NOTES
from validators.case import Case, Rule

CONSECUTIVE = 4
"""So many invoices in a row with consecutive numbers over months: a supplier with one customer."""
MONTHS_APART = 45
"""Days between the first and the last of them."""


def unknown_vendor(case: Case) -> Iterator[Finding]:
    """FRAUD-UNKNOWN-VENDOR (error): no vendor of the master data was found without doubt."""
    if case.facts.vendor is None:
        name = case.invoice.seller.name or "the seller"
        yield error("FRAUD-UNKNOWN-VENDOR", "seller", f"{name} was not found in the vendor master", clears="creating the vendor")


def blocked_vendor(case: Case) -> Iterator[Finding]:
    """FRAUD-BLOCKED-VENDOR (stop): the vendor master says that nothing is to be paid."""
    vendor = case.facts.vendor
    if vendor is not None and vendor.blocked:
        message = f"vendor {vendor.vendor_number} {vendor.name} is blocked"
        yield error("FRAUD-BLOCKED-VENDOR", "seller", message, clears="lifting the block in the vendor master")


def sequence(case: Case) -> Iterator[Finding]:
    """FRAUD-SEQUENCE (info): a number below that of an older invoice of the same series, or consecutive numbers over months."""
    invoice = case.invoice
    if invoice.issue_date is None or not invoice.number:
        return
    series = [
        (known, step)
        for known in case.known
        if (known.type_code in CREDIT_NOTES) == case.is_credit and (step := case.likeness(known).step) is not None
    ]
    for known, step in series:
        if step > 0 and known.issue_date < invoice.issue_date and known.issue_date.year == invoice.issue_date.year:
            message = f"number {invoice.number} is below {known.number}, which was issued earlier, on {known.issue_date}"
            yield info("FRAUD-SEQUENCE", "number", message, stated=invoice.number, expected=f"above {known.number}")
            return
    earlier = {step: known for known, step in series}
    run = [earlier[-distance] for distance in range(1, CONSECUTIVE) if -distance in earlier]
    if len(run) == CONSECUTIVE - 1 and (invoice.issue_date - run[-1].issue_date).days >= MONTHS_APART:
        message = f"numbers {run[-1].number} to {invoice.number} follow each other since {run[-1].issue_date}: no other customer?"
        yield info("FRAUD-SEQUENCE", "number", message, stated=invoice.number)


RULES: tuple[Rule, ...] = (unknown_vendor, blocked_vendor, sequence)
