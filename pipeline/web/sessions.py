"""Who is signed in: one-time links, sessions on the server, and the token of the finance system.

Tokens are 256 random bits and are kept as SHA-256 only, so that nobody who reads our memory dump or backup can use them. The
store lives in memory: a restart signs everybody out and makes new links. Accounts in the database take the place of
``SessionStore`` behind the same four verbs.
"""

import hashlib
import hmac
import os
import secrets
import stat
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from pipeline.clock import queue_time

LINK_LIFE = timedelta(minutes=15)
SESSION_IDLE = timedelta(minutes=30)
SESSION_LIFE = timedelta(hours=12)
MOST_SESSIONS = 1000
TOKEN_BYTES = 32
MACHINE_TOKEN_FILE = "api-token"  # noqa: S105  a file name


class Role(StrEnum):
    """CONTRACT section 7."""

    CLERK = "clerk"
    APPROVER = "approver"
    AUDITOR = "auditor"
    MACHINE = "machine"
    ADMIN = "admin"


@dataclass
class Session:
    """One person (or machine) at work. ``language`` is what the person chose, empty for none."""

    role: Role
    actor: str
    started: datetime
    seen: datetime
    language: str = ""


class SessionStore:
    """One-time links and the sessions they open. Thread-safe."""

    def __init__(self, now: Callable[[], datetime] = queue_time) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._links: dict[str, tuple[Role, datetime]] = {}
        self._sessions: dict[str, Session] = {}

    def issue_link(self, role: Role) -> str:
        """A token that signs in once, within 15 minutes."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        with self._lock:
            self._forget_old()
            self._links[_hashed(token)] = (role, self._now())
        return token

    def redeem(self, token: str) -> str | None:
        """A new session's secret for a link that was not used before; ``None`` for anything else."""
        with self._lock:
            self._forget_old()
            link = self._links.pop(_hashed(token), None)
            if link is None:
                return None
            secret, now = secrets.token_urlsafe(TOKEN_BYTES), self._now()
            while len(self._sessions) >= MOST_SESSIONS:
                del self._sessions[min(self._sessions, key=lambda known: self._sessions[known].seen)]
            self._sessions[_hashed(secret)] = Session(link[0], link[0].value, now, now)
            return secret

    def find(self, secret: str) -> Session | None:
        """The session of a secret, and a note that it was used now."""
        with self._lock:
            self._forget_old()
            session = self._sessions.get(_hashed(secret))
            if session:
                session.seen = self._now()
            return session

    def end(self, secret: str) -> None:
        with self._lock:
            self._sessions.pop(_hashed(secret), None)

    def _forget_old(self) -> None:
        now = self._now()
        self._links = {key: link for key, link in self._links.items() if now - link[1] < LINK_LIFE}
        self._sessions = {
            key: session
            for key, session in self._sessions.items()
            if now - session.seen < SESSION_IDLE and now - session.started < SESSION_LIFE
        }


class MachineToken:
    """The finance system's bearer token: made once, in a file of the home that only its owner can read.

    A token that others could read is no secret any more: it is replaced.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / MACHINE_TOKEN_FILE
        self._hash = _hashed(self._read() or self._make())

    def fits(self, token: str) -> bool:
        return hmac.compare_digest(self._hash, _hashed(token))

    def _read(self) -> str | None:
        try:
            descriptor = os.open(self.file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return None
        with os.fdopen(descriptor, "r", encoding="ascii", errors="replace") as file:
            is_private = not os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO)
            token = file.read(200).strip()
        return token if is_private and len(token) >= TOKEN_BYTES else None

    def _make(self) -> str:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        temporary = self.file.with_name(f".{self.file.name}.{secrets.token_hex(4)}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(token + "\n")
        temporary.replace(self.file)
        return token


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
