"""Letters that go out: written down in the transaction of the decision, sent afterwards."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from pipeline.clock import iso
from pipeline.ids import new_id
from pipeline.store.tables import letter

WAITING = "waiting"


def add(
    connection: Connection,
    invoice_id: str,
    *,
    to: str,
    subject: str,
    body: str,
    answers: str | None,
    sender_domain: str,
    now: datetime,
    not_before: datetime,
) -> str:
    """A letter to be sent from ``not_before`` on; its id."""
    identifier = new_id()
    connection.execute(
        insert(letter).values(
            id=identifier,
            invoice_id=invoice_id,
            recipient=to,
            subject=subject,
            body=body,
            answers=answers,
            message_id=f"<{identifier}@{sender_domain}>",
            state=WAITING,
            attempts=0,
            not_before=iso(not_before),
            created_at=iso(now),
        )
    )
    return identifier


def of_invoice(connection: Connection, invoice_id: str) -> list[Row[Any]]:
    return list(connection.execute(select(letter).where(letter.c.invoice_id == invoice_id).order_by(letter.c.id)))


def due(connection: Connection, now: datetime, limit: int = 50) -> list[str]:
    query = select(letter.c.id).where(letter.c.state == WAITING, letter.c.not_before <= iso(now))
    return list(connection.scalars(query.order_by(letter.c.not_before).limit(limit)))


def claim(connection: Connection, identifier: str, now: datetime, lease: timedelta) -> Row[Any] | None:
    """Take a letter that is due, for the length of a lease; ``None`` when another sender has it or it was withdrawn."""
    taken = connection.execute(
        update(letter)
        .where(letter.c.id == identifier, letter.c.state == WAITING, letter.c.not_before <= iso(now))
        .values(attempts=letter.c.attempts + 1, not_before=iso(now + lease))
    )
    return connection.execute(select(letter).where(letter.c.id == identifier)).one() if taken.rowcount else None


def postpone(connection: Connection, identifier: str, until: datetime, error: str) -> None:
    connection.execute(update(letter).where(letter.c.id == identifier).values(not_before=iso(until), error=error))


def finish(connection: Connection, identifier: str, state: str, now: datetime, error: str | None = None) -> None:
    """``sent`` or ``failed``, for good."""
    connection.execute(update(letter).where(letter.c.id == identifier).values(state=state, ended_at=iso(now), error=error))


def withdraw(connection: Connection, invoice_id: str, now: datetime) -> list[str]:
    """Letters about an invoice that nobody has begun to send are not sent; their ids."""
    untouched = (letter.c.invoice_id == invoice_id, letter.c.state == WAITING, letter.c.attempts == 0)
    found = list(connection.scalars(select(letter.c.id).where(*untouched)))
    connection.execute(update(letter).where(letter.c.id.in_(found)).values(state="withdrawn", ended_at=iso(now)))
    return found
