"""The JSON of one processed document (CONTRACT section 4), built from what the stages kept."""

import json
from typing import Any

from sqlalchemy import Connection, Row, select

from pipeline.store import audit, records
from pipeline.store.tables import invoice
from schemas.decision import Verdict


def outcomes(connection: Connection) -> list[dict[str, Any]]:
    """All documents found, in order of arrival."""
    rows = connection.execute(select(invoice).order_by(invoice.c.arrival, invoice.c.received_id, invoice.c.ordinal))
    return [outcome(connection, row) for row in rows]


def outcome(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    document = records.document_of(row)
    verdict = Verdict.model_validate_json(row.verdict) if row.verdict else None
    entries = audit.count(connection, trail_items(connection, row))
    return {
        "file": row.file,
        "id": row.id,
        "kind": row.kind,
        "decision": row.decision,
        "reasons": verdict.reasons if verdict else [],
        "proposal": verdict.proposal if verdict else None,
        "state": row.state,
        "accepted": document.accepted,
        "pages": document.pages,
        "source": document.source.value if document.source else None,
        "vendor_number": row.vendor_number,
        "company_code": row.company_code,
        "invoice": document.invoice.as_json() if document.invoice else None,
        "evidence": {path: [e.as_json() for e in found] for path, found in document.evidence.items()},
        "match": json.loads(row.match) if row.match else None,
        "posting": json.loads(row.posting) if row.posting else None,
        "findings": [f.as_json() for f in records.all_findings(row)],
        "exports": [
            {"format": e.format, "sha256": e.sha256, "bytes": e.size, "file": e.file_name, "media_type": e.media_type}
            for e in records.exports_of(connection, row.id)
        ],
        "audit": {"entries": entries, "root": audit.head(connection)[1]},
    }


def trail_items(connection: Connection, row: Row[Any]) -> list[str]:
    """Everything whose events tell the story of an invoice: what was received, what it was unpacked from, the invoice itself."""
    items = [row.id]
    current: str | None = row.received_id
    while current:
        items.append(current)
        current = records.get_received(connection, current).parent_id
    return items
