"""``export``: bookings of a span of time in one go, for a finance system that is fed by hand.

What was given out once is not given out again without ``--again``: two files with the same invoice are two bookings.
"""

import os
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

import exporters
from exporters.datev.extf import merge
from pipeline.cli.output import say
from pipeline.cli.places import desk_at
from pipeline.desk import Desk
from pipeline.errors import ExitCode, UsageError
from pipeline.store import records
from pipeline.store.tables import invoice
from pipeline.web.exports import choose, mark_fetched, write_further
from pipeline.web.problems import NotUsable

STATES = ("approved", "exported", "acknowledged")
ACTOR = "cli"


def export(to: str, *, since: str, until: str, folder: Path, home: Path | None, again: bool) -> int:
    """Write the format for all approved invoices issued in the span. Exit 1 where one could not be written; the others are."""
    books = [name for name, entry in exporters.FORMATS.items() if entry.books]
    if to not in books:
        raise UsageError(f"--to is one of {', '.join(books)}, not {to!r}")
    span = (_day("--from", since), _day("--until", until))
    desk = desk_at(home)
    try:
        return _export(desk, to, span, folder, again)
    finally:
        desk.close()


def _day(option: str, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as problem:
        raise UsageError(f"{option} is a date such as 2026-11-25, not {text!r}") from problem


def _export(desk: Desk, to: str, span: tuple[str, str], folder: Path, again: bool) -> int:
    with desk.database.read() as connection:
        dated = select(invoice).where(invoice.c.state.in_(STATES), invoice.c.issue_date.between(*span))
        rows = connection.execute(dated.order_by(invoice.c.issue_date, invoice.c.number)).all()
    given: list[Row[Any]] = []
    code = ExitCode.CLEAN
    before = 0
    for row in rows:
        with desk.database.read() as connection:
            one = choose(records.exports_of(connection, row.id), to)
        try:
            one = one or write_further(desk, row, to)
        except NotUsable as problem:
            say(f"{row.number}: {'; '.join(problem.more.get('reasons', [str(problem)]))}")
            code = ExitCode.FINDINGS
            continue
        if one.fetched_at is not None and not again:
            before += 1
            continue
        given.append(one)
    for name, data in _files(desk, to, given):
        _write(folder, name, data)
        print(folder / name)
    for one in given:
        mark_fetched(desk, one, ACTOR)
    say(f"{len(given)} invoices written as {to}, {before} were given out before, {len(rows) - len(given) - before} refused")
    return code


def _files(desk: Desk, to: str, given: Sequence[Row[Any]]) -> list[tuple[str, bytes]]:
    """One file for each invoice; a DATEV batch for each client and period."""
    if to != "datev":
        return [(f"{one.sha256[:12]}_{one.file_name}", desk.exports.get(one.sha256)) for one in given]
    batches = merge(desk.exports.get(one.sha256) for one in given)
    prefix = exporters.FORMATS[to].prefix
    return [(f"{prefix}{key[1]}_{key[4][:6]}_{sha256(data).hexdigest()[:8]}.csv", data) for key, data in batches.items()]


def _write(folder: Path, name: str, data: bytes) -> None:
    """Temporary name, fsync, rename: whoever watches the folder never sees half a file."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{name}.tmp"
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / name)
