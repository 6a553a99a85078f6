"""``process`` and ``ingest``: documents into the pipeline, synchronously or for a running service."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.cli.output import code_of_outcomes, print_json, print_table, say
from pipeline.cli.places import desk_at, set_up_logging
from pipeline.clock import FixedClock, SystemClock
from pipeline.desk import Desk, open_desk
from pipeline.errors import ExitCode, UnreadableFile, UsageError
from pipeline.outcome import outcomes
from pipeline.progress import progress


def process(files: Sequence[Path], *, master: Path, now: str | None, out: Path | None, as_json: bool) -> int:
    from pipeline.receiving import receive
    from pipeline.running import drain
    from pipeline.store.importing import import_folder

    try:
        clock = FixedClock(now) if now else SystemClock()
    except ValueError as problem:
        raise UsageError(f"--now is a date such as 2026-11-25 or a UTC time, not {now!r}") from problem
    with tempfile.TemporaryDirectory(prefix="belegfluss-") as folder:
        desk = open_desk(Path(folder), clock)
        set_up_logging("warning")
        try:
            with desk.database.write() as connection:
                import_folder(connection, master, clock.now())
            missing: list[dict[str, Any]] = []
            with progress("Processing", len(files)) as advance:
                for file in files:
                    try:
                        receive(desk, file.read_bytes(), file.name, "cli")
                    except OSError as problem:
                        missing.append(_missing(file, problem))
                        continue
                    drain(desk)
                    advance()
            with desk.database.read() as connection:
                results = _named_as_given(outcomes(connection), files) + missing
            if out:
                _write_exports(desk, results, out)
        finally:
            desk.close()
    if as_json:
        print_json(results)
    else:
        print_outcomes(results)
    return code_of_outcomes(results)


def _named_as_given(results: list[dict[str, Any]], files: Sequence[Path]) -> list[dict[str, Any]]:
    """``file`` as the user wrote it: the path given, for mails with #part behind it."""
    given = {file.name: str(file) for file in files}
    for result in results:
        name, hash_sign, part = result["file"].partition("#")
        result["file"] = given.get(name, name) + hash_sign + part
    return results


def _missing(file: Path, problem: OSError) -> dict[str, Any]:
    reason = f"cannot open {file}: {problem.strerror or problem}"
    return {
        "file": str(file),
        "id": None,
        "kind": "unreadable",
        "decision": "quarantined",
        "reasons": [reason],
        "proposal": None,
        "invoice": None,
        "match": None,
        "posting": None,
        "findings": [{"code": "READ-MALFORMED", "severity": "error", "path": "", "message": reason}],
        "exports": [],
        "audit": {"entries": 0, "root": None},
    }


def _write_exports(desk: Desk, results: Sequence[dict[str, Any]], out: Path) -> None:
    import exporters

    out.mkdir(parents=True, exist_ok=True)
    for result in results:
        for one in result["exports"]:
            stem = Path(result["file"].replace("#", "_")).name.rsplit(".", 1)[0]
            suffix = one["file"].rsplit(".", 1)[-1]
            prefix = exporters.FORMATS[one["format"]].prefix
            (out / f"{prefix}{stem}.{one['format']}.{suffix}").write_bytes(desk.exports.get(one["sha256"]))


def print_outcomes(results: Sequence[dict[str, Any]]) -> None:
    """The table of outcomes, one row per document."""
    rows = []
    for result in results:
        stated = result["invoice"] or {}
        total = (stated.get("totals") or {}).get("grand_total") or ""
        rows.append(
            (
                Path(result["file"]).name,
                result["kind"],
                stated.get("number") or "",
                f"{total} {stated.get('currency') or ''}".strip(),
                result["decision"] or result.get("state") or "",
                "; ".join(result["reasons"][:2]),
            )
        )
    print_table("What became of the documents", ("file", "kind", "number", "total", "decision", "why"), rows)


def ingest(files: Sequence[str], *, home: Path | None) -> int:
    from pipeline.receiving import receive

    desk = desk_at(home)
    worst = ExitCode.CLEAN
    try:
        for name in files:
            try:
                data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
            except OSError as problem:
                say(f"belegfluss: cannot open {name}: {problem.strerror or problem}")
                worst = UnreadableFile.exit_code
                continue
            identifier, _queued = receive(desk, data, "stdin" if name == "-" else name, "cli")
            print(identifier, flush=True)
    finally:
        desk.close()
    return worst
