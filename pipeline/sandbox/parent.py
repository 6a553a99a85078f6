"""The parent's side: start a child, wait for its JSON, kill it when it takes too long."""

import contextlib
import json
import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from pipeline.sandbox import child
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
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["pipeline.sandbox.tasks", "pipeline.sandbox.parsers"])

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
        ours, theirs = self._context.Pipe(duplex=False)
        cpu_seconds = max(1, int(self._limits.seconds * 2 / 3))
        process = self._context.Process(
            target=child.main,
            args=(theirs, self._module, task, arguments, scratch, memory_mib, cpu_seconds),
            daemon=True,
            name=f"belegfluss-{task}",
        )
        process.start()
        theirs.close()
        try:
            if not ours.poll(self._limits.seconds):
                raise ChildTimeout(f"reading took longer than {self._limits.seconds:g} seconds and was stopped")
            text = ours.recv_bytes(MAX_ANSWER_BYTES)
        except EOFError as ended:
            process.join(5)
            raise self._cause_of_death(process.exitcode) from ended
        except OSError as problem:
            raise ChildDied("the parser's answer was too large and was refused") from problem
        finally:
            ours.close()
            self._end(process)
        return self._open(text)

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

    @staticmethod
    def _end(process: Any) -> None:
        """Kill the child's whole session if it still lives: a parser may have started helpers."""
        process.join(0.2)
        if process.is_alive():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            process.join(5)
        process.close()
