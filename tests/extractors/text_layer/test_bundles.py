"""Several documents of one supplier in one file: each is read as if it came alone."""

import io

import pikepdf
import pytest

from extractors.pdf import inspect
from extractors.text_layer import read_documents
from samples.grammar import generate


def together(*files: bytes) -> bytes:
    buffer = io.BytesIO()
    with pikepdf.new() as bundle:
        for data in files:
            with pikepdf.open(io.BytesIO(data)) as document:
                bundle.pages.extend(document.pages)
        bundle.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("seed", [740_001, 740_004, 740_007, 740_010, 740_013, 740_016])
def test_documents_of_one_file_are_read_apart(seed: int) -> None:
    samples = [generate(seed, "none", issue) for issue in (1, 2)]
    data = together(*(sample.rendered.pdf for sample in samples))
    read = [document for document in read_documents(data, inspect(data)) if document.invoice is not None]
    assert [document.invoice.number for document in read if document.invoice] == [sample.invoice.number for sample in samples]
    for document, sample in zip(read, samples, strict=True):
        assert document.invoice is not None
        assert document.invoice.totals.grand_total == sample.invoice.totals.grand_total
