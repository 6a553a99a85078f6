"""``extract``: read documents without queue or database."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.cli.output import code_of_documents, print_json, print_table, say
from pipeline.errors import ExitCode, UsageError
from pipeline.progress import progress
from pipeline.sandbox import Sandbox, SandboxError
from pipeline.settings import Limits
from pipeline.store import csv_files
from schemas import Document, Extraction, Kind
from schemas.finding import error

ProfilesFor = Callable[[Path], list[dict[str, Any]]]
SOURCES = ("auto", "embedded", "text-layer")


def extract(
    files: Sequence[Path], *, source: str, master: Path | None, home: Path | None, out: Path | None, jobs: int, as_json: bool
) -> int:
    if source not in SOURCES:
        raise UsageError(f"--source is one of {', '.join(SOURCES)}, not {source!r}")
    known = parties_of(master)
    sandbox = Sandbox(Limits(children=jobs))
    results: list[dict[str, Any]] = []
    with profiles_at(home, sandbox) as profiles, ThreadPoolExecutor(jobs) as pool, progress("Reading", len(files)) as advance:
        for result in pool.map(lambda file: read_file(sandbox, file, source, known, profiles), files):
            results.append(result.as_json())
            advance()
    if out:
        _write(out, files, results)
    if as_json:
        print_json(results[0] if len(results) == 1 else results)
    elif not out:
        _print(results)
    else:
        say(f"{len(results)} file(s) read, results in {out}")
    return max([code_of_documents(result["documents"]) for result in results], default=ExitCode.CLEAN)


@contextmanager
def profiles_at(home: Path | None, sandbox: Sandbox) -> Iterator[ProfilesFor]:
    """The supplier profiles of a home that was named; without one there are none."""
    if home is None:
        yield lambda _: []
        return
    from pipeline.cli.places import desk_at
    from pipeline.learning import profiles_for

    desk = desk_at(home)

    def look_up(file: Path) -> list[dict[str, Any]]:
        with desk.database.read() as connection:
            return profiles_for(connection, sandbox, file)

    try:
        yield look_up
    finally:
        desk.close()


def read_file(
    sandbox: Sandbox, file: Path, source: str, known: dict[str, Any], profiles: ProfilesFor = lambda _: []
) -> Extraction:
    """Read one file in a child. Whatever is wrong with it becomes a finding; never raises for a bad file."""
    try:
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as problem:
        reason = problem.strerror or str(problem)
        return _unreadable(file, "", "READ-MALFORMED", f"cannot open {file}: {reason}")
    if file.stat().st_size > Limits().file_bytes:
        return _unreadable(file, sha256, "READ-TOO-LARGE", f"larger than {Limits().file_bytes:,} bytes")
    try:
        arguments = {"path": str(file.resolve()), "name": file.name, "source": source, **known}
        arguments["profiles"] = profiles(file.resolve())
        extraction = Extraction.model_validate(sandbox.run("read", arguments))
    except SandboxError as problem:
        return _unreadable(file, sha256, problem.code, str(problem))
    return extraction.model_copy(update={"file": str(file)})


def _unreadable(file: Path, sha256: str, code: str, reason: str) -> Extraction:
    document = Document(kind=Kind.UNREADABLE, findings=[error(code, "", reason)])
    return Extraction(file=str(file), sha256=sha256, documents=[document])


def parties_of(master: Path | None) -> dict[str, Any]:
    """Companies and vendors of a master data folder, as arguments of the read task."""
    if master is None:
        return {}
    rows = csv_files.load(master).rows
    return {
        name: [r.model_dump(mode="json", exclude_none=True) for r in rows.get(name, {}).values()]
        for name in ("companies", "vendors")
    }


def _write(out: Path, files: Sequence[Path], results: Sequence[dict[str, Any]]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    stems = Counter(file.stem for file in files)
    for file, result in zip(files, results, strict=True):
        name = f"{file.stem}.json" if stems[file.stem] == 1 else f"{file.name}.json"
        (out / name).write_text(json.dumps(result, ensure_ascii=False, indent=1), "utf-8")


def _print(results: Sequence[dict[str, Any]]) -> None:
    rows = []
    for result in results:
        for document in result["documents"]:
            stated = document["invoice"] or {}
            total = (stated.get("totals") or {}).get("grand_total") or ""
            codes = Counter(f["code"] for f in document["findings"])
            rows.append(
                (
                    result["file"],
                    document["kind"],
                    stated.get("number") or "",
                    stated.get("issue_date") or "",
                    f"{total} {stated.get('currency') or ''}".strip(),
                    "yes" if document["accepted"] else "no",
                    ", ".join(f"{code} x{n}" if n > 1 else code for code, n in codes.items()),
                )
            )
    print_table("Documents", ("file", "kind", "number", "date", "total", "accepted", "findings"), rows)
