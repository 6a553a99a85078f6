"""Children that hang, crash, eat memory or talk too much harm nobody but themselves."""

import time
from pathlib import Path

import pytest

from pipeline.sandbox import ChildDied, ChildTimeout, Sandbox, SandboxError
from pipeline.settings import Limits

TASKS = "tests.pipeline.sandbox_tasks"


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return Sandbox(Limits(seconds=3, memory_mib=512), TASKS)


def test_answers_come_back_as_json(sandbox: Sandbox) -> None:
    assert sandbox.run("echo", {"text": "grün €", "list": [1, None]}) == {"text": "grün €", "list": [1, None]}


def test_every_layer_is_on(sandbox: Sandbox) -> None:
    layers = sandbox.run("self-test", {})
    assert all(layers.values()), layers


def test_files_live_as_long_as_the_context(sandbox: Sandbox) -> None:
    with sandbox.run_with_files("write_file", {}) as (name, scratch):
        assert (scratch / name).read_text() == "here"
    assert not scratch.exists()


def test_a_hanging_child_is_stopped(sandbox: Sandbox) -> None:
    begin = time.monotonic()
    with pytest.raises(ChildTimeout, match="longer than 3 seconds"):
        sandbox.run("sleep", {"seconds": 60})
    assert time.monotonic() - begin < 6


def test_a_spinning_child_is_stopped_by_its_processor_limit(sandbox: Sandbox) -> None:
    with pytest.raises(ChildTimeout):
        sandbox.run("spin", {})


def test_memory_is_bounded_and_retried_once_with_twice_as_much(sandbox: Sandbox) -> None:
    assert sandbox.run("allocate", {"mib": 600}) == 600 * 1024 * 1024
    with pytest.raises(SandboxError) as caught:
        sandbox.run("allocate", {"mib": 2000})
    assert caught.value.code == "READ-TOO-LARGE"


@pytest.mark.parametrize(
    ("task", "words"), [("crash", "crashed"), ("leave", "crashed"), ("fail", "LookupError: what the parser says")]
)
def test_a_child_that_dies_is_a_finding(sandbox: Sandbox, task: str, words: str) -> None:
    with pytest.raises(ChildDied, match=words) as caught:
        sandbox.run(task, {})
    assert caught.value.code == "READ-CORRUPT"


def test_an_answer_that_is_too_long_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError):
        sandbox.run("talk_much", {})


def test_helpers_of_a_child_are_ended_with_it(sandbox: Sandbox, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    with pytest.raises(ChildTimeout):
        Sandbox(Limits(seconds=1), TASKS).run("start_helper", {"witness": str(witness)})
    time.sleep(2.5)
    assert not witness.exists()
