"""Attacks of a person with full rights on the database, and what ``verify`` says of each."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, select, update

from pipeline.clock import FixedClock
from pipeline.desk import Desk, open_desk
from pipeline.errors import EnvironmentProblem
from pipeline.receiving import receive
from pipeline.settings import Settings
from pipeline.store import audit
from pipeline.store.tables import audit as log
from pipeline.store.tables import audit_head, audit_node, checkpoint, export, received
from pipeline.trail.verification import verify_desk
from tests.pipeline.scenes import hand_in, load_master
from tests.pipeline.trail.attacks import (
    add_row,
    cut_head,
    edited,
    extended,
    moved,
    rehash,
    rewrite,
    story,
    swap_rows,
    thorough,
    write_log,
)

Attack = Callable[[Connection], object]
SIZE = 13  # twelve entries and the one that names the key


def attack(desk: Desk, change: Attack) -> dict[str, object] | None:
    with desk.database.write() as connection:
        change(connection)
    return verify_desk(desk).first_bad


def test_an_untouched_log_is_clean(desk: Desk) -> None:
    write_log(desk)
    head = desk.notary.checkpoint()
    found = verify_desk(desk)
    assert (found.ok, found.entries, found.root, found.anchored) == (True, SIZE, head.root, SIZE)
    assert not found.warnings


CARELESS = [
    pytest.param(lambda c: c.execute(update(log).where(log.c.index == 3).values(body=b"{}")), 3, "edited", id="bytes"),
    pytest.param(lambda c: c.exec_driver_sql("UPDATE audit SET body = 'x' WHERE \"index\" = 3"), 3, "edited", id="no bytes"),
    pytest.param(lambda c: rewrite(c, 5, after={"n": "forged"}), 5, "edited", id="bytes and hash"),
    pytest.param(lambda c: rewrite(c, 11, after={"n": "forged"}), 11, "edited", id="bytes and hash of the last but one"),
    pytest.param(lambda c: c.execute(update(log).where(log.c.index == 2).values(actor="another")), 2, "edited", id="a column"),
    pytest.param(lambda c: c.execute(delete(log).where(log.c.index == 3)), 3, "deleted", id="a row deleted"),
    pytest.param(lambda c: c.execute(delete(log).where(log.c.index >= 9)), 9, "rolled-back", id="rows cut off, no other table"),
    pytest.param(lambda c: swap_rows(c, 1, 2), 1, "reordered", id="rows swapped"),
    pytest.param(add_row, SIZE, "inserted", id="a row added at the end"),
    pytest.param(lambda c: c.execute(delete(audit_head)), 0, "inserted", id="the head deleted"),
    pytest.param(
        lambda c: c.execute(update(checkpoint).values(root="00" * 32)), 12, "edited", id="a signed head in the database"
    ),
    pytest.param(lambda c: c.execute(update(checkpoint).values(note="forged")), 12, "edited", id="its note"),
]

THOROUGH = [
    pytest.param(thorough(lambda s: edited(s, 4)), 4, "edited", id="edited"),
    pytest.param(thorough(lambda s: edited(s, 12)), 12, "edited", id="edited at the end"),
    pytest.param(thorough(lambda s: edited(edited(s, 4), 9)), 4, "edited", id="edited twice"),
    pytest.param(thorough(lambda s: s[:4] + s[5:]), 4, "deleted", id="deleted"),
    pytest.param(thorough(lambda s: s[:4] + s[7:]), 4, "deleted", id="deleted, three of them"),
    pytest.param(thorough(lambda s: [e for e in s if e["item"] != "invoice-1"]), 1, "deleted", id="a whole invoice deleted"),
    pytest.param(thorough(lambda s: extended(s, 4)), 4, "inserted", id="inserted"),
    pytest.param(thorough(lambda s: extended(s, 4, "new")), 4, "inserted", id="inserted for a new invoice"),
    pytest.param(thorough(lambda s: moved(s, 7, 3)), 3, "reordered", id="moved to the front"),
    pytest.param(thorough(lambda s: moved(s, 3, 7)), 3, "reordered", id="moved to the back"),
    pytest.param(lambda c: cut_head(c, 8), 8, "rolled-back", id="cut"),
    pytest.param(lambda c: cut_head(c, 0), 0, "rolled-back", id="all of it"),
]


@pytest.mark.parametrize(("change", "index", "kind"), [*CARELESS, *THOROUGH])
def test_a_changed_log_is_found(desk: Desk, change: Attack, index: int, kind: str) -> None:
    write_log(desk)
    desk.notary.checkpoint()
    assert attack(desk, change) == {"index": index, "kind": kind}


@pytest.mark.parametrize(("change", "index", "kind"), THOROUGH)
def test_it_is_found_among_many_heads_and_behind_new_entries(desk: Desk, change: Attack, index: int, kind: str) -> None:
    for part in range(4):
        write_log(desk, 3, part * 3)
        if part != 1:
            desk.notary.checkpoint()
    with desk.database.write() as connection:
        key_entry = next(n for n, event in enumerate(story(connection)) if event["type"] == "key-created")
        rest = [event for event in story(connection) if event["type"] != "key-created"]
    assert key_entry == 3
    found = attack(desk, change)
    assert found is not None
    assert found["kind"] == kind
    assert len(rest) == SIZE - 1


@pytest.mark.parametrize(
    ("change", "index"),
    [
        pytest.param(lambda c: rewrite(c, 4, after={"n": "forged"}), 4, id="a chain broken by what stands before"),
        pytest.param(thorough(lambda s: edited(s, 4)), 0, id="hashed anew: that, but not where"),
    ],
)
def test_without_marks_the_signed_heads_still_tell(desk: Desk, change: Attack, index: int) -> None:
    write_log(desk)
    desk.notary.checkpoint()
    for file in desk.home.anchors.rglob("*.entries"):
        file.unlink()
    assert attack(desk, change) == {"index": index, "kind": "edited"}


def test_a_kept_node_that_was_changed_is_found(desk: Desk) -> None:
    write_log(desk, 300)
    assert attack(desk, lambda c: c.execute(update(audit_node).values(hash="00" * 32))) == {"index": 0, "kind": "edited"}


def test_an_old_state_put_back_is_told_from_a_cut(desk: Desk, tmp_path: Path) -> None:
    """With a cut log the other tables still tell of what happened; in a restored backup nothing does."""
    receive(desk, b"%PDF-1.4 first", "first.pdf", "test")
    desk.notary.checkpoint()
    copy_database(desk, desk.home.database, tmp_path / "backup")
    receive(desk, b"%PDF-1.4 second", "second.pdf", "test")
    size = desk.notary.checkpoint().size
    assert verify_desk(desk).ok
    copy_database(desk, desk.home.database, tmp_path / "present")

    assert attack(desk, lambda c: cut_head(c, 2)) == {"index": 2, "kind": "truncated"}

    copy_database(desk, tmp_path / "present", desk.home.database)
    assert verify_desk(desk).ok
    copy_database(desk, tmp_path / "backup", desk.home.database)
    assert verify_desk(desk).first_bad == {"index": 2, "kind": "rolled-back"}
    assert size == 3


def test_an_old_state_is_also_found_when_work_went_on(desk: Desk, tmp_path: Path) -> None:
    receive(desk, b"%PDF-1.4 first", "first.pdf", "test")
    desk.notary.checkpoint()
    copy_database(desk, desk.home.database, tmp_path / "backup")
    receive(desk, b"%PDF-1.4 second", "second.pdf", "test")
    desk.notary.checkpoint()
    copy_database(desk, tmp_path / "backup", desk.home.database)
    later = open_desk(desk.home.folder, FixedClock("2026-11-26"), desk.settings)
    for n in range(3):
        receive(later, b"%PDF-1.4 other" + bytes([n]), "other.pdf", "test")
    assert verify_desk(later).first_bad == {"index": 2, "kind": "rolled-back"}
    later.close()


def copy_database(desk: Desk, source: Path, target: Path) -> None:
    """All pages of one SQLite file into another, as a backup program does it."""
    desk.database.close()
    for leftover in (target, target.with_name(target.name + "-wal"), target.with_name(target.name + "-shm")):
        leftover.unlink(missing_ok=True)
    with sqlite3.connect(source) as old, sqlite3.connect(target) as new:
        old.backup(new)
    old.close()
    new.close()


def test_a_cut_behind_the_last_anchor_is_found_where_other_tables_tell_of_it(desk: Desk) -> None:
    receive(desk, b"%PDF-1.4 first", "first.pdf", "test")
    desk.notary.checkpoint()
    receive(desk, b"%PDF-1.4 second", "second.pdf", "test")
    assert attack(desk, lambda c: rehash(c, story(c)[:2])) == {"index": 2, "kind": "truncated"}


def test_a_cut_behind_the_last_anchor_is_not_found_else(desk: Desk) -> None:
    """Said openly in the documentation: up to a minute, and never anything that was confirmed to somebody."""
    write_log(desk, 4)
    desk.notary.checkpoint()
    write_log(desk, 2, 4)
    assert attack(desk, lambda c: rehash(c, story(c)[:5])) is None


@pytest.mark.parametrize("signed", [False, True])
def test_a_clock_set_back_is_found(desk: Desk, signed: bool) -> None:
    write_log(desk)
    with desk.database.write() as connection:
        audit.append(connection, "invoice-9", audit.Event("checked"), FixedClock("2026-11-24").now())
    if signed:
        desk.notary.checkpoint()
    assert verify_desk(desk).first_bad == {"index": 12, "kind": "clock-back"}


def test_a_replaced_original_is_found(desk: Desk) -> None:
    receive(desk, b"%PDF-1.4 genuine", "a.pdf", "test")
    sha256 = desk.originals.put(b"%PDF-1.4 genuine")
    desk.notary.checkpoint()
    path = desk.originals.path(sha256)
    path.chmod(0o600)
    path.write_bytes(b"forged")
    assert verify_desk(desk).first_bad == {"index": 0, "kind": "bytes-replaced"}
    path.unlink()
    assert verify_desk(desk).first_bad == {"index": 0, "kind": "bytes-replaced"}


def test_a_row_that_names_other_bytes_is_found(desk: Desk) -> None:
    receive(desk, b"%PDF-1.4 genuine", "a.pdf", "test")
    forged = desk.originals.put(b"%PDF-1.4 forged")
    desk.notary.checkpoint()
    assert attack(desk, lambda c: c.execute(update(received).values(sha256=forged))) == {"index": 0, "kind": "bytes-replaced"}


def test_an_export_that_names_other_bytes_is_found(desk: Desk) -> None:
    load_master(desk)
    hand_in(desk, "01-schrauben-preis-je-100.pdf")
    assert verify_desk(desk).ok
    forged = desk.exports.put(b"forged")
    found = attack(desk, lambda c: c.execute(update(export).values(sha256=forged)))
    assert found is not None
    with desk.database.read() as connection:
        index = connection.scalar(select(log.c.index).where(log.c.type == "export-written"))
    assert found == {"index": index, "kind": "bytes-replaced"}


def test_an_anchor_of_the_auditor_counts_too(desk: Desk, tmp_path: Path) -> None:
    """Who can delete files of the home too is found by a copy he cannot reach."""
    write_log(desk)
    desk.notary.checkpoint()
    shutil.copytree(desk.home.anchors, tmp_path / "auditor")
    shutil.rmtree(desk.home.anchors)
    with desk.database.write() as connection:
        rehash(connection, edited(story(connection), 4))
    assert verify_desk(desk).ok
    assert verify_desk(desk, [tmp_path / "auditor"]).first_bad == {"index": 4, "kind": "edited"}


def test_a_forged_anchor_is_no_evidence_but_is_told(desk: Desk) -> None:
    write_log(desk)
    head = desk.notary.checkpoint()
    (desk.home.anchors / "2026-11-25" / "000000000099.checkpoint").write_text(head.note.replace("\n13\n", "\n99\n"))
    found = verify_desk(desk)
    assert found.ok
    assert len(found.warnings) == 1


def test_heads_of_another_key_are_not_trusted(desk: Desk, tmp_path: Path) -> None:
    write_log(desk)
    desk.notary.checkpoint()
    other = open_desk(tmp_path / "other", desk.clock, Settings())
    key = other.notary.keys.signer().verifier
    found = verify_desk(desk, keys=[key])
    assert found.first_bad == {"index": 12, "kind": "edited"}
    other.close()


def test_without_public_keys_nothing_is_called_clean(desk: Desk) -> None:
    write_log(desk)
    desk.notary.checkpoint()
    desk.notary.keys.public_file.unlink()
    with pytest.raises(EnvironmentProblem, match=r"audit\.pub"):
        verify_desk(desk)
