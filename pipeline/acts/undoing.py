"""The last act taken back. Both stay in the trail."""

import json

from sqlalchemy import Row, delete, select

from pipeline.acts.errors import NotNow
from pipeline.acts.letters import withdraw_letters
from pipeline.acts.person import WAITING, Act, Done, Person, acting
from pipeline.clock import queue_time
from pipeline.desk import Desk
from pipeline.store import acts, jobs, records
from pipeline.store.records import columns_of
from pipeline.store.tables import export
from schemas import Document

STATES = (*WAITING, "rejected", "approved")
JUDGED_FROM = {
    "correct": "identify",
    "confirm-bank": "identify",
    "reject": "identify",
    "assign-lines": "match",
    "assign-accounts": "enrich",
}


def undo(desk: Desk, invoice_id: str, person: Person, *, version: int | None = None) -> Done:
    """Take back the last act about this invoice, whoever did it. An approval only while nobody has fetched the e-invoice."""

    def do(act: Act) -> None:
        standing = [row for row in acts.standing(act.connection, act.row.id) if row.kind != "acknowledge"]
        if not standing:
            raise NotNow("There is nothing to undo.")
        last = standing[-1]
        if act.row.state == "approved":
            _withdraw_exports(act)
        acts.undo(act.connection, last.id, act.person.actor, act.transaction.now)
        act.note("undone", after={"kind": last.kind, "by": last.actor}, before=json.loads(last.data))
        if last.kind == "reject":
            withdraw_letters(act)
        values = _restored(act, last)
        state = {"state": "review", "decision": "review"} if act.row.state in ("rejected", "approved") else {}
        records.set_invoice(act.connection, act.row.id, act.transaction.now, **values, **state)
        if last.kind not in ("postpone", "ask-buyer"):
            act.judge_from(JUDGED_FROM.get(last.kind, "decide"))

    return acting(desk, invoice_id, person, do, version=version, states=STATES)


def _restored(act: Act, last: Row) -> dict[str, object]:  # type: ignore[type-arg]
    if last.kind == "correct":
        return columns_of(Document.model_validate_json(last.before))
    if last.kind == "postpone":
        return {"postponed_until": None}
    if last.kind == "confirm-bank":
        acts.retract_iban(act.connection, act.row.vendor_number, json.loads(last.data)["iban"])
    return {}


def _withdraw_exports(act: Act) -> None:
    """What nobody has taken yet is taken back; its hash stays in the trail."""
    rows = act.connection.execute(select(export).where(export.c.invoice_id == act.row.id)).all()
    if any(row.fetched_at is not None or row.state == "confirmed" for row in rows):
        raise NotNow("The e-invoice was handed over already: ask the finance system to reverse it.")
    for stage in ("export", "confirm"):
        jobs.withdraw(act.connection, act.row.id, stage, queue_time())
    act.connection.execute(delete(export).where(export.c.invoice_id == act.row.id))
    if rows:
        act.note("export-withdrawn", before=[{"format": row.format, "document": row.sha256} for row in rows])
