"""The table of codes against the contract, read from the contract where it lies beside the repository."""

import re
from pathlib import Path

import pytest

from schemas.finding import Severity
from validators import codes
from validators.decision import _FAMILIES
from validators.reasons import texts

CONTRACT = Path(__file__).parents[2].parent / "shared" / "CONTRACT.md"
TOLERANCE_KEYS = ["AN", "AP", "BD", "BR", "BW", "DQ", "DW", "KW", "LA", "LD", "PP", "PS", "ST", "VP", "STOCHASTIC"]
STOP = {
    "FRAUD-DUPLICATE",
    "FRAUD-BANK-CHANGED",
    "FRAUD-XML-PAGE-MISMATCH",
    "FRAUD-GLYPH-REMAP",
    "FRAUD-BLOCKED-VENDOR",
    "FRAUD-REIMPORT",
}
INFO = {"FRAUD-ROUND", "FRAUD-NON-WORKING-DAY", "FRAUD-SEQUENCE"}
WARNING = {"FRAUD-REPLY-TO", "FRAUD-PRESSURE", "FRAUD-BANK-COUNTRY", "FRAUD-AMOUNT-OUTLIER"}


@pytest.mark.skipif(not CONTRACT.exists(), reason="the contract is not beside the repository")
def test_every_code_of_the_contract_is_there() -> None:
    section = CONTRACT.read_text("utf-8").split("## 6. Finding codes")[1].split("Which codes do what")[0]
    named = set(re.findall(r"\b(?:READ|ARITH|FORM|COMPLETE|MATCH|FRAUD|ENRICH|EXPORT)-[A-Z][A-Z-]*[A-Z]\b", section))
    assert len(named) > 70
    assert named - set(codes()) == set()


def test_severities_are_those_of_the_contract() -> None:
    fraud = {name: code.severity for name, code in codes().items() if name.startswith("FRAUD-")}
    assert {name for name, severity in fraud.items() if severity == "stop"} == STOP
    assert {name for name, severity in fraud.items() if severity == "info"} == INFO
    assert {name for name, severity in fraud.items() if severity == "warning"} == WARNING
    for prefix in ("READ", "ARITH", "COMPLETE", "MATCH", "ENRICH"):
        assert {code.severity for name, code in codes().items() if name.startswith(prefix)} == {"error"}


def test_tolerance_keys_have_their_codes() -> None:
    assert {f"MATCH-{key}" for key in TOLERANCE_KEYS} <= set(codes())


def test_families_and_weights() -> None:
    for code in codes().values():
        assert code.family in _FAMILIES, code.code
        assert 0 <= code.weight <= 1, code.code
        assert code.description, code.code
        assert code.severity == "stop" or code.severity in {severity.value for severity in Severity}, code.code


def test_sentences_are_the_same_in_every_language() -> None:
    english, german = texts("en"), texts("de")
    assert english.keys() == german.keys()
    for key, text in english.items():
        assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", german[key])), key
