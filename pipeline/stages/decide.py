"""The policy decides; this stage hands it everything, keeps its answer, and holds the business duplicate lock."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

import validators
from pipeline.desk import Desk
from pipeline.rematching import judge_again
from pipeline.store import acts, facts, importing, records
from pipeline.store.audit import Event
from pipeline.store.jobs import Job
from pipeline.store.tables import invoice
from pipeline.transaction import Transaction, Write
from schemas.choices import Choices, DismissedFinding
from schemas.decision import Decision, Verdict
from schemas.finding import Finding, error
from schemas.invoice import CREDIT_NOTES
from schemas.matching import Match
from schemas.posting import Posting


def decide(job: Job, desk: Desk) -> Write:
    with desk.database.read() as connection:
        row = records.get_invoice(connection, job.item)
        choices = acts.choices_of(connection, row.id)
        by_people = bool(acts.standing(connection, row.id))
        late = _late_duplicate(row, _holder(connection, row), records.all_findings(row))
        verdict = verdict_on(connection, desk, row, choices)
    duplicate = bool(late) or _counts_as_duplicate(row, choices)

    def write(transaction: Transaction) -> None:
        counts = verdict.decision in (Decision.APPROVED, Decision.REVIEW, Decision.BLOCKED) and not duplicate
        values: dict[str, Any] = {"payable_key": _payable_key(row) if counts else None}
        if row.export_findings:
            kept = [finding for finding in records.findings_of(row.export_findings) if not _is_of_last_export(finding)]
            values["export_findings"] = records.findings_json(kept)
        if late:
            values["check_findings"] = records.findings_json([*records.findings_of(row.check_findings), *late])
        keep_verdict(transaction, row, verdict, **values)
        if verdict.decision is Decision.APPROVED:
            pause = timedelta(seconds=desk.settings.policy.undo_seconds if by_people else 0)
            transaction.queue(row.id, "export", row.arrival, row.vendor_number, pause)
        elif _is_overtaken(transaction, row, verdict):
            judge_again(transaction, row, "identify", "master data changed while it was being judged")

    return write


def _is_of_last_export(finding: Finding) -> bool:
    """What an earlier try to export found: the next try says it again where it is still so."""
    return finding.code.startswith("EXPORT-")


def verdict_on(connection: Connection, desk: Desk, row: Row[Any], choices: Choices) -> Verdict:
    """What the policy says about an invoice as it stands, with these choices of people."""
    findings = [finding for finding in records.all_findings(row) if not _is_of_last_export(finding)]
    match = Match.model_validate_json(row.match) if row.match else None
    return validators.decide(
        records.document_of(row),
        [*findings, *_late_duplicate(row, _holder(connection, row), findings)],
        match,
        Posting.model_validate_json(row.posting) if row.posting else None,
        company=facts.company_of(connection, row.company_code),
        limits=facts.approval_limits(connection),
        has_order=bool(match and any(line.purchase_order for line in match.lines)),
        score_threshold=desk.settings.policy.score_threshold,
        choices=choices,
    )


def _counts_as_duplicate(row: Row[Any], choices: Choices) -> bool:
    found = [DismissedFinding.of(f) for f in records.all_findings(row) if f.code == "FRAUD-DUPLICATE"]
    return any(one not in choices.dismissed for one in found)


def _is_overtaken(transaction: Transaction, row: Row[Any], verdict: Verdict) -> bool:
    """It waits on the ground of facts that have changed since: nobody would judge it again by itself."""
    waits = verdict.decision in (Decision.REVIEW, Decision.BLOCKED)
    return waits and row.identity is not None and row.master_version < importing.version(transaction.connection)


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
