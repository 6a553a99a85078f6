"""The fork server: a process of its own with the parsers loaded and warm, which forks children ahead of their work.

It talks with the worker over one socket: ``give`` is answered with a child's process id and the socket to talk with it, ``end`` kills
a child's session and is answered with its exit status, ``done`` does the same for a child that has answered, without a reply. Children
are reaped only after ``end`` or ``done``, so that a number is never used for another process in between. When the worker ends, the
server ends, and its children with it.
"""

import contextlib
import os
import signal
import socket
import struct

from pipeline.sandbox import child, footprint

NUMBER = struct.Struct("!q")
BREATH = 0.003  # seconds of quiet before forking and clearing away: the worker needs the processor more right then
MOST_DONE = 16
PATIENCE = 0.5  # seconds between looks at children that should have ended


def serve(descriptor: int, ahead: int) -> None:
    """Serve on the socket until the worker closes it. ``ahead``: children that wait for work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for the worker to decide
    footprint.keep_freed_memory()
    from pipeline.sandbox import parsers  # warm-up, which takes most of the start

    spans = footprint.observe(parsers.read_once)
    with socket.socket(fileno=descriptor) as control:
        Server(control, ahead, spans).run()
    os._exit(0)  # idle children see their sockets close, busy ones get their parent's death as a signal


class Server:
    """State of the server: who waits, and who has ended but is not reaped yet."""

    def __init__(self, control: socket.socket, ahead: int, spans: list[footprint.Span]) -> None:
        self._control = control
        self._ahead = ahead
        self._spans = spans
        self._idle: list[tuple[int, socket.socket]] = []
        self._done: list[int] = []
        self._ended: list[int] = []

    def run(self) -> None:
        self._fill()
        while True:
            try:
                message = self._control.recv(64)
            except TimeoutError:
                self._tidy()
                self._fill()
                continue
            except ConnectionResetError:
                return
            if message == b"":
                return
            self._answer(message)
            self._control.settimeout(BREATH)

    def _fill(self) -> None:
        """As many waiting children as there should be; then nothing happens for a while."""
        while len(self._idle) < self._ahead:
            self._idle.append(self._fork())
        self._control.settimeout(PATIENCE if self._ended else None)

    def _answer(self, message: bytes) -> None:
        word, _, digits = message.partition(b" ")
        if word == b"give":
            number, pipe = self._waiting()
            with pipe:
                socket.send_fds(self._control, [NUMBER.pack(number)], [pipe.fileno()])
        elif word == b"done":
            self._done.append(int(digits))
            if len(self._done) >= MOST_DONE:  # no quiet moment for long
                self._tidy()
        else:
            self._kill(int(digits))
            self._control.send(NUMBER.pack(self._reap(int(digits), 0) or 0))

    def _tidy(self) -> None:
        """End what is left of children that have answered."""
        for number in self._done:
            self._kill(number)
        self._ended = [number for number in self._ended + self._done if self._reap(number, os.WNOHANG) is None]
        self._done = []

    @staticmethod
    def _kill(number: int) -> None:
        """The child and all of its session: a parser may have started helpers."""
        for end in (os.kill, os.killpg):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                end(number, signal.SIGKILL)

    def _waiting(self) -> tuple[int, socket.socket]:
        """A child that lives and waits."""
        while self._idle:
            number, pipe = self._idle.pop(0)
            if self._reap(number, os.WNOHANG) is None:
                return number, pipe
            pipe.close()
        return self._fork()

    @staticmethod
    def _reap(number: int, options: int) -> int | None:
        """The exit status as ``waitpid`` gives it, or nothing while the child still lives."""
        try:
            ended, status = os.waitpid(number, options)
        except ChildProcessError:
            return 0
        return status if ended else None

    def _fork(self) -> tuple[int, socket.socket]:
        ours, theirs = socket.socketpair()
        parent = os.getpid()
        number = os.fork()
        if number:
            theirs.close()
            return number, ours
        try:
            self._control.close()
            ours.close()
            for _, pipe in self._idle:
                pipe.close()
            footprint.copy_ahead(self._spans)
            child.main(theirs, parent)
        finally:
            os._exit(1)
