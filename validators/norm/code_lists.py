"""The code lists of the norm, by name, as sets. Data: ``code_lists.toml``, with the version of the artefacts they come from."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("validators.norm").joinpath("code_lists.toml").read_text(encoding="utf-8"))


@cache
def codes(name: str) -> frozenset[str]:
    """Codes of one list. Raises ``KeyError`` for an unknown name."""
    return frozenset(_table()["lists"][name]["codes"].split())


def title(name: str) -> str:
    """What the list is called, for messages."""
    return str(_table()["lists"][name]["name"])


def version() -> str:
    """Version of the artefacts the lists belong to."""
    return str(_table()["version"])
