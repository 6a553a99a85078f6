"""An invoice beside the one it is suspected to repeat: the same facts of both, and where they differ."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from pipeline.store import master, queries, records
from pipeline.web.field_values import path_label, value_at
from pipeline.web.rendering import Words
from schemas.identifiers import canonical_number, compact
from schemas.master import PostedInvoice

CODES = ("FRAUD-DUPLICATE", "FRAUD-DUPLICATE-SIMILAR")
MOST_TWINS = 3
_FIELDS = (
    *(("number", "text"), ("issue_date", "date"), ("due_date", "date"), ("seller.name", "text"), ("currency", "text")),
    *(("totals.grand_total", "amount"), ("purchase_order_reference", "text"), ("delivery_note_reference", "text")),
    *(("payment.iban", "text"),),
)
_OF_POSTED = {"number": "number", "issue_date": "issue_date", "currency": "currency", "totals.grand_total": "grand_total"}


@dataclass(frozen=True)
class Compared:
    """One fact: what this invoice and the other one say. ``same`` is ``None`` where the other one does not say."""

    label: str
    ours: str
    theirs: str
    same: bool | None


@dataclass(frozen=True)
class Twin:
    """``id`` of the other invoice where it is ours, ``state`` and ``file`` with it; else the finance system has posted it."""

    id: str | None
    state: str
    file: str
    same_file: bool
    facts: Sequence[Compared]


def twins(connection: Connection, row: Row[Any], data: Mapping[str, Any], w: Words) -> list[Twin]:
    """The invoices that the duplicate findings name, at most a few. Empty without such a finding."""
    numbers = {str(one["expected"]) for one in data["findings"] if one["code"] in CODES and one["expected"]}
    stated = data["invoice"] or {}
    found = [twin for number in sorted(numbers) for twin in _named(connection, row, number, stated, w)]
    return found[:MOST_TWINS]


def _named(connection: Connection, row: Row[Any], number: str, stated: Mapping[str, Any], w: Words) -> Iterator[Twin]:
    for other in queries.items_of_number(connection, number):
        if other.id != row.id and other.state != "rejected":
            whole = queries.find_invoice(connection, other.id)
            document = records.document_of(whole) if whole is not None else None
            theirs = document.invoice.as_json() if document and document.invoice else {}
            facts = [_compared(path, kind, stated, value_at(theirs, path), w) for path, kind in _FIELDS]
            yield Twin(
                other.id, other.state, other.file, other.received_id == row.received_id or _same(connection, row, other), facts
            )
    posted = master.find(connection, "posted_invoices", PostedInvoice, [("vendor_number", compact(row.vendor_number))])
    for one in posted:
        if canonical_number(one.number) == canonical_number(number):
            known = one.model_dump(mode="json")
            facts = [_compared(path, kind, stated, known[_OF_POSTED[path]], w) for path, kind in _FIELDS if path in _OF_POSTED]
            yield Twin(None, "", "", False, facts)


def _same(connection: Connection, row: Row[Any], other: Row[Any]) -> bool:
    ours, theirs = (queries.find_received(connection, one.received_id) for one in (row, other))
    return ours is not None and theirs is not None and ours.sha256 == theirs.sha256


def _compared(path: str, kind: str, stated: Mapping[str, Any], theirs: Any, w: Words) -> Compared:
    ours = value_at(stated, path)
    write = {"date": w.day, "amount": w.amount}.get(kind, lambda value: "" if value is None else str(value))
    shown = write(ours), write(theirs)
    return Compared(path_label(path, w), shown[0], shown[1], shown[0] == shown[1] if theirs not in (None, "") else None)
