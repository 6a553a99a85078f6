"""What the words on an invoice say about its tax, in every language of the table.

It lives with the words because the checks, the tax codes and the writers must understand one sentence in one way.
The table is ``data/tax_wording.csv``: meaning, language, phrase (words without punctuation, ``*`` is any one word), source.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from schemas.invoice import Invoice

# fmt: off
EU_COUNTRIES = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})
# fmt: on
"""Member states of the European Union since 1 February 2020, ISO 3166-1 alpha-2."""

VAT_PREFIX_COUNTRY = {"EL": "GR", "XI": "GB", "CHE": "CH"}
"""Prefixes of VAT ids that are not the country code. XI is Northern Ireland: EU for goods, United Kingdom otherwise."""

CATEGORY_OF_VATEX = {"VATEX-EU-AE": "AE", "VATEX-EU-IC": "K", "VATEX-EU-G": "G", "VATEX-EU-O": "O"}

_MEANING_OF_CATEGORY = (("reverse-charge", "AE"), ("intra-community", "K"), ("export", "G"))
_EXEMPT_MEANINGS = frozenset({"small-business", "exempt", "margin-scheme", "travel-scheme"})
_ANY_WORD = r"\w+"
_WORD = re.compile(r"[^\W_]+")
MAX_TEXT = 20_000  # characters read for wording; more is not a sentence about tax


class Category(NamedTuple):
    """UNTDID 5305 code, or ``None`` where nothing says it, and why."""

    code: str | None
    because: str


def plain_words(text: str) -> str:
    """Lower case, no accents, single spaces for everything else: ``"Steuerfrei (§ 4)"`` -> ``"steuerfrei 4"``."""
    words = text[:MAX_TEXT].lower()
    if not words.isascii():
        decomposed = unicodedata.normalize("NFKD", words.replace("ß", "ss"))
        words = "".join([character for character in decomposed if not unicodedata.combining(character)])
    return " ".join(_WORD.findall(words))


@cache
def _wording() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Meaning and one pattern of all its phrases, read once."""
    phrases: dict[str, set[str]] = {}
    table = (files("schemas") / "data" / "tax_wording.csv").read_text("utf-8")
    for row in csv.DictReader(table.splitlines()):
        words = " ".join(_ANY_WORD if word == "*" else re.escape(plain_words(word)) for word in row["phrase"].split())
        phrases.setdefault(row["meaning"], set()).add(words)
    return tuple((meaning, re.compile(rf"\b(?:{'|'.join(sorted(words))})\b")) for meaning, words in phrases.items())


@cache
def _any_wording() -> re.Pattern[str]:
    """One pattern for all meanings: most texts have none."""
    return re.compile("|".join(pattern.pattern for _, pattern in _wording()))


@lru_cache(512)
def meanings(text: str) -> frozenset[str]:
    """Meanings of the table whose phrase stands in the text, for example ``{"reverse-charge"}``."""
    words = plain_words(text)
    if not _any_wording().search(words):
        return frozenset()
    return frozenset(meaning for meaning, pattern in _wording() if pattern.search(words))


def tax_texts(invoice: Invoice) -> Iterator[str]:
    """Every text of the invoice in which a statement about tax or supply may stand."""
    yield from (note.text for note in invoice.notes)
    yield from (row.exemption_reason for row in invoice.tax_breakdown if row.exemption_reason)
    for text in (invoice.payment_terms.text, invoice.seller.legal_information, invoice.payment.remittance):
        if text:
            yield text
    for line in invoice.lines:
        yield from (text for text in (line.name, line.description, line.note) if text)


def wording(invoice: Invoice) -> frozenset[str]:
    """Meanings stated anywhere on the invoice."""
    return meanings("\n".join(tax_texts(invoice)))


def category_of(invoice: Invoice, category: str | None, rate: Decimal | None, said: frozenset[str] | None = None) -> Category:
    """VAT category of a row or line: as stated, else from rate and wording where only one reading is possible.

    ``said`` are the meanings of ``wording(invoice)``, where the caller has them already. A rate above zero is S. Without tax:
    exactly one of reverse charge, intra-Community supply and export said makes AE, K or G; a triangular deal is AE; an exemption
    or small business alone makes E. Everything else stays ``None``: zero per cent alone does not say why.
    """
    if category:
        return Category(category, "stated on the invoice")
    if rate is not None and rate > 0:
        return Category("S", f"a rate of {rate.normalize():f} % is charged")
    said = wording(invoice) if said is None else said
    codes = {CATEGORY_OF_VATEX.get(row.exemption_code or "") for row in invoice.tax_breakdown} - {None}
    if len(codes) == 1:
        return Category(codes.pop(), "exemption code of the invoice")
    fitting = [(meaning, code) for meaning, code in _MEANING_OF_CATEGORY if meaning in said]
    if "triangular" in said:
        return Category("AE", "no tax, and the invoice names a triangular transaction")
    if len(fitting) == 1:
        return Category(fitting[0][1], f"no tax, and the invoice says {fitting[0][0].replace('-', ' ')}")
    exempt = sorted(said & _EXEMPT_MEANINGS)
    if not fitting and exempt:
        return Category("E", f"no tax, and the invoice says {exempt[0].replace('-', ' ')}")
    return Category(None, "no tax category stated, and rate and wording do not settle it")


def country_of_vat_id(vat_id: str | None) -> str | None:
    """ISO country of a VAT id by its prefix: ``"EL1234"`` -> ``"GR"``; ``None`` without two leading letters."""
    text = "".join(character for character in (vat_id or "").upper() if character.isalnum())
    if text.startswith("CHE"):
        return "CH"
    prefix = text[:2]
    return VAT_PREFIX_COUNTRY.get(prefix, prefix) if len(prefix) == 2 and prefix.isalpha() else None
