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
        self._ended: list[int] = []

    def run(self) -> None:
        self._control.settimeout(PATIENCE)
        while True:
            while len(self._idle) < self._ahead:
                self._idle.append(self._fork())
            try:
                message = self._control.recv(64)
            except TimeoutError:
                message = None
            if message == b"":
                return
            if message is not None:
                self._answer(message)
            self._ended = [number for number in self._ended if not self._reap(number, os.WNOHANG)]

    def _answer(self, message: bytes) -> None:
        word, _, digits = message.partition(b" ")
        if word == b"give":
            number, pipe = self._waiting()
            with pipe:
                socket.send_fds(self._control, [NUMBER.pack(number)], [pipe.fileno()])
            return
        number = int(digits)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(number, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(number, signal.SIGKILL)  # a parser may have started helpers
        if word == b"end":
            self._control.send(NUMBER.pack(self._reap(number, 0) or 0))
        else:
            self._ended.append(number)

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
