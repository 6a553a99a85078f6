"""The watched folder: each final file once, none half, each with an outcome; faults as in row 22 of the fault matrix."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select

from pipeline.desk import Desk
from pipeline.intake.folder import FolderWatch
from pipeline.running import drain
from pipeline.store.tables import invoice, received
from tests.pipeline.intake.conftest import Watch

TEXT = b"not a document, only words\n"
WHOLE_PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n"
HALF_PDF = b"%PDF-1.7\n1 0 obj\n<< /Length 4000 >>\nstream\nBT (Rechnung 4711) Tj"
LINEARIZED_CUT = b"%PDF-1.7\n1 0 obj\n<< /Linearized 1 /L 90000 /H [ 1 2 ] >>\nendobj\nstartxref\n0\n%%EOF\n" + b"x" * 500


class Scene:
    def __init__(self, desk: Desk) -> None:
        self.desk, self.time = desk, Watch()
        self.watch = FolderWatch(desk, seconds=self.time)
        self.inbox = self.watch.inbox
        self.inbox.mkdir()

    def drop(self, name: str, data: bytes = TEXT) -> Path:
        path = self.inbox / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        return path

    def after(self, seconds: float, watch: FolderWatch | None = None) -> int:
        self.time.now += seconds
        return (watch or self.watch).poll()

    def settle(self) -> int:
        return self.after(0) + self.after(5)

    def rows(self) -> list[Row[Any]]:
        with self.desk.database.read() as connection:
            return list(connection.execute(select(received).where(received.c.parent_id.is_(None)).order_by(received.c.seq)))

    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.inbox)) for path in self.inbox.rglob("*") if path.is_file())


@pytest.fixture
def scene(desk: Desk) -> Scene:
    return Scene(desk)


def test_a_file_is_taken_when_nothing_changed_for_the_settle_time(scene: Scene) -> None:
    scene.drop("a.txt")
    assert [scene.after(seconds) for seconds in (0, 4.9, 0.1)] == [0, 0, 1]
    (row,) = scene.rows()
    assert (row.name, row.origin, scene.desk.originals.get(row.sha256)) == ("a.txt", "folder", TEXT)


def test_it_ends_in_done_or_rejected_with_its_outcome(scene: Scene) -> None:
    scene.drop("note.eml", b"From: a@example.com\r\nSubject: Hello\r\n\r\nNo document here.\r\n")
    scene.drop("broken.pdf", WHOLE_PDF)
    assert scene.settle() == 2
    assert scene.after(5) == 0
    assert len(list((scene.inbox / ".work").rglob("*.*"))) == 2, "the stages have not decided yet"
    drain(scene.desk)
    scene.after(5)
    assert scene.files() == [
        "done/note.eml",
        "done/note.eml.outcome.json",
        "rejected/broken.pdf",
        "rejected/broken.pdf.outcome.json",
    ]
    assert not list((scene.inbox / ".work").iterdir())
    told = json.loads((scene.inbox / "done/note.eml.outcome.json").read_text())
    assert [(one["kind"], one["decision"]) for one in told["documents"]] == [("other", "not-an-invoice")]
    assert told["received"] == next(row.id for row in scene.rows() if row.name == "note.eml")
    told = json.loads((scene.inbox / "rejected/broken.pdf.outcome.json").read_text())
    assert told["documents"][0]["kind"] == "unreadable"
    assert told["documents"][0]["reasons"]


def test_the_same_name_twice_overwrites_nothing(scene: Scene) -> None:
    for text in (b"one", b"two", b"three"):
        scene.drop("a.txt", text)
        scene.settle()
        drain(scene.desk)
        scene.after(5)
    kept = [path for path in sorted((scene.inbox).glob("*/a*")) if not path.name.endswith(".json")]
    assert {path.read_bytes() for path in kept} == {b"one", b"two", b"three"}
    assert len(scene.rows()) == 3


def test_a_writer_who_pauses_is_waited_for(scene: Scene) -> None:
    path = scene.drop("slow.txt", b"first half ")
    with path.open("ab") as file:
        assert [scene.after(60) for _ in range(3)] == [0, 0, 0], "still open for writing, however long nothing comes"
        file.write(b"second half")
    assert scene.settle() == 1
    assert scene.desk.originals.get(scene.rows()[0].sha256) == b"first half second half"


def test_a_writer_who_closes_between_halves_is_waited_for(scene: Scene) -> None:
    path = scene.drop("scan.pdf", HALF_PDF)
    assert [scene.after(60) for _ in range(5)] == [0] * 5
    path.write_bytes(WHOLE_PDF)
    assert scene.settle() == 1
    assert scene.desk.originals.get(scene.rows()[0].sha256) == WHOLE_PDF


@pytest.mark.parametrize(
    "data", [HALF_PDF, LINEARIZED_CUT, b"", b"PK\x03\x04 cut archive", b"<?xml version='1.0'?><Invoice><ID>47"], ids=range(5)
)
def test_what_stays_unfinished_is_rejected_and_never_read(scene: Scene, data: bytes) -> None:
    scene.drop("half.pdf", data)
    assert [scene.after(seconds) for seconds in (0, 300, 299)] == [0, 0, 0]
    assert scene.after(1) == 1
    drain(scene.desk)
    scene.after(5)
    assert scene.files() == ["rejected/half.pdf", "rejected/half.pdf.outcome.json"]
    with scene.desk.database.read() as connection:
        (found,) = connection.execute(select(invoice))
    assert (found.kind, found.decision) == ("unreadable", "quarantined")


@pytest.mark.parametrize("name", ["a.pdf.part", "a.PART", "~$a.pdf", "a.pdf~", ".a.pdf", "a.filepart", "a.tmp", "b.crdownload"])
def test_names_of_unfinished_files_are_left_alone_until_they_are_renamed(scene: Scene, name: str) -> None:
    path = scene.drop(name)
    assert scene.settle() == 0
    path.rename(scene.inbox / "final.txt")
    assert scene.settle() == 1
    assert [row.name for row in scene.rows()] == ["final.txt"]


def test_overwriting_begins_the_wait_anew(scene: Scene) -> None:
    scene.drop("a.txt", b"old")
    scene.after(0)
    scene.after(4)
    scene.drop("a.txt", b"new and longer")
    assert [scene.after(4), scene.after(4), scene.after(1)] == [0, 0, 1]
    assert scene.desk.originals.get(scene.rows()[0].sha256) == b"new and longer"


def test_a_file_that_goes_away_is_forgotten(scene: Scene) -> None:
    path = scene.drop("a.txt")
    scene.after(0)
    path.unlink()
    assert scene.after(5) == 0
    scene.drop("a.txt")
    assert scene.after(0) == 0, "another file under the old name has to settle itself"


def test_links_and_pipes_are_not_followed(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (scene.inbox / "link.pdf").symlink_to(tmp_path / "secret")
    os.mkfifo(scene.inbox / "pipe.pdf")
    assert scene.settle() == 0
    assert (scene.inbox / "link.pdf").is_symlink()


def test_files_in_folders_below_are_taken_too(scene: Scene) -> None:
    scene.drop("scanner/a.txt")
    assert scene.settle() == 1


def test_two_watchers_take_each_file_once(scene: Scene) -> None:
    other = FolderWatch(scene.desk, seconds=scene.time)
    for number in range(30):
        scene.drop(f"{number}.txt", b"%d" % number)
    for watch in (scene.watch, other) * 3:
        scene.after(3, watch)
    assert sorted(row.name for row in scene.rows()) == sorted(f"{number}.txt" for number in range(30))


@pytest.mark.parametrize("moment", ["claimed", "received", "filed"])
def test_a_crash_at_any_moment_makes_no_second_row(scene: Scene, moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = {"claimed": "receive", "received": "outcome_of", "filed": "_remove"}[moment]
    scene.drop("a.txt")
    scene.after(0)
    with monkeypatch.context() as crash:
        crash.setattr(f"pipeline.intake.folder.{name}", _die)
        with pytest.raises(KeyboardInterrupt):
            _go_on(scene, scene.watch)
    restarted = FolderWatch(scene.desk, seconds=scene.time)
    _go_on(scene, restarted)
    assert len(scene.rows()) == 1
    assert len(scene.files()) == 2
    assert not list((scene.inbox / ".work").iterdir())


def _go_on(scene: Scene, watch: FolderWatch) -> None:
    for _ in range(3):
        scene.after(5, watch)
        drain(scene.desk)


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_full_disk_loses_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.drop("a.txt")
    scene.after(0)
    with monkeypatch.context() as full:
        full.setattr("pipeline.store.blobs.os.fsync", _no_space)
        assert scene.after(5) == 0
    assert not scene.rows()
    assert scene.after(5) == 1
    assert [row.name for row in scene.rows()] == ["a.txt"]


def _no_space(_descriptor: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_above_the_backlog_files_stay_where_people_see_them(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.drop("a.txt")
    scene.after(0)
    with monkeypatch.context() as busy:
        busy.setattr("pipeline.intake.pressure.Pressure.reason", lambda _self: "20001 jobs wait")
        assert scene.after(5) == 0
    assert scene.files() == ["a.txt"]
    assert scene.after(5) == 1


def test_a_giant_is_not_loaded_but_has_its_outcome(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FolderWatch, "_limit", lambda _self: 1000)
    scene.drop("giant.pdf", b"%PDF-1.7" + b" " * 2000)
    assert scene.settle() == 1
    drain(scene.desk)
    scene.after(5)
    assert scene.files() == ["rejected/giant.pdf", "rejected/giant.pdf.outcome.json"]
    assert scene.rows()[0].size < 1000
