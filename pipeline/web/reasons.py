"""Reasons as chips: short words in the reader's language, with the full sentence behind them.

The verdict keeps its reasons as sentences. Where a sentence is the message of a finding the chip is named after the code; where
it is one of the policy's own sentences it is recognised by its template and said again in the reader's language.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from pipeline.store.queries import AnyRow
from pipeline.web.texts import Texts
from validators.codes import codes
from validators.reasons import sentence
from validators.reasons import texts as policy_sentences

KEPT_IN: tuple[str, ...] = ("identity", "check_findings", "match_findings", "posting_findings", "export_findings")


@dataclass(frozen=True)
class Chip:
    """``tone``: stop, error, warning or info. ``foreign`` is true where the sentence is English on a page that is not."""

    label: str
    text: str
    tone: str
    foreign: bool = False


def chips(row: AnyRow, t: Texts) -> list[Chip]:
    """The reasons of an invoice's decision, most important first, each label once. ``row`` has the FINDING_COLUMNS."""
    if not row.verdict:
        return []
    verdict = json.loads(row.verdict)
    known = dict(_codes_by_message(row))
    found = [chip for text in verdict["reasons"] for chip in _chips_of(text, known, t, verdict["decision"])]
    return list({chip.label: chip for chip in reversed(found)}.values())[::-1]


def _codes_by_message(row: AnyRow) -> Iterator[tuple[str, tuple[str, str]]]:
    """Message -> code and severity, of all findings and of variances that explain themselves."""
    columns = row._mapping
    findings = list(json.loads(row.document)["findings"])
    for name in KEPT_IN:
        findings += json.loads(columns[name] or "[]")
    for finding in findings:
        yield finding["message"], (finding["code"], finding["severity"])
    match = json.loads(row.match) if row.match else {}
    lines = [*match.get("lines", ()), match]
    for variance in (variance for line in lines for variance in line.get("variances", ())):
        if variance["explanation"]:
            yield variance["explanation"], (f"MATCH-{variance['key']}", "error")


def _chips_of(text: str, known: Mapping[str, tuple[str, str]], t: Texts, decision: str) -> Iterator[Chip]:
    key, values = recognise(text)
    message = values["message"] if key == "more" else text
    if message in known:
        code, severity = known[message]
        yield Chip(code_label(code, t), text, tone_of(code, severity), t.language != "en")
    elif key == "match-blocked":
        for block in values["blocks"].split(", "):
            yield Chip(t.known(f"block.{block}", block), say_again(text, t), "stop")
    elif key == "kind":
        yield Chip(t.known(f"kind.{values['kind']}", values["kind"]), say_again(text, t), "info")
    elif key:
        yield Chip(t.known(f"reason.{key}", key), say_again(text, t), "stop" if decision == "blocked" else "error")
    else:
        yield Chip(text, text, "error", t.language != "en")


def say_again(text: str, t: Texts) -> str:
    """A sentence of the policy in the reader's language; any other sentence as it is."""
    key, values = recognise(text)
    if key is None or t.language == "en" or key == "more":
        return text
    if key == "match-blocked":
        values["blocks"] = ", ".join(t.known(f"block.{block}", block) for block in values["blocks"].split(", "))
    if key == "kind":
        values["kind"] = t.known(f"kind.{values['kind']}", values["kind"])
    return sentence(key, t.language, **values)


def recognise(text: str) -> tuple[str | None, dict[str, str]]:
    """Key and values of a sentence of the policy, as it was made from its English template."""
    for key, pattern in _templates():
        if found := pattern.fullmatch(text):
            return key, found.groupdict()
    return None, {}


@cache
def _templates() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Longest first, so that a template which is little more than a brace comes last."""
    table = sorted(policy_sentences("en").items(), key=lambda item: -len(item[1]))
    return tuple((key, re.compile(_as_pattern(template), re.DOTALL)) for key, template in table)


def _as_pattern(template: str) -> str:
    parts = re.split(r"\{(\w+)\}", template)
    return "".join(f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts))


def code_label(code: str, t: Texts) -> str:
    """Short name of a finding code; ids of norm rules are their own name."""
    return t.known(f"code.{code}", code)


def tone_of(code: str, severity: str) -> str:
    entry = codes().get(code)
    return "stop" if entry and entry.severity == "stop" and severity != "info" else severity
