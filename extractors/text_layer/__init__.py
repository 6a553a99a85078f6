"""Reads documents from the text layer of a PDF: no OCR, no template, proven or unsure.

The way of a page: glyphs (two readers) -> words, rows, segments -> typed tokens -> labelled fields, item table, figures -> joint
solution -> ledger. See the modules in that order: ``words``, ``scene``, ``fields``, ``items``, ``figures``, ``solution``, ``ledger``.
"""

from collections.abc import Sequence

from extractors.pdf.structure import Structure
from schemas import Document
from schemas.master import Company, Vendor
from schemas.profile import SupplierProfile


def read_documents(
    data: bytes,
    structure: Structure,
    *,
    companies: Sequence[Company] = (),
    vendors: Sequence[Vendor] = (),
    second_reader: bool = True,
    visibility: bool = True,
    profiles: Sequence[SupplierProfile] = (),
) -> list[Document]:
    """Every document on the pages. A file that cannot be read gives one document of kind ``unreadable`` with the reason.

    ``companies`` and ``vendors`` help to tell buyer from seller and prove printed values; they never replace what is printed.
    ``profiles`` are what corrections taught about suppliers; the one of the page's supplier is found by what the page shows.
    """
    from extractors.text_layer.documents import read

    return read(data, structure, companies, vendors, second_reader, visibility, profiles)
