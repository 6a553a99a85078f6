"""The tables that say where each business term stands: loaded once, paths compiled once.

A table is a CSV file in the package; its columns are explained in its head.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from lxml import etree

RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:"
UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:"
QDT = "urn:un:unece:uncefact:data:standard:QualifiedDataType:"
NAMESPACES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "cii": {
            "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
            "ram": RAM + "100",
            "udt": UDT + "100",
            "qdt": QDT + "100",
        },
        "zugferd1": {
            "rsm": "urn:ferd:CrossIndustryDocument:invoice:1p0",
            "ram": RAM + "12",
            "udt": UDT + "15",
            "qdt": QDT + "12",
        },
        "zugferd-rc": {"rsm": "urn:un:unece:uncefact:data:standard:CBFBUY:5"},
        "ubl": {
            "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
            "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
            "ext": "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2",
        },
    }
)
"""Prefixes of the paths per dialect. The release candidate of ZUGFeRD 1.0 leaves all but the top level without namespace."""

_UNPREFIXED = re.compile(r"\b(?:ram|udt|qdt):")


@dataclass(frozen=True)
class Row:
    """One row of a table. ``field`` is relative to the block's object, without the ``[]`` of lists."""

    field: str
    is_list: bool
    path: Any
    type: str
    block: str | None
    cardinality: str
    required: bool


Blocks = Mapping[str, tuple[Row, ...]]


@cache
def load(package: str, file: str, dialect: str) -> Blocks:
    """Blocks of the table ``file`` in ``package``, with paths compiled for the namespaces of ``dialect``."""
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    blocks: dict[str, list[Row]] = {}
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        blocks.setdefault(row["block"], []).append(_row(row, dialect))
    return MappingProxyType({name: tuple(rows) for name, rows in blocks.items()})


def prefixes(dialect: str) -> dict[str, str]:
    """Namespace -> prefix, for writing XPaths."""
    return {namespace: prefix for prefix, namespace in NAMESPACES[dialect].items()}


def _row(row: dict[str, str], dialect: str) -> Row:
    namespaces = dict(NAMESPACES[dialect])
    path = row["path"] if "ram" in namespaces or "cac" in namespaces else _UNPREFIXED.sub("", row["path"])
    kind, _, block = row["type"].partition(":")
    cardinality = row["cardinality"].split()
    return Row(
        field=row["field"].removesuffix("[]"),
        is_list=row["field"].endswith("[]"),
        path=etree.XPath(path, namespaces=namespaces),
        type=kind,
        block=block or None,
        cardinality=next((word for word in cardinality if word != "required"), ""),
        required="required" in cardinality,
    )
