"""``run``, ``serve``, ``worker``, ``intake``, ``status``: the long-lived processes and how they are doing."""

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli.output import print_json, print_table, say
from pipeline.cli.places import desk_at
from pipeline.desk import Desk
from pipeline.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from pipeline.intake.doors import Doors
    from pipeline.queue.worker import Engine


def run(home: Path | None, port: int | None) -> int:
    from pipeline.intake.doors import Doors
    from pipeline.queue.worker import Engine

    desk = desk_at(home)
    try:
        desk.home.lock()
        engine = Engine(desk)
        engine.start()
        doors = Doors(desk, engine.ring)
        try:
            _open(doors)
            serve_until_stopped(desk, desk.settings.web.port if port is None else port)
        finally:
            doors.stop()
            engine.stop()
    finally:
        desk.close()
    return ExitCode.CLEAN


def take_in(home: Path | None) -> int:
    """Only the ways in; the workers of another process find what came in by themselves."""
    from pipeline.intake.doors import Doors

    desk = desk_at(home)
    doors = Doors(desk)
    try:
        stop = _stopped_by_signals()
        if not _open(doors):
            raise UsageError("no way in is open: the settings turn the folder off and name no mailbox and no port")
        say("intake ready; stop with Ctrl+C")
        stop.wait()
    finally:
        doors.stop()
        desk.close()
    return ExitCode.CLEAN


def _open(doors: "Doors") -> list[str]:
    told = doors.start()
    for line in told:
        say(f"taking in from {line}")
    return told


def serve(home: Path | None, port: int | None) -> int:
    desk = desk_at(home)
    try:
        serve_until_stopped(desk, desk.settings.web.port if port is None else port)
    finally:
        desk.close()
    return ExitCode.CLEAN


def serve_until_stopped(desk: Desk, port: int) -> None:
    """Serve the web pages and print the one-time link, until SIGINT or SIGTERM."""
    from pipeline.web.server import serve_pages

    serve_pages(desk, port, tell=say_link)


def say_link(link: str) -> None:
    print(f"Open {link}", flush=True)


def work(home: Path | None, until_idle: bool) -> int:
    from pipeline.queue.worker import Engine

    desk = desk_at(home)
    try:
        if not desk.settings.broker_url:
            desk.home.lock()
        engine = Engine(desk)
        engine.start()
        try:
            _wait(engine, until_idle)
        finally:
            engine.stop()
    finally:
        desk.close()
    return ExitCode.CLEAN


def _wait(engine: "Engine", until_idle: bool) -> None:
    stop = _stopped_by_signals()
    say("worker ready" + ("" if until_idle else "; stop with Ctrl+C"))
    while not stop.is_set():
        if until_idle and engine.wait_until_idle(seconds=1):
            return
        stop.wait(0.2)


def _stopped_by_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def status(home: Path | None, as_json: bool) -> int:
    desk = desk_at(home)
    try:
        found = state_of(desk)
    finally:
        desk.close()
    if as_json:
        print_json(found)
        return ExitCode.CLEAN
    print_table("Invoices", ("state", "count"), [(state, str(n)) for state, n in found["states"].items()])
    print_table(
        "Jobs",
        ("stage", "ready", "running", "failed"),
        [(stage, *(str(n[k]) for k in ("ready", "running", "failed"))) for stage, n in found["stages"].items()],
    )
    for one in found["mailboxes"]:
        say(f"mailbox {one['account']} {one['folder']}: {one['mails']} mails, {one['without_row']} without a row ({one['at']})")
    say(f"{found['open']} open; oldest waiting since {found['oldest_waiting'] or '-'}")
    return ExitCode.CLEAN


def state_of(desk: Desk) -> dict[str, Any]:
    """The object of ``status --json`` (CONTRACT section 2)."""
    from sqlalchemy import func, select

    from pipeline.stages import STAGES
    from pipeline.store import jobs, mails
    from pipeline.store.tables import invoice

    with desk.database.read() as connection:
        states = connection.execute(
            select(invoice.c.state, func.count().label("n")).group_by(invoice.c.state).order_by(invoice.c.state)
        )
        counted = jobs.counts(connection)
        nothing = {"ready": 0, "running": 0, "failed": 0}
        return {
            "states": {row.state: row.n for row in states},
            "stages": {stage: {k: counted.get(stage, nothing)[k] for k in nothing} for stage in STAGES},
            "open": jobs.open_count(connection),
            "oldest_waiting": jobs.oldest_waiting(connection),
            "mailboxes": mails.censuses(connection),
        }
