"""Settings: one TOML file plus environment, read once into one typed object.

Order: environment (``BELEGFLUSS_...``, ``__`` nests) over ``config.toml`` in the home over defaults. An unknown key is an
error that names the nearest known one. Nothing in the core reads settings; the shell passes values on.
"""

import os
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, ValidationError, model_validator

from pipeline.errors import UsageError
from pipeline.intake.settings import LOOPBACK, Intake, Section, Smtp
from schemas.targets import DatevTarget, SapTarget

PREFIX = "BELEGFLUSS_"
# settings that are lists; in the environment separated by commas
LISTS = frozenset({"formats", "hosts", "anchors", "ignore", "folders", "recipients"})


class Limits(Section):
    """Budgets of one document (sources: docs/decisions/0005-isolation.md)."""

    file_bytes: int = Field(20_000_000, gt=0, description="A larger PDF or XML file is kept but not read")
    mail_bytes: int = Field(60_000_000, gt=0, description="A larger mail is kept but not opened")
    seconds: float = Field(30.0, gt=0, description="Wall time of one parser child")
    memory_mib: int = Field(1024, gt=0, description="Address space of one parser child; retried once with twice as much")
    children: int = Field(2, gt=0, description="Parser children at the same time")


class Queue(Section):
    workers: int = Field(2, gt=0, description="Threads that work on jobs in one process")
    lease_seconds: float = Field(60.0, gt=0)
    sweep_seconds: float = Field(1.0, gt=0, description="How often the sweeper rings for waiting jobs")
    attempts: int = Field(3, gt=0, description="Failures of one stage before the item is quarantined")


class ExportHttp(Section):
    """Push target of ``sap-odata``: the root of API_SUPPLIERINVOICE_PROCESS_SRV (communication scenario SAP_COM_0057)."""

    url: str = Field("", description="https://HOST/sap/opu/odata/sap/API_SUPPLIERINVOICE_PROCESS_SRV; empty: no such target")
    user: str = ""
    password_file: Path | None = None
    authorities: Path | None = Field(None, description="PEM of certificate authorities to trust; empty: those of the machine")
    timeout_seconds: float = Field(18.0, gt=0, description="Of one answer; three together shorter than queue.lease_seconds")
    settle_seconds: float = Field(
        120.0, ge=0, description="How long after a lost answer 'not there' is no proof yet: the booking may still be under way"
    )

    @model_validator(mode="after")
    def _is_encrypted(self) -> Self:
        parts = urlsplit(self.url)
        if self.url and (parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.username):
            raise ValueError("url is https://HOST/PATH, without user and query")
        if parts.scheme == "http" and (parts.hostname or "") not in LOOPBACK:
            raise ValueError("http without encryption is for this machine only; use https")
        return self

    def secret(self) -> str:
        """The password. Raises ``OSError`` when its file cannot be read."""
        return self.password_file.read_text("utf-8").rstrip("\r\n") if self.password_file else ""


class Export(Section):
    formats: tuple[str, ...] = Field(("zugferd", "sap-idoc"), description="What is written for an approved invoice")
    folder: Path | None = Field(None, description="Push target: a folder; empty means the finance system pulls")
    http: ExportHttp = Field(default_factory=ExportHttp)
    official_rules: bool = Field(True, description="Judge exports by the official XSLT too where [official] is installed")

    @model_validator(mode="after")
    def _books_once(self) -> Self:
        if not self.http.url:
            return self
        if "sap-odata" not in self.formats:
            raise ValueError("http.url hands over sap-odata: name it in formats")
        others = [name for name in self.formats if name.startswith("sap-") and name != "sap-odata"]
        if others:
            raise ValueError(f"http.url books in SAP already: {', '.join(others)} in formats would book every invoice twice")
        return self


class Policy(Section):
    score_threshold: Decimal = Field(
        Decimal("0.60"), ge=0, le=1, description="Warnings add up to a score; above it a person looks"
    )
    undo_seconds: float = Field(10.0, ge=0, le=3600, description="How long an approval by a person waits before it is exported")


