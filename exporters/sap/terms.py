"""What all SAP writers share: keys, units, days and percentages of the terms, and what logistics invoice verification refuses."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from exporters.booking import Booking, Item
from exporters.context import ExportContext
from exporters.errors import DoesNotFit
from exporters.fields import read_rows
from schemas.money import plain

MOST_DISCOUNTS = 2


@cache
def _units() -> dict[str, tuple[str, str]]:
    return {row["unit"]: (row["iso"], row["internal"]) for row in read_rows("exporters.sap", "units.csv")}


def iso_unit(unit: str | None, context: ExportContext) -> str | None:
    """UN/ECE Rec 20 -> the ISO code SAP knows the unit by (T006-ISOCODE); codes without a row are passed on."""
    return context.keys.get(("sap", "iso_unit", unit or ""), _units().get(unit or "", (unit, unit))[0])


def internal_unit(unit: str | None, context: ExportContext) -> str | None:
    """UN/ECE Rec 20 -> the internal key of the unit (T006-MSEHI); order lines may carry it already."""
    return context.keys.get(("sap", "unit", unit or ""), _units().get(unit or "", (unit, unit))[1])


def internal_number(number: str, length: int = 10) -> str:
    """A number as SAP keeps it: digits alone are filled with zeros, anything else stays (conversion exit ALPHA)."""
    return number.zfill(length) if number.isascii() and number.isdigit() else number


def tax_code(code: str, context: ExportContext) -> str:
    """Our tax code as this system calls it."""
    return context.keys.get(("sap", "tax_code", code), code)


@dataclass(frozen=True)
class Terms:
    """Days and percentages; empty where the invoice states none, then SAP takes those of the vendor."""

    discounts: tuple[tuple[int, Decimal], ...]
    net_days: int | None


def payment_terms(booking: Booking) -> Terms:
    discounts = [(row.days, row.percent) for row in booking.invoice.payment_terms.discounts]
    if len(discounts) > MOST_DISCOUNTS:
        raise DoesNotFit("payment_terms.discounts", str(len(discounts)), "SAP knows two cash discounts")
    net = booking.net_days
    if net is not None and net < 0:
        raise DoesNotFit("due_date", str(booking.invoice.due_date), "due before the date of the invoice")
    return Terms(tuple(sorted(discounts)), net)


def payment_block(booking: Booking, context: ExportContext) -> str | None:
    """The block of the match, or of a sum paid before that somebody has to clear; else none."""
    blocked = bool(context.match and context.match.blocks) or bool(booking.invoice.totals.prepaid)
    return context.targets.sap.payment_block if blocked else None


def check_items(booking: Booking) -> None:
    """What invoice verification cannot book: items below zero, accounts entered against an order."""
    for item in booking.items:
        if item.share is not None and item.amount < 0:
            raise DoesNotFit(f"{item.path}.net_amount", plain(item.amount), "an order item is never below zero")
        if item.share is None and item.line is not None and item.posting.gl_account is None:
            raise DoesNotFit(f"{item.path}.gl_account", "", "an item without order needs a G/L account")


def quantity_of(item: Item) -> Decimal | None:
    """Quantity that falls to the order line, in its unit, never signed."""
    share = item.share
    if share is None:
        return None
    if share.quantity is not None:
        return abs(share.quantity)
    if share.receipts:
        return abs(sum((one.quantity for one in share.receipts), Decimal(0)))
    return abs(item.line.quantity) if item.line is not None and item.line.quantity is not None else None


def unit_of(item: Item) -> str | None:
    return item.order.unit if item.order is not None else item.line.unit if item.line is not None else None


def item_number(value: str | None) -> str:
    """Order item without leading zeros, as a number of its own field fills them."""
    return (value or "").strip().lstrip("0") or "0"
