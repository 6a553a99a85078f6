"""PostgreSQL, Redis and RabbitMQ for tests: own servers on loopback ports, in folders of their own, stopped by their process."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [Path("/usr/bin")]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, process: "subprocess.Popen[bytes]", seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"nothing answers on port {port}")


def _server_user() -> str | None:
    """PostgreSQL refuses to run as root; Debian makes a user for it."""
    if os.geteuid() != 0:
        return None
    return "postgres" if any(user.pw_name == "postgres" for user in pwd.getpwall()) else "nobody"


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of an empty database. Skips where the server is not installed."""
    initdb, postgres = (BINARIES[-1] / name for name in ("initdb", "postgres"))
    if not initdb.exists():
        pytest.skip("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="belegfluss-test-"))
    user = _server_user()
    if user:
        shutil.chown(folder, user)
    data, port = folder / "data", free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(
        [initdb, "-D", data, "-A", "trust", "-U", "belegfluss", "--no-sync"], user=user, check=True, cwd=folder, **quiet
    )  # type: ignore[call-overload]
    command = [postgres, "-D", data, "-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    process = subprocess.Popen(command, user=user, cwd=folder, **quiet)  # type: ignore[call-overload]
    try:
        _wait_for(port, process)
        yield f"postgresql://belegfluss@127.0.0.1:{port}/postgres"
    finally:
        process.send_signal(signal.SIGINT)  # stops without waiting for open connections
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


class Redis:
    """A Redis that can be killed and started again on the same port; it keeps nothing on disk."""

    def __init__(self, program: str) -> None:
        self._program = program
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _wait_for(self.port, self._process)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None


@contextmanager
def redis() -> Iterator[Redis]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("Redis is not installed")
    server = Redis(program)
    server.start()
    try:
        yield server
    finally:
        server.kill()


class RabbitMQ:
    """A RabbitMQ with everything it writes in a folder of its own, and with an own port mapper (it would leave a common one behind)."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._program, self._folder = program, folder
        self.port = free_port()
        self._mapper = {"ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(free_port())}
        self._process: subprocess.Popen[bytes] | None = None
        self._distribution = free_port()
        names = ["epmd", "-address", "127.0.0.1", "-port", self._mapper["ERL_EPMD_PORT"]]
        self._names = subprocess.Popen(names, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _wait_for(int(self._mapper["ERL_EPMD_PORT"]), self._names)

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "RABBITMQ_NODENAME": f"belegfluss{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_MNESIA_BASE": str(self._folder / "data"),
            "RABBITMQ_LOG_BASE": str(self._folder / "log"),
            "RABBITMQ_PID_FILE": str(self._folder / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "plugins"),
            **self._mapper,
        }
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen([self._program], env=environment, cwd=self._folder, start_new_session=True, **quiet)  # type: ignore[call-overload]
        _wait_for(self.port, self._process, seconds=90)

    def kill(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
            self._process = None

    def close(self) -> None:
        self.kill()
        self._names.terminate()
        self._names.wait(10)


@contextmanager
def rabbitmq() -> Iterator[RabbitMQ]:
    programs = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    if not programs:
        pytest.skip("RabbitMQ is not installed")
    folder = Path(tempfile.mkdtemp(prefix="belegfluss-test-"))
    server = RabbitMQ(programs[-1], folder)
    try:
        server.start()
        yield server
    finally:
        server.close()
        shutil.rmtree(folder, ignore_errors=True)
