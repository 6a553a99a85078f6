"""Every hostile file ends as expected, in the child that production uses, within its limits, and touches nothing else."""

import time
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from pipeline.sandbox import Sandbox, SandboxError
from pipeline.settings import Limits
from tests.hostile import container_cases, pdf_cases, xml_cases
from tests.hostile.case import LISTENER, Case, End

ALL = list(chain(pdf_cases.cases(), xml_cases.cases(), container_cases.cases()))
SECONDS = 35.0
LIMITS = Limits(seconds=30, memory_mib=1024)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    child = Sandbox(LIMITS)
    child.warm_up()
    LISTENER.setblocking(False)
    with LISTENER:
        yield child
        with pytest.raises(BlockingIOError):
            LISTENER.accept()  # no file made a parser call the machine it names


def test_there_are_many_and_each_has_its_name() -> None:
    assert len(ALL) >= 80
    assert len({case.name for case in ALL}) == len(ALL)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in ALL])
def test_ends_as_expected(case: Case, sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "in" / "file"
    path.parent.mkdir()
    path.write_bytes(case.build())
    task = "unpack" if case.end is End.PARTS else "read"
    begin, died = time.monotonic(), None
    answer: dict[str, Any] = {}
    try:
        with sandbox.run_with_files(task, {"path": str(path), "name": case.file}) as (answer, scratch):
            assert all(found.resolve().is_relative_to(scratch.resolve()) for found in scratch.rglob("*"))
    except SandboxError as problem:
        died = str(problem)
    assert died is None or case.end is End.SAFE, died
    assert time.monotonic() - begin < SECONDS
    assert [found.name for found in tmp_path.rglob("*") if found.is_file()] == ["file"]
    if case.end is End.PARTS:
        check_parts(case, answer)
    else:
        check_documents(case, answer.get("documents", []))


def check_documents(case: Case, documents: list[Mapping[str, Any]]) -> None:
    ends = [end_of(document) for document in documents]
    errors = [row["code"] for document in documents for row in document["findings"] if row["severity"] == "error"]
    if case.end is End.SAFE:
        assert End.ACCEPTED not in ends
        return
    assert ends == [case.end], errors
    assert not case.codes or set(case.codes) & set(errors), errors
    if case.end is End.ACCEPTED:
        invoice = documents[0]["invoice"]
        assert (invoice["number"].lstrip("R-"), invoice["totals"]["grand_total"]) in (("4711", "119"), ("4711", "119.00"))


def end_of(document: Mapping[str, Any]) -> End:
    if document.get("accepted"):
        return End.ACCEPTED
    return End.HELD if document.get("invoice") and document["kind"] in ("invoice", "credit-note") else End.REFUSED


def check_parts(case: Case, answer: Mapping[str, Any]) -> None:
    errors = [row["code"] for row in answer["findings"] if row["severity"] == "error"]
    assert sum(part["is_document"] for part in answer["parts"]) == case.documents
    assert bool(errors) == bool(case.codes), errors
    assert set(errors) <= set(case.codes), errors
    names = [part["name"] for part in answer["parts"]]
    assert not any(mark in name for name in names for mark in ("/", "\\", "\r", "\n", "\x00", "\x1b", "\u202e"))
    assert all(len(name) <= 200 for name in names)
