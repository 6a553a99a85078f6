"""The home: writable, and held by one embedded instance at a time."""

from pathlib import Path

import pytest

from pipeline.errors import EnvironmentProblem, HomeInUse
from pipeline.home import Home


def test_a_second_instance_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    first, second = Home(tmp_path), Home(tmp_path)
    first.lock()
    with pytest.raises(HomeInUse, match="another Belegfluss"):
        second.lock()
    first.unlock()
    second.lock()
    second.unlock()


def test_a_home_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EnvironmentProblem, match="choose another with --home"):
        Home(tmp_path / "file" / "home")
