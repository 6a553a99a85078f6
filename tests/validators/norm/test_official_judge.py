"""The second judge runs in a process of its own and says no when it cannot say yes."""

import threading
from pathlib import Path

import pytest

from exporters.einvoice import write_xml
from exporters.profiles import profiles
from pipeline import official
from pipeline.official import ABORTED, NO_RULES, OfficialJudge
from tests.exporters import invoices as made

needs_saxon = pytest.mark.skipif(not OfficialJudge.available(), reason="saxonche is not installed")


def document(profile: str = "en16931-ubl") -> bytes:
    return write_xml(made.plain_invoice(), profiles()[profile], made.context()).data


@needs_saxon
def test_it_finds_what_is_wrong_and_where() -> None:
    with OfficialJudge() as judge:
        assert judge.judge(document()) == []
        found = judge.judge(document().replace(b"119.00</cbc:Payable", b"118.00</cbc:Payable"))
    assert [each.rule for each in found] == ["BR-CO-16"]
    assert found[0].severity == "fatal"
    assert "LegalMonetaryTotal" in found[0].location


@needs_saxon
def test_an_aborted_stylesheet_is_no_yes() -> None:
    with OfficialJudge() as judge:
        found = judge.judge(document().replace(b">119.00</cbc:PayableAmount>", b">NaN</cbc:PayableAmount>"))
        assert [(each.rule, each.severity) for each in found] == [(ABORTED, "fatal")]
        assert judge.judge(document()) == [], "the worker lives on"


@needs_saxon
def test_a_worker_that_takes_too_long_is_ended_and_replaced() -> None:
    with OfficialJudge(timeout=0.001) as judge:
        assert [each.rule for each in judge.judge(document())] == [ABORTED]
        assert judge._worker is None
        judge._timeout = 30
        assert judge.judge(document()) == []


@needs_saxon
def test_a_worker_that_dies_is_no_yes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    dead = tmp_path / "dead.py"
    dead.write_text("import sys; sys.stdin.readline(); sys.exit(3)\n")
    monkeypatch.setattr(official, "WORKER", dead)
    with OfficialJudge() as judge:
        (found,) = judge.judge(document())
    assert found.rule == ABORTED


@needs_saxon
def test_threads_take_turns() -> None:
    answers: list[list[str]] = []
    with OfficialJudge() as judge:

        def ask() -> None:
            answers.append([each.rule for each in judge.judge(document())])

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [[], [], [], []]


def test_documents_without_official_rules_are_not_passed() -> None:
    with OfficialJudge() as judge:
        for data in (b"", b"<a/>", b"%PDF"):
            assert [each.rule for each in judge.judge(data)] == [NO_RULES]


def test_it_is_silent_where_saxonche_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(official, "find_spec", lambda name: None)
    assert not OfficialJudge.available()
