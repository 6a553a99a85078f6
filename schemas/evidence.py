"""Where a value stands, and what proves it."""

from typing import Literal

from pydantic import Field

from schemas.base import Word

Proof = Literal[
    "label",  # a word of the lexicon beside, above or before it
    "format",  # the typed token fits: date, amount, identifier
    "check-digit",  # IBAN, VAT id, GTIN, GLN
    "equation",  # an equation of EN 16931 closes with it
    "master-data",  # master data hold the same value
    "second-reader",  # the independent reader sees the same characters there
    "visible",  # a person sees it on the rendered page
    "profile",  # an earlier confirmed invoice of this supplier says so
    "position",  # table column, address window, letterhead
    "structured",  # a structured source names the term itself
    "person",  # a clerk entered or confirmed it
]

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in PDF points from the top left of the page as displayed."""


class Evidence(Word):
    """One place that says the value. ``page``/``box`` for text layers, ``path`` (XPath or segment) for structured sources."""

    page: int | None = Field(None, ge=1, description="Page number, from 1")
    box: Box | None = Field(None, description="PDF points from the top left of the page as displayed")
    path: str | None = Field(None, description="XPath or EDIFACT segment of a structured source")
    text: str = Field("", description="The characters as they stand there")
    proofs: list[Proof] = Field(default_factory=list)
