"""Every dependency has a licence that a person looked at, that its metadata confirm and that the policy allows."""

import pytest

from tests.house import licences

POLICY: dict[str, list[str] | dict[str, str]] = {
    "allowed": ["MIT", "BSD-3-Clause"],
    "MPL-2.0": {"pikepdf": "why", "careless": ""},
}


@pytest.mark.parametrize(
    ("package", "licence", "allowed"),
    [
        pytest.param("a", "MIT", True, id="permissive"),
        pytest.param("a", "GPL-3.0-or-later OR MIT", True, id="one side of OR"),
        pytest.param("a", "MIT AND BSD-3-Clause", True, id="all sides of AND"),
        pytest.param("a", "MIT AND AGPL-3.0-only", False, id="one side of AND is not enough"),
        pytest.param("a", "AGPL-3.0-only", False, id="AGPL"),
        pytest.param("a", "GPL-2.0-only", False, id="GPL"),
        pytest.param("a", "", False, id="unknown"),
        pytest.param("a", "(MIT OR GPL-2.0-only) AND GPL-3.0-only", False, id="an expression nobody looked at"),
        pytest.param("a", "MPL-2.0", False, id="weak copyleft, not named"),
        pytest.param("pikepdf", "MPL-2.0", True, id="weak copyleft, named with a reason"),
        pytest.param("careless", "MPL-2.0", False, id="weak copyleft, named without a reason"),
        pytest.param("a", "allowed", False, id="a word of the policy file"),
    ],
)
def test_policy(package: str, licence: str, allowed: bool) -> None:
    assert licences.is_allowed(package, licence, POLICY) is allowed


def test_every_locked_package_is_allowed() -> None:
    rows, policy = licences.table(), licences.policy()
    assert set(rows) == licences.pinned("run") | licences.pinned("test"), (
        "requirements/licences.csv and the locked packages differ"
    )
    refused = {name: row["licence"] for name, row in rows.items() if not licences.is_allowed(name, row["licence"], policy)}
    assert refused == {}


def test_the_policy_names_only_what_is_used() -> None:
    named = {(name, licence) for licence, names in licences.policy().items() if isinstance(names, dict) for name in names}
    assert named == {(name, row["licence"]) for name, row in licences.table().items() if (name, row["licence"]) in named}


def test_the_table_agrees_with_what_the_packages_say() -> None:
    wrong = {}
    for name, row in licences.table().items():
        said = licences.declared(name)
        if said is None or not said:  # not installed on this Python, or silent: then a note must say how we know
            agrees = bool(row["note"])
        else:  # dual licences appear as several classifiers; a family (BSD) leaves the kind open
            agrees = all(
                row["licence"] == one or one in row["licence"].split(" OR ") or row["licence"].startswith(f"{one}-")
                for one in said
            )
        if not agrees:
            wrong[name] = (row["licence"], said)
    assert wrong == {}


def test_the_page_is_up_to_date() -> None:
    assert licences.PAGE.read_text() == licences.page(), "run: .venv/bin/python -m tests.house.licences"
