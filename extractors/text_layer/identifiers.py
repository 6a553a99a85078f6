"""Identifiers that prove themselves: IBAN, BIC, VAT ids, GLN, tax numbers. Found in rows, whatever stands around them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stdnum import iban as iban_rules
from stdnum.eu import vat as eu_vat

from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.words import Segment

_IBAN = re.compile(r"(?<![A-Za-z0-9])([A-Z]{2})\s?(\d{2})((?:\s?[A-Z0-9]){11,30})")
_BIC = re.compile(r"(?<![A-Za-z0-9])([A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)(?![A-Za-z0-9])")
_SEP = r"[\s.\-/]?"


def _digits(count: int) -> str:
    return rf"(?:\d{_SEP}){{{count - 1}}}\d"


# Structure of VAT identification numbers by prefix. Source: VIES FAQ of the European Commission; Swiss UID by ESTV.
_VAT_FORMS = {
    "AT": rf"U{_SEP}{_digits(8)}", "BE": rf"[01]{_SEP}{_digits(9)}", "BG": rf"{_digits(9)}\d?", "CY": rf"{_digits(8)}[A-Z]",
    "CZ": rf"{_digits(8)}\d{{0,2}}", "DE": _digits(9), "DK": _digits(8), "EE": _digits(9), "EL": _digits(9), "ES": r"[A-Z0-9]\d{7}[A-Z0-9]",
    "FI": _digits(8), "FR": rf"[A-Z0-9]{{2}}{_SEP}{_digits(9)}", "GB": rf"{_digits(9)}(?:\d{{3}})?", "HR": _digits(11), "HU": _digits(8),
    "IE": r"\d[A-Z0-9+*]\d{5}[A-Z]{1,2}", "IT": _digits(11), "LT": r"(?:\d{12}|\d{9})", "LU": _digits(8), "LV": _digits(11),
    "MT": _digits(8), "NL": rf"{_digits(9)}{_SEP}B{_SEP}\d{{2}}", "PL": _digits(10), "PT": _digits(9), "RO": r"\d{2,10}",
    "SE": _digits(12), "SI": _digits(8), "SK": _digits(10), "XI": rf"{_digits(9)}(?:\d{{3}})?",
}  # fmt: skip
_VAT = re.compile(
    rf"(?<![A-Za-z0-9])(?:{'|'.join(f'{prefix}{_SEP}{form}' for prefix, form in _VAT_FORMS.items())})(?![A-Za-z0-9])"
)
_SWISS = re.compile(r"(?<![A-Za-z0-9])CHE[\s-]?\d{3}\.?\d{3}\.?\d{3}(?:\s?(?:MWST|TVA|IVA))?(?![A-Za-z0-9])")
_TAX_NUMBER = re.compile(
    r"(?<![\d/])\d{2,3}\s?/\s?\d{3,4}\s?/\s?\d{4,5}(?![\d/])|(?<!\d)\d{2,3} \d{3} \d{3,5}(?: \d{1,2})?(?!\d)|(?<!\d)\d{10,13}(?!\d)"
)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")


@dataclass(frozen=True)
class Identifier:
    """``value`` in its compact form; ``checked``: its check digits are right."""

    value: str
    place: Place
    checked: bool


def find_ibans(scene: Scene) -> list[Identifier]:
    """Complete IBANs in one line, each once. Masked ones (with X or *) are no accounts to pay to."""
    found: dict[str, Identifier] = {}
    for segment in scene.segments:
        for match in _IBAN.finditer(segment.text):
            value, end = iban_at(segment.text, match.start())
            if value and value not in found:
                found[value] = Identifier(value, Place(segment, match.start(), end), iban_rules.is_valid(value))
    return list(found.values())


def iban_at(text: str, start: int) -> tuple[str, int]:
    """The IBAN that begins here, as long as its country demands, and where it ends; empty where there is none."""
    match = _IBAN.match(text, start)
    length = iban_length(match[1]) if match else None
    if match is None or length is None:
        return "", 0
    kept = ""
    for position, character in enumerate(match[0]):
        if not character.isspace():
            kept += character
        if len(kept) == length:
            return (kept, start + position + 1) if kept[4:].count("X") < 4 else ("", 0)
    return "", 0


def iban_length(country: str) -> int | None:
    return _IBAN_LENGTHS.get(country)


# Registry of ISO 13616, countries that suppliers here use.
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "BA": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20,
    "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23,
    "IS": 26, "IT": 27, "KZ": 20, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MT": 31, "NL": 18,
    "NO": 15, "PL": 28, "PT": 25, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29,
    "XK": 20,
}  # fmt: skip


def find_bics(scene: Scene) -> list[Identifier]:
    """Words of the form of a BIC whose country exists. The caller asks for a label or an IBAN beside them."""
    found = []
    for segment in scene.segments:
        for match in _BIC.finditer(segment.text):
            if (iban_length(match[1][4:6]) and any(c.isdigit() or len(match[1]) == 11 for c in match[1])) or match[1][
                4:6
            ] in _IBAN_LENGTHS:
                found.append(Identifier(match[1], Place(segment, match.start(), match.end()), True))
    return found


def find_vat_ids(scene: Scene) -> list[Identifier]:
    """VAT ids with their prefix, in reading order; one that stands inside an IBAN is none."""
    found: list[Identifier] = []
    for segment in scene.segments:
        accounts = [(m.start(), m.end()) for m in _IBAN.finditer(segment.text)]
        for pattern in (_VAT, _SWISS):
            for match in pattern.finditer(segment.text):
                if any(start <= match.start() < end for start, end in accounts):
                    continue
                value = re.sub(r"[\s.\-/]", "", match[0])
                if pattern is _SWISS and match.end() == len(segment.text):
                    value += _wrapped_suffix(scene, segment, value)
                found.append(Identifier(value, Place(segment, match.start(), match.end()), _is_checked(value)))
    return found


def _wrapped_suffix(scene: Scene, segment: Segment, value: str) -> str:
    """``MWST`` that found no room behind its number and stands alone in the next row."""
    following = scene.rows[segment.row + 1] if segment.row + 1 < len(scene.rows) else None
    if following is None or following.page != segment.page or following.y0 - segment.y1 > segment.height or value[-1].isalpha():
        return ""
    return following.text if following.text in ("MWST", "TVA", "IVA") else ""


def _is_checked(value: str) -> bool:
    if value.startswith("CHE"):
        from stdnum.ch import uid

        return bool(uid.is_valid(value[:12]))
    if value.startswith(("GB", "XI")):
        from stdnum.gb import vat as gb_vat

        return bool(gb_vat.is_valid(value[2:]))
    return bool(eu_vat.is_valid(value))


def find_tax_numbers(segment: Segment, start: int = 0) -> Iterator[Place]:
    """Runs of digits written like a German tax number, from a character on."""
    for match in _TAX_NUMBER.finditer(segment.text, start):
        yield Place(segment, match.start(), match.end())


def find_emails(segment: Segment) -> Iterator[Place]:
    for match in _EMAIL.finditer(segment.text):
        yield Place(segment, match.start(), match.end())
