"""The mailbox: every mail in the watched folders becomes exactly one row, then it is moved, never deleted.

What counts is the list of all UIDs on the server, never a flag and never a date: flags are set by people and other programs. A
mail is moved after its bytes are on disk and its row is committed; cut at any moment, the next look fetches it again and finds
its row by the hash of its bytes, also when the server gave all mails new numbers (UIDVALIDITY).
"""

import hashlib
import imaplib
import logging
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError
from imap_tools.utils import encode_folder
from sqlalchemy.exc import SQLAlchemyError

from pipeline.clock import iso
from pipeline.desk import Desk
from pipeline.intake.naming import mail_name
from pipeline.intake.pressure import Pressure
from pipeline.intake.settings import Imap
from pipeline.receiving import receive
from pipeline.stages.documents import unreadable
from pipeline.store import mails

log = logging.getLogger("belegfluss")

TROUBLE = (OSError, imaplib.IMAP4.error, ImapToolsError)
LONGEST_WAIT = 300.0
STUBBORN = 3  # a mail that failed so often comes last, so that it holds up no other
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")


def connect(settings: Imap) -> BaseMailBox:
    """Signed in, no folder chosen. Raises one of ``TROUBLE``."""
    where = {"host": settings.host, "port": settings.port, "timeout": settings.timeout_seconds}
    box: BaseMailBox
    if settings.security == "tls":
        box = MailBox(**where, ssl_context=settings.tls())
    elif settings.security == "starttls":
        box = MailBoxStartTls(**where, ssl_context=settings.tls())
    else:
        box = MailBoxUnencrypted(**where)
    try:
        box.login(settings.user, settings.secret(), initial_folder=None)
    except BaseException:
        leave(box)
        raise
    return box


def leave(box: BaseMailBox) -> None:
    """Say goodbye and close the connection, also when it is gone already."""
    try:
        box.logout()
    except TROUBLE:
        try:
            box.client.shutdown()
        except OSError:
            log.debug("mailbox: the connection was gone already")


class MailboxReader:
    """``run`` reads until it is stopped; ``look`` looks once over an open connection."""

    def __init__(self, desk: Desk, ring: Callable[[list[str]], None] = lambda _: None) -> None:
        self.desk = desk
        self.settings = desk.settings.intake.imap
        self.account = f"{self.settings.user}@{self.settings.host}"
        self._ring = ring
        self._pressure = Pressure(desk)
        self._failures: Counter[tuple[str, int, int]] = Counter()
        self._unmovable: set[str] = set()
        self._quiet: dict[str, tuple[Any, ...]] = {}  # folders as they were when nothing was left to do
        self._counted = -LONGEST_WAIT * 1000

    def run(self, stop: threading.Event) -> None:
        """Look, wait for the server's word or the time to look again, and connect anew after every trouble."""
        failures = 0
        while not stop.is_set():
            try:
                for _ in self._looks(stop):
                    failures = 0
            except (*TROUBLE, SQLAlchemyError) as problem:
                failures += 1
                wait = min(self.settings.poll_seconds * 2 ** min(failures - 1, 8), LONGEST_WAIT)
                log.warning("mailbox %s: %s: %s; again in %.0f s", self.account, type(problem).__name__, problem, wait)
                stop.wait(wait)

    def _looks(self, stop: threading.Event) -> Iterator[int]:
        box = connect(self.settings)
        try:
            able = capabilities(box)
            while not stop.is_set():
                yield self.look(box, stop)
                self._wait(box, stop, "IDLE" in able)
        finally:
            leave(box)

    def _wait(self, box: BaseMailBox, stop: threading.Event, can_idle: bool) -> None:
        if not can_idle:
            stop.wait(self.settings.poll_seconds)
            return
        until = time.monotonic() + self.settings.poll_seconds
        if box.folder.get() != self.settings.folders[0]:  # chosen anew, the server would not announce what came meanwhile
            box.folder.set(self.settings.folders[0])
        box.idle.start()  # type: ignore[no-untyped-call]
        try:
            while not stop.is_set() and (left := until - time.monotonic()) > 0:
                if box.idle.poll(timeout=min(left, 0.5)):
                    return
        finally:
            box.idle.stop()  # type: ignore[no-untyped-call]

    def look(self, box: BaseMailBox, stop: threading.Event | None = None) -> int:
        """Take every mail of the watched folders that has no row; how many were fetched. Raises one of ``TROUBLE``."""
        due = time.monotonic() - self._counted >= self.settings.census_seconds
        taken = 0
        for folder in self.settings.folders:
            taken += self._look_into(box, folder, due, stop or threading.Event())
        if due:
            self._counted = time.monotonic()
        return taken

    def _look_into(self, box: BaseMailBox, folder: str, due: bool, stop: threading.Event) -> int:
        box.folder.set(folder)
        state = tuple(_stated(box, name) for name in ("UIDVALIDITY", "UIDNEXT", "EXISTS"))
        if self._quiet.get(folder) == state and not due:
            return 0
        validity = int(state[0] or 0)
        present = list_mails(box)
        todo = sorted(
            self._without_row(folder, validity, present), key=lambda uid: (self._failures[folder, validity, uid] >= STUBBORN, uid)
        )
        taken = 0
        for uid in todo:
            if stop.is_set():
                return taken
            if reason := self._pressure.reason():
                log.warning("mailbox %s: nothing is fetched now: %s", self.account, reason)
                break
            self._failures[folder, validity, uid] += 1
            if self._take(box, folder, validity, uid, present[uid]):
                del self._failures[folder, validity, uid]
                taken += 1
        self._count(folder, validity, present)
        if not self._missing(folder, validity, present):
            self._quiet[folder] = state if not taken else ()
        return taken

    def _missing(self, folder: str, validity: int, present: dict[int, int]) -> list[int]:
        with self.desk.database.read() as connection:
            seen = mails.known(connection, self.account, folder, validity)
        return [uid for uid, size in present.items() if size not in seen.get(uid, ())]

    def _without_row(self, folder: str, validity: int, present: dict[int, int]) -> list[int]:
        """Where mails are moved away, each one that is still there is fetched: its move was cut, or its UID was used again."""
        moves = bool(self.settings.done_folder) and folder not in self._unmovable
        return list(present) if moves else self._missing(folder, validity, present)

    def _take(self, box: BaseMailBox, folder: str, validity: int, uid: int, size: int) -> bool:
        """Fetch, keep, commit, and only then move. Whether it has a row now."""
        limit = self.desk.settings.limits.mail_bytes
        too_large = size > limit
        data = fetch(box, uid, "BODY.PEEK[HEADER]" if too_large else "BODY.PEEK[]")
        if data is None:
            return False
        sha256 = hashlib.sha256(data).hexdigest()
        words = f"{size:,} bytes; at most {limit:,} are taken. The whole mail stays on the mail server"
        identifier, queued = receive(
            self.desk,
            data,
            mail_name(data),
            "mail",
            f"imap:{self.account}:{sha256}",
            envelope={"mailbox": self.account, "folder": folder, "uidvalidity": str(validity), "uid": str(uid)},
            refused=unreadable("READ-TOO-LARGE", words) if too_large else None,
        )
        with self.desk.database.write() as connection:
            mails.add(
                connection,
                account=self.account,
                folder=folder,
                uidvalidity=validity,
                uid=uid,
                sha256=sha256,
                size=size,
                received_id=identifier,
                now=self.desk.clock.now(),
            )
        self._ring(queued)
        self._move(box, folder, uid, self.settings.rejected_folder if too_large else self.settings.done_folder)
        return True

    def _move(self, box: BaseMailBox, folder: str, uid: int, target: str) -> None:
        if not target or not self.settings.done_folder or folder in self._unmovable:
            return
        try:
            move(box, uid, target)
        except (ImapToolsError, CannotMove, imaplib.IMAP4.error) as problem:
            if isinstance(problem, imaplib.IMAP4.abort):
                raise
            self._unmovable.add(folder)
            log.warning("mailbox %s: mails stay in %s, they cannot be moved to %s: %s", self.account, folder, target, problem)

    def _count(self, folder: str, validity: int, present: dict[int, int]) -> None:
        """The census: mails on the server that have no row are an alarm, whatever the reason."""
        missing = self._missing(folder, validity, present)
        if missing:
            log.warning("mailbox %s: census: %s of %s mails in %s have no row", self.account, len(missing), len(present), folder)
        told = {"account": self.account, "at": iso(self.desk.clock.now()), "mails": len(present), "without_row": len(missing)}
        with self.desk.database.write() as connection:
            mails.keep_census(connection, folder, told)


