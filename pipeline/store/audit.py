"""The audit log: append only, in the same transaction as the change it tells of.

An event is RFC 8785 canonical JSON, stored as exactly the bytes that were hashed. Each item (invoice or received thing) has
its own chain (``previous``), all events together one RFC 6962 Merkle tree. A write transaction is exclusive, so indexes have
no gaps and follow the order of commits. If we crash before the commit neither the change nor the event exists.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785
from sqlalchemy import Connection, func, insert, select, update

from pipeline.clock import iso
from pipeline.store import merkle
from pipeline.store.tables import audit, audit_head, audit_node
from schemas.audit import AuditEntry

FORMAT_VERSION = 1


@dataclass(frozen=True)
class Event:
    """What happened, before it has a place in the log. ``before``/``after`` are JSON values with amounts as strings."""

    type: str
    after: Any = None
    before: Any = None
    reason: str | None = None
    actor: str = "system"
    role: str = "system"


def append(connection: Connection, item: str | None, event: Event, now: datetime) -> str:
    """Add one event inside the caller's write transaction; its hash in hex."""
    head = connection.execute(select(audit_head.c.size, audit_head.c.frontier)).first()
    size = head.size if head else 0
    frontier = [bytes.fromhex(h) for h in json.loads(head.frontier)] if head else []
    last = connection.execute(
        select(audit.c.sequence, audit.c.hash).where(audit.c.item == item).order_by(audit.c.sequence.desc()).limit(1)
    ).first()
    sequence, previous = (last.sequence + 1, last.hash) if last else (0, None)
    body = rfc8785.dumps(
        {
            "v": FORMAT_VERSION,
            "index": size,
            "item": item,
            "sequence": sequence,
            "previous": previous,
            "time": iso(now),
            "actor": event.actor,
            "role": event.role,
            "type": event.type,
            "before": event.before,
            "after": event.after,
            "reason": event.reason,
        }
    )
    leaf = merkle.leaf_hash(body)
    frontier, full = merkle.grow(size, frontier, leaf)
    connection.execute(
        insert(audit).values(
            index=size,
            time=iso(now),
            item=item,
            sequence=sequence,
            type=event.type,
            actor=event.actor,
            body=body,
            hash=leaf.hex(),
            previous=previous,
        )
    )
    for node in full:
        connection.execute(insert(audit_node).values(level=node.level, position=node.position, hash=node.hash.hex()))
    values = {"size": size + 1, "frontier": json.dumps([h.hex() for h in frontier]), "root": merkle.root(frontier)}
    if head:
        connection.execute(update(audit_head).values(**values))
    else:
        connection.execute(insert(audit_head).values(id=1, **values))
    return leaf.hex()


def entries(connection: Connection, items: list[str]) -> list[AuditEntry]:
    """The trail of some items, oldest first."""
    rows = connection.execute(select(audit.c.body, audit.c.hash).where(audit.c.item.in_(items)).order_by(audit.c.index))
    return [_entry(row.body, row.hash) for row in rows]


def count(connection: Connection, items: list[str]) -> int:
    """How many entries tell of these items. Looks into none of them, so a damaged entry does no harm here."""
    return connection.scalar(select(func.count()).select_from(audit).where(audit.c.item.in_(items))) or 0


def head(connection: Connection) -> tuple[int, str]:
    """Number of entries and Merkle root."""
    row = connection.execute(select(audit_head.c.size, audit_head.c.root)).first()
    return (row.size, row.root) if row else (0, merkle.EMPTY_ROOT)


