"""What matching wants to know: order lines, receipts, and everything invoiced on them so far."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select

from pipeline.store import master, records
from pipeline.store.facts import earlier, known_invoice
from pipeline.store.tables import invoice
from schemas import Invoice
from schemas.facts import KnownInvoice, OrderFacts
from schemas.finding import Finding
from schemas.identifiers import canonical_number, compact
from schemas.master import GoodsReceipt, PostedInvoice, PostedLine, PurchaseOrderLine, Stock, Tolerance, UnitConversion
from schemas.matching import Match
from validators.matching import References, number_key

SETTLED = ("approved", "exported", "acknowledged")
UNDER_WAY = ("matched", "enriched")
WAITING = ("review", "blocked")


def orders(connection: Connection, row: Row[Any], references: References) -> OrderFacts:
    """Order lines named by the invoice or open for its vendor, with receipts and everything invoiced on them so far."""
    notes = [("delivery_note", note) for note in references.delivery_notes]
    named = set(references.order_numbers)
    named |= {number_key(receipt.po_number) for receipt in master.find(connection, "goods_receipts", GoodsReceipt, notes)}
    wanted = [("po_number", number) for number in sorted(named)] + [("vendor_number", compact(row.vendor_number))]
    lines = master.find(connection, "purchase_orders", PurchaseOrderLine, wanted)
    on_orders = [("po_number", number) for number in sorted({number_key(line.po_number) for line in lines})]
    posted_lines = master.find(connection, "posted_lines", PostedLine, on_orders)
    vendors = sorted({line.vendor_number for line in lines} | ({row.vendor_number} if row.vendor_number else set()))
    of_vendors = [("vendor_number", compact(vendor)) for vendor in vendors]
    posted = master.find(connection, "posted_invoices", PostedInvoice, of_vendors)
    own, own_lines = _own_invoiced(connection, row, vendors, _in_finance(posted, posted_lines))
    tolerances = master.everything(connection, "tolerances", Tolerance)
    return OrderFacts(
        order_lines=lines,
        receipts=master.find(connection, "goods_receipts", GoodsReceipt, on_orders),
        invoices=tuple(KnownInvoice(**record.model_dump()) for record in posted) + own,
        invoiced_lines=posted_lines + own_lines,
        conversions=master.everything(connection, "unit_conversions", UnitConversion),
        tolerances=tolerances,
        stock=_stock(connection, lines) if any(row.key == "VP" for row in tolerances) else (),
    )


def _stock(connection: Connection, lines: tuple[PurchaseOrderLine, ...]) -> tuple[Stock, ...]:
    materials = sorted({compact(line.buyer_item_id) for line in lines if line.buyer_item_id})
    return master.find(connection, "stock", Stock, [("material", material) for material in materials])


def sharing_orders(connection: Connection, row: Row[Any], match: Match, states: tuple[str, ...] = WAITING) -> list[Row[Any]]:
    """Other invoices of the vendor in these states whose match names an order line that this match names too."""
    ours = {(line.purchase_order, line.purchase_order_line) for line in match.lines if line.purchase_order}
    if not ours:
        return []
    others = connection.execute(
        select(invoice).where(
            invoice.c.vendor_number == row.vendor_number,
            invoice.c.id != row.id,
            invoice.c.match.is_not(None),
            invoice.c.state.in_(states),
        )
    )
    return [
        other
        for other in others
        if any((one.purchase_order, one.purchase_order_line) in ours for one in Match.model_validate_json(other.match).lines)
    ]


_Identity = tuple[str, str, date]
"""Vendor, normalised number, date of issue."""


def _in_finance(posted: Iterable[PostedInvoice], lines: Iterable[PostedLine]) -> set[_Identity]:
    """Invoices whose lines the finance system holds: what we know of them ourselves must not count a second time."""
    with_lines = {(line.vendor_number, canonical_number(line.number)) for line in lines}
    return {
        (one.vendor_number, canonical_number(one.number), one.issue_date)
        for one in posted
        if (one.vendor_number, canonical_number(one.number)) in with_lines
    }


def _own_invoiced(
    connection: Connection, row: Row[Any], vendors: list[str], in_finance: set[_Identity]
) -> tuple[tuple[KnownInvoice, ...], tuple[PostedLine, ...]]:
    """Our other invoices as if they were posted. An exact duplicate invoices nothing: its original already did."""
    invoices: list[KnownInvoice] = []
    lines: list[PostedLine] = []
    of_vendors = invoice.c.vendor_number.in_(vendors)
    for other in [*earlier(connection, row, of_vendors), *_faster(connection, row, of_vendors)]:
        if (
            other.match is None
            or not other.number
            or not other.issue_date
            or _is_duplicate(records.findings_of(other.check_findings))
        ):
            continue
        stated = records.document_of(other).invoice
        if stated is None or _identity(other) in in_finance:
            continue
        invoices.append(known_invoice(other))
        lines += _as_posted(other, stated, Match.model_validate_json(other.match))
    return tuple(invoices), tuple(lines)


def _identity(row: Row[Any]) -> _Identity:
    return row.vendor_number, canonical_number(row.number), date.fromisoformat(row.issue_date)


def _faster(connection: Connection, row: Row[Any], condition: Any) -> list[Row[Any]]:
    """Invoices that arrived later and yet were settled, or are about to be. One that waits for a person has to stand back."""
    after = or_(invoice.c.arrival > row.arrival, and_(invoice.c.arrival == row.arrival, invoice.c.id > row.id))
    states = (*SETTLED, *UNDER_WAY)
    query = select(invoice).where(condition, after, invoice.c.id != row.id, invoice.c.state.in_(states))
    return list(connection.execute(query.order_by(invoice.c.arrival, invoice.c.id)))


def _is_duplicate(found: list[Finding]) -> bool:
    return any(finding.code == "FRAUD-DUPLICATE" for finding in found)


def _as_posted(row: Row[Any], stated: Invoice, match: Match) -> list[PostedLine]:
    """Our match as posted lines: per order line what fell to it, in the unit of the order."""
    by_id = {(line.id or str(number)): line for number, line in enumerate(stated.lines, start=1)}
    posted = []
    for number, assigned in enumerate(match.lines, start=1):
        line = by_id.get(assigned.invoice_line)
        amount = assigned.net_amount if assigned.net_amount is not None else line.net_amount if line else None
        if line is None or amount is None or not assigned.purchase_order:
            continue
        in_order_unit = assigned.quantity is not None
        quantity = assigned.quantity if in_order_unit else line.quantity
        posted.append(
            PostedLine(
                vendor_number=row.vendor_number,
                number=row.number,
                line=str(number),
                po_number=assigned.purchase_order,
                po_line=assigned.purchase_order_line,
                delivery_note=line.delivery_note or stated.delivery_note_reference,
                quantity=abs(quantity) if quantity is not None else None,
                unit=None if in_order_unit else line.unit,  # no unit: that of the order line
                net_amount=abs(amount),
                description=line.name,
            )
        )
    return posted
