"""Sample suppliers by seed: each seed is another supplier with its own paper, and one invoice of it, with the truth.

The choices are independent of each other, so that thousands of seeds give thousands of different layouts. Nothing here knows
how the product reads; a seed gives the same bytes every time.
"""

import tomllib
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any, Literal

from samples.canvas import EMBEDDED
from samples.compose import Paper, Rendered, render_invoice
from samples.grammar_invoice import Supplier, random_invoice, random_supplier
from samples.html_page import print_invoice
from samples.item_table import TooNarrow
from samples.layout import ROOT, Layout, checked_layout
from samples.notation import Notation, checked_notation
from samples.truth_json import accepted_readings, contract_shape, only_printed, printed_flags
from schemas import Invoice, Kind

_COLUMN_SETS = (
    ("id", "name", "quantity", "unit", "price", "amount"),
    ("id", "name", "quantity", "price", "amount"),
    ("item", "name", "quantity", "unit", "price", "amount"),
    ("id", "item", "name", "quantity", "unit", "price", "amount"),
    ("name", "quantity", "price", "amount"),
    ("quantity", "unit", "name", "price", "amount"),
    ("id", "quantity", "name", "price", "tax", "amount"),
    ("name", "quantity", "unit", "price", "tax", "amount"),
    ("item", "name", "quantity", "price", "discount", "amount"),
    ("id", "name", "quantity", "unit", "price", "per", "amount"),
    ("id", "item", "name", "quantity", "unit", "price", "tax", "amount"),
    ("id", "name", "quantity", "unit", "price", "amount", "tax", "tax_amount", "gross_amount"),
    ("name", "quantity", "price", "tax", "amount", "gross_amount"),
    ("quantity", "item", "name", "price", "amount"),
    ("name", "quantity", "price_gross", "tax", "gross_amount"),
)
_TOTALS = (
    ("tax_basis_total", "tax", "grand_total"),
    ("line_total", "tax_basis_total", "tax", "grand_total"),
    ("tax_basis_total", "tax", "tax_total", "grand_total"),
    ("line_total", "tax", "grand_total"),
    ("tax_basis_total", "tax_total", "grand_total"),
    ("tax_basis_total", "tax", "grand_total", "due_payable"),
)
_SEPARATORS = ((",", "."), (",", "."), (",", " "), (",", "\u00a0"), (",", ""), (".", ","), (".", "'"), (".", ""))
_DATES: dict[str, tuple[str, ...]] = {
    "de": ("dd.mm.yyyy", "dd.mm.yyyy", "d.m.yyyy", "dd.mm.yy", "yyyy-mm-dd", "d month yyyy"),
    "en": ("d month yyyy", "month d, yyyy", "dd/mm/yyyy", "yyyy-mm-dd", "dd-mm-yyyy"),
    "fr": ("dd/mm/yyyy", "dd/mm/yyyy", "d month yyyy", "dd-mm-yyyy", "dd.mm.yyyy"),
    "nl": ("dd-mm-yyyy", "d month yyyy", "dd/mm/yyyy"),
    "it": ("dd/mm/yyyy", "d month yyyy", "dd.mm.yyyy"),
    "es": ("dd/mm/yyyy", "d month yyyy", "dd-mm-yyyy"),
    "pl": ("dd.mm.yyyy", "yyyy-mm-dd", "dd-mm-yyyy", "d month yyyy"),
    "cs": ("dd.mm.yyyy", "d.m.yyyy", "d. m. yyyy", "d. month yyyy"),
    "da": ("dd.mm.yyyy", "dd-mm-yyyy", "d. month yyyy", "dd/mm/yyyy", "dd.mm.yy"),
    "sv": ("yyyy-mm-dd", "yyyy-mm-dd", "d month yyyy"),
}
_SYMBOLS = {
    "EUR": ("EUR", "€"),
    "CHF": ("CHF", "Fr."),
    "GBP": ("GBP", "£"),
    "PLN": ("PLN", "zł"),
    "CZK": ("CZK", "Kč"),
    "DKK": ("DKK", "kr.", "kr"),
    "SEK": ("SEK", "kr", "kr."),
}
_DECIMAL_COMMA = {
    "pl": (" ", "\u00a0", ""),
    "cs": (" ", "\u00a0", "."),
    "da": (".", ".", " ", ""),
    "sv": (" ", " ", "\u00a0", ""),
}
"""Thousands by language, where the comma is the only decimal sign in use."""
_WIDE = frozenset({"pl", "cs"})
"""Languages that the base fonts of PDF cannot write."""


