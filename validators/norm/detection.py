"""Which document is this, and which rules does it ask for? Root element, syntax, specification identifier (BT-24).

Parses bytes of strangers: a DOCTYPE is refused, entities are not resolved, nothing is fetched, size is bounded by the caller.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from lxml import etree

from schemas.bindings import ROOTS

AUTO = "auto"
FACTURX, XRECHNUNG = "facturx", "xrechnung"
_SPECIFICATION = MappingProxyType(
    {
        "cii": "*/*[local-name()='GuidelineSpecifiedDocumentContextParameter']/*[local-name()='ID']",
        "ubl": "*[local-name()='CustomizationID']",
    }
)


@dataclass(frozen=True)
class Detected:
    """What the document is. ``root`` and ``syntax`` are empty where it is not an e-invoice, and ``problem`` says why."""

    root: str = ""
    syntax: str = ""
    specification: str = ""
    profile: str = ""
    artefact_profile: str = ""
    levels: str = ""
    rule_sets: tuple[str, ...] = ()
    problem: str = ""
    tree: etree._ElementTree | None = field(default=None, compare=False)


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(files("validators.norm").joinpath("specifications.toml").read_text(encoding="utf-8"))


def known_profiles() -> tuple[str, ...]:
    """Names a caller may choose, ``auto`` first."""
    return (AUTO, *(entry["profile"] for entry in _tables()["chosen"]))


@cache
def levels(name: str) -> Mapping[str, str]:
    """Severities by rule that a receiver sets apart from those of the rules themselves."""
    table: dict[str, list[str]] = _tables()["levels"].get(name, {})
    return {rule: severity for severity, rules in table.items() for rule in rules}


MAX_ATTACHMENT_DOCUMENT = 50_000_000
"""Bytes up to which a document with a large attached file is parsed without the limit for single texts."""


def _parser(huge: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=huge, remove_comments=True, remove_pis=True
    )


def _parsed(data: bytes) -> etree._Element:
    try:
        return etree.fromstring(data, _parser(huge=False))
    except etree.XMLSyntaxError as error:
        # an attached document may be larger than the parser's limit for one text; nothing else is let through that way
        if "huge" not in str(error).lower() or b"<!" in data[:10_000] or len(data) > MAX_ATTACHMENT_DOCUMENT:
            raise
        return etree.fromstring(data, _parser(huge=True))


def parse(data: bytes) -> etree._ElementTree | str:
    """The document, or the reason why it is not one."""
    try:
        root = _parsed(data)
    except (etree.XMLSyntaxError, ValueError) as error:
        return f"not well-formed XML: {str(error)[:200]}"
    tree = root.getroottree()
    declared: Any = tree.docinfo.internalDTD  # the stubs take it for always there
    if declared is not None:
        return "a document type declaration is not allowed in an e-invoice"
    return tree


def detect(data: bytes, profile: str = AUTO) -> Detected:
    """Never raises for what the bytes hold. ``ValueError`` for a profile nobody knows."""
    if profile not in known_profiles():
        raise ValueError(f"unknown profile {profile!r}; known are {', '.join(known_profiles())}")
    tree = parse(data)
    if isinstance(tree, str):
        return Detected(problem=tree)
    root = tree.getroot()
    syntax = ROOTS.get(str(root.tag))
    if syntax is None:
        return Detected(
            problem=f"root element {etree.QName(root).localname!r} of namespace {etree.QName(root).namespace!r} is no e-invoice"
        )
    found = root.xpath(f"string({_SPECIFICATION[syntax]})")
    specification = found.strip() if isinstance(found, str) else ""
    entry = _entry(specification, profile)
    return Detected(
        root=etree.QName(root).localname,
        syntax=syntax,
        specification=specification,
        profile=entry["profile"],
        artefact_profile=entry.get("artefact", ""),
        levels=entry.get("levels", ""),
        rule_sets=tuple(entry["rules"]),
        tree=tree,
    )


def _entry(specification: str, profile: str) -> Mapping[str, Any]:
    entries: list[Mapping[str, Any]] = _tables()["specification"]
    by_id = next((entry for entry in entries if entry["contains"] in specification.lower()), None)
    if profile == FACTURX and by_id is not None and by_id.get("artefact"):
        return by_id  # the level is what the document says, not what the caller guesses
    if profile == XRECHNUNG and by_id is not None and by_id["profile"].startswith(XRECHNUNG):
        return by_id  # its extension and CVD are what the document says, too
    chosen: dict[str, Mapping[str, Any]] = {entry["profile"]: entry for entry in _tables()["chosen"]}
    return (by_id or chosen["en16931"]) if profile == AUTO else chosen[profile]
