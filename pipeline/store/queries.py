"""Questions the web pages and the API ask: lists with filters and cursors, and counts. Read only.

Lists are walked with keyset cursors, never with OFFSET, so that page 2,000 costs what page 1 costs. The indexes they need are
declared here and made by ``prepare`` when the web part starts, also in a home that is older than they are.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Index, Row, and_, false, func, literal_column, or_, select
from sqlalchemy.schema import CreateIndex

from pipeline.store.tables import audit, invoice, received
from schemas.audit import AuditEntry
from schemas.identifiers import canonical_number

Order = Literal["newest", "due"]
AnyRow = Row[*tuple[Any, ...]]
"""A row of whatever columns a question asked for."""

LAST_DUE = "9999-12-31"
_due = func.coalesce(invoice.c.due_date, literal_column(f"'{LAST_DUE}'"))

INDEXES = (
    Index("invoice_state_arrival", invoice.c.state, invoice.c.arrival, invoice.c.id),
    Index("invoice_state_due", invoice.c.state, _due, invoice.c.id),
    Index("invoice_number", invoice.c.number_key, invoice.c.id),
    Index("invoice_seller", invoice.c.seller_name),
    Index("audit_actor", audit.c.actor, audit.c.index),
    Index("audit_time", audit.c.time),
)

# What a list shows. The document itself is large and is read for one page of rows at a time.
LIST_COLUMNS = (
    *(invoice.c.id, invoice.c.received_id, invoice.c.arrival, invoice.c.file, invoice.c.kind, invoice.c.state),
    *(invoice.c.decision, invoice.c.number, invoice.c.type_code, invoice.c.issue_date, invoice.c.due_date),
    *(invoice.c.currency, invoice.c.grand_total, invoice.c.seller_name, invoice.c.vendor_number, invoice.c.company_code),
    *(invoice.c.created_at, invoice.c.updated_at, invoice.c.version, invoice.c.postponed_until),
)
FINDING_COLUMNS = (
    *(invoice.c.id, invoice.c.document, invoice.c.identity, invoice.c.check_findings, invoice.c.match_findings),
    *(invoice.c.posting_findings, invoice.c.export_findings, invoice.c.verdict, invoice.c.match),
)
LOG_COLUMNS = (audit.c.index, audit.c.item, audit.c.body, audit.c.hash)
UNREADABLE = "unreadable"
NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
MOST_SELLERS = 200  # names one search may stand for


def prepare(connection: Connection) -> None:
    """Make the indexes that are missing. Cheap when they are there."""
    for index in INDEXES:
        connection.execute(CreateIndex(index, if_not_exists=True))


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; empty means any. ``text`` is the beginning of a number, or a part of the supplier's name."""

    states: tuple[str, ...] = ()
    vendor: str = ""
    number: str = ""
    text: str = ""
    issued_from: str = ""
    issued_to: str = ""


@dataclass(frozen=True)
class Page:
    """Rows, and whether there are more behind them."""

    rows: Sequence[AnyRow]
    more: bool


def count_by_state(connection: Connection) -> dict[str, int]:
    rows = connection.execute(select(invoice.c.state, func.count().label("n")).group_by(invoice.c.state))
    return {row.state: row.n for row in rows}


def queue(connection: Connection, filters: Filters, order: Order, after: Sequence[str | int] | None, limit: int) -> Page:
    """One page for a person: newest first, or what is due first. ``after`` is ``position`` of the last row seen.

    Several states are asked for one by one and merged, because only then does each question follow an index.
    """
    conditions = _conditions(connection, filters)
    states: Sequence[str | None] = filters.states or (None,)
    found: list[AnyRow] = []
    for state in states:
        query = select(*LIST_COLUMNS).where(*conditions).limit(limit + 1)
        if state is not None:
            query = query.where(invoice.c.state == state)
        by_due, newest = (_due, invoice.c.id), (invoice.c.arrival.desc(), invoice.c.id.desc())
        query = query.order_by(*(by_due if order == "due" else newest))
        if after is not None:
            query = query.where(_behind(order, after))
        found += connection.execute(query)
    found.sort(key=lambda row: position(row, order), reverse=order == "newest")
    return Page(found[:limit], len(found) > limit)


