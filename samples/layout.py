"""What a supplier's paper looks like, as one record. A layout and a truth invoice give a page; nothing else is needed.

Layouts come from ``layouts.toml`` (the named suppliers of the committed samples) or from a seed (``samples.grammar``).
"""

import tomllib
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from samples.notation import Notation

ROOT = Path(__file__).parent
COLUMNS = (
    "id",
    "item",
    "name",
    "quantity",
    "unit",
    "price",
    "price_gross",
    "per",
    "discount",
    "tax",
    "tax_amount",
    "amount",
    "gross_amount",
)


@dataclass(frozen=True)
class Layout:
    """Every choice that shapes a page. Lengths are PDF points."""

    name: str
    language: str = "de"
    producer: Literal["reportlab", "fpdf2", "chromium"] = "reportlab"
    family: Literal["Helvetica", "Times", "Courier", "Vera", "Wide"] = "Helvetica"
    size: float = 9.5
    accent: tuple[float, float, float] = (0.1, 0.1, 0.1)
    page: tuple[float, float] = (595.28, 841.89)
    margin: float = 57.0
    letterhead: Literal["left", "right", "centre", "band", "none"] = "left"
    parties: Literal["letter", "side-by-side"] = "letter"
    """``side-by-side``: two blocks under words for seller and buyer, without letterhead and address window."""
    address: Literal["left", "right"] = "left"
    sender_line: bool = True
    country_prefix: bool = False
    """``A-1230 Wien`` instead of ``1230 Wien``."""
    buyer_country: bool = False
    info: Literal["pairs-right", "pairs-left", "row", "grid", "sentence"] = "pairs-right"
    title: Literal["above", "with-number", "right"] = "above"
    table: Literal["ruled", "lines", "plain", "zebra", "band", "form"] = "lines"
    columns: tuple[str, ...] = ("id", "name", "quantity", "unit", "price", "amount")
    """``unit`` absent: the unit stands behind the quantity; ``per`` absent: a price unit stands behind the price."""
    item_ids: Literal["column", "second-line", "none"] = "second-line"
    table_head: bool = True
    group_size: int = 0
    """Lines in a group with a heading and a subtotal; 0: no groups."""
    show_gtin: bool = False
    order_line_text: bool = False
    totals: Literal["right", "boxed", "wide", "left"] = "right"
    totals_rows: tuple[str, ...] = ("tax_basis_total", "tax", "grand_total")
    """Of line_total, allowances, tax_basis_total, tax (one row per rate), tax_total, grand_total, due_payable."""
    tax_table: bool = False
    """A table of rates with basis and tax, above the totals."""
    tax_table_beside: bool = False
    """It stands left of the totals, in the same rows."""
    tax_with_basis: bool = False
    zero_tax_row: bool = False
    tax_letters: bool = False
    """Lines carry A, B, C; the totals say which rate that is."""
    runs: Literal["lines", "words", "glyphs"] = "lines"
    """How the text is cut into drawing operators (ReportLab only)."""
    watermark: str = ""
    """Large pale word across the page."""
    bare_vat: bool = False
    """The VAT ids of parties at home stand without their country: ``NIP 123-456-32-18``."""
    spaced_vat: bool = False
    company_number: bool = False
    """The number in the company register stands beside the VAT id."""
    footer: Literal["columns", "line", "none"] = "columns"
    bank_place: Literal["footer", "body"] = "footer"
    tax_ids_place: Literal["footer", "letterhead", "info", "parties"] = "footer"
    notation: Notation = field(default_factory=Notation)
    words: dict[str, int] = field(default_factory=dict)
    """Term -> which of its wordings; terms not named take the first."""
    word_shift: int = 0
    """Added to every choice that ``words`` does not name, so that a seed changes all wordings at once."""
    overrides: dict[str, str] = field(default_factory=dict)
    """Term -> text, in place of all wordings: what makes a quotation out of an invoice."""
    colon: str = ":"

    def word(self, term: str, **values: str) -> str:
        """This supplier's wording of a term, with ``{...}`` filled in."""
        choices = wording(self.language)[term]
        text = self.overrides.get(term) or str(choices[self.words.get(term, self.word_shift) % len(choices)])
        return text.format(**values) if values else text

    def unit(self, code: str) -> str:
        choices = wording(self.language)["units"].get(code, [code])
        return str(choices[self.words.get("unit", self.word_shift) % len(choices)])

    @property
    def months(self) -> list[str]:
        return list(wording(self.language)["months"])


@cache
def wording(language: str) -> dict[str, Any]:
    """The lexicon of one language: term -> wordings, ``units`` -> code -> wordings."""
    return tomllib.loads((ROOT / "wording" / f"{language}.toml").read_text(encoding="utf-8"))


@cache
def named_layouts() -> dict[str, Layout]:
    """Layouts of ``layouts.toml`` by name; a choice that does not exist is a ``ValidationError``."""
    table = tomllib.loads((ROOT / "layouts.toml").read_text(encoding="utf-8"))
    return {name: layout_from(name, entry) for name, entry in table.items()}


def layout_from(name: str, entry: dict[str, Any]) -> Layout:
    """A layout from a flat table; the keys of ``Notation`` stand among the others."""
    known = {item.name for item in fields(Notation)}
    notation = {key: value for key, value in entry.items() if key in known}
    rest = {key: value for key, value in entry.items() if key not in known}
    return checked_layout(name=name, notation=notation, **rest)


_LAYOUT = TypeAdapter(Layout)


def checked_layout(**choices: Any) -> Layout:
    """A layout from unchecked choices; ``ValidationError`` names one that does not exist."""
    return _LAYOUT.validate_python(choices)
