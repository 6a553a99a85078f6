"""The decisions themselves: approve, reject, postpone, ask the buyer."""

from dataclasses import replace
from datetime import date, timedelta

from pipeline.acts.errors import NotHis, NotNow, Unusable
from pipeline.acts.letters import write_letter
from pipeline.acts.limits import is_within_limit, may_decide
from pipeline.acts.person import Act, Done, Person, acting
from pipeline.desk import Desk
from pipeline.letters import Letter
from pipeline.rematching import after_decision
from pipeline.stages.decide import keep_verdict, verdict_on
from pipeline.store import acts, records
from pipeline.store.turns import pass_turn
from schemas.decision import Decision, Verdict

MOST_DAYS = 366


def approve(desk: Desk, invoice_id: str, person: Person, *, reason: str | None = None, version: int | None = None) -> Done:
    """Approve what a person may settle: amounts above a limit, scores, guesses. Errors must be cleared first.

    Above the limit of the role the approval is kept and the invoice goes on to an approver.
    """

    def do(act: Act) -> None:
        may_decide(act)
        if acts.has_changed_what_is_paid(act.connection, act.row.id, person.actor):
            raise NotHis("Four eyes: whoever changed number, amounts, payee or account does not approve; another person must.")
        choices = acts.choices_of(act.connection, act.row.id)
        if choices.awaits_approver and not is_within_limit(act):
            raise NotHis("It has been approved up to this limit already: an approver must go on.")
        verdict = verdict_on(act.connection, desk, act.row, replace(choices, is_approved=True, awaits_approver=False))
        if verdict.decision is not Decision.APPROVED:
            raise NotNow("It cannot be approved while this is open: " + " · ".join(verdict.reasons), verdict.reasons)
        sufficient = is_within_limit(act)
        act.keep("approve", {"sufficient": sufficient})
        act.note("approved-by-person", after={"sufficient": sufficient})
        act.judge_from("decide")

    return acting(desk, invoice_id, person, do, reason=reason, version=version)


def reject(
    desk: Desk,
    invoice_id: str,
    person: Person,
    *,
    reason: str | None,
    version: int | None = None,
    letter: Letter | None = None,
) -> Done:
    """It will not be paid. What it claimed of orders is free again; whatever it held up is judged again.

    ``letter`` goes to the supplier when the time to undo is over.
    """

    def do(act: Act) -> None:
        may_decide(act)
        act.keep("reject", {})
        act.note("rejected-by-person")
        if letter:
            write_letter(act, letter)
        verdict = Verdict(decision=Decision.REJECTED, reasons=[act.reason or ""])
        keep_verdict(act.transaction, act.row, verdict, payable_key=None, postponed_until=None)
        pass_turn(act.connection, act.row.vendor_number)
        after_decision(act.transaction, act.row)

    return acting(desk, invoice_id, person, do, reason=reason, needs_reason=True, version=version)


def postpone(
    desk: Desk, invoice_id: str, person: Person, *, reason: str | None, until: date | None = None, version: int | None = None
) -> Done:
    """Out of the way until a day (default: the next one). It stays open and keeps its place."""

    def do(act: Act) -> None:
        today = desk.clock.today()
        day = until or today + timedelta(days=1)
        if not today < day <= today + timedelta(days=MOST_DAYS):
            raise Unusable([f"until: must be after {today} and within a year"])
        act.keep("postpone", {"until": day.isoformat()})
        act.note("postponed", after={"until": day.isoformat()})
        records.set_invoice(act.connection, act.row.id, act.transaction.now, postponed_until=day.isoformat())

    return acting(desk, invoice_id, person, do, reason=reason, needs_reason=True, version=version)


def ask_buyer(desk: Desk, invoice_id: str, person: Person, *, question: str, version: int | None = None) -> Done:
    """A question to whoever ordered, kept with the invoice. It waits meanwhile."""

    def do(act: Act) -> None:
        act.keep("ask-buyer", {"question": act.reason})
        act.note("buyer-asked", after={"question": act.reason})

    return acting(desk, invoice_id, person, do, reason=question, needs_reason=True, version=version)
