"""``validate`` on what is no plain XML: interchanges, hybrid PDFs, files that carry no e-invoice."""

from pathlib import Path

import pytest

import exporters
from pipeline.sandbox.judging import judge_file
from tests.exporters import invoices as made
from tests.extractors.edifact.test_reading import BODY, EXAMPLES, changed, interchange
from validators.norm import Report

SAMPLES = Path(__file__).parents[2] / "samples" / "documents"


def fatal(report: Report) -> list[tuple[str, str]]:
    return [(violation.rule, violation.location) for violation in report.violations if violation.severity == "fatal"]


def test_a_message_that_holds_is_valid() -> None:
    report = judge_file(interchange(BODY), "a.edi", "auto")
    assert (report.valid, report.syntax, fatal(report)) == (True, "edifact", [])


@pytest.mark.parametrize(
    ("old", "new", "rule", "place"),
    [
        pytest.param("MOA+79:105.50", "MOA+79:106.50", "BR-CO-10", "MOA[30]", id="sum of lines"),
        pytest.param("MOA+77:114.09", "MOA+77:115.09", "BR-CO-15", "MOA[33]", id="total with tax"),
        pytest.param("MOA+9:114.09", "MOA+9:115.09", "BR-CO-16", "MOA[34]", id="amount due"),
        pytest.param("MOA+203:95,5", "MOA+203:NaN", "EDI-FORMAT", "MOA[18]", id="NaN"),
        pytest.param("MOA+203:95,5", "MOA+203:95,5:USD", "EDI-CURRENCY", "MOA[18]", id="another currency"),
        pytest.param("CNT+2:2", "CNT+2:3", "EDI-CNT", "CNT", id="count of lines"),
        pytest.param("UNS+S", None, "EDI-STRUCTURE", "UNS", id="no summary"),
    ],
)
def test_each_hit_names_rule_and_segment(old: str, new: str | None, rule: str, place: str) -> None:
    report = judge_file(changed(old, new), "a.edi", "auto")
    assert not report.valid
    assert (rule, place) in fatal(report)


def test_lengths_and_places_are_warnings() -> None:
    long_name = [segment.replace("Kaffee", "K" * 36) for segment in BODY]
    report = judge_file(interchange(["EQD+CN", *long_name]), "a.edi", "auto")
    assert {"EDI-LENGTH", "EDI-STRUCTURE"} <= {violation.rule for violation in report.violations}
    assert report.valid


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the corpus of official examples is not beside the project")
def test_the_official_examples_are_valid() -> None:
    reports = {path.name: judge_file(path.read_bytes(), path.name, "auto") for path in sorted(EXAMPLES.glob("*.TXT"))}
    assert {name: fatal(report) for name, report in reports.items() if not report.valid} == {}
    wrong_envelopes = [name for name, report in reports.items() if any(v.rule.startswith("EDI-UN") for v in report.violations)]
    assert len(wrong_envelopes) == len(reports)


def test_a_hybrid_pdf_is_judged_by_what_it_carries() -> None:
    exported = exporters.write("zugferd", made.plain_invoice(), made.context())
    report = judge_file(exported.data, "a.pdf", "auto")
    assert (report.valid, report.syntax) == (True, "cii")


def test_a_pdf_without_xml_is_no_e_invoice() -> None:
    page = next(SAMPLES.glob("*.pdf"))
    report = judge_file(page.read_bytes(), page.name, "auto")
    assert not report.valid
    assert fatal(report)[0][0] == "READ-NOT-INVOICE"