Twist = Literal["none", "misprint", "letter"]
"""``misprint``: one printed figure is wrong, so the figures do not close. ``letter``: no invoice, only much like one."""


@dataclass(frozen=True)
class Generated:
    """One sample of the grammar."""

    seed: int
    kind: Kind
    layout: Layout
    invoice: Invoice
    rendered: Rendered
    misprint: str | None = None
    """Path of the figure that is wrong on the page."""
    issue: int = 0

    def truth(self) -> dict[str, Any]:
        """In the format of the reading corpus: the fields at the top, keys with ``_`` beside them."""
        stated = only_printed(self.invoice, self.rendered.printed)
        shape = contract_shape(stated)
        source = {"id": self.name, "family": self.layout.name, "language": self.layout.language, "split": "samples"}
        return {
            **shape,
            "_printed": printed_flags(shape, self.rendered.printed),
            "_accept": accepted_readings(self.invoice, self._bare_ids()),
            "_unknown": [],
            "_source": {**source, "kind": self.kind.value, "misprint": self.misprint},
        }

    def _bare_ids(self) -> dict[str, list[str]]:
        """A VAT id printed without its country may be read so."""
        readings: dict[str, list[str]] = {}
        for path, party in (("seller.vat_id", self.invoice.seller), ("buyer.vat_id", self.invoice.buyer)):
            shown = self.rendered.printed.get(path, "")
            if party.vat_id and shown and not shown.startswith(party.vat_id[:2]):
                readings[path] = [party.vat_id[2:]]
        return readings

    @property
    def name(self) -> str:
        return f"seed-{self.seed:06d}" + (f"-{self.issue}" if self.issue else "")


@cache
def vocabulary() -> dict[str, Any]:
    return tomllib.loads((ROOT / "grammar.toml").read_text(encoding="utf-8"))


def layout_of(seed: int) -> Layout:
    """The paper of a seed, before a document on it needs another font or fewer columns."""
    rng = Random(f"belegfluss-{seed}")
    return random_layout(rng, random_supplier(rng, vocabulary()), f"seed-{seed}")


def generate(seed: int, twist: Twist = "none", issue: int = 0, *, browser: bool = False) -> Generated:
    """Supplier, paper and document of one seed. The twists of a seed share its supplier and paper.

    ``issue`` 1, 2, ... are further documents of the same supplier on the same paper: other buyers, dates, numbers and lines.
    ``browser``: printed from HTML by Chromium, which takes about a second; raises ``NoBrowser`` where none is installed.
    """
    rng = Random(f"belegfluss-{seed}")
    words = vocabulary()
    supplier = random_supplier(rng, words)
    layout = random_layout(rng, supplier, f"seed-{seed}")
    if issue:
        rng = Random(f"belegfluss-{seed}-issue-{issue}")
    kind, misprint = Kind.INVOICE, None
    if twist == "letter":
        letter = rng.choice(words["letters"][layout.language])
        kind, layout = Kind(letter["kind"]), replace(layout, overrides=letter["words"])
    invoice = random_invoice(rng, words, supplier, layout)
    if twist == "letter":
        invoice.type_code, invoice.preceding_invoice_reference = "380", None
        invoice.totals.due_payable, invoice.totals.prepaid, invoice.totals.rounding = invoice.totals.grand_total, None, None
    elif invoice.type_code == "381":
        kind = Kind.CREDIT_NOTE
    if twist == "misprint":
        misprint = _misprint(rng, invoice, layout)
    paper = _paper(rng, words, layout, invoice)
    if invoice.buyer.country != supplier.country and layout.notation.currency_text.startswith("kr"):
        layout = replace(layout, notation=replace(layout.notation, currency_text=supplier.currency))  # crowns of which country?
    if layout.family != "Wide" and any(
        ord(char) > 0xFF for char in f"{invoice.buyer.name}{invoice.buyer.street}{invoice.buyer.city}"
    ):
        layout = replace(layout, family="Wide", size=min(layout.size, 8.6))
    if browser:
        layout = replace(layout, producer="chromium", runs="lines", watermark="")
        return Generated(seed, kind, layout, invoice, print_invoice(invoice, layout, paper), misprint, issue)
    try:
        rendered = render_invoice(invoice, layout, paper)
    except TooNarrow:
        gross = ("discount",) if "discount" in layout.columns else ()
        tax = ("tax",) if "tax" in layout.columns else ()
        layout = replace(layout, columns=("name", "quantity", "price", *gross, *tax, "amount"), size=layout.size - 1, margin=36.0)
        rendered = render_invoice(invoice, layout, paper)
    return Generated(seed, kind, layout, invoice, rendered, misprint, issue)


