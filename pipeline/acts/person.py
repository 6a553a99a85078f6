"""Who acts, and the frame of every act."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, select

from pipeline.acts.errors import ChangedMeanwhile, NoSuchInvoice, NotNow, Unusable
from pipeline.desk import Desk
from pipeline.running import perform
from pipeline.store import acts, jobs
from pipeline.store.audit import Event
from pipeline.store.tables import invoice
from pipeline.transaction import Transaction

WAITING = ("review", "blocked")
MAX_REASON = 2000


@dataclass(frozen=True)
class Person:
    actor: str
    role: str


@dataclass
class Act:
    """One act under way: the invoice as it stands, and the transaction it writes to."""

    desk: Desk
    transaction: Transaction
    row: Row[Any]
    person: Person
    reason: str | None = None
    kept: list[str] = field(default_factory=list)

    @property
    def connection(self) -> Connection:
        return self.transaction.connection

    def keep(self, kind: str, data: Mapping[str, Any], *, sensitive: bool = False, before: str | None = None) -> None:
        """Write the act down, so that the stages can read it and somebody can undo it."""
        identifier = acts.add(
            self.connection,
            self.row.id,
            kind,
            data,
            actor=self.person.actor,
            role=self.person.role,
            now=self.transaction.now,
            reason=self.reason,
            sensitive=sensitive,
            before=before,
        )
        self.kept.append(identifier)

    def note(self, type: str, after: Any = None, before: Any = None) -> None:
        event = Event(type, after=after, before=before, reason=self.reason, actor=self.person.actor, role=self.person.role)
        self.transaction.note(self.row.id, event)

    def judge_from(self, stage: str) -> None:
        self.transaction.queue(self.row.id, stage, self.row.arrival, self.row.vendor_number)


@dataclass(frozen=True)
class Done:
    """``act``: id of what was kept, ``None`` where there was nothing to keep; ``version`` of the invoice afterwards."""

    act: str | None
    version: int


def acting(
    desk: Desk,
    invoice_id: str,
    person: Person,
    do: Callable[[Act], None],
    *,
    reason: str | None = None,
    needs_reason: bool = False,
    version: int | None = None,
    states: Collection[str] = WAITING,
) -> Done:
    """Do one act in one transaction, then let the machine judge at once what it can. Raises ``ActRefused``; nothing changed then.

    ``version``: what the person saw; another one now is ``ChangedMeanwhile``. ``None``: does not matter.
    """
    stated = _reason(reason, needs_reason)
    with desk.database.write() as connection:
        row = connection.execute(select(invoice).where(invoice.c.id == invoice_id)).first()
        if row is None:
            raise NoSuchInvoice("There is no such invoice.")
        if version is not None and row.version != version:
            raise ChangedMeanwhile("The invoice was changed meanwhile: look at it again.")
        if row.state not in states:
            raise NotNow(f"The invoice is {row.state}; this can be done while it is {' or '.join(states)}.")
        if jobs.is_at_work(connection, row.id):
            raise NotNow("The invoice is being judged right now: try again in a moment.")
        act = Act(desk, Transaction(connection, desk.clock.now()), row, person, stated)
        do(act)
        _touch(act)
    carry_on(desk, act.transaction.queued)
    desk.notary.checkpoint()  # what a person is told to be done cannot vanish from the log unnoticed
    with desk.database.read() as connection:
        after = connection.execute(select(invoice.c.version).where(invoice.c.id == invoice_id)).one()
    return Done(act.kept[-1] if act.kept else None, after.version)


def _touch(act: Act) -> None:
    """Every act moves the version on, also one that changes no column, so that a stale view is noticed."""
    from pipeline.store import records

    records.set_invoice(act.connection, act.row.id, act.transaction.now)


def _reason(reason: str | None, needed: bool) -> str | None:
    text = (reason or "").strip()
    if needed and not text:
        raise Unusable(["reason: is missing; say why in a few words"])
    if len(text) > MAX_REASON:
        raise Unusable([f"reason: at most {MAX_REASON} characters"])
    return text or None


def carry_on(desk: Desk, queued: list[str]) -> None:
    """Work on what the act made due, here and now, so that the person sees the outcome. Workers would do the same."""
    for identifier in queued:
        following = perform(desk, identifier)
        while following:
            following = [later for one in following for later in perform(desk, one)]
