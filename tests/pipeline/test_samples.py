"""The whole way on the committed samples: every document gets the decision its truth says. The expectations are data."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.processing import process

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
PLAN = json.loads((SAMPLES / "expected.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Outcome per file, as ``process --json`` prints it."""
    import contextlib
    import io

    files = dict.fromkeys(entry["file"].partition("#")[0] for entry in PLAN["documents"])
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        process(
            [SAMPLES / "documents" / file for file in files],
            master=SAMPLES / "master",
            now=PLAN["now"],
            out=tmp_path_factory.mktemp("exports"),
            as_json=True,
        )
    results = json.loads(printed.getvalue())
    return {str(Path(result["file"]).relative_to(SAMPLES / "documents")): result for result in results}


@pytest.mark.parametrize("expected", PLAN["documents"], ids=lambda entry: entry["file"])
def test_decision(outcomes: dict[str, dict[str, Any]], expected: dict[str, Any]) -> None:
    found = outcomes[expected["file"]]
    codes = {finding["code"] for finding in found["findings"]}
    assert (found["kind"], found["decision"]) == (expected["kind"], expected["decision"]), (found["reasons"], sorted(codes))
    assert set(expected["findings"]) <= codes
    if expected["match_state"]:
        assert found["match"]["state"] == expected["match_state"], found["match"]


def test_every_document_has_exactly_one_outcome(outcomes: dict[str, dict[str, Any]]) -> None:
    assert set(outcomes) == {entry["file"] for entry in PLAN["documents"]}


def test_every_approved_document_has_an_export(outcomes: dict[str, dict[str, Any]]) -> None:
    without = [name for name, found in outcomes.items() if found["decision"] == "approved" and not found["exports"]]
    assert not without


def test_an_accepted_reading_is_the_truth(outcomes: dict[str, dict[str, Any]]) -> None:
    """The worst defect there is: an accepted invoice with a wrong value."""
    wrong = {}
    for entry in PLAN["documents"]:
        found = outcomes[entry["file"]]
        if entry["truth"] is None:
            continue
        truth = json.loads((SAMPLES / "truth" / f"{entry['truth']}.json").read_text("utf-8"))["invoice"]
        if found["accepted"] and truth:
            differences = list(_differences(truth, found["invoice"]))
            if differences:
                wrong[entry["file"]] = differences
    assert not wrong


def _differences(truth: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Booked values that differ. A value that was not found is no error here: it is missed, not wrong."""
    paths = ["number", "issue_date", "currency", "seller.vat_id", "payment.iban"]
    paths += [f"totals.{name}" for name in truth["totals"]]
    different = []
    for path in paths:
        stated, read = _at(truth, path), _at(found, path)
        if read is not None and _plain(stated) != _plain(read):
            different.append(f"{path}: {read} instead of {stated}")
    if len(truth["lines"]) != len(found["lines"]):
        different.append(f"{len(found['lines'])} lines instead of {len(truth['lines'])}")
    for number, (stated, read) in enumerate(zip(truth["lines"], found["lines"], strict=False)):
        for name in ("quantity", "net_price", "net_amount"):
            if read[name] is not None and _plain(stated[name]) != _plain(read[name]):
                different.append(f"lines[{number}].{name}: {read[name]} instead of {stated[name]}")
    return different


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = (value or {}).get(name)
    return value


def _plain(value: Any) -> Any:
    from decimal import Decimal, InvalidOperation

    if value is None:
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return "".join(c for c in str(value) if c.isalnum())
    return number if number else Decimal(0)
