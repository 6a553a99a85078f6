"""Which settings are in force is an entry of the log, whenever they changed since the one before."""

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

from pydantic import BaseModel
from sqlalchemy import Connection, select

from pipeline.desk import Desk
from pipeline.store import audit
from pipeline.store.tables import audit as log

EVENT = "settings-in-force"


def log_settings(desk: Desk) -> bool:
    """Called when a service starts. Whether an entry was made: what is in force is not what the log named last."""
    now = dict(values_of(desk.settings))
    with desk.database.write() as connection:
        before = _last(connection)
        if now == before:
            return False
        changed = {name for name in now.keys() | before.keys() if now.get(name) != before.get(name)}
        was = {name: before[name] for name in sorted(changed & before.keys())} or None
        event = audit.Event(EVENT, after={"settings": now, "changed": sorted(changed) if before else []}, before=was)
        audit.append(connection, None, event, desk.clock.now())
    return True


def _last(connection: Connection) -> dict[str, str]:
    body = connection.scalar(select(log.c.body).where(log.c.type == EVENT).order_by(log.c.index.desc()).limit(1))
    return dict(json.loads(body)["after"]["settings"]) if body else {}


def values_of(settings: BaseModel, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every setting with its value, without passwords in addresses."""
    for name, value in settings:
        if isinstance(value, BaseModel):
            yield from values_of(value, f"{prefix}{name}.")
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
