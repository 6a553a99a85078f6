"""All checks of the project, one after the other, with a summary. Run by `./belegfluss test` inside .venv, after set-up.

Alone it runs the tests; with CI=true (which `./belegfluss check` sets) style, types and import contracts come first.
Arguments go to pytest. Exit code: that of the first check that failed, 0 when none did. No test found is a failure.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
NO_TESTS = 5  # pytest's exit code when it collected nothing

STATIC = (
    ("style", ["ruff", "check"]),
    ("format", ["ruff", "format", "--check"]),
    ("types", ["mypy"]),
    ("types of the launcher", ["mypy", "--scripts-are-modules", "belegfluss", ".ci/checks.py"]),
    ("import contracts", ["lint-imports"]),
)


def workers() -> int:
    """How many tests run at once: one per processor, at most four, so that memory stays small."""
    return min(len(os.sched_getaffinity(0)), 4)


def plan(arguments: list[str], in_ci: bool) -> list[tuple[str, list[str]]]:
    """Names and commands of the checks, in order. Pytest comes last, so that its own summary is what one sees first."""
    count = workers()
    parallel = ["-n", str(count), "--dist", "worksteal"] if count > 1 else []
    tests = ("tests", ["pytest", *parallel, *arguments])
    return [*STATIC, tests] if in_ci else [tests]


def run(command: list[str]) -> int:
    """Runs one check with its output as it comes; returns its exit code, negative signals as the shell counts them."""
    code = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, check=False).returncode
    return 128 - code if code < 0 else code


def main(arguments: list[str]) -> int:
    """Runs the plan to its end, whatever fails on the way, and prints what failed."""
    first_failure = 0
    lines = []
    for name, command in plan(arguments, os.environ.get("CI") == "true"):
        print(f"--- {name}: {' '.join(command)}", flush=True)
        start = time.monotonic()
        code = run(command)
        result = "ok" if code == 0 else f"FAILED ({'no test found' if command[0] == 'pytest' and code == NO_TESTS else code})"
        lines.append(f"{name:22} {result:12} {time.monotonic() - start:6.1f} s")
        first_failure = first_failure or code
    print("--- summary", *lines, sep="\n", flush=True)
    return first_failure


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
