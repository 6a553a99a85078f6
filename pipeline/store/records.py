"""Rows of ``received`` and ``invoice``: what came in, and what each stage said about it."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from pipeline.clock import iso
from pipeline.ids import new_id
from pipeline.store.tables import export, invoice, received
from schemas import Document
from schemas.finding import Finding
from schemas.identifiers import canonical_number, compact


def add_received(
    connection: Connection,
    *,
    name: str,
    origin: str,
    sha256: str,
    size: int,
    now: datetime,
    origin_key: str | None = None,
    parent: Row[Any] | None = None,
    mail: Mapping[str, Any] | None = None,
    media: str | None = None,
) -> tuple[str, int]:
    """A new thing that came in; its id and its place in the order of arrival."""
    identifier = new_id()
    result = connection.execute(
        insert(received).values(
            id=identifier,
            name=name,
            origin=origin,
            origin_key=origin_key,
            parent_id=parent.id if parent else None,
            arrival=parent.arrival if parent else 0,
            sha256=sha256,
            size=size,
            media=media,
            mail=json.dumps(mail, ensure_ascii=False) if mail else None,
            state="received",
            findings="[]",
            received_at=iso(now),
        )
    )
    sequence = int(result.inserted_primary_key[0])  # type: ignore[index]
    arrival = parent.arrival if parent else sequence
    if not parent:
        connection.execute(update(received).where(received.c.id == identifier).values(arrival=arrival))
    return identifier, arrival


def get_received(connection: Connection, identifier: str) -> Row[Any]:
    return connection.execute(select(received).where(received.c.id == identifier)).one()


def find_origin(connection: Connection, origin_key: str) -> str | None:
    """Id of what was received under this key before: a repeated delivery is the same delivery."""
    return connection.scalar(select(received.c.id).where(received.c.origin_key == origin_key))


def set_received(connection: Connection, identifier: str, **values: Any) -> None:
    connection.execute(update(received).where(received.c.id == identifier).values(**values))


def add_invoice(connection: Connection, source: Row[Any], ordinal: int, document: Document, pages: int, now: datetime) -> str:
    """A document found by reading, as a row with the columns lists are made of."""
    identifier = new_id()
    connection.execute(
        insert(invoice).values(
            id=identifier,
            received_id=source.id,
            ordinal=ordinal,
            arrival=source.arrival,
            file=source.name,
            sha256=source.sha256,
            state="received",
            pages=pages,
            created_at=iso(now),
            updated_at=iso(now),
            **columns_of(document),
        )
    )
    return identifier


def columns_of(document: Document) -> dict[str, Any]:
    """The columns of ``invoice`` that repeat what the document says."""
    columns: dict[str, Any] = {"kind": document.kind.value, "document": document.model_dump_json()}
    stated = document.invoice
    if stated is None:
        return columns
    return columns | {
        "number": stated.number,
        "type_code": stated.type_code,
        "issue_date": stated.issue_date.isoformat() if stated.issue_date else None,
        "due_date": stated.due_date.isoformat() if stated.due_date else None,
        "currency": stated.currency,
        "grand_total": str(stated.totals.grand_total) if stated.totals.grand_total is not None else None,
        "seller_name": stated.seller.name,
        "number_key": canonical_number(stated.number) or None,
        "seller_vat_id": compact(stated.seller.vat_id) or None,
        "iban": compact(stated.payment.iban) or None,
    }


def get_invoice(connection: Connection, identifier: str) -> Row[Any]:
    return connection.execute(select(invoice).where(invoice.c.id == identifier)).one()


def set_invoice(connection: Connection, identifier: str, now: datetime, **values: Any) -> None:
    """Change an invoice row; its version (ETag) goes up."""
    connection.execute(
        update(invoice).where(invoice.c.id == identifier).values(version=invoice.c.version + 1, updated_at=iso(now), **values)
    )


def document_of(row: Row[Any]) -> Document:
    return Document.model_validate_json(row.document)


def findings_json(findings: Iterable[Finding]) -> str:
    return json.dumps([f.as_json() for f in findings], ensure_ascii=False)


def findings_of(text: str | None) -> list[Finding]:
    return [Finding.model_validate(item) for item in json.loads(text)] if text else []


def all_findings(row: Row[Any]) -> list[Finding]:
    """Every finding on an invoice, in the order of the stages."""
    columns = (row.identity, row.check_findings, row.match_findings, row.posting_findings, row.export_findings)
    found = list(document_of(row).findings)
    for text in columns:
        found += findings_of(text)
    return found


def exports_of(connection: Connection, invoice_id: str) -> list[Row[Any]]:
    return list(
        connection.execute(select(export).where(export.c.invoice_id == invoice_id).order_by(export.c.created_at, export.c.format))
    )
