"""The pure core over all samples, with the truth in the place of the reading: what the decisions rest on beside the page."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import enrichers
from samples.build import Collection
from samples.master_data import NOW
from samples.truth import load_rows
from schemas import Document, Finding, Invoice, Kind, Severity, Source
from schemas.decision import Verdict
from schemas.equations import figures_close
from schemas.facts import AccountFacts, CheckFacts, HistoryFacts, KnownInvoice, OrderFacts, PartyFacts
from schemas.master import PostedLine
from schemas.matching import Match
from validators import check, decide
from validators.matching import match

READING = frozenset({"FRAUD-HIDDEN-TEXT"})
"""Codes of the expected findings that only a reader of the page can give; here they are handed in."""


@dataclass
class Outcome:
    verdict: Verdict
    match: Match | None
    findings: list[Finding]


@dataclass
class Books:
    """Master data and everything met so far."""

    invoices: list[KnownInvoice] = field(default_factory=list)
    lines: list[PostedLine] = field(default_factory=list)

    @classmethod
    def opened(cls) -> "Books":
        known = [KnownInvoice(**row.model_dump()) for row in load_rows("posted_invoices")]
        return cls(known, list(load_rows("posted_lines")))

    def take(self, document: Document, sha256: str) -> Outcome:
        """Every stage of the core for one document; afterwards it counts for the later ones."""
        invoice = document.invoice
        if invoice is None or not document.kind.is_payable:
            verdict = decide(document, [], None, None, company=None, limits=load_rows("approval_limits"), has_order=False)
            return Outcome(verdict, None, list(document.findings))
        identity = enrichers.identify(
            invoice, PartyFacts(load_rows("companies"), load_rows("vendors"), load_rows("vendor_banks"))
        )
        vendor, company = identity.vendor, identity.company
        facts = CheckFacts(
            NOW, vendor, company, load_rows("vendor_banks"), load_rows("companies"), HistoryFacts(tuple(self.invoices)),
            load_rows("approval_limits"), sha256,
        )  # fmt: skip
        findings = [*identity.findings, *check(document, facts)]
        orders = OrderFacts(
            load_rows("purchase_orders"), load_rows("goods_receipts"), tuple(self.invoices), tuple(self.lines),
            load_rows("unit_conversions"), load_rows("tolerances"),
        )  # fmt: skip
        matched = match(invoice, orders, vendor=vendor, company=company, entry_date=NOW)
        code = company.company_code if company else None
        accounts = AccountFacts(
            load_rows("account_rules"),
            _of("gl_accounts", code),
            _of("cost_objects", code),
            _of("tax_codes", code),
            tuple(self.lines),
        )
        posting = enrichers.assign_accounts(
            invoice, matched.match, accounts, vendor=vendor, company=company, order_lines=matched.order_lines, posting_date=NOW
        )
        findings += [*matched.findings, *posting.findings]
        verdict = decide(
            document, findings, matched.match, posting.posting, company=company, limits=load_rows("approval_limits"),
            has_order=bool(matched.order_lines) or invoice.purchase_order_reference is not None,
        )  # fmt: skip
        if vendor and company:
            self._remember(invoice, vendor.vendor_number, company.company_code, matched.match, sha256)
        return Outcome(verdict, matched.match, [*document.findings, *findings])

    def _remember(self, invoice: Invoice, vendor: str, company: str, matched: Match, sha256: str) -> None:
        if not (invoice.number and invoice.issue_date and invoice.totals.grand_total is not None):
            return
        self.invoices.append(
            KnownInvoice(
                vendor_number=vendor, company_code=company, number=invoice.number, issue_date=invoice.issue_date,
                currency=invoice.currency or "EUR", type_code=invoice.type_code or "380", grand_total=invoice.totals.grand_total,
                iban=invoice.payment.iban, id=f"{len(self.invoices)}", sha256=sha256, vat_id=invoice.seller.vat_id,
            )
        )  # fmt: skip
        found = {line.invoice_line: line for line in matched.lines}
        for index, line in enumerate(invoice.lines, start=1):
            order = found.get(line.id or str(index))
            self.lines.append(
                PostedLine(
                    vendor_number=vendor, number=invoice.number, line=str(index), po_number=order and order.purchase_order,
                    po_line=order and order.purchase_order_line, quantity=line.quantity, unit=line.unit,
                    net_amount=line.net_amount or 0, description=line.name,
                    delivery_note=line.delivery_note or invoice.delivery_note_reference,
                )
            )  # fmt: skip


def _of(stem: str, company_code: str | None) -> tuple[Any, ...]:
    return tuple(row for row in load_rows(stem) if row.company_code == company_code)


def perfect_reading(truth: dict[str, Any]) -> Document:
    """The document as a reader that makes no mistake would give it."""
    kind = Kind(truth["kind"])
    if truth["invoice"] is None:
        source = None if kind is Kind.UNREADABLE else Source.TEXT_LAYER
        return Document(kind=kind, source=source, findings=[_error(code) for code in truth["findings"]])
    shape = {**truth["invoice"], "notes": [{"text": text} for text in truth["invoice"]["notes"]]}
    invoice = Invoice.model_validate(shape)
    findings = figures_close(invoice) + [_error(code) for code in truth["findings"] if code in READING]
    accepted = not any(finding.severity is Severity.ERROR for finding in findings)
    return Document(kind=kind, source=Source.TEXT_LAYER, accepted=accepted, invoice=invoice, findings=findings)


def _error(code: str) -> Finding:
    return Finding(code=code, severity=Severity.ERROR, message=code)


def run_core(collection: Collection) -> dict[str, Outcome]:
    """Expected file name -> outcome, taken in the expected order."""
    books, outcomes = Books.opened(), dict[str, Outcome]()
    for entry in collection.expected:
        if entry["truth"] is None:
            continue
        sample = collection.samples[entry["truth"]]
        outcomes[entry["file"]] = books.take(perfect_reading(sample.truth), hashlib.sha256(sample.data).hexdigest())
    return outcomes
