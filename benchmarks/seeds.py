"""The standing run over suppliers nobody has seen: ``python -m benchmarks.seeds --seed N --layouts 3000``.

Every generated supplier is read and compared with its truth; then the same suppliers with one misprinted figure, and as letters that
are no invoices. Prints shares by language, and every accepted document with a wrong value. Exit code 1 when there is one, when a misprint
or a letter is accepted, or when a share falls below its limit.
"""

import argparse
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from rapidfuzz import fuzz

from extractors.pdf import inspect
from extractors.text_layer import read_documents
from pipeline.progress import progress
from samples.build import as_json
from samples.grammar import Twist, generate

LEAST_RIGHT, LEAST_WITH_LINES, LEAST_ACCEPTED = 95.0, 90.0, 85.0
CORE = re.compile(
    r"(type_code|number|issue_date|due_date|currency)$|(seller|buyer)\.(vat_id|tax_number)$|seller\.name$|payment\.(iban|bic)$|"
    r"totals\.|tax_breakdown\[\d+\]\.(rate|basis|amount|category)$"
)
LINES = re.compile(r"lines\[\d+\]\.(quantity|unit|net_price|net_amount|name|tax_rate)$")
ADDRESS = re.compile(
    r"(seller|buyer)\.(street|postcode|city|country)$|(purchase_order|delivery_note|preceding_invoice)_reference$|delivery_date$"
)
TEXTS = re.compile(r"\.(name|street|city)$")
SAME_NAME = 90  # token similarity; line breaks and what stands beside a name make small differences
PIECES = frozenset({"C62", "H87", "EA", "PCE", "NAR", "PCS", "NPR"})
"""Codes of Rec 20 that all mean a piece; a page says only "pcs"."""


@dataclass
class Judged:
    """One generated document: fields missed and wrong, and whether it was accepted."""

    name: str
    language: str
    twist: str
    accepted: bool
    kind: str
    missed: list[str] = field(default_factory=list)
    wrong: list[tuple[str, Any, Any]] = field(default_factory=list)

    def is_right(self, *patterns: re.Pattern[str]) -> bool:
        bad = [*self.missed, *(path for path, _, _ in self.wrong)]
        return not any(pattern.match(path) for pattern in patterns for path in bad)


def judge(seed: int, twist: Twist, browser: bool = False) -> Judged:
    sample = generate(seed, twist, browser=browser)
    data = sample.rendered.pdf
    truth = json.loads(as_json(sample.truth()))
    documents = read_documents(data, inspect(data))
    invoices = [document for document in documents if document.invoice is not None]
    read = invoices[0].as_json()["invoice"] if invoices else {}
    found = Judged(
        sample.name,
        truth["_source"]["language"],
        twist,
        any(document.accepted for document in documents),
        documents[0].kind.value if documents else "nothing",
    )
    if twist == "none":
        compare(found, truth, read)
    return found


def compare(found: Judged, truth: Mapping[str, Any], read: Mapping[str, Any]) -> None:
    """Missed: the truth has a value, the reading has none. Wrong: both have one, and they differ; or what is not there was read."""
    said = dict(_leaves({key: value for key, value in truth.items() if not key.startswith("_")}))
    got = dict(_leaves(read))
    unknown = [re.compile(re.escape(path).replace(r"\[\*\]", r"\[\d+\]") + "$") for path in truth["_unknown"]]
    said, got = (
        {path: value for path, value in values.items() if any(p.match(path) for p in (CORE, LINES, ADDRESS))}
        for values in (said, got)
    )
    for path, value in said.items():
        also = truth["_accept"].get(path, [])
        if path not in got:
            found.missed += [path]
        elif not any(_same(path, one, got[path]) for one in (value, *also)):
            found.wrong.append((path, value, got[path]))
    for path, value in got.items():
        derived = path.startswith(("totals.", "lines[")) or path in truth["_accept"]
        if path not in said and not derived and not any(pattern.match(path) for pattern in unknown):
            found.wrong.append((path, None, value))


def _leaves(data: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _leaves(value, f"{path}[{index}]")
    elif data is not None:
        yield path, data


def _same(path: str, one: Any, other: Any) -> bool:
    """Numbers by value, whatever sign a credit note prints; names and addresses by their words; all else by letters and digits."""
    if TEXTS.search(path):
        return fuzz.token_set_ratio(str(one).casefold(), str(other).casefold()) >= SAME_NAME or _squeezed(one) == _squeezed(other)
    if path.endswith(".unit"):
        return one == other or {one, other} <= PIECES
    try:
        return abs(Decimal(str(one))) == abs(Decimal(str(other)))
    except InvalidOperation:
        return _squeezed(one) == _squeezed(other)


def _squeezed(value: Any) -> str:
    return "".join(c for c in str(value).casefold() if c.isalnum())


def _judge(task: tuple[int, Twist, bool]) -> Judged:
    return judge(*task)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.seeds", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=1_000_000)
    parser.add_argument("--layouts", type=int, default=3_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--producer", choices=("mixed", "chromium"), default="mixed", help="chromium: a second each")
    arguments = parser.parse_args()
    browser = arguments.producer == "chromium"
    tasks = [
        (seed, twist, browser) for twist in get_args(Twist) for seed in range(arguments.seed, arguments.seed + arguments.layouts)
    ]
    judged: list[Judged] = []
    with ProcessPoolExecutor(arguments.jobs) as pool, progress("Reading", len(tasks)) as advance:
        for one in pool.map(_judge, tasks, chunksize=20):
            judged.append(one)
            advance()
    return report(judged)


def report(judged: list[Judged]) -> int:
    plain = [one for one in judged if one.twist == "none"]
    print("language  documents   right  with lines  accepted")
    for language in [*sorted({one.language for one in plain}), "all"]:
        some = [one for one in plain if language in (one.language, "all")]
        shares = [_share(some, right) for right in (_right, _with_lines, _accepted)]
        print(f"{language:9} {len(some):9} " + "".join(f"{share:8.1f} %" for share in shares))
    wrong = [one for one in plain if one.accepted and one.wrong]
    twisted = [one for one in judged if one.twist != "none" and one.accepted]
    for one in wrong:
        print(f"ACCEPTED WITH A WRONG VALUE {one.name}: {one.wrong[:3]}")
    for one in twisted:
        print(f"ACCEPTED {one.twist} {one.name}")
    often = Counter(re.sub(r"\[\d+\]", "[]", path) for one in plain for path in [*one.missed, *(p for p, _, _ in one.wrong)])
    print("most often missed or wrong: " + ", ".join(f"{path} {count}" for path, count in often.most_common(8)))
    print(f"{len(wrong)} accepted with a wrong value, {len(twisted)} misprints or letters accepted, of {len(judged)} read")
    reached = (_share(plain, _right), _share(plain, _with_lines), _share(plain, _accepted))
    limits = (LEAST_RIGHT, LEAST_WITH_LINES, LEAST_ACCEPTED)
    return 1 if wrong or twisted or any(one < limit for one, limit in zip(reached, limits, strict=True)) else 0


def _share(documents: list[Judged], test: Any) -> float:
    return 100 * sum(map(test, documents)) / max(len(documents), 1)


def _right(one: Judged) -> bool:
    return one.is_right(CORE)


def _with_lines(one: Judged) -> bool:
    return one.is_right(CORE, LINES)


def _accepted(one: Judged) -> bool:
    return one.accepted


if __name__ == "__main__":
    sys.exit(main())
