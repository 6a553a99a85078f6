"""When to take nothing new: what we cannot work on or keep stays with the sender, who has it safe."""

import shutil
import time

from pipeline.desk import Desk
from pipeline.store import jobs

LOOK_AGAIN_SECONDS = 2.0
MIB = 1024 * 1024


class Pressure:
    """Looks at open jobs and free disk at most every two seconds."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._looked: float | None = None
        self._reason = ""

    def reason(self) -> str:
        """Why nothing is taken in now; empty when it is."""
        now = time.monotonic()
        if self._looked is None or now - self._looked >= LOOK_AGAIN_SECONDS:
            self._reason, self._looked = self._look(), now
        return self._reason

    def _look(self) -> str:
        limits = self._desk.settings.intake
        free = shutil.disk_usage(self._desk.home.folder).free // MIB
        if free < limits.free_mib:
            return f"only {free} MiB of disk are free, {limits.free_mib} are wanted"
        with self._desk.database.read() as connection:
            waiting = jobs.open_count(connection)
        return f"{waiting} jobs wait, {limits.open_jobs} are the limit" if waiting > limits.open_jobs else ""
