"""Which mails of a mailbox have a row."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from pipeline.clock import iso
from pipeline.store.tables import mailbox_mail


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
