"""Heads are signed when something is new, lie outside the database, and never continue a log that was changed."""

import stat

import pytest
from sqlalchemy import delete, select, update

from pipeline.clock import FixedClock
from pipeline.desk import Desk, open_desk
from pipeline.errors import EnvironmentProblem
from pipeline.settings import Settings
from pipeline.store import audit
from pipeline.store.tables import audit as log
from pipeline.store.tables import audit_head, checkpoint
from pipeline.trail.notary import LogChanged
from pipeline.trail.notes import read_checkpoint
from tests.pipeline.scenes import hand_in, load_master

NOON = FixedClock("2026-11-25").now()


def write_log(desk: Desk, count: int) -> None:
    with desk.database.write() as connection:
        for number in range(count):
            audit.append(connection, f"invoice-{number % 3}", audit.Event("checked", after={"n": str(number)}), NOON)


def reopened(desk: Desk) -> Desk:
    return open_desk(desk.home.folder, desk.clock, desk.settings)


def test_a_head_is_signed_and_kept_outside(desk: Desk) -> None:
    write_log(desk, 5)
    made = desk.notary.checkpoint()
    with desk.database.read() as connection:
        assert (made.size, made.root) == audit.head(connection)
        assert connection.scalar(select(checkpoint.c.note)) == made.note
        assert connection.scalar(select(log.c.type).where(log.c.index == 5)) == "key-created"
    (kept,) = [note for _file, note in desk.notary.anchors[0].checkpoints()]
    assert read_checkpoint(kept, desk.notary.keys.trusted()) == made
    assert [index for index, _mark in desk.notary.anchors[0].marks()] == list(range(6))


def test_nothing_new_nothing_signed(desk: Desk) -> None:
    write_log(desk, 2)
    assert desk.notary.checkpoint() == desk.notary.checkpoint()
    assert len(list(desk.notary.anchors[0].checkpoints())) == 1


def test_marks_go_on_where_they_ended_also_after_a_restart(desk: Desk) -> None:
    for count in (3, 300, 1):
        write_log(desk, count)
        again = reopened(desk)
        made = again.notary.checkpoint()
        again.close()
    assert [index for index, _mark in desk.notary.anchors[0].marks()] == list(range(made.size))


def test_a_further_anchor_gets_everything(desk: Desk, tmp_path) -> None:  # type: ignore[no-untyped-def]
    write_log(desk, 4)
    desk.notary.checkpoint()
    settings = Settings.model_validate({"audit": {"anchors": [str(tmp_path / "elsewhere")]}})
    later = open_desk(desk.home.folder, desk.clock, settings)
    write_log(later, 1)
    made = later.notary.checkpoint()
    assert [index for index, _mark in later.notary.anchors[1].marks()] == list(range(made.size))
    later.close()


def test_the_key_is_made_once_and_nobody_else_reads_it(desk: Desk) -> None:
    first, again = desk.notary.keys.signer(), reopened(desk).notary.keys.signer()
    assert first.verifier == again.verifier
    assert stat.S_IMODE(desk.home.audit_key.stat().st_mode) == 0o600
    assert desk.notary.keys.trusted() == [first.verifier]


def test_a_damaged_key_is_named(desk: Desk) -> None:
    desk.home.audit_key.write_text("nothing")
    with pytest.raises(EnvironmentProblem, match=r"audit\.key"):
        desk.notary.checkpoint()


def test_a_rotation_is_logged_and_old_heads_stay_valid(desk: Desk) -> None:
    write_log(desk, 2)
    before = desk.notary.checkpoint()
    new = desk.notary.rotate("admin", "yearly")
    after = desk.notary.checkpoint()
    assert (before.signer, after.signer) == (desk.notary.keys.trusted()[0].key_id.hex(), new.key_id.hex())
    assert [read_checkpoint(note, desk.notary.keys.trusted()).size for _file, note in desk.notary.anchors[0].checkpoints()] == [
        3,
        4,
    ]
    with desk.database.read() as connection:
        body = connection.scalar(select(log.c.body).where(log.c.type == "key-rotated")) or b""
    assert str(new).encode() in body


@pytest.mark.parametrize("restart", [False, True])
def test_a_changed_log_is_not_signed(desk: Desk, restart: bool) -> None:
    write_log(desk, 5)
    desk.notary.checkpoint()
    with desk.database.write() as connection:
        connection.execute(update(log).where(log.c.index == 1).values(hash="00" * 32))
    write_log(desk, 1)
    working = reopened(desk) if restart else desk
    with pytest.raises(LogChanged):
        working.notary.checkpoint()


def test_an_older_state_is_not_signed(desk: Desk) -> None:
    write_log(desk, 5)
    desk.notary.checkpoint()
    with desk.database.write() as connection:
        connection.execute(delete(log).where(log.c.index >= 2))
        connection.execute(delete(audit_head))
    with pytest.raises(LogChanged, match="signed"):
        desk.notary.checkpoint()


def test_an_anchor_that_is_away_stops_nothing_while_another_holds(desk: Desk, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "file").write_text("no folder")
    settings = Settings.model_validate({"audit": {"anchors": [str(tmp_path / "file")]}})
    working = open_desk(desk.home.folder, desk.clock, settings)
    write_log(working, 1)
    assert working.notary.checkpoint().size == 2
    working.close()


def test_without_any_anchor_nothing_is_confirmed(desk: Desk) -> None:
    desk.home.anchors.write_text("no folder")
    write_log(desk, 1)
    with pytest.raises(OSError, match="anchors"):
        desk.notary.checkpoint()


def test_an_export_stands_under_a_signed_head_before_it_is_ready(desk: Desk) -> None:
    load_master(desk)
    hand_in(desk, "01-schrauben-preis-je-100.pdf")
    with desk.database.read() as connection:
        written = connection.scalar(select(log.c.index).where(log.c.type == "export-written"))
        ready = connection.scalar(select(log.c.index).where(log.c.type == "ready-for-pull"))
    assert written is not None
    assert ready is not None
    newest = desk.notary.latest()
    assert newest is not None
    assert written < newest.size <= ready
