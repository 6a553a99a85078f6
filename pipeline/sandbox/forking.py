"""The worker's side of the fork server: one server per process, started when first needed, started again when it has ended."""

import atexit
import json
import os
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field

from pipeline.sandbox.server import NUMBER

AHEAD = 2  # children forked before they are needed
START_SECONDS = 120.0  # loading and warming the parsers takes about three seconds on a quiet machine
ANSWER_SECONDS = 30.0
_BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from pipeline.sandbox.server import serve; serve({}, {})"
_KEPT = ("PATH", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")


class ServerEnded(Exception):
    """The fork server does not start, or has ended with its children."""


@dataclass
class ForkServer:
    """Hands out waiting children. Thread-safe; a process that was forked from this one starts a server of its own."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _control: socket.socket | None = None
    _process: subprocess.Popen[bytes] | None = None
    _owner: int = 0

    def give(self) -> tuple[int, socket.socket]:
        """Process id of a fresh child and the socket to talk with it. Raises ``ServerEnded``."""
        with self._lock:
            control = self._running()
            try:
                control.send(b"give")
                data, descriptors, _, _ = socket.recv_fds(control, NUMBER.size, 1)
            except OSError as problem:
                self._stop()
                raise ServerEnded("the parsers' server gives no answer") from problem
            if len(data) != NUMBER.size or not descriptors:
                self._stop()
                raise ServerEnded("the parsers' server ended while it started; its output says why")
            control.settimeout(ANSWER_SECONDS)
            return NUMBER.unpack(data)[0], socket.socket(fileno=descriptors[0])

    def done(self, number: int) -> None:
        """The child has answered; what is left of it is ended."""
        with self._lock:
            try:
                self._running().send(b"done %d" % number)
            except OSError:
                self._stop()

    def end(self, number: int) -> int:
        """End the child and what it has started; its exit status as ``waitpid`` gives it. Raises ``ServerEnded``."""
        with self._lock:
            try:
                control = self._running()
                control.send(b"end %d" % number)
                data = control.recv(NUMBER.size)
            except OSError as problem:
                self._stop()
                raise ServerEnded("the parsers' server gives no answer") from problem
            if len(data) != NUMBER.size:
                self._stop()
                raise ServerEnded("the parsers' server has ended")
            return int(NUMBER.unpack(data)[0])

    def _running(self) -> socket.socket:
        if self._control is not None and self._owner == os.getpid():
            return self._control
        if self._control is not None:  # inherited by a fork; the server belongs to the process that started it
            self._control.close()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _BOOT.format(theirs.fileno(), AHEAD), json.dumps(sys.path)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={name: value for name, value in os.environ.items() if name in _KEPT or name.startswith(("LC_", "PYTHON"))},
            )
        ours.settimeout(START_SECONDS)
        self._control, self._owner = ours, os.getpid()
        return ours

    def _stop(self) -> None:
        """Let go of the server; it ends by itself when its socket closes."""
        if self._control is not None:
            self._control.close()
        self._control = None

    def close(self) -> None:
        with self._lock:
            if self._owner != os.getpid():
                return
            self._stop()
            if self._process is not None:
                try:
                    self._process.wait(2)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
                self._process = None


FORK_SERVER = ForkServer()
atexit.register(FORK_SERVER.close)
