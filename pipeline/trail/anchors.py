"""Copies of signed heads where the database has no say: folders, best on another machine or on storage that cannot be rewritten.

2026-11-25/000000004711.checkpoint            the signed note
2026-11-25/000000004650-000000004711.entries  index, leaf hash and content hash of the entries since the copy before, one a line

With the hashes ``verify`` can say which entry was changed and how, also when everything after it was hashed again. They tell
nothing of the content. The content hash leaves the place in the log out, so that an entry is known again after others moved.
"""

import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.trail.notes import BadNote, Checkpoint, Verifier, read_checkpoint

CHECKPOINT = ".checkpoint"
ENTRIES = ".entries"
DIGITS = 12


@dataclass(frozen=True)
class Mark:
    """What an anchor knows of one entry: hash of its leaf and of its content, hex."""

    leaf: str
    content: str


class AnchorFolder:
    """One folder. Files are written once and never changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def newest(self, keys: list[Verifier]) -> Checkpoint | None:
        """The largest head kept here that a known key has signed."""
        for file in sorted(self._files(CHECKPOINT), key=_order, reverse=True):
            try:
                return read_checkpoint(file.read_text("utf-8"), keys)
            except BadNote:
                continue
        return None

    def keep(self, checkpoint: Checkpoint, first: int, marks: Iterable[Mark]) -> None:
        """Keep a head and the marks of the entries from ``first`` on. On the disk when it returns. Raises ``OSError``."""
        day = self.folder / checkpoint.at[:10]
        day.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"{index} {mark.leaf} {mark.content}\n" for index, mark in enumerate(marks, first))
        if lines:
            _write(day / f"{first:0{DIGITS}}-{checkpoint.size:0{DIGITS}}{ENTRIES}", lines)
        _write(day / f"{checkpoint.size:0{DIGITS}}{CHECKPOINT}", checkpoint.note)
        descriptor = os.open(day, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def checkpoints(self) -> Iterator[tuple[Path, str]]:
        """Every note kept here, smallest head first, whether genuine or not."""
        for file in sorted(self._files(CHECKPOINT), key=_order):
            yield file, file.read_text("utf-8", errors="replace")

    def marks(self) -> Iterator[tuple[int, Mark]]:
        """Marks by index, in order, each index once; lines that are none are left out."""
        expected = 0
        for file in sorted(self._files(ENTRIES), key=_order):
            with file.open(encoding="ascii", errors="replace") as lines:
                for line in lines:
                    parts = line.split()
                    if len(parts) == 3 and parts[0].isdecimal() and int(parts[0]) >= expected:
                        yield int(parts[0]), Mark(parts[1], parts[2])
                        expected = int(parts[0]) + 1

    def _files(self, suffix: str) -> Iterator[Path]:
        if not self.folder.is_dir():
            return
        for day in self.folder.iterdir():
            if day.is_dir():
                yield from (file for file in day.iterdir() if file.suffix == suffix and file.stem.replace("-", "").isdecimal())


def _order(file: Path) -> tuple[int, str]:
    return int(file.stem.partition("-")[0]), file.name


def _write(target: Path, text: str) -> None:
    temporary = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.chmod(0o400)
    temporary.replace(target)
