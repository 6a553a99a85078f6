"""What the reader reaches on generated suppliers and on the corpus. Floors, below what was measured; silent errors: none, ever.

The corpus and the scorer lie beside the repository and are read only; without them those tests are skipped.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from extractors.pdf import inspect
from extractors.text_layer import read_documents
from samples.build import as_json
from samples.grammar import Twist, generate
from schemas import Finding
from tests.extractors.corpus import CORPUS, needs_corpus

SCORER = CORPUS.parent / "score"
needs_scorer = pytest.mark.skipif(not SCORER.is_dir(), reason="the scorer beside the repository is missing")


def measure(folder: Path, predictions: Path) -> dict[str, Any]:
    """The scorer's summary; it runs as a program of its own."""
    for file in sorted(folder.glob("*.pdf")):
        data = file.read_bytes()
        documents = [document.as_json() for document in read_documents(data, inspect(data))]
        (predictions / f"{file.stem}.json").write_text(json.dumps({"documents": documents}), "utf-8")
    command = [sys.executable, str(SCORER / "score.py"), str(predictions), "--truth", str(folder), "--json"]
    summary: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return summary


@pytest.mark.slow
@needs_scorer
@pytest.mark.parametrize("seed", [4_200, 77_000])
def test_generated_suppliers(seed: int, tmp_path: Path) -> None:
    folder, predictions = tmp_path / "pdf", tmp_path / "read"
    folder.mkdir()
    predictions.mkdir()
    for number in range(seed, seed + 100):
        sample = generate(number, "none")
        (folder / f"{sample.name}.pdf").write_bytes(sample.rendered.pdf)
        (folder / f"{sample.name}.json").write_text(as_json(sample.truth()), "utf-8")
    found = measure(folder, predictions)
    assert found["accepted"]["silent_ids"] == []
    assert found["accepted"]["documents"] >= 80
    assert found["doc"]["header_totals_tax_right"] >= 88
    assert found["doc"]["and_lines_right"] >= 80


@pytest.mark.slow
@needs_scorer
@needs_corpus
def test_corpus(tmp_path: Path) -> None:
    found = measure(CORPUS / "invoices", tmp_path)
    assert found["family_mean_fields_correct"] >= 0.86
    assert found["family_mean_header_totals_tax"] >= 0.66


@pytest.mark.slow
@pytest.mark.parametrize(
    ("twist", "refused"),
    [pytest.param("misprint", True, id="one figure is wrong"), pytest.param("letter", True, id="an offer or a confirmation")],
)
def test_what_must_not_be_accepted(twist: Twist, refused: bool) -> None:
    """A page that contradicts itself, and a letter that looks like an invoice: never accepted, whatever the layout."""
    accepted: list[tuple[int, list[Finding]]] = []
    for seed in range(31_000, 31_060):
        data = generate(seed, twist).rendered.pdf
        accepted += [
            (seed, document.findings) for document in read_documents(data, inspect(data)) if document.accepted is refused
        ]
    assert accepted == []


@pytest.mark.parametrize(("seed", "twist"), [(9100509, "none"), (9100428, "misprint")])
def test_suppliers_that_were_once_accepted_wrong(seed: int, twist: Twist) -> None:
    """An untaxed price that only its amount gave, and a tax basis that differs from the net total of the only rate."""
    made = generate(seed, twist)
    (document,) = read_documents(made.rendered.pdf, inspect(made.rendered.pdf))
    assert not document.accepted
