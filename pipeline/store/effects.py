"""Hand-overs, one row for every key: prepared -> handed-over -> confirmed, rejected or unknown.

``handed-over`` is committed before the call. A process that dies in the call leaves it so, and the next one asks the target.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from pipeline.clock import iso
from pipeline.store.tables import export_effect as table

PREPARED, HANDED_OVER, UNKNOWN, CONFIRMED, REJECTED = "prepared", "handed-over", "unknown", "confirmed", "rejected"
REPLACEABLE = (PREPARED, REJECTED)
"""Nothing of it is at the target, so that corrected content may take its place."""


class KeyInUse(Exception):
    """Other content, or another invoice, was handed over under this key."""


def prepare(connection: Connection, key: str, invoice_id: str, target: str, sha256: str, now: datetime) -> None:
    """The intent. Raises ``KeyInUse``."""
    known = get(connection, key)
    fresh = {"invoice_id": invoice_id, "sha256": sha256, "state": PREPARED, "error": None, "updated_at": iso(now)}
    if known is None:
        connection.execute(insert(table).values(key=key, target=target, attempts=0, created_at=iso(now), **fresh))
    elif (known.invoice_id, known.sha256) != (invoice_id, sha256) or known.state == REJECTED:
        if known.state not in REPLACEABLE or (known.busy_until or "") > iso(now):
            raise KeyInUse(f"under this key invoice {known.invoice_id} was handed over, state {known.state}")
        connection.execute(update(table).where(table.c.key == key).values(**fresh))


def get(connection: Connection, key: str) -> Row[Any] | None:
    return connection.execute(select(table).where(table.c.key == key)).first()


def of_invoice(connection: Connection, invoice_id: str) -> list[Row[Any]]:
    return list(connection.execute(select(table).where(table.c.invoice_id == invoice_id).order_by(table.c.created_at)))


def begin(connection: Connection, key: str, now: datetime, lease: timedelta) -> str | None:
    """Take the turn for one look and one attempt: a token for the rest; ``None`` while another has it."""
    free = or_(table.c.busy_until.is_(None), table.c.busy_until <= iso(now))
    token = iso(now + lease)
    taken = update(table).where(table.c.key == key, free).values(busy_until=token, updated_at=iso(now))
    return token if connection.execute(taken).rowcount else None


def sending(connection: Connection, key: str, token: str, now: datetime) -> bool:
    """From now on it may be at the target. ``False`` when the turn is over: then nothing may be sent."""
    if token <= iso(now):
        return False
    values = {"state": HANDED_OVER, "attempts": table.c.attempts + 1, "begun_at": iso(now), "updated_at": iso(now)}
    mine = update(table).where(table.c.key == key, table.c.busy_until == token)
    return bool(connection.execute(mine.values(**values)).rowcount)


def end(
    connection: Connection, key: str, token: str, state: str, now: datetime, *, receipt: Any = None, error: str | None = None
) -> None:
    """What came of it. A turn that another has taken meanwhile changes nothing any more, unless it knows of the booking."""
    said = json.dumps(receipt) if receipt else None
    values = {"state": state, "busy_until": None, "receipt": said, "error": error, "updated_at": iso(now)}
    mine = table.c.busy_until == token if state != CONFIRMED else table.c.state != CONFIRMED
    connection.execute(update(table).where(table.c.key == key, mine).values(**values))
