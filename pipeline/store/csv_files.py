"""Master data from a folder of CSV files (CONTRACT section 5), judged completely before anything is kept.

Every problem names file, line, column and reason. Lines are counted as in an editor: the header is line 1.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline.errors import MasterDataError
from schemas.master import MASTER_FILES, MASTER_KEYS, OPTIONAL_FILES, Row

MAX_FILE_BYTES = 512_000_000

_FIELD_OF = {field.alias: name for model in MASTER_FILES.values() for name, field in model.model_fields.items() if field.alias}


@dataclass
class Loaded:
    """Rows per file stem as (key, record, further columns). Files that are absent are absent here too."""

    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    extra: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)


def key_of(file: str, record: Row) -> str:
    """The values of the key columns, joined by a character no CSV value holds."""
    return "\x1f".join(str(getattr(record, _FIELD_OF.get(column, column)) or "") for column in MASTER_KEYS[file])


def load(folder: Path, known: Mapping[str, Callable[[str], bool]] | None = None) -> Loaded:
    """Read and judge a folder. ``known`` says, per file stem, whether a key is already in the store (for references).

    Raises ``MasterDataError`` with all problems.
    """
    problems: list[str] = []
    loaded = Loaded()
    present = [stem for stem in MASTER_FILES if (folder / f"{stem}.csv").exists()]
    if not present:
        raise MasterDataError([f"{folder.name}: no master data here; expected companies.csv, vendors.csv, ..."])
    if known is None:
        problems += [
            f"{s}.csv: missing; an empty file with its header is enough"
            for s in MASTER_FILES
            if s not in present and s not in OPTIONAL_FILES
        ]
    for stem in present:
        _load_file(folder / f"{stem}.csv", stem, loaded, problems)
    if not problems:
        problems += _dangling(loaded, known or {})
    if problems:
        raise MasterDataError(problems)
    return loaded


def _load_file(file: Path, stem: str, loaded: Loaded, problems: list[str]) -> None:
    model = MASTER_FILES[stem]
    if file.stat().st_size > MAX_FILE_BYTES:
        problems.append(f"{file.name}: larger than {MAX_FILE_BYTES // 1_000_000} MB")
        return
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        problems.append(f"{file.name}: not UTF-8 (byte {problem.start}); save the file as UTF-8")
        return
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [name.strip() for name in next(reader, [])]
        columns = _columns(model)
        missing = [c for c in columns if c not in header and columns[c]]
        if missing:
            problems.append(f"{file.name}, line 1: missing column(s) {', '.join(missing)}")
            return
        if len(set(header)) != len(header):
            problems.append(f"{file.name}, line 1: a column name stands there twice")
            return
        rows: dict[str, Row] = {}
        extra: dict[str, dict[str, str]] = {}
        for values in reader:
            if values and any(v.strip() for v in values):
                _load_row(values, header, reader.line_num, file.name, stem, rows, extra, problems)
        loaded.rows[stem], loaded.extra[stem] = rows, extra
    except csv.Error as problem:
        problems.append(f"{file.name}, line {reader.line_num}: {problem}")


def _columns(model: type[Row]) -> dict[str, bool]:
    """CSV column -> whether the header must have it. Fields that say ``"optional": True`` may be left out."""
    columns = {}
    for name, column in model.model_fields.items():
        more = column.json_schema_extra
        columns[column.alias or name] = not (isinstance(more, dict) and more.get("optional"))
    return columns


def _load_row(
    values: list[str],
    header: list[str],
    line: int,
    file: str,
    stem: str,
    rows: dict[str, Row],
    extra: dict[str, dict[str, str]],
    problems: list[str],
) -> None:
    model = MASTER_FILES[stem]
    if len(values) != len(header):
        problems.append(f"{file}, line {line}: {len(values)} values, the header has {len(header)} columns")
        return
    if any(ord(c) < 32 and c not in "\t\n" for value in values for c in value):
        problems.append(f"{file}, line {line}: a control character")
        return
    cells = {name: value.strip() for name, value in zip(header, values, strict=True)}
    known = _columns(model)
    try:
        record = model.model_validate({name: value for name, value in cells.items() if value and name in known})
    except ValidationError as problem:
        for found in problem.errors():
            column = str(found["loc"][0]) if found["loc"] else "?"
            stated = cells.get(column, "")
            reason = "is empty" if found["type"] == "missing" else f"{stated!r}: {found['msg'].removeprefix('Value error, ')}"
            problems.append(f"{file}, line {line}, column {column}: {reason}")
        return
    problems += [f"{file}, line {line}, column {column}: {reason}" for column, reason in _judge(record)]
    key = key_of(stem, record)
    if key in rows:
        problems.append(f"{file}, line {line}, column {MASTER_KEYS[stem][0]}: duplicate of {key.replace(chr(31), ' / ')}")
        return
    rows[key] = record
    further = {name: value for name, value in cells.items() if name not in known and value}
    if further:
        extra[key] = further


def _judge(record: Row) -> Iterable[tuple[str, str]]:
    """What the types alone cannot see: currencies and countries must exist, dates must be in order."""
    currency = getattr(record, "currency", None)
    if currency is not None and currency not in _currencies():
        yield "currency", f"{currency!r} is not an ISO 4217 code"
    country = getattr(record, "country", None)
    if country is not None and not (len(country) == 2 and country.isascii() and country.isupper()):
        yield "country", f"{country!r} is not an ISO 3166-1 code such as DE"
    for column in ("unit", "price_unit", "from_unit", "to_unit"):
        unit = getattr(record, column, None)
        if unit is not None and not (unit.isascii() and unit.isalnum() and len(unit) <= 3):
            yield column, f"{unit!r} is not a UN/ECE Rec 20 code such as H87 or KGM"
    start, end = getattr(record, "valid_from", None), getattr(record, "valid_to", None)
    if start and end and end < start:
        yield "valid_to", f"{end} is before valid_from {start}"


def _currencies() -> frozenset[str]:
    from babel.numbers import list_currencies

    return frozenset(list_currencies())


# file, column(s) -> file whose key they must be
_REFERENCES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("vendor_banks", ("vendor_number",), "vendors"),
    ("purchase_orders", ("vendor_number",), "vendors"),
    ("purchase_orders", ("company_code",), "companies"),
    ("goods_receipts", ("po_number", "po_line"), "purchase_orders"),
    ("gl_accounts", ("company_code",), "companies"),
    ("cost_objects", ("company_code",), "companies"),
    ("tax_codes", ("company_code",), "companies"),
)


def _dangling(loaded: Loaded, known: Mapping[str, Callable[[str], bool]]) -> list[str]:
    problems: list[str] = []
    for stem, columns, target in _REFERENCES:
        there = loaded.rows.get(target, {})
        is_known = known.get(target, _knows_nothing)
        for number, record in enumerate(loaded.rows.get(stem, {}).values(), start=2):
            values: list[Any] = [getattr(record, column) for column in columns]
            key = "\x1f".join(map(str, values))
            if key not in there and not is_known(key):
                problems.append(
                    f"{stem}.csv, line {number}, column {columns[0]}: {' / '.join(map(str, values))} is not in {target}.csv"
                )
    return problems


def _knows_nothing(_key: str) -> bool:
    return False