def next_waiting(connection: Connection, states: Sequence[str], row: AnyRow, today: date) -> str | None:
    """The invoice a person goes on with: the next one by due date behind ``row``, else the first; nothing postponed."""
    open_today = or_(invoice.c.postponed_until.is_(None), invoice.c.postponed_until <= today.isoformat())
    for behind in (_behind("due", position(row, "due")), None):
        found: list[AnyRow] = []
        for state in states:  # one by one, so that each follows its index
            query = select(invoice.c.id, invoice.c.due_date).where(invoice.c.state == state, invoice.c.id != row.id, open_today)
            query = query.where(behind) if behind is not None else query
            found += connection.execute(query.order_by(_due, invoice.c.id).limit(1))
        if found:
            return str(min(found, key=lambda one: position(one, "due")).id)
    return None


def findings_of_page(connection: Connection, identifiers: Sequence[str]) -> dict[str, AnyRow]:
    """What the stages said about some invoices, by id."""
    rows = connection.execute(select(*FINDING_COLUMNS).where(invoice.c.id.in_(identifiers)))
    return {row.id: row for row in rows}


def position(row: AnyRow, order: Order) -> tuple[str | int, str]:
    """Where a row stands in its list: what the cursor carries."""
    return (row.due_date or LAST_DUE, row.id) if order == "due" else (row.arrival, row.id)


def _behind(order: Order, after: Sequence[str | int]) -> ColumnElement[bool]:
    first, identifier = after
    if order == "due":
        return or_(_due > first, and_(_due == first, invoice.c.id > identifier))
    return or_(invoice.c.arrival < first, and_(invoice.c.arrival == first, invoice.c.id < identifier))


def walk(connection: Connection, filters: Filters, after: str, limit: int) -> Page:
    """One page for a program, oldest first by id. A row that was there at the start of a walk is met exactly once."""
    query = select(*LIST_COLUMNS).where(*_conditions(connection, filters)).order_by(invoice.c.id).limit(limit + 1)
    if filters.states:
        query = query.where(invoice.c.state.in_(filters.states))
    if after:
        query = query.where(invoice.c.id > after)
    rows = connection.execute(query).all()
    return Page(rows[:limit], len(rows) > limit)


