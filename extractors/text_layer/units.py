"""Words for units of measure, as data: ``data/units.csv`` (word -> UN/ECE Recommendation 20 or 21 code)."""

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files

from extractors.text_layer.lexicon import fold, own_unit

_NONE: Mapping[str, str] = {}
_units_of_page: ContextVar[Mapping[str, str]] = ContextVar("units of the language of the page", default=_NONE)
_SQUARE = str.maketrans({"²": "2", "³": "3"})


@cache
def _units() -> dict[str, str]:
    table = (files("extractors.text_layer") / "data" / "units.csv").read_text("utf-8")
    return {fold(row["word"]): row["code"] for row in csv.DictReader(table.splitlines())}


def unit_code(word: str) -> str | None:
    """``"Stk."`` -> ``"H87"``; codes of the list itself are read too; ``None`` for any other word."""
    text = word.strip().strip(".,;:()[]").translate(_SQUARE)
    if not text or len(text) > 14 or any(c.isdigit() for c in text[:1]):
        return None
    dotted = word.strip().casefold()
    if dotted in _units_of_page.get():
        return _units_of_page.get()[dotted] or None
    found = own_unit(fold(text)) or _units().get(fold(text)) or _units_of_page.get().get(fold(text))
    if found is None and len(text) in (2, 3) and text.isupper() and text in _codes():
        return text
    return found


@contextmanager
def counted_in(words: Mapping[str, str]) -> Iterator[None]:
    """Inside, these words are units as well: those of the language of the page."""
    token = _units_of_page.set(words)
    try:
        yield
    finally:
        _units_of_page.reset(token)


@cache
def _codes() -> frozenset[str]:
    return frozenset(_units().values())
