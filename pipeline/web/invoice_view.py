"""One invoice as a person sees it: values with their place on the page, lines, match, posting, findings, files."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from pipeline.acts.clearing import is_dismissible
from pipeline.outcome import outcome
from pipeline.store import queries
from pipeline.web.field_values import fields_table, path_label, value_at
from pipeline.web.reasons import code_label, say_again, tone_of
from pipeline.web.rendering import Words

MOST_EVIDENCE_TEXT = 60
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Place:
    """Where a value stands: short words for the cell, everything else for the tooltip; the proofs by name."""

    where: str
    text: str
    detail: str
    proofs: Sequence[str]


@dataclass(frozen=True)
class Field:
    path: str
    label: str
    value: str
    places: Sequence[Place]
    problem: str  # severity of the worst finding on it, error or warning, or empty


@dataclass(frozen=True)
class ShownFinding:
    code: str
    path: str
    dismissible: bool
    title: str
    tone: str
    severity: str
    place: str
    message: str
    stated: str | None
    expected: str | None
    clears: str | None


@dataclass(frozen=True)
class InvoiceView:
    row: Row[Any]
    data: Mapping[str, Any]
    reasons: Sequence[tuple[str, bool]]  # sentence, and whether it is in another language than the page
    sections: Sequence[tuple[str, Sequence[Field]]]
    totals: Sequence[Field]
    findings: Sequence[ShownFinding]
    sources: Sequence[Row[Any]]  # the file it was read from, and what that file was unpacked from

    @property
    def invoice(self) -> Mapping[str, Any]:
        return self.data["invoice"] or {}


def build(connection: Connection, row: Row[Any], w: Words) -> InvoiceView:
    """Everything the page of an invoice shows, except its trail."""
    data = outcome(connection, row)
    stated = data["invoice"]
    table = fields_table()
    problems = _worst_by_path(data["findings"])
    sections, totals = [], []
    if stated:
        for section in table["section"]:
            shown = [_field(stated, path, kind, data, problems, w) for path, kind in section["fields"]]
            kept = [field for field in shown if field.value or field.problem or field.path in table["always"]]
            if kept:
                sections.append((section["name"], kept))
        shown = [_field(stated, path, "amount", data, problems, w) for path in table["totals"]["fields"]]
        totals = [field for field in shown if field.value or field.problem or field.path in table["totals"]["always"]]
    return InvoiceView(
        row=row,
        data=data,
        reasons=[_reason(text, w) for text in data["reasons"]],
        sections=sections,
        totals=totals,
        findings=sorted((_finding(f, w) for f in data["findings"]), key=lambda f: _TONES.index(f.tone)),
        sources=list(_sources(connection, row.received_id)),
    )


_TONES = ("stop", "error", "warning", "info")


def _reason(text: str, w: Words) -> tuple[str, bool]:
    said = say_again(text, w.t)
    return said, said == text and w.language != "en"


def _worst_by_path(findings: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    worst: dict[str, str] = {}
    for finding in findings:
        if finding["severity"] == "info":
            continue
        known = worst.get(finding["path"], "info")
        worst[finding["path"]] = min(known, finding["severity"], key=_TONES.index)
    return worst


def _field(
    stated: Mapping[str, Any], path: str, kind: str, data: Mapping[str, Any], problems: Mapping[str, str], w: Words
) -> Field:
    value = value_at(stated, path)
    paths = [path] if kind not in _PARTS else [f"{path}.{part}" for part in _PARTS[kind]]
    if kind == "address" and path not in problems:  # findings name the party, its other fields have rows of their own
        paths.append(path)
    evidence: list[Mapping[str, Any]] = next((data["evidence"][one] for one in paths if data["evidence"].get(one)), [])
    problem = next((problems[one] for one in paths if one in problems), "")
    label = w.t(f"field.{path}" if kind != "address" else "field.address")
    return Field(path, label, _written(value, kind, w), [place(one, w) for one in evidence[:2]], problem)


_PARTS = {
    "address": ("street", "address_line_2", "postcode", "city", "country"),
    "period": ("start", "end"),
    "terms": ("text", "net_days"),
}


def _written(value: Any, kind: str, w: Words) -> str:
    if value is None:
        return ""
    match kind:
        case "date":
            return w.day(value)
        case "amount":
            return w.amount(value)
        case "iban":
            return " ".join(value[start : start + 4] for start in range(0, len(value), 4))
        case "period":
            return " – ".join(w.day(value[end]) for end in ("start", "end") if value[end])
        case "terms":
            return _terms(value, w)
        case "address":
            town = " ".join(part for part in (value["country"], value["postcode"], value["city"]) if part)
            return ", ".join(part for part in (value["street"], value["address_line_2"], town) if part)
        case _:
            return str(value)


def _terms(terms: Mapping[str, Any], w: Words) -> str:
    parts = [
        w.t("terms.discount", percent=w.quantity(discount["percent"]), days=discount["days"]) for discount in terms["discounts"]
    ]
    if terms["net_days"] is not None:
        parts.append(w.t("terms.net", days=terms["net_days"]))
    return " · ".join(parts) or terms["text"] or ""


def place(evidence: Mapping[str, Any], w: Words) -> Place:
    text = evidence["text"] if len(evidence["text"]) <= MOST_EVIDENCE_TEXT else evidence["text"][:MOST_EVIDENCE_TEXT] + "…"
    proofs = [w.t(f"proof.{proof}") for proof in evidence["proofs"]]
    if evidence["page"]:
        detail = w.t("evidence.box", box=", ".join(f"{edge:.0f}" for edge in evidence["box"])) if evidence["box"] else ""
        return Place(w.t("evidence.page", page=evidence["page"]), text, detail, proofs)
    path = evidence["path"] or ""
    return Place(path.rstrip("/").rsplit("/", 1)[-1], text, path, proofs)


def _finding(finding: Mapping[str, Any], w: Words) -> ShownFinding:
    return ShownFinding(
        code=finding["code"],
        path=finding["path"],
        dismissible=finding["severity"] != "info" and is_dismissible(finding["code"]),
        title=code_label(finding["code"], w.t),
        tone=tone_of(finding["code"], finding["severity"]),
        severity=finding["severity"],
        place=path_label(finding["path"], w),
        message=finding["message"],
        stated=finding["stated"],
        expected=finding["expected"],
        clears=finding["clears"],
    )


def _sources(connection: Connection, received_id: str) -> Iterator[Row[Any]]:
    current: str | None = received_id
    while current:
        row = queries.find_received(connection, current)
        if row is None:
            return
        yield row
        current = row.parent_id


def story(after: Any) -> list[tuple[str, str]]:
    """The values of an audit event, flat, the empty ones left out: what the trail shows beside its type."""
    if after in (None, "", [], {}):
        return []
    if not isinstance(after, dict):
        return [("", _short(after))]
    if isinstance(after.get("changes"), list):  # a correction: each value before and after
        rest = {name: value for name, value in after.items() if name not in ("changes", "places")}
        return [(str(one["path"]), f"{_stated(one['before'])} → {_stated(one['after'])}") for one in after["changes"]] + story(
            rest
        )
    return [(name.replace("_", " "), _short(value)) for name, value in after.items() if value not in (None, "", [], {})]


def _stated(value: Any) -> str:
    return "–" if value is None else _short(value)


def _short(value: Any) -> str:
    if isinstance(value, str):
        text = f"{value[:10]}…" if _HASH.fullmatch(value) else value
    elif isinstance(value, list) and all(isinstance(one, str) for one in value):
        text = "; ".join(value)
    else:
        text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else text[:117] + "…"
