"""The child's side: wait for work, limits first, then one task, then JSON, then the end."""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import signal
import socket
from pathlib import Path
from typing import Any

from pipeline.sandbox.frames import receive, send

MIB = 1024 * 1024
FILE_SIZE = 64 * MIB
OPEN_FILES = 32
MAX_REQUEST_BYTES = 256 * MIB
PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
COLLECT_AFTER = 300_000  # objects; a child ends with its document, so rarely


def main(pipe: socket.socket, parent: int) -> None:
    """Entry point in the forked child. Always answers ``{"ok": ...}`` or ``{"error": ...}`` unless it is killed."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    gc.set_threshold(COLLECT_AFTER, 20, 100)
    _confine_always()
    try:
        request = json.loads(receive(pipe, MAX_REQUEST_BYTES, None))
    except (OSError, EOFError, ValueError):
        os._exit(0)  # not needed any more
    _confine(Path(request["scratch"]), request["memory_mib"], request["cpu_seconds"])
    try:
        tasks = importlib.import_module(request["module"]).TASKS
        answer: dict[str, Any] = {"ok": tasks[request["task"]](request["arguments"], Path(request["scratch"]))}
    except MemoryError:
        answer = {"error": "memory"}
    except RecursionError:
        answer = {"error": "nested too deeply"}
    except Exception as problem:  # a parser's bug must be told, not swallowed: the parent turns it into a finding
        answer = {"error": f"{type(problem).__name__}: {problem}"[:500]}
    try:
        text = json.dumps(answer, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except (MemoryError, ValueError, RecursionError):
        text = b'{"error": "memory"}'
    with contextlib.suppress(OSError):
        send(pipe, text)
    os._exit(0)  # no clean-up code of a library that has seen hostile bytes


def _confine_always() -> None:
    """What does not depend on the work, done while the child waits: session, empty environment, no new privileges, files."""
    os.setsid()
    os.environ.clear()
    _limit({resource.RLIMIT_FSIZE: FILE_SIZE, resource.RLIMIT_NOFILE: OPEN_FILES, resource.RLIMIT_CORE: 0})
    _prctl(PR_SET_NO_NEW_PRIVS, 1)


def _confine(scratch: Path, memory_mib: int, cpu_seconds: int) -> None:
    """The folder of this work, its memory and its processor time."""
    os.chdir(scratch)
    _limit({resource.RLIMIT_AS: memory_mib * MIB, resource.RLIMIT_CPU: cpu_seconds})


def _limit(ceilings: dict[int, int]) -> None:
    for limit, value in ceilings.items():
        with contextlib.suppress(ValueError, OSError):  # a stricter limit is already in force
            resource.setrlimit(limit, (value, value))


def _prctl(option: int, value: int) -> None:
    _LIBC.prctl(option, value, 0, 0, 0)


_LIBC = ctypes.CDLL(None, use_errno=True)
