"""Hand-over under faults at each step: no invoice is booked twice, none is lost, what is unknown is settled by a question."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import update

from pipeline import acts
from pipeline.acts import NotNow, Person
from pipeline.clock import FixedClock, iso, queue_time
from pipeline.desk import Desk, open_desk
from pipeline.outbox import FolderTarget, HttpTarget, Parcel
from pipeline.outbox import folder as folder_module
from pipeline.running import drain
from pipeline.settings import Export, Settings
from pipeline.store import audit, effects, jobs, records
from pipeline.store.tables import export_effect, job
from tests.pipeline.fake_sap import FakeSap, fake_sap
from tests.pipeline.scenes import hand_in, invoice_of, load_master

SAMPLE = "01-schrauben-preis-je-100.pdf"


def events(desk: Desk, item: str) -> list[str]:
    with desk.database.read() as connection:
        return [entry.type for entry in audit.entries(connection, [item])]


def state_of(desk: Desk, item: str) -> str:
    with desk.database.read() as connection:
        return ",".join(row.state for row in effects.of_invoice(connection, item))


def come_back(desk: Desk, *, settled: bool = True) -> None:
    """The time of the next try has come; ``settled``: long after the last attempt."""
    with desk.database.write() as connection:
        connection.execute(update(job).where(job.c.state == "ready").values(not_before=None))
        if settled:
            connection.execute(update(export_effect).values(begun_at=iso(queue_time() - timedelta(hours=1))))
    drain(desk)


@pytest.fixture
def sap() -> Iterator[FakeSap]:
    with fake_sap() as running:
        yield running


@pytest.fixture
def pushing(tmp_path: Path, sap: FakeSap) -> Iterator[Desk]:
    (tmp_path / "password").write_text("secret\n")
    http = {"url": sap.url, "user": "beleg", "password_file": tmp_path / "password", "timeout_seconds": 0.6}
    wanted = Export.model_validate({"formats": ("sap-odata",), "http": http})
    made = open_desk(tmp_path / "home", FixedClock("2026-11-25"), Settings(export=wanted))
    load_master(made)
    yield made
    made.close()


def test_what_sap_booked_closes_the_trail(pushing: Desk, sap: FakeSap) -> None:
    item = hand_in(pushing, SAMPLE)
    assert [row["SupplierInvoice"] for row in sap.booked] == ["5105600000"]
    assert invoice_of(pushing, id=item).state == "acknowledged"
    assert events(pushing, item)[-2:] == ["handed-over", "acknowledged"]
    with pytest.raises(NotNow):
        acts.undo(pushing, item, Person("anna", "clerk"))


@pytest.mark.parametrize(
    ("faults", "asks"),
    [
        (["time-out-after"], []),
        (["500-after"], []),
        (["reset-after"], []),
        (["gibberish-after"], []),
        (["500-before"], []),
        (["reset-before"], []),
        (["late"], []),
        (["reset-before", "time-out-after"], []),
        (["reset-before", "500-before", "reset-after"], []),
        ([], ["500", "reset"]),
        (["time-out-after"], ["", "500", "reset"]),
    ],
    ids=str,
)
def test_faults_at_each_step_book_once(pushing: Desk, sap: FakeSap, faults: list[str], asks: list[str]) -> None:
    sap.faults, sap.ask_faults = list(faults), list(asks)
    item = hand_in(pushing, SAMPLE)
    assert invoice_of(pushing, id=item).state == "approved"  # neither lost nor called done
    assert events(pushing, item)[-1] == ("hand-over-unknown" if faults else "hand-over-waiting")
    for late in sap.late:
        late.join()
    for _ in range(4):
        come_back(pushing)
    assert len(sap.booked) == 1
    assert invoice_of(pushing, id=item).state == "acknowledged"
    assert state_of(pushing, item) == "confirmed"


def test_a_booking_that_was_made_is_found_and_not_sent_again(pushing: Desk, sap: FakeSap) -> None:
    sap.faults = ["time-out-after"]
    hand_in(pushing, SAMPLE)
    come_back(pushing)
    assert (sap.posts, len(sap.booked)) == (1, 1)


def test_a_duplicate_refused_after_a_lost_answer_is_ours(pushing: Desk, sap: FakeSap) -> None:
    """The query did not show it yet, and SAP's own check stopped the second one."""
    sap.duplicate_check, sap.faults, sap.ask_faults = True, ["reset-after"], ["", "blind"]
    item = hand_in(pushing, SAMPLE)
    come_back(pushing)
    assert (sap.posts, len(sap.booked)) == (2, 1)
    assert invoice_of(pushing, id=item).state == "acknowledged"


