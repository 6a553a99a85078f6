"""The formats as data: ``profiles.toml`` (what a profile is) and ``required.toml`` (what it cannot do without)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

LEVELS = ("minimum", "basic-wl", "basic", "en16931", "extended")
"""Factur-X levels, each with all of those before it."""


@dataclass(frozen=True)
class Hybrid:
    """How the XML travels in a PDF/A-3: attachment name, AFRelationship, XMP conformance level and version."""

    file_name: str
    relationship: str
    conformance: str
    version: str


@dataclass(frozen=True)
class Profile:
    """One e-invoice format of ``convert``."""

    name: str
    meaning: str
    syntax: str
    specification: str
    required: tuple[str, ...]
    level: str = "extended"
    process: str | None = None
    forbidden_schemes: frozenset[str] = frozenset()
    hybrid: Hybrid | None = None
    single_note: bool = False
    pairs: bool = False
    skonto: bool = False

    def includes(self, level: str) -> bool:
        """Whether rows of this level of the CII table belong to the profile; UBL rows have none and always do."""
        return self.syntax != "cii" or LEVELS.index(level or LEVELS[0]) <= LEVELS.index(self.level)


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads(files("exporters").joinpath(name).read_text(encoding="utf-8"))


@cache
def profiles() -> Mapping[str, Profile]:
    """All profiles by name."""
    found = {}
    for name, entry in _toml("profiles.toml").items():
        hybrid = entry.pop("hybrid", None)
        required = required_fields(entry.pop("required"))
        schemes = frozenset(entry.pop("forbidden_schemes", ()))
        found[name] = Profile(
            name=name, required=required, forbidden_schemes=schemes, hybrid=Hybrid(**hybrid) if hybrid else None, **entry
        )
    return MappingProxyType(found)


def required_fields(groups: list[str]) -> tuple[str, ...]:
    """The fields of these groups of ``required.toml``, each once."""
    sets = _toml("required.toml")
    return tuple(dict.fromkeys(path for group in groups for path in sets[group]))


@cache
def master_columns() -> Mapping[str, str]:
    """Field of the invoice -> column of the master data that may fill it."""
    return MappingProxyType(_toml("required.toml")["master"])


@cache
def conventions() -> Mapping[str, Any]:
    """Codes that say what the page says without a code, for example ``plain_unit``."""
    return MappingProxyType(_toml("required.toml")["conventions"])


@cache
def tax_point_codes() -> Mapping[str, str]:
    """BT-8: UNTDID 2005 -> UNTDID 2475."""
    return MappingProxyType(_toml("required.toml")["tax_point_codes"])
