"""A desk with the sample master data, and what tests do at it: hand in samples and twins of them, import a changed row."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

import exporters
from pipeline.desk import Desk
from pipeline.receiving import receive
from pipeline.rematching import after_import
from pipeline.running import drain
from pipeline.store.importing import FileChange, import_folder
from pipeline.store.tables import invoice
from pipeline.transaction import Transaction
from schemas import Invoice

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
MASTER = SAMPLES / "master"


def load_master(desk: Desk) -> None:
    with desk.database.write() as connection:
        import_folder(connection, MASTER, desk.clock.now())


def hand_in(desk: Desk, sample: str) -> str:
    """A sample document through every stage; the id of its invoice."""
    receive(desk, (SAMPLES / "documents" / sample).read_bytes(), sample, "test")
    drain(desk)
    return invoice_of(desk, file=sample).id


def twin_of(sample: str, **changes: Any) -> bytes:
    """What a sample says as an e-invoice (CII), with some header values changed: another invoice for the same delivery."""
    truth = json.loads((SAMPLES / "truth" / f"{sample}.json").read_text("utf-8"))["invoice"]
    stated = Invoice.model_validate({key: value for key, value in truth.items() if not key.startswith("_")})
    return exporters.write(
        "en16931-cii", stated.model_copy(update=changes), exporters.ExportContext(created=datetime(2026, 11, 20, tzinfo=UTC))
    ).data


def hand_in_bytes(desk: Desk, data: bytes, name: str) -> str:
    receive(desk, data, name, "test")
    drain(desk)
    return invoice_of(desk, file=name).id


def invoice_of(desk: Desk, **columns: str) -> Row[Any]:
    with desk.database.read() as connection:
        query = select(invoice)
        for name, value in columns.items():
            query = query.where(invoice.c[name] == value)
        return connection.execute(query).one()


def import_rows(desk: Desk, folder: Path, stem: str, *rows: dict[str, str], replace: bool = False) -> dict[str, FileChange]:
    """Import one file that holds these rows only; whoever waits and is concerned is judged again."""
    folder.mkdir(exist_ok=True)
    with (MASTER / f"{stem}.csv").open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    with (folder / f"{stem}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        writer.writerows(rows)
    with desk.database.write() as connection:
        transaction = Transaction(connection, desk.clock.now())
        changes = import_folder(connection, folder, transaction.now, replace=replace)
        after_import(transaction, changes)
    drain(desk)
    return changes


def sample_row(stem: str, **key: str) -> dict[str, str]:
    """One row of the sample master data, to be changed."""
    with (MASTER / f"{stem}.csv").open(encoding="utf-8", newline="") as file:
        return next(row for row in csv.DictReader(file) if all(row[name] == value for name, value in key.items()))
