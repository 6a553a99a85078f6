"""Single obstacles cleared: a finding set aside, a variance taken, order lines and accounts chosen, a bank account confirmed."""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import select

from pipeline.acts.errors import NotHis, NotNow, Unusable
from pipeline.acts.limits import require_limit
from pipeline.acts.person import Act, Done, Person, acting
from pipeline.desk import Desk
from pipeline.store import acts, records
from pipeline.store.tables import confirmed_bank
from schemas.choices import AcceptedVariance, AccountChoice, DismissedFinding, OrderLineChoice
from schemas.finding import Finding
from schemas.identifiers import compact
from schemas.matching import Match, Variance
from validators import codes

NOT_DISMISSIBLE = frozenset({"FRAUD-BANK-CHANGED", "FRAUD-BLOCKED-VENDOR", "READ-UNSURE", "READ-READERS-DISAGREE"})
"""Each has an act of its own: confirm the account, unblock the vendor, correct or confirm the value."""

C = TypeVar("C", OrderLineChoice, AccountChoice)


def dismiss_finding(
    desk: Desk, invoice_id: str, person: Person, code: str, path: str, *, reason: str | None, version: int | None = None
) -> Done:
    """Set one finding aside, with a reason. About another value it counts again."""

    def do(act: Act) -> None:
        found = _finding(act, code, path)
        if not is_dismissible(code):
            raise NotNow(f"{code} cannot be set aside; it is cleared by: {found.clears or 'a correction'}.")
        act.keep("dismiss-finding", DismissedFinding.of(found).as_json(), sensitive=_is_stop(code))
        act.note("finding-dismissed", after=found.as_json())
        act.judge_from("decide")

    return acting(desk, invoice_id, person, do, reason=reason, needs_reason=True, version=version)


def is_dismissible(code: str) -> bool:
    """Whether a person may set findings of this code aside; sums must close, and some codes have an act of their own."""
    return code not in NOT_DISMISSIBLE and not code.startswith("ARITH-")


def _finding(act: Act, code: str, path: str) -> Finding:
    found = [f for f in records.all_findings(act.row) if f.code == code and f.path == path]
    if not found:
        raise Unusable([f"code: there is no finding {code} at {path or 'the document'}"])
    return found[0]


def _is_stop(code: str) -> bool:
    """Who sets a stop rule aside does not approve as well."""
    known = codes().get(code)
    return known is not None and known.severity == "stop"


def accept_variance(
    desk: Desk,
    invoice_id: str,
    person: Person,
    key: str,
    invoice_line: str | None,
    *,
    reason: str | None,
    version: int | None = None,
) -> Done:
    """Take a variance above its limit, with a reason, within the limit of the role."""

    def do(act: Act) -> None:
        variance = _exceeded(act, key, invoice_line)
        require_limit(act)
        accepted = AcceptedVariance(key=key, invoice_line=invoice_line, amount=variance.amount)
        act.keep("accept-variance", accepted.as_json())
        act.note("variance-accepted", after=variance.as_json() | {"invoice_line": invoice_line})
        act.judge_from("decide")

    return acting(desk, invoice_id, person, do, reason=reason, needs_reason=True, version=version)


def _exceeded(act: Act, key: str, invoice_line: str | None) -> Variance:
    match = Match.model_validate_json(act.row.match) if act.row.match else None
    found: list[Variance] = []
    if match is not None:
        of_line = [v for line in match.lines if line.invoice_line == invoice_line for v in line.variances]
        found = of_line if invoice_line is not None else match.variances
    exceeded = [variance for variance in found if variance.key == key and variance.exceeded]
    if not exceeded:
        raise Unusable([f"key: {key} is not above its limit {f'in line {invoice_line}' if invoice_line else 'for the document'}"])
    return max(exceeded, key=lambda variance: variance.amount)


def assign_lines(
    desk: Desk,
    invoice_id: str,
    person: Person,
    lines: Sequence[OrderLineChoice],
    *,
    reason: str | None = None,
    version: int | None = None,
) -> Done:
    """Say which order line each of these invoice lines bills."""

    def do(act: Act) -> None:
        _require_lines(act, lines)
        data = {"lines": [line.as_json() for line in lines]}
        act.keep("assign-lines", data)
        act.note("order-lines-assigned", after=data)
        act.judge_from("match")

    return acting(desk, invoice_id, person, do, reason=reason, version=version)


def assign_accounts(
    desk: Desk,
    invoice_id: str,
    person: Person,
    lines: Sequence[AccountChoice],
    *,
    reason: str | None = None,
    version: int | None = None,
) -> Done:
    """Say where these lines are to be booked."""

    def do(act: Act) -> None:
        _require_lines(act, lines)
        data = {"lines": [line.model_dump(mode="json", exclude_none=True) for line in lines]}
        act.keep("assign-accounts", data)
        act.note("accounts-assigned", after=data)
        act.judge_from("enrich")

    return acting(desk, invoice_id, person, do, reason=reason, version=version)


def _require_lines(act: Act, lines: Sequence[C]) -> None:
    stated = records.document_of(act.row).invoice
    known = {line.id or str(number) for number, line in enumerate(stated.lines if stated else (), start=1)}
    unknown = [line.invoice_line for line in lines if line.invoice_line not in known]
    if not lines or unknown:
        raise Unusable([f"lines: the invoice has no line {unknown[0]!r}" if unknown else "lines: names no line"])


def confirm_bank(
    desk: Desk,
    invoice_id: str,
    person: Person,
    iban: str,
    called: str,
    *,
    reason: str | None = None,
    version: int | None = None,
) -> Done:
    """The new account is right: whoever says so has called the vendor. Two people must; the second one makes it count."""

    def do(act: Act) -> None:
        stated = records.document_of(act.row).invoice
        printed = {compact(account.iban) for account in (stated.payment.accounts if stated else ()) if account.iban}
        if compact(iban) not in printed:
            raise Unusable(["iban: is not on this invoice"])
        if not called.strip():
            raise Unusable(["called: is missing; name the person and the known number that was called"])
        if act.row.vendor_number is None:
            raise NotNow("The vendor is not known yet: an account can only be confirmed for a vendor.")
        try:
            complete = acts.confirm_iban(
                act.connection, act.row.vendor_number, iban, called.strip(), act.person.actor, act.transaction.now
            )
        except acts.SamePerson as same:
            raise NotHis("A second person must confirm this account.") from same
        data = {"iban": compact(iban), "called": called.strip(), "complete": complete}
        act.keep("confirm-bank", data, sensitive=True)
        act.note("bank-confirmed", after=data | {"vendor": act.row.vendor_number})
        if complete:
            act.judge_from("identify")

    return acting(desk, invoice_id, person, do, reason=reason, version=version)


def first_confirmation(desk: Desk, vendor_number: str, iban: str) -> str | None:
    """Who confirmed an account first, while the second person is awaited."""
    with desk.database.read() as connection:
        query = select(confirmed_bank.c.first_by).where(
            confirmed_bank.c.vendor_number == vendor_number,
            confirmed_bank.c.iban == compact(iban),
            confirmed_bank.c.second_by.is_(None),
        )
        return connection.scalar(query)
