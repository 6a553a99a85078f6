"""Everything a structured invoice says is kept: embedded XML of every hybrid PDF, every official instance."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from extractors import read
from extractors.hybrid import invoice_xmls
from extractors.pdf.structure import inspect
from schemas import Kind, Severity
from tests.extractors.corpus import corpus_files, needs_corpus
from tests.extractors.differ import unexplained

STANDARDS = [
    *corpus_files("standards/en16931-examples-cii", "*.xml"),
    *corpus_files("standards/en16931-examples-ubl", "*.xml", "*.XML"),
    *corpus_files("standards/en16931-testfiles", "*.xml"),
    *corpus_files("standards/xrechnung-testsuite-standard", "*.xml"),
]


@needs_corpus
@pytest.mark.parametrize("path", STANDARDS, ids=lambda path: path.stem)
def test_official_instances_are_read_completely(path: Path) -> None:
    data = path.read_bytes()
    extraction = read(data, path.name)
    (document,) = extraction.documents
    assert document.kind in (Kind.INVOICE, Kind.CREDIT_NOTE)
    assert unexplained(data, document) == []
    errors = {finding.code for finding in document.findings if finding.severity is Severity.ERROR}
    assert document.accepted == (not errors)
    rounded_to_units = {"ARITH-TAX"} if document.invoice and document.invoice.currency == "HUF" else set()
    assert errors <= {"ARITH-LINE"} | rounded_to_units, "the norm itself does not check quantity x price"


@needs_corpus
@pytest.mark.parametrize("path", STANDARDS[::3], ids=lambda path: path.stem)
def test_every_value_has_evidence(path: Path) -> None:
    (document,) = read(path.read_bytes(), path.name).documents
    assert document.invoice is not None
    stated = {place for place, value in leaves(document.invoice.as_json()) if value is not None and not place.endswith("].path")}
    assert stated - set(document.evidence) == set()
    assert set(document.evidence) - stated == set()


def leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{place}.{name}" if place else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{place}[{index}]")
    else:
        yield place, value


@needs_corpus
def test_most_official_instances_are_accepted() -> None:
    accepted = sum(read(path.read_bytes(), path.name).documents[0].accepted for path in STANDARDS)
    assert len(STANDARDS) == 129
    assert accepted >= 112


@needs_corpus
def test_embedded_xml_of_every_hybrid_pdf_is_read_completely() -> None:
    hybrids = 0
    for path in corpus_files("invoices", "*.pdf"):
        data = path.read_bytes()
        xmls = invoice_xmls(inspect(data).attachments)
        if not xmls:
            continue
        hybrids += 1
        (document,) = read(data, path.name, source="embedded").documents
        assert document.kind in (Kind.INVOICE, Kind.CREDIT_NOTE), path.name
        assert document.pages, path.name
        assert unexplained(xmls[0], document) == [], path.name
    assert hybrids == 73
