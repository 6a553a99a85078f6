"""Which business document an XML is, by namespace and name of its root element. The list is data: ``roots.csv``."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Literal

from schemas import Kind

if TYPE_CHECKING:
    from lxml import etree

Syntax = Literal["cii", "ubl", "zugferd1"]
_ENVELOPE = "{http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader}StandardBusinessDocument"


@dataclass(frozen=True)
class Root:
    """A row of ``roots.csv``. ``syntax`` is ``None`` where no reader exists for it."""

    syntax: Syntax | None
    kind: Kind


def root_of(element: "etree._Element") -> Root | None:
    """The row of this root element; ``None`` where its namespace and name are not in the list. Never raises."""
    return _table().get(str(element.tag))


def inside_envelope(element: "etree._Element") -> "etree._Element":
    """The business document inside a standard business document envelope, as Peppol access points hand it on; else itself."""
    if str(element.tag) != _ENVELOPE:
        return element
    inner = [child for child in element if str(child.tag) in _table()]
    return inner[0] if len(inner) == 1 else element


@cache
def _table() -> dict[str, Root]:
    text = resources.files("extractors.xml").joinpath("roots.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {f"{{{row['namespace']}}}{row['name']}": Root(_syntax(row["syntax"]), Kind(row["kind"])) for row in rows}


def _syntax(text: str) -> Syntax | None:
    return {"cii": "cii", "ubl": "ubl", "zugferd1": "zugferd1"}.get(text)  # type: ignore[return-value]
