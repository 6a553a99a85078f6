"""What one correction is worth: ``python -m benchmarks.learning``. Of each generated supplier one document is corrected, three are read.

Prints how many of the further documents are right before and after, field by field, and every value that was right or empty before and is
wrong after. Exit code 1 when there is such a value, when an accepted document has a wrong value, or when less than 99 % are right after.
"""

import argparse
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

from benchmarks.seeds import CORE, LINES, Judged, compare
from extractors import read
from extractors.profiles import learn
from pipeline.progress import progress
from samples.build import as_json
from samples.grammar import generate
from schemas.profile import SupplierProfile

LEAST_RIGHT = 99.0
FURTHER = 3


@dataclass(frozen=True)
class Pair:
    """One further document, read without and with what the correction taught."""

    before: Judged
    after: Judged

    @property
    def harmed(self) -> list[tuple[str, Any, Any]]:
        known = {path for path, _, _ in self.before.wrong}
        return [wrong for wrong in self.after.wrong if wrong[0] not in known]


def pairs(seed: int) -> list[Pair]:
    first = generate(seed, "none", 0)
    profile = learn(first.rendered.pdf, json.loads(as_json(first.truth()), parse_float=str)).model_copy(update={"id": str(seed)})
    return [Pair(_read(seed, issue, []), _read(seed, issue, [profile])) for issue in range(1, FURTHER + 1)]


def _read(seed: int, issue: int, profiles: list[SupplierProfile]) -> Judged:
    sample = generate(seed, "none", issue)
    truth = json.loads(as_json(sample.truth()))
    documents = read(sample.rendered.pdf, f"{sample.name}.pdf", source="text-layer", profiles=profiles).documents
    stated = next((document.as_json()["invoice"] for document in documents if document.invoice is not None), {})
    accepted = any(document.accepted for document in documents)
    found = Judged(sample.name, truth["_source"]["language"], "none", accepted, documents[0].kind.value)
    compare(found, truth, stated)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=3_000_000)
    parser.add_argument("--layouts", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    found: list[Pair] = []
    with ProcessPoolExecutor(arguments.jobs) as pool, progress("Learning", arguments.layouts) as advance:
        for some in pool.map(pairs, range(arguments.seed, arguments.seed + arguments.layouts), chunksize=4):
            found += some
            advance()
    return report(found)


def report(found: list[Pair]) -> int:
    rights = []
    for name, side in (("before", [pair.before for pair in found]), ("after", [pair.after for pair in found])):
        right = sum(one.is_right(CORE, LINES) for one in side)
        accepted = sum(one.accepted for one in side)
        missed, wrong = sum(len(one.missed) for one in side), sum(len(one.wrong) for one in side)
        rights.append(100 * right / len(side))
        print(
            f"{name:7} {len(side)} documents: {rights[-1]:.1f} % right, {accepted} accepted, {missed} values missed, {wrong} wrong"
        )
    harmed = [pair for pair in found if pair.harmed]
    silent = [pair.after for pair in found if pair.after.accepted and pair.after.wrong]
    for pair in harmed:
        print(f"MADE WRONG {pair.after.name}: {pair.harmed[:3]}")
    for one in silent:
        print(f"ACCEPTED WITH A WRONG VALUE {one.name}: {one.wrong[:3]}")
    for one in [pair.after for pair in found if not pair.after.is_right(CORE, LINES)][:20]:
        print(f"not right after: {one.name}: missed {one.missed[:3]}, wrong {one.wrong[:2]}")
    return 1 if harmed or silent or rights[1] < LEAST_RIGHT else 0


if __name__ == "__main__":
    sys.exit(main())
