"""Learning from a person's correction, and the profiles a document is read with.

Parsing happens in a child, as ever; what is learnt is kept in the database with its audit event.
"""

import hashlib
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from pipeline.desk import Desk
from pipeline.errors import UnreadableFile, UsageError
from pipeline.sandbox import Sandbox, SandboxError
from pipeline.store import profiles
from pipeline.store.audit import Event
from schemas.profile import SupplierProfile

GROUPS = ("seller", "buyer", "payment", "totals")
ROWS = ("lines", "tax_breakdown", "allowances", "charges")


def learn_from(desk: Desk, path: Path, name: str, truth: Any, actor: str = "admin") -> SupplierProfile:
    """Learn from the document at ``path`` and its right values; the profile as kept.

    ``truth`` has the ``invoice`` shape of CONTRACT section 3. Raises ``UsageError`` for another shape or when somebody else learnt
    at the same time, ``UnreadableFile`` when the document holds nothing to learn from.
    """
    told = checked_truth(truth)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    with desk.database.read() as connection:
        known = profiles_for(connection, desk.sandbox, path)
    try:
        answer = desk.sandbox.run("learn", {"path": str(path), "truth": told, "profiles": known})
    except SandboxError as problem:
        raise UnreadableFile(f"nothing learnt from {name}: {problem}") from problem
    if "refused" in answer:
        raise UnreadableFile(f"nothing learnt from {name}: {answer['refused']}")
    learnt = SupplierProfile.model_validate(answer["profile"])
    base = next((p for p in known if p["id"] == learnt.id), None)
    event = Event("profile-learned", after={"file": name, "sha256": sha256}, actor=actor, role="clerk")
    with desk.database.write() as connection:
        now = profiles.get(connection, learnt.id) if learnt.id else None
        if (now.documents if now else 0) != (base["documents"] if base else 0):
            raise UsageError(f"somebody else taught {learnt.name or 'this supplier'} at the same time; run it again")
        return profiles.save(connection, learnt, event, desk.clock.now())


def profiles_for(connection: Connection, sandbox: Sandbox, path: Path) -> list[dict[str, Any]]:
    """The profiles that may be of this document's supplier, as arguments of the read task."""
    waiting = profiles.count(connection)
    if not waiting:
        return []
    if waiting <= profiles.AT_HAND:
        found = profiles.everything(connection)
    else:
        try:
            facts = sandbox.run("facts", {"path": str(path)})
        except SandboxError:
            return []  # reading will meet the same trouble and say so
        found = profiles.sharing(connection, facts["ids"], facts["heads"])
    return [profile.as_json() for profile in found]


def checked_truth(truth: Any) -> dict[str, Any]:
    """The truth without keys that begin with ``_``. Raises ``UsageError`` where its shape is not that of an invoice."""
    if not isinstance(truth, dict):
        raise UsageError("the truth is a JSON object in the shape of an invoice")
    told = {key: value for key, value in truth.items() if not key.startswith("_")}
    for group in GROUPS:
        if not isinstance(told.get(group, {}), (dict, type(None))):
            raise UsageError(f'{group} of the truth is an object, such as {{"name": ...}}')
    for rows in ROWS:
        value = told.get(rows)
        if value is not None and not (isinstance(value, list) and all(isinstance(row, dict) for row in value)):
            raise UsageError(f"{rows} of the truth is a list of objects")
    inside = [told, *(told.get(g) or {} for g in GROUPS), *(row for rows in ROWS for row in told.get(rows) or [])]
    for record in inside:
        for key, value in record.items():
            if isinstance(value, (float, bool)):
                raise UsageError(f'{key} of the truth is {value!r}; amounts are strings such as "12.50"')
    return told
