"""The ZIP of the hand-over: index.xml with its DTD, one CSV a table, a README; the originals only where they are asked for."""

import hashlib
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from pipeline.clock import iso
from pipeline.desk import Desk
from pipeline.errors import UsageError
from pipeline.store import audit, master, records
from pipeline.trail.handover.layout import DELIMITER, DTD, QUOTE, RECORD_END, Supplier, TableLayout, layouts, write_index
from pipeline.trail.handover.rows import event_records, invoices_of_period, items_of, number_text, records_of
from schemas.master import Company

README = """Hand-over of data for a tax audit (Z3), {first} to {last}

index.xml describes the CSV files; {dtd} is the grammar it follows. That file was written by the makers of Belegfluss
from the public description of the format; it is not the official file of that name, which may be put in its place.

Documents are chosen by issue date, those without one by their day of receipt. events.csv has every entry of the audit trail about
them, whenever it was made, and the entries about the installation itself that fall into the period.
Originals ({originals}) are named by the SHA-256 that invoices.csv gives.

The log had {size} entries with root {root}
when this was written ({time}); its signed head is checkpoint.txt.
"""


@dataclass
class HandOver:
    """What was written: rows by table."""

    counts: Counter[str] = field(default_factory=Counter)
    originals: int = 0


def make_hand_over(
    desk: Desk, first: date, last: date, output: Path, *, originals: bool = False, actor: str = "cli", role: str = "system"
) -> HandOver:
    """Write the ZIP; that it was handed over is logged. Raises ``UsageError`` for a period that ends before it begins, ``OSError``."""
    if last < first:
        raise UsageError(f"--to {last} lies before --from {first}")
    made = HandOver()
    head = desk.notary.checkpoint()
    temporary = output.with_name(f".{output.name}.part")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive, desk.database.read() as connection:
            places = _write_tables(connection, archive, first, last, made)
            supplier = _supplier(connection)
            archive.writestr("index.xml", write_index(supplier, first.isoformat(), last.isoformat(), places))
            archive.writestr(DTD, files("pipeline.trail.handover").joinpath(DTD).read_bytes())
            archive.writestr("checkpoint.txt", head.note)
            if originals:
                made.originals = _write_originals(desk, connection, archive, invoices_of_period(connection, first, last))
            told = {"first": first, "last": last, "dtd": DTD, "size": head.size, "root": head.root}
            count = f"{made.originals} in originals/" if originals else "not asked for"
            archive.writestr("README.txt", README.format(**told, originals=count, time=iso(desk.clock.now())))
        temporary.replace(output)
    finally:
        temporary.unlink(missing_ok=True)
    _log(desk, first, last, output, made, actor, role)
    return made


def _log(desk: Desk, first: date, last: date, output: Path, made: HandOver, actor: str, role: str) -> None:
    with output.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    rows = {name: str(count) for name, count in made.counts.items()}
    after = {"from": first.isoformat(), "to": last.isoformat(), "rows": rows, "originals": str(made.originals), "sha256": sha256}
    with desk.database.write() as connection:
        audit.append(connection, None, audit.Event("audit-exported", after=after, actor=actor, role=role), desk.clock.now())


def _write_tables(
    connection: Connection, archive: zipfile.ZipFile, first: date, last: date, made: HandOver
) -> dict[tuple[str, str], int]:
    """Every table as its CSV, one after the other; the decimal places that their numbers need."""
    places: dict[tuple[str, str], int] = {}
    identifiers = invoices_of_period(connection, first, last)
    for table in layouts().values():
        with archive.open(table.file, "w") as file:
            for record in _records(connection, table.name, identifiers, first, last):
                file.write(_line(table, record, places))
                made.counts[table.name] += 1
    return places


def _records(connection: Connection, name: str, identifiers: list[str], first: date, last: date) -> Iterator[Mapping[str, Any]]:
    if name == "events":
        yield from event_records(connection, items_of(connection, identifiers), first, last)
        return
    for identifier in identifiers:
        yield from records_of(connection, identifier)[name]


def _line(table: TableLayout, record: Mapping[str, Any], places: dict[tuple[str, str], int]) -> bytes:
    """One record. Keys come first, in the order in which index.xml describes them."""
    cells = []
    for column in sorted(table.columns, key=lambda one: not one.key):
        value = record.get(column.name)
        if column.kind == "number" and value is not None:
            number = Decimal(value)
            exponent = number.as_tuple().exponent
            needed = -exponent if isinstance(exponent, int) else 0
            places[table.name, column.name] = max(places.get((table.name, column.name), 0), needed)
            cells.append(number_text(number))
        elif column.kind == "number" or value is None:
            cells.append("")
        elif column.kind == "date":
            cells.append(str(value))
        else:
            cells.append(_quoted(str(value)))
    return (DELIMITER.join(cells) + RECORD_END).encode()


def _quoted(text: str) -> str:
    """Line breaks become blanks: audit programs take them for the end of a record even inside quotes."""
    return QUOTE + " ".join(text.splitlines()).replace(QUOTE, QUOTE * 2) + QUOTE


def _supplier(connection: Connection) -> Supplier:
    companies = master.everything(connection, "companies", Company)
    names = ", ".join(dict.fromkeys(company.name for company in companies if company.name))
    places = ", ".join(dict.fromkeys(company.city for company in companies if company.city))
    return Supplier(names or "-", places or "-", "Belegfluss: Eingangsrechnungen")


def _write_originals(desk: Desk, connection: Connection, archive: zipfile.ZipFile, identifiers: list[str]) -> int:
    hashes = dict.fromkeys(records.get_invoice(connection, one).sha256 for one in identifiers)
    for sha256 in hashes:
        archive.write(desk.originals.path(sha256), f"originals/{sha256}")
    return len(hashes)
