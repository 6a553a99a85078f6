"""What a person's corrections taught about one supplier: plain rows, visible and editable.

A profile says how this supplier writes, never what the next document says. A value counts only where the page shows it.
Paths are those of the invoice model, for example ``number`` or ``seller.vat_id``; rows of a list carry no index (``lines.unit``).
"""

from typing import Literal

from pydantic import Field

from schemas.base import Word
from schemas.evidence import Box

Relation = Literal["inline", "right", "below", "position"]
"""Where the value stands seen from its label: behind it in the same run of text, further right, under it; or no label."""

WordGroup = Literal["field", "total", "column", "row", "unit"]
"""Groups of the lexicon a word can belong to; ``unit`` is a word for a unit of measure."""


class Anchor(Word):
    """One way to find one value. ``means`` false: what stands there is *not* this value, however much it looks like it."""

    path: str
    label: str = Field("", description="Text as printed, with # for whatever holds digits; empty for a position")
    relation: Relation
    means: bool = True
    shape: str = Field("", description="Form of the value: 9 for a digit, A for a letter, other characters as they are")
    by_shape: bool = Field(False, description="The value is cut out by its form, because no token of the usual kind is it")
    box: Box = Field(description="Where the value stood, in points from the top left of the first page it was on")
    seen: int = Field(1, description="Confirmed documents on which it found the right value")


class OwnWord(Word):
    """A word in a sense of this supplier's own. ``term`` empty: in this group it means nothing here."""

    group: WordGroup
    text: str
    term: str | None = None
    seen: int = 1


class Constant(Word):
    """A value that belongs to the supplier himself. It counts only on a page that shows it.

    ``means`` false: a value of the page that is not this one, such as a register number taken for a tax number.
    """

    path: str
    value: str
    means: bool = True
    seen: int = 1


class Cell(Word):
    """Where one value of an item stands: so many rows below the row of its amount, between these edges in points."""

    field: str
    row: int = 0
    x0: float
    x1: float
    align: Literal["left", "right"] = "left"
    label: str = Field("", description="Text before the value, as in an anchor; the value is then sought in all rows of the item")
    required: bool = Field(True, description="Every item of the confirmed document had it; a row without it is no item")


class ItemPattern(Word):
    """How an item is laid out where heads of columns do not say it. Edges are points from the left of the page."""

    cells: list[Cell]
    seen: int = 1


class Block(Word):
    """Where an address stands on the first page: its left edge, the top of its first line, and the widest gap between its lines.

    With a ``label`` above it, it is sought under that label wherever the label stands.
    """

    label: str = Field("", description="Text of the line above, as in an anchor")
    x0: float
    y0: float
    gap: float
    below: float = Field(0.0, description="Points from the bottom of the label to the top of the first line")


class Look(Word):
    """What a layout always shows: size of the page, the words that stay the same on every document."""

    width: int
    height: int
    head: str = Field("", description="Words of the head of the item table, folded")
    fixed: list[str] = Field(default_factory=list, description="Text without digits, folded, in order of reading")


class SupplierProfile(Word):
    """Everything learned about one supplier. ``documents`` were confirmed by a person; ``misfits`` are pages it did not fit."""

    id: str = ""
    name: str | None = None
    vat_ids: list[str] = Field(default_factory=list)
    ibans: list[str] = Field(default_factory=list)
    tax_numbers: list[str] = Field(default_factory=list)
    looks: list[Look] = Field(default_factory=list)
    constants: list[Constant] = Field(default_factory=list)
    anchors: list[Anchor] = Field(default_factory=list)
    words: list[OwnWord] = Field(default_factory=list)
    items: list[ItemPattern] = Field(default_factory=list)
    buyer_blocks: list[Block] = Field(default_factory=list, description="Where the buyer's address stands")
    corrected: list[str] = Field(default_factory=list, description="Paths the reader got wrong without the profile")
    confirmed: list[str] = Field(default_factory=list, description="Paths the reader got right without the profile")
    documents: int = 0
    misfits: int = 0
