"""The fields of an invoice as a person fills them in: what needs a look first, then all others, each with its place on the page."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

from pipeline.web import typed
from pipeline.web.field_values import fields_table, path_label, value_at
from pipeline.web.rendering import Words
from schemas.evidence import Box

MOST_LINES = 200  # rows that become inputs at once; of a longer invoice only the rows with a finding
_PARTS: Mapping[str, Sequence[tuple[str, typed.Kind]]] = {
    "address": (
        *(("street", "text"), ("address_line_2", "text"), ("postcode", "text")),
        *(("city", "text"), ("country", "text")),
    ),
    "period": (("start", "date"), ("end", "date")),
    "terms": (("text", "text"), ("net_days", "count")),
}
LINE_FIELDS: Sequence[tuple[str, typed.Kind]] = (
    *(("id", "text"), ("name", "text"), ("quantity", "quantity"), ("unit", "text"), ("net_price", "amount")),
    *(("price_quantity", "quantity"), ("tax_rate", "quantity"), ("net_amount", "amount")),
    *(("purchase_order", "text"), ("purchase_order_line", "text")),
)
TAX_FIELDS: Sequence[tuple[str, typed.Kind]] = (
    *(("category", "text"), ("rate", "quantity"), ("basis", "amount"), ("amount", "amount")),
)


NOT_OF_THE_VALUE = ("MATCH-", "FRAUD-", "ENRICH-", "EXPORT-")
"""Findings that no correction of the value they name clears: they have acts of their own."""
CLEARED_BY_A_WORD = ("READ-", "FORM-")
"""Findings that go when a person says that the value is right as it was read."""


@dataclass(frozen=True)
class Spot:
    """A box on a page, in points from its top left."""

    page: int
    box: Box
    text: str


@dataclass(frozen=True)
class Entry:
    """One input. ``problem`` is the severity of the worst finding on it, ``said`` what the findings say."""

    path: str
    label: str
    kind: typed.Kind
    value: str
    spots: Sequence[Spot] = ()
    printed: str = ""
    proofs: Sequence[str] = ()
    problem: str = ""
    said: Sequence[str] = ()
    confirmable: bool = False
    typed: str | None = None
    """What the person typed and could not be kept."""
    trouble: str = ""

    @property
    def shown(self) -> str:
        return self.value if self.typed is None else self.typed

    @property
    def uncertain(self) -> bool:
        return bool(self.problem)


@dataclass(frozen=True)
class Entries:
    """``uncertain`` are to be looked at, errors first, then down the page; the others by section; ``empty`` says nothing so far."""

    uncertain: Sequence[Entry]
    sections: Sequence[tuple[str, Sequence[Entry]]]
    totals: Sequence[Entry]
    empty: Sequence[Entry]
    lines: Sequence[Mapping[str, Entry]]
    taxes: Sequence[Mapping[str, Entry]]

    @property
    def told(self) -> frozenset[tuple[str, str]]:
        """Path and message of the findings that stand beside the fields to be looked at."""
        return frozenset((entry.path, message) for entry in self.uncertain for message in entry.said)

    def __iter__(self) -> Iterator[Entry]:
        yield from self.uncertain
        for _, entries in self.sections:
            yield from entries
        yield from self.totals
        yield from self.empty
        for row in (*self.lines, *self.taxes):
            yield from row.values()


def build(data: Mapping[str, Any], w: Words, texts: Mapping[str, str], troubles: Mapping[str, str]) -> Entries:
    """Every field a person may change. ``texts``: what was typed before, ``troubles``: what is wrong with it, both by path."""
    found = {entry.path: entry for entry in _all(data, w)}
    for path, text in texts.items():
        if path in found:
            found[path] = replace(found[path], typed=text, trouble=troubles.get(path, ""))
    asked = [entry for entry in found.values() if entry.uncertain]
    asked.sort(key=lambda entry: (entry.problem != "error", entry.spots[0].page if entry.spots else 0, _height(entry)))
    first = {entry.path for entry in asked}
    rest = {path: entry for path, entry in found.items() if path not in first}
    table = fields_table()
    always = {*table["always"], *table["totals"]["always"]}

    def shown(paths: Iterable[str]) -> list[Entry]:
        return [rest[path] for path in paths if path in rest and (rest[path].shown or path in always)]

    sections = [(section["name"], shown(path for path, _ in _expanded(section["fields"]))) for section in table["section"]]
    told = {entry.path for _, of_section in sections for entry in of_section}
    totals = shown(table["totals"]["fields"])
    told |= {entry.path for entry in totals}
    return Entries(
        uncertain=asked,
        sections=[(name, of_section) for name, of_section in sections if of_section],
        totals=totals,
        empty=[entry for path, entry in rest.items() if path not in told and "[" not in path],
        lines=_rows("lines", found, first, data),
        taxes=_rows("tax_breakdown", found, first, data),
    )


def _height(entry: Entry) -> float:
    return entry.spots[0].box[1] if entry.spots else 0.0


def _expanded(fields: Sequence[Sequence[str]]) -> Iterator[tuple[str, typed.Kind]]:
    for path, kind in fields:
        if kind in _PARTS:
            yield from ((f"{path}.{part}", of_part) for part, of_part in _PARTS[kind])
        else:
            yield path, cast(typed.Kind, kind)


def _paths(stated: Mapping[str, Any], problems: Collection[str]) -> Iterator[tuple[str, typed.Kind]]:
    table = fields_table()
    for section in table["section"]:
        yield from _expanded(section["fields"])
    for path in table["totals"]["fields"]:
        yield path, "amount"
    for group, fields in (("lines", LINE_FIELDS), ("tax_breakdown", TAX_FIELDS)):
        for index in _shown_rows(group, len(stated[group]), problems):
            yield from ((f"{group}[{index}].{name}", kind) for name, kind in fields)


def _shown_rows(group: str, count: int, problems: Collection[str]) -> list[int]:
    """All rows of a table, or of a long one the first that have a finding."""
    if count <= MOST_LINES:
        return list(range(count))
    with_finding = {int(found[1]) for path in problems if (found := re.match(rf"{group}\[(\d{{1,6}})\]\.", path))}
    return sorted(index for index in with_finding if index < count)[:MOST_LINES]


def _all(data: Mapping[str, Any], w: Words) -> Iterator[Entry]:
    stated = data["invoice"]
    if not stated:
        return
    said: dict[str, list[Mapping[str, Any]]] = {}
    for finding in data["findings"]:
        if finding["severity"] != "info" and not finding["code"].startswith(NOT_OF_THE_VALUE):
            said.setdefault(finding["path"], []).append(finding)
    for path, kind in _paths(stated, said):
        yield _entry(path, kind, value_at(stated, path), data["evidence"].get(path, ()), said.get(path, ()), w)


def _entry(
    path: str,
    kind: typed.Kind,
    value: Any,
    evidence: Sequence[Mapping[str, Any]],
    said: Sequence[Mapping[str, Any]],
    w: Words,
) -> Entry:
    spots = [Spot(one["page"], tuple(one["box"]), one["text"]) for one in evidence if one["page"] and one["box"]]
    proofs = [w.t(f"proof.{proof}") for proof in dict.fromkeys(proof for one in evidence for proof in one["proofs"])]
    return Entry(
        path=path,
        label=path_label(path, w),
        kind=kind,
        value=written(value, kind, w),
        spots=spots[:3],
        printed=evidence[0]["text"][:120] if evidence else "",
        proofs=proofs,
        problem=min((one["severity"] for one in said), key=("error", "warning").index, default=""),
        said=[one["message"] for one in said],
        confirmable=any(one["code"].startswith(CLEARED_BY_A_WORD) for one in said),
    )


def written(value: Any, kind: typed.Kind, w: Words) -> str:
    """The value as it stands in an input: what is typed there and left alone must mean the same value again."""
    if value is None:
        return ""
    match kind:
        case "date":
            return w.day(value)
        case "amount" | "quantity":
            ways = (w.quantity(value), w.amount(value)) if kind == "quantity" else (w.amount(value),)
            return next((shown for shown in ways if _is_clear(shown)), f"{ways[-1]}0")  # 1.234 is asked, 1.2340 is not
        case "iban":
            return " ".join(value[start : start + 4] for start in range(0, len(value), 4))
        case _:
            return str(value)


def _is_clear(shown: str) -> bool:
    try:
        typed.number(shown)
    except typed.NotReadable:
        return False
    return True


def _rows(group: str, found: Mapping[str, Entry], first: Collection[str], data: Mapping[str, Any]) -> list[dict[str, Entry]]:
    """Rows of a table; a field that is asked above is only told here."""
    if not data["invoice"]:
        return []
    fields = LINE_FIELDS if group == "lines" else TAX_FIELDS
    rows = []
    for index in range(len(data["invoice"][group])):
        paths = {name: f"{group}[{index}].{name}" for name, _kind in fields}
        rows.append({name: found[path] for name, path in paths.items() if path in found and path not in first})
    return rows


@dataclass(frozen=True)
class Submission:
    """A form sent back: values that differ from what stands there, and values that are right as they were read."""

    values: Mapping[str, Any]
    confirmed: Sequence[str]
    texts: Mapping[str, str]
    troubles: Mapping[str, str]


def read_form(
    entries: Entries, stated: Mapping[str, Any], texts: Mapping[str, str], confirmed: Collection[str], today: date, w: Words
) -> Submission:
    """Compare what was sent with what stands there; only known paths are taken."""
    values: dict[str, Any] = {}
    kept: dict[str, str] = {}
    troubles: dict[str, str] = {}
    for entry in entries:
        text = texts.get(entry.path, entry.value)[: typed.MAX_TYPED]
        if text.strip() == entry.value.strip():
            continue
        kept[entry.path] = text
        try:
            values[entry.path] = typed.value_of(text, entry.kind, today)
        except typed.NotReadable as problem:
            troubles[entry.path] = w.t(f"typed.{problem.reason}")
    if "payment.iban" in values and value_at(stated, "payment.accounts[0]"):  # the list of accounts says the same
        values["payment.accounts[0].iban"] = values["payment.iban"]
    known = {entry.path for entry in entries}
    return Submission(values, [path for path in confirmed if path in known and path not in kept], kept, troubles)
