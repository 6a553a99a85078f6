"""Tasks that misbehave, run in real children."""

import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

from pipeline.sandbox.tasks import self_test


def echo(arguments: dict[str, Any], _scratch: Path) -> Any:
    return arguments


def sleep(arguments: dict[str, Any], _scratch: Path) -> Any:
    time.sleep(arguments["seconds"])


def spin(_arguments: dict[str, Any], _scratch: Path) -> Any:
    while True:
        pass


def allocate(arguments: dict[str, Any], _scratch: Path) -> Any:
    return len(bytearray(arguments["mib"] * 1024 * 1024))


def crash(_arguments: dict[str, Any], _scratch: Path) -> Any:
    os.kill(os.getpid(), signal.SIGSEGV)
    time.sleep(5)


def leave(_arguments: dict[str, Any], _scratch: Path) -> Any:
    os._exit(7)


def fail(_arguments: dict[str, Any], _scratch: Path) -> Any:
    raise LookupError("what the parser says")


def talk_much(_arguments: dict[str, Any], _scratch: Path) -> Any:
    return "x" * (70 * 1024 * 1024)


def start_helper(arguments: dict[str, Any], _scratch: Path) -> Any:
    if os.fork() == 0:
        time.sleep(2)
        Path(arguments["witness"]).write_text("still alive")
        os._exit(0)
    time.sleep(30)


def write_file(_arguments: dict[str, Any], scratch: Path) -> Any:
    (scratch / "made").write_text("here")
    return "made"


TASKS = {f.__name__: f for f in (echo, sleep, spin, allocate, crash, leave, fail, talk_much, start_helper, write_file)} | {
    "self-test": self_test,
    "sockets": lambda _a, _s: bool(socket),
}
