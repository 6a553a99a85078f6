"""Whose invoice is it, and to which of our companies? Checks and matching need to know."""

import enrichers
from pipeline.desk import Desk
from pipeline.store import facts, importing, records
from pipeline.store.audit import Event
from pipeline.store.jobs import Job
from pipeline.transaction import Transaction, Write


def identify(job: Job, desk: Desk) -> Write:
    with desk.database.read() as connection:
        row = records.get_invoice(connection, job.item)
        stated = records.document_of(row).invoice
        assert stated is not None, "only invoices are identified"
        known = importing.version(connection)
        party_facts = facts.parties(connection, enrichers.party_keys(stated))
    identity = enrichers.identify(stated, party_facts)
    vendor = identity.vendor.vendor_number if identity.vendor else None
    company = identity.company.company_code if identity.company else None

    def write(transaction: Transaction) -> None:
        records.set_invoice(
            transaction.connection,
            row.id,
            transaction.now,
            vendor_number=vendor,
            company_code=company,
            master_version=known,
            identity=records.findings_json(identity.findings),
        )
        transaction.note(
            row.id,
            Event(
                "identified",
                after={
                    "vendor": vendor,
                    "company": company,
                    "vendor_by": list(identity.vendor_keys),
                    "company_by": list(identity.company_keys),
                    "findings": [f.code for f in identity.findings],
                },
            ),
        )
        transaction.queue(row.id, "check", row.arrival, vendor)

    return write
