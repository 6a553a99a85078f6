"""The API of CONTRACT section 7 as far as people and the finance system act: correct, decide, clear, acknowledge."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Query, Request, Response
from pydantic import Field
from sqlalchemy import select

from pipeline import acts
from pipeline.acts.person import Done
from pipeline.desk import Desk
from pipeline.letters import Letter, rejection
from pipeline.store.tables import invoice
from pipeline.web.access import allow
from pipeline.web.problems import Conflict, NotAllowed, NotFound, NotUsable, Precondition, PreconditionMissing, Problem
from pipeline.web.sessions import Role, Session
from pipeline.web.texts import Language
from schemas import Word
from schemas.choices import AccountChoice, OrderLineChoice
from schemas.evidence import Evidence

router = APIRouter(prefix="/api/v1/invoices/{identifier}", tags=["v1"])

Clerk = Annotated[Session, Depends(allow(Role.CLERK, Role.APPROVER))]
Booker = Annotated[Session, Depends(allow(Role.MACHINE, Role.ADMIN, Role.APPROVER))]
IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=200)]
OfPerson = Annotated[str, Field(max_length=acts.MAX_REASON)]


class Reason(Word):
    reason: OfPerson | None = None


class LetterText(Word):
    """What is sent to the supplier. Without subject or body the prepared ones are taken."""

    to: str = Field(max_length=254)
    subject: str | None = Field(None, max_length=200)
    body: str | None = Field(None, max_length=20_000)
    language: Language | None = None


class Rejection(Reason):
    letter: LetterText | None = None


class Postponement(Reason):
    until: date | None = None


class Dismissal(Reason):
    code: str = Field(max_length=60)
    path: str = Field("", max_length=300)


class Acceptance(Reason):
    key: str = Field(max_length=20)
    invoice_line: str | None = Field(None, max_length=100)


class OrderLines(Reason):
    lines: list[OrderLineChoice] = Field(max_length=5000)


class Accounts(Reason):
    lines: list[AccountChoice] = Field(max_length=5000)


class BankConfirmation(Reason):
    iban: str = Field(max_length=50)
    called: str = Field(max_length=300)


class Question(Word):
    question: OfPerson


class Confirmation(Reason):
    """Values that are right as they were read, by their paths, and where on the page they stand."""

    paths: list[str] = Field(max_length=5000)
    places: dict[str, Evidence] = Field(default_factory=dict)


class Booking(Word):
    number: str = Field(max_length=60)
    year: str = Field(max_length=4)
    system: str = Field("", max_length=100)


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _person(who: Session) -> acts.Person:
    return acts.Person(who.actor, who.role.value)


def version_of(if_match: str | None) -> int | None:
    """The version an ETag names; ``None`` for ``*`` or where nothing was sent. Raises ``Precondition`` for what is no ETag of ours."""
    if if_match is None or if_match.strip() == "*":
        return None
    version = if_match.strip().removeprefix("W/").strip('"').partition(".")[0]
    if not version.isascii() or not version.isdecimal():
        raise Precondition("If-Match does not name a version of this invoice.")
    return int(version)


def problem_of(refused: acts.ActRefused) -> Problem:
    if isinstance(refused, acts.NoSuchInvoice):
        return NotFound(str(refused))
    if isinstance(refused, acts.ChangedMeanwhile):
        return Precondition(str(refused))
    if isinstance(refused, acts.NotHis):
        return NotAllowed(str(refused))
    if isinstance(refused, acts.NotNow):
        return Conflict(str(refused), reasons=refused.reasons)
    return NotUsable(str(refused), problems=getattr(refused, "problems", []))


def _answer(request: Request, identifier: str, done: Done) -> dict[str, Any]:
    from pipeline.store import queries

    with _desk(request).database.read() as connection:
        row = queries.find_invoice(connection, identifier)
    assert row is not None
    return {
        "id": identifier,
        "act": done.act,
        "version": row.version,
        "state": row.state,
        "decision": row.decision,
        "href": f"/api/v1/invoices/{identifier}",
    }


@router.patch("", summary="Correct fields; a value said again is confirmed")
def patch_invoice(
    request: Request,
    identifier: str,
    who: Clerk,
    patch: Annotated[dict[str, Any], Body()],
    response: Response,
    if_match: IfMatch = None,
) -> dict[str, Any]:
    """RFC 7396 merge patch on ``invoice``. Everything is judged again; the answer says what came of it."""
    if if_match is None:
        raise PreconditionMissing("Send If-Match with the ETag of what you have seen.")
    return _do(request, identifier, acts.correct, _desk(request), identifier, _person(who), patch, version=version_of(if_match))


def _do(request: Request, identifier: str, act: Any, *arguments: Any, **more: Any) -> dict[str, Any]:
    try:
        done = act(*arguments, **more)
    except acts.ActRefused as refused:
        raise problem_of(refused) from refused
    return _answer(request, identifier, done)


@router.post("/confirm", summary="Say that values are right as they were read")
def confirm(request: Request, identifier: str, who: Clerk, body: Confirmation, if_match: IfMatch = None) -> dict[str, Any]:
    more = {"confirm": body.paths, "places": body.places, "reason": body.reason, "version": version_of(if_match)}
    return _do(request, identifier, acts.correct, _desk(request), identifier, _person(who), {}, **more)


@router.post("/approve", summary="Approve; refused with the reasons while an error is open")
def approve(request: Request, identifier: str, who: Clerk, body: Reason, if_match: IfMatch = None) -> dict[str, Any]:
    more = {"reason": body.reason, "version": version_of(if_match)}
    return _do(request, identifier, acts.approve, _desk(request), identifier, _person(who), **more)


@router.post("/reject", summary="Reject, with a reason")
def reject(request: Request, identifier: str, who: Clerk, body: Rejection, if_match: IfMatch = None) -> dict[str, Any]:
    letter = _letter(_desk(request), identifier, body) if body.letter else None
    more = {"reason": body.reason, "version": version_of(if_match), "letter": letter}
    return _do(request, identifier, acts.reject, _desk(request), identifier, _person(who), **more)


@router.get("/rejection-letter", summary="The letter a rejection could send, prepared; its address may be empty")
def rejection_letter(
    request: Request,
    identifier: str,
    _who: Clerk,
    reason: Annotated[str, Query(max_length=acts.MAX_REASON)] = "",
    language: Language | None = None,
) -> dict[str, Any]:
    found = _prepared(_desk(request), identifier, language, reason)
    return {"to": found.to, "subject": found.subject, "body": found.body}


def _letter(desk: Desk, identifier: str, body: Rejection) -> Letter:
    assert body.letter
    prepared = _prepared(desk, identifier, body.letter.language, body.reason or "")
    return replace(
        prepared, to=body.letter.to, subject=body.letter.subject or prepared.subject, body=body.letter.body or prepared.body
    )


def _prepared(desk: Desk, identifier: str, language: Language | None, reason: str) -> Letter:
    with desk.database.read() as connection:
        row = connection.execute(select(invoice).where(invoice.c.id == identifier)).first()
        if row is None:
            raise NotFound
        return rejection(connection, row, language or desk.settings.language, reason)


@router.post("/postpone", summary="Postpone, with a reason")
def postpone(request: Request, identifier: str, who: Clerk, body: Postponement, if_match: IfMatch = None) -> dict[str, Any]:
    more = {"reason": body.reason, "until": body.until, "version": version_of(if_match)}
    return _do(request, identifier, acts.postpone, _desk(request), identifier, _person(who), **more)


@router.post("/dismiss-finding", summary="Set one finding aside, with a reason")
def dismiss_finding(request: Request, identifier: str, who: Clerk, body: Dismissal, if_match: IfMatch = None) -> dict[str, Any]:
    more = {"reason": body.reason, "version": version_of(if_match)}
    return _do(request, identifier, acts.dismiss_finding, _desk(request), identifier, _person(who), body.code, body.path, **more)


@router.post("/accept-variance", summary="Take a variance above its limit, with a reason")
def accept_variance(request: Request, identifier: str, who: Clerk, body: Acceptance, if_match: IfMatch = None) -> dict[str, Any]:
    more = {"reason": body.reason, "version": version_of(if_match)}
    person = _person(who)
    return _do(request, identifier, acts.accept_variance, _desk(request), identifier, person, body.key, body.invoice_line, **more)


@router.post("/assign-lines", summary="Say which order lines are billed")
def assign_lines(request: Request, identifier: str, who: Clerk, body: OrderLines, if_match: IfMatch = None) -> dict[str, Any]:
    more = {"reason": body.reason, "version": version_of(if_match)}
    return _do(request, identifier, acts.assign_lines, _desk(request), identifier, _person(who), body.lines, **more)


@router.post("/assign-accounts", summary="Say where lines are to be booked")
def assign_accounts(request: Request, identifier: str, who: Clerk, body: Accounts, if_match: IfMatch = None) -> dict[str, Any]:
    more = {"reason": body.reason, "version": version_of(if_match)}
    return _do(request, identifier, acts.assign_accounts, _desk(request), identifier, _person(who), body.lines, **more)


@router.post("/confirm-bank", summary="Confirm a new account after a call; two people must")
def confirm_bank(
    request: Request, identifier: str, who: Clerk, body: BankConfirmation, if_match: IfMatch = None
) -> dict[str, Any]:
    more = {"reason": body.reason, "version": version_of(if_match)}
    return _do(request, identifier, acts.confirm_bank, _desk(request), identifier, _person(who), body.iban, body.called, **more)


@router.post("/ask-buyer", summary="A question to whoever ordered")
def ask_buyer(request: Request, identifier: str, who: Clerk, body: Question, if_match: IfMatch = None) -> dict[str, Any]:
    more = {"question": body.question, "version": version_of(if_match)}
    return _do(request, identifier, acts.ask_buyer, _desk(request), identifier, _person(who), **more)


@router.post("/undo", summary="Take the last act back")
def undo(request: Request, identifier: str, who: Clerk, if_match: IfMatch = None) -> dict[str, Any]:
    return _do(request, identifier, acts.undo, _desk(request), identifier, _person(who), version=version_of(if_match))


@router.post("/ack", summary="The finance system has booked it; idempotent")
def acknowledge(request: Request, identifier: str, who: Booker, body: Booking) -> dict[str, Any]:
    return _do(request, identifier, acts.acknowledge, _desk(request), identifier, _person(who), **body.as_json())
