"""The policy decides; this stage hands it everything, keeps its answer, and holds the business duplicate lock."""

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

import validators
from pipeline.desk import Desk
from pipeline.rematching import judge_again
from pipeline.store import facts, importing, records
from pipeline.store.audit import Event
from pipeline.store.jobs import Job
from pipeline.store.tables import invoice
from pipeline.transaction import Transaction, Write
from schemas.decision import Decision, Verdict
from schemas.finding import Finding, error
from schemas.invoice import CREDIT_NOTES
from schemas.matching import Match
from schemas.posting import Posting


def decide(job: Job, desk: Desk) -> Write:
    with desk.database.read() as connection:
        row = records.get_invoice(connection, job.item)
        document = records.document_of(row)
        company = facts.company_of(connection, row.company_code)
        limits = facts.approval_limits(connection)
        holder = _holder(connection, row)
    findings = records.all_findings(row)
    late = _late_duplicate(row, holder, findings)
    match = Match.model_validate_json(row.match) if row.match else None
    verdict = validators.decide(
        document,
        [*findings, *late],
        match,
        Posting.model_validate_json(row.posting) if row.posting else None,
        company=company,
        limits=limits,
        has_order=bool(match and any(line.purchase_order for line in match.lines)),
        score_threshold=desk.settings.policy.score_threshold,
    )
    duplicate = holder is not None or any(f.code == "FRAUD-DUPLICATE" for f in findings)

    def write(transaction: Transaction) -> None:
        counts = verdict.decision in (Decision.APPROVED, Decision.REVIEW, Decision.BLOCKED) and not duplicate
        values: dict[str, Any] = {"payable_key": _payable_key(row) if counts else None}
        if late:
            values["check_findings"] = records.findings_json([*records.findings_of(row.check_findings), *late])
        keep_verdict(transaction, row, verdict, **values)
        if verdict.decision is Decision.APPROVED:
            transaction.queue(row.id, "export", row.arrival, row.vendor_number)
        elif verdict.decision in (Decision.REVIEW, Decision.BLOCKED) and row.master_version < importing.version(
            transaction.connection
        ):
            judge_again(transaction, row, "identify", "master data changed while it was being judged")

    return write


def keep_verdict(transaction: Transaction, row: Row[Any], verdict: Verdict, **values: Any) -> None:
    """Decision, state and event, for the policy's answer and for a person's."""
    records.set_invoice(
        transaction.connection,
        row.id,
        transaction.now,
        state=verdict.decision.value,
        decision=verdict.decision.value,
        verdict=verdict.model_dump_json(),
        **values,
    )
    transaction.note(row.id, Event("decided", after=verdict.as_json(), before={"state": row.state}))


def _payable_key(row: Row[Any]) -> str | None:
    """Company, vendor, invoice or credit note, normalised number, year of issue: at most one payable invoice holds it."""
    if not (row.company_code and row.vendor_number and row.number_key and row.issue_date):
        return None
    side = "credit" if row.type_code in CREDIT_NOTES or row.kind == "credit-note" else "invoice"
    return "|".join((row.company_code, row.vendor_number, side, row.number_key, str(date.fromisoformat(row.issue_date).year)))


def _holder(connection: Connection, row: Row[Any]) -> Row[Any] | None:
    """Another invoice that already holds the lock, for example one that was decided while this one was being checked."""
    key = _payable_key(row)
    if key is None:
        return None
    return connection.execute(select(invoice).where(invoice.c.payable_key == key, invoice.c.id != row.id)).first()


def _late_duplicate(row: Row[Any], holder: Row[Any] | None, findings: list[Finding]) -> list[Finding]:
    if holder is None or any(f.code == "FRAUD-DUPLICATE" for f in findings):
        return []
    words = f"invoice {row.number} of vendor {row.vendor_number} is already there as {holder.file} (id {holder.id})"
    return [error("FRAUD-DUPLICATE", "number", words, stated=row.number, expected="a number not used before")]
