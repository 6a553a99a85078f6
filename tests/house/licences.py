"""Licences of the dependencies: what their metadata say, what the reviewed table says, and whether the policy allows it.

``requirements/licences.csv`` is reviewed by a person; ``docs/licences.md`` is made from it. To write that page anew:

    .venv/bin/python -m tests.house.licences
"""

import csv
import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from tests.house.repository import ROOT

REQUIREMENTS = ROOT / "requirements"
PAGE = ROOT / "docs" / "licences.md"
PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;]+)", re.MULTILINE)
LONGEST_NAME = 60  # characters; a longer "License" field holds the text of the licence, not its name


def normal(name: str) -> str:
    """A package name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(level: str) -> set[str]:
    """Names of the packages in requirements/<level>.txt."""
    return {normal(name) for name, _ in PIN.findall((REQUIREMENTS / f"{level}.txt").read_text())}


def table() -> dict[str, dict[str, str]]:
    """The reviewed table: package -> its row (package, licence, note)."""
    with (REQUIREMENTS / "licences.csv").open(newline="") as file:
        return {row["package"]: row for row in csv.DictReader(file)}


def spellings() -> dict[str, str]:
    """How metadata write licences -> SPDX id, or a family such as BSD where they leave it open."""
    with (REQUIREMENTS / "licence_spellings.csv").open(newline="") as file:
        return {row["spelling"]: row["licence"] for row in csv.DictReader(file)}


def declared(package: str) -> set[str] | None:
    """What the installed package says of itself: SPDX ids or families, empty when it says nothing; None when it is not installed.

    A spelling that is not in the table of spellings is returned as it is, so that nothing unknown looks like silence.
    """
    try:
        metadata = distribution(package).metadata
    except PackageNotFoundError:
        return None
    expression = metadata.get_all("License-Expression", [])
    if expression:
        return set(expression)
    names = [
        line.removeprefix("License :: ").split(" :: ")[-1]
        for line in metadata.get_all("Classifier", [])
        if line.startswith("License ::")
    ]
    names += [written.strip() for written in metadata.get_all("License", []) if written and len(written) <= LONGEST_NAME]
    known = spellings()
    found = {known.get(name, name) for name in names if name not in ("OSI Approved", "DFSG approved")}
    return {name for name in found if not any(other.startswith(f"{name}-") for other in found)}  # BSD-3-Clause says more than BSD


def is_allowed(package: str, licence: str, policy: dict[str, list[str] | dict[str, str]]) -> bool:
    """True when the policy allows the package under this SPDX expression: one side of OR, all sides of AND."""

    def allowed(name: str) -> bool:
        exceptions = policy.get(name, {})
        return name in policy["allowed"] or (isinstance(exceptions, dict) and bool(exceptions.get(package)))

    if not licence or re.search(r"[()]| WITH ", licence):
        return False
    return any(all(allowed(name.strip()) for name in side.split(" AND ")) for side in licence.split(" OR "))


def policy() -> dict[str, list[str] | dict[str, str]]:
    """requirements/licence_policy.toml."""
    return tomllib.loads((REQUIREMENTS / "licence_policy.toml").read_text())


def page() -> str:
    """docs/licences.md."""
    product = pinned("run")
    rows = [
        (name, row["licence"], "product" if name in product else "tests", row["note"]) for name, row in sorted(table().items())
    ]
    cells = "\n".join(f"| {name} | {licence} | {use} | {note} |" for name, licence, use, note in rows)
    return (
        "# Licences of the dependencies\n\n"
        "Made from `requirements/licences.csv` by `python -m tests.house.licences`; not edited by hand. The tests compare it\n"
        "with what the installed packages say and with `requirements/licence_policy.toml`. `product`: installed by\n"
        "`./belegfluss`; `tests`: only by `./belegfluss test`. Nothing of these packages is copied into this repository.\n\n"
        f"| Package | Licence | Used by | Note |\n|---|---|---|---|\n{cells}\n"
    )


def main() -> None:
    """Writes the page."""
    Path(PAGE).write_text(page())


if __name__ == "__main__":
    main()
