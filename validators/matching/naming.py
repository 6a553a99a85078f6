"""Which of the orders an invoice names exist for its vendor and company, and what is wrong with the others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schemas.finding import Finding, error
from schemas.invoice import Invoice
from schemas.master import Company, PurchaseOrderLine, Vendor
from validators.matching.billed import Billed
from validators.matching.keys import number_key
from validators.matching.order_book import OrderBook
from validators.matching.references import OrderReference, document_orders


@dataclass(frozen=True)
class Named:
    """Compared numbers of the orders an invoice names that are of this vendor and company."""

    document: tuple[str, ...] = ()
    """Named for the whole invoice."""
    by_line: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """Line index -> the orders that line names itself."""
    findings: tuple[Finding, ...] = ()

    @staticmethod
    def stated_references(invoice: Invoice, billed: Iterable[Billed]) -> list[OrderReference]:
        """Everything the invoice calls an order number, whether or not it exists."""
        mentions = [*document_orders(invoice), *(reference for line in billed for reference in line.references.orders)]
        return [reference for reference in mentions if reference.stated]

    @property
    def orders(self) -> tuple[str, ...]:
        numbers = [*self.document, *(number for own in self.by_line.values() for number in own)]
        return tuple(sorted(set(numbers)))


@dataclass(frozen=True)
class Scope:
    """Whose order lines count."""

    book: OrderBook
    vendor: Vendor
    company: Company | None
    currency: str | None

    def of_vendor(self, line: PurchaseOrderLine) -> bool:
        return number_key(line.vendor_number) == number_key(self.vendor.vendor_number)

    def of_company(self, line: PurchaseOrderLine) -> bool:
        return self.company is None or line.company_code == self.company.company_code

    def in_currency(self, line: PurchaseOrderLine) -> bool:
        return self.currency is None or line.currency.upper() == self.currency.upper()

    def counts(self, line: PurchaseOrderLine) -> bool:
        return self.of_vendor(line) and self.of_company(line) and self.in_currency(line)

    def order(self, number: str) -> list[PurchaseOrderLine]:
        return [line for line in self.book.order(number) if self.counts(line)]


def named_orders(invoice: Invoice, billed: Iterable[Billed], scope: Scope) -> Named:
    """Resolve every mention. Findings: MATCH-NO-ORDER, MATCH-WRONG-VENDOR, MATCH-WRONG-COMPANY, MATCH-WRONG-CURRENCY.

    A number that no field and no word calls an order number only counts if it is one; it is never reported as missing.
    """
    findings: list[Finding] = []
    mentions = document_orders(invoice)
    document, unknown = _resolve(mentions, scope, findings)
    by_line: dict[int, tuple[str, ...]] = {}
    for line in billed:
        own, own_unknown = _resolve(line.references.orders, scope, findings)
        if own:
            by_line[line.index] = own
        elif own_unknown is not None:
            unknown = unknown or own_unknown
            if own_unknown.path.endswith(("purchase_order", "purchase_order_line")) and document:
                findings.append(_no_order(own_unknown, scope))
    if not document and not by_line and unknown is not None and not findings:
        findings.append(_no_order(unknown, scope))
    return Named(document, by_line, _distinct(findings))


def _resolve(
    references: Iterable[OrderReference], scope: Scope, findings: list[Finding]
) -> tuple[tuple[str, ...], OrderReference | None]:
    """Numbers of orders that count, and a stated mention that is no order at all. Adds findings for orders that do not count.

    Of overlapping readings of one place (``45 0001 2345`` and ``2345``) the longest that exists is meant.
    """
    found: list[str] = []
    taken: list[OrderReference] = []
    unknown: OrderReference | None = None
    for reference in sorted(references, key=lambda r: (-len(r.number), r.path, r.number)):
        if any(reference.path == longer.path and reference.raw in longer.raw for longer in taken):
            continue
        lines = scope.book.order(reference.number)
        if not lines:
            if reference.stated and unknown is None:
                unknown = reference
            continue
        if any(scope.counts(line) for line in lines):
            taken.append(reference)
            found.append(reference.number)
        elif reference.stated:
            taken.append(reference)
            findings.append(_does_not_count(reference, lines, scope))
    return tuple(dict.fromkeys(found)), None if taken else unknown


def _no_order(reference: OrderReference, scope: Scope) -> Finding:
    return error(
        "MATCH-NO-ORDER",
        reference.path,
        f"the invoice names order {reference.raw}; vendor {scope.vendor.vendor_number} has no such order",
        stated=reference.raw,
        clears="the right order number, or the order in the master data",
    )


def _does_not_count(reference: OrderReference, lines: list[PurchaseOrderLine], scope: Scope) -> Finding:
    of_vendor = [line for line in lines if scope.of_vendor(line)]
    if not of_vendor:
        theirs, ours = lines[0].vendor_number, scope.vendor.vendor_number
        message = f"order {reference.raw} was placed with vendor {theirs}, the invoice is from vendor {ours}"
        return error("MATCH-WRONG-VENDOR", reference.path, message, stated=ours, expected=theirs)
    of_company = [line for line in of_vendor if scope.of_company(line)]
    if not of_company:
        theirs, ours = of_vendor[0].company_code, scope.company.company_code if scope.company else ""
        message = f"order {reference.raw} was placed by company {theirs}, the invoice is for company {ours}"
        return error("MATCH-WRONG-COMPANY", reference.path, message, stated=ours, expected=theirs)
    theirs, ours = of_company[0].currency, scope.currency or ""
    message = f"order {reference.raw} is in {theirs}, the invoice in {ours}"
    return error("MATCH-WRONG-CURRENCY", "currency", message, stated=ours, expected=theirs)


def _distinct(findings: list[Finding]) -> tuple[Finding, ...]:
    seen: dict[tuple[str, str, str], Finding] = {}
    for finding in findings:
        seen.setdefault((finding.code, finding.path, finding.message), finding)
    return tuple(seen.values())
