"""Amounts, quantities and percentages in a segment, with sign, currency and all readings of their digits."""

import csv
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from importlib.resources import files

from extractors.text_layer.numbers import NUMBER, Reading, readings
from extractors.text_layer.words import Segment
from schemas.evidence import Box

_MINUS = "\u2212\u2013\u2014-"  # the hyphen last: inside a character class it would make a range
_SIGN_AND_NUMBER = re.compile(
    rf"""
    (?P<open>\()?
    (?P<before>[+{_MINUS}]\s?)?
    (?P<currency>(?:EUR|CHF|USD|GBP|PLN|CZK|DKK|SEK|NOK|HUF|S?Fr\.|(?<![^\W\d_])(?:zł|Kč)|[€$£])\s?)?
    (?P<inner>[+{_MINUS}]\s?)?
    (?P<digits>{NUMBER})
    (?P<after>\s?[{_MINUS}](?![\w]))?
    (?P<close>\))?
    \s?(?P<unit>%|‰|EUR\b|Euro\b|CHF\b|USD\b|GBP\b|PLN\b|CZK\b|DKK\b|SEK\b|NOK\b|HUF\b|zł|Kč|kr\b|S?Fr\.|[€$£]|[Cc]ts?\b|[Cc]ents?\b)?
    """,
    re.VERBOSE,
)
_DIGIT = re.compile(r"\d")
_GLUED = re.compile(r"[\w./\\:]$")  # a digit run behind these belongs to a word, a date or an identifier


@dataclass(frozen=True, slots=True)
class Amount:
    """A number on the page. ``start``/``end`` are characters of the segment, sign and currency included."""

    segment: Segment
    start: int
    end: int
    digits: str
    readings: tuple[Reading, ...]
    negative: bool = False
    currency: str | None = None
    percent: bool = False

    @property
    def value(self) -> Decimal:
        """The likeliest reading, with its sign."""
        value = self.readings[0].value
        return -value if self.negative else value

    @property
    def decimals(self) -> int:
        return self.readings[0].decimals

    @property
    def looks_like_money(self) -> bool:
        """Two decimals or a currency beside it, and no percent sign."""
        return not self.percent and (self.decimals == 2 or self.currency is not None)

    @property
    def text(self) -> str:
        return self.segment.text[self.start : self.end]

    @property
    def page(self) -> int:
        return self.segment.page

    @property
    def box(self) -> Box:
        return self.segment.box_at(self.start, self.end)

    def with_readings(self, ordered: tuple[Reading, ...]) -> "Amount":
        return self if ordered == self.readings else replace(self, readings=ordered)


def find_amounts(segment: Segment) -> list[Amount]:
    """All numbers of a segment, left to right. Digits inside words, dates and identifiers are no amounts."""
    text = segment.text
    found: list[Amount] = []
    if not _DIGIT.search(text):
        return found
    for match in _SIGN_AND_NUMBER.finditer(text):
        start, end = match.start(), match.end()
        if not _stands_alone(text, match):
            continue
        read = readings(match["digits"])
        if not read or len(match["digits"]) > 24:
            continue
        while end > start and text[end - 1].isspace():
            end -= 1
        sign = match["currency"] or match["unit"]
        if sign and sign[:2].casefold() in ("ct", "ce"):
            read = tuple(
                Reading(one.value / 100, one.decimals + 2, one.style) for one in read
            )  # a price in cents: "24.18 ct/kWh"
        currency = currency_code(sign) or (None if text[: match.start()].endswith(("-", ".", "–")) else _swiss(sign, read[0]))
        negative = bool((match["before"] or match["inner"] or "").strip().strip("+") or match["after"])
        negative = negative or bool(match["open"] and match["close"])
        found.append(Amount(segment, start, end, match["digits"], read, negative, currency, match["unit"] in ("%", "‰")))
    return found


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    first = match.start("before") if match["before"] else match.start("currency") if match["currency"] else match.start("digits")
    if match["open"]:
        first = match.start("open")
    before = text[:first]
    if before and _GLUED.search(before) and not before.endswith((":", ".:", "/ ")):
        return before.endswith(".") and before[-2:-1].isalpha() and len(match["digits"]) > 3
    after = text[match.end("digits") :]
    if match["after"] or match["unit"]:
        return True
    return not re.match(r"[\w/\\]|[.,:-]\d|-\w", after) or bool(
        re.match(r"(?:[a-zA-ZäöüÄÖÜé]{1,4}|[dc]?m[23²³])\.?(?![\w-])", after)
    )


def _swiss(sign: str | None, reading: Reading) -> str | None:
    """``Fr. 12.50``: francs beside a number with two decimals. Alone "Fr." is also a day of the week."""
    return "CHF" if sign and sign.strip().casefold() in ("fr.", "sfr.") and reading.decimals == 2 else None


@cache
def _signs() -> dict[str, str]:
    table = (files("extractors.text_layer") / "data" / "currencies.csv").read_text("utf-8")
    return {row["sign"]: row["code"] for row in csv.DictReader(table.splitlines()) if row["code"]}


def currency_code(sign: str | None) -> str | None:
    """ISO 4217 code of a sign or word: ``"€"`` -> ``"EUR"``; ``None`` where several countries use it."""
    return _signs().get(sign.strip().casefold().rstrip(".")) if sign else None
