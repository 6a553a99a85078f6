"""The official cases of the shared corpus: unit tests rule by rule, valid instances, and mutants against the official XSLT."""

import copy
import random
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from pipeline.official import ABORTED, OfficialJudge
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


def mutant(data: bytes, draw: random.Random) -> bytes | None:
    """One change somewhere: an element gone, doubled or emptied, an amount or code altered, an attribute gone."""
    root = etree.fromstring(data, etree.XMLParser(remove_comments=True, remove_pis=True))
    elements = [element for element in root.iter(etree.Element) if element is not root]
    leaves = [element for element in elements if len(element) == 0]
    kind = draw.choice(["gone", "gone", "double", "empty", "amount", "amount", "decimals", "code", "attribute", "category"])
    if kind == "gone":
        chosen = draw.choice(elements)
        parent = chosen.getparent()
        assert parent is not None
        parent.remove(chosen)
    elif kind == "double":
        chosen = draw.choice(elements)
        chosen.addnext(copy.deepcopy(chosen))
    elif kind == "empty":
        draw.choice(leaves).text = ""
    elif kind in ("amount", "decimals"):
        amounts = [leaf for leaf in leaves if "Amount" in str(leaf.tag) and (leaf.text or "").strip().replace(".", "").isdigit()]
        if not amounts:
            return None
        chosen = draw.choice(amounts)
        value = Decimal((chosen.text or "").strip())
        chosen.text = (
            str(value + draw.choice([Decimal("0.01"), Decimal(10), Decimal("-0.5")])) if kind == "amount" else f"{value:.3f}"
        )
    elif kind == "code":
        draw.choice([leaf for leaf in leaves if "Code" in str(leaf.tag)]).text = draw.choice(["XX", "999", "ZZZ"])
    elif kind == "category":
        codes = [leaf for leaf in leaves if (leaf.text or "") in ("S", "Z", "E", "AE", "K", "G", "O")]
        if not codes:
            return None
        draw.choice(codes).text = draw.choice(["S", "Z", "E", "AE", "K", "G", "O", "L", "M"])
    else:
        carriers = [element for element in elements if element.attrib]
        if not carriers:
            return None
        chosen = draw.choice(carriers)
        del chosen.attrib[draw.choice(list(map(str, chosen.attrib)))]
    return etree.tostring(root)


def test_mutants_get_the_official_verdict() -> None:
    """Same verdict, and the same set of rules where the official tests do not break off."""
    draw = random.Random(SEED)
    files = [path.read_bytes() for path in instances() if path.stat().st_size < 60_000]
    verdicts, sets = Counter[bool](), Counter[bool]()
    with OfficialJudge() as judge:
        if not judge.available():
            pytest.skip("saxonche is not installed")
        while verdicts.total() < MUTANTS:
            data = mutant(draw.choice(files), draw)
            if data is None:
                continue
            report = validate(data, profile="en16931")
            if report.syntax == "unknown":
                continue
            is_cii = report.syntax == "cii"
            official = [each for each in judge.judge(data, "en16931") if not (is_cii and _is_foreign(each.rule))]
            ours = [each for each in report.violations if each.rule != "XSD" and not (is_cii and each.rule.startswith("BR-CL"))]
            broken_schema = any(each.rule == "XSD" for each in report.violations)
            is_fatal = broken_schema or any(each.severity == "fatal" for each in official)
            verdicts[is_fatal == (broken_schema or any(each.severity == "fatal" for each in ours))] += 1
            if not any(each.rule == ABORTED for each in official):
                sets[{each.rule for each in official} == {each.rule for each in ours}] += 1
    assert verdicts[False] <= MUTANTS // 100
    assert sets[False] <= sets.total() * 3 // 100


def _is_foreign(rule: str) -> bool:
    """Checks of the Factur-X edition that are no rules of the norm."""
    return rule.startswith(("FX-", "UNNAMED", "PEPPOL"))
