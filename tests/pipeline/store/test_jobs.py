"""The queue: one owner, fenced ends, counted attempts, order of arrival per vendor."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from pipeline.clock import FixedClock
from pipeline.desk import Desk
from pipeline.store import jobs

NOW = FixedClock("2026-11-25").now()
LEASE = timedelta(seconds=60)


def claim(desk: Desk, job_id: str, owner: str = "one", now=NOW) -> jobs.Job | None:  # type: ignore[no-untyped-def]
    with desk.database.write() as connection:
        return jobs.claim(connection, job_id, owner, now, LEASE)


def add(connection: Connection, stage: str, arrival: int, vendor: str | None = None) -> str:
    return jobs.add(connection, f"item-{arrival}", stage, arrival, NOW, vendor)


def test_only_one_claims(desk: Desk) -> None:
    with desk.database.write() as connection:
        job_id = add(connection, "check", 1)
    first = claim(desk, job_id)
    assert first is not None
    assert first.attempts == 1
    assert claim(desk, job_id, "two") is None


def test_an_expired_lease_is_taken_over_and_the_old_owner_is_fenced(desk: Desk) -> None:
    with desk.database.write() as connection:
        job_id = add(connection, "check", 1)
    first = claim(desk, job_id)
    assert first is not None
    later = NOW + LEASE + timedelta(seconds=1)
    with desk.database.write() as connection:
        assert jobs.release_expired(connection, NOW) == 0
        assert jobs.release_expired(connection, later) == 1
    second = claim(desk, job_id, "two", later)
    assert second is not None
    assert second.attempts == 2
    with desk.database.read() as connection:
        assert not jobs.holds(connection, first)
        assert jobs.holds(connection, second)


def test_a_postponed_job_waits_its_time(desk: Desk) -> None:
    with desk.database.write() as connection:
        job_id = add(connection, "check", 1)
    held = claim(desk, job_id)
    assert held is not None
    with desk.database.write() as connection:
        jobs.postpone(connection, held, "SAP away", NOW)
        assert jobs.waiting(connection, NOW) == []
        assert jobs.waiting(connection, NOW + timedelta(seconds=5)) == [job_id]
    assert claim(desk, job_id) is None


@pytest.mark.parametrize(
    ("earlier_stage", "earlier_vendor", "waits"),
    [
        ("extract", None, True),  # could turn out to be of the same vendor
        ("identify", None, True),
        ("match", "V1", True),  # same vendor, not decided yet
        ("match", "V2", False),  # another vendor
        ("export", "V1", False),  # decided
    ],
)
def test_checks_of_a_vendor_follow_the_order_of_arrival(
    desk: Desk, earlier_stage: str, earlier_vendor: str | None, waits: bool
) -> None:
    with desk.database.write() as connection:
        add(connection, earlier_stage, 1, earlier_vendor)
        later = add(connection, "check", 2, "V1")
    assert (claim(desk, later) is None) == waits


def test_a_stuck_document_does_not_hold_up_the_others_for_ever(desk: Desk) -> None:
    with desk.database.write() as connection:
        add(connection, "extract", 1)
        later = add(connection, "check", 2, "V1")
    assert claim(desk, later, now=NOW + jobs.ORDER_PATIENCE + timedelta(seconds=1)) is not None


def test_exhausted_names_jobs_that_killed_their_workers(desk: Desk) -> None:
    with desk.database.write() as connection:
        job_id = add(connection, "extract", 1)
    for _ in range(3):
        assert claim(desk, job_id) is not None
        with desk.database.write() as connection:
            jobs.release_all(connection)
    with desk.database.read() as connection:
        assert [job.id for job in jobs.exhausted(connection, 3)] == [job_id]
        assert jobs.exhausted(connection, 4) == []
