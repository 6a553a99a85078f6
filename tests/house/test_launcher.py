"""The launcher, started as a user starts it: real processes, virtual environments and pip; only the network is left out."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house.conftest import Checkout, build_checkout

NOBODY = 65534
SECOND_START_LIMIT = 1.0  # seconds, from the contract


def one_line(text: str) -> str:
    """The single message of the launcher in ``text``, without the steps before it."""
    messages = [line for line in text.splitlines() if line.startswith("belegfluss: ") and " ... " not in line]
    assert len(messages) == 1, text
    return messages[0]


def trace(checkout: Checkout) -> Path:
    """A file inside .venv: gone when .venv was made anew."""
    path = checkout.path / ".venv" / "trace"
    path.touch()
    return path


def test_first_start_sets_up_and_second_does_nothing(checkout: Checkout) -> None:
    first = checkout.start("hello", "two words", FAKE_EXIT="3")
    assert (first.returncode, first.stdout) == (3, "product hello two words 1.0\n")
    steps = first.stderr.splitlines()
    assert [step.split(" ... ")[0] for step in steps] == [
        "belegfluss: making .venv",
        "belegfluss: installing 1 locked packages (requirements/run.txt)",
        "belegfluss: compiling them",
        "belegfluss: installing belegfluss itself",
    ]
    assert all(step.endswith(" s") for step in steps)
    begin = time.monotonic()
    second = checkout.start("hello")
    assert time.monotonic() - begin < SECOND_START_LIMIT
    assert (second.returncode, second.stdout, second.stderr) == (0, "product hello 1.0\n", "")


def test_version_is_the_installed_one(ready: Checkout) -> None:
    project = ready.path / "pyproject.toml"
    assert ready.start("--version").stdout == "belegfluss 1.0\n"
    project.write_text(project.read_text().replace('"1.0"', '"1.1rc1"'))
    again = ready.start("--version")
    assert again.stdout == "belegfluss 1.1rc1\n"
    assert "making .venv" not in again.stderr


def test_settings_that_lead_pip_elsewhere_do_not_count(checkout: Checkout, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "tiny_dependency-1.0.dist-info").mkdir(parents=True)
    (elsewhere / "tiny_dependency-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: tiny_dependency\nVersion: 1.0\n"
    )
    done = checkout.start("hello", PIP_TARGET=str(elsewhere), PIP_USER="1", PYTHONPATH=str(elsewhere))
    assert (done.returncode, done.stdout) == (0, "product hello 1.0\n"), done.stderr
    assert list(checkout.path.glob(".venv/lib/python3*/site-packages/tiny_dependency.py"))


def test_tests_bring_their_own_packages(ready: Checkout) -> None:
    test = ready.start("test", "-k", "x")
    assert (test.returncode, test.stdout) == (0, "checks -k x 2.0 no CI\n")
    assert "requirements/test.txt" in test.stderr
    check = ready.start("check")
    assert (check.stdout, check.stderr) == ("checks 2.0 true\n", "")
    assert ready.start("hello").stderr == "", "what the tests need includes what the product needs"


def test_locked_packages_that_change_are_installed(ready: Checkout) -> None:
    mark = trace(ready)
    ready.lock("run", tiny_dependency="1.5")
    assert ready.start("hello").stdout == "product hello 1.5\n"
    assert mark.exists()


def empty(checkout: Checkout) -> None:
    (checkout.path / ".venv").mkdir()


def a_file(checkout: Checkout) -> None:
    (checkout.path / ".venv").write_text("")


def without_python(checkout: Checkout) -> None:
    checkout.start("hello")
    (checkout.path / ".venv" / "bin" / "python").unlink()


def with_a_dead_python(checkout: Checkout) -> None:
    checkout.start("hello")
    python = checkout.path / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")


def killed_while_pip_ran(checkout: Checkout) -> None:
    checkout.start("hello")
    (checkout.path / ".venv.lock").write_text("unfinished")


def by_hand_with_half_a_package(checkout: Checkout) -> None:
    by_hand(checkout)
    next(checkout.path.glob(".venv/lib/python3*/site-packages/pip-*.dist-info/RECORD")).unlink()


def with_a_broken_stamp(checkout: Checkout) -> None:
    checkout.start("hello")
    (checkout.path / ".venv" / "belegfluss.json").write_text('{"root": ')


def by_hand(checkout: Checkout) -> None:
    subprocess.run([checkout.python, "-m", "venv", checkout.path / ".venv"], check=True, env=checkout.variables())


@pytest.mark.parametrize(
    ("make", "made_anew"),
    [
        pytest.param(empty, True, id="an empty folder"),
        pytest.param(a_file, True, id="a file of that name"),
        pytest.param(without_python, True, id="its Python removed"),
        pytest.param(with_a_dead_python, True, id="its Python uninstalled"),
        pytest.param(killed_while_pip_ran, True, id="killed while pip ran"),
        pytest.param(by_hand_with_half_a_package, True, id="made by hand, a package half installed"),
        pytest.param(with_a_broken_stamp, False, id="the stamp cut off"),
        pytest.param(by_hand, False, id="made by hand, sound"),
    ],
)
def test_a_venv_that_is_not_whole_is_repaired(checkout: Checkout, make: Callable[[Checkout], None], made_anew: bool) -> None:
    make(checkout)
    mark = trace(checkout) if (checkout.path / ".venv").is_dir() else checkout.path / ".venv" / "trace"
    done = checkout.start("hello")
    assert (done.returncode, done.stdout) == (0, "product hello 1.0\n"), done.stderr
    assert mark.exists() is not made_anew
    assert checkout.start("hello").stderr == ""
    assert not list(checkout.path.glob(".venv.old-*"))


def test_a_moved_checkout_is_set_up_again(ready: Checkout) -> None:
    moved = Checkout(ready.path.rename(ready.path.parent / "with a space"))
    done = moved.start("hello")
    assert (done.returncode, done.stdout) == (0, "product hello 1.0\n"), done.stderr
    shebangs = (moved.path / ".venv" / "bin" / "pip").read_text().splitlines()[:2]
    assert any(str(moved.path) in line for line in shebangs), shebangs


def wait_for(path: Path) -> None:
    """Waits until the fake build has begun."""
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.05)


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT])
def test_a_start_that_dies_in_the_middle_is_repaired_by_the_next(checkout: Checkout, ending: signal.Signals) -> None:
    slow = checkout.path / "slow"
    slow.touch()
    first = checkout.start_beside("hello")
    wait_for(checkout.path / "building")
    mark = trace(checkout)
    if ending == signal.SIGINT:  # as Ctrl-C does, to all of them
        os.killpg(first.pid, ending)
    else:  # the launcher alone; its pip lives on and still holds the lock
        first.send_signal(ending)
    first.communicate(timeout=30)
    assert first.returncode == (130 if ending == signal.SIGINT else -ending)
    second = checkout.start_beside("hello")
    time.sleep(0.5)
    slow.unlink()
    output, errors = second.communicate(timeout=120)
    assert (second.returncode, output) == (0, "product hello 1.0\n"), errors
    assert not mark.exists(), "what was half done is not trusted"


def test_two_starts_at_once_set_up_once(checkout: Checkout) -> None:
    both = [checkout.start_beside("hello", str(number)) for number in (1, 2)]
    results = [process.communicate(timeout=120) for process in both]
    assert [output for output, _ in results] == ["product hello 1 1.0\n", "product hello 2 1.0\n"]
    assert sum("making .venv" in errors for _, errors in results) == 1
    assert sum("another start is setting up" in errors for _, errors in results) == 1


def test_no_network_says_so_and_harms_nothing(ready: Checkout) -> None:
    locked = ready.path / "requirements" / "run.txt"
    before = locked.read_text()
    ready.lock("run", tiny_dependency="3.0")
    offline = {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": "http://127.0.0.1:9/"}
    failed = ready.start("hello", **offline)
    assert (failed.returncode, failed.stdout) == (4, "")
    assert "cannot be reached" in one_line(failed.stderr)
    assert "Connection refused" in (ready.path / ".venv.log").read_text()
    locked.write_text(before)
    assert ready.start("hello", **offline).stdout == "product hello 1.0\n", "the earlier set-up still works"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(lambda text: text.split("sha256:")[0] + "sha256:" + 64 * "0", "pinned hash", id="other bytes"),
        pytest.param(lambda text: text.replace("1.0", "9.9"), "does not have tiny_dependency==9.9", id="a version nobody has"),
        pytest.param(lambda text: text.split(" ")[0], "hash", id="no hash"),
    ],
)
def test_packages_that_cannot_be_trusted_are_refused(checkout: Checkout, change: Callable[[str], str], says: str) -> None:
    locked = checkout.path / "requirements" / "run.txt"
    locked.write_text(change(locked.read_text()))
    done = checkout.start("hello")
    assert (done.returncode, done.stdout) == (4, "")
    assert says in one_line(done.stderr)


def test_a_read_only_checkout_runs_when_ready_and_says_so_when_not(open_folder: Callable[[], Path]) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to start as a user who may not write there")
    checkout = build_checkout(open_folder() / "checkout")
    checkout.python = Path("/usr/bin/python3")  # one that other users may run
    probe = "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))"
    if not checkout.python.exists() or subprocess.run([checkout.python, "-c", probe], check=False, user=NOBODY).returncode:
        pytest.skip("no Python 3.11 with ensurepip that another user may run")
    checkout.user = NOBODY
    refused = checkout.start("hello")
    assert refused.returncode == 4
    assert "Permission denied" in one_line(refused.stderr)
    assert "writable" in refused.stderr
    checkout.user = None
    assert checkout.start("hello").returncode == 0
    checkout.user = NOBODY
    done = checkout.start("hello")
    assert (done.returncode, done.stdout, done.stderr) == (0, "product hello 1.0\n", "")


def test_a_full_disk_is_named(checkout: Checkout, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    start = f"exec {checkout.python} {small}/c/belegfluss hello"
    script = f"mount -t tmpfs -o size=3m tmpfs {small} && cp -r {checkout.path} {small}/c && {start}"
    if subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount a small file system")
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script],
        env=checkout.variables(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 4, done.stderr
    assert "1 GB" in one_line(done.stderr)


def test_the_stamp_is_written_last(checkout: Checkout) -> None:
    (checkout.path / "slow").touch()
    process = checkout.start_beside("hello")
    wait_for(checkout.path / "building")
    stamp = checkout.path / ".venv" / "belegfluss.json"
    assert not stamp.exists()
    (checkout.path / "slow").unlink()
    process.communicate(timeout=60)
    assert json.loads(stamp.read_text())["version"] == "1.0"
