"""What somebody with full rights on the database can do to the log, also one who knows how it is made.

Careless attacks change rows. Thorough ones write the whole log anew (``rehash``): indexes, chains, hashes, tree, head; signed
heads they cannot make are deleted. None of them touches a file outside the database.
"""

import json
from collections.abc import Callable
from typing import Any

import rfc8785
from sqlalchemy import Connection, delete, insert, select, update

from pipeline.clock import FixedClock
from pipeline.desk import Desk
from pipeline.store import audit, merkle
from pipeline.store.tables import audit as log
from pipeline.store.tables import audit_head, audit_node, checkpoint

Story = list[dict[str, Any]]
NOON = FixedClock("2026-11-25").now()


def write_log(desk: Desk, count: int = 12, first: int = 0) -> None:
    """Entries of three invoices, each with content of its own."""
    with desk.database.write() as connection:
        for number in range(first, first + count):
            audit.append(connection, f"invoice-{number % 3}", audit.Event("checked", after={"n": str(number)}), NOON)


def story(connection: Connection) -> Story:
    return [json.loads(body) for body in connection.scalars(select(log.c.body).order_by(log.c.index))]


def rehash(connection: Connection, events: Story) -> None:
    """The log as if nothing else had ever been in it."""
    for table in (log, audit_head, audit_node, checkpoint):
        connection.execute(delete(table))
    chains: dict[str | None, tuple[int, str]] = {}
    frontier = list[bytes]()
    for index, event in enumerate(events):
        sequence, previous = chains.get(event["item"], (-1, None))
        body = rfc8785.dumps(event | {"index": index, "sequence": sequence + 1, "previous": previous})
        leaf = merkle.leaf_hash(body)
        chains[event["item"]] = (sequence + 1, leaf.hex())
        columns = {name: event[name] for name in ("time", "item", "type", "actor")}
        connection.execute(
            insert(log).values(index=index, sequence=sequence + 1, previous=previous, body=body, hash=leaf.hex(), **columns)
        )
        frontier, full = merkle.grow(index, frontier, leaf)
        for node in full:
            connection.execute(insert(audit_node).values(level=node.level, position=node.position, hash=node.hash.hex()))
    tops = json.dumps([h.hex() for h in frontier])
    connection.execute(insert(audit_head).values(id=1, size=len(events), frontier=tops, root=merkle.root(frontier)))


def rewrite(connection: Connection, index: int, **changes: Any) -> None:
    """Other bytes in one row, with the hash that belongs to them."""
    event = json.loads(connection.scalar(select(log.c.body).where(log.c.index == index)) or b"") | changes
    body = rfc8785.dumps(event)
    connection.execute(update(log).where(log.c.index == index).values(body=body, hash=merkle.leaf_hash(body).hex()))


def thorough(change: Callable[[Story], Story]) -> Callable[[Connection], None]:
    return lambda connection: rehash(connection, change(story(connection)))


def edited(events: Story, index: int) -> Story:
    return [event | {"after": {"n": "forged"}} if n == index else event for n, event in enumerate(events)]


def moved(events: Story, index: int, to: int) -> Story:
    rest = [event for n, event in enumerate(events) if n != index]
    return [*rest[:to], events[index], *rest[to:]]


def extended(events: Story, index: int, item: str = "invoice-1") -> Story:
    return [*events[:index], events[index - 1] | {"item": item, "after": {"n": "invented"}}, *events[index:]]


def swap_rows(connection: Connection, one: int, other: int) -> None:
    rows = {row._mapping["index"]: row for row in connection.execute(select(log))}
    connection.execute(delete(log).where(log.c.index.in_((one, other))))
    for index, source in ((one, other), (other, one)):
        connection.execute(insert(log).values(rows[source]._asdict() | {"index": index}))


def add_row(connection: Connection) -> None:
    row = connection.execute(select(log).order_by(log.c.index.desc()).limit(1)).one()._asdict()
    place = {"index": row["index"] + 1, "sequence": row["sequence"] + 1, "previous": row["hash"]}
    body = rfc8785.dumps(json.loads(row["body"]) | place)
    connection.execute(insert(log).values(row | place | {"body": body, "hash": merkle.leaf_hash(body).hex()}))


def cut_head(connection: Connection, size: int) -> None:
    """The tail cut, and the head, nodes and signed heads made to fit."""
    rehash(connection, story(connection)[:size])