class StoredTree:
    """The tree as the tables hold it. A kept node that is missing is made from what lies below it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[int, int, int], list[bytes]] = {}

    def hashes(self, level: int, first: int, count: int) -> list[bytes]:
        """As ``merkle.Tree``. Raises ``LookupError`` where entries are missing."""
        key = (level, first, count)
        if key not in self._known:
            self._known[key] = self._leaves(first, count) if level == 0 else self._nodes(level, first, count)
        return self._known[key]

    def _leaves(self, first: int, count: int) -> list[bytes]:
        rows = self._connection.scalars(
            select(audit.c.hash).where(audit.c.index >= first, audit.c.index < first + count).order_by(audit.c.index)
        ).all()
        if len(rows) != count:
            raise LookupError(f"entries are missing between {first} and {first + count}")
        return [bytes.fromhex(one) for one in rows]

    def _nodes(self, level: int, first: int, count: int) -> list[bytes]:
        rows = self._connection.execute(
            select(audit_node.c.position, audit_node.c.hash).where(
                audit_node.c.level == level, audit_node.c.position >= first, audit_node.c.position < first + count
            )
        )
        found = {row.position: bytes.fromhex(row.hash) for row in rows}
        for position in range(first, first + count):
            if position not in found:
                found[position] = merkle.fold(self.hashes(level - 1, position * merkle.WIDTH, merkle.WIDTH))
        return [found[position] for position in range(first, first + count)]


def _entry(body: bytes, digest: str) -> AuditEntry:
    event = json.loads(body)
    names = ("index", "time", "actor", "role", "type", "before", "after", "reason", "previous")
    return AuditEntry(**{name: event[name] for name in names}, invoice=event["item"], hash=digest)


@dataclass(frozen=True)
class Verdict:
    """Outcome of ``verify``: the first bad entry and what kind of change it shows, or none."""

    entries: int
    root: str
    first_bad: dict[str, Any] | None = None

    @property
    def ok(self) -> bool:
        return self.first_bad is None

    def as_json(self) -> dict[str, Any]:
        return {"ok": self.ok, "entries": self.entries, "root": self.root, "first_bad": self.first_bad}


def verify(connection: Connection, blob_is_intact: Callable[[str], bool]) -> Verdict:
    """Recompute every hash, chain and the tree; look at every stored document. Reads the log once, in order.

    Stops at the first bad entry: what stands behind it proves nothing. Never raises for what somebody wrote into the tables.
    """
    size, frontier = 0, list[bytes]()
    chains: dict[str | None, tuple[int, str]] = {}
    stated_size, stated_root = head(connection)
    last_time = ""
    for row in connection.execute(select(audit).order_by(audit.c.index)):
        try:
            bad = _judge(row, size, chains, last_time) or _judge_documents(row, blob_is_intact)
        except (ValueError, TypeError, KeyError):  # no canonical event any more
            bad = {"index": row.index, "kind": "edited"}
        if bad:
            return Verdict(stated_size, stated_root, bad)
        last_time = row.time
        chains[row.item] = (row.sequence, row.hash)
        frontier = merkle.append(size, frontier, bytes.fromhex(row.hash))
        size += 1
    computed = merkle.root(frontier)
    if size < stated_size:
        return Verdict(size, computed, {"index": size, "kind": "truncated"})
    if size > stated_size:
        return Verdict(size, computed, {"index": stated_size, "kind": "inserted"})
    if computed != stated_root:
        return Verdict(size, computed, {"index": size - 1, "kind": "edited"})
    return Verdict(size, computed)


def _judge(row: Any, expected_index: int, chains: dict[str | None, tuple[int, str]], last_time: str) -> dict[str, Any] | None:
    """The first thing wrong with one row, given everything before it."""
    if row.index != expected_index:
        return {"index": expected_index, "kind": "deleted" if row.index > expected_index else "inserted"}
    if merkle.leaf_hash(row.body).hex() != row.hash:
        return {"index": row.index, "kind": "edited"}
    event = json.loads(row.body)
    if event["index"] != row.index:
        return {"index": row.index, "kind": "reordered"}
    columns = (row.time, row.item, row.sequence, row.type, row.actor, row.previous)
    if columns != (event["time"], event["item"], event["sequence"], event["type"], event["actor"], event["previous"]):
        return {"index": row.index, "kind": "edited"}
    expected = chains.get(row.item, (-1, None))
    if (row.sequence - 1, row.previous) != expected:
        return {"index": row.index, "kind": "deleted" if row.sequence - 1 > expected[0] else "inserted"}
    if row.time < last_time:
        return {"index": row.index, "kind": "clock-back"}
    return None


def _judge_documents(row: Any, blob_is_intact: Callable[[str], bool]) -> dict[str, Any] | None:
    for sha256 in _documents(json.loads(row.body)["after"]):
        if not blob_is_intact(sha256):
            return {"index": row.index, "kind": "bytes-replaced"}
    return None


def _documents(after: Any) -> Iterator[str]:
    """Hashes of stored files that an event vouches for, under the key ``document``."""
    if isinstance(after, dict):
        named = after.get("document")
        if isinstance(named, str):
            yield named
        for value in after.values():
            yield from _documents(value)
    elif isinstance(after, list):
        for value in after:
            yield from _documents(value)


def digest(value: Any) -> str:
    """SHA-256 of the canonical form of a JSON value, for events that refer to large records instead of repeating them."""
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()
