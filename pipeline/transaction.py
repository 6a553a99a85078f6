"""What one stage leaves behind, in one transaction: changed rows, audit events, next jobs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from pipeline.clock import queue_time
from pipeline.store import audit, jobs


@dataclass
class Transaction:
    """Open for the length of one write. ``queued`` are the jobs to ring for after the commit."""

    connection: Connection
    now: datetime
    queued: list[str] = field(default_factory=list)

    def note(self, item: str | None, event: audit.Event) -> None:
        """An audit event, in the same transaction as the change it tells of."""
        audit.append(self.connection, item, event, self.now)

    def queue(
        self, item: str, stage: str, arrival: int, vendor_number: str | None = None, delay: timedelta = timedelta(0)
    ) -> None:
        """The next job. If we crash before the commit it does not exist and the stage runs again."""
        now = queue_time()
        not_before = now + delay if delay else None
        identifier = jobs.add(self.connection, item, stage, arrival, now, vendor_number, not_before)
        if not delay:
            self.queued.append(identifier)


Write = Callable[[Transaction], None]
"""What a stage returns: the change to make, applied while the worker still holds the lease."""
