"""Life after the first try: what waits for a person is judged again by itself when the facts about it change.

A receipt arrives, a price is changed, a vendor is entered, an invoice that held a quantity is rejected: the invoices that wait
and could be concerned run again from the first stage that looks at what has changed.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, exists, select, update

from pipeline.store import importing, master
from pipeline.store.audit import Event
from pipeline.store.importing import FileChange
from pipeline.store.order_facts import WAITING, sharing_orders
from pipeline.store.tables import invoice, job
from pipeline.transaction import Transaction
from schemas import master as rows
from schemas.matching import Match
from validators.matching import number_key

STAGES_IN_ORDER = ("identify", "check", "match", "enrich", "decide")

STAGE_OF_FILE = {
    "companies": "identify",
    "vendors": "identify",
    "vendor_banks": "identify",
    "posted_invoices": "check",
    "employees": "check",
    "sanctions": "check",
    "purchase_orders": "match",
    "unit_conversions": "match",
    "goods_receipts": "match",
    "stock": "match",
    "tolerances": "match",
    "posted_lines": "match",
    "gl_accounts": "enrich",
    "cost_objects": "enrich",
    "tax_codes": "enrich",
    "account_rules": "enrich",
    "approval_limits": "decide",
    "export_keys": "decide",
}
"""The first stage that looks at a file. What comes after it runs again too."""


def after_import(transaction: Transaction, changes: Mapping[str, FileChange]) -> int:
    """Queue what waits and could be concerned; how many invoices. Call in the transaction of the import."""
    touched = {file: change.touched for file, change in changes.items() if change.touched}
    if not touched:
        return 0
    connection = transaction.connection
    concerned: dict[str, tuple[Row[Any], set[str]]] = {}
    waiting = _waiting(connection)
    for file, records in touched.items():
        vendors = _vendors_of(connection, records) if file in _OF_ORDERS else None
        for row in waiting:
            if vendors is None or row.vendor_number is None or row.vendor_number in vendors:
                concerned.setdefault(row.id, (row, set()))[1].add(file)
    reached = importing.version(connection)
    for row, files in concerned.values():
        stage = min((STAGE_OF_FILE[file] for file in files), key=STAGES_IN_ORDER.index)
        judge_again(transaction, row, stage, f"master data changed: {', '.join(sorted(files))}", master_version=reached)
    return len(concerned)


def after_decision(transaction: Transaction, row: Row[Any]) -> int:
    """An invoice stopped counting (rejected): those that may have been held up by it are judged again; how many."""
    match = Match.model_validate_json(row.match) if row.match else None
    others = {one.id: (one, "match") for one in sharing_orders(transaction.connection, row, match)} if match else {}
    for twin in _twins(transaction.connection, row):
        others[twin.id] = (twin, "check")
    for other, stage in others.values():
        judge_again(transaction, other, stage, f"invoice {row.number} ({row.id}) no longer counts")
    return len(others)


def after_match(transaction: Transaction, row: Row[Any], match: Match) -> int:
    """An invoice took its place before later ones that wait: they are matched again, with what is left; how many."""
    later = [
        other for other in sharing_orders(transaction.connection, row, match) if (other.arrival, other.id) > (row.arrival, row.id)
    ]
    for other in later:
        judge_again(transaction, other, "match", f"invoice {row.number} ({row.id}) arrived before it")
    return len(later)


def judge_again(transaction: Transaction, row: Row[Any], stage: str, why: str, **values: Any) -> None:
    """Queue an invoice from this stage on, with the reason in its trail; ``values`` are columns to set."""
    if values:
        transaction.connection.execute(update(invoice).where(invoice.c.id == row.id).values(**values))
    transaction.note(row.id, Event("judged-again", after={"stage": stage}, reason=why))
    transaction.queue(row.id, stage, row.arrival, row.vendor_number)


_OF_ORDERS = frozenset({"purchase_orders", "goods_receipts", "posted_lines", "posted_invoices"})
"""Files whose rows lead to a vendor, so that other vendors' invoices need not run again."""


def _vendors_of(connection: Connection, records: Iterable[rows.Row]) -> set[str]:
    vendors: set[str] = set()
    orders: set[str] = set()
    for record in records:
        if isinstance(record, rows.GoodsReceipt):
            orders.add(record.po_number)
        elif isinstance(record, rows.PurchaseOrderLine | rows.PostedLine | rows.PostedInvoice):
            vendors.add(record.vendor_number)
    wanted = [("po_number", number_key(order)) for order in sorted(orders)]
    vendors |= {line.vendor_number for line in master.find(connection, "purchase_orders", rows.PurchaseOrderLine, wanted)}
    return vendors


def _waiting(connection: Connection) -> list[Row[Any]]:
    """Invoices that wait for a person and on which no job is at work."""
    at_work = exists().where(job.c.item == invoice.c.id, job.c.state.in_(("ready", "run")))
    query = select(invoice).where(invoice.c.state.in_(WAITING), ~at_work)
    return list(connection.execute(query.order_by(invoice.c.arrival, invoice.c.id)))


def _twins(connection: Connection, row: Row[Any]) -> list[Row[Any]]:
    """Invoices that wait and look like this one: the same bytes, or the same number of the same vendor."""
    same_number = (invoice.c.number_key == row.number_key) & (invoice.c.vendor_number == row.vendor_number)
    alike = invoice.c.sha256 == row.sha256
    if row.number_key and row.vendor_number:
        alike = alike | same_number
    return list(connection.execute(select(invoice).where(alike, invoice.c.id != row.id, invoice.c.state.in_(WAITING))))
