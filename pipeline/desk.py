"""Everything a stage works with, wired in one place."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.clock import Clock, SystemClock
from pipeline.home import Home
from pipeline.settings import Settings, load
from pipeline.store.blobs import Blobs

if TYPE_CHECKING:
    from pipeline.official import OfficialJudge
    from pipeline.sandbox import Sandbox
    from pipeline.store.database import Database
    from pipeline.trail.notary import Notary


@dataclass
class Desk:
    """One installation at work. The expensive parts are made when first used."""

    home: Home
    settings: Settings
    clock: Clock

    @cached_property
    def database(self) -> "Database":
        from pipeline.store.database import Database

        return Database(self.settings.database_url, self.home.database)

    @cached_property
    def sandbox(self) -> "Sandbox":
        from pipeline.sandbox import Sandbox

        return Sandbox(self.settings.limits)

    @cached_property
    def judge(self) -> "OfficialJudge":
        from pipeline.official import OfficialJudge

        return OfficialJudge()

    @cached_property
    def originals(self) -> Blobs:
        return Blobs(self.home.originals)

    @cached_property
    def exports(self) -> Blobs:
        return Blobs(self.home.exports)

    @cached_property
    def notary(self) -> "Notary":
        from pipeline.trail.notary import Notary

        key_file = self.settings.audit.key_file or self.home.audit_key
        return Notary(self.database, key_file, [self.home.anchors, *self.settings.audit.anchors], self.clock)

    def close(self) -> None:
        if "judge" in self.__dict__:
            self.judge.close()
        if "database" in self.__dict__:
            self.database.close()
        self.home.unlock()


def open_desk(folder: Path, clock: Clock | None = None, settings: Settings | None = None) -> Desk:
    """The desk of a home. Raises ``EnvironmentProblem`` or ``UsageError``."""
    home = Home(folder)
    return Desk(home, settings or load(home.folder), clock or SystemClock())
