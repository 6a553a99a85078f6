"""Entries of the log by what the invoices they tell of say: number, supplier, amount, finding, booking."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Numeric, Select, cast, false, or_, select

from pipeline.store.tables import act, audit, invoice, received
from schemas.identifiers import canonical_number

FINDING_COLUMNS = (invoice.c.identity, invoice.c.check_findings, invoice.c.match_findings, invoice.c.posting_findings)


@dataclass(frozen=True)
class InvoiceSearch:
    """What the invoices must say; empty means anything. ``vendor`` is a vendor number or a part of the supplier's name."""

    number: str = ""
    vendor: str = ""
    finding: str = ""
    booking: str = ""
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None

    @property
    def is_empty(self) -> bool:
        return self == InvoiceSearch()


def entries_about(search: InvoiceSearch) -> ColumnElement[bool] | None:
    """Condition on the log: about such an invoice, what it was received as, or the mail that came in. ``None``: any entry."""
    if search.is_empty:
        return None
    conditions = conditions_of(search)
    found = select(invoice.c.id).where(*conditions)
    came_as = select(invoice.c.received_id).where(*conditions)
    outer, outermost = _parents_of(came_as), _parents_of(_parents_of(came_as))
    return or_(*(audit.c.item.in_(ids) for ids in (found, came_as, outer, outermost)))


def _parents_of(ids: Select[Any]) -> Select[Any]:
    """What some received things were unpacked from."""
    part = received.alias()
    return select(part.c.parent_id).where(part.c.id.in_(ids), part.c.parent_id.isnot(None))


def conditions_of(search: InvoiceSearch) -> list[ColumnElement[bool]]:
    """The conditions on the invoices themselves."""
    wanted: list[ColumnElement[bool]] = []
    if search.number:
        key = canonical_number(search.number)
        wanted.append(invoice.c.number_key == key if key else false())
    if search.vendor:
        named = invoice.c.seller_name.icontains(search.vendor, autoescape=True)
        wanted.append(or_(invoice.c.vendor_number == search.vendor, named))
    if search.finding:
        wanted.append(_has_finding(search.finding))
    if search.booking:
        booked = select(act.c.invoice_id).where(
            act.c.kind == "acknowledge", act.c.undone_at.is_(None), act.c.data.contains(f'"{search.booking}"', autoescape=True)
        )
        wanted.append(invoice.c.id.in_(booked))
    amount = cast(invoice.c.grand_total, Numeric(18, 4))
    if search.amount_from is not None:
        wanted.append(amount >= search.amount_from)
    if search.amount_to is not None:
        wanted.append(amount <= search.amount_to)
    return wanted


def _has_finding(code: str) -> ColumnElement[bool]:
    """Findings of the stages are JSON with blanks behind the colon, those of the document without."""
    spaced, dense = f'"code": "{code}"', f'"code":"{code}"'
    columns = (*FINDING_COLUMNS, invoice.c.export_findings)
    return or_(
        *(column.contains(spaced, autoescape=True) for column in columns), invoice.c.document.contains(dense, autoescape=True)
    )
