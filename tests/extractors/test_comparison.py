"""Embedded XML against the page: what differs is found under its field, what is only spelled otherwise is not."""

from decimal import Decimal

import pytest

from extractors import read
from extractors.comparison import MISMATCH, compare, shows_amount
from extractors.hybrid import invoice_xmls
from extractors.pdf.structure import inspect
from schemas import Document
from tests.extractors.corpus import corpus_files, needs_corpus
from tests.extractors.files import pdf, with_attachments
from tests.extractors.invoices import cii
from tests.hostile.invoice_page import OTHER_IBAN, page

# Files of the corpus whose XML says another total than the page, as a person sees it.
OTHER_TOTAL = {"acme_42.pdf", "beispiel_503.pdf", "beispiel_atgp.pdf"}


@pytest.mark.parametrize(
    ("text", "amount", "shown"),
    [
        ("Summe 1.234,50 EUR", "1234.5", True),
        ("Total 1,234.50", "1234.50", True),
        ("Total 1 234,50", "1234.50", True),
        ("CHF 1'234.50", "1234.50", True),
        ("Summe 1234,5", "1234.50", True),
        ("1.000,--", "1000", True),
        ("EUR 1000", "1000.00", True),
        ("-119,00", "119", True),
        ("1.119,00", "119", False),
        ("119,001", "119.00", False),
        ("119,01", "119", False),
        ("91.234,50", "1234.5", False),
        ("1.234,50.7", "1234.50", False),
        ("12345", "1234.5", False),
    ],
)
def test_shows_amount(text: str, amount: str, shown: bool) -> None:
    assert shows_amount(text, Decimal(amount)) is shown


def structured(**changed: str) -> Document:
    (document,) = read(cii(**changed), "a.xml").documents
    return document


@pytest.mark.parametrize(
    ("changed", "text", "paths"),
    [
        pytest.param({}, "R-4711 119,00 DE89 3704 0044 0532 0130 00", [], id="all there"),
        pytest.param({}, "R-4711 119,00", [], id="no account on the page"),
        pytest.param({}, f"R-4711 119,00 {OTHER_IBAN}", ["payment.iban"], id="another account"),
        pytest.param({}, f"R-4711 119,00 {OTHER_IBAN} DE89370400440532013000", [], id="two accounts"),
        pytest.param({}, "R-4711 119,00 IBAN: DE00 5121 0800 1245 1261 99", ["payment.iban"], id="an account that cannot be"),
        pytest.param({"number": "R-47111"}, "R-4711 119,00", ["number"], id="a digit too many"),
        pytest.param({}, "R-4711 191,00", ["totals.grand_total"], id="another total"),
        pytest.param({}, "R-4712 119,00", ["number"], id="another number"),
        pytest.param({"number": "R/4711"}, "R-4711 119,00", [], id="number spelled otherwise"),
        pytest.param({"gross": "0.00"}, "R-4711 100,00", [], id="nothing to pay"),
    ],
)
def test_without_a_page_reading(changed: dict[str, str], text: str, paths: list[str]) -> None:
    found = compare(structured(**changed), [], text)
    assert [finding.path for finding in found if finding.code == MISMATCH] == paths


def test_pages_without_amounts_are_not_compared() -> None:
    (finding,) = compare(structured(), [], "Siehe Anlage")
    assert (finding.code, finding.severity.value) == ("READ-UNSURE", "info")
    (document,) = read(with_attachments(pdf("Anlage"), {"factur-x.xml": cii()}), "a.pdf").documents
    assert document.accepted


@pytest.mark.parametrize(
    ("changes", "xml", "paths"),
    [
        pytest.param({}, {}, set(), id="same"),
        pytest.param({"02.11.2026": "12.11.2026"}, {}, {"issue_date"}, id="date"),
        pytest.param({"DE136695976": "DE811569869"}, {}, {"seller.vat_id"}, id="VAT id"),
        pytest.param({"R-4711": "R-9999"}, {}, {"number"}, id="number"),
        pytest.param({}, {"number": "KD88/R-4711"}, set(), id="a prefix in the XML"),
        pytest.param({"DE89 3704 0044 0532 0130 00": OTHER_IBAN}, {}, {"payment.iban"}, id="account"),
        pytest.param({"01.11.2026": "03.11.2026"}, {}, set(), id="a value the XML does not state"),
    ],
)
def test_with_the_page_reading(changes: dict[str, str], xml: dict[str, str], paths: set[str]) -> None:
    (document,) = read(with_attachments(page(changes=changes), {"factur-x.xml": cii(**xml)}), "a.pdf").documents
    assert {finding.path for finding in document.findings if finding.code == MISMATCH} == paths
    assert document.accepted is not bool(paths)


@needs_corpus
def test_no_false_alarm_on_total_and_account_in_the_corpus() -> None:
    found: set[str] = set()
    compared = 0
    for path in corpus_files("invoices", "*.pdf"):
        data = path.read_bytes()
        if len(invoice_xmls(inspect(data).attachments)) != 1:
            continue
        compared += 1
        findings = [finding for document in read(data, path.name).documents for finding in document.findings]
        assert not any(finding.code == "FRAUD-GLYPH-REMAP" for finding in findings)
        if any(finding.code == MISMATCH and finding.path.startswith(("totals.", "payment.")) for finding in findings):
            found.add(path.name)
    assert compared > 50
    assert found == OTHER_TOTAL
