"""The queue as a person sees it: tabs of states, filters from the address, rows with their reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, Row

from pipeline.store import jobs, queries
from pipeline.store.queries import Filters, Order
from pipeline.web import cursors
from pipeline.web.reasons import Chip, chips
from pipeline.web.texts import Texts
from schemas.decision import State

PAGE_SIZE = 50
SHOWN_CHIPS = 2
SOON = timedelta(days=3)

TABS: Mapping[str, tuple[State, ...]] = {
    "todo": (State.REVIEW, State.BLOCKED, State.QUARANTINED),
    "review": (State.REVIEW,),
    "blocked": (State.BLOCKED,),
    "quarantined": (State.QUARANTINED,),
    "in-work": (State.RECEIVED, State.EXTRACTED, State.CHECKED, State.MATCHED, State.ENRICHED),
    "approved": (State.APPROVED,),
    "done": (State.EXPORTED, State.ACKNOWLEDGED),
    "rejected": (State.REJECTED,),
    "not-an-invoice": (State.NOT_AN_INVOICE,),
    "all": (),
}
"""Name in the address -> states. ``todo`` is what waits for a person; every state is in exactly one single tab."""


@dataclass(frozen=True)
class Narrowing:
    """What a person narrows the queue to. Days are ISO; anything that is no day narrows nothing."""

    text: str = ""
    vendor: str = ""
    issued_from: str = ""
    issued_to: str = ""

    @property
    def further(self) -> bool:
        return bool(self.vendor or self.issued_from or self.issued_to)

    @property
    def any(self) -> bool:
        return bool(self.text or self.further)


@dataclass(frozen=True)
class Tab:
    name: str
    count: int
    address: str
    current: bool


@dataclass(frozen=True)
class QueueRow:
    row: Row[Any]
    chips: Sequence[Chip]
    further: int
    urgency: str  # overdue, soon or empty
    postponed: str  # until which day it is out of the way, or empty

    @property
    def supplier(self) -> str | None:
        name: str | None = self.row.seller_name
        return name


@dataclass(frozen=True)
class Queue:
    tabs: Sequence[Tab]
    rows: Sequence[QueueRow]
    tab: str
    narrowing: Narrowing
    order: Order
    orders: Sequence[tuple[Order, str]]
    open_steps: int
    first: str | None  # address of the first page, where this is not it
    next: str | None


def build(connection: Connection, t: Texts, today: date, *, tab: str, narrowing: Narrowing, order: Order, after: str) -> Queue:
    """The page of the queue that an address names. An unknown tab is the first one."""
    tab = tab if tab in TABS else "todo"
    states = tuple(state.value for state in TABS[tab])
    position = cursors.decode_queue(after, order)
    filters = Filters(
        states=states,
        text=narrowing.text,
        vendor=narrowing.vendor,
        issued_from=_day(narrowing.issued_from),
        issued_to=_day(narrowing.issued_to),
    )
    found = queries.queue(connection, filters, order, position, PAGE_SIZE)
    details = queries.findings_of_page(connection, [row.id for row in found.rows])
    rows = [_row(row, details[row.id], t, today) for row in found.rows]
    following = cursors.encode(queries.position(found.rows[-1], order)) if found.more else ""
    return Queue(
        tabs=_tabs(queries.count_by_state(connection), tab, narrowing, order),
        rows=rows,
        tab=tab,
        narrowing=narrowing,
        order=order,
        orders=[(each, address(tab, narrowing, each)) for each in ("due", "newest")],
        open_steps=jobs.open_count(connection),
        first=address(tab, narrowing, order) if after else None,
        next=address(tab, narrowing, order, following) if following else None,
    )


def _row(row: Row[Any], details: Row[Any], t: Texts, today: date) -> QueueRow:
    found = chips(details, t)
    return QueueRow(row, found[:SHOWN_CHIPS], max(0, len(found) - SHOWN_CHIPS), _urgency(row, today), _postponed(row, today))


def _postponed(row: Row[Any], today: date) -> str:
    day = row.postponed_until or ""
    return day if day > today.isoformat() and row.state in TABS["todo"] else ""


def _urgency(row: Row[Any], today: date) -> str:
    """Only where a person can still do something about it."""
    if not row.due_date or row.state not in TABS["todo"]:
        return ""
    due = date.fromisoformat(row.due_date)
    if due < today:
        return "overdue"
    return "soon" if due <= today + SOON else ""


def _tabs(counts: Mapping[str, int], current: str, narrowing: Narrowing, order: Order) -> list[Tab]:
    tabs = []
    for name, states in TABS.items():
        count = sum(counts.get(state.value, 0) for state in states) if states else sum(counts.values())
        tabs.append(Tab(name, count, address(name, narrowing, order), name == current))
    return tabs


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        return ""


def _named(narrowing: Narrowing) -> dict[str, str]:
    return {"q": narrowing.text, "vendor": narrowing.vendor, "from": narrowing.issued_from, "to": narrowing.issued_to}


def address(tab: str, narrowing: Narrowing, order: Order, after: str = "") -> str:
    """Everything a page shows stands in its address, so it can be kept and sent; defaults are left out."""
    values = {
        "state": tab if tab != "todo" else "",
        **_named(narrowing),
        "order": order if order != "due" else "",
        "after": after,
    }
    query = urlencode({name: value for name, value in values.items() if value})
    return f"/?{query}" if query else "/"
