"""The review screen: one invoice, everything a person can do about it, and what came of it. Works without a script as well."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Row
from starlette.background import BackgroundTask
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
from pipeline.web.presence import OpenInvoices
from pipeline.web.problems import NotFound
from pipeline.web.refusals import said_in
from pipeline.web.rendering import Words, language_of, page
from pipeline.web.sent_forms import ACTS, VALUE, Sent, Untidy, desk_of, following, found
from pipeline.web.sessions import Role, Session
from pipeline.web.twins import twins

router = APIRouter(include_in_schema=False)

Clerk = Annotated[Session, Depends(allow(Role.CLERK, Role.APPROVER))]
DECIDERS = (Role.CLERK, Role.APPROVER)
MOST_INPUTS = 5000
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
    screen = _screen(request, identifier, person, notice=notice_of(request, done, act))
    if person.role in DECIDERS:
        screen.background = BackgroundTask(_draw_next, desk_of(request), identifier)
    return screen


def _draw_next(desk: Desk, identifier: str) -> None:
    """The pictures of the invoice that comes next, while the person looks at this one: it is there at once then."""
    with desk.database.read() as connection:
        row = queries.find_invoice(connection, identifier)
        after = queries.next_waiting(connection, WAITING, row, desk.clock.today()) if row else None
        following_row = queries.find_invoice(connection, after) if after else None
        source = queries.find_received(connection, following_row.received_id) if following_row else None
    if source is not None:
        pictures.sheets(desk, source, [1])


@router.get("/invoices/{identifier}/next")
def show_next(request: Request, identifier: str, _person: Person) -> RedirectResponse:
    return RedirectResponse(following(request, identifier), 303)


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
        row = found(connection, identifier)
        view = invoice_view.build(connection, row, words)
        trail = queries.trail(connection, trail_items(connection, row))
        alike = twins(connection, row, view.data, words)
        compared = compare(connection, view.data["match"], view.invoice)
        standing = [one for one in kept_acts.standing(connection, row.id) if one.kind != "acknowledge"]
        source = queries.find_received(connection, row.received_id)
    decides = person.role in DECIDERS
    presence: OpenInvoices = request.app.state.presence
    return page(
        request,
        "invoice.html",
        status=status,
        session=person,
        view=view,
        fields=entries.build(view.data, words, typed.texts, typed.troubles),
        compared=compared,
        twins=alike,
        match_keys=exceeded_keys(view.data["match"]),
        sheets=pictures.sheets(desk, source, view.data["pages"]) if source else [],
        may_act=decides and row.state in WAITING,
        undo=standing[-1] if decides and standing and row.state in UNDOABLE else None,
        first_call=_first_call(desk, row, view),
        beside=presence.enter(identifier, person) if decides and row.state in WAITING else None,
        alert=alert,
        typed=typed,
        notice=notice,
        trail_entries=trail,
        story=invoice_view.story,
    )


def _first_call(desk: Desk, row: Row[Any], view: invoice_view.InvoiceView) -> str | None:
    """Who has called the vendor about the account on the invoice, where the second person is awaited."""
    from pipeline.acts.clearing import first_confirmation

    iban = (view.invoice.get("payment") or {}).get("iban")
    return first_confirmation(desk, row.vendor_number, iban) if iban and row.vendor_number else None


@router.post("/invoices/{identifier}/acts/{act}")
def do_act(request: Request, identifier: str, act: str, person: Clerk, form: Form) -> Any:
    """One act of the review screen. Done: on to where the person goes on; refused: the same screen, with why and what was typed."""
    if act not in ACTS:
        raise NotFound
    sent = Sent(request, identifier, person, form)
    try:
        return RedirectResponse(ACTS[act](sent), 303)
    except Untidy as untidy:
        typed = Typed(untidy.submission.texts, untidy.submission.troubles, Inputs(), sent.confirmed, act)
        return _screen(request, identifier, person, status=422, alert=Alert("alert.untidy"), typed=typed)
    except acts.NoSuchInvoice as missing:
        raise NotFound from missing
    except acts.ActRefused as refused:
        return _refused(sent, act, refused)


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
        return int(found(connection, sent.identifier).version)


def _unsaved(sent: Sent, words: Words) -> dict[str, str]:
    with sent.desk.database.read() as connection:
        data = outcome(connection, found(connection, sent.identifier))
    known = {entry.path: entry.value for entry in entries.build(data, words, {}, {})}
    return {path: text for path, text in sent.texts.items() if path in known and text.strip() != known[path].strip()}


def _conflict(sent: Sent, words: Words) -> tuple[Alert, dict[str, str]]:
    """Somebody else was faster: who, and every field where this form and the invoice differ now. Nothing of it is lost."""
    with sent.desk.database.read() as connection:
        row = found(connection, sent.identifier)
        trail = queries.trail(connection, [row.id])
        data = outcome(connection, row)
    last = next((entry for entry in reversed(trail) if entry.actor != "system"), None)
    texts = _unsaved(sent, words)
    now = {entry.path: entry.value for entry in entries.build(data, words, {}, {})}
    differ = [(path_label(path, words), text, now[path]) for path, text in texts.items()]
    return Alert("alert.changed", (), differ, (last.actor, last.time) if last else None), texts
