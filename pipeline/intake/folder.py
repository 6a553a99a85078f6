"""The watched folder.

    inbox/x.pdf  ->  inbox/.work/<id>/x.pdf  ->  inbox/done/x.pdf or inbox/rejected/x.pdf, each with x.pdf.outcome.json

A file is claimed by renaming it (atomic, so of two watchers one gets it), received under the id of its place in ``.work``, so
that a crash at any moment makes no second row, and filed away when the stages have decided. Polled, because file system events
do not come from network drives.
"""

import logging
import os
import stat
import time
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.desk import Desk
from pipeline.ids import new_id
from pipeline.intake.filing import file_away, outcome_of
from pipeline.intake.pressure import Pressure
from pipeline.intake.wholeness import is_being_written, what_is_missing
from pipeline.receiving import receive
from pipeline.stages.documents import unreadable
from pipeline.store import records
from schemas import Document

log = logging.getLogger("belegfluss")

WORK, OURS = ".work", frozenset({".work", "done", "rejected"})
IN_HAND = 500
"""So many claimed files wait for their outcome at most; the others stay in the inbox, where people see them."""


class Look(NamedTuple):
    """What tells whether a file changed."""

    inode: int
    size: int
    changed: int
    moved: int


class NotYet(Exception):
    """The file changes or is held open: look again later."""


