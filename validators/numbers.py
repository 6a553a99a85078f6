"""How alike are two invoice numbers? Typing errors, look-alike characters, suffixes; and the plain next number of a series."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from schemas.identifiers import canonical_number, compact

_LOOK_ALIKE = str.maketrans("OQILSBZG", "00115826")
_RUN = re.compile(r"\d+")
_TAIL = re.compile(r"(?<=\d{4})[-/._ ]\d$")
_YEAR = re.compile(r"(19|20)\d\d")
MAX_NUMBER = 60
LEAST_ROOT = 3
"""A shorter run of digits is no root: ``A1`` and ``B1`` have nothing in common."""


@dataclass(frozen=True)
class Likeness:
    """``same``: one number. ``root``: one number with other letters around it, or look-alike characters. ``typo``: one slip
    away (a character more, less, changed or two swapped). ``step``: the slip may as well be the next number of the series."""

    same: bool = False
    root: bool = False
    typo: bool = False
    step: int | None = None


class Forms(NamedTuple):
    """One number in the forms in which it is compared."""

    compact: str
    canonical: str
    look_alike: str
    root: str
    split: tuple[str, str, str] | None


def compare(one: str | None, other: str | None) -> Likeness:
    """Likeness of two numbers as printed. Missing numbers are not alike."""
    first, second = forms(one), forms(other)
    if not first.compact or not second.compact:
        return Likeness()
    if first.compact == second.compact or first.canonical == second.canonical:
        return Likeness(same=True, root=True)
    alike = first.look_alike == second.look_alike
    root = first.root == second.root and len(first.root) >= LEAST_ROOT
    typo = OSA.distance(first.compact[:MAX_NUMBER], second.compact[:MAX_NUMBER], score_cutoff=1) <= 1
    return Likeness(root=alike or root, typo=typo, step=_step(first, second))


@lru_cache(maxsize=20_000)
def forms(number: str | None) -> Forms:
    """Forms of a number; kept, because every known number is compared with every new one."""
    text = (number or "").strip()
    short = compact(text)
    plain = text.upper()[:MAX_NUMBER]
    return Forms(short, canonical_number(text), short[:MAX_NUMBER].translate(_LOOK_ALIKE), _root(plain), _split(plain))


def _root(number: str) -> str:
    """The digits without leading zeros and without a short tail: ``0012345`` and ``12345RE`` and ``12345-2`` have one root.
    A year alone (``JAN2026``) is none."""
    runs = [run.lstrip("0") or "0" for run in _RUN.findall(_TAIL.sub("", number))]
    return "" if len(runs) == 1 and _YEAR.fullmatch(runs[0]) else "".join(runs)


def _step(first: Forms, second: Forms) -> int | None:
    """Difference of the last run of digits where all else is equal: ``RE104`` to ``RE107`` is 3; ``None`` for other pairs."""
    one, other = first.split, second.split
    if one is None or other is None or one[0] != other[0] or one[2] != other[2]:
        return None
    return int(other[1]) - int(one[1])


def _split(number: str) -> tuple[str, str, str] | None:
    runs = list(_RUN.finditer(number))
    if not runs:
        return None
    last = runs[-1]
    return number[: last.start()], last[0], number[last.end() :]
