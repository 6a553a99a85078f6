"""What no file of the repository may hold, and how long a file may be."""

import csv
import re
from pathlib import Path

import pytest

from tests.house.repository import ROOT, files, relative

LONGEST = 400  # lines of one file that people read
READ = {".py", ".sh", ".html", ".css", ".js", ".md", ""}
LONG_ON_PURPOSE = Path(__file__).parent / "long_files.csv"
VENDORED = {".ttf", ".otf", ".woff", ".woff2", ".icc", ".icm", ".xsd", ".xsl", ".xslt", ".sch", ".wasm"}

# Cut at the bars, so that this file does not hold what it looks for.
REGISTRIES = [
    "pypi|.org",
    "files.python|hosted.org",
    "registry.npm|js.org",
    "npm|js.com",
    "deb.deb|ian.org",
    "snapshot.deb|ian.org",
]
REGISTRIES += [
    "security.deb|ian.org",
    "proxy.go|lang.org",
    "index.crates|.io",
    "registry.yarn|pkg.com",
    "conda.ana|conda.org",
    "--index|-url http",
]
HELPERS = ["chat|gpt", "open|ai", "anthro|pic", "cla|ude", "co|pilot"]


def pattern(pieces: list[str]) -> re.Pattern[bytes]:
    """One pattern for all names, without case."""
    return re.compile("|".join(re.escape(piece.replace("|", "")) for piece in pieces).encode(), re.IGNORECASE)


REGISTRY = pattern(REGISTRIES)
HELPER = pattern(HELPERS)
# Somebody's home or work folder. What every system has, or a manual may choose (/etc, /usr, /tmp, /srv), names no machine.
MACHINE_PATH = re.compile(rb"(?<![\w.:/-])/(?:home|Users|root|work|workspace)/[\w.-]+")


def hits(expression: re.Pattern[bytes]) -> list[str]:
    """Where the pattern occurs, as ``path:line: text``."""
    found = []
    for path in files():
        data = path.read_bytes()
        for hit in expression.finditer(data):
            line = data.count(b"\n", 0, hit.start()) + 1
            found.append(f"{relative(path)}:{line}: {hit.group().decode(errors='replace')}")
    return found


@pytest.mark.parametrize(
    ("expression", "text", "found"),
    [
        pytest.param(REGISTRY, b"https://py" + b"pi.org/simple", True, id="an index"),
        pytest.param(REGISTRY, b"the Python package index", False, id="an index in words"),
        pytest.param(MACHINE_PATH, b"open('/ho" + b"me/anna/x.pdf')", True, id="somebody's home"),
        pytest.param(MACHINE_PATH, b"cd /wo" + b"rk/main", True, id="a work folder"),
        pytest.param(MACHINE_PATH, b"/usr/bin/python3 /etc/apt /tmp/x", False, id="folders everyone has"),
        pytest.param(MACHINE_PATH, b"docs/home/page tests/work/x", False, id="folders of ours"),
        pytest.param(HELPER, b"with Copi" + b"lot", True, id="a writing aid"),
    ],
)
def test_the_patterns_find(expression: re.Pattern[bytes], text: bytes, found: bool) -> None:
    assert bool(expression.search(text)) is found


def test_no_file_names_a_registry() -> None:
    assert hits(REGISTRY) == []


def test_no_file_holds_a_path_of_one_machine() -> None:
    assert hits(MACHINE_PATH) == []


def test_no_file_names_a_writing_aid() -> None:
    assert hits(HELPER) == []


def test_no_file_is_too_long_to_read() -> None:
    with LONG_ON_PURPOSE.open(newline="") as file:
        allowed = {row["path"]: row["reason"] for row in csv.DictReader(file)}
    readable = [path for path in files() if path.suffix in READ and path.name != "LICENSE"]
    lengths = {relative(path): len(path.read_bytes().splitlines()) for path in readable}
    long = {path: count for path, count in lengths.items() if count > LONGEST}
    assert {path: count for path, count in long.items() if path not in allowed} == {}, (
        "split it by concept, or give long_files.csv a reason"
    )
    assert set(allowed) <= set(long), "long_files.csv names files that are short by now"
    assert all(allowed.values())


def test_what_others_made_is_named() -> None:
    text = (ROOT / "THIRD_PARTY.md").read_text()
    taken = [relative(path) for path in files() if path.suffix in VENDORED or ".min." in path.name or "vendor" in path.parts]
    assert [path for path in taken if path not in text and str(Path(path).parent) + "/" not in text] == []


@pytest.mark.parametrize("name", ["belegfluss", ".ci/run", "deploy/bare_debian_check.sh"])
def test_commands_can_be_started(name: str) -> None:
    assert (ROOT / name).stat().st_mode & 0o111 == 0o111
