"""Learning from a person's correction, and the profiles a document is read with.

Parsing happens in a child, as ever; what is learnt is kept in the database with its audit event.
"""

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row

from pipeline.desk import Desk
from pipeline.errors import UnreadableFile, UsageError
from pipeline.sandbox import Sandbox, SandboxError
from pipeline.store import acts, profiles, records
from pipeline.store.audit import Event
from pipeline.store.turns import StaleFacts
from pipeline.transaction import Transaction
from schemas import Source
from schemas.profile import SupplierProfile

log = logging.getLogger("belegfluss")
GROUPS = ("seller", "buyer", "payment", "totals")
ROWS = ("lines", "tax_breakdown", "allowances", "charges")


def learn_from(desk: Desk, path: Path, name: str, truth: Any, actor: str = "admin") -> SupplierProfile:
    """Learn from the document at ``path`` and its right values; the profile as kept.

    ``truth`` has the ``invoice`` shape of CONTRACT section 3. Raises ``UsageError`` for another shape or when somebody else learnt
    at the same time, ``UnreadableFile`` when the document holds nothing to learn from.
    """
    lesson = _learn(desk, path, name, checked_truth(truth))
    event = Event("profile-learned", after={"file": name, "sha256": lesson.sha256}, actor=actor, role="clerk")
    with desk.database.write() as connection:
        if lesson.is_overtaken(connection):
            raise UsageError(f"somebody else taught {lesson.profile.name or 'this supplier'} at the same time; run it again")
        return profiles.save(connection, lesson.profile, event, desk.clock.now())


@dataclass(frozen=True)
class Lesson:
    """What a corrected document teaches, not kept yet. ``documents`` is what the profile had learnt from before."""

    profile: SupplierProfile
    sha256: str
    documents: int

    def is_overtaken(self, connection: Connection) -> bool:
        """Somebody else taught the same supplier in the meantime: what is learnt here would undo it."""
        now = profiles.get(connection, self.profile.id) if self.profile.id else None
        return (now.documents if now else 0) != self.documents


def lesson_of(desk: Desk, row: Row[Any]) -> Lesson | None:
    """What the corrections of an invoice teach that is on its way out, when they can no longer be undone; ``None``: nothing.

    Only pages teach, and only where a person changed or confirmed a value. Trouble in learning never holds an invoice.
    """
    document = records.document_of(row)
    if document.source is not Source.TEXT_LAYER or document.invoice is None:
        return None
    with desk.database.read() as connection:
        if not any(act.kind == "correct" for act in acts.standing(connection, row.id)):
            return None
    try:
        return _learn(desk, desk.originals.path(row.sha256), row.file, document.invoice.as_json())
    except UnreadableFile as problem:
        log.info("%s", problem)
        return None


def keep_lesson(transaction: Transaction, row: Row[Any], lesson: Lesson | None) -> None:
    """In the transaction that sends the invoice out. Raises ``StaleFacts`` when the supplier was taught meanwhile: learn again."""
    if lesson is None:
        return
    if lesson.is_overtaken(transaction.connection):
        raise StaleFacts
    told = {"file": row.file, "sha256": lesson.sha256}
    kept = profiles.save(transaction.connection, lesson.profile, Event("profile-learned", after=told), transaction.now)
    transaction.note(row.id, Event("profile-learned", after={"profile": kept.id, "supplier": kept.name}))


def _learn(desk: Desk, path: Path, name: str, told: dict[str, Any]) -> Lesson:
    """Raises ``UnreadableFile`` when the document holds nothing to learn from."""
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
    return Lesson(learnt, sha256, base["documents"] if base else 0)


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
