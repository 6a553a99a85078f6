"""The mailbox on a real Dovecot; faults as in row 20 of the fault matrix: each mail exactly one row."""

import imaplib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from imap_tools import MailBoxUnencrypted
from sqlalchemy import Row, select

from pipeline.clock import FixedClock
from pipeline.desk import Desk, open_desk
from pipeline.intake.mailbox import TROUBLE, MailboxReader, connect, leave
from pipeline.intake.naming import mail_name
from pipeline.running import drain
from pipeline.settings import Settings
from pipeline.store import mails
from pipeline.store.tables import invoice, mailbox_mail, received
from tests.pipeline.intake import dovecot
from tests.pipeline.intake.conftest import IMAP

pytestmark = pytest.mark.skipif(dovecot.PROGRAM is None, reason="no dovecot: apt-get install dovecot-imapd")


def mail(number: int, body: str = "Nothing to see.") -> bytes:
    return (
        f"From: supplier@example.com\r\nTo: invoices@example.org\r\nSubject: Letter {number}\r\n"
        f"Message-ID: <{number}@example.com>\r\nDate: Wed, 25 Nov 2026 10:00:00 +0000\r\n\r\n{body}\r\n"
    ).encode()


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[int, Path]]:
    with dovecot.dovecot() as found:
        yield found


class Box:
    """Our side and the server's side of one empty mailbox."""

    def __init__(self, folder: Path, port: int, maildir: Path, **settings: Any) -> None:
        self._server_port, self._maildir, self._settings = port, maildir, settings
        self.wire = dovecot.Wire(port)
        self.desk = self.open(folder)
        self.reader = MailboxReader(self.desk)

    def open(self, folder: Path) -> Desk:
        imap = IMAP | {"host": "127.0.0.1", "port": self.wire.port, "user": dovecot.USER}
        intake = {"free_mib": 0, "imap": imap | {"password": dovecot.PASSWORD} | self._settings}
        return open_desk(folder, FixedClock("2026-11-25"), Settings.model_validate({"intake": intake}))

    def client(self) -> MailBoxUnencrypted:
        box = MailBoxUnencrypted("127.0.0.1", self._server_port)
        box.login(dovecot.USER, dovecot.PASSWORD)
        return box

    def put(self, *mails: bytes, folder: str = "INBOX") -> None:
        with self.client() as box:
            for one in mails:
                box.client.append(folder, None, None, one)

    def look(self, reader: MailboxReader | None = None) -> int:
        box = connect(self.desk.settings.intake.imap)
        try:
            return (reader or self.reader).look(box)
        finally:
            leave(box)

    def count(self, folder: str) -> int:
        with self.client() as box:
            return box.folder.status(folder)["MESSAGES"] if box.folder.exists(folder) else 0

    def rows(self) -> list[Row[Any]]:
        with self.desk.database.read() as connection:
            return list(connection.execute(select(received).where(received.c.parent_id.is_(None)).order_by(received.c.seq)))

    def empty(self) -> None:
        with self.client() as box:
            for folder in box.folder.list():
                box.folder.set(folder.name)
                box.delete(box.uids())
                if folder.name != "INBOX":
                    box.folder.set("INBOX")
                    box.folder.delete(folder.name)

    def close(self) -> None:
        self.wire.close()
        self.desk.close()


@pytest.fixture
def make(server: tuple[int, Path], tmp_path: Path) -> Iterator[Callable[..., Box]]:
    made: list[Box] = []

    def build(**settings: Any) -> Box:
        made.append(Box(tmp_path / f"home{len(made)}", *server, **settings))
        made[-1].empty()
        return made[-1]

    yield build
    for box in made:
        box.close()


def test_each_mail_has_a_row_and_an_outcome_and_is_moved(make: Callable[..., Box]) -> None:
    box = make()
    box.put(mail(1), mail(2))
    assert (box.look(), box.look()) == (2, 0)
    assert (box.count("INBOX"), box.count("Belegfluss-Done")) == (0, 2)
    first, second = box.rows()
    assert [first.name, second.name] == ["Letter 1.eml", "Letter 2.eml"]
    assert box.desk.originals.get(first.sha256) == mail(1), "byte for byte"
    drain(box.desk)
    with box.desk.database.read() as connection:
        found = list(connection.execute(select(invoice.c.kind, invoice.c.decision)))
        census = mails.censuses(connection)[0]
    assert found == [("other", "not-an-invoice")] * 2
    assert (census["mails"], census["without_row"]) == (0, 0)


