"""``convert`` to a format of a finance system: the document goes through every stage first, and only if approved is it written."""

from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

from pipeline.desk import Desk
from pipeline.exporting import NotWritten, booking_facts, write_export
from pipeline.receiving import receive
from pipeline.running import drain
from pipeline.settings import Export, Settings
from pipeline.store import facts, records, tables
from pipeline.store.importing import import_folder
from schemas import Document, Kind
from schemas.decision import Decision, Verdict
from schemas.finding import Finding, error
from schemas.matching import Match
from schemas.posting import Posting

CARRIER = "en16931-cii"
"""Invoice JSON goes through the stages as this e-invoice."""


def without_exports(settings: Settings) -> Settings:
    """Settings under which the stages write nothing but the invoice itself: the one format asked for is written afterwards."""
    return settings.model_copy(update={"export": Export(formats=("json",))})


def book(
    desk: Desk, file: Path, data: bytes, stated: Document | None, to: str, master: Path | None
) -> tuple[bytes | None, list[Finding]]:
    """Bytes of the format, or the findings that say why there are none. ``stated`` is what invoice JSON says."""
    if master is None:
        return None, [error("EXPORT-RULES", "", f"{to} needs accounts and tax codes: give the master data with --master")]
    name = file.name
    if stated is not None:
        try:
            data = write_export(desk, CARRIER, stated, source_sha256=None, source_media="json").data
        except NotWritten as problem:
            return None, problem.findings
        name = f"{file.stem}.xml"
    with desk.database.write() as connection:
        import_folder(connection, master, desk.clock.now())
    receive(desk, data, name, "cli")
    drain(desk)
    with desk.database.read() as connection:
        rows = connection.execute(select(tables.invoice).order_by(tables.invoice.c.arrival)).all()
    payable = [row for row in rows if Kind(row.kind).is_payable]
    if len(payable) > 1:
        return None, [error("READ-UNSURE", "", f"{len(payable)} invoices in one file; split it first")]
    if not payable:
        findings = [finding for row in rows for finding in records.all_findings(row)]
        return None, findings or [error("READ-NOT-INVOICE", "", f"{file.name} is no invoice")]
    return _write(desk, payable[0], to)


def _write(desk: Desk, row: Row[Any], to: str) -> tuple[bytes | None, list[Finding]]:
    if row.decision != Decision.APPROVED.value:
        reasons = Verdict.model_validate_json(row.verdict).reasons if row.verdict else []
        message = f"{to} is written for approved invoices only; this is {row.decision}: {'; '.join(reasons)}"
        return None, [*records.all_findings(row), error("EXPORT-RULES", "", message)]
    match = Match.model_validate_json(row.match) if row.match else None
    with desk.database.read() as connection:
        source = records.get_received(connection, row.received_id)
        vendor = facts.vendor_of(connection, row.vendor_number)
        company = facts.company_of(connection, row.company_code)
        booked_by = booking_facts(connection, row.company_code, match)
    try:
        written = write_export(
            desk,
            to,
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
        return None, problem.findings
    return written.data, written.notes
