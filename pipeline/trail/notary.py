"""Signs heads of the log and brings them out of the database's reach.

Called every minute when something is new, and before an approval or an export is confirmed: what was confirmed cannot vanish
unnoticed. A head that does not continue the one signed before is not signed: somebody changed the log, or an old state of the
database was put back.
"""

import hashlib
import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import rfc8785
from sqlalchemy import Connection, func, insert, select

from pipeline.clock import Clock, iso
from pipeline.errors import EnvironmentProblem
from pipeline.store import audit, merkle
from pipeline.store.tables import audit as log_table
from pipeline.store.tables import checkpoint as checkpoint_table
from pipeline.trail.anchors import AnchorFolder, Mark
from pipeline.trail.keys import KeyFile
from pipeline.trail.notes import Checkpoint, Signer, Verifier, write_checkpoint

if TYPE_CHECKING:
    from pipeline.store.database import Database

log = logging.getLogger("belegfluss")

CONTENT = ("item", "time", "actor", "role", "type", "before", "after", "reason")


class LogChanged(EnvironmentProblem):
    """The log is not a continuation of what was signed before."""


class Notary:
    """Thread-safe; one per process. Several processes on one database may each have one."""

    def __init__(self, database: "Database", key_file: Path, anchors: list[Path], clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._turn = threading.Lock()
        self._latest: Checkpoint | None = None
        self._is_announced = False
        self._sizes: dict[Path, int] = {}  # how far each anchor has been written
        self.keys = KeyFile(key_file)
        self.anchors = [AnchorFolder(folder) for folder in anchors]

    def checkpoint(self) -> Checkpoint:
        """A signed head of the log as it stands; the one before where nothing is new. Raises ``LogChanged``, ``OSError``."""
        with self._turn:
            signer = self.keys.signer()
            before = self._before()
            if not self._is_announced:
                self._announce(signer)
            with self._database.read() as connection:
                size, root = audit.head(connection)
                if before is not None:
                    _refuse_a_break(connection, before, size, root)
                    if before.size == size:
                        return before
            made = write_checkpoint(signer, size, root, iso(self._clock.now()))
            self._keep(made)
            return made

    def latest(self) -> Checkpoint | None:
        """The last head signed here, for those who only want to tell of it."""
        return self._latest

    def rotate(self, actor: str, reason: str) -> Verifier:
        """A new key from now on. The old key signs a last head; the change is an entry under the first head of the new one."""
        self.checkpoint()
        with self._turn:
            old, new = self.keys.rotate()
            after = {"key": str(new.verifier), "replaces": str(old.verifier)}
            with self._database.write() as connection:
                event = audit.Event("key-rotated", after=after, reason=reason, actor=actor, role="admin")
                audit.append(connection, None, event, self._clock.now())
        self.checkpoint()
        return new.verifier

    def _before(self) -> Checkpoint | None:
        """The head signed last, from the anchors: whoever changed the database did not change those."""
        if self._latest is None:
            trusted = self.keys.trusted()
            found = [newest for anchor in self.anchors if (newest := anchor.newest(trusted))]
            self._latest = max(found, key=lambda one: one.size, default=None)
        return self._latest

    def _announce(self, signer: Signer) -> None:
        """The entry that names the key, once for each key."""
        named = str(signer.verifier)
        told = select(log_table.c.body).where(log_table.c.type.in_(("key-created", "key-rotated")))
        with self._database.write() as connection:
            if not any(named.encode() in body for body in connection.scalars(told)):
                audit.append(connection, None, audit.Event("key-created", after={"key": named}), self._clock.now())
        self._is_announced = True

    def _keep(self, made: Checkpoint) -> None:
        """Out of the house first; one anchor must have it, the others may be late. Then into the database, for proofs."""
        problems = list[OSError]()
        for anchor in self.anchors:
            try:
                self._bring_up_to_date(anchor, made)
            except OSError as problem:
                log.error("anchor %s cannot be written: %s", anchor.folder, problem)
                problems.append(problem)
        if len(problems) == len(self.anchors):
            raise problems[0]
        with self._database.write() as connection:
            known = connection.scalar(
                select(func.count()).select_from(checkpoint_table).where(checkpoint_table.c.size == made.size)
            )
            if not known:
                connection.execute(insert(checkpoint_table).values(size=made.size, root=made.root, note=made.note, at=made.at))
        self._latest = made

    def _bring_up_to_date(self, anchor: AnchorFolder, made: Checkpoint) -> None:
        first = self._reached(anchor)
        with self._database.read() as connection:
            anchor.keep(made, first, _marks(connection, first, made.size))
        self._sizes[anchor.folder] = made.size

    def _reached(self, anchor: AnchorFolder) -> int:
        """How far the marks of an anchor go: where we left off, else what its newest genuine head says."""
        if anchor.folder not in self._sizes:
            newest = anchor.newest(self.keys.trusted())
            self._sizes[anchor.folder] = newest.size if newest else 0
        return self._sizes[anchor.folder]


def _refuse_a_break(connection: Connection, before: Checkpoint, size: int, root: str) -> None:
    if size < before.size:
        raise LogChanged(f"the log has {size} entries, but {before.size} were signed: run `belegfluss audit verify`")
    tree = audit.StoredTree(connection)
    try:
        continues = merkle.root_at(tree, before.size) == before.root and merkle.root_at(tree, size) == root
    except (LookupError, ValueError):  # entries are gone, or hold no hash
        continues = False
    if not continues:
        raise LogChanged("the log does not continue the head that was signed last: run `belegfluss audit verify`")


def _marks(connection: Connection, first: int, size: int) -> Iterator[Mark]:
    rows = connection.execute(
        select(log_table.c.body, log_table.c.hash)
        .where(log_table.c.index >= first, log_table.c.index < size)
        .order_by(log_table.c.index)
    )
    for row in rows:
        yield Mark(row.hash, content_hash(row.body) or "-")


def content_hash(body: bytes) -> str | None:
    """Hash of what an entry says, without its place in the log; ``None`` for bytes that are no entry."""
    try:
        event = json.loads(body)
        return hashlib.sha256(rfc8785.dumps({name: event[name] for name in CONTENT})).hexdigest()
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
