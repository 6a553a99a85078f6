"""The commands ``audit ...``."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, or_, select

from pipeline.cli.output import print_json, print_table, say
from pipeline.cli.places import desk_at
from pipeline.errors import EnvironmentProblem, ExitCode, UsageError
from pipeline.outcome import trail_items
from pipeline.store import audit
from pipeline.store.tables import invoice
from pipeline.trail.bundle import make_bundle
from pipeline.trail.handover import make_hand_over
from pipeline.trail.notes import BadNote, Verifier, parse_verifier
from pipeline.trail.verification import verify_desk


def show(identifier: str | None, number: str | None, home: Path | None, as_json: bool) -> int:
    if (identifier is None) == (number is None):
        raise UsageError("name an invoice by its ID or by --number, not both")
    desk = desk_at(home)
    try:
        with desk.database.read() as connection:
            entries = audit.entries(connection, _items(connection, identifier, number))
    finally:
        desk.close()
    if not entries:
        raise UsageError(f"nothing is known of {identifier or number}")
    if as_json:
        print_json([entry.as_json() for entry in entries])
    else:
        rows = [(str(e.index), f"{e.time:%Y-%m-%d %H:%M:%S}", e.actor, e.type, _story(e.after), e.reason or "") for e in entries]
        print_table(f"The story of {identifier or number}", ("entry", "time (UTC)", "who", "what", "with", "why"), rows)
    return ExitCode.CLEAN


def _items(connection: Connection, identifier: str | None, number: str | None) -> list[str]:
    condition = invoice.c.number == number if number else or_(invoice.c.id == identifier, invoice.c.received_id == identifier)
    rows = connection.execute(select(invoice).where(condition)).all()
    found = [item for row in rows for item in trail_items(connection, row)]
    return list(dict.fromkeys(found)) or ([identifier] if identifier else [])


def _story(after: Any) -> str:
    """The values of an event on one line, the empty ones left out."""
    if not isinstance(after, dict):
        return "" if after is None else str(after)
    parts = []
    for name, value in after.items():
        if value in (None, [], {}, ""):
            continue
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        parts.append(f"{name}: {text if len(text) <= 60 else text[:57] + '...'}")
    return ", ".join(parts)


def verify(home: Path | None, anchors: Sequence[Path], keys: Sequence[str], as_json: bool) -> int:
    desk = desk_at(home)
    try:
        verdict = verify_desk(desk, anchors, [_key(text) for text in keys])
    finally:
        desk.close()
    for warning in verdict.warnings:
        say(f"warning: {warning}")
    if as_json:
        print_json(verdict.as_json())
    elif verdict.first_bad:
        say(f"entry {verdict.first_bad['index']} is bad: {verdict.first_bad['kind']}")
    else:
        print(f"{verdict.entries} entries, chain intact, root {verdict.root}")
        say(f"{verdict.anchored} of them are under signed heads outside the database")
    return ExitCode.CLEAN if verdict.ok else ExitCode.FINDINGS


def bundle(identifier: str, output: Path, home: Path | None) -> int:
    desk = desk_at(home)
    try:
        made = make_bundle(desk, identifier)
        _write(output, made.data)
        say(f"{made.entries} entries under a head of {made.size}, signed by {desk.notary.keys.trusted()[-1]}")
    finally:
        desk.close()
    return ExitCode.CLEAN


def export(first: str, last: str, output: Path, originals: bool, home: Path | None) -> int:
    days = [_day("--from", first), _day("--to", last)]
    desk = desk_at(home)
    try:
        made = make_hand_over(desk, days[0], days[1], output, originals=originals)
    except OSError as problem:
        raise EnvironmentProblem(f"cannot write {output}: {problem.strerror or problem}") from problem
    finally:
        desk.close()
    say(", ".join(f"{count} {name}" for name, count in made.counts.items()) or "nothing in this period")
    return ExitCode.CLEAN


def procedure(output: Path, home: Path | None) -> int:
    from pipeline.trail.procedure import make_procedure
    from pipeline.trail.procedure_pdf import procedure_pdf

    if output.suffix not in (".md", ".pdf"):
        raise UsageError(f"-o: .md or .pdf, not {output.name}")
    desk = desk_at(home)
    try:
        made = make_procedure(desk)
    finally:
        desk.close()
    foot = f"SHA-256 {made.sha256}"
    _write(
        output,
        procedure_pdf(made.text, "Verfahrensdokumentation Belegfluss", foot) if output.suffix == ".pdf" else made.text.encode(),
    )
    say(f"{foot} ({'a new version, logged' if made.is_new else 'the version the log names'})")
    return ExitCode.CLEAN


def rotate_key(reason: str, home: Path | None) -> int:
    if not reason.strip():
        raise UsageError("--reason: say why in a few words")
    desk = desk_at(home)
    try:
        print(desk.notary.rotate("cli", reason.strip()))
    finally:
        desk.close()
    return ExitCode.CLEAN


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise UsageError(f"{option} is a day such as 2026-01-31, not {text!r}") from problem


def _write(output: Path, data: bytes) -> None:
    try:
        output.write_bytes(data)
    except OSError as problem:
        raise EnvironmentProblem(f"cannot write {output}: {problem.strerror or problem}") from problem


def _key(text: str) -> Verifier:
    """A public key as text, or the file that holds it."""
    try:
        return parse_verifier(Path(text).read_text("ascii") if Path(text).is_file() else text)
    except (BadNote, ValueError, OSError) as problem:
        raise UsageError(f"--key: {problem}") from problem
