"""Takes master and movement data over: added to what is there, all of it or nothing, every change kept.

A row that is there already and says the same is left alone, so that a second import changes nothing. A row that is not in the
file stays, because finance systems also hand over only what is new; ``replace`` takes a file as the whole truth.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from enrichers import keys_of_vendor
from pipeline.clock import iso
from pipeline.store import audit, csv_files
from pipeline.store.database import get_meta, set_meta
from pipeline.store.master import COMPACT_COLUMNS, key_form
from pipeline.store.tables import master_history, master_index, master_row
from schemas.identifiers import canonical_number
from schemas.master import MASTER_FILES, PostedInvoice, Row, Vendor

PART = 500  # rows per statement; databases limit the number of parameters


@dataclass(frozen=True)
class FileChange:
    """What an import did to one file: the records that are new, that say something else now, that are gone, and two counts."""

    added: tuple[Row, ...] = ()
    changed: tuple[Row, ...] = ()
    removed: tuple[Row, ...] = ()
    unchanged: int = 0
    kept: int = 0  # rows of the store that are not in the file

    @property
    def rows(self) -> int:
        """Rows in the file."""
        return len(self.added) + len(self.changed) + self.unchanged

    @property
    def touched(self) -> tuple[Row, ...]:
        return self.added + self.changed + self.removed

    def counts(self) -> dict[str, str]:
        return {
            "added": str(len(self.added)),
            "changed": str(len(self.changed)),
            "removed": str(len(self.removed)),
            "unchanged": str(self.unchanged),
            "kept": str(self.kept),
        }


def version(connection: Connection) -> int:
    """Goes up with every import that changes something."""
    return int(get_meta(connection, "master_version", "0"))


def import_folder(
    connection: Connection, folder: Path, now: datetime, actor: str = "admin", role: str = "admin", replace: bool = False
) -> dict[str, FileChange]:
    """What became of each file in the folder. Raises ``MasterDataError`` that names every bad row; then nothing has changed."""
    loaded = csv_files.load(folder, _known(connection))
    following = version(connection) + 1
    changes = {
        stem: _import_file(connection, stem, rows, loaded.extra[stem], _Import(following, iso(now), actor, replace))
        for stem, rows in loaded.rows.items()
    }
    if any(change.touched for change in changes.values()):
        set_meta(connection, "master_version", str(following))
    event = audit.Event(
        "master-data-imported",
        after={
            "version": str(version(connection)),
            "files": {stem: change.counts() | {"sha256": _digest(folder, stem)} for stem, change in changes.items()},
        },
        actor=actor,
        role=role,
    )
    audit.append(connection, None, event, now)
    return changes


@dataclass(frozen=True)
class _Import:
    version: int
    at: str
    actor: str
    replace: bool


def _digest(folder: Path, stem: str) -> str:
    return hashlib.sha256((folder / f"{stem}.csv").read_bytes()).hexdigest()


def _import_file(
    connection: Connection, stem: str, rows: Mapping[str, Row], extra: Mapping[str, dict[str, str]], how: _Import
) -> FileChange:
    model = MASTER_FILES[stem]
    stored = {
        row.key: row.data
        for row in connection.execute(select(master_row.c.key, master_row.c.data).where(master_row.c.file == stem))
    }
    said = {key: _data(record, extra.get(key, {})) for key, record in rows.items()}
    added = [key for key in said if key not in stored]
    changed = [key for key, data in said.items() if key in stored and stored[key] != data]
    absent = [key for key in stored if key not in said]
    removed = absent if how.replace else []
    _keep_history(connection, stem, [*changed, *removed], how)
    for part in _parts([*changed, *removed]):
        connection.execute(delete(master_index).where(master_index.c.file == stem, master_index.c.key.in_(part)))
    for part in _parts(removed):
        connection.execute(delete(master_row).where(master_row.c.file == stem, master_row.c.key.in_(part)))
    for key in changed:
        connection.execute(
            update(master_row)
            .where(master_row.c.file == stem, master_row.c.key == key)
            .values(data=said[key], since_version=how.version)
        )
    _insert(connection, stem, {key: said[key] for key in added}, how.version)
    _index(connection, stem, {key: rows[key] for key in (*added, *changed)})
    return FileChange(
        added=tuple(rows[key] for key in added),
        changed=tuple(rows[key] for key in changed),
        removed=tuple(model.model_validate_json(stored[key]) for key in removed),
        unchanged=len(said) - len(added) - len(changed),
        kept=0 if how.replace else len(absent),
    )


def _data(record: Row, more: dict[str, str]) -> str:
    return json.dumps(record.model_dump(mode="json", by_alias=True) | {"_more": more}, ensure_ascii=False)


def _keep_history(connection: Connection, stem: str, keys: Sequence[str], how: _Import) -> None:
    """What a row said before, and from which import to which; what it says now stands in ``master_row``."""
    for part in _parts(keys):
        old = connection.execute(select(master_row).where(master_row.c.file == stem, master_row.c.key.in_(part))).all()
        connection.execute(
            insert(master_history),
            [
                {
                    "file": stem,
                    "key": row.key,
                    "from_version": row.since_version,
                    "to_version": how.version,
                    "data": row.data,
                    "ended_at": how.at,
                    "ended_by": how.actor,
                }
                for row in old
            ],
        )


def _insert(connection: Connection, stem: str, said: Mapping[str, str], since: int) -> None:
    last = connection.scalar(select(func.max(master_row.c.position)).where(master_row.c.file == stem))
    start = 0 if last is None else last + 1
    records = [
        {"file": stem, "key": key, "position": position, "data": data, "since_version": since}
        for position, (key, data) in enumerate(said.items(), start=start)
    ]
    if records:
        connection.execute(insert(master_row), records)


def _index(connection: Connection, stem: str, rows: Mapping[str, Row]) -> None:
    entries = {(stem, name, value, key) for key, record in rows.items() for name, value in _index_values(stem, record) if value}
    if entries:
        names = ("file", "field", "value", "key")
        connection.execute(insert(master_index), [dict(zip(names, entry, strict=True)) for entry in sorted(entries)])


def _index_values(stem: str, record: Row) -> Iterator[tuple[str, str]]:
    """(field, normalised value) pairs by which a row is found. Look-ups must normalise by the same functions."""
    if isinstance(record, Vendor):
        keys = asdict(keys_of_vendor(record))
        yield from ((name, value) for name, values in keys.items() for value in values)
        yield from (("email_domain", domain.casefold()) for domain in record.email_domains)
    if isinstance(record, PostedInvoice):
        yield "number", canonical_number(record.number)
    for column in COMPACT_COLUMNS.get(stem, ()):
        yield column, key_form(column, getattr(record, column))


def _parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), PART):
        yield keys[start : start + PART]


def _known(connection: Connection) -> dict[str, Callable[[str], bool]] | None:
    """For an import into a store that holds something: whether a key is there already. ``None`` when the store is empty."""
    if not connection.scalar(select(func.count()).select_from(master_row)):
        return None

    def knows(file: str) -> Callable[[str], bool]:
        return lambda key: (
            connection.scalar(select(master_row.c.key).where(master_row.c.file == file, master_row.c.key == key)) is not None
        )

    return {file: knows(file) for file in MASTER_FILES}


def history(connection: Connection, file: str, key: str) -> list[dict[str, Any]]:
    """What one row said, oldest first, the last entry as it stands now (``to_version`` and ``ended_at`` are ``None``)."""
    past = connection.execute(
        select(master_history)
        .where(master_history.c.file == file, master_history.c.key == key)
        .order_by(master_history.c.from_version)
    )
    told = [
        {
            "from_version": row.from_version,
            "to_version": row.to_version,
            "ended_at": row.ended_at,
            "ended_by": row.ended_by,
            "row": json.loads(row.data),
        }
        for row in past
    ]
    now = connection.execute(select(master_row).where(master_row.c.file == file, master_row.c.key == key)).first()
    if now is not None:
        told.append(
            {
                "from_version": now.since_version,
                "to_version": None,
                "ended_at": None,
                "ended_by": None,
                "row": json.loads(now.data),
            }
        )
    return told
