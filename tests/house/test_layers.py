"""The layers of the house hold, and a breach is noticed."""

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.purity import impurities
from tests.house.repository import CORE, PACKAGES, ROOT, relative

LINT = Path(sys.executable).parent / "lint-imports"
ALLOWED = Path(__file__).parent / "impure_on_purpose.csv"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs the import contracts of pyproject.toml over the packages in ``folder``."""
    return subprocess.run(
        [LINT, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(folder)}
    )


def test_import_contracts_hold() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def bare_house(tmp_path: Path) -> Path:
    """The packages of the house without content, under the same contracts."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("package", "source", "broken"),
    [
        pytest.param("extractors", "import schemas", False, id="core uses words"),
        pytest.param("pipeline", "import extractors, exporters, sqlalchemy", False, id="shell uses core and database"),
        pytest.param("samples", "import pipeline", False, id="samples may use anything"),
        pytest.param("extractors", "import validators", True, id="core uses core"),
        pytest.param("enrichers", "def f():\n    import exporters", True, id="core uses core inside a function"),
        pytest.param("validators", "import pipeline", True, id="core uses shell"),
        pytest.param("schemas", "from extractors import x", True, id="words use core"),
        pytest.param("exporters", "import sqlalchemy.orm", True, id="core uses the database"),
        pytest.param("schemas", "import httpx", True, id="words use the network"),
        pytest.param("pipeline", "import samples", True, id="product uses samples"),
    ],
)
def test_a_breach_of_the_layers_is_noticed(bare_house: Path, package: str, source: str, broken: bool) -> None:
    (bare_house / package / "__init__.py").write_text(source + "\n")
    done = lint(bare_house)
    assert (done.returncode != 0) is broken, done.stdout
    assert ("BROKEN" in done.stdout) is broken


@pytest.mark.parametrize(
    ("source", "names"),
    [
        pytest.param("from datetime import date\nd = date(2026, 1, 1)", [], id="a date given"),
        pytest.param("from datetime import date\nd = date.today()", ["datetime.date.today"], id="today"),
        pytest.param("import datetime as dt\nd = dt.datetime.now(dt.UTC)", ["datetime.datetime.now"], id="now, renamed"),
        pytest.param("import os\nx = os.environ['A']", ["os.environ"], id="environment"),
        pytest.param("from os import environ", ["os.environ"], id="environment, imported"),
        pytest.param("x = open('a')", ["open"], id="a file"),
        pytest.param("from PIL import Image\nx = Image.open(b)", [], id="another open"),
        pytest.param("from pathlib import Path\nPath('a').write_text('b')", [".write_text()"], id="a path written"),
        pytest.param("def f():\n    import socket", ["socket"], id="network inside a function"),
        pytest.param("from urllib.parse import quote", [], id="a harmless part of urllib"),
        pytest.param("from urllib import request", ["urllib.request"], id="a harmful part of urllib"),
        pytest.param("import subprocess as s", ["subprocess"], id="a process"),
        pytest.param(
            "from importlib.resources import files\nx = files('schemas').joinpath('a.csv').read_text()", [], id="package data"
        ),
    ],
)
def test_impurities_are_found(source: str, names: list[str]) -> None:
    assert [name for _, name in impurities(source)] == names


def test_the_core_is_pure() -> None:
    with ALLOWED.open(newline="") as file:
        allowed = {(row["path"], row["name"]): row["reason"] for row in csv.DictReader(file)}
    found = {
        (relative(path), name): line
        for package in CORE
        for path in sorted((ROOT / package).rglob("*.py"))
        for line, name in impurities(path.read_text())
    }
    new = [f"{path}:{line}: {name}" for (path, name), line in found.items() if (path, name) not in allowed]
    assert not new, "\n".join(["the core must stay pure; the shell looks things up and passes them in:", *new])
    assert not set(allowed) - set(found), "impure_on_purpose.csv names what is no longer there"
    assert all(allowed.values()), "impure_on_purpose.csv: every row needs a reason"
