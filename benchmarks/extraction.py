"""How long reading takes, beside other tools on the same documents in the same run: ``python -m benchmarks.extraction``.

Prints a table of milliseconds per one-page document (median, 95th percentile) for every contestant, the ratios to invoice2data, and a
long invoice with its time and memory. Every contestant runs in a process of its own and sees each document once, after others to
warm up on, so that nothing is answered from memory. Exit code 1 when a limit is missed, 4 when the other tools are not installed.

The others are installed with ``pip install --require-hashes -r requirements/benchmarks.txt``; invoice2data also uses ``pdftotext``.
"""

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import readers

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT.parent / "shared" / "corpus" / "invoices"
BASE = "invoice2data, its templates"
MOST_WITH, MOST_WITHOUT = 3.0, 1.0  # times the base: with isolation, second reader and visibility test, and without
LONG_LINES, LONG_PAGES, LONG_SECONDS, LONG_MIB = 300, 12, 1.5, 300
NEEDED = ("invoice2data", "pdfplumber")


@dataclass(frozen=True)
class Timing:
    """Milliseconds of one contestant per document, and how many documents it had an answer to."""

    name: str
    times: list[float]
    answers: int

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        return sorted(self.times)[max(0, round(0.95 * len(self.times)) - 1)]


def main() -> int:
    arguments = _arguments()
    if arguments.worker:
        print(json.dumps(readers.CONTESTANTS[arguments.worker](json.loads(sys.stdin.read()))))
        return 0
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        say(f"not installed: {', '.join(missing)}; pip install --require-hashes -r requirements/benchmarks.txt")
        return 4
    with tempfile.TemporaryDirectory(prefix="belegfluss-benchmark-") as folder:
        sets = {"samples": generated(Path(folder), arguments.seed, arguments.layouts)}
        if corpus := one_page(sorted(arguments.corpus.glob("*.pdf"))):
            sets["corpus"] = corpus
        results = {name: compare(name, files, arguments.rounds) for name, files in sets.items()}
        long = long_invoice(Path(folder))
    if arguments.json:
        print(json.dumps({"documents": {n: [asdict(t) for t in ts] for n, ts in results.items()}, "long": long}, indent=1))
    else:
        for name, timings in results.items():
            table(name, timings)
    return 0 if verdict(results, long, quiet=arguments.json) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.extraction", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--layouts", type=int, default=100, help="number of generated suppliers")
    parser.add_argument("--seed", type=int, default=1, help="first seed of the generated suppliers")
    parser.add_argument(
        "--rounds", type=int, default=1, help="fresh processes per contestant; the fastest time of a document counts"
    )
    parser.add_argument(
        "--corpus", type=Path, default=CORPUS, help="folder of further PDFs, each with its truth beside it or not"
    )
    parser.add_argument("--json", action="store_true", help="the times as JSON instead of the tables")
    parser.add_argument("--worker", choices=sorted(readers.CONTESTANTS), help=argparse.SUPPRESS)
    return parser.parse_args()


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def generated(folder: Path, seed: int, count: int) -> list[str]:
    """One-page samples with their truth beside them."""
    say(f"making {count} samples from seed {seed} on")
    run(["samples", "--out", str(folder), "--layouts", str(count), "--seed", str(seed)])
    return one_page(sorted(folder.glob("*.pdf")))


def one_page(files: list[Path]) -> list[str]:
    """Those that one page holds and that can be opened at all."""
    from extractors.pdf import PdfError, inspect

    def pages(file: Path) -> int:
        try:
            return inspect(file.read_bytes()).pages
        except PdfError:
            return 0

    return [str(file) for file in files if pages(file) == 1]


def compare(name: str, files: list[str], rounds: int) -> list[Timing]:
    """Every contestant on the same documents. A quarter of them, not timed, is to warm up on."""
    warm = len(files) // 4
    job = {"warm": files[:warm], "timed": files[warm:]}
    best: dict[str, Timing] = {}
    for number in range(rounds):
        for contestant in readers.CONTESTANTS:
            if contestant.startswith("long"):
                continue
            say(f"{name}, round {number + 1} of {rounds}: {contestant}")
            answer = ask(contestant, job)
            known = best.get(contestant)
            times = [min(pair) for pair in zip(answer["times"], known.times, strict=True)] if known else answer["times"]
            best[contestant] = Timing(contestant, times, answer["answers"])
    return list(best.values())


def long_invoice(folder: Path) -> dict[str, float]:
    """Time and peak memory of an invoice of 300 lines on 12 pages, in a process that does nothing else."""
    say(f"an invoice of {LONG_LINES} lines")
    file = folder / "long.pdf"
    pages = readers.write_long_invoice(file, LONG_LINES, LONG_PAGES)
    inside, isolated = ask("long", {"file": str(file)}), ask("long, isolated", {"file": str(file)})
    return {"pages": pages, "lines": inside["lines"], "accepted": inside["accepted"], "seconds": inside["seconds"],
            "isolated_seconds": isolated["seconds"], "mib": inside["mib"]}  # fmt: skip


def ask(contestant: str, job: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run(["benchmarks.extraction", "--worker", contestant], json.dumps(job)))
    return answer


def run(arguments: list[str], text: str = "") -> str:
    return subprocess.run(
        [sys.executable, "-m", *arguments], input=text, stdout=subprocess.PIPE, cwd=ROOT, text=True, check=True
    ).stdout


def table(name: str, timings: list[Timing]) -> None:
    base = next(timing for timing in timings if timing.name == BASE)
    print(f"\n{name}: {len(base.times)} documents of one page, milliseconds")
    print(f"{'':<56} {'median':>8} {'p95':>8} {'ratio':>7} {'answers':>8}")
    for timing in timings:
        ratio = timing.median / base.median
        print(f"{timing.name:<56} {timing.median:8.1f} {timing.p95:8.1f} {ratio:7.2f} {timing.answers:8d}")


def verdict(results: dict[str, list[Timing]], long: dict[str, float], *, quiet: bool) -> bool:
    """Whether the limits hold, on all one-page documents together."""
    pooled: dict[str, list[float]] = {}
    for timings in results.values():
        for timing in timings:
            pooled.setdefault(timing.name, []).extend(timing.times)
    base = statistics.median(pooled[BASE])
    limits: list[tuple[str, float, float, Callable[[float], str]]] = [
        (f"{readers.WHOLE}, times {BASE}", statistics.median(pooled[readers.WHOLE]) / base, MOST_WITH, "{:.2f}".format),
        (f"{readers.BARE}, times {BASE}", statistics.median(pooled[readers.BARE]) / base, MOST_WITHOUT, "{:.2f}".format),
        (f"{long['lines']:.0f} lines on {long['pages']:.0f} pages, seconds", long["isolated_seconds"], LONG_SECONDS, "{:.2f}".format),
        (f"{long['lines']:.0f} lines on {long['pages']:.0f} pages, MiB at most", long["mib"], LONG_MIB, "{:.0f}".format),
    ]  # fmt: skip
    if not quiet:
        print("\nall documents together")
        for name, value, limit, form in limits:
            print(f"{name:<88} {form(value):>8}  (limit {limit:g}){'' if value <= limit else '  MISSED'}")
    return all(value <= limit for _, value, limit, _ in limits) and long["lines"] == LONG_LINES


if __name__ == "__main__":
    sys.exit(main())
