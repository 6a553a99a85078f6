"""What happens to an item whose stage failed too often: it is quarantined with its reason, and a person is shown it."""

from sqlalchemy import select

from pipeline.stages.documents import add_documents, unreadable
from pipeline.store import records
from pipeline.store.audit import Event
from pipeline.store.jobs import Job
from pipeline.store.tables import invoice
from pipeline.transaction import Transaction, Write
from schemas.decision import Decision, Verdict
from schemas.finding import error


def give_up(job: Job, reason: str) -> Write:
    """Quarantine the item of a job, whichever kind it is. Nothing is deleted: originals, rows and events stay."""

    def write(transaction: Transaction) -> None:
        row = transaction.connection.execute(select(invoice).where(invoice.c.id == job.item)).first()
        words = f"stage {job.stage} failed {job.attempts} times: {reason}"
        transaction.note(job.item, Event("quarantined", after={"stage": job.stage, "attempts": str(job.attempts)}, reason=reason))
        if row is None:
            received = records.get_received(transaction.connection, job.item)
            add_documents(transaction, received, 0, [unreadable("READ-CORRUPT", words)])
            return
        finding = error("READ-CORRUPT", "", words)
        records.set_invoice(
            transaction.connection,
            row.id,
            transaction.now,
            state="quarantined",
            decision=Decision.QUARANTINED.value,
            payable_key=None,
            export_findings=records.findings_json([*records.findings_of(row.export_findings), finding]),
            verdict=Verdict(decision=Decision.QUARANTINED, reasons=[words]).model_dump_json(),
        )

    return write
