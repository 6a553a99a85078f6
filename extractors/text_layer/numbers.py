"""Numbers as suppliers write them.

``1.234,56`` ``1,234.56`` ``1'234.50`` ``1 234,56`` ``189,00-`` ``(35,13)`` ``-5`` with U+2212 ``0`` ``10`` ``300,-`` and four
decimals. What a lone separator before three digits means is not decided here: both readings are kept, the document decides.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Style = Literal["comma", "point"]

GROUP = r"\d{1,3}(?:[.,'’´` ]\d{3})+(?:[.,]\d{1,6})?"
PLAIN = r"\d{1,12}(?:[.,]\d{1,6})?"
INDIAN = r"\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d{1,4})?"
BARE = r"[.,]\d{1,4}"
NUMBER = rf"(?:{INDIAN}|{GROUP}|{PLAIN}|{BARE})(?!\d)(?:,--?|\.--?|,[-–—])?"
_SEPARATORS = re.compile(r"[.,]")
_APOSTROPHES = re.compile(r"['’´` ]")


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a number. ``style`` is the decimal mark it implies; ``None`` where the text does not show one."""

    value: Decimal
    decimals: int
    style: Style | None


def readings(text: str) -> tuple[Reading, ...]:
    """All readings of an unsigned number, the more usual one first. Empty for what is no number.

    >>> [str(r.value) for r in readings("1.234,56")]
    ['1234.56']
    >>> [str(r.value) for r in readings("1.234")]
    ['1234', '1.234']
    """
    body = re.sub(r"[.,](?:--?|[-–—])$", "", text)
    body = _APOSTROPHES.sub("", body)
    marks = _SEPARATORS.findall(body)
    if not re.fullmatch(r"[\d.,]+", body) or not any(c.isdigit() for c in body):
        return ()
    if not marks:
        grouped = "point" if re.search(r"['’´`]", text) else None
        return (Reading(Decimal(body), 0, grouped),)  # type: ignore[arg-type]
    if len(set(marks)) == 2:
        mark = marks[-1]
        if marks.count(mark) > 1:
            return ()
        return (_decimal(body, mark),)
    mark = marks[0]
    whole, _, fraction = body.rpartition(mark)
    if len(marks) > 1:
        return (_grouped(body, mark),) if all(len(part) in (2, 3) for part in body.split(mark)[1:]) else ()
    if len(fraction) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0") and not _APOSTROPHES.search(text):
        return (_grouped(body, mark), _decimal(body, mark))
    return (_decimal(body, mark),)


def _decimal(body: str, mark: str) -> Reading:
    whole, _, fraction = body.rpartition(mark)
    digits = _SEPARATORS.sub("", whole) or "0"
    return Reading(Decimal(f"{digits}.{fraction}"), len(fraction), "comma" if mark == "," else "point")


def _grouped(body: str, mark: str) -> Reading:
    return Reading(Decimal(body.replace(mark, "")), 0, "point" if mark == "," else "comma")


def choose_style(texts: list[str]) -> Style | None:
    """The decimal mark of a document: what its unambiguous numbers show, those with two decimals counting most."""
    votes = {"comma": 0, "point": 0}
    for text in texts:
        found = readings(text)
        if len(found) == 1 and found[0].style is not None:
            votes[found[0].style] += 3 if found[0].decimals == 2 or len(_SEPARATORS.findall(text)) > 1 else 1
    if votes["comma"] == votes["point"]:
        return None
    return "comma" if votes["comma"] > votes["point"] else "point"


def order_readings(found: tuple[Reading, ...], style: Style | None) -> tuple[Reading, ...]:
    """Put the reading first that fits the document's decimal mark."""
    if style is None or len(found) < 2:
        return found
    return tuple(sorted(found, key=lambda reading: reading.style != style))
