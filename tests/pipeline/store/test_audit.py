"""Appending to the log: with the change or not at all, in order of time."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from pipeline.clock import FixedClock, iso
from pipeline.desk import Desk
from pipeline.store import audit, merkle
from pipeline.store.tables import audit as log
from pipeline.store.tables import audit_head

NOON = FixedClock("2026-11-25").now()


def test_change_and_event_happen_together_or_not_at_all(desk: Desk) -> None:
    def fail_after_writing() -> None:
        with desk.database.write() as connection:
            audit.append(connection, "x", audit.Event("checked"), NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_writing()
    with desk.database.read() as connection:
        assert audit.head(connection) == (0, merkle.EMPTY_ROOT)
        assert connection.scalar(select(audit_head.c.size)) is None


@pytest.mark.parametrize(
    ("back", "kept"),
    [
        pytest.param(timedelta(milliseconds=999), NOON, id="a step of a clock that is kept right"),
        pytest.param(timedelta(seconds=1), NOON - timedelta(seconds=1), id="set back"),
        pytest.param(timedelta(days=-1), NOON + timedelta(days=1), id="forwards"),
    ],
)
def test_a_small_step_back_is_smoothed(desk: Desk, back: timedelta, kept) -> None:  # type: ignore[no-untyped-def]
    with desk.database.write() as connection:
        audit.append(connection, "x", audit.Event("checked"), NOON)
        audit.append(connection, "y", audit.Event("checked"), NOON - back)
        assert connection.scalars(select(log.c.time).order_by(log.c.index)).all() == [iso(NOON), iso(kept)]


def test_the_stored_tree_has_the_root_of_the_head(desk: Desk) -> None:
    with desk.database.write() as connection:
        for number in range(600):
            audit.append(connection, f"i{number % 7}", audit.Event("checked"), NOON)
        size, root = audit.head(connection)
        assert merkle.root_at(audit.StoredTree(connection), size) == root