def _misprint(rng: Random, invoice: Invoice, layout: Layout) -> str:
    """Make one figure wrong that this layout prints, by more than any rounding. Returns its path."""
    totals = invoice.totals
    wrong = Decimal(rng.choice(("0.30", "-1.00", "9.00", "-10.00", "100.00")))
    choices = ["totals.grand_total", "lines[0].net_amount"]
    if "tax_basis_total" in layout.totals_rows:
        choices.append("totals.tax_basis_total")
    path = rng.choice(choices)
    if path == "lines[0].net_amount":
        invoice.lines[0].net_amount = (invoice.lines[0].net_amount or Decimal(0)) + wrong
    else:
        name = path.removeprefix("totals.")
        setattr(totals, name, (getattr(totals, name) or Decimal(0)) + wrong)
        if name == "grand_total" and "due_payable" not in layout.totals_rows:
            totals.due_payable = (totals.due_payable or Decimal(0)) + wrong
    return path


def random_layout(rng: Random, supplier: Supplier, name: str) -> Layout:
    """Independent choices for everything a page can differ in."""
    producer = rng.choice(("reportlab", "reportlab", "fpdf2"))
    family = rng.choice(("Helvetica", "Helvetica", "Times", "Courier", "Vera"))
    if supplier.language in _WIDE:
        family = "Wide"  # before the sizes; others get it where a buyer's name needs it
    columns = rng.choice(_COLUMN_SETS)
    size = {
        "Helvetica": rng.uniform(8.5, 10.5),
        "Times": rng.uniform(9.5, 11),
        "Courier": 8.0,
        "Vera": rng.uniform(7.6, 8.6),
        "Wide": rng.uniform(7.6, 8.8),
    }[family]
    if family == "Courier" and len(columns) > 6:
        columns = _COLUMN_SETS[1]
    info = rng.choice(("pairs-right", "pairs-right", "pairs-left", "row", "grid", "sentence"))
    letterhead = rng.choice(("left", "right", "centre", "band"))
    address = rng.choice(("left", "left", "left", "right")) if letterhead != "right" else "left"
    tax_ids_place = rng.choice(("footer", "footer", "footer", "info", "letterhead" if letterhead != "band" else "info"))
    footer = "line" if family == "Courier" else rng.choice(("columns", "columns", "line"))
    parties = "side-by-side" if rng.random() < _SIDE_BY_SIDE.get(supplier.language, 0.1) else "letter"
    if parties == "side-by-side":
        tax_ids_place = "parties"
        info = "grid" if info == "pairs-right" else info
    tax_letters = "tax" in columns and rng.random() < 0.25
    totals_rows = rng.choice(_TOTALS)
    if "tax" not in totals_rows and (tax_letters or "tax" not in columns):
        totals_rows = _TOTALS[0]  # the rate must stand somewhere
    return checked_layout(
        name=name,
        language=supplier.language,
        producer=producer,
        family=family,
        size=round(size, 1),
        accent=(round(rng.uniform(0, 0.6), 2), round(rng.uniform(0, 0.5), 2), round(rng.uniform(0, 0.6), 2)),
        page=rng.choice(((595.28, 841.89), (595.28, 841.89), (595.28, 841.89), (612.0, 792.0))),
        margin=float(rng.choice((42, 50, 57, 64))),
        letterhead=letterhead,
        parties=parties,
        address=address,
        sender_line=rng.random() < 0.6 or letterhead == "band",
        country_prefix=supplier.country in ("DE", "AT", "CH") and rng.random() < 0.3,
        buyer_country=rng.random() < 0.35,
        info=info,
        title=rng.choice(("above", "above", "with-number", "right" if letterhead != "right" and address == "left" else "above")),
        table="form" if rng.random() < 0.03 else rng.choice(("ruled", "lines", "plain", "zebra", "band")),
        columns=columns,
        table_head=rng.random() > 0.04,
        group_size=rng.choice((2, 3, 4)) if rng.random() < 0.07 else 0,
        tax_table_beside=rng.random() < 0.5,
        tax_table=rng.random() < (0.35 if parties == "side-by-side" else 0.08),
        item_ids="column" if "item" in columns else rng.choice(("second-line", "none")),
        show_gtin=rng.random() < 0.2,
        totals=rng.choice(("right", "right", "boxed", "left", "wide")),
        totals_rows=totals_rows,
        tax_with_basis=rng.random() < 0.3,
        zero_tax_row=rng.random() < 0.3,
        tax_letters=tax_letters,
        footer=footer,
        bare_vat=rng.random() < 0.6,
        spaced_vat=rng.random() < 0.5,
        company_number=rng.random() < 0.4,
        bank_place=rng.choice(("footer", "footer", "body")),
        tax_ids_place=tax_ids_place,
        notation=_notation(rng, supplier, producer, family),
        word_shift=rng.randrange(60),
        words={term: rng.randrange(12) for term in rng.sample(_TERMS, 14)},
        colon=rng.choice((":", ":", "")),
        runs=rng.choice(("lines", "lines", "words", "glyphs")) if producer == "reportlab" else "lines",
        watermark=rng.choice(("", "", "", "", "ORIGINAL")),
    )


