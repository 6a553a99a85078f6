"""For generated invoices: what is written is valid, and reading it gives the invoice that was written."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

import extractors
from exporters.einvoice import write_xml
from exporters.profiles import profiles
from pipeline.official import OfficialJudge
from schemas import Invoice
from tests.exporters import invoices as made
from tests.exporters.strategies import invoices
from tests.exporters.test_einvoice import differences, fatal
from validators.norm import validate

SLOW_PARTS = [HealthCheck.too_slow, HealthCheck.data_too_large]
PROFILES = ("en16931-ubl", "en16931-cii", "xrechnung-ubl", "xrechnung-cii", "zugferd-extended")


@settings(max_examples=25, deadline=None, suppress_health_check=SLOW_PARTS, derandomize=True)
@given(invoice=invoices())
def test_what_is_written_is_valid_and_says_the_same(invoice: Invoice) -> None:
    for name in PROFILES:
        xml = write_xml(invoice, profiles()[name], made.context())
        assert fatal(validate(xml.data).violations) == [], name
        document = extractors.read(xml.data, "invoice.xml").documents[0]
        assert document.invoice is not None
        found = [text for text in differences(invoice.model_dump(), document.invoice.model_dump()) if not is_blank_change(text)]
        assert found == [], name


def is_blank_change(text: str) -> bool:
    """Readers may drop blanks around a text."""
    before, _, after = text.partition(" became ")
    return "".join(before.partition(": ")[2].split()) == "".join(after.split())


@pytest.fixture(scope="module")
def judge() -> Iterator[OfficialJudge]:
    with OfficialJudge() as opened:
        if not opened.available():
            pytest.skip("saxonche is not installed")
        yield opened


@settings(
    max_examples=12, deadline=None, suppress_health_check=[*SLOW_PARTS, HealthCheck.function_scoped_fixture], derandomize=True
)
@given(invoice=invoices())
def test_the_official_rules_agree(judge: OfficialJudge, invoice: Invoice) -> None:
    for name in PROFILES:
        assert fatal(judge.judge(write_xml(invoice, profiles()[name], made.context()).data)) == [], name
