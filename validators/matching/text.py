"""Text of lines as it is compared: words without case, accents and umlauts, numbers apart from words."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from rapidfuzz import fuzz

from schemas.invoice import AllowanceCharge, Line
from validators.matching.tables import rows

MAX_TEXT = 400
"""Characters of a text that are compared; a longer description says the same in its beginning."""
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "æ": "ae", "ł": "l", "×": "x"})
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]+")
FREIGHT_WORDS = 8
"""A line that names freight has at most so many words; longer ones describe something else that is also shipped."""
DELIVERY_CHARGE_CODES = frozenset({"FC", "DL", "PC", "SH"})
"""UNTDID 7161: freight, delivery, packing, special handling."""


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """``Größe 3,5 M6×20`` -> ``groesse 3,5 m6x20``: lower case, umlauts written out, accents dropped."""
    lower = text[:MAX_TEXT].casefold().translate(_UMLAUTS)
    return "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))


@dataclass(frozen=True)
class Words:
    """One text in the form in which it is compared. Numbers are kept apart: they tell an M6 from an M8."""

    text: str
    numbers: frozenset[str]

    @property
    def tokens(self) -> list[str]:
        return self.text.split()


@lru_cache(maxsize=65536)
def words(text: str) -> Words:
    tokens = [_plain_number(token) for token in _TOKEN.findall(fold(text))]
    return Words(" ".join(tokens), frozenset(token for token in tokens if token[0].isdigit()))


def _plain_number(token: str) -> str:
    """``3,50`` and ``3.5`` are the same number; ``007`` stays, it is a name."""
    if "," not in token and "." not in token:
        return token
    plain = token.replace(",", ".")
    return plain.rstrip("0").rstrip(".") if plain.count(".") == 1 else plain


def similarity(ours: Words, theirs: Words) -> int:
    """0 to 100; 100 only for the same words and numbers in any order.

    Words count by rapidfuzz token ratios; numbers that only one side has cost up to 40, numbers of both sides that differ too.
    """
    if not ours.text or not theirs.text:
        return 0
    if ours.text == theirs.text:
        return 100
    pair = ours.text, theirs.text
    alike = (60 * fuzz.token_set_ratio(*pair) + 40 * fuzz.token_sort_ratio(*pair)) / 100
    score = min(99 if sorted(ours.tokens) != sorted(theirs.tokens) else 100, round(alike))
    missing = len(theirs.numbers - ours.numbers)
    if theirs.numbers and missing:
        score -= 40 * missing // len(theirs.numbers)
    return max(0, score)


def line_texts(line: Line) -> tuple[Words, ...]:
    """The texts of an invoice line that may name the item: name, description, both together."""
    parts = [part for part in (line.name, line.description) if part]
    texts = [*parts, " ".join(parts)] if len(parts) > 1 else parts
    return tuple(words(text) for text in texts)


@cache
def _delivery_cost_words() -> tuple[frozenset[str], tuple[str, ...]]:
    table = [row["word"] for row in rows("delivery_cost_words")]
    return frozenset(word.removeprefix("*") for word in table), tuple(word[1:] for word in table if word.startswith("*"))


def names_delivery_cost(texts: Iterable[str | None]) -> bool:
    """True when one of the texts is the name of freight, packing or a like cost, in the languages of ``delivery_cost_words``."""
    exact, endings = _delivery_cost_words()
    for text in texts:
        found = _WORD.findall(fold(text or ""))
        if len(found) <= FREIGHT_WORDS and any(word in exact or word.endswith(endings) for word in found):
            return True
    return False


def is_delivery_cost(line: Line) -> bool:
    """A line that names freight or packing and is billed once, not by the piece."""
    once = line.quantity is None or abs(line.quantity) == 1
    return once and names_delivery_cost([line.name] if line.name else [line.description])


def is_delivery_charge(charge: AllowanceCharge) -> bool:
    """A document charge for freight or packing: by its code or its words."""
    return charge.reason_code in DELIVERY_CHARGE_CODES or names_delivery_cost([charge.reason])
