"""The review screen: one invoice, everything a person can do about it, and what came of it. Works without a script as well."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection, Row
from starlette.datastructures import FormData

from pipeline import acts
from pipeline.acts.person import WAITING
from pipeline.acts.undoing import STATES as UNDOABLE
from pipeline.desk import Desk
from pipeline.outcome import outcome, trail_items
from pipeline.store import acts as kept_acts
from pipeline.store import queries
from pipeline.web import entries, invoice_view, pictures
from pipeline.web.access import Person, allow
from pipeline.web.comparison import compare, exceeded_keys
from pipeline.web.field_values import path_label
from pipeline.web.notices import notice_of
from pipeline.web.problems import NotFound
from pipeline.web.refusals import said_in
from pipeline.web.rendering import Words, language_of, page
from pipeline.web.sessions import Role, Session
from schemas.choices import AccountChoice, OrderLineChoice
from schemas.evidence import Evidence

router = APIRouter(include_in_schema=False)

Clerk = Annotated[Session, Depends(allow(Role.CLERK, Role.APPROVER))]
DECIDERS = (Role.CLERK, Role.APPROVER)
VALUE = "v:"
"""Prefix of the inputs that hold values of the invoice, before the path."""
AT = "at:"
"""Prefix of the inputs that say where on the page a value was taken from: page, x, y, width, height."""
MOST_INPUTS = 5000
WAITS = ("review", "blocked", "quarantined")
STATUS = {acts.ChangedMeanwhile: 412, acts.NotHis: 403, acts.NotNow: 409, acts.Unusable: 422}


@dataclass(frozen=True)
class Alert:
    """Why nothing, or not everything, was done. ``now`` are fields that another person changed: label, typed, now."""

    key: str
    said: Sequence[tuple[str, bool]] = ()
    now: Sequence[tuple[str, str, str]] = ()
    by: tuple[str, Any] | None = None


class Inputs(dict[str, str]):
    """Inputs by name; one that was not sent is empty."""

    def __missing__(self, _name: str) -> str:
        return ""


@dataclass(frozen=True)
class Typed:
    """What a person sent and could not be done: it stays in the inputs."""

    texts: Mapping[str, str] = field(default_factory=dict)
    troubles: Mapping[str, str] = field(default_factory=dict)
    fields: Inputs = field(default_factory=Inputs)
    confirmed: Sequence[str] = ()
    act: str = ""


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


async def sent_form(request: Request) -> FormData:
    return await request.form(max_fields=MOST_INPUTS, max_files=0)


Form = Annotated[FormData, Depends(sent_form)]


@router.get("/invoices/{identifier}")
def show_invoice(
    request: Request,
    identifier: str,
    person: Person,
    done: Annotated[str, Query(max_length=100)] = "",
    act: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    return _screen(request, identifier, person, notice=notice_of(request, done, act))


@router.get("/invoices/{identifier}/next")
def show_next(request: Request, identifier: str, _person: Person) -> RedirectResponse:
    return RedirectResponse(_following(request, identifier), 303)


@router.get("/documents/{identifier}/pages/{number}")
def show_picture(request: Request, identifier: str, number: int, _person: Person) -> Response:
    """Pixels only; what a browser keeps of it is its user's own."""
    desk = desk_of(request)
    with desk.database.read() as connection:
        source = queries.find_received(connection, identifier)
    data = pictures.picture(desk, source, number) if source else None
    if data is None:
        raise NotFound
    return Response(data, media_type=pictures.MEDIA_TYPE, headers={"Cache-Control": "private, max-age=3600"})


def _screen(
    request: Request,
    identifier: str,
    person: Session,
    *,
    status: int = 200,
    alert: Alert | None = None,
    typed: Typed | None = None,
    notice: Mapping[str, str] | None = None,
) -> HTMLResponse:
    desk, words, typed = desk_of(request), Words(language_of(request, person)), typed or Typed()
    with desk.database.read() as connection:
        row = _found(connection, identifier)
        view = invoice_view.build(connection, row, words)
        trail = queries.trail(connection, trail_items(connection, row))
        compared = compare(connection, view.data["match"], view.invoice)
        standing = [one for one in kept_acts.standing(connection, row.id) if one.kind != "acknowledge"]
        source = queries.find_received(connection, row.received_id)
    decides = person.role in DECIDERS
    return page(
        request,
        "invoice.html",
        status=status,
        session=person,
        view=view,
        fields=entries.build(view.data, words, typed.texts, typed.troubles),
        compared=compared,
        match_keys=exceeded_keys(view.data["match"]),
        sheets=pictures.sheets(desk, source, view.data["pages"]) if source else [],
        may_act=decides and row.state in WAITING,
        undo=standing[-1] if decides and standing and row.state in UNDOABLE else None,
        first_call=_first_call(desk, row, view),
        alert=alert,
        typed=typed,
        notice=notice,
        trail_entries=trail,
        story=invoice_view.story,
    )


def _found(connection: Connection, identifier: str) -> Row[Any]:
    row = queries.find_invoice(connection, identifier)
    if row is None:
        raise NotFound
    return row


