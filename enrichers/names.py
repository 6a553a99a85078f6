"""Names of firms, compared as people do: without accents, punctuation and legal form."""

import csv
import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

from rapidfuzz import fuzz

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "ł": "l"})
MAX_NAME = 300
SUBSET_FACTOR = 0.95
"""A name that is only part of the other one is a little less alike than the same name."""


@lru_cache(maxsize=20_000)
def full_name(name: str | None) -> str:
    """Lower case words with the legal form: ``"Möwe & Co. KG"`` -> ``"moewe co kg"``; ``""`` for none."""
    text = (name or "")[:MAX_NAME].lower().translate(_UMLAUTS)
    letters = (character for character in unicodedata.normalize("NFKD", text) if not unicodedata.combining(character))
    return " ".join("".join(character if character.isalnum() else " " for character in letters).split())


@lru_cache(maxsize=20_000)
def bare_name(name: str | None) -> str:
    """Without legal form and filling words: ``"Möwe GmbH & Co. KG"`` -> ``"moewe"``. A name of nothing else stays whole."""
    words = full_name(name)
    return " ".join(_legal_forms().sub(" ", words).split()) or words


@cache
def _legal_forms() -> re.Pattern[str]:
    table = (files("enrichers") / "data" / "legal_forms.csv").read_text("utf-8")
    forms = sorted({row["words"] for row in csv.DictReader(table.splitlines())}, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, forms))})(?!\w)")


def likeness(one: str | None, other: str | None) -> float:
    """0 to 100: the same words in any order give 100, one name within the other at most 95, missing names 0."""
    first, second = bare_name(one), bare_name(other)
    if not first or not second:
        return 0.0
    return max(fuzz.token_sort_ratio(first, second), SUBSET_FACTOR * fuzz.token_set_ratio(first, second))
