"""The procedure documentation (Verfahrensdokumentation), made from the running configuration; in German, as the law it serves.

It holds no date, so that the same configuration gives the same text: its SHA-256 names the version, and the log says since when.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from urllib.parse import urlsplit

from jinja2 import Environment, StrictUndefined
from pydantic import BaseModel
from sqlalchemy import Connection, select

from pipeline.desk import Desk
from pipeline.stages import STAGES
from pipeline.store import audit, facts, importing, master
from pipeline.store.tables import audit as log
from schemas.master import Company

RULE_PACKAGES = ("schemas", "extractors", "validators", "enrichers", "exporters")
RULE_FILES = (".csv", ".toml", ".json", ".txt", ".xsd", ".sch", ".xml")
EVENT = "procedure-written"


@dataclass(frozen=True)
class Procedure:
    text: str
    is_new: bool

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def make_procedure(desk: Desk, actor: str = "cli", role: str = "system") -> Procedure:
    """The documentation as Markdown. A version that the log does not name last is logged with its hash."""
    signer = desk.notary.keys.signer()
    desk.notary.checkpoint()
    with desk.database.write() as connection:
        text = _render(desk, connection, signer.name)
        found = Procedure(text, is_new=hashlib.sha256(text.encode()).hexdigest() != _last_version(connection))
        if found.is_new:
            after = {"sha256": found.sha256, "software": version("belegfluss")}
            audit.append(connection, None, audit.Event(EVENT, after=after, actor=actor, role=role), desk.clock.now())
    return found


def _last_version(connection: Connection) -> str:
    body = connection.scalar(select(log.c.body).where(log.c.type == EVENT).order_by(log.c.index.desc()).limit(1))
    return str(json.loads(body)["after"]["sha256"]) if body else ""


def _render(desk: Desk, connection: Connection, origin: str) -> str:
    package = files("pipeline.trail")
    words = tomllib.loads(package.joinpath("procedure.toml").read_text("utf-8"))
    companies = master.everything(connection, "companies", Company)
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, autoescape=False)  # noqa: S701 - Markdown, no HTML
    template = environment.from_string(package.joinpath("procedure.md.j2").read_text("utf-8"))
    return template.render(
        software=version("belegfluss"),
        origin=origin,
        companies=", ".join(f"{one.company_code} {one.name}" for one in companies),
        master_version=importing.version(connection),
        stages=[(name, words["stages"][name]) for name in STAGES],
        settings=desk.settings,
        anchors=[_cell(str(anchor.folder)) for anchor in desk.notary.anchors],
        keys=[str(key) for key in desk.notary.keys.trusted()],
        roles=list(words["roles"].items()),
        limits=facts.approval_limits(connection),
        values=[(name, _cell(value)) for name, value in _values(desk.settings)],
        rules=list(rule_versions()),
        master=sorted(master.counts(connection).items()),
    )


def _values(settings: BaseModel, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every setting with its value, without passwords in addresses."""
    for name, value in settings:
        if isinstance(value, BaseModel):
            yield from _values(value, f"{prefix}{name}.")
        elif isinstance(value, tuple | list):
            yield f"{prefix}{name}", ", ".join(map(str, value)) or "-"
        else:
            yield f"{prefix}{name}", _without_password(str(value)) if name.endswith("_url") else str(value)


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if not parts.password and not parts.username:
        return url or "-"
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"***@{host}", query="").geturl()


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split()) or "-"


def rule_versions() -> Iterator[tuple[str, str]]:
    """Every data file of the core with the hash of its content, by name."""
    for package in RULE_PACKAGES:
        yield from _versions(files(package), package)


def _versions(folder: Traversable, name: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir() and not entry.name.startswith(("_", ".")):
            yield from _versions(entry, f"{name}/{entry.name}")
        elif entry.name.endswith(RULE_FILES):
            yield f"{name}/{entry.name}", hashlib.sha256(entry.read_bytes()).hexdigest()
