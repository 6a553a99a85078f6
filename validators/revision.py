"""A person corrects or confirms what was read. Pure: document and correction -> document; the trail is the caller's."""

import re
from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from schemas.document import Document, Kind
from schemas.evidence import Evidence
from schemas.finding import Severity
from schemas.invoice import CREDIT_NOTES, Invoice
from validators.arithmetic import check_figures


class NotUsableCorrection(ValueError):
    """The correction is no invoice any more; ``problems`` names each field and what is wrong with it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Change:
    """One value before and after, as JSON."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Revision:
    """``confirmed`` are values a person said again as they stand: that proves them and changes nothing."""

    document: Document
    changes: tuple[Change, ...]
    confirmed: tuple[str, ...]


def revise(
    document: Document,
    patch: Mapping[str, Any],
    confirm: Collection[str] = (),
    places: Mapping[str, Evidence] | None = None,
    values: Mapping[str, Any] | None = None,
) -> Revision:
    """Apply an RFC 7396 merge patch to the invoice. Lists are replaced as a whole; ``values`` names single values by their
    paths (``lines[2].quantity``, ``None`` takes the value out), so that the other rows of a list stay as unproven as they were.

    Every value the patch states counts as proven by a person, also one that stays as it is; ``confirm`` names further paths.
    ``places`` may say where on the page a value stands. Findings of the reading about these paths are cleared. The document is
    accepted when none is left and its figures close. Raises ``NotUsableCorrection``.
    """
    if document.invoice is None:
        raise NotUsableCorrection(["there is no invoice in this document to correct"])
    before = document.invoice.as_json()
    after = _validated(_with_values(_merge(before, patch), values or {}))
    stated = [*_leaves(dict(patch)), *(values or {}), *confirm]
    changes = tuple(Change(path, old, new) for path, old, new in _differences(before, after.as_json()))
    settled = [path for path in stated if path]
    findings = [f for f in document.findings if not _is_settled(f.code, f.path, settled, bool(changes))]
    evidence = {path: found for path, found in document.evidence.items() if not any(_covers(c.path, path) for c in changes)}
    values = dict(_leaves_with_values(after.as_json()))
    for path in settled:
        for at, value in ((at, value) for at, value in values.items() if _covers(path, at)):
            evidence[at] = [_by_person(value, evidence.get(at), (places or {}).get(at))]
    accepted = (
        document.kind.is_payable
        and not any(f.code.startswith("READ-") and f.severity is Severity.ERROR for f in findings)
        and not any(f.severity is Severity.ERROR for f in check_figures(after))
    )
    findings += [f for f in check_figures(after) if f not in findings]
    kind = document.kind
    if kind.is_payable and after.type_code != document.invoice.type_code:
        kind = Kind.CREDIT_NOTE if after.type_code in CREDIT_NOTES else Kind.INVOICE
    revised = document.model_copy(
        update={"invoice": after, "kind": kind, "findings": findings, "evidence": evidence, "accepted": accepted}
    )
    changed = {change.path for change in changes}
    confirmed = tuple(p for p in dict.fromkeys(settled) if not any(_covers(p, c) or _covers(c, p) for c in changed))
    return Revision(revised, changes, confirmed)


def _by_person(value: Any, known: list[Evidence] | None, place: Evidence | None) -> Evidence:
    where = place or (known[0] if known else Evidence())
    return Evidence(
        page=where.page, box=where.box, path=where.path, text=where.text or _text(value), proofs=[*_proofs(where), "person"]
    )


def _proofs(where: Evidence) -> list[Any]:
    return [proof for proof in where.proofs if proof != "person"]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _validated(data: Any) -> Invoice:
    try:
        return Invoice.model_validate(data)
    except ValidationError as problem:
        raise NotUsableCorrection(
            [f"{_path(found['loc'])}: {found['msg'].removeprefix('Value error, ')}" for found in problem.errors()]
        ) from problem


def _path(place: tuple[str | int, ...]) -> str:
    path = ""
    for part in place:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _merge(target: Any, patch: Any) -> Any:
    """RFC 7396."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merge(merged.get(key), value)
    return merged


def _with_values(data: Any, values: Mapping[str, Any]) -> Any:
    """Single values put at their paths. A group that was not stated is made; a row that is not there is a mistake."""
    made = deepcopy(data)
    for path, value in values.items():
        steps: list[str | int] = [int(index) if index else name for name, index in _STEP.findall(path)]
        target: Any = made
        for step, following in zip(steps, [*steps[1:], None], strict=True):
            if isinstance(step, int) and (not isinstance(target, list) or step >= len(target)):
                raise NotUsableCorrection([f"{path}: there is no such row"])
            if isinstance(step, str) and not isinstance(target, dict):
                raise NotUsableCorrection([f"{path}: there is no such field"])
            if following is None:
                target[step] = value
            elif isinstance(step, str) and target.get(step) is None:
                target[step] = {}
            target = target[step]
    return made


_STEP = re.compile(r"([^.\[\]]+)|\[(\d{1,9})\]")


def _leaves(patch: Any, path: str = "") -> Iterator[str]:
    """Paths a patch states; a list is stated as a whole."""
    if isinstance(patch, Mapping) and patch:
        for key, value in patch.items():
            yield from _leaves(value, f"{path}.{key}" if path else str(key))
    else:
        yield path


def _leaves_with_values(data: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _leaves_with_values(value, f"{path}.{key}" if path else str(key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _leaves_with_values(value, f"{path}[{index}]")
    elif data is not None:
        yield path, data


def _differences(before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    old, new = dict(_leaves_with_values(before)), dict(_leaves_with_values(after))
    for path in sorted({*old, *new}):
        if old.get(path) != new.get(path):
            yield path, old.get(path), new.get(path)


def _covers(outer: str, inner: str) -> bool:
    """Whether ``outer`` is ``inner`` or the whole it is a part of: ``lines`` covers ``lines[0].quantity``."""
    return inner == outer or (inner.startswith(outer) and re.match(r"[.\[]", inner[len(outer) :]) is not None)


def _is_settled(code: str, path: str, settled: Collection[str], has_changes: bool) -> bool:
    """Findings of the reading about these paths; with any change also the sums, which are computed anew."""
    if has_changes and code.startswith("ARITH-"):
        return True
    return code.startswith(("READ-", "FORM-")) and any(path and _covers(one, path) for one in settled)
