"""See the exports arrive: read each one back, and hand it to the push target where one is set.

What people corrected on the page is learnt here, for the supplier's next document: the undo time is over, and the values are approved.
Without a push target the finance system pulls; the invoice stays ``approved`` until it is acknowledged (CONTRACT section 7).
A target that cannot be reached or gave no answer is asked again later, for as long as it takes: that never quarantines an invoice.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, Select, delete, func, select, update

import exporters
from exporters.booking import key_of
from pipeline.clock import iso
from pipeline.desk import Desk
from pipeline.learning import keep_lesson, lesson_of
from pipeline.outbox import FolderTarget, HttpTarget, Outcome, Parcel, Target, hand_over
from pipeline.stages.decide import keep_verdict
from pipeline.store import acts, effects, records, tables
from pipeline.store.audit import Event
from pipeline.store.blobs import BlobMissing
from pipeline.store.jobs import Job
from pipeline.store.tables import audit, job
from pipeline.transaction import Transaction, Write
from schemas.decision import Decision, Verdict
from schemas.finding import error
from schemas.invoice import CREDIT_NOTES

BACKOFF = tuple(timedelta(seconds=n) for n in (5, 30, 300, 3600))
BY_HTTP = "sap-odata"


def confirm(taken: Job, desk: Desk) -> Write:
    with desk.database.read() as connection:
        row = records.get_invoice(connection, taken.item)
        exports = records.exports_of(connection, row.id)
    signed = desk.notary.checkpoint()  # approval and export stand under a signed head before anybody gets them
    head = {"size": str(signed.size), "root": signed.root}
    for one in exports:
        if not desk.exports.is_intact(one.sha256):
            raise BlobMissing(f"export {one.format} of {row.file} is damaged on disk")
    lesson = lesson_of(desk, row)
    names = [{"format": one.format, "sha256": one.sha256, "file": one.file_name} for one in exports]
    ways = list(_ways(desk, exports))
    if not ways:

        def write(transaction: Transaction) -> None:
            keep_lesson(transaction, row, lesson)
            transaction.note(row.id, Event("ready-for-pull", after={"exports": names, "checkpoint": head}))

        return write
    outcomes = _hand_over(desk, row, ways)
    if not outcomes:  # taken back at this moment
        return lambda _: None
    name, last = next(reversed(outcomes.items()))
    if last.state == effects.REJECTED:
        return _refused(row, name, last)
    if last.state != effects.CONFIRMED:
        return _later(row, name, last)

    def settle(transaction: Transaction) -> None:
        keep_lesson(transaction, row, lesson)
        sent = [one.id for one, *_ in ways]
        transaction.connection.execute(update(tables.export).where(tables.export.c.id.in_(sent)).values(state=effects.CONFIRMED))
        records.set_invoice(transaction.connection, row.id, transaction.now, state="exported")
        targets = ",".join(dict.fromkeys(target.partition("/")[0] for target in outcomes))
        transaction.note(row.id, Event("handed-over", after={"exports": names, "target": targets, "checkpoint": head}))
        for outcome in outcomes.values():
            _close(transaction, row, outcome)

    return settle


def _ways(desk: Desk, exports: list[Row[Any]]) -> Iterator[tuple[Row[Any], str, Target]]:
    """Which export goes where. What books goes first: a refusal there comes before anybody else has a file."""
    http, folder = desk.settings.export.http, desk.settings.export.folder
    for one in sorted(exports, key=lambda one: (one.format != BY_HTTP, one.format)):
        if http.url and one.format == BY_HTTP:
            yield one, f"http/{one.format}", HttpTarget(http, desk.settings.sap.client)
        elif folder is not None:
            yield one, f"folder/{one.format}", FolderTarget(folder, exporters.FORMATS[one.format].prefix)


def _hand_over(desk: Desk, row: Row[Any], ways: list[tuple[Row[Any], str, Target]]) -> dict[str, Outcome]:
    """By the name of the target, up to the first that did not take it."""
    outcomes: dict[str, Outcome] = {}
    for one, name, target in ways:
        parcel = Parcel(_key(row, name), one.sha256, one.file_name, desk.exports.get(one.sha256))
        if not _mark(desk, one, "handed-over"):
            return {}
        outcomes[name] = hand_over(desk, row.id, name, target, parcel)
        if outcomes[name].state == effects.PREPARED:
            _mark(desk, one, "written", fetched=False)
        if outcomes[name].state != effects.CONFIRMED:
            break
    return outcomes


def _mark(desk: Desk, one: Row[Any], state: str, fetched: bool = True) -> bool:
    """What somebody may have cannot be taken back here: the approval can be undone only while nothing left us.

    ``False`` when the export is not there any more.
    """
    with desk.database.write() as connection:
        at = (one.fetched_at or iso(desk.clock.now())) if fetched else one.fetched_at
        change = update(tables.export).where(tables.export.c.id == one.id).values(state=state, fetched_at=at)
        return bool(connection.execute(change).rowcount)


def _key(row: Row[Any], target: str) -> str:
    """Where no vendor is known the invoice stands for itself: two suppliers may use one number."""
    is_credit = row.type_code in CREDIT_NOTES or row.kind == "credit-note"
    year = date.fromisoformat(row.issue_date).year if row.issue_date else 0
    return key_of(row.company_code or "", row.vendor_number or row.id, is_credit, row.number or row.id, year, target)


def _later(row: Row[Any], name: str, last: Outcome) -> Write:
    """Tell it once, and come back: after 5 seconds, 30, 5 minutes, then every hour."""
    event = "hand-over-unknown" if last.state == effects.UNKNOWN else "hand-over-waiting"

    def write(transaction: Transaction) -> None:
        if transaction.connection.scalar(_last_event(row.id)) != event:
            transaction.note(row.id, Event(event, after={"target": name}, reason=last.reason[:500]))
        tries = transaction.connection.scalar(_tries(row.id)) or 1
        wait = BACKOFF[min(tries, len(BACKOFF)) - 1]
        transaction.queue(row.id, "confirm", row.arrival, row.vendor_number, delay=wait)

    return write


def _last_event(invoice_id: str) -> Select[str]:
    return select(audit.c.type).where(audit.c.item == invoice_id).order_by(audit.c.sequence.desc()).limit(1)


def _tries(invoice_id: str) -> Select[int]:
    return select(func.count()).select_from(job).where(job.c.item == invoice_id, job.c.stage == "confirm")


def _refused(row: Row[Any], name: str, last: Outcome) -> Write:
    """A person decides. The files are taken back, so that corrected ones can be written; their hashes stay in the trail."""

    def write(transaction: Transaction) -> None:
        connection = transaction.connection
        transaction.note(row.id, Event("hand-over-rejected", after={"target": name}, reason=last.reason[:500]))
        taken_back = [{"format": one.format, "document": one.sha256} for one in records.exports_of(connection, row.id)]
        connection.execute(delete(tables.export).where(tables.export.c.invoice_id == row.id))
        transaction.note(row.id, Event("export-withdrawn", before=taken_back))
        words = f"{name} refused it: {last.reason}"
        verdict = Verdict(decision=Decision.REVIEW, reasons=[words], proposal="correct")
        findings = records.findings_json([*records.findings_of(row.export_findings), error("EXPORT-RULES", "", words)])
        keep_verdict(transaction, row, verdict, export_findings=findings)

    return write


def _close(transaction: Transaction, row: Row[Any], outcome: Outcome) -> None:
    """The finance system said as which number it booked: that closes the trail."""
    if outcome.receipt is None or not outcome.receipt.number:
        return
    said = {"number": outcome.receipt.number, "year": outcome.receipt.year, "system": "http"}
    connection = transaction.connection
    if any(one.kind == "acknowledge" for one in acts.standing(connection, row.id)):
        return
    acts.add(connection, row.id, "acknowledge", said, actor="system", role="system", now=transaction.now)
    transaction.note(row.id, Event("acknowledged", after=said))
    records.set_invoice(connection, row.id, transaction.now, state="acknowledged")
