"""The home: one folder that holds everything this installation knows.

belegfluss.sqlite   database (unless database_url says otherwise)
originals/ab/cd/..  received bytes by SHA-256, read-only
exports/ab/cd/..    written e-invoices by SHA-256, read-only
config.toml         settings, optional
inbox/              drop PDFs here (watched by ``run``)
audit.key, audit.pub  signing key of the log and its public keys
anchors/            signed heads of the log, outside the database
lock                held by the embedded instance
"""

import fcntl
import os
import tempfile
from pathlib import Path

from pipeline.errors import EnvironmentProblem, HomeInUse


def default_home() -> Path:
    """``BELEGFLUSS_HOME``, else the platform's data folder."""
    if named := os.environ.get("BELEGFLUSS_HOME"):
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("belegfluss", appauthor=False)


class Home:
    """Paths of a home, made on first use. Raises ``EnvironmentProblem`` when the folder cannot be written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as problem:
            reason = problem.strerror or str(problem)
            raise EnvironmentProblem(
                f"cannot write to the home {self.folder}: {reason}; choose another with --home DIR"
            ) from problem
        self._lock: int | None = None

    @property
    def database(self) -> Path:
        return self.folder / "belegfluss.sqlite"

    @property
    def originals(self) -> Path:
        return self.folder / "originals"

    @property
    def exports(self) -> Path:
        return self.folder / "exports"

    @property
    def audit_key(self) -> Path:
        return self.folder / "audit.key"

    @property
    def anchors(self) -> Path:
        return self.folder / "anchors"

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    def lock(self) -> None:
        """Take the home for this process. The kernel lets go when the process dies, however it dies."""
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            os.close(descriptor)
            raise HomeInUse(f"another Belegfluss works in {self.folder}; stop it or choose another --home DIR") from taken
        self._lock = descriptor

    def unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
