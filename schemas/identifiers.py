"""Identifiers written in many ways, brought to one form. Nothing here judges whether an identifier is valid."""

import re
import unicodedata

_GROUP = re.compile(r"[A-Z0-9]+")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[OI]+(?=\d)")
_AS_DIGITS = str.maketrans("OI", "01")
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_SEPARATORS = re.compile(r"[^A-Z0-9]+")


def compact(value: str | None) -> str:
    """Upper case, letters and digits only: ``"de 12-34.5"`` -> ``"DE12345"``; ``None`` -> ``""``. Accents stay."""
    if not value:
        return ""
    return "".join(character for character in unicodedata.normalize("NFKC", value).upper() if character.isalnum())


def canonical_number(number: str | None) -> str:
    """The form under which two invoice numbers are the same number; ``""`` for none.

    Upper case; O and I between two digits, or among digits without other letters, are 0 and 1; leading zeros of each run of
    digits fall away, then separators: ``"RE-2O26/0012"``, ``"re 2026-12"`` -> ``"RE202612"``. Source: DOMAIN section 4, D2.
    """
    if not number:
        return ""
    text = unicodedata.normalize("NFKC", number).upper()
    text = _GROUP.sub(_read_digits, text)
    canonical = _SEPARATORS.sub("", _LEADING_ZEROS.sub("", text))
    return canonical or compact(number)


def _read_digits(group: re.Match[str]) -> str:
    """Letters that stand for digits, read as digits. Linear in the length: numbers come from strangers."""
    text = group[0]
    if not set(text) - set("0123456789OI") and any(character.isdecimal() for character in text):
        return text.translate(_AS_DIGITS)
    return _BETWEEN_DIGITS.sub(lambda found: found[0].translate(_AS_DIGITS), text)
