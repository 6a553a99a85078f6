"""See the exports arrive: read each one back, and hand it to the push target where one is set.

What people corrected on the page is learnt here, for the supplier's next document: the undo time is over, and the values are approved.
Without a push target the finance system pulls; the invoice stays ``approved`` until it is acknowledged (CONTRACT section 7).
"""

import os
from pathlib import Path
from typing import Any

from sqlalchemy import Row, update

import exporters
from pipeline.desk import Desk
from pipeline.learning import keep_lesson, lesson_of
from pipeline.store import records, tables
from pipeline.store.audit import Event
from pipeline.store.blobs import BlobMissing
from pipeline.store.jobs import Job
from pipeline.transaction import Transaction, Write


def confirm(job: Job, desk: Desk) -> Write:
    with desk.database.read() as connection:
        row = records.get_invoice(connection, job.item)
        exports = records.exports_of(connection, row.id)
    folder = desk.settings.export.folder
    signed = desk.notary.checkpoint()  # approval and export stand under a signed head before anybody gets them
    head = {"size": str(signed.size), "root": signed.root}
    for one in exports:
        if not desk.exports.is_intact(one.sha256):
            raise BlobMissing(f"export {one.format} of {row.file} is damaged on disk")
        if folder is not None:
            _hand_over(folder, one, desk.exports.get(one.sha256))

    lesson = lesson_of(desk, row)

    def write(transaction: Transaction) -> None:
        keep_lesson(transaction, row, lesson)
        names = [{"format": one.format, "sha256": one.sha256, "file": one.file_name} for one in exports]
        transaction.connection.execute(
            update(tables.export).where(tables.export.c.invoice_id == row.id).values(state="confirmed" if folder else "written")
        )
        if folder is None:
            transaction.note(row.id, Event("ready-for-pull", after={"exports": names, "checkpoint": head}))
        else:
            records.set_invoice(transaction.connection, row.id, transaction.now, state="exported")
            transaction.note(row.id, Event("handed-over", after={"exports": names, "target": "folder", "checkpoint": head}))

    return write


def _hand_over(folder: Path, one: Row[Any], data: bytes) -> None:
    """Temporary name, fsync, rename. The final name holds the hash: a second try after a crash writes the same file again."""
    folder.mkdir(parents=True, exist_ok=True)
    prefix = exporters.FORMATS[one.format].prefix
    target = folder / f"{prefix}{one.sha256[:12]}_{one.file_name.removeprefix(prefix)}"
    temporary = folder / f".{target.name}.tmp"
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(target)
