"""The catalogues say the same things in both languages, and everything the pages may ask for."""

import re
import string
from pathlib import Path
from typing import get_args

import pytest

import pipeline.web
import pipeline.web.app
from pipeline.web.field_values import fields_table
from pipeline.web.problems import Problem
from pipeline.web.queue_view import TABS
from pipeline.web.sessions import Role
from pipeline.web.texts import Language, as_language, catalogue, preferred
from schemas.decision import Decision, Proposal, State
from schemas.document import Kind, Source
from schemas.evidence import Proof
from schemas.finding import Severity
from schemas.matching import Block, MatchState
from schemas.posting import PostingSource
from validators.codes import codes
from validators.reasons import texts as policy_sentences

FOLDER = Path(pipeline.web.__file__).parent
ASKED_BY_TEMPLATES = sorted(
    {
        key
        for file in (FOLDER / "templates").glob("*.html")
        for key in re.findall(r"""\bt\(\s*["']([a-z0-9.\-_]+[a-z0-9_])["'][,) ]""", file.read_text("utf-8"))
        if not key.endswith(".")
    }
)
ASKED_BY_CODE = sorted(
    {key for file in FOLDER.glob("*.py") for key in re.findall(r"""\.t\(\s*"([a-z0-9.\-_]+)"[,)]""", file.read_text("utf-8"))}
)


def braces(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys() -> None:
    assert set(catalogue("de")) == set(catalogue("en"))


def test_both_languages_have_the_same_braces() -> None:
    english, german = catalogue("en"), catalogue("de")
    assert [key for key in english if braces(english[key]) != braces(german[key])] == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_text_is_empty(language: Language) -> None:
    assert [key for key, text in catalogue(language).items() if not text.strip()] == []


def test_every_text_a_template_asks_for_is_there() -> None:
    assert len(ASKED_BY_TEMPLATES) > 60
    assert [key for key in ASKED_BY_TEMPLATES if key not in catalogue("en")] == []


def test_every_text_the_code_asks_for_is_there() -> None:
    assert "evidence.page" in ASKED_BY_CODE
    assert [key for key in ASKED_BY_CODE if key not in catalogue("en")] == []


def _all_problems(base: type[Problem] = Problem) -> list[type[Problem]]:
    return [base, *(below for direct in base.__subclasses__() for below in _all_problems(direct))]


@pytest.mark.parametrize(
    ("group", "names"),
    [
        ("state", list(State)),
        ("state", list(Decision)),
        ("kind", list(Kind)),
        ("source", [*Source, "none"]),
        ("tone", [*Severity, "stop"]),
        ("block", list(Block)),
        ("match", list(MatchState)),
        ("proposal", list(get_args(Proposal))),
        ("proof", list(get_args(Proof))),
        ("posting-source", list(get_args(PostingSource))),
        ("role", list(Role)),
        ("actor", ["system", *Role]),
        ("tab", list(TABS)),
        ("code", list(codes())),
        ("reason", [key for key in policy_sentences("en") if key not in ("kind", "match-blocked", "more")]),
        ("section", [section["name"] for section in fields_table()["section"]]),
        ("field", [path for section in fields_table()["section"] for path, kind in section["fields"] if kind != "address"]),
        ("field", fields_table()["totals"]["fields"]),
    ],
)
def test_every_word_of_the_house_has_a_text(group: str, names: list[str]) -> None:
    assert names
    assert [name for name in names if f"{group}.{name}" not in catalogue("en")] == []


def test_every_problem_has_a_text() -> None:
    assert len(_all_problems()) > 8
    assert [problem.key for problem in _all_problems() if problem.key not in catalogue("en")] == []


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-US,en;q=0.5", "en"),
        ("fr,de;q=0.3,en;q=0.2", "de"),
        ("fr;q=0.9,en;q=0.4,de;q=0.8", "de"),
        ("fr", "en"),
        ("", "en"),
        ("de;q=0", "en"),
        ("de;q=x,;;,=", "en"),
        ("x" * 10_000, "en"),
        ("deutsch", "en"),
    ],
)
def test_the_browser_says_which_language(header: str, language: Language) -> None:
    assert preferred(header, "en") == language


def test_a_language_without_a_catalogue_is_none() -> None:
    assert as_language("fr") is None
    assert as_language("DE-de") == "de"
