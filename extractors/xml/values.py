"""Text of an element -> a value of the model, strictly. What does not fit becomes a finding and no value, never a guess.

Source: attack table of the reliability notes (ASCII decimals only, no exponent, no NaN, control and bidi characters named).
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from schemas import Finding
from schemas.finding import error

# The lexical forms of xs:decimal, bounded; "+0.10", "64." and ".5" stand in official examples.
_AMOUNT = re.compile(r"[+-]?([0-9]{1,13}(\.([0-9]{1,6}0*)?)?|\.[0-9]{1,6}0*)")
_NUMBER = re.compile(r"[+-]?([0-9]{1,13}(\.[0-9]{0,20})?|\.[0-9]{1,20})")
_DATE_102 = re.compile(r"[0-9]{8}")
_DATE_ISO = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(T[0-9:.]{5,15})?(Z|[+-][0-9]{2}:[0-9]{2})?")
_IBAN_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{6,30}", re.IGNORECASE)
_WORD = re.compile(r"\w+")
MAX_DECIMALS_WRITTEN = 30

# UNTDID 2475 (CII) -> UNTDID 2005 (UBL), the two lists in which the norm writes BT-8. Source: EN 16931-3-3, BT-8.
TAX_POINT_2475 = {"5": "3", "29": "35", "72": "432"}

# Format characters that honest text has: soft hyphen, zero width space, joiner and non-joiner, word joiner, byte order mark.
_HARMLESS_FORMAT = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")


@dataclass(frozen=True)
class Place:
    """Where a text stands: ``field`` of the invoice and XPath, for findings."""

    field: str
    xpath: str


def clean(text: str, kind: str) -> str:
    """NFC, line ends as ``\\n``, trimmed; names, identifiers and codes also with white space collapsed."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text.strip() if kind == "text" else " ".join(text.split())


def suspicious(text: str, kind: str, place: Place) -> Finding | None:
    """READ-SUSPICIOUS-UNICODE for characters that make a text look different from what it is; at most one finding.

    Control and bidi characters count everywhere, invisible ones and look-alike letters (Latin mixed with Cyrillic or Greek in
    one word) and foreign digits in names and identifiers.
    """
    if text.isascii() and text.isprintable():
        return None
    for character in text:
        category = unicodedata.category(character)
        if category in ("Cc", "Cf", "Co", "Cn", "Cs") and not (
            character in "\n\t" or (character in _HARMLESS_FORMAT and kind == "text")
        ):
            return _unicode(place, f"the invisible or control character U+{ord(character):04X}")
        if kind in ("id", "code", "account") and character.isdigit() and not character.isascii():
            return _unicode(place, f"the digit {character} (U+{ord(character):04X}), which is not one of 0 to 9")
    if kind != "text":
        for word in _WORD.findall(text):
            if len(scripts := _scripts(word)) > 1:
                return _unicode(place, f"letters of different alphabets in one word ({' and '.join(sorted(scripts))})")
    return None


def number(text: str, kind: str, place: Place) -> tuple[Decimal | None, Finding | None]:
    """An amount (at most six decimals that count) or a price, quantity or percentage (at most twenty). ASCII digits only."""
    written = text.strip(" \t\r\n")
    pattern = _AMOUNT if kind in ("amount", "accounting-amount") else _NUMBER
    if len(written) <= MAX_DECIMALS_WRITTEN and pattern.fullmatch(written):
        return Decimal(written), None
    shown = written[:60]
    return None, error(
        "READ-INVALID-AMOUNT",
        place.field,
        f"{shown!r} at {place.xpath} is not a number such as 1234.50",
        stated=shown,
        clears="a corrected invoice from the supplier, or the value entered by a person",
    )


def day(text: str, form: str | None, place: Place) -> tuple[date | None, Finding | None]:
    """CII format 102 (YYYYMMDD) or ISO 8601 (time and zone, where written, are not used)."""
    written = text.strip()
    try:
        if form in (None, "", "102") and _DATE_102.fullmatch(written):
            return date(int(written[:4]), int(written[4:6]), int(written[6:])), None
        if form in (None, "", "102") and (match := _DATE_ISO.fullmatch(written)):
            return date.fromisoformat(match[1]), None
    except ValueError:
        pass
    shown = written[:40]
    words = f"{shown!r} at {place.xpath} is not a date" + (f" of format {form[:10]}" if form else "")
    return None, error("FORM-DATE", place.field, words, stated=shown)


def account(text: str) -> str:
    """An IBAN without spaces, in capitals; another account number as written."""
    compact = "".join(text.split())
    return compact.upper() if _IBAN_SHAPE.fullmatch(compact) else " ".join(text.split())


def _scripts(word: str) -> set[str]:
    found = set()
    for character in word:
        if character.isalpha():
            script = unicodedata.name(character, "").partition(" ")[0]
            if script in ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"):
                found.add(script.title())
    return found


def _unicode(place: Place, what: str) -> Finding:
    return error("READ-SUSPICIOUS-UNICODE", place.field, f"the value at {place.xpath} contains {what}")
