"""``learn``: what a person's correction of a document teaches about its supplier."""

import json
from collections import Counter
from pathlib import Path

from pipeline.cli.output import print_json, print_table, say
from pipeline.cli.places import desk_at
from pipeline.errors import ExitCode, UnreadableFile, UsageError
from pipeline.learning import learn_from
from schemas.profile import SupplierProfile


def learn(file: Path, *, truth: Path, home: Path | None, as_json: bool) -> int:
    told = _load(truth)
    if not file.is_file():
        raise UnreadableFile(f"cannot open {file}")
    desk = desk_at(home)
    try:
        profile = learn_from(desk, file.resolve(), file.name, told)
    finally:
        desk.close()
    if as_json:
        print_json(profile.as_json())
    else:
        _print(profile)
    return ExitCode.CLEAN


def _load(truth: Path) -> object:
    """The JSON, numbers kept as the text they are written as."""
    try:
        return json.loads(truth.read_text("utf-8"), parse_float=str, parse_int=str)
    except OSError as problem:
        raise UnreadableFile(f"cannot open {truth}: {problem.strerror or problem}") from problem
    except (ValueError, RecursionError) as problem:
        raise UsageError(f"{truth} is no JSON: {problem}") from problem


def _print(profile: SupplierProfile) -> None:
    rows = [("supplier", "", profile.name or "")]
    rows += [("known by", "", key) for key in (*profile.vat_ids, *profile.ibans, *profile.tax_numbers)]
    rows += [("value" if c.means else "not the value", c.path, c.value) for c in profile.constants]
    rows += [("label" if a.means else "not the label", a.path, f"{a.label or a.shape} ({a.relation})") for a in profile.anchors]
    rows += [("word", f"{w.group}.{w.term}" if w.term else f"{w.group}: nothing", w.text) for w in profile.words]
    rows += [("item", "", ", ".join(cell.field for cell in pattern.cells)) for pattern in profile.items]
    rows += [("buyer", "", f"below {block.label!r}" if block.label else "by its place") for block in profile.buyer_blocks]
    print_table(f"Profile {profile.id}", ("kind", "field", "what"), rows)
    kinds = Counter(kind for kind, _, _ in rows)
    say(f"learnt from {profile.documents} document(s): " + ", ".join(f"{n} {kind}" for kind, n in kinds.items()))