class CannotMove(Exception):
    """The server can neither move nor remove a single mail."""


def capabilities(box: BaseMailBox) -> frozenset[str]:
    """What the server can do now that we are signed in; before it says less."""
    _, answer = box.client.capability()
    return frozenset(str(answer[-1], "ascii", "replace").upper().split())


def list_mails(box: BaseMailBox) -> dict[int, int]:
    """UID and stated size of every mail in the chosen folder. One line each, so that no number of mails is too many."""
    status, lines = box.client.uid("fetch", "1:*", "(UID RFC822.SIZE)")
    if status != "OK":
        raise imaplib.IMAP4.error(f"list of mails: {status}")
    found = {}
    for line in lines:
        text = line[0] if isinstance(line, tuple) else line or b""
        uid, size = _UID.search(text), _SIZE.search(text)
        if uid and size:
            found[int(uid[1])] = int(size[1])
    return found


def fetch(box: BaseMailBox, uid: int, part: str) -> bytes | None:
    """The bytes of a mail as the server has them, without marking it read; ``None`` when it is gone or refused."""
    status, answer = box.client.uid("fetch", str(uid), f"(UID {part})")
    if status != "OK":
        return None
    bodies = [one[1] for one in answer if isinstance(one, tuple) and b"BODY[" in one[0].upper()]
    return bytes(bodies[0]) if bodies else None


def move(box: BaseMailBox, uid: int, target: str) -> None:
    """Move one mail and touch no other. Raises ``CannotMove`` or an error of the mail libraries."""
    able = capabilities(box)
    if not able & {"MOVE", "UIDPLUS"}:
        raise CannotMove("the server has neither MOVE nor UIDPLUS")
    if not box.folder.exists(target):
        box.folder.create(target)
    folder = encode_folder(target)
    if "MOVE" in able:
        steps: tuple[tuple[Any, ...], ...] = (("MOVE", str(uid), folder),)
    else:
        steps = (("COPY", str(uid), folder), ("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)"), ("EXPUNGE", str(uid)))
    for step in steps:
        status, answer = box.client.uid(*step)
        if status != "OK":
            raise CannotMove(f"{step[0]}: {answer!r:.200}")


def _stated(box: BaseMailBox, name: str) -> str:
    """What the server said about the folder when it was chosen."""
    answer: list[Any] = box.client.untagged_responses.get(name) or [b""]
    return bytes(answer[-1]).decode("ascii", "replace")
