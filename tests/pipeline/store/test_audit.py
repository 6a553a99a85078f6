"""What a person with full rights on the database may do to the log, and what ``verify`` says of it."""

import json

import pytest
import rfc8785
from sqlalchemy import Connection, delete, insert, select, update

from pipeline.clock import FixedClock
from pipeline.desk import Desk
from pipeline.store import audit, merkle
from pipeline.store.tables import audit as log
from pipeline.store.tables import audit_head

NOON = FixedClock("2026-11-25").now()


def write_log(desk: Desk) -> None:
    with desk.database.write() as connection:
        for number in range(6):
            audit.append(connection, f"invoice-{number % 2}", audit.Event("checked", after={"n": str(number)}), NOON)


def verdict(desk: Desk) -> audit.Verdict:
    with desk.database.read() as connection:
        return audit.verify(connection, lambda _sha256: True)


def body(connection: Connection, index: int) -> dict[str, object]:
    event: dict[str, object] = json.loads(connection.scalar(select(log.c.body).where(log.c.index == index)) or b"")
    return event


def edit(connection: Connection) -> None:
    event = body(connection, 3) | {"after": {"n": "forged"}}
    connection.execute(update(log).where(log.c.index == 3).values(body=rfc8785.dumps(event)))  # type: ignore[arg-type]


def edit_and_rehash(connection: Connection) -> None:
    data = rfc8785.dumps(body(connection, 5) | {"after": {"n": "forged"}})  # type: ignore[arg-type]
    connection.execute(update(log).where(log.c.index == 5).values(body=data, hash=merkle.leaf_hash(data).hex()))


def edit_column(connection: Connection) -> None:
    connection.execute(update(log).where(log.c.index == 2).values(actor="somebody else"))


def delete_one(connection: Connection) -> None:
    connection.execute(delete(log).where(log.c.index == 3))


def cut_tail(connection: Connection) -> None:
    connection.execute(delete(log).where(log.c.index >= 4))


def swap(connection: Connection) -> None:
    rows = {row._mapping["index"]: row for row in connection.execute(select(log))}
    connection.execute(delete(log).where(log.c.index.in_((1, 2))))
    for index, other in ((1, 2), (2, 1)):
        connection.execute(insert(log).values(rows[other]._asdict() | {"index": index}))


def add_one(connection: Connection) -> None:
    row = connection.execute(select(log).where(log.c.index == 5)).one()
    data = rfc8785.dumps(body(connection, 5) | {"index": 6, "sequence": 3, "previous": row.hash})  # type: ignore[arg-type]
    values = row._asdict() | {"index": 6, "sequence": 3, "previous": row.hash, "body": data, "hash": merkle.leaf_hash(data).hex()}
    connection.execute(insert(log).values(values))


def test_an_untouched_log_is_clean(desk: Desk) -> None:
    write_log(desk)
    found = verdict(desk)
    with desk.database.read() as connection:
        assert (found.entries, found.root) == audit.head(connection)
    assert found.ok


@pytest.mark.parametrize(
    ("attack", "index", "kind"),
    [
        (edit, 3, "edited"),
        (edit_and_rehash, 5, "edited"),
        (edit_column, 2, "edited"),
        (delete_one, 3, "deleted"),
        (cut_tail, 4, "truncated"),
        (swap, 1, "reordered"),
        (add_one, 6, "inserted"),
    ],
)
def test_a_changed_log_is_found(desk: Desk, attack, index: int, kind: str) -> None:  # type: ignore[no-untyped-def]
    write_log(desk)
    with desk.database.write() as connection:
        attack(connection)
    assert verdict(desk).first_bad == {"index": index, "kind": kind}


def test_clock_set_back_is_found(desk: Desk) -> None:
    write_log(desk)
    with desk.database.write() as connection:
        audit.append(connection, "invoice-9", audit.Event("checked"), FixedClock("2026-11-24").now())
    assert verdict(desk).first_bad == {"index": 6, "kind": "clock-back"}


def test_a_replaced_original_is_found(desk: Desk) -> None:
    sha256 = desk.originals.put(b"original")
    with desk.database.write() as connection:
        audit.append(connection, "r", audit.Event("received", after={"document": sha256}), NOON)
    path = desk.originals.path(sha256)
    with desk.database.read() as connection:
        assert audit.verify(connection, desk.originals.is_intact).ok
    path.chmod(0o600)
    path.write_bytes(b"forged")
    with desk.database.read() as connection:
        assert audit.verify(connection, desk.originals.is_intact).first_bad == {"index": 0, "kind": "bytes-replaced"}


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
