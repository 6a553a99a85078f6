"""Order rows and account rows of a booking, as OData and BAPI both take them: numbered, by receipt where the order wants it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext

from exporters.booking import Booking, DeliveryCost, Item
from exporters.context import ExportContext
from exporters.errors import DoesNotFit, MissingData
from exporters.sap import terms
from schemas import round_half_up
from schemas.matching import ReceiptShare
from schemas.money import plain

PRECISION = 120


@dataclass(frozen=True)
class Receipt:
    """The goods receipt of a row, for orders that are invoiced by receipt."""

    number: str
    year: str
    line: str


@dataclass(frozen=True)
class OrderRow:
    item: Item
    amount: Decimal
    quantity: Decimal | None
    unit: str | None
    receipt: Receipt | None = None


def order_rows(booking: Booking, context: ExportContext, format_name: str) -> Iterator[OrderRow]:
    """One row for each order line, or for each receipt of an order line that is invoiced by receipt (EKPO-WEBRE)."""
    for item in booking.items:
        if item.share is None:
            continue
        quantity = terms.quantity_of(item)
        unit = terms.internal_unit(terms.unit_of(item), context) if quantity is not None else None
        if item.order is None or not item.order.receipt_based or not item.share.receipts:
            yield OrderRow(item, item.amount, quantity, unit)
            continue
        receipts = item.share.receipts
        for amount, receipt in zip(_split(item.amount, receipts), receipts, strict=True):
            yield OrderRow(item, amount, abs(receipt.quantity), unit, _receipt(receipt, item, context, format_name))


def _split(amount: Decimal, receipts: list[ReceiptShare]) -> list[Decimal]:
    """The amount by quantity, to the cent; the last receipt takes the rest."""
    whole = sum((abs(one.quantity) for one in receipts), Decimal(0)) or Decimal(1)
    with localcontext(prec=PRECISION):
        parts = [round_half_up(amount * abs(one.quantity) / whole) for one in receipts[:-1]]
        return [*parts, amount - sum(parts, Decimal(0))]


def _receipt(share: ReceiptShare, item: Item, context: ExportContext, format_name: str) -> Receipt:
    known = {(row.receipt_number, row.receipt_line): row for row in context.receipts}
    row = known.get((share.receipt, share.line))
    if row is None or row.posting_date is None:
        raise MissingData(format_name, [f"{item.path}.receipts.posting_date"])
    return Receipt(share.receipt, str(row.posting_date.year), terms.item_number(share.line))


def account_rows(booking: Booking) -> Iterator[tuple[Item, Decimal, str]]:
    """Item, amount without sign, and S (debit) or H (credit); a credit memo turns them around."""
    for item in booking.items:
        if item.share is None:
            is_debit = (item.amount >= 0) != booking.is_credit
            yield item, abs(item.amount), "S" if is_debit else "H"


def delivery_cost(booking: Booking) -> tuple[Decimal, DeliveryCost] | None:
    """The unplanned delivery costs in one sum, as the header of SAP takes them; the first one gives the tax code."""
    costs = booking.delivery_costs
    if not costs:
        return None
    codes = {cost.tax_code for cost in costs}
    if len(codes) > 1:
        other = next(cost for cost in costs if cost.tax_code != costs[0].tax_code)
        raise DoesNotFit(f"{other.path}.amount", plain(other.amount), "unplanned delivery costs have one tax code")
    whole = sum((cost.amount for cost in costs), Decimal(0))
    return whole, costs[0]
