"""An invoice with its posting, as every bookkeeping takes it: items, tax by code, delivery costs, one balance of zero.

The writers for SAP, DATEV and the journal start here, so that what cannot be booked is refused by all of them alike, with the
field named: no vendor, no tax code, sums that do not add up, a document that is no booking.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from exporters.context import ExportContext
from exporters.errors import DoesNotFit, MissingData
from exporters.fields import read_rows
from schemas import Invoice, round_half_up
from schemas.identifiers import compact
from schemas.invoice import AllowanceCharge, Line, TaxBreakdown
from schemas.master import PurchaseOrderLine
from schemas.matching import MatchLine
from schemas.money import plain
from schemas.posting import Posting, PostingLine

ZERO = Decimal(0)


@dataclass(frozen=True)
class Item:
    """One line to be booked. ``amount`` is net, in the document currency, positive unless the line takes back."""

    path: str
    posting: PostingLine
    amount: Decimal
    tax_code: str
    tax_row: int
    text: str
    line: Line | None = None
    share: MatchLine | None = None
    order: PurchaseOrderLine | None = None


@dataclass(frozen=True)
class DeliveryCost:
    """A charge (positive) or allowance (negative) of an invoice for an order: the finance system distributes it."""

    path: str
    amount: Decimal
    tax_code: str
    tax_row: int
    text: str


@dataclass(frozen=True)
class TaxRow:
    """Tax by code; a rate with several codes has a row for each, which together give the amount printed."""

    tax_row: int
    tax_code: str
    rate: Decimal
    base: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Booking:
    invoice: Invoice
    kind: str
    number: str
    issue_date: date
    posting_date: date
    currency: str
    vendor_number: str
    company_code: str
    document_type: str
    net: Decimal
    tax: Decimal
    gross: Decimal
    items: tuple[Item, ...]
    delivery_costs: tuple[DeliveryCost, ...]
    taxes: tuple[TaxRow, ...]

    @property
    def is_credit(self) -> bool:
        return self.kind == "credit"

    @property
    def has_order(self) -> bool:
        return any(item.share is not None for item in self.items)

    def rate_of(self, part: Item | DeliveryCost) -> Decimal:
        """The rate that taxes an item or a delivery cost."""
        return next(row.rate for row in self.taxes if (row.tax_row, row.tax_code) == (part.tax_row, part.tax_code))

    def gross_parts(self) -> list[tuple[Item | DeliveryCost, Decimal]]:
        """Every part with its tax: what each adds to the gross total, to the cent; the last of a tax code takes the rest."""
        found: list[tuple[Item | DeliveryCost, Decimal]] = []
        parts: tuple[Item | DeliveryCost, ...] = (*self.items, *self.delivery_costs)
        for row in self.taxes:
            own = [part for part in parts if (part.tax_row, part.tax_code) == (row.tax_row, row.tax_code)]
            rest = row.amount
            for place, part in enumerate(own):
                tax = rest if place == len(own) - 1 else round_half_up(part.amount * row.rate / 100)
                rest -= tax
                found.append((part, part.amount + tax))
        return found

    @property
    def net_days(self) -> int | None:
        """Days to pay without discount, as printed or by the due date printed."""
        due = self.invoice.due_date
        return self.invoice.payment_terms.net_days if due is None else (due - self.issue_date).days


@cache
def _kinds() -> dict[str, tuple[str, str]]:
    return {row["type_code"]: (row["kind"], row["why"]) for row in read_rows("exporters", "booking_kinds.csv")}


def book(invoice: Invoice, context: ExportContext, format_name: str) -> Booking:
    """What is to be booked. Raises ``MissingData`` or ``DoesNotFit``."""
    posting = context.posting
    if posting is None:
        raise MissingData(format_name, ["posting"])
    missing = [f"posting.{name}" for name in ("vendor_number", "company_code") if not getattr(posting, name)]
    missing += [name for name in ("number", "issue_date", "currency") if not getattr(invoice, name)]
    missing += [] if invoice.totals.grand_total is not None else ["totals.grand_total"]
    for index, row in enumerate(posting.lines):
        missing += [f"posting.lines[{index}].{name}" for name in ("net_amount", "tax_code") if getattr(row, name) in (None, "")]
    if missing or not posting.lines:
        raise MissingData(format_name, missing or ["posting.lines"])
    kind = _kind(invoice)
    _refuse_what_is_no_booking(invoice)
    items = tuple(_items(invoice, posting, context, format_name))
    costs = tuple(_delivery_costs(invoice, items, format_name))
    gross = invoice.totals.grand_total
    assert gross is not None
    assert invoice.number
    assert invoice.issue_date
    assert invoice.currency
    taxes = tuple(_taxes(invoice, items, costs))
    net = sum((row.base for row in taxes), ZERO)
    tax = sum((row.amount for row in taxes), ZERO)
    if net + tax != gross:
        raise DoesNotFit("totals.grand_total", plain(gross), f"what is booked comes to {plain(net)} and {plain(tax)} tax")
    return Booking(
        invoice=invoice,
        kind=kind,
        number=invoice.number,
        issue_date=invoice.issue_date,
        posting_date=context.created.date(),
        currency=invoice.currency,
        vendor_number=posting.vendor_number or "",
        company_code=posting.company_code or "",
        document_type=posting.document_type or "",
        net=net,
        tax=tax,
        gross=gross,
        items=items,
        delivery_costs=costs,
        taxes=taxes,
    )


def _kind(invoice: Invoice) -> str:
    code = invoice.type_code or "380"
    kind, why = _kinds().get(code, ("refused", "no bookkeeping knows this type of document"))
    if kind == "refused":
        raise DoesNotFit("type_code", code, why)
    return kind


def _refuse_what_is_no_booking(invoice: Invoice) -> None:
    totals = invoice.totals
    if totals.grand_total is not None and totals.grand_total < 0:
        raise DoesNotFit(
            "totals.grand_total", plain(totals.grand_total), "an invoice below zero is booked as a credit memo of its own"
        )
    if totals.rounding:
        raise DoesNotFit("totals.rounding", plain(totals.rounding), "the amount to pay is not the amount booked")
    if invoice.third_party_payments:
        raise DoesNotFit("third_party_payments", str(len(invoice.third_party_payments)), "sums collected for others")


def _items(invoice: Invoice, posting: Posting, context: ExportContext, format_name: str) -> Iterator[Item]:
    """Posting lines beside the invoice line and, in the order of the match, the order line each belongs to."""
    lines = {line.id or str(index + 1): (index, line) for index, line in enumerate(invoice.lines)}
    orders = {(row.po_number, row.po_line): row for row in context.order_lines}
    shares: dict[str, list[MatchLine]] = {}
    for share in context.match.lines if context.match else ():
        if share.purchase_order:
            shares.setdefault(share.invoice_line, []).append(share)
    times = {name: sum(row.invoice_line == name for row in posting.lines) for name in lines}
    for index, row in enumerate(posting.lines):
        path = f"posting.lines[{index}]"
        tax_code, amount = row.tax_code or "", row.net_amount or ZERO
        if row.invoice_line not in lines:
            stated = _document_row(invoice, row.invoice_line)
            if stated is None:
                raise DoesNotFit(f"{path}.invoice_line", row.invoice_line, "the invoice has no such line")
            tax_row = _tax_row(invoice, stated.category, stated.rate, row.invoice_line, format_name)
            yield Item(path, row, amount, tax_code, tax_row, stated.reason or "")
            continue
        number, line = lines[row.invoice_line]
        tax_row = _tax_row(invoice, line.tax_category, line.tax_rate, f"lines[{number}]", format_name)
        own = shares.get(row.invoice_line, [])
        if row.source == "purchase-order" and len(own) != times[row.invoice_line]:
            raise DoesNotFit(f"{path}.invoice_line", row.invoice_line, "match and posting disagree about its order lines")
        taken = own.pop(0) if row.source == "purchase-order" else None
        times[row.invoice_line] -= 1
        order = orders.get((taken.purchase_order or "", taken.purchase_order_line or "")) if taken else None
        yield Item(path, row, amount, tax_code, tax_row, line.name or line.description or "", line, taken, order)


def _document_row(invoice: Invoice, path: str) -> AllowanceCharge | None:
    """The allowance or charge that posting calls ``charges[0]``."""
    for name in ("allowances", "charges"):
        for index, row in enumerate(getattr(invoice, name)):
            if path == f"{name}[{index}]":
                found: AllowanceCharge = row
                return found
    return None


def _tax_row(invoice: Invoice, category: str | None, rate: Decimal | None, path: str, format_name: str) -> int:
    """Which row of the VAT breakdown taxes it; -1 where the invoice has none."""
    rows = invoice.tax_breakdown
    fitting = [
        index
        for index, row in enumerate(rows)
        if (rate is None or row.rate is None or row.rate == rate)
        and (not category or not row.category or row.category == category)
    ]
    if not rows:
        return -1
    if len(fitting) != 1:
        raise MissingData(format_name, [f"{path}.tax_rate" if rate is None else f"{path}.tax_category"])
    return fitting[0]


def _delivery_costs(invoice: Invoice, items: tuple[Item, ...], format_name: str) -> Iterator[DeliveryCost]:
    """Allowances and charges that no posting line books: with an order they are unplanned delivery costs."""
    booked = {item.posting.invoice_line for item in items}
    for name, sign in (("allowances", -1), ("charges", 1)):
        for index, row in enumerate(getattr(invoice, name)):
            path = f"{name}[{index}]"
            if path in booked or not row.amount:
                continue
            tax_row = _tax_row(invoice, row.category, row.rate, path, format_name)
            codes = {item.tax_code for item in items if item.tax_row == tax_row}
            if len(codes) != 1:
                raise MissingData(format_name, [f"{path}.tax_code"])
            yield DeliveryCost(path, sign * row.amount, codes.pop(), tax_row, row.reason or "")


def _taxes(invoice: Invoice, items: tuple[Item, ...], costs: tuple[DeliveryCost, ...]) -> Iterator[TaxRow]:
    """Tax by code. Raises ``DoesNotFit`` where the parts of a rate do not add up to its printed basis."""
    rows = list(enumerate(invoice.tax_breakdown)) or [(-1, TaxBreakdown(rate=ZERO, amount=ZERO))]
    for index, row in rows:
        bases: dict[str, Decimal] = {}
        parts: tuple[Item | DeliveryCost, ...] = (*items, *costs)
        for part in parts:
            if part.tax_row == index:
                bases[part.tax_code] = bases.get(part.tax_code, ZERO) + part.amount
        whole = sum(bases.values(), ZERO)
        if row.basis is not None and row.basis != whole:
            raise DoesNotFit(f"tax_breakdown[{index}].basis", plain(row.basis), f"what is booked comes to {plain(whole)}")
        rate, rest = row.rate or ZERO, row.amount or ZERO
        for place, (code, base) in enumerate(bases.items()):
            amount = rest if place == len(bases) - 1 else round_half_up(base * rate / 100)
            rest -= amount
            yield TaxRow(index, code, rate, base, amount)


def idempotency_key(booking: Booking, target: str, version: int = 1) -> str:
    """64 hexadecimal digits that are the same whenever the same invoice goes to the same target; fits EDI_DC40-ARCKEY."""
    year = booking.issue_date.year
    return key_of(booking.company_code, booking.vendor_number, booking.is_credit, booking.number, year, target, version)


def key_of(company_code: str, vendor: str, is_credit: bool, number: str, year: int, target: str, version: int = 1) -> str:
    """The key from its parts, for what is handed over without being a booking: an e-invoice for an archive, say."""
    side = "credit" if is_credit else "invoice"
    parts = (company_code, vendor, side, compact(number) or number, str(year), str(version), target)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
