"""The language of a document, by its small words: only for units that mean one thing here and another there ("8 u": hours, pieces)."""

import csv
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from extractors.text_layer.lexicon import fold

LEAST = 3  # different words of a language that must be on the page
WEIGHT = 60  # of a word, shared by the languages that have it
AHEAD = 1.5  # times as many as of any other language
_WORD = re.compile(r"[^\W\d_]+")


def language_of(texts: Iterable[str]) -> str | None:
    """ISO 639-1 code; ``None`` where two languages are nearly alike, as on bilingual forms."""
    counts: Counter[str] = Counter()
    for word in {fold(word) for text in texts for word in _WORD.findall(text)}:
        languages = _languages().get(word, ())
        for language in languages:
            counts[language] += WEIGHT // len(languages)
    ranked = counts.most_common(2)
    if not ranked or ranked[0][1] < LEAST * WEIGHT:
        return None
    return ranked[0][0] if len(ranked) == 1 or ranked[0][1] >= AHEAD * ranked[1][1] else None


@cache
def units_of(language: str) -> dict[str, str]:
    """Words -> UN/ECE codes that hold in this language alone: folded, or with their dot where that makes the difference ("5 t.": hours).

    No language: what a word alone does not say, with an empty code.
    """
    rows = [row for row in _rows("units_by_language.csv") if row["language"] == language]
    return {row["word"] if row["word"].endswith(".") else fold(row["word"]): row["code"] for row in rows}


@cache
def _languages() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in _rows("languages.csv"):
        for word in row["words"].split():
            found.setdefault(fold(word), []).append(row["language"])
    return found


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((files("extractors.text_layer") / "data" / name).read_text("utf-8").splitlines()))
