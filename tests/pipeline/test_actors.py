"""Every stage runs as a Dramatiq actor, in the order of the house, also when bells are lost, repeated or out of order."""

import random
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.clock import BusinessDay
from pipeline.desk import Desk, open_desk
from pipeline.outcome import outcomes
from pipeline.queue.worker import Engine
from pipeline.receiving import receive
from pipeline.running import drain, perform
from pipeline.settings import Queue, Settings
from pipeline.stages import STAGES
from pipeline.store import jobs
from pipeline.store.importing import import_folder
from pipeline.trail.verification import verify_desk

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
XML = ("31-xrechnung-ubl.xml", "32-xrechnung-cii.xml", "33-rotterdam-ubl.xml")


@pytest.fixture
def stocked(tmp_path: Path) -> Iterator[Desk]:
    """A desk with the sample master data."""
    desk = open_desk(tmp_path / "home", BusinessDay("2026-11-20"), Settings(queue=Queue(sweep_seconds=0.2)))
    with desk.database.write() as connection:
        import_folder(connection, SAMPLES / "master", desk.clock.now())
    yield desk
    desk.close()


def take_in(desk: Desk, names: tuple[str, ...]) -> list[str]:
    queued = []
    for name in names:
        queued += receive(desk, (SAMPLES / "documents" / name).read_bytes(), name, "test")[1]
    return queued


def decisions(desk: Desk) -> dict[str, str | None]:
    with desk.database.read() as connection:
        return {one["file"]: one["decision"] for one in outcomes(connection)}


def test_a_document_passes_every_actor_in_order(stocked: Desk) -> None:
    passed: dict[str, list[str]] = defaultdict(list)
    lock = threading.Lock()

    def note(stage: str, job_id: str) -> None:
        with lock:
            passed[job_id].append(stage)

    engine = Engine(stocked, passed=note)
    engine.start()
    try:
        engine.ring(take_in(stocked, XML[:1]))
        assert engine.wait_until_idle(seconds=60)
    finally:
        engine.stop()
    order = [stages[0] for stages in passed.values()]
    assert order == list(STAGES)
    assert decisions(stocked) == {XML[0]: "approved"}


def test_work_is_done_without_any_bell(stocked: Desk) -> None:
    take_in(stocked, XML)
    engine = Engine(stocked)
    engine.start()
    try:
        assert engine.wait_until_idle(seconds=90)
    finally:
        engine.stop()
    assert set(decisions(stocked).values()) == {"approved"}


def test_bells_that_come_three_times_and_out_of_order_do_no_harm(stocked: Desk) -> None:
    bells = take_in(stocked, XML) * 3
    chance = random.Random(7)
    while bells:
        chance.shuffle(bells)
        following = perform(stocked, bells.pop())
        bells += following * 3
    drain(stocked)
    assert set(decisions(stocked).values()) == {"approved"}
    with stocked.database.read() as connection:
        done = {stage: count["done"] for stage, count in jobs.counts(connection).items()}
        found = outcomes(connection)
        assert verify_desk(stocked).ok
    assert set(done.values()) == {len(XML)}
    assert [len(one["exports"]) for one in found] == [1, 1, 1]


def test_a_stage_that_keeps_failing_quarantines_the_item_and_keeps_everything(
    stocked: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_job: jobs.Job, _desk: Desk) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setitem(STAGES, "match", fail)
    take_in(stocked, XML[:1])
    drain(stocked)
    with stocked.database.read() as connection:
        (found,) = outcomes(connection)
    assert found["decision"] == "quarantined"
    assert "stage match failed 3 times" in found["reasons"][0]
    assert stocked.originals.is_intact(__import__("hashlib").sha256((SAMPLES / "documents" / XML[0]).read_bytes()).hexdigest())
