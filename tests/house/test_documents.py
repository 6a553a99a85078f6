"""The documents tell the truth: links lead somewhere, every command is described, every dependency has its reason."""

import re
import subprocess
import sys
import tomllib

import pytest
from packaging.requirements import Requirement

from tests.house.licences import normal
from tests.house.repository import ROOT, files, relative

DOCUMENTS = [path for path in files() if path.suffix == ".md"]
LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)")
CODE = re.compile(r"`([^`]+)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_links_lead_somewhere(document: object) -> None:
    path = next(path for path in DOCUMENTS if path == document)
    dead = [target for target in LINK.findall(path.read_text()) if not (path.parent / target).exists()]
    assert dead == []


def commands_of_the_product() -> set[str]:
    """The commands that ``belegfluss --help`` lists."""
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={"COLUMNS": "200", "NO_COLOR": "1", "PATH": "/usr/bin:/bin"},
    )
    listed = done.stdout.split("Commands", 1)[1]
    return set(re.findall(r"^[│|] ([a-z][a-z-]*) ", listed, re.MULTILINE))


def test_the_readme_describes_every_command_and_no_other() -> None:
    table = (ROOT / "README.md").read_text().split("## Commands", 1)[1].split("## ", 1)[0]
    described = {code.split()[0] for row in table.splitlines() if row.startswith("| `") for code in CODE.findall(row)}
    commands = commands_of_the_product()
    assert len(commands) > 5
    assert commands - described == set()
    assert {name for name in described if re.fullmatch(r"[a-z]+", name)} - commands == set()


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {Requirement(line).name for line in [*project["dependencies"], *project["optional-dependencies"]["official"]]}
    page = (ROOT / "docs" / "decisions" / "0003-dependencies.md").read_text()
    named = re.findall(r"^\| ([A-Za-z0-9._-]+) \| .+ \| .+ \|$", page, re.MULTILINE)
    assert {normal(name) for name in named if name != "Dependency"} == {normal(name) for name in wanted}


def test_decisions_are_numbered_without_gaps() -> None:
    pages = sorted(path for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in pages] == list(range(1, len(pages) + 1))
    for path in pages:
        first, _, rest = path.read_text().partition("\n")
        assert re.match(rf"# {int(path.name[:4])}\. .+", first), path.name
        assert re.match(r"\s*Status: (accepted|replaced by \d+), \d{4}-\d\d-\d\d\n", rest), path.name


def test_the_glossary_points_to_what_exists() -> None:
    rows = [line for line in (ROOT / "GLOSSARY.md").read_text().splitlines() if line.startswith("| **")]
    homes = [home for row in rows for home in CODE.findall(row.rstrip("| ").rsplit("|", 1)[-1])]
    assert len(homes) > 20
    assert [home for home in homes if not (ROOT / home).exists()] == []
