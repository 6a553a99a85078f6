"""The queue. The database holds it; a broker message is only a bell that says "look at job X".

A claim is compare-and-swap with a lease, and the attempt is counted before the work, so a job that kills its process is
noticed. A job is finished only by the owner of its lease (fencing). Invoices of one vendor are checked in the order in which
they arrived, so that the first of two duplicates is always the first one received, however many workers there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Connection, Update, and_, bindparam, exists, func, insert, or_, select, update

from pipeline.clock import iso
from pipeline.ids import new_id
from pipeline.store.tables import job

READY, RUN, DONE, QUARANTINED = "ready", "run", "done", "quarantined"

BEFORE_IDENTITY = ("intake", "unpack", "extract", "identify")
IN_ORDER = ("check", "match", "enrich", "decide")
ORDER_PATIENCE = timedelta(seconds=60)  # an earlier document that is stuck may delay later ones so long, not longer
UNHEARD_AFTER = timedelta(seconds=2)
BACKOFF = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=5))


@dataclass(frozen=True)
class Job:
    id: str
    item: str
    stage: str
    attempts: int
    arrival: int
    owner: str
    vendor_number: str | None = None


def add(
    connection: Connection,
    item: str,
    stage: str,
    arrival: int,
    now: datetime,
    vendor_number: str | None = None,
    not_before: datetime | None = None,
) -> str:
    """A ready job, in the caller's transaction. A stage that is run again for an item gets a job with the next version."""
    identifier = new_id()
    last = connection.scalar(select(func.max(job.c.version)).where(job.c.item == item, job.c.stage == stage))
    connection.execute(
        insert(job).values(
            id=identifier,
            item=item,
            stage=stage,
            version=1 if last is None else last + 1,
            arrival=arrival,
            vendor_number=vendor_number,
            state=READY,
            attempts=0,
            not_before=iso(not_before) if not_before else None,
            rung_at=iso(now),  # the bell is rung right after the commit
            created_at=iso(now),
        )
    )
    return identifier


def claim(connection: Connection, job_id: str, owner: str, now: datetime, lease: timedelta) -> Job | None:
    """Take one job if it is ready, due and in order; ``None`` otherwise (duplicates of the bell are free)."""
    taken = connection.execute(_claim(), {"job": job_id, "by": owner, "until": iso(now + lease), **_moments(now)})
    if not taken.rowcount:
        return None
    row = connection.execute(select(job).where(job.c.id == job_id)).one()
    return Job(row.id, row.item, row.stage, row.attempts, row.arrival, owner, row.vendor_number)


@cache
def _claim() -> Update:
    """Built once: a claim is the most frequent statement of all."""
    return (
        update(job)
        .where(job.c.id == bindparam("job"), job.c.state == READY, _is_due(), _is_in_order())
        .values(state=RUN, owner=bindparam("by"), lease_until=bindparam("until"), attempts=job.c.attempts + 1)
    )


def holds(connection: Connection, held: Job) -> bool:
    """Whether the owner still has the lease (fencing): a worker that lost it must not write."""
    return bool(
        connection.scalar(
            select(func.count()).select_from(job).where(job.c.id == held.id, job.c.owner == held.owner, job.c.state == RUN)
        )
    )


def is_at_work(connection: Connection, item: str) -> bool:
    """Whether a worker has a job of this item right now, or could take one at once."""
    at_once = and_(job.c.state == READY, job.c.not_before.is_(None))
    found = select(func.count()).select_from(job).where(job.c.item == item, or_(job.c.state == RUN, at_once))
    return bool(connection.scalar(found))


def withdraw(connection: Connection, item: str, stage: str, now: datetime) -> int:
    """Jobs of a stage that nobody has begun are not to be done any more; how many."""
    waiting = update(job).where(job.c.item == item, job.c.stage == stage, job.c.state == READY)
    return connection.execute(waiting.values(state=DONE, error="withdrawn", finished_at=iso(now))).rowcount


def finish(connection: Connection, held: Job, now: datetime) -> None:
    connection.execute(
        update(job).where(job.c.id == held.id).values(state=DONE, owner=None, lease_until=None, error=None, finished_at=iso(now))
    )


def postpone(connection: Connection, held: Job, error: str, now: datetime, patient: bool = True) -> None:
    """Give a failed job back, to be tried again later."""
    wait = BACKOFF[min(held.attempts, len(BACKOFF)) - 1] if patient else timedelta(0)
    connection.execute(
        update(job)
        .where(job.c.id == held.id)
        .values(state=READY, owner=None, lease_until=None, not_before=iso(now + wait), error=error)
    )


def give_back(connection: Connection, held: Job) -> None:
    """A job whose facts were overtaken: ready at once, and the attempt does not count, for nothing failed."""
    connection.execute(
        update(job).where(job.c.id == held.id).values(state=READY, owner=None, lease_until=None, attempts=held.attempts - 1)
    )


