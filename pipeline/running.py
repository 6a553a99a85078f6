"""Runs one job: claim, work, and one fenced transaction at the end. The same for every stage, worker and test."""

import logging
import os
import socket
import threading
from datetime import datetime, timedelta

from sqlalchemy import Connection

from pipeline.clock import queue_time
from pipeline.desk import Desk
from pipeline.stages import STAGES, give_up
from pipeline.store import importing, jobs
from pipeline.store.turns import StaleFacts
from pipeline.transaction import Transaction, Write

log = logging.getLogger("belegfluss")

RESTING_ON_MASTER_DATA = frozenset({"identify", "check", "match", "enrich", "decide"})
UNBLOCKING = frozenset({"unpack", "extract", "identify", "decide"})


def owner_name() -> str:
    """Who holds a lease: host, process and thread."""
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"


def perform(desk: Desk, job_id: str, patient: bool = True) -> list[str]:
    """Work on one job if it can be claimed; the ids of the jobs that come next. Safe to call any number of times.

    ``patient``: a failed job waits before it is tried again; a synchronous run tries at once.
    """
    owner = owner_name()
    lease = timedelta(seconds=desk.settings.queue.lease_seconds)
    with desk.database.write() as connection:
        job = jobs.claim(connection, job_id, owner, queue_time(), lease)
        known = importing.version(connection)
    if job is None:
        return []
    try:
        write = STAGES[job.stage](job, desk)
        return _finish(desk, job, write, known)
    except StaleFacts:
        return _give_back(desk, job)
    except Exception as problem:
        log.exception("stage %s failed for %s (attempt %s)", job.stage, job.item, job.attempts)
        return _fail(desk, job, f"{type(problem).__name__}: {problem}"[:1000], patient)


def _finish(desk: Desk, job: jobs.Job, write: Write, known: int) -> list[str]:
    with desk.database.write() as connection:
        if not jobs.holds(connection, job):
            return []  # the lease was lost; whoever has it now does the work
        if job.stage in RESTING_ON_MASTER_DATA and importing.version(connection) != known:
            raise StaleFacts
        transaction = Transaction(connection, desk.clock.now())
        write(transaction)
        jobs.finish(connection, job, queue_time())
    return transaction.queued


def _give_back(desk: Desk, job: jobs.Job) -> list[str]:
    with desk.database.write() as connection:
        if not jobs.holds(connection, job):
            return []
        jobs.give_back(connection, job)
    return [job.id]


def _fail(desk: Desk, job: jobs.Job, error: str, patient: bool) -> list[str]:
    with desk.database.write() as connection:
        if not jobs.holds(connection, job):
            return []
        transaction = Transaction(connection, desk.clock.now())
        if job.attempts >= desk.settings.queue.attempts:
            jobs.quarantine(connection, job, error, queue_time())
            give_up(job, error)(transaction)
        else:
            jobs.postpone(connection, job, error, queue_time(), patient)
    return transaction.queued


def sweep(desk: Desk) -> list[str]:
    """Release leases of dead workers, quarantine poison, and name the jobs whose bell was not heard, oldest first."""
    now = queue_time()
    with desk.database.write() as connection:
        return _clean_up(desk, connection, now) + jobs.unheard(connection, now)


def _clean_up(desk: Desk, connection: Connection, now: datetime) -> list[str]:
    jobs.release_expired(connection, now)
    transaction = Transaction(connection, desk.clock.now())
    for job in jobs.exhausted(connection, desk.settings.queue.attempts):
        error = f"given up after {job.attempts} attempts that ended the worker or its lease"
        jobs.quarantine(connection, job, error, now)
        give_up(job, error)(transaction)
    return transaction.queued


def unblocked_by(desk: Desk, stage: str) -> list[str]:
    """Jobs that may go on because this stage ended: checks wait for earlier documents of their vendor."""
    if stage not in UNBLOCKING:
        return []
    with desk.database.read() as connection:
        return jobs.unblocked(connection, queue_time())


def drain(desk: Desk) -> None:
    """Synchronously: work until nothing can be done now. For ``process`` and tests; needs no broker."""
    while True:
        now = queue_time()
        with desk.database.write() as connection:
            ready = _clean_up(desk, connection, now) + jobs.waiting(connection, now)
        if not ready:
            return
        for job_id in ready:
            following = perform(desk, job_id, patient=False)
            while following:
                following = [later for one in following for later in perform(desk, one, patient=False)]
