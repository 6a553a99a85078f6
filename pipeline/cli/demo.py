"""``demo``: the sample invoices through every stage, with the actors at work, then the web pages."""

import json
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pipeline.cli.output import code_of_outcomes, print_json, say
from pipeline.cli.places import SAMPLES, set_up_logging
from pipeline.cli.processing import print_outcomes
from pipeline.clock import BusinessDay
from pipeline.desk import Desk, open_desk
from pipeline.errors import EnvironmentProblem, ExitCode
from pipeline.outcome import outcomes
from pipeline.progress import progress


def demo(home: Path | None, *, serve: bool, port: int, as_json: bool) -> int:
    plan = _plan()
    with ExitStack() as stack:
        folder = home or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="belegfluss-demo-")))
        desk = open_desk(folder, BusinessDay(plan["now"]))
        stack.callback(desk.close)
        set_up_logging("warning")
        desk.home.lock()
        results = _send_through(desk, plan, stack)
        if as_json:
            print_json(results)
        else:
            print_outcomes(results)
        _summarise(results, home)
        if serve:
            from pipeline.cli.service import serve_until_stopped

            serve_until_stopped(desk, port)
    return min(code_of_outcomes(results), ExitCode.FINDINGS)  # that a scan cannot be read is part of the show


def _plan() -> dict[str, Any]:
    """The order of the samples and the date they were made for."""
    file = SAMPLES / "expected.json"
    if not file.exists():
        raise EnvironmentProblem(f"the samples are missing ({file.name}); reinstall or run from a checkout")
    plan: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return plan


def _send_through(desk: Desk, plan: dict[str, Any], stack: ExitStack) -> list[dict[str, Any]]:
    from pipeline.queue.worker import Engine
    from pipeline.receiving import receive
    from pipeline.store import importing, master

    with desk.database.write() as connection:
        if not master.counts(connection):
            importing.import_folder(connection, SAMPLES / "master", desk.clock.now(), actor="demo")
    engine = Engine(desk)
    engine.start()
    stack.callback(engine.stop)
    files = list(dict.fromkeys(entry["file"].partition("#")[0] for entry in plan["documents"]))
    with progress("Sample documents", len(files)) as advance:
        for name in files:
            _identifier, queued = receive(
                desk, (SAMPLES / "documents" / name).read_bytes(), name, "demo", origin_key=f"demo:{name}"
            )
            engine.ring(queued)
            advance()
    engine.wait_until_idle()
    with desk.database.read() as connection:
        return outcomes(connection)


def _summarise(results: list[dict[str, Any]], home: Path | None) -> None:
    counts = Counter(result["decision"] for result in results)
    parts = [f"{n} {decision}" for decision, n in counts.most_common()]
    say(f"{len(results)} documents: {', '.join(parts)}")
    if home:
        say(f"The trail: belegfluss audit verify --home {home}")
    else:
        say("This was a throw-away home; keep one with --home DIR")
