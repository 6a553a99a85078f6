"""The truth of the samples: figures close, outcomes are laid down for every document, nothing is left over."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from samples.build import Collection, as_json
from samples.case import load_book
from schemas import Invoice, Kind, Severity
from schemas.decision import Decision
from schemas.equations import figures_close

NAMES = [case.name for case in load_book().invoice] + [again.name for again in load_book().again]
KINDS_ASKED_FOR = {
    "plain": "01-schrauben-preis-je-100",
    "several rates": "06-druck-zwei-steuersaetze",
    "hybrid": "30-zugferd-hybrid",
    "UBL": "31-xrechnung-ubl",
    "CII": "32-xrechnung-cii",
    "credit note": "19-retoure-gutschrift",
    "wrong sum": "53-summe-stimmt-nicht",
    "scan": "60-scan-ohne-textebene",
    "password": "61-passwort",
}


def as_invoice(truth: dict[str, Any]) -> Invoice:
    """The truth as a record; notes are plain text in CONTRACT section 3."""
    shape = {**truth["invoice"], "notes": [{"text": text} for text in truth["invoice"]["notes"]]}
    return Invoice.model_validate(shape)


@pytest.mark.parametrize("name", NAMES)
def test_figures_close_unless_the_sample_says_otherwise(name: str, collection: Collection) -> None:
    truth = collection.samples[name].truth
    if truth["invoice"] is None:
        assert truth["kind"] == "unreadable"
        return
    errors = [finding.code for finding in figures_close(as_invoice(truth)) if finding.severity is Severity.ERROR]
    assert sorted(set(errors)) == sorted(code for code in truth["findings"] if code.startswith("ARITH-"))


def test_committed_truth_is_what_the_cases_give(folder: Path, collection: Collection) -> None:
    for sample in collection.samples.values():
        assert (folder / "truth" / f"{sample.name}.json").read_text(encoding="utf-8") == as_json(sample.truth), sample.name
    assert {path.stem for path in (folder / "truth").glob("*.json")} == set(collection.samples)


def test_every_document_has_one_expected_outcome(folder: Path, collection: Collection) -> None:
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    assert expected["documents"] == collection.expected
    assert [entry["order"] for entry in collection.expected] == list(range(1, len(collection.expected) + 1))
    files = sorted({entry["file"].partition("#")[0] for entry in collection.expected})
    assert files == sorted(path.name for path in (folder / "documents").iterdir())
    told = Counter(entry["truth"] for entry in collection.expected if entry["truth"])
    assert told == Counter(list(collection.samples))
    for entry in collection.expected:
        Kind(entry["kind"])
        Decision(entry["decision"])
        if entry["truth"]:
            assert collection.samples[entry["truth"]].truth["order"] == entry["order"]


def test_there_are_enough_samples_and_half_need_no_person(collection: Collection) -> None:
    payable = [entry for entry in collection.expected if entry["kind"] in ("invoice", "credit-note")]
    assert len(collection.expected) >= 40
    assert len({entry["decision"] for entry in collection.expected}) == len(Decision) - 1, "all but rejected"
    assert 2 * sum(entry["decision"] == "approved" for entry in payable) >= len(payable)


@pytest.mark.parametrize("kind", KINDS_ASKED_FOR)
def test_kinds_asked_for_are_there(kind: str, collection: Collection) -> None:
    assert KINDS_ASKED_FOR[kind] in collection.samples


def test_not_printed_is_null_unless_implied(collection: Collection) -> None:
    """Fields that a page prints or leaves out; the rest of the unprinted ones is implied by what is printed."""
    stated = ("number", "issue_date", "due_date", "delivery_date", "iban", "bic", "vat_id", "tax_number", "seller_item_id")
    for sample in collection.samples.values():
        if sample.suffix != ".pdf" or sample.truth["invoice"] is None or "zugferd" in sample.name:
            continue
        unprinted = [
            path for path, printed in sample.truth["_printed"].items() if not printed and path.rpartition(".")[2] in stated
        ]
        assert unprinted == [], sample.name
