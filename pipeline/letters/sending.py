"""Sends the letters that are due. A letter keeps its Message-ID, so that one sent twice after a lost answer is shown once."""

import logging
import re
import smtplib
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from sqlalchemy import Row

from pipeline.clock import queue_time
from pipeline.desk import Desk
from pipeline.intake.settings import Smtp
from pipeline.store import letters
from pipeline.store.audit import Event
from pipeline.transaction import Transaction

log = logging.getLogger("belegfluss")

LEASE = timedelta(minutes=10)
BACKOFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6))
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")


def send_due(desk: Desk) -> int:
    """Send every letter whose time has come; how many went out. What fails now is tried again, what is refused is told in the trail."""
    with desk.database.read() as connection:
        due = letters.due(connection, queue_time())
    return sum(_send(desk, identifier) for identifier in due)


def _send(desk: Desk, identifier: str) -> bool:
    settings = desk.settings.smtp
    with desk.database.write() as connection:
        row = letters.claim(connection, identifier, queue_time(), LEASE)
    if row is None:
        return False
    try:
        deliver(settings, compose(settings, row, desk.clock.now()))
    except (OSError, smtplib.SMTPException) as problem:
        _failed(desk, row, problem)
        return False
    with desk.database.write() as connection:
        letters.finish(connection, row.id, "sent", desk.clock.now())
        facts = {"letter": row.id, "to": row.recipient, "message_id": row.message_id}
        Transaction(connection, desk.clock.now()).note(row.invoice_id, Event("letter-sent", after=facts))
    return True


def _failed(desk: Desk, row: Row[Any], problem: Exception) -> None:
    words = f"{type(problem).__name__}: {problem}"[:500]
    final = is_final(problem) or row.attempts >= desk.settings.smtp.attempts
    log.warning("letter %s to %s: %s%s", row.id, row.recipient, words, "" if final else "; trying again")
    with desk.database.write() as connection:
        if final:
            letters.finish(connection, row.id, "failed", desk.clock.now(), words)
            facts = {"letter": row.id, "to": row.recipient, "attempts": str(row.attempts)}
            Transaction(connection, desk.clock.now()).note(row.invoice_id, Event("letter-failed", after=facts, reason=words))
        else:
            letters.postpone(connection, row.id, queue_time() + BACKOFF[min(row.attempts, len(BACKOFF)) - 1], words)


def is_final(problem: Exception) -> bool:
    """Whether the server refused this letter for good (5xx). A refused password or greeting is ours to mend: tried again."""
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in problem.recipients.values())
    return isinstance(problem, smtplib.SMTPDataError) and problem.smtp_code >= 500


def compose(settings: Smtp, row: Row[Any], now: datetime) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.sender
    message["To"] = row.recipient
    if settings.reply_to:
        message["Reply-To"] = settings.reply_to
    message["Subject"] = row.subject
    message["Date"] = now
    message["Message-ID"] = row.message_id
    if row.answers and _MESSAGE_ID.fullmatch(row.answers):
        message["In-Reply-To"] = row.answers
        message["References"] = row.answers
    message["Auto-Submitted"] = "auto-generated"  # no holiday answers, no loops between programs
    message.set_content(row.body)
    return message


def deliver(settings: Smtp, message: EmailMessage) -> None:
    """Hand a message to the server. Raises ``OSError`` or ``smtplib.SMTPException``: then it has to be taken as not sent."""
    with sign_in(settings) as client:
        client.send_message(message)


def sign_in(settings: Smtp) -> smtplib.SMTP:
    """A connection to the server, encrypted and signed in as the settings say. Raises as ``deliver`` does."""
    where: dict[str, Any] = {"host": settings.host, "port": settings.port, "timeout": settings.timeout_seconds}
    tls = settings.security == "tls"
    client = smtplib.SMTP_SSL(**where, context=settings.tls()) if tls else smtplib.SMTP(**where)
    try:
        if settings.security == "starttls":
            client.starttls(context=settings.tls())
        if settings.user:
            client.login(settings.user, settings.secret())
    except BaseException:
        client.close()
        raise
    return client
