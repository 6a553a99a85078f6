"""The checks behind `./belegfluss test` and `.ci/run`: all of them run, and the first failure is the exit code."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.repository import ROOT

CLEAN = '"""A module."""\n\nSTYLE = "clean"\n'
UNTIDY = "import os,sys\n"
PASSING = "def test_one() -> None:\n    assert True\n"
FAILING = "def test_one() -> None:\n    assert 1 == 2\n"


def run_checks(folder: Path, *arguments: str, ci: bool) -> subprocess.CompletedProcess[str]:
    """Runs the real checks over a small repository in ``folder``."""
    variables = {key: value for key, value in os.environ.items() if key != "CI" and not key.startswith(("PYTEST_", "COV_"))}
    if ci:
        variables["CI"] = "true"
    command = [sys.executable, str(folder / ".ci" / "checks.py"), *arguments]
    return subprocess.run(command, env=variables, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A repository with one clean package, one test and our settings reduced to it."""
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "belegfluss", tmp_path)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text(CLEAN)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_one.py").write_text(PASSING)
    (tmp_path / "pyproject.toml").write_text(
        '[tool.ruff]\nline-length = 130\n[tool.mypy]\nstrict = true\npackages = ["package"]\n'
        '[tool.importlinter]\nroot_packages = ["package"]\ninclude_external_packages = true\n'
        '[[tool.importlinter.contracts]]\nname = "none"\ntype = "forbidden"\n'
        'source_modules = ["package"]\nforbidden_modules = ["sqlalchemy"]\n[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'
    )
    return tmp_path


def summary(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Name of each check -> ok or FAILED (...)."""
    lines = done.stdout.split("--- summary\n", 1)[1].splitlines()
    return {line[:22].strip(): " ".join(line[22:].split()[:-2]) for line in lines}


@pytest.mark.parametrize(
    ("test", "code", "result"),
    [
        pytest.param(PASSING, 0, "ok", id="passing"),
        pytest.param(FAILING, 1, "FAILED (1)", id="failing"),
        pytest.param("", 5, "FAILED (no test found)", id="no test is a failure"),
    ],
)
def test_without_ci_only_the_tests_run(small: Path, test: str, code: int, result: str) -> None:
    (small / "tests" / "test_one.py").write_text(test)
    done = run_checks(small, ci=False)
    assert (done.returncode, summary(done)) == (code, {"tests": result}), done.stdout


def test_arguments_go_to_pytest(small: Path) -> None:
    done = run_checks(small, "-k", "nothing", ci=False)
    assert done.returncode == 5
    assert "deselected" in done.stdout or "no tests ran" in done.stdout


def test_ci_runs_everything_even_after_a_failure(small: Path) -> None:
    done = run_checks(small, ci=True)
    assert set(summary(done).values()) == {"ok"}, done.stdout
    assert len(summary(done)) == 6
    (small / "package" / "__init__.py").write_text(UNTIDY)
    (small / "tests" / "test_one.py").write_text("")
    again = run_checks(small, ci=True)
    assert again.returncode == 1, "the code of the first failure, not of the last"
    results = summary(again)
    assert (results["style"], results["format"], results["tests"]) == ("FAILED (1)", "FAILED (1)", "FAILED (no test found)")
    assert results["types"] == "ok"


@pytest.mark.parametrize("code", [0, 1, 4])
def test_ci_says_where_it_runs_and_passes_the_exit_code_on(small: Path, code: int) -> None:
    (small / "belegfluss").write_text(f'#!/bin/sh\necho "launcher $* CI=$CI"\nexit {code}\n')
    done = subprocess.run(["bash", ".ci/run"], cwd=small, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["commit", "system", "machine", "python", "launcher"]
    assert lines[-1] == "launcher test CI=true"
