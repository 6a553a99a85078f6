"""All ways in and the letters out, each in a thread of its own: a mail server that does not answer never holds up the folder."""

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from pipeline.desk import Desk
from pipeline.intake.folder import FolderWatch

if TYPE_CHECKING:
    from pipeline.intake.listener import Listener

log = logging.getLogger("belegfluss")

PATIENCE_SECONDS = 20.0
LETTER_SECONDS = 5.0


class Doors:
    """Open from ``start`` to ``stop``. ``ring`` tells workers of this process about new jobs; without it the sweeper finds them."""

    def __init__(self, desk: Desk, ring: Callable[[list[str]], None] = lambda _: None) -> None:
        self.desk = desk
        self._ring = ring
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listeners: list[Listener] = []

    def start(self) -> list[str]:
        """Open what the settings name; a line of words about each. Raises ``EnvironmentProblem``."""
        told = []
        settings = self.desk.settings.intake
        if settings.folder.watch:
            watch = FolderWatch(self.desk, self._ring)
            self._run("folder", lambda: self._repeat(watch.poll, settings.folder.poll_seconds))
            told.append(f"folder {watch.inbox}")
        if settings.imap.host:
            from pipeline.intake.mailbox import MailboxReader

            reader = MailboxReader(self.desk, self._ring)
            self._run("mailbox", lambda: reader.run(self._stop))
            told.append(f"mailbox {reader.account}")
        for protocol, port in (("smtp", settings.receiver.smtp_port), ("lmtp", settings.receiver.lmtp_port)):
            if port is not None:
                from pipeline.intake.listener import Listener

                listener = Listener(self.desk, self._ring, protocol, port)
                told.append(f"{protocol} at {settings.receiver.host} port {listener.open()}")
                self._listeners.append(listener)
        if self.desk.settings.smtp.host:
            from pipeline.letters import send_due

            self._run("letters", lambda: self._repeat(lambda: send_due(self.desk), LETTER_SECONDS))
        return told

    def stop(self) -> None:
        """Finish the file or mail in hand, take nothing new."""
        self._stop.set()
        for listener in self._listeners:
            listener.close()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)

    def _run(self, name: str, work: Callable[[], None]) -> None:
        def guarded() -> None:
            while not self._stop.is_set():
                try:
                    work()
                except Exception:
                    log.exception("%s: went wrong; trying again", name)
                    self._stop.wait(5)

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _repeat(self, step: Callable[[], object], seconds: float) -> None:
        while not self._stop.is_set():
            try:
                step()
            except Exception:
                log.exception("%s: went wrong; trying again", threading.current_thread().name)
            self._stop.wait(seconds)
