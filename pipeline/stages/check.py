"""Form, completeness and fraud: findings, never repairs."""

import validators
from pipeline.desk import Desk
from pipeline.store import facts, records
from pipeline.store.audit import Event
from pipeline.store.jobs import Job
from pipeline.transaction import Transaction, Write


def check(job: Job, desk: Desk) -> Write:
    with desk.database.read() as connection:
        row = records.get_invoice(connection, job.item)
        document = records.document_of(row)
        assert document.invoice is not None, "only invoices are checked"
        known = facts.checks(connection, row, document.invoice, desk.clock.today())
    findings = validators.check(document, known)

    def write(transaction: Transaction) -> None:
        records.set_invoice(
            transaction.connection, row.id, transaction.now, state="checked", check_findings=records.findings_json(findings)
        )
        transaction.note(row.id, Event("checked", after={"findings": [f.as_json() for f in findings]}))
        transaction.queue(row.id, "match", row.arrival, row.vendor_number)

    return write
