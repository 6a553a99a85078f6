"""A desk whose ways in are quick, and a clock for them that tests move."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.clock import FixedClock
from pipeline.desk import Desk, open_desk
from pipeline.settings import Settings

IMAP = {"poll_seconds": 0.1, "security": "none", "timeout_seconds": 10}
QUICK = {"intake": {"free_mib": 0, "imap": IMAP}}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(tmp_path / "home", FixedClock("2026-11-25"), Settings.model_validate(QUICK))
    yield made
    made.close()


class Watch:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now
