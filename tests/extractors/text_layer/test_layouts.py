"""Layouts by their property: the reader gets header, totals, tax and lines right, and nothing wrong is accepted."""

from collections.abc import Callable
from itertools import islice

import pytest

from benchmarks.seeds import CORE, LINES, judge
from samples.grammar import layout_of
from samples.layout import Layout

SEEDS = range(720_000, 720_400)
PROPERTIES: dict[str, Callable[[Layout], bool]] = {
    "labels with values instead of a table": lambda layout: layout.table == "form" and layout.colon == ":",
    "both parties side by side": lambda layout: layout.parties == "side-by-side",
    "groups with subtotals": lambda layout: layout.group_size > 0 and layout.table != "form",
    "no head over the items": lambda layout: not layout.table_head and "discount" not in layout.columns,
    "tax and gross in every line": lambda layout: "tax_amount" in layout.columns,
    "prices with tax only": lambda layout: "price_gross" in layout.columns,
    "taxes left of the totals": lambda layout: layout.tax_table and layout.tax_table_beside,
    **{f"language {name}": lambda layout, name=name: layout.language == name for name in ("pl", "cs", "da", "sv")},
}


@pytest.mark.parametrize("name", PROPERTIES)
def test_layout_is_read(name: str) -> None:
    wanted = PROPERTIES[name]
    seeds = list(islice((seed for seed in SEEDS if wanted(layout := layout_of(seed)) and not layout.watermark), 4))
    judged = [judge(seed, "none") for seed in seeds]
    assert len(judged) >= 3
    assert [one.wrong for one in judged if one.accepted and one.wrong] == []
    assert sum(one.is_right(CORE, LINES) for one in judged) >= len(judged) - 1, [
        (one.name, one.missed, one.wrong) for one in judged
    ]
