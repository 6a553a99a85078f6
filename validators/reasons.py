"""The sentences of a decision, in the language of the reader. The texts are ``data/reasons.toml``."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

Language = Literal["en", "de"]


@cache
def texts(language: Language) -> dict[str, str]:
    """Sentence by key. Every language has the same keys; a test holds it."""
    tables: dict[str, dict[str, str]] = tomllib.loads((files("validators") / "data" / "reasons.toml").read_text("utf-8"))
    return tables[language]


def sentence(key: str, language: Language, **values: object) -> str:
    """The sentence with its braces filled in. Raises ``KeyError`` for a key or brace nobody knows: a programming error."""
    return texts(language)[key].format(**values)