def test_flags_of_people_do_not_hide_mails(make: Callable[..., Box]) -> None:
    box = make()
    with box.client() as client:
        client.client.append("INBOX", r"(\Seen \Flagged)", None, mail(1))
    assert box.look() == 1


def test_a_mailbox_that_is_only_read_is_not_fetched_again(make: Callable[..., Box]) -> None:
    box = make(done_folder="")
    box.put(mail(1))
    assert box.look() == 1
    again = MailboxReader(box.desk)
    assert (box.look(), box.look(again)) == (0, 0)
    box.put(mail(2))
    assert (box.look(again), box.count("INBOX"), len(box.rows())) == (1, 2, 2)
    with box.client() as client:
        assert not [one for one in client.fetch(mark_seen=False) if "\\Seen" in one.flags]


def test_the_same_mail_twice_in_the_mailbox_is_one_row(make: Callable[..., Box]) -> None:
    box = make()
    box.put(mail(1), mail(1))
    box.look()
    assert (len(box.rows()), box.count("INBOX"), box.count("Belegfluss-Done")) == (1, 0, 2)


@pytest.mark.parametrize(
    ("side", "needle"),
    [("server", b"BODY[]"), ("server", b"Message-ID: <2"), ("client", b"MOVE"), ("client", b"BODY.PEEK"), ("server", b"COPYUID")],
)
def test_a_cut_connection_loses_and_doubles_nothing(make: Callable[..., Box], side: str, needle: bytes) -> None:
    box = make()
    box.put(mail(1), mail(2), mail(3))
    box.wire.cut_at = (side, needle)
    with pytest.raises(TROUBLE):
        box.look()
    box.look()
    assert box.wire.cuts == 1
    assert [row.name for row in box.rows()] == [f"Letter {number}.eml" for number in (1, 2, 3)]
    assert (box.count("INBOX"), box.count("Belegfluss-Done")) == (0, 3)


