"""The words of a violation: its message with the names of the terms, in English and German. Tables: ``german.csv``, ``terms.csv``.

Rules say what is wrong in English, with terms by number and the values found. A row of the table is such a message; what it leaves open
(``{}``) stands for a value and is carried over.
"""

import csv
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

_OPEN = re.compile(r"\{\d*\}")
_TERM = re.compile(r"(?<![\w./:@-])(?:BG-\d+/)*((?:BT|BG)-(?:DEX-)?\d+)(?:-\w+)?(?:\.\w+)?(?![\w/-])")
_BRACKETS = re.compile(r"(\([^()]*\)|(?<!\w)'[^']*'|\"[^\"]*\")")
ENGLISH, GERMAN = "english", "german"


class _Template(NamedTuple):
    pattern: re.Pattern[str]
    german: str
    """With ``{0}``, ``{1}`` for what the pattern leaves open."""


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = files("validators.norm").joinpath(name).read_text(encoding="utf-8")
    return csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))


def _template(english: str, german: str) -> _Template:
    pattern = "(.*)".join(re.escape(part) for part in _OPEN.split(english))
    order = iter(range(100))
    numbered = _OPEN.sub(lambda hole: f"{{{int(hole[0][1:-1]) - 1 if hole[0] != '{}' else next(order)}}}", german)
    return _Template(re.compile(pattern, re.DOTALL), numbered)


@cache
def _templates(kind: str) -> tuple[_Template, ...]:
    """The rows of a kind, the most specific first."""
    found = [(row["english"], row["german"]) for row in _rows("german.csv") if row["kind"] == kind]
    found.sort(key=lambda row: -len(_OPEN.sub("", row[0])))
    return tuple(_template(*row) for row in found)


def is_known(message: str) -> bool:
    """Whether there are German words for a message."""
    return any(template.pattern.fullmatch(message) for template in _templates("message"))


def _in_german(text: str, kind: str) -> str:
    for template in _templates(kind):
        if match := template.pattern.fullmatch(text):
            return template.german.format(*(_in_german(part, "phrase") for part in match.groups()))
    return text


@cache
def _names(language: str) -> dict[str, str]:
    return {row["term"]: row[language] for row in _rows("terms.csv")}


def _named(text: str, language: str) -> str:
    """Terms that stand bare get their names; those in brackets already explain a word, and quotes are values."""
    names = _names(language)
    parts = _BRACKETS.split(text)
    for number in range(0, len(parts), 2):
        parts[number] = _TERM.sub(lambda term: f"{names[term[1]]} ({term[1]})" if term[1] in names else term[0], parts[number])
    shown = "".join(parts)
    return shown[:1].upper() + shown[1:] if not text.startswith(("ram:", "cac:", "cbc:", "rsm:", "udt:")) else shown


def in_english(message: str) -> str:
    """The message with the names of its terms."""
    return _named(message, ENGLISH)


def in_german(message: str) -> str:
    """The message in German, with the names of its terms; where no words are known, as it is."""
    return _named(_in_german(message, "message"), GERMAN)
