"""What both DATEV forms say of an invoice: one entry for each account, cost object and tax key, gross, against one creditor.

Accounts, creditors and tax keys are those of the tax adviser; ``export_keys.csv`` translates. What has no row there is taken as it
is only where it has the length DATEV expects; a tax code without a row is refused, because a wrong key posts a wrong tax.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from exporters.booking import Booking, DeliveryCost, Item, idempotency_key
from exporters.context import ExportContext
from exporters.errors import DoesNotFit, MissingData

TARGET = "datev"
DELIVERY_COSTS = "delivery-costs"
"""The key of the account for delivery costs that no line carries."""
MOST_CREDITOR_DIGITS = 9


@dataclass(frozen=True)
class Entry:
    """``amount`` is gross and positive where it is a debit of ``account`` in an invoice; a credit memo turns it around."""

    path: str
    account: str
    creditor: str
    tax_key: str
    rate: Decimal
    amount: Decimal
    cost_1: str | None
    cost_2: str | None


def entries(booking: Booking, context: ExportContext, format_name: str) -> list[Entry]:
    """Raises ``DoesNotFit`` and ``MissingData``. The amounts add up to the gross total, negative for a credit memo."""
    settings = context.targets.datev
    if booking.currency != settings.currency:
        raise DoesNotFit("currency", booking.currency, f"books in {settings.currency} need a rate, and the invoice states none")
    creditor = _creditor(booking, context)
    sums: dict[tuple[object, ...], Entry] = {}
    for part, gross in booking.gross_parts():
        amount = -gross if booking.is_credit else gross
        account, path = _account(part, context)
        posted = part.posting if isinstance(part, Item) else None
        cost_1 = _object(posted.cost_center, "cost_center", context) if posted else None
        other = posted.internal_order or posted.wbs_element if posted else None
        cost_2 = _object(other, "internal_order", context)
        tax_key, rate = _tax_key(part, context), booking.rate_of(part)
        entry = Entry(path, account, creditor, tax_key, rate, amount, cost_1, cost_2)
        key = (entry.account, entry.cost_1, entry.cost_2, part.tax_row, part.tax_code)
        before = sums.get(key)
        sums[key] = entry if before is None else _added(before, amount)
    found = [entry for entry in sums.values() if entry.amount]
    if not found:
        raise MissingData(format_name, ["totals.grand_total"])
    return found


def _added(entry: Entry, amount: Decimal) -> Entry:
    return Entry(**{**entry.__dict__, "amount": entry.amount + amount})


def account_length(context: ExportContext) -> int:
    stated = context.keys.get((TARGET, "company", "account_length"))
    return int(stated) if stated else context.targets.datev.account_length


def company_number(name: str, context: ExportContext, format_name: str) -> str:
    """``consultant`` or ``client``: by company code in the key file, else in the settings."""
    stated = context.keys.get((TARGET, "company", name)) or getattr(context.targets.datev, name)
    if not stated:
        raise MissingData(format_name, [f"settings.datev.{name}"])
    return str(stated)


def document_guid(booking: Booking) -> str:
    """Names the document in the package and in the entry's link; the same for the same invoice."""
    return str(UUID(hashlib.sha256(idempotency_key(booking, TARGET).encode()).hexdigest()[:32]))


def _creditor(booking: Booking, context: ExportContext) -> str:
    number = context.keys.get((TARGET, "vendor", booking.vendor_number), booking.vendor_number)
    wanted = account_length(context) + 1
    if not (number.isascii() and number.isdigit() and len(number) == wanted):
        raise DoesNotFit("posting.vendor_number", number, f"a creditor has {wanted} digits; give it one in export_keys.csv")
    return number


def _account(part: Item | DeliveryCost, context: ExportContext) -> tuple[str, str]:
    stated = part.posting.gl_account or "" if isinstance(part, Item) else DELIVERY_COSTS
    path = f"{part.path}.gl_account"
    number = context.keys.get((TARGET, "gl_account", stated), stated)
    wanted = account_length(context)
    if not (number.isascii() and number.isdigit() and len(number) == wanted):
        raise DoesNotFit(path, number, f"an account has {wanted} digits; give it one in export_keys.csv")
    return number, path


def _tax_key(part: Item | DeliveryCost, context: ExportContext) -> str:
    """Four digits, or empty where the account itself carries the tax or there is none."""
    keys: Mapping[tuple[str, str, str], str] = context.keys
    if isinstance(part, Item) and (TARGET, "automatic_account", part.posting.gl_account or "") in keys:
        return ""
    key = keys.get((TARGET, "tax_code", part.tax_code))
    if key is None:
        raise DoesNotFit(f"{part.path}.tax_code", part.tax_code, "export_keys.csv has no DATEV tax key for it")
    if not key:
        return ""
    if not (key.isascii() and key.isdigit() and len(key) <= 4):
        raise DoesNotFit(f"{part.path}.tax_code", key, "a DATEV tax key has at most four digits")
    return key.zfill(4)


def _object(value: str | None, kind: str, context: ExportContext) -> str | None:
    return context.keys.get((TARGET, kind, value), value) if value else None
