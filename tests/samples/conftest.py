"""The committed samples, and the same ones made anew."""

from pathlib import Path

import pytest

import samples
from samples.build import Collection, build_all

FOLDER = Path(samples.__file__).parent


@pytest.fixture(scope="session")
def folder() -> Path:
    return FOLDER


@pytest.fixture(scope="session")
def collection() -> Collection:
    return build_all()
