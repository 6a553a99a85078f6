"""What commands print: JSON and tables on stdout, progress on stderr, exit codes by what was found."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from pipeline.errors import ExitCode, UsageError

CALM = frozenset({"approved", "not-an-invoice"})


def print_json(value: Any) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=None if not sys.stdout.isatty() else 2)
    sys.stdout.write("\n")


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table on stdout; plain aligned text without colours when piped."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 160, soft_wrap=False)
    table = Table(title=title, box=box.SIMPLE_HEAD if sys.stdout.isatty() else box.ASCII_DOUBLE_HEAD, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def say(text: str) -> None:
    """A line for the person at the terminal, on stderr."""
    print(text, file=sys.stderr, flush=True)


def code_of_findings(findings: Iterable[dict[str, Any]]) -> ExitCode:
    return ExitCode.FINDINGS if any(f["severity"] in ("error", "warning") for f in findings) else ExitCode.CLEAN


def code_of_documents(documents: Iterable[dict[str, Any]]) -> ExitCode:
    """Exit code of read documents: 3 when one cannot be read, 1 when one has warnings or errors."""
    worst = ExitCode.CLEAN
    for document in documents:
        code = ExitCode.UNREADABLE if document["kind"] == "unreadable" else code_of_findings(document["findings"])
        worst = max(worst, code)
    return worst


def code_of_outcomes(outcomes: Iterable[dict[str, Any]]) -> ExitCode:
    """Exit code of processed documents: also 1 for a decision other than approved or not-an-invoice."""
    worst = ExitCode.CLEAN
    for outcome in outcomes:
        worst = max(worst, code_of_documents([outcome]))
        if outcome["decision"] not in CALM:
            worst = max(worst, ExitCode.FINDINGS)
    return worst


def print_schema(name: str) -> int:
    """JSON schema of a record of ``schemas``."""
    import schemas
    from schemas.audit import AuditEntry
    from schemas.base import Word
    from schemas.decision import Verdict
    from schemas.master import MASTER_FILES
    from schemas.matching import Match
    from schemas.posting import Posting

    words: list[type[Word]] = [w for w in vars(schemas).values() if isinstance(w, type) and issubclass(w, Word)]
    words += [AuditEntry, Verdict, Match, Posting, *MASTER_FILES.values()]
    records = {word.__name__: word for word in words}
    if name not in records:
        raise UsageError(f"no record {name!r}; there are {', '.join(sorted(records))}")
    print_json(records[name].model_json_schema())
    return ExitCode.CLEAN
