"""Rule by rule: one change to a sound document breaks exactly the rules it must. Cases: ubl_cases.csv, cii_cases.csv."""

import copy
import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from exporters.einvoice import write_xml
from exporters.profiles import profiles
from pipeline.official import OfficialJudge
from schemas.bindings import NAMESPACES
from tests.exporters import invoices as made
from validators.norm import validate
from validators.norm.registry import RULE_SETS

NOT_BY_RULES = ("XSD",)
OURS_ALONE = ("NORM-REPEATED",)
OFFICIAL_CII_UNNAMED = ("FX-", "UNNAMED", "PEPPOL")
"""The Factur-X edition has no BR-CL-*, CII-DT-* and no CII-SR below 463, but checks of its own without a name in the norm."""


def in_factur_x(rule: str) -> bool:
    """Whether the Factur-X edition of the rules, the only one for CII at hand, has this rule."""
    return not rule.startswith(("BR-CL", "CII-DT")) and not (rule.startswith("CII-SR") and not 463 <= int(rule[7:]) <= 476)


def rows(syntax: str) -> list[dict[str, str]]:
    text = Path(__file__).with_name(f"{syntax}_cases.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


CASES = [(syntax, row) for syntax in ("ubl", "cii") for row in rows(syntax)]
IDS = [f"{row['profile']} {row['path'].rpartition('ram:')[2][-40:]} {row['do']} {row['value']}" for _, row in CASES]


@cache
def sound(sample: str, profile: str) -> bytes:
    return write_xml(made.samples()[sample], profiles()[profile], made.context()).data


def changed(syntax: str, row: dict[str, str]) -> bytes:
    root = etree.fromstring(sound(row["sample"], row["profile"]))
    path, _, attribute = row["path"].partition("/@")
    path = f".{path}" if path.startswith("//") else path
    found = root.xpath(path, namespaces=dict(NAMESPACES[syntax]))
    assert isinstance(found, list)
    assert found, f"{row['path']} selects nothing"
    element = found[0]
    assert isinstance(element, etree._Element)
    value = row["value"].replace("\\n", "\n")
    if attribute:
        if row["do"] == "del":
            del element.attrib[attribute]
        else:
            element.set(attribute, value)
    elif row["do"] == "set":
        element.text = value
    elif row["do"] == "dup":
        element.addnext(copy.deepcopy(element))
    else:
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)
    return etree.tostring(root)


@pytest.mark.parametrize(("syntax", "row"), CASES, ids=IDS)
def test_a_change_breaks_exactly_its_rules(syntax: str, row: dict[str, str]) -> None:
    report = validate(changed(syntax, row))
    fatal = {each.rule for each in report.violations if each.severity == "fatal" and each.rule not in NOT_BY_RULES}
    assert fatal == set(row["rules"].split())
    assert report.valid == (not fatal and not any(each.rule == "XSD" for each in report.violations))


@pytest.fixture(scope="module")
def judge() -> Iterator[OfficialJudge]:
    with OfficialJudge() as opened:
        if not opened.available():
            pytest.skip("saxonche is not installed")
        yield opened


def test_the_official_rules_see_the_same(judge: OfficialJudge) -> None:
    """The expectations of the tables are checked too. XRechnung's own rules are not in the XSLT at hand."""
    different = []
    for (syntax, row), name in zip(CASES, IDS, strict=True):
        if row["profile"].startswith("xrechnung"):
            continue
        official = {each.rule for each in judge.judge(changed(syntax, row)) if each.severity == "fatal"}
        expected = set(row["rules"].split())
        if syntax == "cii":
            official = {rule for rule in official if not rule.startswith(OFFICIAL_CII_UNNAMED)}
            expected = {rule for rule in expected if in_factur_x(rule)}
        if expected & set(OURS_ALONE):
            expected = {"OFFICIAL-ABORTED"}
        if official != expected:
            different.append((name, sorted(official), sorted(expected)))
    assert different == []


def test_every_violation_says_where_and_what() -> None:
    for syntax, row in CASES:
        for each in validate(changed(syntax, row)).violations:
            assert each.location.startswith("/"), each
            assert len(each.message) > 10, each


def test_both_values_are_named() -> None:
    row = {
        "sample": "plain",
        "profile": "en16931-ubl",
        "path": "cac:LegalMonetaryTotal/cbc:LineExtensionAmount",
        "do": "set",
        "value": "7.00",
    }
    (violation,) = [each for each in validate(changed("ubl", row)).violations if each.rule == "BR-CO-10"]
    assert violation.values == ["7.00", "100.00"]
    assert violation.location == "/Invoice/cac:LegalMonetaryTotal/cbc:LineExtensionAmount"


def test_every_rule_of_the_norm_has_a_home() -> None:
    """BR-01 to BR-65, BR-CO, BR-DEC, BR-CL and ten rules for each VAT category."""
    known = {rule.id for rule in RULE_SETS["en16931"]}
    single = {*range(1, 34), 36, 37, 38, *range(41, 58), *range(61, 66)}
    expected = {f"BR-{number:02}" for number in single}
    expected |= {f"BR-{prefix}-{n:02}" for prefix in ("S", "Z", "E", "AE", "IC", "G", "O", "AF", "AG") for n in range(1, 11)}
    expected |= {f"BR-CO-{n:02}" for n in (3, 4, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 26)}
    expected |= {f"BR-DEC-{n:02}" for n in (1, 2, 5, 6, *range(9, 21), 23, 24, 25, 27, 28)}
    expected |= {f"BR-CL-{n:02}" for n in (1, *range(3, 9), 10, 11, *range(13, 27))}
    expected |= {"BR-IC-11", "BR-IC-12", "BR-O-11", "BR-O-12", "BR-O-13", "BR-O-14", "BR-B-01", "BR-B-02"}
    assert expected - known == set()
