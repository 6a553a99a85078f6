"""Check digits of the registers whose numbers stand in e-invoices. Pure functions of text; none raises.

Sources: GS1 General Specifications (GLN), Brønnøysund register (mod 11), Crossroads Bank for Enterprises (mod 97), Bolagsverket (Luhn),
Australian Business Register (mod 89), Agenzia delle Entrate (partita IVA, codice fiscale), AADE (Greek tax number).
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

_FISCAL_CODE = re.compile(r"[A-Za-z]{6}[0-9]{2}[A-Za-z][0-9]{2}.{3}[0-9][A-Za-z]")
_ABN_WEIGHTS = (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)
DIGITS = re.compile(r"[0-9]+")


def _digits(text: str, length: int | None = None) -> list[int]:
    """The digits of a number, none where it is something else or has another length."""
    if not DIGITS.fullmatch(text) or (length is not None and len(text) != length):
        return []
    return [int(sign) for sign in text]


def is_gln(text: str) -> bool:
    """GS1: weights 3 and 1 from the right; any length, as the official test has it."""
    digits = _digits(text)
    if not digits:
        return False
    *body, check = digits
    return (10 - sum(digit * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body))) % 10) % 10 == check


def is_norwegian(text: str) -> bool:
    """Nine digits, weights 2 to 7 from the right, modulo 11."""
    digits = _digits(text, 9)
    if not digits or not any(digits):
        return False
    *body, check = digits
    return (11 - sum(digit * (place % 6 + 2) for place, digit in enumerate(reversed(body))) % 11) % 11 == check


def is_danish(text: str) -> bool:
    """CVR number: DK and eight digits."""
    return re.fullmatch(r"DK[0-9]{8}", text) is not None


def is_belgian(text: str) -> bool:
    """Ten digits, the last two are 97 minus the rest modulo 97."""
    return bool(_digits(text, 10)) and int(text[8:]) == 97 - int(text[:8]) % 97


def is_ipa_code(text: str) -> bool:
    """Codice univoco: six letters or digits."""
    return re.fullmatch(r"[A-Za-z0-9]{6}", text) is not None


def is_fiscal_code(text: str) -> bool:
    """Codice fiscale: 16 characters of a person, or 11 digits."""
    return bool(_FISCAL_CODE.fullmatch(text)) if len(text) == 16 else bool(_digits(text, 11))


def is_partita_iva(text: str) -> bool:
    """Eleven digits behind IT, Luhn; numbers of other countries pass."""
    if text[:2].upper() != "IT":
        return True
    digits = _digits(text[2:], 11)
    return bool(digits) and sum(_doubled(digit) if place % 2 else digit for place, digit in enumerate(digits)) % 10 == 0


def _doubled(digit: int) -> int:
    return digit * 2 - (9 if digit > 4 else 0)


def is_swedish(text: str) -> bool:
    """Ten digits, Luhn."""
    digits = _digits(text, 10)
    return bool(digits) and sum(digit if place % 2 else _doubled(digit) for place, digit in enumerate(digits)) % 10 == 0


def is_australian(text: str) -> bool:
    """ABN: eleven digits, one less in the first, weighted, modulo 89."""
    digits = _digits(text, 11)
    return bool(digits) and (sum(map(int.__mul__, digits, _ABN_WEIGHTS)) - _ABN_WEIGHTS[0]) % 89 == 0


def is_greek(text: str) -> bool:
    """Tax number: the first eight digits weighted by powers of two, modulo 11, modulo 10, give the ninth."""
    digits = _digits(text[:9], 9)
    return bool(digits) and sum(digit << (8 - place) for place, digit in enumerate(digits[:8])) % 11 % 10 == digits[8]


CHECKS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "gln": is_gln,
        "norwegian": is_norwegian,
        "danish": is_danish,
        "belgian": is_belgian,
        "ipa-code": is_ipa_code,
        "fiscal-code": is_fiscal_code,
        "partita-iva": is_partita_iva,
        "swedish": is_swedish,
        "australian": is_australian,
        "greek": is_greek,
    }
)
"""By the names the tables use."""
