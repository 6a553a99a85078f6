"""Paths of an invoice's fields: which ones the pages show, what is at a path, and what people call it."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from pipeline.web.rendering import Words

_ROW_PATH = re.compile(r"(lines|tax_breakdown|allowances|charges)\[(\d+)\](?:\.(\w+))?(.*)")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


@cache
def fields_table() -> dict[str, Any]:
    """fields.toml: sections, their paths with kinds, and the totals."""
    return tomllib.loads((files("pipeline.web") / "fields.toml").read_text("utf-8"))


def value_at(stated: Mapping[str, Any], path: str) -> Any:
    """The value at ``seller.vat_id`` or ``lines[2].quantity``; ``None`` where there is none."""
    value: Any = stated
    for name, index in _STEP.findall(path):
        if name:
            value = value.get(name) if isinstance(value, dict) else None
        else:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
    return value


def path_label(path: str, w: Words) -> str:
    """``lines[1].net_amount`` -> ``Line 2: Net amount``; a path nobody named stays as it is."""
    if not path:
        return w.t("field.document")
    if found := _ROW_PATH.fullmatch(path):
        group, index, field, rest = found.groups()
        outer = w.t(f"field.{group}", n=int(index) + 1)
        if not field:
            return outer
        return f"{outer}: {w.t.known(f'field.line.{field}', field)}{rest}"
    last = path.rpartition(".")[2]
    return w.t.known(f"field.{path}", w.t.known(f"field.part.{last}", path))
