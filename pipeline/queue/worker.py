"""A process that works: Dramatiq threads that answer the bell, a sweeper that rings for what waits, a signer of the log."""

import logging
import threading
from collections.abc import Callable

from dramatiq import Broker, Worker

from pipeline.desk import Desk
from pipeline.queue.actors import Actors, declare_actors, ring
from pipeline.queue.broker import make_broker
from pipeline.running import sweep
from pipeline.store import jobs

log = logging.getLogger("belegfluss")

SOME_INVOICE = b'<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"/>'


class Engine:
    """Broker, actors, worker threads and sweeper of one process.

    Embedded (no broker URL) it holds the lock of the home, so every lease found at the start belongs to a dead process.
    """

    def __init__(self, desk: Desk, passed: Callable[[str, str], None] | None = None) -> None:
        self.desk = desk
        self.broker: Broker = make_broker(desk.settings.broker_url)
        self.actors: Actors = declare_actors(self.broker, desk, passed)
        self._worker: Worker | None = None
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._sweeper = threading.Thread(target=self._sweep_until_stopped, name="sweeper", daemon=True)
        self._signer = threading.Thread(target=self._sign_until_stopped, name="signer", daemon=True)

    @property
    def is_embedded(self) -> bool:
        return not self.desk.settings.broker_url

    def start(self) -> None:
        if self.is_embedded:
            with self.desk.database.write() as connection:
                released = jobs.release_all(connection)
            if released:
                log.info("%s jobs of an earlier run are taken up again", released)
        self._warm_up()
        self._worker = Worker(self.broker, worker_threads=self.desk.settings.queue.workers, worker_timeout=100)
        self._worker.start()
        self._sweeper.start()
        self._signer.start()

    def _warm_up(self) -> None:
        """Load parsers and rules before a job is claimed: what is slow at the start must not count against a document.

        A job whose process dies three times is taken for poison; an honest one must not stand at the door that long.
        """
        rules = threading.Thread(target=self._warm_up_rules, daemon=True)
        rules.start()
        self.desk.sandbox.warm_up()
        rules.join()

    def _warm_up_rules(self) -> None:
        if self.desk.settings.export.official_rules and self.desk.judge.available():
            self.desk.judge.judge(SOME_INVOICE)

    def ring(self, job_ids: list[str]) -> None:
        """Tell the workers about new jobs; harmless when it fails."""
        ring(self.actors, self.desk, job_ids)

    def wait_until_idle(self, tell: Callable[[], None] | None = None, seconds: float | None = None) -> bool:
        """Block until no job is open, or for so many seconds; whether none is. ``tell`` is called five times a second."""
        waited = 0.0
        while True:
            with self.desk.database.read() as connection:
                still_open = jobs.open_count(connection)
            if tell:
                tell()
            if not still_open:
                return True
            if self._stop.wait(0.2) or (seconds is not None and waited >= seconds):
                return False
            waited += 0.2

    def stop(self) -> None:
        """Finish what is running, take nothing new."""
        self._stop.set()
        self._wake.set()
        for thread in (self._sweeper, self._signer):
            if thread.is_alive():
                thread.join(10)
        if self._worker:
            self._worker.stop(timeout=30_000)
        self.broker.close()

    def _sweep_until_stopped(self) -> None:
        while not self._stop.is_set():
            try:
                ring(self.actors, self.desk, sweep(self.desk))
            except Exception:
                log.exception("sweeping failed; trying again")
            self._wake.wait(self.desk.settings.queue.sweep_seconds)
            self._wake.clear()

    def _sign_until_stopped(self) -> None:
        """Heads of the log at the start, in between, and a last one at the end."""
        while True:
            stopped = self._stop.is_set()
            try:
                self.desk.notary.checkpoint()
            except Exception:
                log.exception("the head of the log was not signed; trying again")
            if stopped:
                return
            self._stop.wait(self.desk.settings.audit.checkpoint_seconds)
