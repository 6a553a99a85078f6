"""Field tables: what a target documents about its fields, and values brought into that form. Nothing is cut or rounded.

A table is a CSV file of the package: ``record,field,kind,length,scale,pad,need,meaning[,pattern]``. Kinds:

    text      characters, at most ``length``            alpha    text; digits alone are filled with zeros to ``pad``
    digits    digits, filled with zeros to ``length``   number   digits, not filled
    date      YYYYMMDD   date-iso YYYY-MM-DD            date-ms  /Date(milliseconds)/
    date-ddmm DDMM       date-ddmmyyyy DDMMYYYY
    amount    decimal without sign, ``length`` digits of which ``scale`` behind the point, at least two shown
    quantity  decimal without sign or zeros at the end  signed   amount with a sign
    flag      X or empty                                boolean  true or false

``need`` is ``must`` (refuse without), ``may`` or ``drop`` (a text nobody books by: left out whole where it does not fit).
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from unicodedata import category

from exporters.errors import DoesNotFit
from schemas.money import plain

Value = str | Decimal | date | bool | int


LINE_ENDS = ("Zl", "Zp")
DATES = {"date": "%Y%m%d", "date-iso": "%Y-%m-%d", "date-ddmm": "%d%m", "date-ddmmyyyy": "%d%m%Y"}


@dataclass(frozen=True)
class Field:
    record: str
    name: str
    kind: str
    length: int
    scale: int
    pad: int
    need: str
    meaning: str
    pattern: str = ""


def read_rows(package: str, name: str) -> list[dict[str, str]]:
    """The rows of a CSV file of a package."""
    text = files(package).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def table(package: str, name: str) -> Mapping[str, Mapping[str, Field]]:
    """Record -> field name -> field, in the order of the file."""
    found: dict[str, dict[str, Field]] = {}
    for row in read_rows(package, name):
        field = Field(
            row["record"],
            row["field"],
            row["kind"],
            int(row["length"] or 0),
            int(row["scale"] or 0),
            int(row["pad"] or 0),
            row["need"],
            row["meaning"],
            row.get("pattern") or "",
        )
        found.setdefault(field.record, {})[field.name] = field
    return MappingProxyType({record: MappingProxyType(fields) for record, fields in found.items()})


def render(field: Field, value: Value, path: str, point: str = ".") -> str | bool:
    """The value as the field takes it. Raises ``DoesNotFit`` that names ``path`` and the field of the target."""
    where = f"{field.record}-{field.name}".lstrip("-")
    if isinstance(value, bool):
        if field.kind == "boolean":
            return value
        return "X" if value else ""
    if isinstance(value, date):
        if field.kind == "date-ms":
            moment = datetime(value.year, value.month, value.day, tzinfo=UTC)
            return f"/Date({int(moment.timestamp()) * 1000})/"
        return value.strftime(DATES[field.kind])
    if isinstance(value, Decimal):
        return _number(field, value, path, where).replace(".", point)
    return _text(field, str(value), path, where)


def _text(field: Field, value: str, path: str, where: str) -> str:
    text = value.strip()
    if field.kind in ("digits", "number"):
        if not (text.isascii() and text.isdigit()):
            raise DoesNotFit(path, value, f"{where} takes digits only")
        text = text.zfill(field.length) if field.kind == "digits" else text
    elif field.kind == "alpha" and text.isascii() and text.isdigit():
        text = text.zfill(field.pad or field.length)
    if len(text) > field.length:
        raise DoesNotFit(path, value, f"{where} takes at most {field.length} characters, this has {len(text)}")
    if any(category(character)[0] == "C" or category(character) in LINE_ENDS for character in text):
        raise DoesNotFit(path, value, f"{where} takes no control characters and no line ends")
    if field.pattern and not re.fullmatch(field.pattern, text, re.ASCII):
        raise DoesNotFit(path, value, f"{where} takes only {field.pattern}")
    return text


def _number(field: Field, value: Decimal, path: str, where: str) -> str:
    if value < 0 and field.kind != "signed":
        raise DoesNotFit(path, plain(value), f"{where} takes no negative amount")
    shown = plain(value)
    whole, _, fraction = shown.lstrip("-").partition(".")
    fraction = fraction.rstrip("0").ljust(0 if field.kind == "quantity" else min(2, field.scale), "0")
    whole = whole.lstrip("0") or "0"
    if len(fraction) > field.scale:
        raise DoesNotFit(path, shown, f"{where} takes at most {field.scale} decimals")
    if len(whole) > field.length - field.scale:
        raise DoesNotFit(path, shown, f"{where} takes at most {field.length - field.scale} digits before the point")
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


@dataclass(frozen=True)
class Stated:
    """A value for a field, and the path of the invoice or posting it comes from."""

    value: Value | None
    path: str


Given = Mapping[str, Stated]


def fill(fields: Mapping[str, Field], given: Given, left_out: list[str], point: str = ".") -> dict[str, str | bool]:
    """The fields of one record that have a value, in the order of the table. Raises ``DoesNotFit``.

    A name that the table does not have is a mistake of the writer (``KeyError``), never a field of its own.
    """
    for name in given:
        if name not in fields:
            raise KeyError(f"{name} is no documented field")
    filled: dict[str, str | bool] = {}
    for name, field in fields.items():
        stated = given.get(name)
        if stated is None or stated.value is None or stated.value == "":
            if field.need == "must":
                raise DoesNotFit(stated.path if stated else name, "", f"{field.record}-{name} cannot be empty".lstrip("-"))
            continue
        try:
            shown = render(field, stated.value, stated.path, point)
        except DoesNotFit:
            if field.need != "drop":
                raise
            left_out.append(stated.path)
            continue
        if shown != "":
            filled[name] = shown
    return filled
