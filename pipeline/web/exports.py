"""E-invoices given out: those the pipeline wrote, and further formats made when somebody asks for them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, insert, select, update

import exporters
from pipeline.clock import iso
from pipeline.desk import Desk
from pipeline.exporting import NotWritten, booking_facts, write_export
from pipeline.stages.export import export_row
from pipeline.store import facts, records, tables
from pipeline.store.audit import Event
from pipeline.transaction import Transaction
from pipeline.web.problems import NotUsable
from schemas.matching import Match
from schemas.posting import Posting


def choose(written: Sequence[Row[Any]], name: str) -> Row[Any] | None:
    """The export of this format; without a name an e-invoice before a booking."""
    if name:
        return next((one for one in written if one.format == name), None)
    return min(written, key=lambda one: exporters.FORMATS[one.format].books, default=None)


def write_further(desk: Desk, row: Row[Any], name: str) -> Row[Any]:
    """A format that was not configured, written, judged and kept like the others. Raises ``NotUsable`` with the reasons."""
    if name not in exporters.FORMATS:
        raise NotUsable(f"There is no format {name!r}.", known=sorted(exporters.FORMATS))
    with desk.database.read() as connection:
        source = records.get_received(connection, row.received_id)
        vendor = facts.vendor_of(connection, row.vendor_number)
        company = facts.company_of(connection, row.company_code)
        match = Match.model_validate_json(row.match) if row.match else None
        booked_by = booking_facts(connection, row.company_code, match)
    try:
        written = write_export(
            desk,
            name,
            records.document_of(row),
            source_sha256=row.sha256,
            source_media=source.media or "",
            seller=vendor,
            buyer=company,
            posting=Posting.model_validate_json(row.posting) if row.posting else None,
            match=match,
            facts=booked_by,
        )
    except NotWritten as problem:
        reasons = [finding.message for finding in problem.findings]
        raise NotUsable(f"{name} cannot be written for this invoice.", reasons=reasons) from problem
    sha256 = desk.exports.put(written.data)
    with desk.database.write() as connection:
        transaction = Transaction(connection, desk.clock.now())
        known = _find(connection, row.id, name)
        if known is not None:  # somebody else asked at the same time
            return known
        connection.execute(insert(tables.export).values(**export_row(row.id, written, sha256, transaction.now)))
        after = {
            "format": name,
            "document": sha256,
            "bytes": str(len(written.data)),
            "judged_by": written.judged_by,
            "not_carried": written.not_carried,
        }
        transaction.note(row.id, Event("export-written", after=after | {"from_master_data": written.from_master}))
        found = _find(connection, row.id, name)
    assert found is not None
    return found


def _find(connection: Any, invoice_id: str, name: str) -> Row[Any] | None:
    table = tables.export
    found: Row[Any] | None = connection.execute(
        select(table).where(table.c.invoice_id == invoice_id, table.c.format == name)
    ).first()
    return found


def mark_fetched(desk: Desk, one: Row[Any], actor: str) -> None:
    """The finance system has it: from now on an approval cannot be taken back here."""
    if one.fetched_at is not None:
        return
    with desk.database.write() as connection:
        transaction = Transaction(connection, desk.clock.now())
        table = tables.export
        first = update(table).where(table.c.id == one.id, table.c.fetched_at.is_(None)).values(fetched_at=iso(transaction.now))
        if connection.execute(first).rowcount:
            after = {"format": one.format, "document": one.sha256}
            transaction.note(one.invoice_id, Event("fetched", after=after, actor=actor, role="machine"))
    desk.notary.checkpoint()
