"""The child's side: limits first, then one task, then JSON, then the end."""

import contextlib
import ctypes
import importlib
import json
import os
import resource
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

MIB = 1024 * 1024
FILE_SIZE = 64 * MIB
OPEN_FILES = 32
PR_SET_NO_NEW_PRIVS = 38


def main(
    pipe: Connection, module: str, task: str, arguments: dict[str, Any], scratch: str, memory_mib: int, cpu_seconds: int
) -> None:
    """Entry point in the forked child. Always answers ``{"ok": ...}`` or ``{"error": ...}`` unless it is killed."""
    confine(Path(scratch), memory_mib, cpu_seconds)
    try:
        tasks = importlib.import_module(module).TASKS
        answer: dict[str, Any] = {"ok": tasks[task](arguments, Path(scratch))}
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
        pipe.send_bytes(text)
    pipe.close()
    os._exit(0)  # no clean-up code of a library that has seen hostile bytes


def confine(scratch: Path, memory_mib: int, cpu_seconds: int) -> None:
    """Own session, empty folder and environment, resource limits, no new privileges."""
    os.setsid()
    os.chdir(scratch)
    os.environ.clear()
    ceilings = {
        resource.RLIMIT_AS: memory_mib * MIB,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_FSIZE: FILE_SIZE,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for limit, value in ceilings.items():
        with contextlib.suppress(ValueError, OSError):  # a stricter limit is already in force
            resource.setrlimit(limit, (value, value))
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
