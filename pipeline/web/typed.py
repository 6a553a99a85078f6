"""What a person types into a field -> the value, as JSON. Both ways of writing numbers are understood; what could be two is asked."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from schemas.identifiers import compact

Kind = Literal["text", "date", "amount", "quantity", "iban", "count"]
Reason = Literal["date", "number", "ambiguous-number", "count"]

MAX_TYPED = 2000
_DAY_FIRST = re.compile(r"(\d{1,2})[./\- ]+(\d{1,2})[./\- ]*(\d{2}|\d{4})?[.]?")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_NAMED = re.compile(r"(\d{1,2})\.? ([A-Za-zÄÖÜäöü]+)\.? (\d{4})")
_GROUPED = re.compile(r"[1-9]\d{0,2}([.,' ])\d{3}(\1\d{3})*")
_SPACES = re.compile("[\u00a0\u2009\u202f'\u2019]")
_MONTHS = ("jan", "feb", "mar|mär", "apr", "may|mai", "jun", "jul", "aug", "sep", "oct|okt", "nov", "dec|dez")


class NotReadable(ValueError):
    """``reason`` names the sentence that tells the person how to write it."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def value_of(text: str, kind: Kind, today: date) -> str | int | None:
    """The value, ``None`` for an empty field. Raises ``NotReadable``."""
    text = text.strip()
    if not text:
        return None
    match kind:
        case "date":
            return day(text, today).isoformat()
        case "amount" | "quantity":
            return number(text)
        case "iban":
            return compact(text)
        case "count":
            if not (text.isascii() and text.isdecimal()) or len(text) > 4:
                raise NotReadable("count")
            return int(text)
        case "text":
            return text


def number(text: str) -> str:
    """``1.234,56``, ``1,234.56``, ``1 234,56``, ``1234.5`` -> plain decimal text.

    ``1.234`` is a thousand to some people and one to others: it is asked, never guessed.
    """
    written = _SPACES.sub(" ", text).strip().replace("\u2212", "-")
    sign = "-" if written.startswith("-") or written.endswith("-") else ""
    written = written.strip("+- ")
    marks = [mark for mark in written if mark in ".,"]
    if len(set(marks)) == 2:
        whole, fraction = written[: written.rindex(marks[-1])], written[written.rindex(marks[-1]) + 1 :]
        if marks.count(marks[-1]) > 1 or not _GROUPED.fullmatch(whole):
            raise NotReadable("number")
        written = f"{re.sub(r'[., ]', '', whole)}.{fraction}"
    elif len(marks) > 1:
        if not _GROUPED.fullmatch(written):
            raise NotReadable("number")
        written = re.sub(r"[., ]", "", written)
    elif marks:
        if _GROUPED.fullmatch(written):
            raise NotReadable("ambiguous-number")
        written = written.replace(marks[0], ".")
    if " " in written:
        whole, point, fraction = written.partition(".")
        if not _GROUPED.fullmatch(whole):
            raise NotReadable("number")
        written = whole.replace(" ", "") + point + fraction
    if not re.fullmatch(r"\d{1,15}(\.\d{1,10})?", written):
        raise NotReadable("number")
    try:
        return sign + str(Decimal(written))
    except InvalidOperation as problem:  # pragma: no cover  the pattern leaves only numbers
        raise NotReadable("number") from problem


def day(text: str, today: date) -> date:
    """``15.12.2026``, ``15.12.``, ``15/12/26``, ``2026-12-15``, ``15 Dec 2026``; without a year the nearest such day."""
    if found := _YEAR_FIRST.fullmatch(text):
        return _made(int(found[1]), int(found[2]), int(found[3]))
    if found := _NAMED.fullmatch(text):
        months = [place for place, names in enumerate(_MONTHS, start=1) if re.match(names, found[2].lower())]
        if not months:
            raise NotReadable("date")
        return _made(int(found[3]), months[0], int(found[1]))
    found = _DAY_FIRST.fullmatch(text)
    if found is None:
        raise NotReadable("date")
    number, month = int(found[1]), int(found[2])
    if found[3] is not None:
        return _made(int(found[3]) + (2000 if len(found[3]) == 2 else 0), month, number)
    near = []
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            near.append(date(year, month, number))
        except ValueError:
            continue
    if not near:
        raise NotReadable("date")
    return min(near, key=lambda one: abs(one - today))


def _made(year: int, month: int, number: int) -> date:
    try:
        return date(year, month, number)
    except ValueError as problem:
        raise NotReadable("date") from problem
