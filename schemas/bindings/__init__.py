"""Where each business term stands: in our model, in CII and in UBL. Tables, read once; no behaviour.

One set of tables serves the writers, the rules of the norm and whoever reads: ``model.csv`` says which field holds a term,
``cii.csv`` and ``ubl.csv`` say where the term stands in the XML, in document order. The head of each file explains its columns.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

INVOICE = "BG-0"
"""Key of the outermost group."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table. ``place``: a field of the model or a path of the syntax; ``scope``: a profile level or a root."""

    owner: str
    key: str
    place: str
    kind: str
    scope: str = ""

    @property
    def is_group(self) -> bool:
        return self.kind in ("group", "list")

    @property
    def constant(self) -> str | None:
        """The text a constant row writes, or ``None``."""
        return self.key[1:].partition("?")[0] if self.kind == "constant" else None

    @property
    def condition(self) -> str | None:
        """The term of the same owner that must be stated for the constant to be written; ``None``: with every group."""
        return self.key.partition("?")[2] or None


Table = Mapping[str, tuple[Row, ...]]
"""Rows by owner, in the order of the file."""


def _records(name: str) -> Iterator[dict[str, str]]:
    text = files(__name__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return csv.DictReader(line for line in text.splitlines() if line and not line.startswith("#"))


@cache
def load(name: str) -> Table:
    """Table ``model``, ``cii`` or ``ubl``. Raises ``FileNotFoundError`` for any other name."""
    by_owner: dict[str, list[Row]] = {}
    for record in _records(name):
        place = record.get("path") or record.get("field") or ""
        scope = record.get("level") or record.get("root") or ""
        by_owner.setdefault(record["owner"], []).append(Row(record["owner"], record["key"], place, record["kind"], scope))
    return MappingProxyType({owner: tuple(rows) for owner, rows in by_owner.items()})


_SLASH = re.compile(r"/(?![^\[]*\])")  # a slash outside of a predicate


@cache
def steps(place: str) -> tuple[tuple[str, ...], str | None]:
    """Element steps of a path, predicates included, and the attribute at its end: ``"cbc:ID/@schemeID"`` has one of each."""
    parts = tuple(part for part in _SLASH.split(place) if part != ".")
    if parts and parts[-1].startswith("@"):
        return parts[:-1], parts[-1][1:]
    return parts, None


NAMESPACES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "cii": MappingProxyType(
            {
                "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
                "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
                "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
                "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
            }
        ),
        "ubl": MappingProxyType(
            {
                "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
                "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
            }
        ),
    }
)
"""Prefixes used in the paths of the tables."""

ROOTS: Mapping[str, str] = MappingProxyType(
    {
        "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}CrossIndustryInvoice": "cii",
        "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice": "ubl",
        "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote": "ubl",
    }
)
"""Root elements (Clark notation) and the table that describes them."""
