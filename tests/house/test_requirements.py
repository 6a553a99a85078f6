"""The locked requirements are what pyproject.toml asks for, carry hashes and name no index; no package takes our module names."""

import re
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.house.licences import PIN, normal
from tests.house.repository import PACKAGES, ROOT

REQUIREMENTS = ROOT / "requirements"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ENTRY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[^\s;]+(?: ; [^\\\n]+?)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n")


def pins(level: str) -> dict[str, set[str]]:
    """Package -> locked versions; more than one when they differ by Python version."""
    found: dict[str, set[str]] = {}
    for name, version in PIN.findall((REQUIREMENTS / f"{level}.txt").read_text()):
        found.setdefault(normal(name), set()).add(version)
    return found


@pytest.mark.parametrize("level", ["run", "test"])
def test_every_package_is_pinned_with_hashes_and_nothing_else_is_there(level: str) -> None:
    text = (REQUIREMENTS / f"{level}.txt").read_text()
    assert ENTRY.sub("", text) == ""
    assert len(ENTRY.findall(text)) > 20


def test_the_tools_of_the_benchmarks_are_pinned_and_change_nothing_of_the_product() -> None:
    assert ENTRY.sub("", (REQUIREMENTS / "benchmarks.txt").read_text()) == ""
    theirs, ours = pins("benchmarks"), pins("test")
    assert {name: versions for name, versions in theirs.items() if name in ours and versions != ours[name]} == {}


def asked(level: str) -> list[Requirement]:
    """What pyproject.toml and requirements/build.in ask for at a level."""
    lines = list(PROJECT["dependencies"])
    if level == "test":
        lines += [*PROJECT["optional-dependencies"]["official"], *PROJECT["optional-dependencies"]["test"]]
    build = (REQUIREMENTS / "build.in").read_text().splitlines()
    return [Requirement(line) for line in [*lines, *(line for line in build if line and not line.startswith("#"))]]


@pytest.mark.parametrize("level", ["run", "test"])
def test_what_is_asked_for_is_locked(level: str) -> None:
    locked = pins(level)
    for requirement in asked(level):
        versions = locked.get(normal(requirement.name))
        assert versions, f"{requirement.name} is not in requirements/{level}.txt"
        assert all(requirement.specifier.contains(Version(version), prereleases=True) for version in versions), requirement


def test_tests_run_on_the_versions_of_the_product() -> None:
    test = pins("test")
    assert {name: (versions, test.get(name)) for name, versions in pins("run").items() if versions != test.get(name)} == {}


def test_versions_agree() -> None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        installed = version("belegfluss")
    except PackageNotFoundError:
        pytest.skip("this checkout is not installed; ./belegfluss installs it")
    assert installed == PROJECT["version"]
    assert f"## [{installed}]" in (ROOT / "CHANGELOG.md").read_text()


def test_no_installed_package_takes_the_name_of_ours() -> None:
    ours = set(PACKAGES) | {"tests", "benchmarks"}
    taken = {
        (file.parts[0].removesuffix(".py"), distribution.name)
        for distribution in distributions(path=[path for path in sys.path if "site-packages" in path])
        if distribution.name != "belegfluss"
        for file in distribution.files or []
        if file.parts[0].removesuffix(".py") in ours and Path(file).suffix == ".py"
    }
    assert taken == set()
