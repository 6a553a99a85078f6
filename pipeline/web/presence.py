"""Who has which invoice open, so that two people do not do the same work. It only tells; what counts is the version of the invoice."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.clock import queue_time
from pipeline.web.sessions import Session

FORGOTTEN_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Presence:
    actor: str
    since: datetime


class OpenInvoices:
    """One invoice per session, the one looked at last. Thread-safe."""

    def __init__(self, now: Callable[[], datetime] = queue_time) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._open: dict[int, tuple[str, str, datetime]] = {}

    def enter(self, invoice_id: str, session: Session) -> Presence | None:
        """Note that this person looks at it now; who else does, the latest one."""
        now, own = self._now(), id(session)
        with self._lock:
            self._open = {key: one for key, one in self._open.items() if now - one[2] < FORGOTTEN_AFTER}
            others = [one for key, one in self._open.items() if key != own and one[0] == invoice_id]
            self._open[own] = (invoice_id, session.actor, now)
        latest = max(others, key=lambda one: one[2], default=None)
        return Presence(latest[1], latest[2]) if latest else None

    def leave(self, session: Session) -> None:
        with self._lock:
            self._open.pop(id(session), None)
