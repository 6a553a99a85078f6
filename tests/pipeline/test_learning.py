"""``learn`` and ``extract --home``: a person's correction of one document, used for the next one of that supplier."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.extractors.profiles.test_learning import NEXT, OTHER, TRUTH, page
from tests.pipeline.test_commands import output, run


@pytest.fixture
def taught(tmp_path: Path) -> Path:
    """A home that learnt from one corrected document."""
    (tmp_path / "first.pdf").write_bytes(page())
    (tmp_path / "truth.json").write_text(json.dumps({"_note": "by hand", **TRUTH}))
    home = tmp_path / "home"
    learnt = run("learn", tmp_path / "first.pdf", "--truth", tmp_path / "truth.json", "--home", home, "--json")
    assert learnt.returncode == 0, learnt.stderr.decode()
    assert output(learnt)["name"] == "Nordwerk Feinmechanik GmbH"
    return home


def extracted(path: Path, *arguments: str | Path) -> dict[str, Any]:
    document: dict[str, Any] = output(run("extract", path, *arguments, "--json"))["documents"][0]
    return document


def test_the_next_document_is_read_right(taught: Path, tmp_path: Path) -> None:
    (tmp_path / "next.pdf").write_bytes(NEXT)
    without, with_it = extracted(tmp_path / "next.pdf"), extracted(tmp_path / "next.pdf", "--home", taught)
    assert not without["accepted"]
    assert with_it["accepted"], with_it["findings"]
    assert with_it["invoice"]["number"] == "NW/78/C"


def test_another_supplier_is_not_touched(taught: Path, tmp_path: Path) -> None:
    (tmp_path / "other.pdf").write_bytes(page("ST/1/B", seller=OTHER, label="Zeichen"))
    assert extracted(tmp_path / "other.pdf") == extracted(tmp_path / "other.pdf", "--home", taught)


@pytest.mark.parametrize(
    ("truth", "code", "says"),
    [
        pytest.param("{", 2, b"no JSON", id="no JSON"),
        pytest.param("[]", 2, b"JSON object", id="a list"),
        pytest.param('{"lines": [1]}', 2, b"list of objects", id="lines that are no objects"),
        pytest.param('{"seller": "x"}', 2, b"seller", id="a party that is no object"),
    ],
)
def test_a_truth_of_another_shape_says_what_is_wrong(truth: str, code: int, says: bytes, taught: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text(truth)
    refused = run("learn", tmp_path / "first.pdf", "--truth", tmp_path / "bad.json", "--home", taught)
    assert refused.returncode == code
    assert says in refused.stderr
    assert b"Traceback" not in refused.stderr


def test_a_scan_teaches_nothing_and_says_so(taught: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.pdf").write_bytes(b"%PDF-1.7 broken")
    refused = run("learn", tmp_path / "empty.pdf", "--truth", tmp_path / "truth.json", "--home", taught)
    assert refused.returncode not in (0, 1)
    assert b"nothing learnt" in refused.stderr
