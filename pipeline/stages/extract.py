"""Read a document in a child process: what it says, where it says it, and what proves it."""

from typing import Any

from sqlalchemy import Connection

from pipeline.desk import Desk
from pipeline.learning import profiles_for
from pipeline.sandbox import SandboxError
from pipeline.stages.documents import add_documents, unreadable
from pipeline.store import master, profiles, records
from pipeline.store.jobs import Job
from pipeline.transaction import Transaction, Write
from schemas import Extraction
from schemas.master import Company, Vendor

VENDORS_AT_HAND = 500  # more would cost more to hand over than they help; vendors are looked up after reading anyway


def extract(job: Job, desk: Desk) -> Write:
    with desk.database.read() as connection:
        row = records.get_received(connection, job.item)
        known = known_parties(connection)
        path = desk.originals.path(row.sha256)
        known["profiles"] = profiles_for(connection, desk.sandbox, path)
    arguments = {"path": str(path), "name": row.name, **known}
    try:
        extraction = Extraction.model_validate(desk.sandbox.run("read", arguments))
        pages, documents = extraction.pages, extraction.documents
    except SandboxError as problem:
        pages, documents = 0, [unreadable(problem.code, str(problem))]

    def write(transaction: Transaction) -> None:
        add_documents(transaction, row, pages, documents)
        profiles.count_misfits(transaction.connection, [d.profile for d in documents if d.profile and d.profile_fits is False])

    return write


def known_parties(connection: Connection) -> dict[str, Any]:
    """Our companies, and our vendors where they are few: they help to tell seller from buyer, and never overwrite the page."""
    companies = master.everything(connection, "companies", Company)
    vendors = (
        master.everything(connection, "vendors", Vendor) if master.counts(connection).get("vendors", 0) <= VENDORS_AT_HAND else ()
    )
    return {
        "companies": [company.model_dump(mode="json", exclude_none=True) for company in companies],
        "vendors": [vendor.model_dump(mode="json", exclude_none=True) for vendor in vendors],
    }
