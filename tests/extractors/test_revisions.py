"""Versions of a PDF and what its signatures leave out; honest files that were saved again raise nothing."""

from collections.abc import Callable

import pytest

from extractors.pdf.structure import inspect
from extractors.revisions import findings_of_revisions
from tests.extractors.corpus import corpus_files, needs_corpus
from tests.extractors.pdf.pages import drawn, text
from tests.hostile.invoice_page import page
from tests.hostile.pdf_structure import saved_again, signed

DSS = b"\n9 0 obj\n<</Type/DSS>>\nendobj\nstartxref\n9\n%%EOF\n"


def codes(data: bytes) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity.value) for finding in findings_of_revisions(data, inspect(data))]


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        pytest.param(page, [], id="saved once"),
        pytest.param(lambda: saved_again(page(), attachments={"a.xml": b"<a/>"}), [], id="attachment"),
        pytest.param(lambda: saved_again(page(), b"119,00", b"911,00"), [("FRAUD-REVISED-CONTENT", "error")], id="amount"),
        pytest.param(lambda: saved_again(page(), b"Ventil", b"Ventile"), [("FRAUD-REVISED-CONTENT", "error")], id="word"),
        pytest.param(
            lambda: saved_again(saved_again(page(), b"119,00", b"911,00"), b"911,00", b"119,00"),
            [("FRAUD-REVISED-CONTENT", "error")],
            id="changed and changed back",
        ),
        pytest.param(lambda: signed(page()), [], id="signed"),
        pytest.param(lambda: signed(page(), leave_out=9), [("FRAUD-SIGNATURE", "error")], id="bytes left out"),
        pytest.param(lambda: signed(page()) + DSS, [("FRAUD-SIGNATURE", "info")], id="certificates added"),
        pytest.param(lambda: signed(page()) + b"\n" * 20, [], id="line ends added"),
        pytest.param(
            lambda: saved_again(signed(page()), b"119,00", b"911,00"),
            [("FRAUD-REVISED-CONTENT", "error"), ("FRAUD-SIGNATURE", "error")],
            id="changed after signing",
        ),
        pytest.param(
            lambda: page() + drawn(text((60, 60, "Seite 1")), text((60, 60, "Seite 2"))),
            [("FRAUD-REVISED-CONTENT", "error")],
            id="another file behind it",
        ),
    ],
)
def test_versions(build: Callable[[], bytes], expected: list[tuple[str, str]]) -> None:
    assert codes(build()) == expected


def test_the_finding_says_what_became_what() -> None:
    data = saved_again(page(), b"119,00", b"911,00")
    (finding,) = findings_of_revisions(data, inspect(data))
    assert (finding.stated, finding.expected, finding.page) == ("911,00", "119,00", 1)


@needs_corpus
def test_honest_files_of_the_corpus() -> None:
    several = 0
    for path in corpus_files("invoices", "*.pdf"):
        structure = inspect(path.read_bytes())
        several += structure.revisions > 1
        assert findings_of_revisions(path.read_bytes(), structure) == [], path.name
    assert several
