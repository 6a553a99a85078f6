"""Write the e-invoices of an approved invoice. What fails its own rules is never written as an export."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert

from pipeline.desk import Desk
from pipeline.exporting import NotWritten, Written, booking_facts, write_export
from pipeline.ids import new_id
from pipeline.stages.decide import keep_verdict
from pipeline.store import facts, records, tables
from pipeline.store.audit import Event
from pipeline.store.jobs import Job
from pipeline.transaction import Transaction, Write
from schemas.decision import Decision, Verdict
from schemas.finding import Finding, error
from schemas.matching import Match
from schemas.posting import Posting


@dataclass(frozen=True)
class _Stored:
    written: Written
    sha256: str


def export(job: Job, desk: Desk) -> Write:
    with desk.database.read() as connection:
        row = records.get_invoice(connection, job.item)
        source = records.get_received(connection, row.received_id)
        vendor = facts.vendor_of(connection, row.vendor_number)
        company = facts.company_of(connection, row.company_code)
        match = Match.model_validate_json(row.match) if row.match else None
        booked_by = booking_facts(connection, row.company_code, match)
    document = records.document_of(row)
    stored: list[_Stored] = []
    problems: list[Finding] = []
    for name in desk.settings.export.formats:
        try:
            written = write_export(
                desk,
                name,
                document,
                source_sha256=row.sha256,
                source_media=source.media or "",
                seller=vendor,
                buyer=company,
                posting=Posting.model_validate_json(row.posting) if row.posting else None,
                match=match,
                facts=booked_by,
            )
            stored.append(_Stored(written, desk.exports.put(written.data)))
        except NotWritten as problem:
            problems += problem.findings
    return _keep(row, stored, problems)


def _keep(row: Row[Any], stored: list[_Stored], problems: list[Finding]) -> Write:
    def write(transaction: Transaction) -> None:
        for one in stored:
            values_of_file = export_row(row.id, one.written, one.sha256, transaction.now)
            transaction.connection.execute(insert(tables.export).values(**values_of_file))
            transaction.note(
                row.id,
                Event(
                    "export-written",
                    after={
                        "format": one.written.format,
                        "document": one.sha256,
                        "bytes": str(len(one.written.data)),
                        "from_master_data": one.written.from_master,
                        "judged_by": one.written.judged_by,
                        "not_carried": one.written.not_carried,
                    },
                ),
            )
        if problems:
            transaction.note(row.id, Event("export-refused", after={"findings": [f.as_json() for f in problems]}))
        values = {"export_findings": records.findings_json(problems)} if problems else {}
        if stored:
            if values:
                records.set_invoice(transaction.connection, row.id, transaction.now, **values)
            transaction.queue(row.id, "confirm", row.arrival, row.vendor_number)
            return
        reasons = ["no configured export format can be written", *(f.message for f in problems[:2])]
        none_left = [error("EXPORT-RULES", "", "no configured export format can be written")] if not problems else []
        values["export_findings"] = records.findings_json([*problems, *none_left])
        keep_verdict(transaction, row, Verdict(decision=Decision.REVIEW, reasons=reasons, proposal="correct"), **values)

    return write


def export_row(invoice_id: str, written: Written, sha256: str, now: datetime) -> dict[str, Any]:
    """The columns of ``export`` for a file that was written."""
    return {
        "id": new_id(),
        "invoice_id": invoice_id,
        "format": written.format,
        "sha256": sha256,
        "size": len(written.data),
        "media_type": written.media_type,
        "file_name": written.file_name,
        "from_master": json.dumps(written.from_master),
        "state": "written",
        "created_at": now.isoformat(),
    }
