"""Forms of the review screen as acts: what the inputs mean, the act itself, and where the person goes on."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from sqlalchemy import Connection, Row
from starlette.datastructures import FormData

from pipeline import acts
from pipeline.acts.person import WAITING
from pipeline.desk import Desk
from pipeline.outcome import outcome
from pipeline.store import queries
from pipeline.web import entries
from pipeline.web.problems import NotFound
from pipeline.web.rendering import Words, language_of
from pipeline.web.sessions import Session
from schemas.choices import AccountChoice, OrderLineChoice
from schemas.evidence import Evidence

VALUE = "v:"
"""Prefix of the inputs that hold values of the invoice, before the path."""
AT = "at:"
"""Prefix of the inputs that say where on the page a value was taken from: page, x, y, width, height."""
WAITS = ("review", "blocked", "quarantined")


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def found(connection: Connection, identifier: str) -> Row[Any]:
    """The invoice. Raises ``NotFound``."""
    row = queries.find_invoice(connection, identifier)
    if row is None:
        raise NotFound
    return row


@dataclass(frozen=True)
class Sent:
    """A form that came in: the person, the invoice as the person saw it, and the inputs."""

    request: Request
    identifier: str
    person: Session
    form: FormData

    @property
    def desk(self) -> Desk:
        return desk_of(self.request)

    @property
    def who(self) -> acts.Person:
        return acts.Person(self.person.actor, self.person.role.value)

    @property
    def version(self) -> int:
        text = self.text("version")
        if not text.isascii() or not text.isdecimal() or len(text) > 12:
            raise acts.ChangedMeanwhile("The invoice was changed meanwhile: look at it again.")
        return int(text)

    def text(self, name: str) -> str:
        value = self.form.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    @property
    def texts(self) -> dict[str, str]:
        return {name[len(VALUE) :]: str(value) for name, value in self.form.multi_items() if name.startswith(VALUE)}

    @property
    def places(self) -> dict[str, Evidence]:
        """Where on the page a value was clicked, by path; what makes no sense is left out, it proves nothing."""
        places = {}
        for name, value in self.form.multi_items():
            numbers = re.fullmatch(r"(\d{1,4})((?: \d{1,6}(?:\.\d{1,4})?){4})", str(value)) if name.startswith(AT) else None
            if numbers and int(numbers[1]):
                x, y, width, height = map(float, numbers[2].split())
                text = str(self.form.get(VALUE + name[len(AT) :], ""))[:200]
                places[name[len(AT) :]] = Evidence(page=int(numbers[1]), box=(x, y, x + width, y + height), text=text)
        return places

    @property
    def confirmed(self) -> list[str]:
        return [str(value) for value in self.form.getlist("confirm")]


class Untidy(Exception):
    """Something typed cannot be read; nothing was changed."""

    def __init__(self, submission: entries.Submission) -> None:
        super().__init__("what was typed cannot be read")
        self.submission = submission


def _submission(sent: Sent) -> entries.Submission:
    """What the form changes in the invoice as it is now. Raises ``ChangedMeanwhile`` where that is another version."""
    words = Words(language_of(sent.request, sent.person))
    with sent.desk.database.read() as connection:
        row = found(connection, sent.identifier)
        data = outcome(connection, row)
    if row.version != sent.version:
        raise acts.ChangedMeanwhile("The invoice was changed meanwhile: look at it again.")
    known = entries.build(data, words, {}, {})
    return entries.read_form(known, data["invoice"] or {}, sent.texts, sent.confirmed, sent.desk.clock.today(), words)


def _keep_values(sent: Sent) -> int:
    """Correct and confirm what the form says; the version afterwards. Nothing changed is no mistake here."""
    submission = _submission(sent)
    if submission.troubles:
        raise Untidy(submission)
    if not submission.values and not submission.confirmed:
        return sent.version
    done = acts.correct(
        sent.desk,
        sent.identifier,
        sent.who,
        {},
        confirm=submission.confirmed,
        values=submission.values,
        places={path: place for path, place in sent.places.items() if path in submission.values},
        version=sent.version,
    )
    return done.version


def _state(sent: Sent) -> str:
    with sent.desk.database.read() as connection:
        return str(found(connection, sent.identifier).state)


def _correct(sent: Sent) -> str:
    _keep_values(sent)
    if _state(sent) not in WAITING:  # nothing was open any more: it went through by itself
        return _go_on(sent, "approve")
    return _back(sent, "correct")


def _approve(sent: Sent) -> str:
    version = _keep_values(sent)
    if _state(sent) in WAITING:
        acts.approve(sent.desk, sent.identifier, sent.who, reason=sent.text("reason") or None, version=version)
    return _go_on(sent, "passed-on" if _state(sent) in WAITING else "approve")


def _reject(sent: Sent) -> str:
    acts.reject(sent.desk, sent.identifier, sent.who, reason=sent.text("reason"), version=sent.version)
    return _go_on(sent, "reject")


def _postpone(sent: Sent) -> str:
    text = sent.text("until")
    try:
        until = date.fromisoformat(text) if text else None
    except ValueError as problem:
        raise acts.Unusable([f"until: {text[:20]} is no day"]) from problem
    acts.postpone(sent.desk, sent.identifier, sent.who, reason=sent.text("reason"), until=until, version=sent.version)
    return _go_on(sent, "postpone")


def _undo(sent: Sent) -> str:
    acts.undo(sent.desk, sent.identifier, sent.who, version=sent.version)
    return _back(sent, "undo")


def _simple(do: Callable[..., Any], *names: str) -> Callable[[Sent], str]:
    """An act whose arguments are inputs of the same names."""

    def act(sent: Sent) -> str:
        arguments = [sent.text(name) for name in names]
        do(sent.desk, sent.identifier, sent.who, *arguments, reason=sent.text("reason") or None, version=sent.version)
        return _back(sent, "other")

    return act


def _variance(sent: Sent) -> str:
    line = sent.text("invoice_line") or None
    key, reason = sent.text("key"), sent.text("reason")
    acts.accept_variance(sent.desk, sent.identifier, sent.who, key, line, reason=reason, version=sent.version)
    return _back(sent, "other")


def _ask(sent: Sent) -> str:
    acts.ask_buyer(sent.desk, sent.identifier, sent.who, question=sent.text("reason"), version=sent.version)
    return _back(sent, "other")


def _order_line(sent: Sent) -> str:
    choice = OrderLineChoice(
        invoice_line=sent.text("invoice_line"),
        purchase_order=sent.text("purchase_order"),
        purchase_order_line=sent.text("purchase_order_line"),
    )
    if not choice.purchase_order or not choice.purchase_order_line:
        raise acts.Unusable(["lines: names no line"])
    acts.assign_lines(sent.desk, sent.identifier, sent.who, [choice], version=sent.version)
    return _back(sent, "other")


ACCOUNT_FIELDS = ("gl_account", "cost_center", "tax_code")


def _accounts(sent: Sent) -> str:
    given = {name: sent.text(name) or None for name in ACCOUNT_FIELDS}
    if not any(given.values()):
        raise acts.Unusable(["lines: names no line"])
    choice = AccountChoice.model_validate({"invoice_line": sent.text("invoice_line")} | given)
    acts.assign_accounts(sent.desk, sent.identifier, sent.who, [choice], version=sent.version)
    return _back(sent, "other")


ACTS: Mapping[str, Callable[[Sent], str]] = {
    "correct": _correct,
    "approve": _approve,
    "reject": _reject,
    "postpone": _postpone,
    "undo": _undo,
    "dismiss": _simple(acts.dismiss_finding, "code", "path"),
    "bank": _simple(acts.confirm_bank, "iban", "called"),
    "variance": _variance,
    "ask": _ask,
    "order-line": _order_line,
    "accounts": _accounts,
}


def _back(sent: Sent, act: str) -> str:
    return f"/invoices/{sent.identifier}?{urlencode({'done': sent.identifier, 'act': act})}"


def _go_on(sent: Sent, act: str) -> str:
    return f"{following(sent.request, sent.identifier)}?{urlencode({'done': sent.identifier, 'act': act})}"


def following(request: Request, identifier: str) -> str:
    """The address of the next invoice that waits for a person, in the order of the queue; the queue itself after the last."""
    desk = desk_of(request)
    with desk.database.read() as connection:
        row = found(connection, identifier)
        after = queries.next_waiting(connection, WAITS, row, desk.clock.today())
    return f"/invoices/{after}" if after else "/"
