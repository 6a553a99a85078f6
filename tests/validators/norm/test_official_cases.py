"""The official cases of the shared corpus: unit tests rule by rule, valid instances, and mutants against the official XSLT."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from benchmarks.agreement import cases
from pipeline.official import OfficialJudge
from validators.norm import validate

STANDARDS = Path(__file__).parents[3].parent / "shared" / "corpus" / "standards"
VEFA = "{http://difi.no/xsd/vefa/validator/1.0}"
MUTANTS = 240
SEED = 20261125
pytestmark = pytest.mark.skipif(not STANDARDS.is_dir(), reason="the shared corpus is not here")


def unit_files() -> list[Path]:
    return sorted(STANDARDS.glob("en16931-unit-ubl-*/*.xml"))


def instances() -> list[Path]:
    folders = [
        folder for folder in STANDARDS.glob("*") if folder.is_dir() and "unit" not in folder.name and "edifact" not in folder.name
    ]
    return sorted(path for folder in folders for path in folder.iterdir())


def units(path: Path) -> Iterator[tuple[str, bool, bytes]]:
    """(rule, whether it must hold, document) of one file of unit tests."""
    for test in etree.parse(str(path)).getroot().iter(f"{VEFA}test"):
        document = next(child for child in test if isinstance(child.tag, str) and not child.tag.startswith(VEFA))
        for judgement in test.iterfind(f"{VEFA}assert/*"):
            kind = etree.QName(judgement).localname
            if kind in ("success", "error", "warning", "fatal"):
                yield judgement.text or "", kind == "success", etree.tostring(document)


def test_all_official_unit_tests_agree() -> None:
    different, asked = [], 0
    for path in unit_files():
        for rule, must_hold, document in units(path):
            asked += 1
            is_hit = any(each.rule == rule for each in validate(document, profile="en16931").violations)
            if is_hit is must_hold:
                different.append(f"{path.parent.name}/{path.name}: {rule}")
    assert different == []
    assert asked > 1000


def test_no_valid_instance_is_rejected() -> None:
    rejected = {}
    for path in instances():
        report = validate(path.read_bytes())
        if not report.valid:
            rejected[path.name] = [each.rule for each in report.violations if each.severity == "fatal"]
    assert rejected == {}


def test_mutants_get_the_official_verdict() -> None:
    """Same verdict, and the same set of rules where the official tests do not break off."""
    files = [(path.name, path.read_bytes()) for path in instances() if path.stat().st_size < 60_000]
    with OfficialJudge() as judge:
        if not judge.available():
            pytest.skip("saxonche is not installed")
        found = list(cases(files, MUTANTS, SEED, judge, "en16931"))
    assert sum(not case.same_verdict for case in found) <= MUTANTS // 100
    assert sum(not case.same_rules for case in found) <= MUTANTS * 3 // 100
