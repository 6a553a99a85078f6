"""A desk in a fresh home, with a clock that stands still."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.clock import FixedClock
from pipeline.desk import Desk, open_desk
from pipeline.settings import Settings


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(tmp_path / "home", FixedClock("2026-11-25"), Settings())
    yield made
    made.close()
