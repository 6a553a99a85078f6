"""The launcher on Pythons that cannot run or set up Belegfluss, and Debian's packages.

A stand-in plays apt-get here; the real one is driven by deploy/bare_debian_check.sh on a bare system.
"""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.conftest import ROOT, Checkout

NAME = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
NOBODY = 65534


def old_pythons() -> Iterator[str]:
    """Interpreters on this machine that are too old, by running them."""
    names = [f"python3.{minor}" for minor in range(6, 11)]
    folders = [*os.environ.get("PATH", "").split(os.pathsep), *map(str, Path(sys.base_prefix).parent.glob("3.*/bin"))]
    for name in names:
        path = shutil.which(name, path=os.pathsep.join(folders[::-1]))
        if path and subprocess.run([path, "-c", "pass"], capture_output=True, check=False).returncode == 0:
            yield path


def test_an_older_python_gets_one_line(checkout: Checkout) -> None:
    found = list(old_pythons())
    if not found:
        pytest.skip("no older Python on this machine")
    for python in found:
        checkout.python = Path(python)
        done = checkout.start("demo")
        assert (done.returncode, done.stdout) == (4, "")
        assert done.stderr.startswith("belegfluss: needs Python 3.11 or newer; this is 3.")
        assert done.stderr.count("\n") == 1


def test_an_older_python_can_parse_the_launcher() -> None:
    ast.parse((ROOT / "belegfluss").read_text(), feature_version=(3, 7))


def hide_ensurepip(folder: Path) -> Path:
    """A folder for PYTHONPATH that takes ensurepip away, as on a Debian without python3-venv."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "import importlib.util\n"
        "real = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, package=None: None if name == 'ensurepip' else real(name, package)\n"
    )
    return folder


def stand_in_for_apt(folder: Path, then: str) -> Path:
    """An apt-get that writes down its arguments and does ``then``."""
    folder.mkdir()
    script = folder / "apt-get"
    script.write_text(f'#!/bin/sh\necho "$@" >> {folder}/calls\ncase "$*" in *update*) exit 0;; esac\n{then}\n')
    script.chmod(0o755)
    return folder


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs packages")
def test_root_on_debian_gets_the_venv_package(checkout: Checkout, tmp_path: Path) -> None:
    hidden = hide_ensurepip(tmp_path / "hidden")
    apt = stand_in_for_apt(tmp_path / "apt", then=f"rm {hidden}/sitecustomize.py")
    done = checkout.start("hello", PYTHONPATH=str(hidden), PATH=f"{apt}:{os.environ['PATH']}")
    assert (done.returncode, done.stdout) == (0, "product hello 1.0\n"), done.stderr
    calls = (apt / "calls").read_text().splitlines()
    assert [call.split()[-1] for call in calls] == ["update", NAME]
    assert f"apt-get install {NAME}" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs packages")
def test_apt_that_fails_is_named(checkout: Checkout, tmp_path: Path) -> None:
    hidden = hide_ensurepip(tmp_path / "hidden")
    apt = stand_in_for_apt(tmp_path / "apt", then=f"echo E: Unable to locate package {NAME}; exit 100")
    done = checkout.start("hello", PYTHONPATH=str(hidden), PATH=f"{apt}:{os.environ['PATH']}")
    assert done.returncode == 4
    assert f"apt does not know {NAME}" in done.stderr.splitlines()[-1]


def test_without_apt_one_command_is_named(checkout: Checkout, tmp_path: Path) -> None:
    hidden = hide_ensurepip(tmp_path / "hidden")
    done = checkout.start("hello", PYTHONPATH=str(hidden), PATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == f"belegfluss: Python cannot make a virtual environment here; run once: sudo apt-get install {NAME}\n"
    assert not (checkout.path / ".venv").exists()


ROWS = """# package, program, reason
coreutils ls something every machine has
belegfluss-nothing no-such-program what nobody has
"""


def test_missing_programs_are_named_and_do_not_stop_the_tests(ready: Checkout, tmp_path: Path) -> None:
    (ready.path / "requirements" / "apt-test.txt").write_text(ROWS)
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "ls").symlink_to("/bin/ls")
    done = ready.start("test", PATH=str(folder))
    assert done.stdout == "checks 2.0 no CI\n"
    said = [line for line in done.stderr.splitlines() if "skipped" in line]
    assert len(said) == 1
    assert "no-such-program" in said[0]
    assert "what nobody has" in said[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs packages")
@pytest.mark.parametrize(
    ("then", "skips"), [pytest.param("exit 0", 0, id="installed"), pytest.param("exit 1", 1, id="apt fails")]
)
def test_root_on_debian_gets_the_programs_of_the_tests(ready: Checkout, tmp_path: Path, then: str, skips: int) -> None:
    (ready.path / "requirements" / "apt-test.txt").write_text(ROWS)
    apt = stand_in_for_apt(tmp_path / "apt", then)
    done = ready.start("test", PATH=f"{apt}:{os.environ['PATH']}")
    assert (done.returncode, done.stdout) == (0, "checks 2.0 no CI\n")
    assert "no-such-program" not in (apt / "calls").read_text()
    assert "coreutils" not in (apt / "calls").read_text()
    assert done.stderr.count("tests are skipped") == skips