def test_a_crash_between_row_and_move_is_mended(make: Callable[..., Box], monkeypatch: pytest.MonkeyPatch) -> None:
    box = make()
    box.put(mail(1))
    with monkeypatch.context() as crash:
        crash.setattr("pipeline.intake.mailbox.mails.add", _die)
        with pytest.raises(KeyboardInterrupt):
            box.look()
    assert (box.count("INBOX"), len(box.rows())) == (1, 1)
    assert box.look(MailboxReader(box.desk)) == 1
    assert (box.count("INBOX"), len(box.rows())) == (0, 1)


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("error", [OSError(28, "No space left on device")])
def test_what_could_not_be_kept_is_not_moved(make: Callable[..., Box], monkeypatch: pytest.MonkeyPatch, error: OSError) -> None:
    box = make()
    box.put(mail(1))

    def full(_descriptor: int) -> None:
        raise error

    with monkeypatch.context() as disk:
        disk.setattr("pipeline.store.blobs.os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            box.look()
    assert (box.count("INBOX"), box.rows()) == (1, [])
    assert (box.look(), box.count("INBOX"), len(box.rows())) == (1, 0, 1)


@pytest.mark.parametrize("done", ["", "Belegfluss-Done"])
def test_new_numbers_for_all_mails_make_no_second_rows(make: Callable[..., Box], server: tuple[int, Path], done: str) -> None:
    box = make(done_folder=done)
    box.put(mail(1), mail(2))
    box.look()
    before = _validities(box)
    if done:
        with box.client() as client:  # somebody puts them back
            client.folder.set(done)
            client.move(client.uids(), "INBOX")
    _renumber(server[1])
    box.put(mail(3))
    box.look()
    assert len(_validities(box) - before) == 1
    assert [row.name for row in box.rows()] == ["Letter 1.eml", "Letter 2.eml", "Letter 3.eml"]


def _validities(box: Box) -> set[int]:
    with box.desk.database.read() as connection:
        return set(connection.scalars(select(mailbox_mail.c.uidvalidity)))


def _renumber(maildir: Path) -> None:
    """As after a restored backup: the server has lost its numbers."""
    time.sleep(1.1)  # the new UIDVALIDITY is the time in seconds
    for name in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache", "dovecot-uidvalidity"):
        (maildir / name).unlink(missing_ok=True)
    for file in maildir.glob("dovecot-uidvalidity.*"):
        file.unlink()


def test_a_number_used_again_for_another_mail_is_noticed(make: Callable[..., Box]) -> None:
    box = make(done_folder="")
    box.put(mail(1, "a longer text than usual"))
    box.look()
    with box.desk.database.write() as connection:  # as if this UID had belonged to another mail when we saw it
        connection.execute(mailbox_mail.update().values(size=1, sha256="0" * 64))
        connection.execute(received.update().values(origin_key="imap:other"))
    assert box.look(MailboxReader(box.desk)) == 1
    assert len(box.rows()) == 2


def test_two_fetchers_at_once_make_one_row_each(make: Callable[..., Box]) -> None:
    box = make()
    box.put(*(mail(number) for number in range(15)))
    readers = [MailboxReader(box.desk), MailboxReader(box.desk)]
    threads = [threading.Thread(target=box.look, args=(reader,)) for reader in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    box.look()
    assert sorted(row.name for row in box.rows()) == sorted(f"Letter {number}.eml" for number in range(15))
    assert box.count("INBOX") == 0
    assert box.count("Belegfluss-Done") >= 15, "Dovecot lets both sessions move the same mail, which leaves two copies of it"


def test_a_giant_leaves_a_row_and_stays_on_the_server(make: Callable[..., Box]) -> None:
    box = make()
    limits = box.desk.settings.limits.model_copy(update={"mail_bytes": 5000})
    box.desk.settings = box.desk.settings.model_copy(update={"limits": limits})
    box.put(mail(1, "x" * 9000), mail(2))
    assert box.look() == 2
    assert (box.count("Belegfluss-Rejected"), box.count("Belegfluss-Done")) == (1, 1)
    drain(box.desk)
    with box.desk.database.read() as connection:
        found = dict(list(connection.execute(select(invoice.c.file, invoice.c.decision))))
    assert found == {"Letter 1.eml": "quarantined", "Letter 2.eml": "not-an-invoice"}


def test_under_pressure_mails_stay_unread_and_the_census_says_so(
    make: Callable[..., Box], monkeypatch: pytest.MonkeyPatch
) -> None:
    box = make()
    box.put(mail(1))
    with monkeypatch.context() as busy:
        busy.setattr("pipeline.intake.pressure.Pressure.reason", lambda _self: "the disk is nearly full")
        assert box.look() == 0
    assert box.count("INBOX") == 1
    with box.desk.database.read() as connection:
        assert mails.censuses(connection)[0]["without_row"] == 1
    assert box.look() == 1


def test_it_hears_of_new_mail_and_connects_again(make: Callable[..., Box]) -> None:
    box = make(poll_seconds=5)
    stop = threading.Event()
    thread = threading.Thread(target=box.reader.run, args=(stop,))
    thread.start()
    try:
        time.sleep(0.5)
        began = time.monotonic()
        box.put(mail(1))
        _until(lambda: len(box.rows()) == 1)
        assert time.monotonic() - began < 4, "announced by the server, not found by polling"
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()


def _until(holds: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_server_without_move_uses_what_it_has(tmp_path: Path) -> None:
    for number, (capability, left) in enumerate([("IMAP4rev1 UIDPLUS", 0), ("IMAP4rev1", 1)]):
        with dovecot.dovecot(capability) as server:
            box = Box(tmp_path / f"home{number}", *server)
            try:
                box.put(mail(1))
                assert (box.look(), box.look()) == (1, 0)
                assert (box.count("INBOX"), box.count("Belegfluss-Done"), len(box.rows())) == (left, 1 - left, 1)
            finally:
                box.close()


def test_a_wrong_password_is_an_error_of_the_library(make: Callable[..., Box]) -> None:
    box = make(password="wrong")
    with pytest.raises((imaplib.IMAP4.error, *TROUBLE)):
        box.look()


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"Subject: Rechnung 12/2026\r\n\r\n", "Rechnung 12 2026.eml"),
        (b"Subject: =?utf-8?q?Rechnung_f=C3=BCr?=\r\n\r\n", "Rechnung für.eml"),
        (b"Subject: =?unknown-9?q?x?=\r\n\r\n", "mail.eml"),
        (b"\xff\xfe\x00", "mail.eml"),
        (b"", "mail.eml"),
        (b"Subject: " + b"x" * 500 + b"\r\n\r\n", "x" * 100 + ".eml"),
    ],
)
def test_mails_are_named_by_their_subject(head: bytes, name: str) -> None:
    assert mail_name(head) == name
