"""How alike are two invoice numbers? Typing errors, look-alike characters, suffixes; and the plain next number of a series."""

import re
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from schemas.identifiers import canonical_number, compact

_LOOK_ALIKE = str.maketrans("OQILSBZG", "00115826")
_RUN = re.compile(r"\d+")
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


def compare(one: str | None, other: str | None) -> Likeness:
    """Likeness of two numbers as printed. Missing numbers are not alike."""
    first, second = compact(one)[:MAX_NUMBER], compact(other)[:MAX_NUMBER]
    if not first or not second:
        return Likeness()
    if first == second or canonical_number(one) == canonical_number(other):
        return Likeness(same=True, root=True)
    alike = first.translate(_LOOK_ALIKE) == second.translate(_LOOK_ALIKE)
    root = _root(one)
    root_equal = root == _root(other) and len(root) >= LEAST_ROOT
    distance = OSA.distance(first, second, score_cutoff=1)
    return Likeness(root=alike or root_equal, typo=distance <= 1, step=_step(_plain(one), _plain(other)))


def _plain(number: str | None) -> str:
    return (number or "").strip().upper()[:MAX_NUMBER]


def _root(number: str | None) -> str:
    """The digits without leading zeros and without a short tail: ``0012345`` and ``12345RE`` and ``12345-2`` have one root.
    A year alone (``JAN2026``) is none."""
    text = re.sub(r"(?<=\d{4})[-/._ ]\d$", "", (number or "")[:MAX_NUMBER].strip())
    runs = [run.lstrip("0") or "0" for run in _RUN.findall(text)]
    return "" if len(runs) == 1 and _YEAR.fullmatch(runs[0]) else "".join(runs)


def _step(first: str, second: str) -> int | None:
    """Difference of the last run of digits where all else is equal: ``RE104`` to ``RE107`` is 3; ``None`` for other pairs."""
    one, other = _split(first), _split(second)
    if one is None or other is None or one[0] != other[0] or one[2] != other[2]:
        return None
    return int(other[1]) - int(one[1])


def _split(number: str) -> tuple[str, str, str] | None:
    runs = list(_RUN.finditer(number))
    if not runs:
        return None
    last = runs[-1]
    return number[: last.start()], last[0], number[last.end() :]
