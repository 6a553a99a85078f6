"""Master data in the database, found by the values an invoice carries; ``importing`` brings them in.

Rows are kept as the JSON of their record, further columns beside it; ``master_index`` holds the normalised values by which the
look-ups of ``pipeline.store.facts`` find them, so that a hundred thousand order lines cost no more than a thousand.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import Connection, func, select

from pipeline.store.tables import master_index, master_row
from schemas.identifiers import compact
from schemas.master import Row
from validators.matching import number_key

R = TypeVar("R", bound=Row)

COMPACT_COLUMNS: dict[str, tuple[str, ...]] = {
    "vendor_banks": ("vendor_number", "iban"),
    "purchase_orders": ("po_number", "vendor_number"),
    "unit_conversions": ("po_number",),
    "goods_receipts": ("po_number", "delivery_note"),
    "stock": ("material",),
    "posted_invoices": ("vendor_number", "iban"),
    "posted_lines": ("vendor_number", "po_number"),
    "gl_accounts": ("company_code",),
    "cost_objects": ("company_code",),
    "tax_codes": ("company_code",),
    "tolerances": ("company_code",),
    "approval_limits": ("company_code",),
    "export_keys": ("company_code",),
}
"""Columns a file is looked up by. Vendors and invoice numbers have forms of their own, see ``importing``."""


def key_form(column: str, value: str | None) -> str:
    """The form in which a column is compared: order numbers and delivery notes as matching compares them, else compact."""
    return number_key(value or "") if column in ("po_number", "delivery_note") else compact(value)


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
