"""Invoices as the stages leave them, for tests of pages that need more kinds of outcome than a small file gives."""

from datetime import date
from decimal import Decimal
from typing import Any

from pipeline.desk import Desk
from pipeline.receiving import receive
from pipeline.store import records
from pipeline.store.audit import Event
from pipeline.transaction import Transaction
from schemas import Document, Invoice, Kind, Source
from schemas.decision import Decision, Verdict
from schemas.evidence import Evidence
from schemas.finding import Finding
from schemas.invoice import Line, Party, Payment, TaxBreakdown, Totals
from schemas.matching import Match
from schemas.posting import Posting


def make_invoice(number: str, seller: str, net: str = "1000.00", **more: Any) -> Invoice:
    """A plain invoice of one line at 19 %."""
    amount = Decimal(net)
    tax = (amount * Decimal("0.19")).quantize(Decimal("0.01"))
    totals = Totals(line_total=amount, tax_basis_total=amount, tax_total=tax, grand_total=amount + tax, due_payable=amount + tax)
    values: dict[str, Any] = {
        "number": number,
        "issue_date": date(2026, 11, 20),
        "due_date": date(2026, 12, 20),
        "type_code": "380",
        "currency": "EUR",
        "purchase_order_reference": "4500000001",
        "seller": Party(name=seller, vat_id="DE123456789", street="Hafenstr. 1", postcode="20457", city="Hamburg", country="DE"),
        "buyer": Party(name="Nordlicht Maschinenbau GmbH", country="DE"),
        "payment": Payment(iban="DE02120300000000202051", bic="BYLADEM1001"),
        "totals": totals,
        "tax_breakdown": [TaxBreakdown(basis=amount, amount=tax, category="S", rate=Decimal(19))],
        "lines": [
            Line(
                id="1",
                name="Sechskantschraube M8 x 40",
                quantity=Decimal("500"),
                unit="H87",
                net_price=amount / 500,
                net_amount=amount,
                tax_rate=Decimal(19),
            )
        ],
    }
    return Invoice(**(values | more))


def make_document(invoice: Invoice, *findings: Finding, accepted: bool = True) -> Document:
    evidence = {
        "number": [
            Evidence(page=1, box=(412.0, 88.2, 470.5, 99.0), text=invoice.number or "", proofs=["label", "second-reader"])
        ],
        "totals.grand_total": [
            Evidence(page=1, box=(480.0, 700.0, 540.0, 712.0), text="1.190,00", proofs=["label", "equation", "visible"])
        ],
        "payment.iban": [
            Evidence(page=1, box=(60, 780, 240, 790), text="DE02 1203 0000 0000 2020 51", proofs=["label", "check-digit"])
        ],
    }
    return Document(
        kind=Kind.INVOICE,
        pages=[1],
        source=Source.TEXT_LAYER,
        accepted=accepted,
        invoice=invoice,
        evidence=evidence,
        findings=list(findings),
    )


def keep(
    desk: Desk,
    document: Document,
    decision: Decision = Decision.REVIEW,
    *,
    file: str = "invoice.pdf",
    data: bytes = b"%PDF-1.7 stand-in",
    reasons: tuple[str, ...] = (),
    proposal: Any = None,
    match: Match | None = None,
    posting: Posting | None = None,
    checks: tuple[Finding, ...] = (),
    **columns: Any,
) -> str:
    """A row as it is after ``decide``, with its events; its id."""
    received, _ = receive(desk, data, file, "cli")
    with desk.database.write() as connection:
        transaction = Transaction(connection, desk.clock.now())
        source = records.get_received(connection, received)
        identifier = records.add_invoice(connection, source, 0, document, 1, transaction.now)
        verdict = Verdict(decision=decision, reasons=list(reasons), proposal=proposal)
        records.set_invoice(
            connection,
            identifier,
            transaction.now,
            state=columns.pop("state", decision.value),
            decision=decision.value,
            verdict=verdict.model_dump_json(),
            check_findings=records.findings_json(checks),
            match=match.model_dump_json() if match else None,
            posting=posting.model_dump_json() if posting else None,
            **columns,
        )
        transaction.note(identifier, Event("extracted", after={"file": file, "document": source.sha256}))
        transaction.note(identifier, Event("decided", after=verdict.as_json()))
    return identifier
