"""All ways in at once, as ``run`` and ``intake`` open them."""

import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from pipeline.clock import FixedClock
from pipeline.desk import Desk, open_desk
from pipeline.errors import EnvironmentProblem
from pipeline.intake.doors import Doors
from pipeline.settings import Settings
from pipeline.store.tables import received
from tests.pipeline.intake.dovecot import free_port

MAIL = b"From: a@example.com\r\nSubject: By mail\r\n\r\nHello\r\n"
FAST = {"poll_seconds": 0.05, "settle_seconds": 0.1}


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def names(desk: Desk) -> set[str]:
    with desk.database.read() as connection:
        return set(connection.scalars(select(received.c.name)))


def at(tmp_path: Path, **intake: Any) -> Desk:
    return open_desk(tmp_path / "home", FixedClock("2026-11-25"), Settings.model_validate({"intake": {"free_mib": 0, **intake}}))


def test_each_way_leads_to_rows_and_the_bell_is_rung(tmp_path: Path) -> None:
    port = free_port()
    desk = at(tmp_path, folder=FAST, receiver={"smtp_port": port})
    rung: list[str] = []
    doors = Doors(desk, rung.extend)
    try:
        assert len(doors.start()) == 2
        desk.home.inbox.mkdir(exist_ok=True)
        (desk.home.inbox / "dropped.txt").write_text("words")
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.sendmail("a@example.com", ["invoices@example.org"], MAIL)
        until(lambda: names(desk) == {"dropped.txt", "By mail.eml"})
        until(lambda: len(rung) == 2)
    finally:
        doors.stop()
        desk.close()


def test_a_dead_mail_server_does_not_hold_up_the_folder(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and says nothing
        imap = {
            "host": "127.0.0.1",
            "port": silent.getsockname()[1],
            "security": "none",
            "timeout_seconds": 1,
            "poll_seconds": 0.1,
        }
        desk = at(tmp_path, folder=FAST, imap=imap)
        doors = Doors(desk)
        try:
            doors.start()
            desk.home.inbox.mkdir(exist_ok=True)
            (desk.home.inbox / "dropped.txt").write_text("words")
            until(lambda: names(desk) == {"dropped.txt"})
        finally:
            doors.stop()
            desk.close()


def test_a_taken_port_is_an_error_at_the_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        desk = at(tmp_path, folder={"watch": False}, receiver={"lmtp_port": taken.getsockname()[1]})
        doors = Doors(desk)
        try:
            with pytest.raises(EnvironmentProblem, match="lmtp_port"):
                doors.start()
        finally:
            doors.stop()
            desk.close()


def test_the_command_takes_in_until_it_is_stopped(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text("[intake]\nfree_mib = 0\n[intake.folder]\npoll_seconds = 0.1\nsettle_seconds = 0.1\n")
    command = [sys.executable, "-m", "pipeline", "intake", "--home", str(home)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        assert "taking in from folder" in process.stderr.readline()
        (home / "inbox").mkdir(exist_ok=True)
        (home / "inbox" / "dropped.txt").write_text("words")
        desk = open_desk(home)
        until(lambda: names(desk) == {"dropped.txt"})
        desk.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_the_command_without_any_way_in_says_so(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[intake.folder]\nwatch = false\n")
    command = [sys.executable, "-m", "pipeline", "intake", "--home", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, "no way in is open" in ended.stderr) == (2, True)
