"""The parent's side: take a waiting child, give it its task, wait for its JSON, end it when it takes too long."""

import json
import os
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.sandbox.forking import FORK_SERVER, ServerEnded
from pipeline.sandbox.frames import TooLong, receive, send
from pipeline.settings import Limits

MAX_ANSWER_BYTES = 64 * 1024 * 1024


class SandboxError(Exception):
    """The child gave no answer. ``code`` is the finding code, the message says why in words."""

    code = "READ-CORRUPT"


class ChildTimeout(SandboxError):
    code = "READ-TIMEOUT"


class ChildDied(SandboxError):
    code = "READ-CORRUPT"


class ChildOutOfMemory(SandboxError):
    code = "READ-TOO-LARGE"


class Sandbox:
    """Runs the ``TASKS`` of a module in children; at most ``limits.children`` at a time. Thread-safe."""

    def __init__(self, limits: Limits, module: str = "pipeline.sandbox.tasks") -> None:
        self._limits = limits
        self._module = module
        self._places = threading.BoundedSemaphore(limits.children)

    def warm_up(self) -> None:
        """Start the fork server and prove that a child answers, before any document depends on it."""
        self.run("self-test", {})

    def run(self, task: str, arguments: Mapping[str, Any]) -> Any:
        """The task's answer. Raises ``SandboxError``. Files the task wrote are gone; see ``run_with_files``."""
        with self.run_with_files(task, arguments) as (answer, _scratch):
            return answer

    @contextmanager
    def run_with_files(self, task: str, arguments: Mapping[str, Any]) -> Iterator[tuple[Any, Path]]:
        """The task's answer and the folder it wrote to, which lives as long as the context."""
        with self._places, tempfile.TemporaryDirectory(prefix="belegfluss-") as scratch:
            try:
                answer = self._attempt(task, dict(arguments), scratch, self._limits.memory_mib)
            except ChildOutOfMemory:
                answer = self._attempt(task, dict(arguments), scratch, self._limits.memory_mib * 2)
            yield answer, Path(scratch)

    def _attempt(self, task: str, arguments: dict[str, Any], scratch: str, memory_mib: int) -> Any:
        request = {
            "module": self._module,
            "task": task,
            "arguments": arguments,
            "scratch": scratch,
            "memory_mib": memory_mib,
            "cpu_seconds": max(1, int(self._limits.seconds * 2 / 3)),
        }
        text = json.dumps(request, ensure_ascii=False).encode("utf-8", "surrogatepass")
        try:
            return self._open(self._ask(text))
        except ServerEnded:  # not the document's fault: once more, with a new server
            try:
                return self._open(self._ask(text))
            except ServerEnded as ended:
                raise ChildDied(f"the parser could not be run: {ended}") from ended

    def _ask(self, request: bytes) -> bytes:
        """The child's answer. Raises ``SandboxError`` and ``ServerEnded``."""
        number, pipe = FORK_SERVER.give()
        with pipe:
            try:
                send(pipe, request)
            except OSError as ended:
                FORK_SERVER.done(number)
                raise ServerEnded("the child ended while it waited for work") from ended
            try:
                answer = receive(pipe, MAX_ANSWER_BYTES, self._limits.seconds)
            except TimeoutError as late:
                FORK_SERVER.end(number)
                raise ChildTimeout(f"reading took longer than {self._limits.seconds:g} seconds and was stopped") from late
            except TooLong as problem:
                FORK_SERVER.end(number)
                raise ChildDied("the parser's answer was too large and was refused") from problem
            except (EOFError, OSError) as ended:
                raise self._cause_of_death(os.waitstatus_to_exitcode(FORK_SERVER.end(number))) from ended
            except BaseException:  # interrupted: nobody waits for this child any more
                FORK_SERVER.done(number)
                raise
        FORK_SERVER.done(number)
        return answer

    @staticmethod
    def _open(text: bytes) -> Any:
        try:
            answer = json.loads(text.decode("utf-8", "replace"))
        except ValueError as problem:
            raise ChildDied("the parser's answer was not JSON and was refused") from problem
        if "ok" in answer:
            return answer["ok"]
        if answer.get("error") == "memory":
            raise ChildOutOfMemory("reading needs more memory than one document may have")
        raise ChildDied(f"the parser failed: {answer.get('error', 'no reason given')}")

    @staticmethod
    def _cause_of_death(exit_code: int | None) -> SandboxError:
        if exit_code in (-signal.SIGXCPU, -signal.SIGKILL):
            return ChildTimeout("reading took more processor time than one document may have and was stopped")
        if exit_code == -signal.SIGABRT:
            return ChildOutOfMemory("reading needs more memory than one document may have")
        return ChildDied(f"the parser crashed (exit {exit_code}); the file is damaged or hostile")
