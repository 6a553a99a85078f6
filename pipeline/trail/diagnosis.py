"""Which entry was changed, and how, once it is clear that the log is not what was signed.

The marks outside the database give every entry a content hash without its place. Laid beside the log as it is now, they show the
first entry that differs, and whether its content is gone, new, elsewhere, or replaced.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, exists, func, select

from pipeline.store.tables import act, audit, export, invoice, received
from pipeline.trail.notary import content_hash
from pipeline.trail.witness import Witness

WINDOW = 100_000  # entries behind the first bad one that are looked through for where it went


@dataclass(frozen=True)
class Bad:
    index: int
    kind: str

    def as_json(self) -> dict[str, Any]:
        return {"index": self.index, "kind": self.kind}


def diagnose(connection: Connection, witness: Witness, proven: int, found: Bad, reach: int) -> Bad:
    """The first entry that differs from the marks and how; ``found`` where there are none, or they begin to differ later.

    ``proven``: entries before it are under a signed head that fits. ``reach``: the one at which the walk ended.
    """
    differs = _first_difference(connection, witness, proven)
    if differs is None or differs > reach:
        return found if found.kind != "truncated" else _cut(connection, found.index)
    if found.kind in ("clock-back", "bytes-replaced") and differs == found.index:
        return found
    return _how(connection, witness, differs)


def _first_difference(connection: Connection, witness: Witness, first: int) -> int | None:
    rows = iter(
        connection.execution_options(yield_per=1_000).execute(
            select(audit.c.index, audit.c.hash).where(audit.c.index >= first).order_by(audit.c.index)
        )
    )
    for index, mark in witness.marks(first):
        row = next(rows, None)
        if row is None or (row[0], row[1]) != (index, mark.leaf):
            return index
    return None


def _how(connection: Connection, witness: Witness, index: int) -> Bad:
    marked = [mark.content for _index, mark in islice(witness.marks(index), WINDOW)]
    rows = connection.execute(
        select(audit.c.body, audit.c.time).where(audit.c.index >= index).order_by(audit.c.index).limit(WINDOW)
    ).all()
    present = [content_hash(row.body) if isinstance(row.body, bytes) else None for row in rows]
    if not present:
        return _cut(connection, index)
    is_elsewhere, is_old = marked[0] in present[1:], present[0] in marked[1:]
    if marked[0] == present[0]:
        return Bad(index, "edited")  # its place in the log, or its chain
    if is_elsewhere and is_old:
        return Bad(index, "reordered")
    if is_elsewhere:
        return Bad(index, "inserted")
    if is_old:
        return Bad(index, "deleted")
    signed = witness.heads[witness.size].at
    if str(rows[0].time) > signed and not set(marked) & set(present):
        return Bad(index, "rolled-back")  # an old state was put back, and work went on from there
    return Bad(index, "edited")


def _cut(connection: Connection, index: int) -> Bad:
    """Cut off, or the whole database put back to an older state: then the other tables know nothing of what is missing."""
    last = connection.scalar(select(func.max(audit.c.time)).where(audit.c.index < index)) or ""
    return Bad(index, "truncated" if is_known_elsewhere(connection, str(last)) else "rolled-back")


def is_known_elsewhere(connection: Connection, last_time: str) -> bool:
    """Whether the other tables tell of something that happened and is not in the log any more."""
    if has_unlogged_rows(connection):
        return True
    last = _moment(last_time)
    columns = (received.c.received_at, invoice.c.updated_at, act.c.at, export.c.created_at)
    return any(_moment(connection.scalar(select(func.max(column)))) > last for column in columns)


def has_unlogged_rows(connection: Connection) -> bool:
    """Whether something was received, read or written of which the log has no entry at all."""
    lonely = (
        select(received.c.id).where(~exists().where(audit.c.item == received.c.id)),
        select(invoice.c.id).where(~exists().where(audit.c.item == invoice.c.id)),
        select(export.c.id).where(~exists().where(audit.c.item == export.c.invoice_id, audit.c.type == "export-written")),
    )
    return any(connection.execute(query.limit(1)).first() for query in lonely)


def _moment(text: Any) -> datetime:
    """A time to the second; what cannot be read is long ago."""
    try:
        return datetime.fromisoformat(str(text).replace("Z", "+00:00")).astimezone(UTC).replace(microsecond=0)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
