"""The finance system says that it has booked: number and year close the trail."""

import json

from pipeline.acts.errors import NotNow, Unusable
from pipeline.acts.person import Act, Done, Person, acting
from pipeline.desk import Desk
from pipeline.store import acts, records

BEFORE = ("approved", "exported", "acknowledged")


def acknowledge(desk: Desk, invoice_id: str, person: Person, *, number: str, year: str, system: str = "") -> Done:
    """Idempotent: the same number and year again changes nothing; another number is refused, because it was booked before."""
    if not number.strip() or not year.strip().isdecimal():
        raise Unusable(["number and year of the booking are needed, for example 5105600123 and 2026"])
    said = {"number": number.strip(), "year": year.strip(), "system": system.strip()}

    def do(act: Act) -> None:
        before = [json.loads(row.data) for row in acts.standing(act.connection, act.row.id) if row.kind == "acknowledge"]
        if said in before:
            return
        if before:
            known = before[-1]
            raise NotNow(f"It is already booked as {known['number']} of {known['year']}: a second booking would pay twice.")
        act.keep("acknowledge", said)
        act.note("acknowledged", after=said)
        records.set_invoice(act.connection, act.row.id, act.transaction.now, state="acknowledged")

    return acting(desk, invoice_id, person, do, states=BEFORE)
