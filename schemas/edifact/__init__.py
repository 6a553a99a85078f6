"""EDIFACT INVOIC as data: which segment holds which field, how long a component may be, what belongs to a group. No behaviour.

One table per directory serves reader and writer alike: ``d96a.csv``, ``d01b.csv``, ``d14b.csv``. Messages of other directories are
read by the table of the nearest one of the same shape (``table_for``).
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from schemas.edifact.templates import Constant, Element, Part, Slot, Template, parse

__all__ = [
    "Constant",
    "Element",
    "Group",
    "Part",
    "Row",
    "Slot",
    "Template",
    "charsets",
    "groups",
    "lengths",
    "parse",
    "replacements",
    "rows",
    "table_for",
]

DIRECTORIES = ("d96a", "d01b", "d14b")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table. ``kind``: segment, always, one, many or read; ``field`` names the object or list of a group."""

    owner: str
    kind: str
    field: str
    terms: tuple[str, ...]
    template: tuple[Template, ...]

    @property
    def is_group(self) -> bool:
        return self.kind in ("one", "many")

    def inner_owner(self) -> str:
        """Whose rows describe the segments inside of this group."""
        name = self.field.lstrip("./@")
        return f"lines.{name}" if self.owner == "lines" else name


@dataclass(frozen=True, slots=True)
class Group:
    """A segment group: what opens it, what belongs to it, and whether its segments belong to an object of their own."""

    parent: str
    trigger: str
    members: frozenset[str]
    is_apart: bool


def _records(name: str) -> Iterator[dict[str, str]]:
    text = files(__name__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return csv.DictReader(line for line in text.splitlines() if line and not line.startswith("#"))


@cache
def rows(directory: str) -> Mapping[str, tuple[Row, ...]]:
    """The table of a directory (``d96a``, ``d01b``, ``d14b``), rows by owner in the order of the message."""
    found: dict[str, list[Row]] = {}
    for record in _records(directory):
        terms = tuple(record["terms"].split())
        row = Row(record["owner"], record["kind"], record["field"], terms, parse(record["template"]))
        found.setdefault(row.owner, []).append(row)
    return MappingProxyType({owner: tuple(those) for owner, those in found.items()})


def table_for(release: str) -> str:
    """The table for a release such as ``96A`` or ``16B``: the newest one that is not newer, else the oldest.

    >>> table_for("97A"), table_for("07A"), table_for("22B"), table_for("93A")
    ('d96a', 'd01b', 'd14b', 'd96a')
    """
    match = re.fullmatch(r"(\d\d)([AB])", release.upper())
    year = int(match[1]) + (1900 if int(match[1]) >= 88 else 2000) if match else 0
    if year >= 2010:
        return "d14b"
    return "d01b" if year >= 1999 else "d96a"


_LENGTH = re.compile(r"(an|a|n)(\.\.)?(\d+)(?:\*(\d+))?")


@cache
def lengths(directory: str) -> Mapping[str, tuple[tuple[tuple[str, int], ...], ...]]:
    """Per tag, element and component: kind of characters (``an`` or ``n``) and greatest length."""
    found: dict[str, tuple[tuple[tuple[str, int], ...], ...]] = {}
    at = DIRECTORIES.index(directory)
    for record in _records("segments"):
        stated = [record[name] for name in DIRECTORIES[: at + 1] if record[name]]
        if stated:
            found[record["tag"]] = tuple(_components(element) for element in stated[-1].split("+"))
    return MappingProxyType(found)


def _components(element: str) -> tuple[tuple[str, int], ...]:
    parts = []
    for text in element.split(":"):
        match = _LENGTH.fullmatch(text)
        assert match is not None, f"segments.csv: {text} is no length"
        parts += [(match[1], int(match[3]))] * int(match[4] or 1)
    return tuple(parts)


@cache
def groups() -> Mapping[tuple[str, str], Group]:
    """Segment groups by parent and trigger; parents are ``header``, ``summary`` and the triggers of other groups."""
    return MappingProxyType(
        {
            (r["parent"], r["trigger"]): Group(r["parent"], r["trigger"], frozenset(r["members"].split()), r["apart"] == "yes")
            for r in _records("groups")
        }
    )


@cache
def charsets() -> Mapping[str, str]:
    """Identifier of UNB S001 -> name of the encoding."""
    return MappingProxyType({record["identifier"]: record["encoding"] for record in _records("charsets")})


@cache
def replacements() -> Mapping[str, str]:
    """Typographic characters -> what stands for them where the character set lacks them."""
    return MappingProxyType({chr(int(record["character"], 16)): record["text"] for record in _records("replacements")})