class FolderWatch:
    """``poll`` is called again and again; it keeps in memory only since when each file looks as it does."""

    def __init__(
        self,
        desk: Desk,
        ring: Callable[[list[str]], None] = lambda _: None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self.desk = desk
        self.settings = desk.settings.intake.folder
        self.inbox = self.settings.path or desk.home.inbox
        self._ring = ring
        self._seconds = seconds
        self._pressure = Pressure(desk)
        self._since: dict[Path, tuple[Look, float]] = {}
        self._told: dict[Path, str] = {}

    def poll(self) -> int:
        """Claim what is finished, receive what is claimed, file away what is decided; how many files were received.

        Raises ``OSError`` when the folder itself cannot be used.
        """
        (self.inbox / WORK).mkdir(parents=True, exist_ok=True)
        present: set[Path] = set()
        in_hand = sorted((self.inbox / WORK).iterdir())
        fates = self._fates(in_hand)
        received = sum(self._tend(place, present, fates.get(place)) for place in in_hand)
        room = 0 if self._is_full() else IN_HAND - len(in_hand)
        for path, look in self._files():
            present.add(path)
            if room > 0 and self._age(path, look) >= self.settings.settle_seconds and (place := self._claim(path, look)):
                received += self._tend(place, present)
                room -= 1
        self._since = {path: known for path, known in self._since.items() if path in present}
        self._told = {path: words for path, words in self._told.items() if path in present}
        return received

    def _is_full(self) -> bool:
        reason = self._pressure.reason()
        self._tell(self.inbox, f"nothing is taken from the folder now: {reason}" if reason else "")
        return bool(reason)

    def _files(self) -> Iterator[tuple[Path, Look]]:
        """Every file people may have dropped, also in folders below; links are not followed."""
        for folder, below, names in os.walk(self.inbox):
            at_top = Path(folder) == self.inbox
            below[:] = sorted(name for name in below if not (name.startswith(".") or (at_top and name in OURS)))
            for name in sorted(names):
                if not any(fnmatch(name.lower(), pattern) for pattern in self.settings.ignore) and (
                    look := _look(Path(folder, name))
                ):
                    yield Path(folder, name), look

    def _age(self, path: Path, look: Look) -> float:
        """For how many seconds nothing about the file has changed."""
        known = self._since.get(path)
        if known is None or known[0] != look:
            self._since[path] = (look, self._seconds())
            return 0.0
        return self._seconds() - known[1]

    def _claim(self, path: Path, look: Look) -> Path | None:
        """The file's own place in ``.work``; ``None`` when it is not finished, or another watcher has it."""
        age = self._age(path, look)
        try:
            _read(path, look, self._limit())  # judged before it is claimed: an unfinished file stays where its writer left it
            missing = ""
        except TooLarge:
            missing = ""
        except Unfinished as problem:
            missing = str(problem)
        except (NotYet, OSError) as problem:
            self._tell(path, str(problem))
            return None
        if missing and age < self.settings.patience_seconds:
            self._tell(path, missing)
            return None
        place = self.inbox / WORK / new_id()
        place.mkdir()
        target = place / path.name
        try:
            path.rename(target)
        except OSError as problem:
            place.rmdir()
            if not isinstance(problem, FileNotFoundError):
                self._tell(path, f"cannot be claimed: {problem.strerror}")
            return None
        if (now := _look(target)) and now[:3] == look[:3]:
            self._since[target] = (now, self._seconds() - age)
        return place

    def _fates(self, places: list[Path]) -> dict[Path, tuple[str, list[dict[str, Any]] | None]]:
        """Id and outcome of the claimed files that are received; one look into the database for all."""
        with self.desk.database.read() as connection:
            known = {place: records.find_origin(connection, _key(place)) for place in places}
            return {place: (found, outcome_of(connection, found)) for place, found in known.items() if found}

    def _tend(self, place: Path, present: set[Path], fate: tuple[str, list[dict[str, Any]] | None] | None = None) -> int:
        """Bring one claimed file forward; 1 when it was received now."""
        files = [path for path in place.iterdir() if _look(path)] if place.is_dir() else []
        if not files:
            _remove(place)
            return 0
        path = files[0]
        present.add(path)
        try:
            if fate is None:
                return self._receive(path, _key(place))
            identifier, documents = fate
            if documents is not None:
                file_away(path, self.inbox, identifier, documents)
                _remove(place)
            return 0
        except OSError as problem:  # disk full, file held: the file stays claimed and is tried again
            self._tell(path, f"{problem.strerror or problem}")
            return 0

    def _receive(self, path: Path, key: str) -> int:
        look = _look(path)
        if look is None or (age := self._age(path, look)) < self.settings.settle_seconds:
            return 0
        refused: Document | None = None
        try:
            data = _read(path, look, self._limit())
        except NotYet as problem:
            self._tell(path, str(problem))
            return 0
        except Unfinished as problem:
            if age < self.settings.patience_seconds:
                self._tell(path, str(problem))
                return 0
            data = problem.data
            refused = unreadable(
                "READ-MALFORMED", f"The file was not finished within {self.settings.patience_seconds:g} s: {problem}"
            )
        except TooLarge as problem:
            data, refused = str(problem).encode(), unreadable("READ-TOO-LARGE", str(problem))
        _identifier, queued = receive(self.desk, data, path.name, "folder", key, refused=refused)
        self._ring(queued)
        return 1

    def _limit(self) -> int:
        return max(self.desk.settings.limits.file_bytes, self.desk.settings.limits.mail_bytes)

    def _tell(self, path: Path, words: str) -> None:
        """Log a trouble once, not at every poll."""
        if words and self._told.get(path) != words:
            log.warning("folder: %s: %s", path.name, words)
        self._told[path] = words


class Unfinished(Exception):
    """The end of the file is missing; ``data`` is what there is."""

    def __init__(self, missing: str, data: bytes) -> None:
        super().__init__(f"missing: {missing}" if data else missing)
        self.data = data


class TooLarge(Exception):
    """Not even looked into; it stays in the folder."""


def _look(path: Path) -> Look | None:
    """A regular file as it is now; ``None`` for links, folders, pipes and what is gone."""
    try:
        found = path.lstat()
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return Look(found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _read(path: Path, look: Look, limit: int) -> bytes:
    """All bytes of a file that nobody writes. Raises ``NotYet``, ``Unfinished``, ``TooLarge`` or ``OSError``."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if is_being_written(descriptor):
            raise NotYet("still open for writing")
        if look.size > limit:
            raise TooLarge(f"{look.size:,} bytes; at most {limit:,} are taken. The file itself stays in the folder rejected")
        data = file.read(limit + 1)
        after = os.fstat(descriptor)
    if (after.st_ino, after.st_size, after.st_mtime_ns) != look[:3] or len(data) != look.size:
        raise NotYet("changed while it was read")
    if missing := what_is_missing(data):
        raise Unfinished(missing, data)
    return data


def _key(place: Path) -> str:
    return f"folder:{place.name}"


def _remove(place: Path) -> None:
    try:
        place.rmdir()
    except OSError as problem:
        log.warning("folder: cannot remove %s: %s", place.name, problem.strerror)
