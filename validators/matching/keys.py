"""How numbers of orders, lines, items and delivery notes are compared: printed forms differ, the number is the same."""

import re
from collections.abc import Iterable
from functools import lru_cache

from stdnum import ean
from stdnum.exceptions import ValidationError

from schemas.master import PurchaseOrderLine

MAX_NUMBER_LENGTH = 60
"""Longer strings are no order, item or delivery note number; they only cost time."""
_SEPARATORS = re.compile(r"[^0-9A-Z]+")


@lru_cache(maxsize=65536)
def number_key(number: str) -> str:
    """Upper case, no separators, no leading zeros: ``45 0001 2345`` -> ``4500012345``, ``LS-0815`` -> ``LS0815``."""
    return _SEPARATORS.sub("", number[:MAX_NUMBER_LENGTH].upper()).lstrip("0")


@lru_cache(maxsize=65536)
def line_key(line: str) -> str:
    """``00010`` -> ``10`` (SAP EBELP is zero-padded)."""
    return number_key(line)


@lru_cache(maxsize=65536)
def gtin_key(gtin: str) -> str | None:
    """GTIN-8/12/13/14 padded to 14 digits; ``None`` when length or check digit are wrong."""
    digits = re.sub(r"[\s-]", "", gtin[:MAX_NUMBER_LENGTH])
    try:
        return str(ean.validate(digits)).zfill(14)
    except ValidationError:
        return None


OrderKey = tuple[str, str]
"""Compared order number and line."""


def order_key(order_line: PurchaseOrderLine) -> OrderKey:
    return number_key(order_line.po_number), line_key(order_line.po_line)


def note_key(note: str | None) -> str:
    """A delivery note number as compared; empty: none is stated."""
    return number_key(note or "")


def resolve_notes(named: Iterable[str], known: Iterable[str]) -> frozenset[str]:
    """The ``known`` delivery notes (compared form) that ``named`` ones mean.

    The whole number decides; where it is not known, its last digits do (``LS 240815`` for ``240815``), if they are at least four
    and only one note ends in them. A name that means none stands for itself.
    """
    keys = frozenset(filter(None, known))
    meant = set()
    for name in filter(None, map(note_key, named)):
        by_digits = {key for key in keys if _number_part(key) == _number_part(name)} if len(_number_part(name)) >= 4 else set()
        meant.add(next(iter(by_digits)) if name not in keys and len(by_digits) == 1 else name)
    return frozenset(meant)


def _number_part(key: str) -> str:
    return key.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ").lstrip("0")


def order_line_name(po_number: str, po_line: str) -> str:
    """``PO/line``, as alternatives are listed."""
    return f"{po_number}/{po_line}"