def _conditions(connection: Connection, filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.vendor:
        conditions.append(invoice.c.vendor_number == filters.vendor)
    if filters.number:
        conditions.append(_number_is(filters.number))
    if filters.text:
        conditions.append(_text_fits(connection, filters.text))
    if filters.issued_from:
        conditions.append(invoice.c.issue_date >= filters.issued_from)
    if filters.issued_to:
        conditions.append(invoice.c.issue_date <= filters.issued_to)
    return conditions


def _number_is(number: str) -> ColumnElement[bool]:
    """The number as printed, or as duplicates compare it. Nobody has a number of separators only."""
    key = canonical_number(number)
    return invoice.c.number_key == key if key else invoice.c.number == number


def _text_fits(connection: Connection, text: str) -> ColumnElement[bool]:
    lowered = func.lower(invoice.c.seller_name)
    names = connection.scalars(
        select(invoice.c.seller_name)
        .where(or_(*(lowered.contains(form, autoescape=True) for form in _lower_forms(text))))
        .distinct()
        .limit(MOST_SELLERS)
    ).all()
    fits: list[ColumnElement[bool]] = [invoice.c.seller_name.in_(names)] if names else []
    if key := canonical_number(text):
        fits.append(and_(invoice.c.number_key >= key, invoice.c.number_key < key + "\U0010ffff"))
    return or_(*fits) if fits else false()


def _lower_forms(text: str) -> set[str]:
    """``"Müller"`` -> ``müller`` and ``mÜller``: SQLite's ``lower`` leaves letters beyond ASCII as they are."""
    low = text.lower()
    return {low, "".join(c if c.isascii() or len(c.upper()) > 1 else c.upper() for c in low)}


def find_invoice(connection: Connection, identifier: str) -> AnyRow | None:
    return connection.execute(select(invoice).where(invoice.c.id == identifier)).first()


def find_received(connection: Connection, identifier: str) -> AnyRow | None:
    return connection.execute(select(received).where(received.c.id == identifier)).first()


def parts_of(connection: Connection, received_id: str) -> Sequence[AnyRow]:
    """What was unpacked from something received, directly."""
    return connection.execute(select(received).where(received.c.parent_id == received_id).order_by(received.c.seq)).all()


def invoices_of(connection: Connection, received_id: str) -> Sequence[AnyRow]:
    """Documents found in something received, in order."""
    return connection.execute(select(*LIST_COLUMNS).where(invoice.c.received_id == received_id).order_by(invoice.c.ordinal)).all()


def items_of_number(connection: Connection, number: str) -> list[AnyRow]:
    """Invoices with this number, for the trail."""
    return list(connection.execute(select(invoice).where(_number_is(number)).limit(MOST_SELLERS)))


@dataclass(frozen=True)
class LogFilters:
    """What the log is narrowed to. Times are ISO text; ``items`` are ids, ``None`` for any; ``about`` as ``log_search`` makes it."""

    type: str = ""
    actor: str = ""
    time_from: str = ""
    time_to: str = ""
    items: tuple[str, ...] | None = None
    about: ColumnElement[bool] | None = None


def log_page(connection: Connection, filters: LogFilters, *, newest_first: bool, after: int | None, limit: int) -> Page:
    """Rows of the log, for ``entry_of``."""
    query = select(*LOG_COLUMNS).limit(limit + 1)
    query = query.order_by(audit.c.index.desc() if newest_first else audit.c.index)
    wanted: Mapping[Any, str] = {audit.c.type: filters.type, audit.c.actor: filters.actor}
    for column, value in wanted.items():
        if value:
            query = query.where(column == value)
    if filters.time_from:
        query = query.where(audit.c.time >= filters.time_from)
    if filters.time_to:
        query = query.where(audit.c.time <= filters.time_to)
    if filters.items is not None:
        query = query.where(audit.c.item.in_(filters.items))
    if filters.about is not None:
        query = query.where(filters.about)
    if after is not None:
        query = query.where(audit.c.index < after if newest_first else audit.c.index > after)
    rows = connection.execute(query).all()
    return Page(rows[:limit], len(rows) > limit)


def trail(connection: Connection, items: Sequence[str]) -> list[AuditEntry]:
    """The entries about some items, oldest first."""
    return [
        entry_of(row) for row in connection.execute(select(*LOG_COLUMNS).where(audit.c.item.in_(items)).order_by(audit.c.index))
    ]


def entry_of(row: AnyRow) -> AuditEntry:
    """A row of the log as the entry it holds. The stored bytes count, not the columns beside them.

    Somebody who looks at a log that was tampered with must still see it: bytes that are no event become an entry of type
    ``UNREADABLE``. Whether an entry is genuine is for ``audit.verify`` to say.
    """
    try:
        event = json.loads(row.body)
        names = ("index", "time", "actor", "role", "type", "before", "after", "reason", "previous")
        return AuditEntry(**{name: event[name] for name in names}, invoice=event["item"], hash=row.hash)
    except (ValueError, TypeError, KeyError, RecursionError):
        return AuditEntry(index=row.index, time=NO_TIME, actor="", role="", type=UNREADABLE, invoice=row.item, hash=row.hash)


def numbers_of(connection: Connection, identifiers: Sequence[str]) -> dict[str, str]:
    """What to call the invoices among some ids: their number, else the file they came in."""
    rows = connection.execute(select(invoice.c.id, invoice.c.number, invoice.c.file).where(invoice.c.id.in_(identifiers)))
    return {row.id: row.number or row.file for row in rows}


def log_types(connection: Connection) -> list[str]:
    """The types of event there are, for a filter. Follows the index from one type to the next instead of reading the log."""
    found: list[str] = []
    latest = connection.scalar(select(func.min(audit.c.type)))
    while latest is not None:
        found.append(latest)
        latest = connection.scalar(select(func.min(audit.c.type)).where(audit.c.type > latest))
    return found