_SIDE_BY_SIDE = {"pl": 0.5, "cs": 0.5, "it": 0.25, "es": 0.2}
"""How often both parties stand side by side; elsewhere one in ten."""
_TERMS = (
    "number", "issue_date", "due_date", "delivery_date", "order", "delivery_note", "customer", "seller_vat", "col_name",
    "col_price", "col_amount", "col_quantity", "tax_basis_total", "grand_total", "tax_row", "invoice", "unit", "col_item",
    "intro", "closing", "salutation", "line_total", "terms_days",
)  # fmt: skip


def _notation(rng: Random, supplier: Supplier, producer: str, family: str) -> Notation:
    decimal, thousands = rng.choice(_SEPARATORS)
    if supplier.language in _DECIMAL_COMMA:
        decimal, thousands = ",", rng.choice(_DECIMAL_COMMA[supplier.language])
    if supplier.language == "en":
        decimal, thousands = ".", rng.choice((",", ",", ""))
    symbols = _SYMBOLS[supplier.currency]
    text = rng.choice(symbols)
    if text == "€" and producer == "fpdf2" and family not in EMBEDDED:
        text = "EUR"  # the base fonts of fpdf2 have no euro sign
    return checked_notation(
        decimal=decimal,
        thousands=thousands,
        dates=rng.choice(_DATES[supplier.language]),
        currency_text=text,
        currency_side=rng.choice(("after", "after", "before")),
        currency_in_lines=rng.random() < 0.25,
        negative=rng.choice(("leading", "leading", "trailing")),
        quantity_places=rng.choice((None, None, None, 2, 3)),
        rate_places=rng.choice((None, None, None, None, 2)),
    )


def _delivery(rng: Random, words: dict[str, Any], invoice: Invoice) -> tuple[str, ...]:
    facts = words["country"][invoice.buyer.country]
    postcode, city = rng.choice(facts["towns"])
    return (f"{invoice.buyer.name}", f"{rng.choice(facts['streets'])} {rng.randrange(1, 99)}", f"{postcode} {city}")


def _paper(rng: Random, words: dict[str, Any], layout: Layout, invoice: Invoice) -> Paper:
    noise = words["noise"][layout.language]
    chosen = rng.sample(noise, rng.randrange(0, min(4, len(noise))))
    day = layout.notation.date(invoice.issue_date, layout.months) if invoice.issue_date else ""
    entries = tuple(
        (label, value.format(n=rng.randrange(1000, 99999), n2=rng.randrange(1, 99), d=day)) for label, value in chosen
    )
    return Paper(
        customer_number=str(rng.randrange(10000, 999999)) if rng.random() < 0.7 else "",
        same_date=invoice.delivery_date == invoice.issue_date,
        negative_credit=rng.random() < 0.5,
        extra_entries=entries,
        terms_page=rng.random() < 0.06,
        deliver_to=_delivery(rng, words, invoice) if rng.random() < 0.15 else (),
    )
