"""Settings: order of sources, unknown keys, wrong values."""

from pathlib import Path

import pytest

from pipeline.errors import UsageError
from pipeline.settings import load


def test_defaults_need_nothing(tmp_path: Path) -> None:
    settings = load(tmp_path, {})
    assert settings.broker_url == ""
    assert settings.export.formats == ("zugferd", "sap-idoc")


def test_environment_wins_over_file_and_nests(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('language = "de"\n[queue]\nworkers = 3\n')
    settings = load(tmp_path, {"BELEGFLUSS_QUEUE__WORKERS": "5", "BELEGFLUSS_HOME": "ignored here", "OTHER": "x"})
    assert (settings.language, settings.queue.workers) == ("de", 5)


def test_a_list_in_the_environment_is_separated_by_commas(tmp_path: Path) -> None:
    assert load(tmp_path, {"BELEGFLUSS_EXPORT__FORMATS": "zugferd,xrechnung-ubl"}).export.formats == ("zugferd", "xrechnung-ubl")


@pytest.mark.parametrize(
    ("toml", "environment", "named"),
    [
        ("brokr_url = ''", {}, "did you mean broker_url"),
        ("[queue]\nworker = 2", {}, "did you mean queue.workers"),
        ("", {"BELEGFLUSS_DATABASE_URI": "x"}, "did you mean database_url"),
        ("", {"BELEGFLUSS_WEB__PROT": "1"}, "did you mean port"),
        ("", {"BELEGFLUSS_LANGUAGE__X": "1"}, "no settings below"),
        ("[queue]\nworkers = 0", {}, "queue.workers"),
        ("language = 'fr'", {}, "language"),
        ("not toml", {}, "config.toml"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, toml: str, environment: dict[str, str], named: str) -> None:
    (tmp_path / "config.toml").write_text(toml)
    with pytest.raises(UsageError, match=named):
        load(tmp_path, environment)
