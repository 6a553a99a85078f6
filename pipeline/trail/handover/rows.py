"""The rows of the hand-over, from the database. Values are text, numbers with decimal point, dates as YYYY-MM-DD; empty: none."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from pipeline.outcome import trail_items
from pipeline.store import acts, queries, records
from pipeline.store.tables import audit, invoice, received
from schemas.audit import AuditEntry
from schemas.invoice import Invoice
from schemas.matching import Match
from schemas.posting import Posting

Record = dict[str, Any]
BATCH = 500


def invoices_of_period(connection: Connection, first: date, last: date) -> list[str]:
    """Ids of the documents whose issue date, or where they have none whose day of receipt, lies in the period."""
    day = func.coalesce(invoice.c.issue_date, func.substr(invoice.c.created_at, 1, 10))
    query = select(invoice.c.id).where(day >= first.isoformat(), day <= last.isoformat())
    return list(connection.scalars(query.order_by(invoice.c.arrival, invoice.c.ordinal)))


def records_of(connection: Connection, identifier: str) -> dict[str, list[Record]]:
    """The rows of one document, by table; its events are in ``event_records``."""
    row = records.get_invoice(connection, identifier)
    stated = records.document_of(row).invoice
    match = Match.model_validate_json(row.match) if row.match else None
    posting = Posting.model_validate_json(row.posting) if row.posting else None
    return {
        "invoices": [_invoice(connection, row, stated, match)],
        "lines": _numbered(row.id, _lines(stated)),
        "matches": _numbered(row.id, _matches(match)),
        "findings": _numbered(row.id, (f.as_json() for f in records.all_findings(row))),
        "postings": _numbered(row.id, _postings(posting)),
    }


def items_of(connection: Connection, identifiers: list[str]) -> set[str]:
    """Everything whose events tell the story of these documents."""
    return {item for one in identifiers for item in trail_items(connection, records.get_invoice(connection, one))}


def event_records(connection: Connection, items: set[str], first: date, last: date) -> Iterator[Record]:
    """Events about some items, whenever they were, and those of the installation itself in the period; in order of the log."""
    until = f"{last.isoformat()}T23:59:59.999Z"
    own = audit.c.item.is_(None) & (audit.c.time >= first.isoformat()) & (audit.c.time <= until)
    query = select(*queries.LOG_COLUMNS).where(or_(audit.c.item.isnot(None), own)).order_by(audit.c.index)
    for row in connection.execution_options(yield_per=BATCH).execute(query):
        if row.item is None or row.item in items:
            yield _event(queries.entry_of(row))


def _event(entry: AuditEntry) -> Record:
    told = entry.as_json()
    for name in ("before", "after"):
        told[name] = None if told[name] is None else json.dumps(told[name], ensure_ascii=False, sort_keys=True)
    return told | {"item": entry.invoice}


def _invoice(connection: Connection, row: Row[Any], stated: Invoice | None, match: Match | None) -> Record:
    source = connection.execute(select(received.c.received_at).where(received.c.id == row.received_id)).one()
    names = ("received_id", "file", "sha256", "kind", "state", "decision", "number", "type_code", "issue_date", "due_date")
    more = ("currency", "seller_name", "seller_vat_id", "iban", "vendor_number", "company_code")
    found: Record = {name: row._mapping[name] for name in (*names, *more)}
    totals = stated.totals if stated else None
    for name in ("line_total", "tax_basis_total", "tax_total", "grand_total", "due_payable"):
        found[name] = getattr(totals, name, None)
    booked = [json.loads(one.data) for one in acts.standing(connection, row.id) if one.kind == "acknowledge"]
    for name in ("number", "year", "system"):
        found[f"booking_{name}"] = booked[-1][name] if booked else None
    return found | {
        "invoice_id": row.id,
        "received_at": source.received_at,
        "delivery_date": stated.delivery_date if stated else None,
        "match_state": match.state.value if match else None,
    }


def _lines(stated: Invoice | None) -> Iterator[Record]:
    for line in stated.lines if stated else ():
        names = (
            "name",
            "seller_item_id",
            "quantity",
            "unit",
            "net_price",
            "price_quantity",
            "net_amount",
            "tax_category",
            "tax_rate",
        )
        yield {name: getattr(line, name) for name in names} | {"line_id": line.id}


def _matches(match: Match | None) -> Iterator[Record]:
    for line in match.lines if match else ():
        yield {
            "invoice_line": line.invoice_line,
            "purchase_order": line.purchase_order,
            "purchase_order_line": line.purchase_order_line,
            "quantity": line.quantity,
            "net_amount": line.net_amount,
            "receipts": " ".join(f"{share.receipt}/{share.line}={number_text(share.quantity)}" for share in line.receipts),
            "exceeded": " ".join(one.key for one in line.variances if one.exceeded),
        }


def _postings(posting: Posting | None) -> Iterator[Record]:
    if posting is None:
        return
    head = {name: getattr(posting, name) for name in ("vendor_number", "company_code", "document_type")}
    names = ("invoice_line", "gl_account", "cost_center", "internal_order", "wbs_element", "asset", "tax_code", "net_amount")
    for line in posting.lines:
        yield head | {name: getattr(line, name) for name in (*names, "source", "because")}


def _numbered(identifier: str, found: Iterator[Record] | Iterator[Mapping[str, Any]]) -> list[Record]:
    return [{"invoice_id": identifier, "position": number, **one} for number, one in enumerate(found, 1)]


def number_text(value: Decimal | int) -> str:
    """Without exponent: ``1E+3`` would be read as text."""
    return format(value, "f") if isinstance(value, Decimal) else str(value)
