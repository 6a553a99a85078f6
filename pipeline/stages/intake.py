"""Look at what came in: by its content, never by its name, and within the size one document may have."""

import extractors
from pipeline.desk import Desk
from pipeline.stages.documents import add_documents, unreadable
from pipeline.store import records
from pipeline.store.audit import Event
from pipeline.store.jobs import Job
from pipeline.transaction import Transaction, Write

CONTAINERS = frozenset({"mail", "zip", "tnef", "msg"})


def intake(job: Job, desk: Desk) -> Write:
    with desk.database.read() as connection:
        row = records.get_received(connection, job.item)
    media = extractors.sniff(desk.originals.get(row.sha256), row.name).value
    limit = desk.settings.limits.mail_bytes if media in CONTAINERS else desk.settings.limits.file_bytes

    def write(transaction: Transaction) -> None:
        records.set_received(transaction.connection, row.id, media=media)
        transaction.note(row.id, Event("recognised", after={"media": media, "bytes": str(row.size)}))
        if row.size > limit:
            reason = f"{row.size:,} bytes; at most {limit:,} are read. Ask the sender for a smaller file or raise limits"
            add_documents(transaction, row, 0, [unreadable("READ-TOO-LARGE", reason)])
        else:
            transaction.queue(row.id, "unpack", row.arrival)

    return write
