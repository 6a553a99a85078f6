"""Open mails and archives. Each document inside becomes a received thing of its own; everything else stays in the raw mail."""

from pathlib import Path
from typing import Any

from sqlalchemy import Row

from pipeline.desk import Desk
from pipeline.receiving import display_name
from pipeline.sandbox import SandboxError
from pipeline.stages.documents import add_documents, left_over, unreadable
from pipeline.stages.intake import CONTAINERS
from pipeline.store import records
from pipeline.store.audit import Event
from pipeline.store.jobs import Job
from pipeline.transaction import Transaction, Write
from schemas.finding import Finding, Severity


def unpack(job: Job, desk: Desk) -> Write:
    with desk.database.read() as connection:
        row = records.get_received(connection, job.item)
    if row.media not in CONTAINERS:
        return _pass_on(row)
    path = str(desk.originals.path(row.sha256))
    try:
        with desk.sandbox.run_with_files("unpack", {"path": path, "name": row.name}) as (answer, scratch):
            parts = [
                part | {"sha256": _keep(desk, scratch, part), "size": (scratch / part["file"]).stat().st_size}
                for part in answer["parts"]
            ]
    except SandboxError as problem:
        found = unreadable(problem.code, str(problem))
        return lambda transaction: add_documents(transaction, row, 0, [found])
    return _spread(row, answer, parts)


def _keep(desk: Desk, scratch: Path, part: dict[str, Any]) -> str | None:
    """Documents are stored before their row exists: a crash leaves a file without a row, never a row without a file."""
    return desk.originals.put((scratch / part["file"]).read_bytes()) if part["is_document"] else None


def _pass_on(row: Row[Any]) -> Write:
    def write(transaction: Transaction) -> None:
        records.set_received(transaction.connection, row.id, state="unpacked")
        transaction.queue(row.id, "extract", row.arrival)

    return write


def _spread(row: Row[Any], answer: dict[str, Any], parts: list[dict[str, Any]]) -> Write:
    findings = [Finding.model_validate(f) for f in answer["findings"]]
    documents = [part for part in parts if part["is_document"]]

    def write(transaction: Transaction) -> None:
        records.set_received(transaction.connection, row.id, state="unpacked", findings=records.findings_json(findings))
        transaction.note(
            row.id,
            Event(
                "unpacked",
                after={
                    "parts": [
                        {"name": display_name(p["name"]), "media": p["media"], "is_document": p["is_document"]} for p in parts
                    ],
                    "message_id": (answer["mail"] or {}).get("message_id"),
                    "findings": [f.code for f in findings],
                },
            ),
        )
        for number, part in enumerate(documents):
            name = f"{row.name}#{display_name(part['name'])}"
            child, arrival = records.add_received(
                transaction.connection,
                name=name,
                origin="unpacked",
                origin_key=f"{row.id}/{number}",
                parent=row,
                sha256=part["sha256"],
                size=part["size"],
                mail=answer["mail"],
                media=part["media"],
                now=transaction.now,
            )
            transaction.note(
                child,
                Event("received", after={"name": name, "origin": "unpacked", "received": row.id, "document": part["sha256"]}),
            )
            transaction.queue(child, "intake", arrival)
        if not documents or any(f.severity is Severity.ERROR for f in findings):
            add_documents(transaction, row, 0, [left_over(findings)])

    return write