class Audit(Section):
    key_file: Path | None = Field(None, description="Signing key of the log; empty: audit.key in the home")
    anchors: tuple[Path, ...] = Field((), description="Further folders for signed heads, best where nobody here can delete")
    checkpoint_seconds: float = Field(60.0, gt=0, description="How often a head is signed when something is new")


class Web(Section):
    host: str = "127.0.0.1"
    port: int = Field(8765, ge=0, le=65535)
    hosts: tuple[str, ...] = Field((), description="Further names under which browsers may reach the pages, behind a proxy")


class Settings(Section):
    database_url: str = Field("", description="Empty: SQLite in the home; or postgresql://...")
    broker_url: str = Field("", description="Empty: embedded; or redis://..., amqp://...")
    storage_url: Literal[""] = Field("", description="Empty: files in the home; nothing else is there yet, mount a shared drive")
    language: Literal["de", "en"] = "en"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    limits: Limits = Field(default_factory=Limits)
    queue: Queue = Field(default_factory=Queue)
    export: Export = Field(default_factory=Export)
    sap: SapTarget = Field(default_factory=SapTarget)
    datev: DatevTarget = Field(default_factory=DatevTarget)
    policy: Policy = Field(default_factory=Policy)
    web: Web = Field(default_factory=Web)
    audit: Audit = Field(default_factory=Audit)
    intake: Intake = Field(default_factory=Intake)
    smtp: Smtp = Field(default_factory=Smtp)

    @model_validator(mode="after")
    def _keeps_its_lease(self) -> Self:
        """A hand-over that outlives its lease would count as a dead worker, and three of those as a poisonous document."""
        if self.export.http.url and 3 * self.export.http.timeout_seconds >= self.queue.lease_seconds:
            raise ValueError("three times export.http.timeout_seconds must be shorter than queue.lease_seconds")
        return self


def load(home: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings of a home. Raises ``UsageError`` that names file or variable, key and what is wrong with it."""
    environment = os.environ if environment is None else environment
    file = home / "config.toml"
    values: dict[str, Any] = {}
    if file.exists():
        try:
            values = tomllib.loads(file.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
            raise UsageError(f"{file.name}: {problem}") from problem
        _refuse_unknown(values, Settings, str(file.name))
    for name, value in environment.items():
        if name.startswith(PREFIX) and name != PREFIX + "HOME":
            _place(values, name, value)
    try:
        return Settings.model_validate(values)
    except ValidationError as problem:
        first = problem.errors()[0]
        raise UsageError(f"setting {'.'.join(map(str, first['loc']))}: {first['msg']}") from problem


def _place(values: dict[str, Any], name: str, text: str) -> None:
    parts = name.removeprefix(PREFIX).lower().split("__")
    model: type[BaseModel] = Settings
    target = values
    for depth, part in enumerate(parts):
        _refuse_unknown({part: None}, model, f"environment variable {name}")
        if depth == len(parts) - 1:
            target[part] = text.split(",") if part in LISTS else text
            return
        target = target.setdefault(part, {})
        nested = model.model_fields[part].annotation
        if not (isinstance(nested, type) and issubclass(nested, BaseModel)):
            raise UsageError(f"environment variable {name}: {part} has no settings below it")
        model = nested


def _refuse_unknown(values: Mapping[str, Any], model: type[BaseModel], where: str, trail: str = "") -> None:
    for key, value in values.items():
        if key not in model.model_fields:
            raise UsageError(f"{where}: unknown setting {trail}{key}; did you mean {trail}{_nearest(key, model)}?")
        nested = model.model_fields[key].annotation
        if isinstance(value, dict) and isinstance(nested, type) and issubclass(nested, BaseModel):
            _refuse_unknown(value, nested, where, f"{trail}{key}.")


def _nearest(key: str, model: type[BaseModel]) -> str:
    from rapidfuzz import process

    return str(process.extractOne(key, list(model.model_fields))[0])
