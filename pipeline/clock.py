"""The only place that asks what time it is. ``process --now`` and tests hand in a fixed clock."""

from datetime import UTC, date, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime: ...
    def today(self) -> date: ...


class SystemClock:
    """UTC moments; the business date is the local date of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def today(self) -> date:
        return datetime.now().astimezone().date()


class FixedClock:
    """Always the same moment. ``text`` is an ISO date (noon UTC of that day) or an ISO time."""

    def __init__(self, text: str) -> None:
        if len(text) == 10:
            self._moment = datetime.fromisoformat(text).replace(hour=12, tzinfo=UTC)
        else:
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
            self._moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        self._date = date.fromisoformat(text[:10])

    def now(self) -> datetime:
        return self._moment.astimezone(UTC)

    def today(self) -> date:
        return self._date


class BusinessDay(SystemClock):
    """Real moments, but a fixed business date: the demo's documents were made for one day."""

    def __init__(self, day: str) -> None:
        self._date = date.fromisoformat(day)

    def today(self) -> date:
        return self._date


def iso(moment: datetime) -> str:
    """UTC with ``Z`` and milliseconds; sorts as text in time order."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def queue_time() -> datetime:
    """The time leases and waits are measured in: always the machine's, also where the business clock is fixed."""
    return datetime.now(UTC)
