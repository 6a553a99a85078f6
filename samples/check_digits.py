"""Invented identifiers with right check digits: VAT ids, IBANs, GLNs and GTINs of parties that do not exist."""

from collections.abc import Callable
from itertools import product

from stdnum import ean, iban
from stdnum.ch import uid as ch_uid
from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as gb_vat


def vat_id(country: str, stem: str) -> str:
    """The first valid VAT id, with its country prefix, that fills the ``?`` of ``stem``; ``ValueError`` if there is none.

    Swiss ids come as printed on invoices: ``CHE-123.456.788 MWST``.
    """
    if country == "CH":
        digits = _fill(stem, lambda text: bool(ch_uid.is_valid("CHE" + text)))
        return f"CHE-{digits[:3]}.{digits[3:6]}.{digits[6:]} MWST"
    if country == "GB":
        return "GB" + _fill(stem, lambda text: bool(gb_vat.is_valid(text)))
    return country + _fill(stem, lambda text: bool(eu_vat.is_valid(country + text)))


def iban_of(country: str, account: str) -> str:
    """IBAN of a national account number whose own check digits may be left open as ``?``."""

    def with_check_digits(bban: str) -> str:
        return country + f"{98 - _mod97(bban + country + '00'):02d}" + bban

    def is_valid(bban: str) -> bool:
        return bool(iban.is_valid(with_check_digits(bban))) and (country != "FR" or _has_french_key(bban))

    return with_check_digits(_fill(account, is_valid))


def gln(stem: str) -> str:
    """12 digits -> GLN or GTIN-13."""
    return stem + str(ean.calc_check_digit(stem))


def _has_french_key(bban: str) -> bool:
    """Clé RIB: 97 - (89 bank + 15 branch + 3 account) mod 97."""
    bank, branch, account, key = int(bban[:5]), int(bban[5:10]), int(bban[10:21]), int(bban[21:])
    return key == 97 - (89 * bank + 15 * branch + 3 * account) % 97


def _mod97(text: str) -> int:
    return int("".join(str(int(char, 36)) for char in text)) % 97


def _fill(stem: str, is_valid: Callable[[str], bool]) -> str:
    for digits in product("0123456789", repeat=stem.count("?")):
        pool = iter(digits)
        candidate = "".join(next(pool) if char == "?" else char for char in stem)
        if is_valid(candidate):
            return candidate
    raise ValueError(f"no check digits make {stem!r} valid")