def quarantine(connection: Connection, held: Job, error: str, now: datetime) -> None:
    connection.execute(
        update(job)
        .where(job.c.id == held.id)
        .values(state=QUARANTINED, owner=None, lease_until=None, error=error, finished_at=iso(now))
    )


def waiting(connection: Connection, now: datetime, limit: int = 100) -> list[str]:
    """Ids of jobs that could be claimed now, in order of arrival."""
    rows = connection.execute(
        select(job.c.id)
        .where(job.c.state == READY, _is_due(), _is_in_order())
        .order_by(job.c.arrival, job.c.created_at)
        .limit(limit),
        _moments(now),
    )
    return [row.id for row in rows]


def unheard(connection: Connection, now: datetime, limit: int = 100) -> list[str]:
    """What the sweeper rings for: jobs that could be claimed, whose last bell is a while ago. Marks them as rung."""
    rows = connection.execute(
        select(job.c.id)
        .where(
            job.c.state == READY,
            or_(job.c.rung_at.is_(None), job.c.rung_at < iso(now - UNHEARD_AFTER)),
            _is_due(),
            _is_in_order(),
        )
        .order_by(job.c.arrival, job.c.created_at)
        .limit(limit),
        _moments(now),
    )
    found = [row.id for row in rows]
    if found:
        connection.execute(update(job).where(job.c.id.in_(found)).values(rung_at=iso(now)))
    return found


def unblocked(connection: Connection, now: datetime, limit: int = 4) -> list[str]:
    """Checks that waited for earlier documents and need wait no longer."""
    rows = connection.execute(
        select(job.c.id)
        .where(job.c.state == READY, job.c.stage == "check", _is_due(), _is_in_order())
        .order_by(job.c.arrival)
        .limit(limit),
        _moments(now),
    )
    return [row.id for row in rows]


def release_expired(connection: Connection, now: datetime) -> int:
    """Jobs whose worker is gone become ready again; their attempt stays counted."""
    return connection.execute(
        update(job).where(job.c.state == RUN, job.c.lease_until < iso(now)).values(state=READY, owner=None, lease_until=None)
    ).rowcount


def release_all(connection: Connection) -> int:
    """At the start of an embedded instance every lease is dead: the lock on the home proves that nobody else works here."""
    return connection.execute(update(job).where(job.c.state == RUN).values(state=READY, owner=None, lease_until=None)).rowcount


def exhausted(connection: Connection, attempts: int) -> Sequence[Job]:
    """Ready jobs that have used up their attempts (each counted before the work): poison that killed its process."""
    rows = connection.execute(select(job).where(job.c.state == READY, job.c.attempts >= attempts))
    return [Job(row.id, row.item, row.stage, row.attempts, row.arrival, "", row.vendor_number) for row in rows]


def open_count(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(job).where(job.c.state.in_((READY, RUN)))) or 0


def oldest_waiting(connection: Connection) -> str | None:
    oldest: str | None = connection.scalar(select(func.min(job.c.created_at)).where(job.c.state == READY))
    return oldest


def counts(connection: Connection) -> dict[str, dict[str, int]]:
    """Per stage how many jobs are ready, running and failed."""
    stages: dict[str, dict[str, int]] = {}
    rows = connection.execute(select(job.c.stage, job.c.state, func.count().label("n")).group_by(job.c.stage, job.c.state))
    for row in rows:
        per_stage = stages.setdefault(row.stage, {"ready": 0, "running": 0, "failed": 0, "done": 0})
        per_stage[{READY: "ready", RUN: "running", DONE: "done", QUARANTINED: "failed"}[row.state]] += row.n
    return stages


def _moments(now: datetime) -> dict[str, str]:
    """Values of the parameters that ``_is_due`` and ``_is_in_order`` leave open."""
    return {"now": iso(now), "patience": iso(now - ORDER_PATIENCE)}


def _is_due() -> ColumnElement[bool]:
    return or_(job.c.not_before.is_(None), job.c.not_before <= bindparam("now"))


def _is_in_order() -> ColumnElement[bool]:
    """True unless something received earlier could still turn out to concern the same vendor."""
    earlier = job.alias("earlier")
    blocks = and_(
        earlier.c.arrival < job.c.arrival,
        earlier.c.state.in_((READY, RUN)),
        earlier.c.created_at > bindparam("patience"),
        or_(
            earlier.c.stage.in_(BEFORE_IDENTITY),
            and_(earlier.c.stage.in_(IN_ORDER), earlier.c.vendor_number == job.c.vendor_number),
        ),
    )
    return or_(job.c.stage != "check", ~exists().where(blocks))


def stage_of(connection: Connection, job_id: str) -> str | None:
    """The stage of a job that is ready; ``None`` when it is taken or done."""
    stage: str | None = connection.scalar(select(job.c.stage).where(job.c.id == job_id, job.c.state == READY))
    return stage
