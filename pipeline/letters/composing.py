"""What a letter says, and to whom it may be proposed to go."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal
from sqlalchemy import Connection, Row

from pipeline.store import facts, master, records
from schemas.mail import MailFacts
from schemas.master import Vendor

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
MAX_SUBJECT, MAX_BODY, MAX_ADDRESS = 200, 20_000, 254


class LetterUnusable(Exception):
    """The letter cannot go out as it is; the message says what is wrong with it."""


@dataclass(frozen=True)
class Letter:
    """``answers`` is the Message-ID of the mail the invoice came in, so that the letter stands beside it in the supplier's mailbox."""

    to: str
    subject: str
    body: str
    answers: str | None = None

    def checked(self) -> "Letter":
        """Itself, fit to be sent. Raises ``LetterUnusable``."""
        if len(self.to) > MAX_ADDRESS or not ADDRESS.fullmatch(self.to):
            raise LetterUnusable("letter.to: is not one plain mail address")
        if not self.body.strip() or len(self.body) > MAX_BODY:
            raise LetterUnusable(f"letter.body: must have 1 to {MAX_BODY:,} characters")
        subject = " ".join("".join(c if c.isprintable() else " " for c in self.subject).split())
        if not subject:
            raise LetterUnusable("letter.subject: is empty")
        return Letter(self.to, subject[:MAX_SUBJECT], self.body, self.answers)


def rejection(connection: Connection, row: Row[Any], language: str, reason: str) -> Letter:
    """The letter that tells a supplier of a rejection. ``to`` is empty where no address can be trusted: a person names it."""
    document = records.document_of(row)
    stated = document.invoice
    mail = _mail_of(connection, row)
    company = facts.company_of(connection, row.company_code)
    total = stated.totals.grand_total if stated else None
    words = {
        "number": row.number or "-",
        "date": format_date(stated.issue_date, "medium", locale=language) if stated and stated.issue_date else "-",
        "total": f"{format_decimal(total, locale=language)} {row.currency or ''}".strip() if total is not None else "-",
        "company": company.name if company else "-",
        "reason": reason.strip(),
    }
    texts = _texts()[language]
    subject, body = (texts[part].strip().format(**words) for part in ("subject", "body"))
    return Letter(_address(connection, row, mail), subject, body + "\n", mail.message_id if mail else None)


def _address(connection: Connection, row: Row[Any], mail: MailFacts | None) -> str:
    """The vendor's address in the master data; else the sender's where master data know its domain; else none."""
    vendor = next(iter(master.by_keys(connection, "vendors", Vendor, [row.vendor_number or ""])), None)
    if vendor is None:
        return ""
    if vendor.email and ADDRESS.fullmatch(vendor.email):
        return vendor.email
    sender = (mail.from_address if mail else None) or ""
    domains = {domain.lower() for domain in vendor.email_domains}
    return sender if ADDRESS.fullmatch(sender) and sender.rpartition("@")[2].lower() in domains else ""


def _mail_of(connection: Connection, row: Row[Any]) -> MailFacts | None:
    source = records.get_received(connection, row.received_id)
    return MailFacts.model_validate_json(source.mail) if source.mail else None


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads((files("pipeline.letters") / "texts.toml").read_text("utf-8"))
