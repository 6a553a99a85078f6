"""Fake checkouts for the tests of the launcher."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.house.fake_checkout.wheel_writer import write_wheel

ROOT = Path(__file__).resolve().parents[2]
# The launcher must run on the plain interpreter, as on a fresh machine, not on the one inside our own .venv.
PYTHON = Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"


@dataclass
class Checkout:
    """A fake checkout and the environment its launcher is started with."""

    path: Path
    python: Path = PYTHON
    user: int | None = None

    def lock(self, level: str, **versions: str) -> None:
        """Writes requirements/<level>.txt for packages ``name=version``, with wheels that hold ``VERSION``."""
        wheels = self.path / "wheels"
        wheels.mkdir(exist_ok=True)
        rows = []
        for name, version in versions.items():
            wheel = write_wheel(wheels, name, version, {f"{name}.py": f"VERSION = {version!r}\n"})
            rows.append(f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
        (self.path / "requirements" / f"{level}.txt").write_text("".join(rows))

    def command(self, *arguments: str) -> list[str]:
        """The command line of a start."""
        return [str(self.python), str(self.path / "belegfluss"), *arguments]

    def variables(self, **extra: str) -> dict[str, str]:
        """The environment of a start: this machine's index is out of reach, the wheels made here are what pip finds."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "PYTHON", "COV_")) and key != "CI"}
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": (self.path / "wheels").as_uri(), "PIP_CONFIG_FILE": os.devnull}
        return {**kept, **offline, **extra}

    def start(self, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Starts the launcher and waits for its end."""
        return subprocess.run(
            self.command(*arguments),
            env=self.variables(**extra),
            user=self.user,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def start_beside(self, *arguments: str, **extra: str) -> subprocess.Popen[str]:
        """Starts the launcher in a process group of its own and does not wait."""
        return subprocess.Popen(
            self.command(*arguments),
            env=self.variables(**extra),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )


def build_checkout(path: Path) -> Checkout:
    """A fake checkout at ``path`` with the launcher of this repository; nothing is set up yet."""
    shutil.copytree(Path(__file__).parent / "fake_checkout", path, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "belegfluss", path / "belegfluss")
    checkout = Checkout(path)
    checkout.lock("run", tiny_dependency="1.0")
    checkout.lock("test", tiny_dependency="1.0", tiny_test="2.0")
    return checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A fake checkout where nothing is set up."""
    return build_checkout(tmp_path / "checkout")


@pytest.fixture
def ready(checkout: Checkout) -> Checkout:
    """A fake checkout that is set up to run the product."""
    done = checkout.start("hello")
    assert done.returncode == 0, done.stderr
    return checkout


@pytest.fixture
def open_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Path]]:
    """Makes folders that every user of the machine can enter; pytest's own are closed to others."""
    import tempfile

    made: list[Path] = []

    def make() -> Path:
        folder = Path(tempfile.mkdtemp(prefix="belegfluss-test-"))
        folder.chmod(0o755)
        made.append(folder)
        return folder

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)
