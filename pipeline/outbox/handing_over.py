"""One parcel to one target, once: the intent is committed first, and before every attempt the target is asked."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipeline.clock import queue_time
from pipeline.desk import Desk
from pipeline.outbox.parcel import NoAnswer, NotSent, Parcel, Receipt, Refused, Target
from pipeline.store import effects


@dataclass(frozen=True)
class Outcome:
    """``state``: confirmed, rejected, unknown (asked again later) or prepared (nothing left us; tried again later)."""

    state: str
    receipt: Receipt | None = None
    reason: str = ""
    attempts: int = 0


def hand_over(desk: Desk, invoice_id: str, target_name: str, target: Target, parcel: Parcel) -> Outcome:
    """Safe to call any number of times, by any number of workers."""
    now = queue_time()
    try:
        with desk.database.write() as connection:
            effects.prepare(connection, parcel.key, invoice_id, target_name, parcel.sha256, now)
            row = effects.get(connection, parcel.key)
            assert row is not None
            if row.state == effects.CONFIRMED:
                return Outcome(effects.CONFIRMED, Receipt(**json.loads(row.receipt)), attempts=row.attempts)
            token = effects.begin(connection, parcel.key, now, timedelta(seconds=target.busy_seconds))
    except effects.KeyInUse as problem:
        return Outcome(effects.REJECTED, reason=str(problem))
    if token is None:
        return Outcome(effects.UNKNOWN, reason="another attempt is under way", attempts=row.attempts)
    is_ours = row.state in (effects.HANDED_OVER, effects.UNKNOWN)
    begun = datetime.fromisoformat(row.begun_at) if is_ours else None
    outcome = _attempt(desk, target, parcel, token, begun)
    receipt = {"number": outcome.receipt.number, "year": outcome.receipt.year} if outcome.receipt else None
    error = outcome.reason or None
    with desk.database.write() as connection:
        effects.end(connection, parcel.key, token, outcome.state, queue_time(), receipt=receipt, error=error)
    return replace(outcome, attempts=row.attempts + 1)


def _attempt(desk: Desk, target: Target, parcel: Parcel, token: str, begun: datetime | None) -> Outcome:
    """``begun``: when the last attempt whose outcome is not known began."""
    is_ours = begun is not None
    try:
        found = target.look(parcel, is_ours=is_ours)
    except NotSent as problem:  # a look changes nothing
        return Outcome(effects.UNKNOWN if is_ours else effects.PREPARED, reason=str(problem))
    except Refused as problem:
        return Outcome(effects.REJECTED, reason=str(problem))
    if found is not None:
        return Outcome(effects.CONFIRMED, found)
    if begun is not None and queue_time() < begun + timedelta(seconds=target.settle_seconds):
        return Outcome(effects.UNKNOWN, reason="not there yet; too early to send it again")
    with desk.database.write() as connection:
        if not effects.sending(connection, parcel.key, token, queue_time()):
            return Outcome(effects.UNKNOWN, reason="another attempt is under way")
    try:
        return Outcome(effects.CONFIRMED, target.send(parcel))
    except NotSent as problem:  # an earlier attempt may still arrive
        return Outcome(effects.UNKNOWN if is_ours else effects.PREPARED, reason=str(problem))
    except NoAnswer as problem:
        return Outcome(effects.UNKNOWN, reason=str(problem))
    except Refused as problem:
        return _after_refusal(target, parcel, is_ours, str(problem))


def _after_refusal(target: Target, parcel: Parcel, is_ours: bool, reason: str) -> Outcome:
    """Refused because an earlier attempt arrived late after all? Then it is booked, and that was the duplicate check."""
    if not is_ours:
        return Outcome(effects.REJECTED, reason=reason)
    try:
        found = target.look(parcel, is_ours=True)
    except (NotSent, Refused) as problem:
        return Outcome(effects.UNKNOWN, reason=f"{reason}; {problem}")
    return Outcome(effects.CONFIRMED, found) if found else Outcome(effects.REJECTED, reason=reason)
