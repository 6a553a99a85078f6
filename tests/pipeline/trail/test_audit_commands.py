"""The commands ``audit ...`` as scripts see them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.clock import SystemClock
from pipeline.desk import open_desk
from pipeline.settings import Settings
from pipeline.store.tables import audit as log
from tests.pipeline.scenes import hand_in, load_master


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline", "audit", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("home")
    desk = open_desk(folder, SystemClock(), Settings())
    load_master(desk)
    identifier = hand_in(desk, "31-xrechnung-ubl.xml")
    desk.close()
    return folder, identifier


def test_a_clean_log_is_exit_0(home: tuple[Path, str]) -> None:
    finished = run("verify", "--json", "--home", home[0], "--key", home[0] / "audit.pub")
    told = json.loads(finished.stdout)
    assert (finished.returncode, told["ok"], told["first_bad"]) == (0, True, None), finished.stderr
    assert 0 < told["anchored"] <= told["entries"]


def test_the_story_is_found_by_invoice_file_number_and_booking(home: tuple[Path, str]) -> None:
    from pipeline.acts.acknowledging import acknowledge
    from pipeline.acts.person import Person
    from pipeline.store.tables import invoice

    desk = open_desk(home[0], SystemClock(), Settings())
    acknowledge(desk, home[1], Person("erp", "machine"), number="5105600123", year="2026")
    with desk.database.read() as connection:
        row = connection.execute(invoice.select()).one()
    desk.close()
    ways = ([home[1]], [row.received_id], ["--number", row.number], ["--booking", "5105600123"])
    told = [run("show", *way, "--json", "--home", home[0]).stdout for way in ways]
    assert len(set(told)) == 1
    assert [entry["type"] for entry in json.loads(told[0])][:2] == ["received", "recognised"]
    assert "Export written" in run("show", home[1], "--home", home[0]).stdout
    assert run("show", home[1], "--number", "x", "--home", home[0]).returncode == 2


def test_bundle_export_and_procedure_are_written(home: tuple[Path, str], tmp_path: Path) -> None:
    assert run("bundle", home[1], "-o", tmp_path / "proof.zip", "--home", home[0]).returncode == 0
    checked = subprocess.run(
        [sys.executable, "-m", "pipeline.trail.standalone", str(tmp_path / "proof.zip"), "--key", str(home[0] / "audit.pub")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
    exported = run("export", "--from", "2020-01-01", "--to", "2030-12-31", "-o", tmp_path / "z3.zip", "--home", home[0])
    assert exported.returncode == 0, exported.stderr
    assert "1 invoices" in exported.stderr
    assert run("procedure", "-o", tmp_path / "verfahren.pdf", "--home", home[0]).returncode == 0
    assert (tmp_path / "verfahren.pdf").read_bytes()[:4] == b"%PDF"


def test_a_rotated_key_is_printed(home: tuple[Path, str]) -> None:
    before = (home[0] / "audit.pub").read_text().splitlines()
    finished = run("rotate-key", "--reason", "test", "--home", home[0])
    assert finished.stdout.strip() == (home[0] / "audit.pub").read_text().splitlines()[-1] != before[-1]
    assert run("verify", "--home", home[0], "--key", home[0] / "audit.pub").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["show", "--booking", "1"], 2, id="an unknown booking"),
        pytest.param(["bundle", "unknown", "-o", "x.zip"], 2, id="an unknown invoice"),
        pytest.param(["export", "--from", "soon", "--to", "2026-12-31", "-o", "x.zip"], 2, id="no day"),
        pytest.param(["export", "--from", "2026-12-31", "--to", "2026-01-01", "-o", "x.zip"], 2, id="a period backwards"),
        pytest.param(["export", "--from", "2026-01-01", "--to", "2026-12-31", "-o", "none/x.zip"], 4, id="no such folder"),
        pytest.param(["procedure", "-o", "x.doc"], 2, id="another format"),
        pytest.param(["rotate-key", "--reason", " "], 2, id="no reason"),
        pytest.param(["verify", "--key", "no key"], 2, id="no key"),
        pytest.param(["verify", "--anchor", "nowhere"], 2, id="no anchor"),
    ],
)
def test_what_cannot_be_done_is_said(home: tuple[Path, str], arguments: list[str], code: int) -> None:
    finished = run(*arguments, "--home", home[0])
    assert finished.returncode == code, finished.stderr
    assert finished.stderr.startswith("belegfluss: ")
    assert "Traceback" not in finished.stderr


def test_a_bad_log_is_exit_1_and_a_broken_database_exit_4(home: tuple[Path, str]) -> None:
    desk = open_desk(home[0], SystemClock(), Settings())
    with desk.database.write() as connection:
        connection.execute(log.update().where(log.c.index == 3).values(body=b"{}"))
    desk.close()
    finished = run("verify", "--json", "--home", home[0])
    assert run("show", home[1], "--home", home[0]).returncode == 0  # a log that was tampered with can still be looked at
    assert (finished.returncode, json.loads(finished.stdout)["first_bad"]) == (1, {"index": 3, "kind": "edited"})
    file = home[0] / "belegfluss.sqlite"
    data = bytearray(file.read_bytes())
    data[0:200] = b"\0" * 200
    file.write_bytes(data)
    assert run("verify", "--home", home[0]).returncode == 4
