"""Supplier profiles: kept as JSON rows, found by the ids and the table head a page shows.

Few profiles are all handed to the reader, which finds the right one itself. Of many only those are that share an id or the head of the
item table with the page.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from pipeline.clock import iso
from pipeline.ids import new_id
from pipeline.store import audit
from pipeline.store.tables import supplier_profile, supplier_profile_key
from schemas.identifiers import compact
from schemas.profile import SupplierProfile

AT_HAND = 100  # more would cost more to hand over than to ask the page first
MAX_VALUE = 200  # characters of a key


def count(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(supplier_profile)) or 0


def everything(connection: Connection) -> list[SupplierProfile]:
    return [_profile(row) for row in connection.execute(select(supplier_profile).order_by(supplier_profile.c.id))]


def get(connection: Connection, identifier: str) -> SupplierProfile | None:
    row = connection.execute(select(supplier_profile).where(supplier_profile.c.id == identifier)).first()
    return _profile(row) if row else None


def sharing(connection: Connection, ids: Iterable[str], heads: Iterable[str]) -> list[SupplierProfile]:
    """Profiles with one of these ids or heads of the item table."""
    key = supplier_profile_key.c
    wanted = or_(
        (key.kind == "id") & key.value.in_([compact(i)[:MAX_VALUE] for i in ids]),
        (key.kind == "head") & key.value.in_([head[:MAX_VALUE] for head in heads if head]),
    )
    found = select(key.profile_id).where(wanted)
    rows = connection.execute(select(supplier_profile).where(supplier_profile.c.id.in_(found)).order_by(supplier_profile.c.id))
    return [_profile(row) for row in rows]


def _profile(row: Row[tuple[object, ...]]) -> SupplierProfile:
    profile = SupplierProfile.model_validate_json(row.data)
    return profile.model_copy(update={"id": row.id, "misfits": row.misfits})


def save(connection: Connection, profile: SupplierProfile, event: audit.Event, now: datetime) -> SupplierProfile:
    """Keep the profile with its audit event; a new one gets its id. ``event.after`` is completed by what is kept."""
    before = get(connection, profile.id) if profile.id else None
    kept = profile if before else profile.model_copy(update={"id": new_id()})
    values = {"name": kept.name, "data": kept.model_dump_json(), "documents": kept.documents, "updated_at": iso(now)}
    if before:
        connection.execute(update(supplier_profile).where(supplier_profile.c.id == kept.id).values(**values))
        connection.execute(delete(supplier_profile_key).where(supplier_profile_key.c.profile_id == kept.id))
    else:
        connection.execute(insert(supplier_profile).values(id=kept.id, created_at=iso(now), misfits=0, **values))
    keys = {("id", compact(key)) for key in (*kept.vat_ids, *kept.ibans, *kept.tax_numbers)}
    keys |= {("head", look.head) for look in kept.looks}
    rows = [{"kind": kind, "value": value[:MAX_VALUE], "profile_id": kept.id} for kind, value in sorted(keys) if value]
    if rows:
        connection.execute(insert(supplier_profile_key), rows)
    after = {**event.after, "name": kept.name, "documents": kept.documents, "profile_sha256": audit.digest(kept.as_json())}
    told = audit.Event(
        event.type, after, audit.digest(before.as_json()) if before else None, event.reason, event.actor, event.role
    )
    audit.append(connection, kept.id, told, now)
    return kept


def count_misfits(connection: Connection, identifiers: Sequence[str]) -> None:
    """One more page each of these profiles did not fit."""
    for identifier in identifiers:
        row = supplier_profile.c
        connection.execute(update(supplier_profile).where(row.id == identifier).values(misfits=row.misfits + 1))
