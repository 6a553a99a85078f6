"""Kill -9 in the middle of the demo, start it again: every document ends exactly once."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from pipeline.desk import open_desk
from pipeline.outcome import outcomes
from pipeline.store import jobs
from pipeline.store.tables import export, received
from pipeline.trail.verification import verify_desk

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
PLAN = json.loads((SAMPLES / "expected.json").read_text("utf-8"))


def demo(home: Path) -> list[str]:
    return [sys.executable, "-m", "pipeline", "demo", "--no-serve", "--json", "--home", str(home)]


@pytest.mark.slow
def test_every_document_ends_exactly_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    chance = random.Random(20261125)
    for _ in range(6):
        process = subprocess.Popen(demo(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            process.wait(chance.uniform(0.8, 5.0))
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        time.sleep(0.1)
    finished = subprocess.run(demo(home), capture_output=True, text=True, timeout=280, check=False)
    assert finished.returncode == 1, finished.stderr
    decisions = {result["file"]: result["decision"] for result in json.loads(finished.stdout)}
    assert decisions == {entry["file"]: entry["decision"] for entry in PLAN["documents"]}
    desk = open_desk(home)
    with desk.database.read() as connection:
        files = Counter(connection.scalars(select(received.c.name).where(received.c.origin == "demo")))
        assert set(files.values()) == {1}
        assert Counter(one["file"] for one in outcomes(connection)) == dict.fromkeys(decisions, 1)
        pairs = connection.execute(select(export.c.invoice_id, export.c.format)).all()
        assert len(pairs) == len(set(pairs))
        assert jobs.open_count(connection) == 0
        assert verify_desk(desk).ok
    desk.close()
