"""Samples printed from HTML by a browser: they say what their truth says, and the reader accepts no misprint of them."""

import pytest

from extractors.pdf import inspect
from extractors.text_layer import read_documents
from samples.browser import find_browser
from samples.grammar import generate
from tests.samples.pages import page_text, squeeze

pytestmark = pytest.mark.skipif(find_browser() is None, reason="no Chromium is installed")


@pytest.mark.parametrize("seed", [600_000, 600_001, 600_004])
def test_a_browser_prints_what_the_truth_says(seed: int) -> None:
    sample = generate(seed, browser=True)
    text = page_text(sample.rendered.pdf)
    for path, value in sample.rendered.printed.items():
        assert squeeze(value) in text or all(squeeze(word) in text for word in value.split()), (path, value)
    assert sample.layout.producer == "chromium"


def test_one_browser_gives_the_same_bytes() -> None:
    assert generate(600_001, browser=True).rendered.pdf == generate(600_001, browser=True).rendered.pdf


def test_an_account_that_runs_into_the_next_column_is_read_whole() -> None:
    """The number wraps in a narrow footer, and the words beside it stand a space away."""
    sample = generate(600_004, browser=True)
    document = read_documents(sample.rendered.pdf, inspect(sample.rendered.pdf))[0]
    assert document.invoice is not None
    assert document.invoice.payment.iban == sample.invoice.payment.iban


@pytest.mark.parametrize("seed", [600_000, 600_002])
def test_a_misprint_of_a_browser_is_not_accepted(seed: int) -> None:
    data = generate(seed, "misprint", browser=True).rendered.pdf
    assert not any(document.accepted for document in read_documents(data, inspect(data)))
