"""National rules, identifiers and codes of Peppol, and the extensions of XRechnung, asked of fragments."""

import csv
import tomllib
from functools import cache
from pathlib import Path

import pytest

from schemas.bindings import NAMESPACES
from validators.norm import validate
from validators.norm.registry import RULE_SETS

HERE = Path(__file__).parent
COVERED = ("peppol", "xrechnung-extension", "xrechnung-cvd")
ELSEWHERE = ("PEPPOL-EN16931-R", "DE-R-")
"""Rules that are asked of whole documents in test_rules.py, the German ones under their names in XRechnung."""
CII_ONLY = frozenset({"BR-DEX-15"})


@cache
def fragments() -> dict[str, str]:
    return tomllib.loads((HERE / "fragments.toml").read_text(encoding="utf-8"))


def rows() -> list[dict[str, str]]:
    text = (HERE / "fragment_cases.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def document(row: dict[str, str]) -> bytes:
    uri = f"urn:oasis:names:specification:ubl:schema:xsd:{row['root']}-2"
    prefixes = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES["ubl"].items() if prefix in ("cac", "cbc"))
    inner = "".join(fragments()[name] for name in row["parts"].split())
    return f'<{row["root"]} xmlns="{uri}" {prefixes}>{inner}</{row["root"]}>'.encode()


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['profile']} {row['parts']}")
def test_a_fragment_breaks_its_rules_and_holds_the_others(row: dict[str, str]) -> None:
    hit = {each.rule for each in validate(document(row), profile=row["profile"]).violations}
    assert set(row["breaks"].split()) - hit == set()
    assert set(row["holds"].split()) & hit == set()


def test_every_rule_is_broken_somewhere() -> None:
    known = {rule.id for name in COVERED for rule in RULE_SETS[name] if not rule.id.startswith(ELSEWHERE)}
    broken = {rule for row in rows() for rule in row["breaks"].split()}
    assert known - broken - CII_ONLY == set()
