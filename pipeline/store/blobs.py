"""Content-addressed files. What was received is stored first and never changed.

A file is written to a temporary name in the same folder, fsynced, renamed to its SHA-256, and the folder fsynced: after ``put``
returns, a power cut cannot lose it, and a reader never sees half of it. Putting the same bytes twice is one file.
"""

import hashlib
import os
import tempfile
from pathlib import Path


class BlobMissing(Exception):
    """The store has no bytes for a hash the database names: a damaged home."""


class Blobs:
    """Files below one folder, named ``ab/cd/<sha256>``, mode 0400."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256[2:4] / sha256

    def put(self, data: bytes) -> str:
        """Keep the bytes; their SHA-256 in hex. Raises ``OSError`` (disk full, read-only): then nothing was acknowledged."""
        sha256 = hashlib.sha256(data).hexdigest()
        target = self.path(sha256)
        if target.exists():
            return sha256
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".new-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o400)
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        for folder in (target.parent, target.parent.parent, target.parent.parent.parent):
            _sync_folder(folder)
        return sha256

    def get(self, sha256: str) -> bytes:
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError as missing:
            raise BlobMissing(sha256) from missing

    def is_intact(self, sha256: str) -> bool:
        """Whether the stored bytes still have the hash they are named after."""
        try:
            return hashlib.sha256(self.path(sha256).read_bytes()).hexdigest() == sha256
        except FileNotFoundError:
            return False


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
