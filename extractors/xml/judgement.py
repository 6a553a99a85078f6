"""May a structured invoice be booked as it stands? Well-formed, complete, and its figures close (CONTRACT section 3).

What is missing becomes READ-UNSURE with the field that a person has to supply; figures become ARITH-*.
"""

import re
from collections.abc import Iterator

from schemas import Document, Evidence, Finding, Invoice, Kind, Severity, Source
from schemas.equations import figures_close
from schemas.finding import error
from schemas.invoice import CREDIT_NOTES

MAX_FINDINGS = 500
_CURRENCY = re.compile(r"[A-Z]{3}")

# UNTDID 1001: documents that look like invoices and ask for no payment. 325 pro forma.
_NOT_PAYABLE = frozenset({"325"})


def judge(invoice: Invoice, kind: Kind, source: Source, evidence: dict[str, list[Evidence]], findings: list[Finding]) -> Document:
    """The document with all its findings; ``accepted`` only where none of them is an error."""
    if invoice.type_code in _NOT_PAYABLE:
        reason = error("READ-NOT-INVOICE", "type_code", f"type code {invoice.type_code} is a pro forma invoice: nothing is owed")
        return Document(kind=Kind.OTHER, source=source, invoice=invoice, evidence=evidence, findings=[*findings, reason])
    every = _bounded([*findings, *missing(invoice), *figures_close(invoice)])
    accepted = not any(finding.severity is Severity.ERROR for finding in every)
    kind = _kind(invoice, kind)
    return Document(kind=kind, source=source, accepted=accepted, invoice=invoice, evidence=evidence, findings=every)


def _bounded(findings: list[Finding]) -> list[Finding]:
    """Errors first when there are too many to list, so that none of them is what is left out."""
    if len(findings) <= MAX_FINDINGS:
        return findings
    ranked = sorted(findings, key=lambda finding: finding.severity is not Severity.ERROR)
    rest = len(findings) - MAX_FINDINGS
    return [*ranked[:MAX_FINDINGS], error("READ-TOO-LARGE", "", f"{rest} further findings are not listed")]


def missing(invoice: Invoice) -> Iterator[Finding]:
    """READ-UNSURE for every value that would be booked and is not there. Values already reported as wrong are named again."""
    totals = invoice.totals
    for path, value, words in (
        ("number", invoice.number, "invoice number"),
        ("issue_date", invoice.issue_date, "invoice date"),
        ("type_code", invoice.type_code, "type of document"),
        ("currency", invoice.currency, "currency"),
        ("seller.name", invoice.seller.name, "seller"),
        ("totals.tax_basis_total", totals.tax_basis_total, "total without tax"),
        ("totals.grand_total", totals.grand_total, "total with tax"),
    ):
        if value is None:
            yield _unsure(path, f"the {words} is missing")
    if invoice.currency is not None and not _CURRENCY.fullmatch(invoice.currency):
        yield _unsure("currency", f"{invoice.currency[:20]!r} is not a currency code of three capital letters")
    if totals.tax_total is None and totals.tax_basis_total != totals.grand_total:
        yield _unsure("totals.tax_total", "the tax total is missing")
    yield from _missing_details(invoice)


def _missing_details(invoice: Invoice) -> Iterator[Finding]:
    if not invoice.lines:
        yield _unsure("lines", "the invoice states no lines (profiles MINIMUM and BASIC WL have none): compare it with the page")
        return
    if not invoice.tax_breakdown:
        yield _unsure("tax_breakdown", "the tax per rate is missing")
    for index, line in enumerate(invoice.lines):
        for field, value in (("quantity", line.quantity), ("net_price", line.net_price), ("net_amount", line.net_amount)):
            if value is None:
                yield _unsure(f"lines[{index}].{field}", f"line {line.id or index + 1} states no {field.replace('_', ' ')}")
    for index, row in enumerate(invoice.tax_breakdown):
        for field, value in (("basis", row.basis), ("amount", row.amount)):
            if value is None:
                yield _unsure(f"tax_breakdown[{index}].{field}", f"the tax breakdown states no {field}")
        if row.rate is None and row.amount:
            yield _unsure(f"tax_breakdown[{index}].rate", "the tax breakdown states a tax without its rate")


def _kind(invoice: Invoice, kind: Kind) -> Kind:
    negative = invoice.totals.grand_total is not None and invoice.totals.grand_total < 0
    return Kind.CREDIT_NOTE if kind is Kind.CREDIT_NOTE or invoice.type_code in CREDIT_NOTES or negative else Kind.INVOICE


def _unsure(path: str, message: str) -> Finding:
    return error("READ-UNSURE", path, message, clears="the value entered by a person")