def _first_call(desk: Desk, row: Row[Any], view: invoice_view.InvoiceView) -> str | None:
    """Who has called the vendor about the account on the invoice, where the second person is awaited."""
    from pipeline.acts.clearing import first_confirmation

    iban = (view.invoice.get("payment") or {}).get("iban")
    return first_confirmation(desk, row.vendor_number, iban) if iban and row.vendor_number else None


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
        found = {}
        for name, value in self.form.multi_items():
            numbers = re.fullmatch(r"(\d{1,4})((?: \d{1,6}(?:\.\d{1,4})?){4})", str(value)) if name.startswith(AT) else None
            if numbers and int(numbers[1]):
                x, y, width, height = map(float, numbers[2].split())
                text = str(self.form.get(VALUE + name[len(AT) :], ""))[:200]
                found[name[len(AT) :]] = Evidence(page=int(numbers[1]), box=(x, y, x + width, y + height), text=text)
        return found

    @property
    def confirmed(self) -> list[str]:
        return [str(value) for value in self.form.getlist("confirm")]


def _submission(sent: Sent) -> entries.Submission:
    """What the form changes in the invoice as it is now. Raises ``ChangedMeanwhile`` where that is another version."""
    words = Words(language_of(sent.request, sent.person))
    with sent.desk.database.read() as connection:
        row = _found(connection, sent.identifier)
        data = outcome(connection, row)
    if row.version != sent.version:
        raise acts.ChangedMeanwhile("The invoice was changed meanwhile: look at it again.")
    known = entries.build(data, words, {}, {})
    return entries.read_form(known, data["invoice"] or {}, sent.texts, sent.confirmed, sent.desk.clock.today(), words)


@router.post("/invoices/{identifier}/acts/{act}")
def do_act(request: Request, identifier: str, act: str, person: Clerk, form: Form) -> Any:
    """One act of the review screen. Done: on to where the person goes on; refused: the same screen, with why and what was typed."""
    if act not in ACTS:
        raise NotFound
    sent = Sent(request, identifier, person, form)
    try:
        return RedirectResponse(ACTS[act](sent), 303)
    except _Untidy as untidy:
        typed = Typed(untidy.submission.texts, untidy.submission.troubles, Inputs(), sent.confirmed, act)
        return _screen(request, identifier, person, status=422, alert=Alert("alert.untidy"), typed=typed)
    except acts.NoSuchInvoice as missing:
        raise NotFound from missing
    except acts.ActRefused as refused:
        return _refused(sent, act, refused)


class _Untidy(Exception):
    def __init__(self, submission: entries.Submission) -> None:
        super().__init__("what was typed cannot be read")
        self.submission = submission


def _refused(sent: Sent, act: str, refused: acts.ActRefused) -> HTMLResponse:
    words = Words(language_of(sent.request, sent.person))
    status = next((code for kind, code in STATUS.items() if isinstance(refused, kind)), 422)
    fields = Inputs({name: str(value)[:2000] for name, value in sent.form.multi_items() if not name.startswith(VALUE)})
    if isinstance(refused, acts.ChangedMeanwhile):
        alert, texts = _conflict(sent, words)
    else:
        kept = act == "approve" and _version(sent) != sent.version
        alert, texts = Alert("alert.kept-refused" if kept else "alert.refused", said_in(refused, words.t)), _unsaved(sent, words)
    typed = Typed(texts, {}, fields, sent.confirmed, act)
    return _screen(sent.request, sent.identifier, sent.person, status=status, alert=alert, typed=typed)


def _version(sent: Sent) -> int:
    with sent.desk.database.read() as connection:
        return int(_found(connection, sent.identifier).version)


def _unsaved(sent: Sent, words: Words) -> dict[str, str]:
    with sent.desk.database.read() as connection:
        data = outcome(connection, _found(connection, sent.identifier))
    known = {entry.path: entry.value for entry in entries.build(data, words, {}, {})}
    return {path: text for path, text in sent.texts.items() if path in known and text.strip() != known[path].strip()}


def _conflict(sent: Sent, words: Words) -> tuple[Alert, dict[str, str]]:
    """Somebody else was faster: who, and every field where this form and the invoice differ now. Nothing of it is lost."""
    with sent.desk.database.read() as connection:
        row = _found(connection, sent.identifier)
        trail = queries.trail(connection, [row.id])
        data = outcome(connection, row)
    last = next((entry for entry in reversed(trail) if entry.actor != "system"), None)
    texts = _unsaved(sent, words)
    now = {entry.path: entry.value for entry in entries.build(data, words, {}, {})}
    differ = [(path_label(path, words), text, now[path]) for path, text in texts.items()]
    return Alert("alert.changed", (), differ, (last.actor, last.time) if last else None), texts


def _keep_values(sent: Sent) -> int:
    """Correct and confirm what the form says; the version afterwards. Nothing changed is no mistake here."""
    submission = _submission(sent)
    if submission.troubles:
        raise _Untidy(submission)
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
        return str(_found(connection, sent.identifier).state)


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
    return f"{_following(sent.request, sent.identifier)}?{urlencode({'done': sent.identifier, 'act': act})}"


def _following(request: Request, identifier: str) -> str:
    """The address of the next invoice that waits for a person, in the order of the queue; the queue itself after the last."""
    desk = desk_of(request)
    with desk.database.read() as connection:
        row = _found(connection, identifier)
        following = queries.next_waiting(connection, WAITS, row, desk.clock.today())
    return f"/invoices/{following}" if following else "/"
