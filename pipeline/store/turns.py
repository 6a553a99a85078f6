"""Two invoices that race for the same open quantity: one of them has to look again.

What is invoiced on a vendor's orders is read in one transaction and written in a later one. The counter of the vendor proves
that nothing changed in between; the database lets only one of two writers through.
"""

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from pipeline.store.tables import vendor_turn


class StaleFacts(Exception):
    """What a stage read has changed before it could write: its work is void and must be done again."""


def turn_of(connection: Connection, vendor_number: str | None) -> int:
    """The counter as it stands. Read it together with what is invoiced."""
    return connection.scalar(select(vendor_turn.c.turn).where(vendor_turn.c.vendor_number == (vendor_number or ""))) or 0


def take_turn(connection: Connection, vendor_number: str | None, seen: int) -> None:
    """Count up from ``seen``. Raises ``StaleFacts`` where another was faster; then nothing may be written."""
    vendor = vendor_number or ""
    if seen:
        counted = update(vendor_turn).where(vendor_turn.c.vendor_number == vendor, vendor_turn.c.turn == seen)
        if not connection.execute(counted.values(turn=seen + 1)).rowcount:
            raise StaleFacts
        return
    try:
        connection.execute(insert(vendor_turn).values(vendor_number=vendor, turn=1))
    except IntegrityError as known:
        raise StaleFacts from known


def pass_turn(connection: Connection, vendor_number: str | None) -> None:
    """Count up whatever it stands at: an invoice stops counting, by rejection for example."""
    vendor = vendor_number or ""
    if not connection.execute(
        update(vendor_turn).where(vendor_turn.c.vendor_number == vendor).values(turn=vendor_turn.c.turn + 1)
    ).rowcount:
        connection.execute(insert(vendor_turn).values(vendor_number=vendor, turn=1))
