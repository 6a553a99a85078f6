"""The front door. Bytes are stored first and a row committed; only then may the sender be told "received".

A repeated delivery under the same origin key (mailbox + UID, sample name, upload key) is the same delivery and makes nothing
new. The same bytes from another origin are a new delivery: whether they are a duplicate invoice is for the checks to say.
"""

import unicodedata
from collections.abc import Mapping
from typing import Any

from pipeline.desk import Desk
from pipeline.store import records
from pipeline.store.audit import Event
from pipeline.transaction import Transaction
from schemas import Document

MAX_NAME = 120


def receive(
    desk: Desk,
    data: bytes,
    name: str,
    origin: str,
    origin_key: str | None = None,
    actor: str = "system",
    role: str = "system",
    *,
    envelope: Mapping[str, Any] | None = None,
    refused: Document | None = None,
) -> tuple[str, list[str]]:
    """Keep a document; its id and the jobs to ring for (none when it was received before).

    ``envelope`` is what the delivery said beside the bytes, for the log. ``refused``: not to be read, with the reason as its
    finding; it has a row and an outcome all the same.

    Raises ``OSError`` (disk full, read-only) or a database error: then nothing was received and the sender must keep it.
    """
    shown = display_name(name)
    if origin_key:
        with desk.database.read() as connection:
            if known := records.find_origin(connection, origin_key):
                return known, []
    sha256 = desk.originals.put(data)
    with desk.database.write() as connection:
        if origin_key and (known := records.find_origin(connection, origin_key)):
            return known, []
        transaction = Transaction(connection, desk.clock.now())
        identifier, arrival = records.add_received(
            connection, name=shown, origin=origin, origin_key=origin_key, sha256=sha256, size=len(data), now=transaction.now
        )
        facts = {"name": shown, "origin": origin, "document": sha256, "bytes": str(len(data)), **(envelope or {})}
        transaction.note(identifier, Event("received", after=facts, actor=actor, role=role))
        if refused is None:
            transaction.queue(identifier, "intake", arrival)
        else:
            from pipeline.stages.documents import add_documents  # the stages receive as well: what they unpack

            add_documents(transaction, records.get_received(connection, identifier), 0, [refused])
    return identifier, transaction.queued


def display_name(name: str) -> str:
    """A name that can be shown and logged: last path part, NFC, no control or direction characters, at most 120 characters.

    It is never used as a path: files are stored under their hash.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp")).strip()
    return clean[:MAX_NAME] or "unnamed"
