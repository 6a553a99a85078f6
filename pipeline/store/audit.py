"""The audit log: append only, in the same transaction as the change it tells of.

An event is RFC 8785 canonical JSON, stored as exactly the bytes that were hashed. Each item (invoice or received thing) has
its own chain (``previous``), all events together one RFC 6962 Merkle tree. A write transaction is exclusive, so indexes have
no gaps and follow the order of commits. If we crash before the commit neither the change nor the event exists.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import rfc8785
from sqlalchemy import Connection, bindparam, func, insert, select, update

from pipeline.clock import iso
from pipeline.store import merkle
from pipeline.store.tables import audit, audit_head, audit_node
from schemas.audit import AuditEntry

FORMAT_VERSION = 1
CLOCK_STEP = timedelta(seconds=1)  # a clock that is kept right goes back a little now and then; further back is for ``verify``


@dataclass(frozen=True)
class Event:
    """What happened, before it has a place in the log. ``before``/``after`` are JSON values with amounts as strings."""

    type: str
    after: Any = None
    before: Any = None
    reason: str | None = None
    actor: str = "system"
    role: str = "system"


# Made once: building a statement takes longer than running it.
_HEAD = select(audit_head.c.size, audit_head.c.frontier)
_LATEST = select(audit.c.sequence, audit.c.hash).order_by(audit.c.sequence.desc()).limit(1)
_LATEST_OF_ITEM = _LATEST.where(audit.c.item == bindparam("item"))
_LATEST_OF_NONE = _LATEST.where(audit.c.item.is_(None))
_TIME_AT = select(audit.c.time).where(audit.c.index == bindparam("place"))
_LEAVES = select(audit.c.index, audit.c.hash).where(audit.c.index >= bindparam("low"), audit.c.index < bindparam("high"))
_NODES = select(audit_node.c.position, audit_node.c.hash).where(
    audit_node.c.level == bindparam("level"), audit_node.c.position >= bindparam("low"), audit_node.c.position < bindparam("high")
)
_ADD, _ADD_NODE, _SET_HEAD, _ADD_HEAD = insert(audit), insert(audit_node), update(audit_head), insert(audit_head)


def append(connection: Connection, item: str | None, event: Event, now: datetime) -> str:
    """Add one event inside the caller's write transaction; its hash in hex."""
    head = connection.execute(_HEAD).first()
    size = head.size if head else 0
    frontier = [bytes.fromhex(h) for h in json.loads(head.frontier)] if head else []
    latest = connection.execute(_LATEST_OF_NONE) if item is None else connection.execute(_LATEST_OF_ITEM, {"item": item})
    last = latest.first()
    sequence, previous = (last.sequence + 1, last.hash) if last else (0, None)
    time = _not_before(connection, size, iso(now))
    place = {"index": size, "item": item, "sequence": sequence, "previous": previous, "time": time}
    told = {"actor": event.actor, "role": event.role, "type": event.type}
    changed = {"before": event.before, "after": event.after, "reason": event.reason}
    body = rfc8785.dumps({"v": FORMAT_VERSION, **place, **told, **changed})
    leaf = merkle.leaf_hash(body)
    frontier, full = merkle.grow(size, frontier, leaf)
    columns = {**place, "type": event.type, "actor": event.actor}
    connection.execute(_ADD, {**columns, "body": body, "hash": leaf.hex()})
    for node in full:
        connection.execute(_ADD_NODE, {"level": node.level, "position": node.position, "hash": node.hash.hex()})
    values = {"size": size + 1, "frontier": json.dumps([h.hex() for h in frontier]), "root": merkle.root(frontier)}
    connection.execute(*((_SET_HEAD, values) if head else (_ADD_HEAD, {"id": 1, **values})))
    return leaf.hex()


def _not_before(connection: Connection, size: int, time: str) -> str:
    """``time``, or that of the entry before where the clock has just been put back by less than ``CLOCK_STEP``."""
    before = connection.scalar(_TIME_AT, {"place": size - 1}) if size else None
    if before is None or time >= before:
        return time
    return before if datetime.fromisoformat(before) - datetime.fromisoformat(time) < CLOCK_STEP else time


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
    """The tree as the tables hold it, read 256 hashes at a time. A kept node that is missing is made from what lies below it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tiles: dict[tuple[int, int], dict[int, bytes]] = {}

    def hashes(self, level: int, first: int, count: int) -> list[bytes]:
        """As ``merkle.Tree``. Raises ``LookupError`` where entries are missing."""
        return [self._hash(level, position) for position in range(first, first + count)]

    def _hash(self, level: int, position: int) -> bytes:
        tile = self._tile(level, position // merkle.WIDTH)
        if position not in tile:
            if level == 0:
                raise LookupError(f"entry {position} is missing")
            tile[position] = merkle.fold(self.hashes(level - 1, position * merkle.WIDTH, merkle.WIDTH))
        return tile[position]

    def _tile(self, level: int, number: int) -> dict[int, bytes]:
        if (level, number) not in self._tiles:
            span = {"low": number * merkle.WIDTH, "high": (number + 1) * merkle.WIDTH}
            query, values = (_LEAVES, span) if level == 0 else (_NODES, span | {"level": level})
            self._tiles[level, number] = {
                place: bytes.fromhex(digest) for place, digest in self._connection.execute(query, values)
            }
        return self._tiles[level, number]


def _entry(body: bytes, digest: str) -> AuditEntry:
    event = json.loads(body)
    names = ("index", "time", "actor", "role", "type", "before", "after", "reason", "previous")
    return AuditEntry(**{name: event[name] for name in names}, invoice=event["item"], hash=digest)


def digest(value: Any) -> str:
    """SHA-256 of the canonical form of a JSON value, for events that refer to large records instead of repeating them."""
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()
