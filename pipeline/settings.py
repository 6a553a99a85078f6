"""Settings: one TOML file plus environment, read once into one typed object.

Order: environment (``BELEGFLUSS_...``, ``__`` nests) over ``config.toml`` in the home over defaults. An unknown key is an
error that names the nearest known one. Nothing in the core reads settings; the shell passes values on.
"""

import os
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import UsageError
from schemas.targets import DatevTarget, SapTarget

PREFIX = "BELEGFLUSS_"
LISTS = frozenset({"formats", "hosts", "anchors"})  # settings that are lists; in the environment separated by commas


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


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


class Export(Section):
    formats: tuple[str, ...] = Field(("zugferd", "sap-idoc"), description="What is written for an approved invoice")
    folder: Path | None = Field(None, description="Push target: a folder; empty means the finance system pulls")
    official_rules: bool = Field(True, description="Judge exports by the official XSLT too where [official] is installed")


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
    storage_url: str = Field("", description="Empty: files in the home; or s3://...")
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
