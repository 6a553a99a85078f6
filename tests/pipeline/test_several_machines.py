"""Two workers, one PostgreSQL, one broker (Redis, RabbitMQ): killed workers and a lost broker lose nothing and do nothing twice."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import select

from pipeline.clock import FixedClock
from pipeline.desk import Desk, open_desk
from pipeline.outcome import outcomes
from pipeline.receiving import receive
from pipeline.running import drain
from pipeline.settings import Settings
from pipeline.store import jobs
from pipeline.store.tables import export
from pipeline.trail.verification import verify_desk
from tests.pipeline import servers
from tests.pipeline.scenes import SAMPLES, load_master

PLAN = json.loads((SAMPLES / "expected.json").read_text("utf-8"))
SETTINGS = {"queue": {"lease_seconds": 8.0, "sweep_seconds": 0.5}, "export": {"formats": ("zugferd",)}}


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with servers.postgresql() as url:
        yield url


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[Desk]:
    settings = Settings.model_validate({**SETTINGS, "database_url": database})
    made = open_desk(tmp_path / "home", FixedClock("2026-11-25"), settings)
    yield made
    made.close()


def test_what_a_stranger_writes_fits_into_every_column(desk: Desk) -> None:
    """SQLite takes texts of any length; a length in PostgreSQL would end a stage."""
    load_master(desk)
    page = (SAMPLES / "documents" / PLAN["documents"][0]["file"]).read_bytes()
    receive(desk, page, "x" * 400 + ".pdf", "test")
    drain(desk)
    with desk.database.read() as connection:
        found = list(outcomes(connection))
    assert [one["decision"] for one in found] == [PLAN["documents"][0]["decision"]]
    assert verify_desk(desk).ok


def worker(home: Path, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "pipeline", "worker", "--home", str(home)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.slow
@pytest.mark.parametrize("brokers", [pytest.param(servers.redis, id="Redis"), pytest.param(servers.rabbitmq, id="RabbitMQ")])
def test_nothing_is_lost_and_nothing_is_done_twice(
    brokers: Callable[[], AbstractContextManager[servers.Redis | servers.RabbitMQ]], tmp_path: Path
) -> None:
    with servers.postgresql() as url, brokers() as broker:
        home = tmp_path / "home"
        environment = {
            **os.environ,
            "BELEGFLUSS_DATABASE_URL": url,
            "BELEGFLUSS_BROKER_URL": broker.url,
            "BELEGFLUSS_QUEUE__LEASE_SECONDS": "8",
            "BELEGFLUSS_QUEUE__ATTEMPTS": "9",
            "BELEGFLUSS_EXPORT__FORMATS": "zugferd",
        }
        settings = Settings.model_validate({**SETTINGS, "database_url": url, "broker_url": broker.url})
        desk = open_desk(home, settings=settings)
        load_master(desk)
        workers = [worker(home, environment) for _ in range(2)]
        try:
            for file in sorted((SAMPLES / "documents").iterdir()):
                receive(desk, file.read_bytes(), file.name, "demo")
            for number in range(3):
                time.sleep(4)
                workers[number % 2].kill()
                workers[number % 2].wait()
                if number == 1:
                    broker.kill()  # and with it every bell
                    time.sleep(1)
                    broker.start()
                workers[number % 2] = worker(home, environment)
            assert idle(desk, seconds=240), "work is left"
        finally:
            for process in workers:
                process.terminate()
            for process in workers:
                process.wait(60)
        with desk.database.read() as connection:
            decisions = {one["file"]: one["decision"] for one in outcomes(connection)}
            pairs = connection.execute(select(export.c.invoice_id, export.c.format)).all()
        assert decisions == {entry["file"]: entry["decision"] for entry in PLAN["documents"]}
        assert max(Counter(pairs).values()) == 1
        assert verify_desk(desk).ok
        desk.close()


def idle(desk: Desk, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with desk.database.read() as connection:
            if not jobs.open_count(connection):
                return True
        time.sleep(0.5)
    return False
