"""What people did about an invoice, in order. What still stands is handed to the core as ``schemas.choices``.

kind             data
correct          {"changes": [{path, before, after}], "confirmed": [path]}
dismiss-finding  DismissedFinding
accept-variance  AcceptedVariance
assign-lines     {"lines": [OrderLineChoice]}
assign-accounts  {"lines": [AccountChoice]}
approve          {"sufficient": bool}      false: above the limit of the role, an approver goes on
confirm-bank     {"iban", "called", "complete": bool}
ask-buyer        {"question"}
postpone         {"until"}
reject           {}
acknowledge      {"number", "year", "system"}
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from pipeline.clock import iso
from pipeline.ids import new_id
from pipeline.store.tables import act, confirmed_bank
from schemas.choices import AcceptedVariance, AccountChoice, Choices, DismissedFinding, OrderLineChoice
from schemas.identifiers import compact

ASKS_A_SECOND_PERSON = frozenset({"correct", "dismiss-finding"})
"""Where sensitive. A bank account has had its two people already."""
MAKES_APPROVAL_VOID = frozenset({"correct", "assign-lines", "assign-accounts"})
"""Whoever approved had something else before him."""


def add(
    connection: Connection,
    invoice_id: str,
    kind: str,
    data: Mapping[str, Any],
    *,
    actor: str,
    role: str,
    now: datetime,
    reason: str | None = None,
    sensitive: bool = False,
    before: str | None = None,
) -> str:
    identifier = new_id()
    connection.execute(
        insert(act).values(
            id=identifier,
            invoice_id=invoice_id,
            kind=kind,
            actor=actor,
            role=role,
            reason=reason,
            data=json.dumps(data, ensure_ascii=False),
            sensitive=int(sensitive),
            before=before,
            at=iso(now),
        )
    )
    return identifier


def standing(connection: Connection, invoice_id: str) -> list[Row[Any]]:
    """Acts that were not undone, oldest first."""
    query = select(act).where(act.c.invoice_id == invoice_id, act.c.undone_at.is_(None))
    return list(connection.execute(query.order_by(act.c.seq)))


def undo(connection: Connection, identifier: str, actor: str, now: datetime) -> None:
    connection.execute(update(act).where(act.c.id == identifier).values(undone_at=iso(now), undone_by=actor))


def has_changed_what_is_paid(connection: Connection, invoice_id: str, actor: str) -> bool:
    """Four eyes: whether this person changed number, amounts, payee or bank account of the invoice."""
    query = select(func.count()).select_from(act)
    own = query.where(act.c.invoice_id == invoice_id, act.c.actor == actor, act.c.sensitive == 1, act.c.undone_at.is_(None))
    return bool(connection.scalar(own))


def choices_of(connection: Connection, invoice_id: str) -> Choices:
    """Everything that still stands, later acts over earlier ones."""
    order_lines: dict[str, OrderLineChoice] = {}
    accepted: dict[tuple[str | None, str], AcceptedVariance] = {}
    accounts: dict[str, AccountChoice] = {}
    dismissed: list[DismissedFinding] = []
    is_approved = awaits_approver = needs_second_person = False
    for row in standing(connection, invoice_id):
        data = json.loads(row.data)
        if row.kind in MAKES_APPROVAL_VOID:
            is_approved = awaits_approver = False
        needs_second_person |= bool(row.sensitive) and row.kind in ASKS_A_SECOND_PERSON
        if row.kind == "assign-lines":
            order_lines |= {one["invoice_line"]: OrderLineChoice.model_validate(one) for one in data["lines"]}
        elif row.kind == "accept-variance":
            one = AcceptedVariance.model_validate(data)
            accepted[one.invoice_line, one.key] = one
        elif row.kind == "assign-accounts":
            accounts |= {one["invoice_line"]: AccountChoice.model_validate(one) for one in data["lines"]}
        elif row.kind == "dismiss-finding":
            dismissed.append(DismissedFinding.model_validate(data))
        elif row.kind == "approve":
            is_approved, awaits_approver = data["sufficient"], not data["sufficient"]
    return Choices(
        order_lines=tuple(order_lines.values()),
        accepted=tuple(accepted.values()),
        accounts=tuple(accounts.values()),
        dismissed=tuple(dismissed),
        is_approved=is_approved,
        needs_second_person=needs_second_person,
        awaits_approver=awaits_approver,
    )


def confirmed_ibans(connection: Connection, vendor_number: str) -> tuple[str, ...]:
    """Accounts of a vendor that two people have confirmed here."""
    query = select(confirmed_bank.c.iban).where(
        confirmed_bank.c.vendor_number == vendor_number, confirmed_bank.c.second_by.is_not(None)
    )
    return tuple(connection.scalars(query.order_by(confirmed_bank.c.iban)))


def confirm_iban(connection: Connection, vendor_number: str, iban: str, called: str, actor: str, now: datetime) -> bool:
    """One person's confirmation; whether the account counts now. The second person must be another one.

    Raises ``SamePerson`` where the first confirms a second time.
    """
    key = (confirmed_bank.c.vendor_number == vendor_number) & (confirmed_bank.c.iban == compact(iban))
    known = connection.execute(select(confirmed_bank).where(key)).first()
    if known is None:
        connection.execute(
            insert(confirmed_bank).values(
                vendor_number=vendor_number, iban=compact(iban), called=called, first_by=actor, first_at=iso(now)
            )
        )
        return False
    if known.second_by is not None:
        return True
    if known.first_by == actor:
        raise SamePerson
    connection.execute(update(confirmed_bank).where(key).values(second_by=actor, second_at=iso(now)))
    return True


def retract_iban(connection: Connection, vendor_number: str, iban: str) -> None:
    connection.execute(
        confirmed_bank.delete().where(confirmed_bank.c.vendor_number == vendor_number, confirmed_bank.c.iban == compact(iban))
    )


class SamePerson(Exception):
    """The second confirmation must come from another person."""
