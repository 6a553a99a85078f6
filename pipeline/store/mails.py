"""Which mails of a mailbox have a row, and what the last count of them said."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from pipeline.clock import iso
from pipeline.store.database import set_meta
from pipeline.store.tables import mailbox_mail, meta

CENSUS = "imap-census:"
MAX_SHORT = 28


def keep_census(connection: Connection, folder: str, found: Mapping[str, Any]) -> None:
    """What a count of the mails on the server said; the last one of each folder is kept."""
    short = folder if len(folder) <= MAX_SHORT else hashlib.sha256(folder.encode()).hexdigest()[:MAX_SHORT]
    set_meta(connection, f"{CENSUS}{short}", json.dumps({"folder": folder, **found}))


def censuses(connection: Connection) -> list[dict[str, Any]]:
    """The last count of each folder."""
    return [
        json.loads(row)
        for row in connection.scalars(select(meta.c.value).where(meta.c.name.startswith(CENSUS)).order_by(meta.c.name))
    ]


def known(connection: Connection, account: str, folder: str, uidvalidity: int) -> dict[int, set[int]]:
    """Sizes of the mails seen under each UID of a folder; more than one when the server used a UID again."""
    rows = connection.execute(
        select(mailbox_mail.c.uid, mailbox_mail.c.size).where(
            mailbox_mail.c.account == account, mailbox_mail.c.folder == folder, mailbox_mail.c.uidvalidity == uidvalidity
        )
    )
    found: dict[int, set[int]] = {}
    for row in rows:
        found.setdefault(row.uid, set()).add(row.size)
    return found


def add(
    connection: Connection,
    *,
    account: str,
    folder: str,
    uidvalidity: int,
    uid: int,
    sha256: str,
    size: int,
    received_id: str,
    now: datetime,
) -> None:
    """Remember a mail; seen before is remembered already."""
    key = {"account": account, "folder": folder, "uidvalidity": uidvalidity, "uid": uid, "sha256": sha256}
    columns = [getattr(mailbox_mail.c, name) == value for name, value in key.items()]
    if connection.execute(select(mailbox_mail.c.uid).where(*columns)).first() is None:
        connection.execute(insert(mailbox_mail).values(**key, size=size, received_id=received_id, at=iso(now)))
