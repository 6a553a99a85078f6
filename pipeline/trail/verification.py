"""``audit verify``: is the log what was signed, complete and in order, and are the documents those it names?

Everything is recomputed from the stored bytes: hashes, chains, tree, kept nodes; compared with the signed heads, first with those
outside the database. Where somebody with full rights on the database hashed everything again, the signed roots betray it, and
the marks beside them tell which entry and how (``diagnosis``). Not to be found: entries cut off behind the last anchor, where
nothing else in the database tells of what they recorded.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import DatabaseError

from pipeline.errors import EnvironmentProblem
from pipeline.store import audit, merkle
from pipeline.store.tables import audit as log
from pipeline.store.tables import audit_node, checkpoint, export, received
from pipeline.trail.diagnosis import Bad, diagnose, has_unlogged_rows
from pipeline.trail.notes import BadNote, Verifier, read_checkpoint
from pipeline.trail.witness import Witness, call_witness

if TYPE_CHECKING:
    from pipeline.desk import Desk

BATCH = 2_000
COLUMNS = (
    *(log.c.index, log.c.time, log.c.item, log.c.sequence, log.c.type, log.c.actor),
    log.c.body,
    log.c.hash,
    log.c.previous,
)


@dataclass(frozen=True)
class Verdict:
    """The first bad entry and what kind of change it shows, or none. ``anchored``: entries under heads outside the database."""

    entries: int
    root: str
    first_bad: dict[str, Any] | None = None
    anchored: int = 0
    warnings: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return self.first_bad is None

    def as_json(self) -> dict[str, Any]:
        names = ("ok", "entries", "root", "first_bad", "anchored", "warnings")
        return {name: getattr(self, name) for name in names}


def verify_desk(desk: "Desk", anchors: Sequence[Path] = (), keys: Sequence[Verifier] = ()) -> Verdict:
    """Judge the log of an installation by its anchors and further ones, and by the keys it published, or only by those given.

    Raises ``EnvironmentProblem`` where the database cannot be read.
    """
    folders = [*(anchor.folder for anchor in desk.notary.anchors), *anchors]
    witness = call_witness(list(keys) or desk.notary.keys.trusted(), folders)  # before the database: it may only be ahead

    def is_intact(sha256: str) -> bool:
        return desk.originals.is_intact(sha256) or desk.exports.is_intact(sha256)

    try:
        with desk.database.read() as connection:
            return verify(connection, is_intact, witness)
    except DatabaseError as problem:
        raise EnvironmentProblem(f"the database cannot be read: {problem.orig}") from problem


def verify(connection: Connection, is_intact: Callable[[str], bool], witness: Witness | None = None) -> Verdict:
    """Judge the log as one transaction sees it. ``is_intact`` says whether stored bytes still have their hash.

    Stops at the first bad entry: what stands behind it proves nothing. Never raises for what somebody wrote into the tables;
    raises ``EnvironmentProblem`` where heads were signed but no public key is known.
    """
    watched = witness or Witness([])
    reading = _Reading(connection, is_intact, watched)
    bad = reading.run() or _judge_heads(connection, reading, watched) or _judge_tables(connection, reading)
    stated_size, stated_root = _head(connection)
    if bad:
        return Verdict(stated_size, stated_root, bad.as_json(), watched.size, watched.warnings)
    return Verdict(reading.size, reading.root, None, watched.size, watched.warnings)


class _Reading:
    """One walk through the log, in order."""

    def __init__(self, connection: Connection, is_intact: Callable[[str], bool], witness: Witness) -> None:
        self._connection = connection
        self._is_intact = is_intact
        self._witness = witness
        self._intact: dict[str, bool] = {}
        self._chains: dict[str | None, tuple[int, str | None, int]] = {}  # last sequence, hash and index
        self._frontier = list[bytes]()
        self._nodes = _kept_nodes(connection)
        self.size = 0
        self.last_time = ""
        self.proven = 0  # size of the last signed head that was met
        self.roots: dict[int, str] = {}  # at the sizes of heads in the database
        self._wanted = set(connection.scalars(select(checkpoint.c.size)))
        self.received: dict[str, tuple[int, str]] = {}  # what was received: entry and hash
        self.exported: dict[tuple[str, str], int] = {}

    @property
    def root(self) -> str:
        return merkle.root(self._frontier)

    def run(self) -> Bad | None:
        for row in _rows(self._connection):
            try:
                bad = self._take(row)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):  # no canonical event any more
                bad = Bad(self.size, "edited")
            if bad:
                return diagnose(self._connection, self._witness, self.proven, bad, self.size)
        stated_size, stated_root = _head(self._connection)
        bad = None
        if self.size < stated_size:
            bad = Bad(self.size, "truncated")
        elif self.size > stated_size:
            bad = Bad(stated_size, "inserted")
        elif self.root != stated_root:
            bad = Bad(max(self.size - 1, 0), "edited")
        if bad or self.size < self._witness.size:
            return diagnose(self._connection, self._witness, self.proven, bad or Bad(self.size, "truncated"), self.size)
        return None

    def _take(self, row: Any) -> Bad | None:
        index, time, item, sequence, type_, actor, body, digest, previous = row
        size = self.size
        if index != size:
            return Bad(size, "deleted" if index > size else "inserted")
        leaf = merkle.leaf_hash(body)
        if leaf.hex() != digest:
            return Bad(index, "edited")
        event = json.loads(body)
        if event["index"] != index:
            return Bad(index, "reordered")
        stated = (event["time"], event["item"], event["sequence"], event["type"], event["actor"], event["previous"])
        if (time, item, sequence, type_, actor, previous) != stated:
            return Bad(index, "edited")
        before, digest_before, place = self._chains.get(item, (-1, None, index))
        if sequence - 1 != before:
            return Bad(index, "deleted" if sequence - 1 > before else "inserted")
        if previous != digest_before:
            return Bad(place, "edited")
        if time < self.last_time:
            return Bad(index, "clock-back")
        if b'"document":' in body and (bad := self._judge_documents(index, item, type_, event["after"])):
            return bad
        self.last_time = time
        self._chains[item] = (sequence, digest, index)
        return self._grow(leaf)

    def _grow(self, leaf: bytes) -> Bad | None:
        self._frontier, full = merkle.grow(self.size, self._frontier, leaf)
        self.size += 1
        for node in full:
            if self._nodes.get((node.level, node.position), node.hash.hex()) != node.hash.hex():
                return Bad(node.position * merkle.WIDTH**node.level, "edited")
        if self.size in self._wanted:
            self.roots[self.size] = self.root
        head = self._witness.heads.get(self.size)
        if head is not None:
            if head.root != self.root:
                return Bad(self.proven, "edited")
            self.proven = self.size
        return None

    def _judge_documents(self, index: int, item: str, type_: str, after: Any) -> Bad | None:
        for sha256 in documents_in(after):
            if sha256 not in self._intact:
                self._intact[sha256] = self._is_intact(sha256)
            if not self._intact[sha256]:
                return Bad(index, "bytes-replaced")
            if type_ == "received":
                self.received[item] = (index, sha256)
            elif type_ == "export-written":
                self.exported[item, sha256] = index
        return None


def _rows(connection: Connection) -> Iterator[Any]:
    """The log by index, without all of it in memory."""
    yield from connection.execution_options(yield_per=BATCH).execute(select(*COLUMNS).order_by(log.c.index))


def _head(connection: Connection) -> tuple[int, str]:
    size, root = audit.head(connection)
    return (size if isinstance(size, int) else -1), str(root)


def _kept_nodes(connection: Connection) -> dict[tuple[int, int], str]:
    rows = connection.execute(select(audit_node.c.level, audit_node.c.position, audit_node.c.hash))
    return {(row.level, row.position): row.hash for row in rows}


def _judge_heads(connection: Connection, reading: _Reading, witness: Witness) -> Bad | None:
    """The heads kept in the database: signed by a known key, and of this log."""
    rows = connection.execute(select(checkpoint).order_by(checkpoint.c.size)).all()
    if (rows or witness.warnings) and not witness.keys:
        raise EnvironmentProblem(
            "heads of the log were signed, but no public key is known: restore audit.pub or name it with --key"
        )
    for row in rows:
        if row.size > reading.size:
            return Bad(reading.size, "truncated")
        try:
            head = read_checkpoint(row.note, witness.keys)
        except BadNote:
            return Bad(row.size - 1, "edited")
        if (head.size, head.root, head.root) != (row.size, row.root, reading.roots.get(row.size)):
            return Bad(row.size - 1, "edited")
    return None


def _judge_tables(connection: Connection, reading: _Reading) -> Bad | None:
    """The rows that name stored bytes name those of the log; and what the tables tell of, the log tells of too."""
    for row in connection.execute(select(received.c.id, received.c.sha256)):
        if row.id in reading.received and reading.received[row.id][1] != row.sha256:
            return Bad(reading.received[row.id][0], "bytes-replaced")
    written = {item: index for (item, _sha256), index in reading.exported.items()}
    for row in connection.execute(select(export.c.invoice_id, export.c.sha256)):
        if (row.invoice_id, row.sha256) not in reading.exported and row.invoice_id in written:
            return Bad(written[row.invoice_id], "bytes-replaced")
    if has_unlogged_rows(connection):
        return Bad(reading.size, "truncated")
    return None


def documents_in(after: Any) -> Iterator[str]:
    """Hashes of stored files that an event vouches for, under the key ``document``."""
    if isinstance(after, dict):
        named = after.get("document")
        if isinstance(named, str):
            yield named
        for value in after.values():
            yield from documents_in(value)
    elif isinstance(after, list):
        for value in after:
            yield from documents_in(value)
