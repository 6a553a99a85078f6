"""Identifiers written in many ways, brought to one form. Nothing here judges whether an identifier is valid."""

import re
import unicodedata

_MISREAD = re.compile(r"(?<=\d)[OI]+(?=\d)")
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

    Upper case; O and I between two digits are 0 and 1; leading zeros of each run of digits fall away, then separators:
    ``"RE-2026/0012"``, ``"re 2026-12"`` -> ``"RE202612"``. Source: DOMAIN section 4, check D2.
    """
    if not number:
        return ""
    text = unicodedata.normalize("NFKC", number).upper()
    text = _MISREAD.sub(lambda found: found[0].translate(_AS_DIGITS), text)
    canonical = _SEPARATORS.sub("", _LEADING_ZEROS.sub("", text))
    return canonical or compact(number)
