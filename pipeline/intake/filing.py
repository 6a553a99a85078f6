"""What became of something received, and the files ``done/`` and ``rejected/`` that say so to whoever dropped it."""

import json
import os
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from pipeline.store.tables import invoice, job, received
from schemas.decision import Verdict

AFTER_DECISION = ("export", "confirm")
SUFFIX = ".outcome.json"


def outcome_of(connection: Connection, received_id: str) -> list[dict[str, Any]] | None:
    """What each document in it became; ``None`` while the stages up to the decision are still at work."""
    arrival = connection.scalar(select(received.c.arrival).where(received.c.id == received_id))
    still_open = select(job.c.id).where(
        job.c.state.in_(("ready", "run")), job.c.arrival == arrival, job.c.stage.not_in(AFTER_DECISION)
    )
    if arrival is None or connection.scalar(still_open.limit(1)):
        return None
    rows = connection.execute(
        select(invoice).where(invoice.c.arrival == arrival).order_by(invoice.c.received_id, invoice.c.ordinal)
    )
    return [
        {
            "file": row.file,
            "id": row.id,
            "kind": row.kind,
            "decision": row.decision,
            "number": row.number,
            "reasons": Verdict.model_validate_json(row.verdict).reasons if row.verdict else [],
        }
        for row in rows
    ]


def is_rejected(documents: list[dict[str, Any]]) -> bool:
    """Whether nothing in it could be used. What is no invoice was understood and is done."""
    return all(one["kind"] == "unreadable" or one["decision"] == "quarantined" for one in documents)


def file_away(source: Path, inbox: Path, received_id: str, documents: list[dict[str, Any]]) -> Path:
    """Move a taken file to ``done/`` or ``rejected/`` with its outcome beside it; never over another file. The new path."""
    folder = inbox / ("rejected" if is_rejected(documents) else "done")
    folder.mkdir(exist_ok=True)
    text = json.dumps({"received": received_id, "documents": documents}, ensure_ascii=False, indent=2) + "\n"
    for number in range(1, 1_000_000):
        name = source.name if number == 1 else f"{source.stem} ({number}){source.suffix}"
        if _reserve(folder / (name + SUFFIX), received_id, text) and not (folder / name).exists():
            break
    source.rename(folder / name)
    return folder / name


def _reserve(note: Path, received_id: str, text: str) -> bool:
    """Whether the name is ours: its outcome did not exist, or is one that we wrote before a crash."""
    try:
        with note.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        try:
            ours = received_id in note.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return False
        if ours:
            note.write_text(text, "utf-8")
        return ours
    return True