def test_a_wrong_password_waits_and_is_told_once(pushing: Desk, sap: FakeSap, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("wrong")
    item = hand_in(pushing, SAMPLE)
    for _ in range(6):  # longer than a stage that fails is given
        come_back(pushing)
    assert (sap.posts, invoice_of(pushing, id=item).state, state_of(pushing, item)) == (0, "approved", "prepared")
    assert events(pushing, item).count("hand-over-waiting") == 1
    (tmp_path / "password").write_text("secret")
    come_back(pushing)
    assert (len(sap.booked), invoice_of(pushing, id=item).state) == (1, "acknowledged")


def test_not_there_is_no_proof_so_soon(pushing: Desk, sap: FakeSap) -> None:
    sap.faults = ["reset-before"]
    item = hand_in(pushing, SAMPLE)
    for _ in range(3):
        come_back(pushing, settled=False)
    assert (sap.posts, state_of(pushing, item)) == (1, "unknown")
    with pytest.raises(NotNow):
        acts.undo(pushing, item, Person("anna", "clerk"))
    come_back(pushing)
    assert (sap.posts, state_of(pushing, item)) == (2, "confirmed")


def test_a_refusal_brings_it_to_a_person_and_can_be_tried_again(pushing: Desk, sap: FakeSap) -> None:
    sap.faults = ["refuse"]
    item = hand_in(pushing, SAMPLE)
    row = invoice_of(pushing, id=item)
    assert (row.state, row.decision, state_of(pushing, item)) == ("review", "review", "rejected")
    assert any("999999 does not exist" in finding.message for finding in records.all_findings(row))
    assert not sap.booked
    assert events(pushing, item)[-3:] == ["hand-over-rejected", "export-withdrawn", "decided"]
    with pushing.database.read() as connection:
        assert not records.exports_of(connection, item)


def test_what_somebody_booked_by_hand_is_not_booked_again(pushing: Desk, sap: FakeSap) -> None:
    item = hand_in(pushing, SAMPLE)
    with pushing.database.write() as connection:  # as if this installation had been set up anew
        connection.execute(export_effect.delete())
        row = records.get_invoice(connection, item)
        jobs.add(connection, item, "confirm", row.arrival, queue_time())
    drain(pushing)
    assert (sap.posts, len(sap.booked)) == (1, 1)
    assert invoice_of(pushing, id=item).decision == "review"


def test_a_process_that_died_in_the_call_asks_first(pushing: Desk, sap: FakeSap, monkeypatch: pytest.MonkeyPatch) -> None:
    class Death(BaseException):
        pass

    original = HttpTarget.send

    def die(self: Any, parcel: Parcel) -> Any:
        original(self, parcel)
        raise Death

    monkeypatch.setattr(HttpTarget, "send", die)
    with pytest.raises(Death):
        hand_in(pushing, SAMPLE)
    monkeypatch.undo()
    item = invoice_of(pushing, file=SAMPLE).id
    assert state_of(pushing, item) == "handed-over"
    with pushing.database.write() as connection:  # its leases are over
        connection.execute(update(job).where(job.c.state == "run").values(lease_until=iso(queue_time())))
    drain(pushing)
    assert state_of(pushing, item) == "handed-over"  # the turn of the dead one is not over yet
    with pushing.database.write() as connection:
        connection.execute(update(export_effect).values(busy_until=None))
    come_back(pushing)
    assert (sap.posts, len(sap.booked), state_of(pushing, item)) == (1, 1, "confirmed")


PARCEL = Parcel("a" * 64, sha256(b"data").hexdigest(), "export_1.xml", b"data")


class Cut(Exception):
    pass


@pytest.mark.parametrize("taker", ["nobody", "by-manifest", "by-file"])
@pytest.mark.parametrize("cut", range(14))
def test_a_folder_gets_each_file_once_wherever_it_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: int, taker: str
) -> None:
    """Cut before step ``cut``; then the receiver takes what it sees; then a second try."""
    steps = 0

    def counted(original: Any) -> Any:
        def step(*arguments: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == cut:
                raise Cut
            return original(*arguments)

        return step

    with monkeypatch.context() as patched:
        for name in ("_write", "_put", "_sync"):
            patched.setattr(folder_module, name, counted(getattr(folder_module, name)))
        patched.setattr(Path, "replace", counted(Path.replace))
        with suppress(Cut):
            FolderTarget(tmp_path, "").send(PARCEL)
    taken = _take(tmp_path, taker)
    target = FolderTarget(tmp_path, "")
    if target.look(PARCEL, is_ours=True) is None:
        target.send(PARCEL)
    assert target.look(PARCEL, is_ours=True) is not None
    taken += _take(tmp_path, taker if taker != "nobody" else "by-manifest")
    assert taken == [b"data"]


def _take(folder: Path, taker: str) -> list[bytes]:
    found = []
    for file in [one for one in folder.iterdir() if one.is_file() and not one.name.startswith(".")]:
        manifest = file.with_name(file.name + folder_module.MANIFEST)
        if file.name.endswith(folder_module.MANIFEST) or taker == "nobody" or (taker == "by-manifest" and not manifest.exists()):
            continue
        if manifest.exists():
            assert json.loads(manifest.read_text("utf-8"))["sha256"] == sha256(file.read_bytes()).hexdigest()
        found.append(file.read_bytes())
        file.unlink()
        manifest.unlink(missing_ok=True)
    return found


def test_a_push_folder_has_file_and_manifest(tmp_path: Path) -> None:
    wanted = Export(formats=("json",), folder=tmp_path / "out")
    made = open_desk(tmp_path / "home", FixedClock("2026-11-25"), Settings(export=wanted))
    try:
        load_master(made)
        item = hand_in(made, SAMPLE)
        files = sorted(one.name for one in (tmp_path / "out").iterdir() if one.is_file())
        assert len(files) == 2
        assert files[1] == files[0] + ".manifest.json"
        assert (state_of(made, item), invoice_of(made, id=item).state) == ("confirmed", "exported")
        assert events(made, item)[-1] == "handed-over"
    finally:
        made.close()


@pytest.mark.parametrize(
    "stated",
    [
        {"http": {"url": "http://sap.example/odata"}, "formats": ("sap-odata",)},
        {"http": {"url": "https://u@sap.example/odata"}, "formats": ("sap-odata",)},
        {"http": {"url": "https://sap.example/odata"}, "formats": ("zugferd",)},
        {"http": {"url": "https://sap.example/odata"}, "formats": ("sap-odata", "sap-idoc")},
    ],
    ids=str,
)
def test_settings_that_would_leak_or_book_twice_are_refused(stated: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Export.model_validate(stated)
    Export.model_validate({"http": {"url": "https://sap.example/odata"}, "formats": ("sap-odata", "zugferd")})


def test_a_hand_over_ends_before_its_lease() -> None:
    slow = {"http": {"url": "https://sap.example/odata", "timeout_seconds": 40}, "formats": ("sap-odata",)}
    with pytest.raises(ValidationError, match="lease_seconds"):
        Settings.model_validate({"export": slow})
    Settings.model_validate({"export": slow, "queue": {"lease_seconds": 180}})
