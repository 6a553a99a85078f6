"""The words of the pages: one catalogue per language, as data (``texts/en.toml``, ``texts/de.toml``), and which one to use."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

Language = Literal["en", "de"]
LANGUAGES: tuple[Language, ...] = ("en", "de")


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """Text by dotted key, for example ``queue.title``."""
    content = (files("pipeline.web") / "texts" / f"{language}.toml").read_text("utf-8")
    return MappingProxyType(dict(_flat(tomllib.loads(content), "")))


def _flat(table: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        found += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, str(value))]
    return found


class Texts:
    """Texts in one language. ``texts("queue.title")`` raises ``KeyError`` for a key nobody wrote: a programming error."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._texts = catalogue(language)

    def __call__(self, key: str, **values: object) -> str:
        return self._texts[key].format(**values) if values else self._texts[key]

    def known(self, key: str, otherwise: str) -> str:
        """For words that come from data and may be new: the text, or the word itself."""
        return self._texts.get(key, otherwise)


def as_language(text: str) -> Language | None:
    """``"de"``, ``"de-AT"`` -> ``"de"``; ``None`` for a language without a catalogue."""
    first = text.strip().lower().partition("-")[0]
    return next((language for language in LANGUAGES if language == first), None)


def preferred(accept_language: str, otherwise: Language) -> Language:
    """The first language of an Accept-Language header we have, by its q values (RFC 9110 section 12.5.4)."""
    wishes: list[tuple[float, int, Language]] = []
    for place, part in enumerate(accept_language[:500].split(",")):
        tag, _, parameter = part.partition(";")
        language = as_language(tag)
        quality = _quality(parameter)
        if language and quality > 0:
            wishes.append((-quality, place, language))
    return min(wishes)[2] if wishes else otherwise


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
