"""Changed settings are an entry, once, with what they were before and without passwords."""

from sqlalchemy import select

from pipeline.desk import Desk, open_desk
from pipeline.settings import Settings
from pipeline.store import audit
from pipeline.store.tables import audit as log
from pipeline.trail.settings_log import log_settings


def test_settings_are_logged_when_they_changed(desk: Desk) -> None:
    assert log_settings(desk)
    assert not log_settings(desk)
    values = {"policy": {"score_threshold": "0.5"}, "broker_url": "redis://user:secret@host/0"}
    other = open_desk(desk.home.folder, desk.clock, Settings.model_validate(values))
    assert log_settings(other)
    other.close()
    with desk.database.read() as connection:
        rows = connection.execute(select(log.c.body, log.c.hash).order_by(log.c.index)).all()
    first, second = (audit._entry(row.body, row.hash) for row in rows)
    assert (first.before, first.after["changed"]) == (None, [])
    assert second.before == {"broker_url": "-", "policy.score_threshold": "0.60"}
    assert second.after["changed"] == ["broker_url", "policy.score_threshold"]
    assert b"secret" not in rows[1].body
