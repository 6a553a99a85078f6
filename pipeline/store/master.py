"""Master data in the database: imported as a whole, found by the values an invoice carries.

Rows are kept as the JSON of their record, further columns beside it; ``master_index`` holds the normalised values by which the
look-ups of ``pipeline.store.facts`` find them, so that a hundred thousand order lines cost no more than a thousand.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, func, insert, select

from enrichers import keys_of_vendor
from pipeline.store import audit, csv_files
from pipeline.store.database import get_meta, set_meta
from pipeline.store.tables import master_index, master_row
from schemas.identifiers import canonical_number, compact
from schemas.master import MASTER_FILES, PostedInvoice, Row, Vendor
from validators.matching import number_key

R = TypeVar("R", bound=Row)

COMPACT_COLUMNS: dict[str, tuple[str, ...]] = {
    "vendor_banks": ("vendor_number", "iban"),
    "purchase_orders": ("po_number", "vendor_number"),
    "unit_conversions": ("po_number",),
    "goods_receipts": ("po_number", "delivery_note"),
    "posted_invoices": ("vendor_number", "iban"),
    "posted_lines": ("vendor_number", "po_number"),
    "gl_accounts": ("company_code",),
    "cost_objects": ("company_code",),
    "tax_codes": ("company_code",),
    "tolerances": ("company_code",),
    "approval_limits": ("company_code",),
}
"""Columns a file is looked up by. Vendors and invoice numbers have forms of their own, see ``_index_values``."""


def _index_values(stem: str, record: Row) -> Iterator[tuple[str, str]]:
    """(field, normalised value) pairs by which a row is found. Look-ups must normalise by the same functions."""
    if isinstance(record, Vendor):
        keys = asdict(keys_of_vendor(record))
        yield from ((field, value) for field, values in keys.items() for value in values)
        yield from (("email_domain", domain.casefold()) for domain in record.email_domains)
    if isinstance(record, PostedInvoice):
        yield "number", canonical_number(record.number)
    for column in COMPACT_COLUMNS.get(stem, ()):
        yield column, key_form(column, getattr(record, column))


def key_form(column: str, value: str | None) -> str:
    """The form in which a column is compared: order numbers and delivery notes as matching compares them, else compact."""
    return number_key(value or "") if column in ("po_number", "delivery_note") else compact(value)


def import_folder(connection: Connection, folder: Path, now: datetime, actor: str = "admin") -> dict[str, int]:
    """Replace the files present in the folder; rows per file. Raises ``MasterDataError``, then nothing has changed."""
    loaded = csv_files.load(folder, _known(connection))
    counts: dict[str, int] = {}
    for stem, rows in loaded.rows.items():
        connection.execute(delete(master_row).where(master_row.c.file == stem))
        connection.execute(delete(master_index).where(master_index.c.file == stem))
        records = []
        entries = set()
        for position, (key, record) in enumerate(rows.items()):
            data = record.model_dump(mode="json", by_alias=True) | {"_more": loaded.extra[stem].get(key, {})}
            records.append({"file": stem, "key": key, "position": position, "data": json.dumps(data, ensure_ascii=False)})
            entries |= {(stem, field, value, key) for field, value in _index_values(stem, record) if value}
        if records:
            connection.execute(insert(master_row), records)
        if entries:
            names = ("file", "field", "value", "key")
            connection.execute(insert(master_index), [dict(zip(names, entry, strict=True)) for entry in sorted(entries)])
        counts[stem] = len(records)
    set_meta(connection, "master_version", str(int(get_meta(connection, "master_version", "0")) + 1))
    audit.append(
        connection,
        None,
        audit.Event("master-data-imported", after={"rows": {k: str(v) for k, v in counts.items()}}, actor=actor),
        now,
    )
    return counts


def _known(connection: Connection) -> dict[str, Callable[[str], bool]] | None:
    """For an incremental import: whether a key is in the store already. ``None`` when the store is empty."""
    if not connection.scalar(select(func.count()).select_from(master_row)):
        return None

    def knows(file: str) -> Callable[[str], bool]:
        return lambda key: (
            connection.scalar(select(master_row.c.key).where(master_row.c.file == file, master_row.c.key == key)) is not None
        )

    return {file: knows(file) for file in MASTER_FILES}


def everything(connection: Connection, file: str, model: type[R]) -> tuple[R, ...]:
    """All records of a file, in the order of the file."""
    rows = connection.execute(select(master_row.c.data).where(master_row.c.file == file).order_by(master_row.c.position))
    return tuple(_record(row.data, model) for row in rows)


def find(
    connection: Connection, file: str, model: type[R], wanted: Iterable[tuple[str, str]], limit: int = 20_000
) -> tuple[R, ...]:
    """Records of which at least one (field, normalised value) agrees, in the order of the file."""
    keys: set[str] = set()
    for field, value in wanted:
        if not value:
            continue
        found = connection.execute(
            select(master_index.c.key)
            .where(master_index.c.file == file, master_index.c.field == field, master_index.c.value == value)
            .limit(limit)
        )
        keys.update(row.key for row in found)
    return by_keys(connection, file, model, keys)


def values(connection: Connection, file: str, field: str) -> tuple[str, ...]:
    """All normalised values of one indexed field, each once."""
    query = select(master_index.c.value).where(master_index.c.file == file, master_index.c.field == field)
    return tuple(connection.scalars(query.distinct().order_by(master_index.c.value)))


def by_keys(connection: Connection, file: str, model: type[R], keys: Iterable[str]) -> tuple[R, ...]:
    """Records by their key, in the order of the file."""
    ordered = sorted(keys)
    rows: list[Any] = []
    for start in range(0, len(ordered), 500):
        part = ordered[start : start + 500]
        rows += connection.execute(
            select(master_row.c.position, master_row.c.data).where(master_row.c.file == file, master_row.c.key.in_(part))
        ).all()
    return tuple(_record(row.data, model) for row in sorted(rows, key=lambda row: row.position))


def _record(data: str, model: type[R]) -> R:
    return model.model_validate_json(data)


def counts(connection: Connection) -> dict[str, int]:
    rows = connection.execute(select(master_row.c.file, func.count().label("n")).group_by(master_row.c.file))
    return {row.file: row.n for row in rows}
