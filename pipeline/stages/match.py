"""Three ways: invoice lines against order lines and receipts."""

from pipeline.desk import Desk
from pipeline.rematching import after_match
from pipeline.store import acts, facts, order_facts, records
from pipeline.store.audit import Event
from pipeline.store.jobs import Job
from pipeline.store.turns import take_turn, turn_of
from pipeline.transaction import Transaction, Write
from validators import matching


def match(job: Job, desk: Desk) -> Write:
    with desk.database.read() as connection:
        row = records.get_invoice(connection, job.item)
        stated = records.document_of(row).invoice
        assert stated is not None, "only invoices are matched"
        turn = turn_of(connection, row.vendor_number)
        known = order_facts.orders(connection, row, matching.order_references(stated))
        vendor = facts.vendor_of(connection, row.vendor_number)
        company = facts.company_of(connection, row.company_code)
        chosen = acts.choices_of(connection, row.id).order_lines
    today = desk.clock.today()
    result = matching.match(stated, known, vendor=vendor, company=company, entry_date=today, choices=chosen)
    receipts = sorted({share.receipt for line in result.match.lines for share in line.receipts})
    orders = sorted({f"{line.purchase_order}/{line.purchase_order_line}" for line in result.match.lines if line.purchase_order})

    def write(transaction: Transaction) -> None:
        take_turn(transaction.connection, row.vendor_number, turn)
        records.set_invoice(
            transaction.connection,
            row.id,
            transaction.now,
            state="matched",
            match=result.match.model_dump_json(),
            match_findings=records.findings_json(result.findings),
        )
        transaction.note(
            row.id,
            Event(
                "matched",
                after={
                    "state": result.match.state.value,
                    "blocks": [block.value for block in result.match.blocks],
                    "order_lines": orders,
                    "receipts": receipts,
                    "findings": [f.code for f in result.findings],
                },
            ),
        )
        transaction.queue(row.id, "enrich", row.arrival, row.vendor_number)
        after_match(transaction, row, result.match)

    return write
