"""The tables of this package: units, tolerance keys and words are data, read once from ``data/``."""

import csv
from functools import cache
from importlib.resources import files


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Rows of ``data/<name>.csv`` in file order; lines that start with ``#`` are remarks."""
    text = files("validators.matching").joinpath(f"data/{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(line for line in text.splitlines() if line and not line.startswith("#")))
