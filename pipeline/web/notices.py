"""What was just done, told on the page a person comes to after it."""

from fastapi import Request

from pipeline.desk import Desk
from pipeline.store import queries

ACTS = frozenset({"correct", "approve", "passed-on", "reject", "postpone", "undo", "other"})
STATES = {"approve": ("approved", "exported", "acknowledged"), "reject": ("rejected",)}
"""Where an act has a state of its own, only an invoice in it is said to have had it."""


def notice_of(request: Request, done: str, act: str) -> dict[str, str] | None:
    """Which act about which invoice. Both come from the address: only known ids and acts are said again."""
    if not done or act not in ACTS:
        return None
    desk: Desk = request.app.state.desk
    with desk.database.read() as connection:
        row = queries.find_invoice(connection, done)
    if row is None or row.state not in STATES.get(act, (row.state,)):
        return None
    return {"act": act, "id": row.id, "number": row.number or row.file, "version": str(row.version)}
