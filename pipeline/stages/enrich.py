"""Where it is to be booked: accounts, cost objects and tax codes, each with its reason."""

import enrichers
from pipeline.desk import Desk
from pipeline.store import acts, facts, master, records
from pipeline.store.audit import Event
from pipeline.store.jobs import Job
from pipeline.transaction import Transaction, Write
from schemas.master import PurchaseOrderLine
from schemas.matching import Match


def enrich(job: Job, desk: Desk) -> Write:
    with desk.database.read() as connection:
        row = records.get_invoice(connection, job.item)
        stated = records.document_of(row).invoice
        assert stated is not None, "only invoices are enriched"
        match = Match.model_validate_json(row.match or "")
        known = facts.accounts(connection, row.company_code, row.vendor_number)
        keys = {f"{line.purchase_order}\x1f{line.purchase_order_line}" for line in match.lines if line.purchase_order}
        order_lines = master.by_keys(connection, "purchase_orders", PurchaseOrderLine, keys)
        vendor = facts.vendor_of(connection, row.vendor_number)
        company = facts.company_of(connection, row.company_code)
        chosen = acts.choices_of(connection, row.id).accounts
    result = enrichers.assign_accounts(
        stated,
        match,
        known,
        vendor=vendor,
        company=company,
        order_lines=order_lines,
        posting_date=desk.clock.today(),
        choices=chosen,
    )

    def write(transaction: Transaction) -> None:
        records.set_invoice(
            transaction.connection,
            row.id,
            transaction.now,
            state="enriched",
            posting=result.posting.model_dump_json(),
            posting_findings=records.findings_json(result.findings),
        )
        transaction.note(
            row.id, Event("enriched", after={"posting": result.posting.as_json(), "findings": [f.code for f in result.findings]})
        )
        transaction.queue(row.id, "decide", row.arrival, row.vendor_number)

    return write
