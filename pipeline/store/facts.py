"""Looks up what the core wants to know: master data plus our own earlier invoices, as the records of ``schemas.facts``."""

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from enrichers import PartyKeys
from pipeline.store import master, records
from pipeline.store.tables import invoice
from schemas import Invoice, MailFacts
from schemas.facts import AccountFacts, CheckFacts, HistoryFacts, KnownInvoice, OrderFacts, PartyFacts
from schemas.finding import Finding
from schemas.identifiers import canonical_number, compact
from schemas.master import (
    AccountRule,
    ApprovalLimit,
    Company,
    CostObject,
    GlAccount,
    GoodsReceipt,
    PostedInvoice,
    PostedLine,
    PurchaseOrderLine,
    TaxCode,
    Tolerance,
    UnitConversion,
    Vendor,
    VendorBank,
)
from schemas.matching import Match
from validators.matching import References, number_key

NOT_COUNTED = ("rejected", "quarantined", "not-an-invoice")
HISTORY_LINES = 5_000


def parties(connection: Connection, keys: PartyKeys) -> PartyFacts:
    """All companies, and every vendor that shares a key with the invoice, with its confirmed accounts."""
    wanted = [(field, value) for field, values in asdict(keys).items() for value in values]
    by_iban = master.find(connection, "vendor_banks", VendorBank, [("iban", iban) for iban in keys.ibans])
    vendors = {v.vendor_number: v for v in master.find(connection, "vendors", Vendor, wanted)}
    for found in master.by_keys(connection, "vendors", Vendor, {bank.vendor_number for bank in by_iban}):
        vendors.setdefault(found.vendor_number, found)
    banks = master.find(connection, "vendor_banks", VendorBank, [("vendor_number", compact(number)) for number in vendors])
    return PartyFacts(master.everything(connection, "companies", Company), tuple(vendors.values()), banks)


def vendor_of(connection: Connection, number: str | None) -> Vendor | None:
    return next(iter(master.by_keys(connection, "vendors", Vendor, [number])), None) if number else None


def company_of(connection: Connection, code: str | None) -> Company | None:
    return next(iter(master.by_keys(connection, "companies", Company, [code])), None) if code else None


def checks(connection: Connection, row: Row[Any], stated: Invoice, today: date) -> CheckFacts:
    """Facts for ``validators.check`` about one invoice row."""
    vendor = vendor_of(connection, row.vendor_number)
    wanted = [("vendor_number", compact(vendor.vendor_number))] if vendor else []
    wanted += [("iban", compact(account.iban)) for account in stated.payment.accounts if account.iban]
    return CheckFacts(
        today=today,
        vendor=vendor,
        company=company_of(connection, row.company_code),
        banks=master.find(connection, "vendor_banks", VendorBank, wanted),
        companies=master.everything(connection, "companies", Company),
        history=HistoryFacts(_known_invoices(connection, row, stated)),
        limits=master.everything(connection, "approval_limits", ApprovalLimit),
        sha256=row.sha256,
        mail=_mail_of(connection, row),
        known_domains=master.values(connection, "vendors", "email_domain"),
    )


def _mail_of(connection: Connection, row: Row[Any]) -> MailFacts | None:
    """The envelope of the mail the document came in."""
    source = records.get_received(connection, row.received_id)
    return MailFacts.model_validate_json(source.mail) if source.mail else None


def _known_invoices(connection: Connection, row: Row[Any], stated: Invoice) -> tuple[KnownInvoice, ...]:
    wanted = [
        ("vendor_number", compact(row.vendor_number)),
        ("iban", row.iban or ""),
        ("number", canonical_number(stated.number)),
    ]
    posted = master.find(connection, "posted_invoices", PostedInvoice, wanted)
    known = [KnownInvoice(**record.model_dump()) for record in posted]
    same = [invoice.c.sha256 == row.sha256]
    if row.vendor_number:
        same.append(invoice.c.vendor_number == row.vendor_number)
    if row.iban:
        same.append(invoice.c.iban == row.iban)
    if row.seller_vat_id:
        same.append(invoice.c.seller_vat_id == row.seller_vat_id)
    return tuple(known) + tuple(
        known_invoice(other) for other in _earlier(connection, row, or_(*same)) if other.number and other.issue_date
    )


def _earlier(connection: Connection, row: Row[Any], condition: Any) -> list[Row[Any]]:
    """Our own invoices that arrived before this one and are not rejected."""
    before = or_(invoice.c.arrival < row.arrival, (invoice.c.arrival == row.arrival) & (invoice.c.id < row.id))
    return list(
        connection.execute(
            select(invoice)
            .where(
                condition,
                before,
                invoice.c.id != row.id,
                invoice.c.state.not_in(NOT_COUNTED),
                invoice.c.kind.in_(("invoice", "credit-note")),
            )
            .order_by(invoice.c.arrival, invoice.c.id)
        )
    )


def known_invoice(row: Row[Any]) -> KnownInvoice:
    return KnownInvoice(
        vendor_number=row.vendor_number or "",
        company_code=row.company_code or "",
        number=row.number,
        issue_date=date.fromisoformat(row.issue_date),
        currency=row.currency or "",
        type_code=row.type_code or ("381" if row.kind == "credit-note" else "380"),
        grand_total=Decimal(row.grand_total or "0"),
        iban=row.iban,
        preceding_invoice_reference=_preceding(row),
        id=row.id,
        sha256=row.sha256,
        vat_id=row.seller_vat_id,
    )


def _preceding(row: Row[Any]) -> str | None:
    """The invoice a correction (384) takes the place of, so that its quantities do not count twice."""
    stated = records.document_of(row).invoice if row.type_code == "384" else None
    return stated.preceding_invoice_reference if stated else None


def orders(connection: Connection, row: Row[Any], references: References) -> OrderFacts:
    """Order lines named by the invoice or open for its vendor, with receipts and everything invoiced on them so far."""
    notes = [("delivery_note", note) for note in references.delivery_notes]
    named = set(references.order_numbers)
    named |= {number_key(receipt.po_number) for receipt in master.find(connection, "goods_receipts", GoodsReceipt, notes)}
    wanted = [("po_number", number) for number in sorted(named)] + [("vendor_number", compact(row.vendor_number))]
    lines = master.find(connection, "purchase_orders", PurchaseOrderLine, wanted)
    on_orders = [("po_number", number) for number in sorted({number_key(line.po_number) for line in lines})]
    posted_lines = master.find(connection, "posted_lines", PostedLine, on_orders)
    vendors = sorted({line.vendor_number for line in lines} | ({row.vendor_number} if row.vendor_number else set()))
    of_vendors = [("vendor_number", compact(vendor)) for vendor in vendors]
    posted = master.find(connection, "posted_invoices", PostedInvoice, of_vendors)
    own, own_lines = _own_invoiced(connection, row, vendors)
    return OrderFacts(
        order_lines=lines,
        receipts=master.find(connection, "goods_receipts", GoodsReceipt, on_orders),
        invoices=tuple(KnownInvoice(**record.model_dump()) for record in posted) + own,
        invoiced_lines=posted_lines + own_lines,
        conversions=master.everything(connection, "unit_conversions", UnitConversion),
        tolerances=master.everything(connection, "tolerances", Tolerance),
    )


def _own_invoiced(
    connection: Connection, row: Row[Any], vendors: list[str]
) -> tuple[tuple[KnownInvoice, ...], tuple[PostedLine, ...]]:
    """Our earlier invoices as if they were posted. An exact duplicate invoices nothing: its original already did."""
    invoices: list[KnownInvoice] = []
    lines: list[PostedLine] = []
    for other in _earlier(connection, row, invoice.c.vendor_number.in_(vendors)):
        if (
            other.match is None
            or not other.number
            or not other.issue_date
            or _is_duplicate(records.findings_of(other.check_findings))
        ):
            continue
        stated = records.document_of(other).invoice
        if stated is None:
            continue
        invoices.append(known_invoice(other))
        lines += _as_posted(other, stated, Match.model_validate_json(other.match))
    return tuple(invoices), tuple(lines)


def _is_duplicate(found: list[Finding]) -> bool:
    return any(finding.code == "FRAUD-DUPLICATE" for finding in found)


def _as_posted(row: Row[Any], stated: Invoice, match: Match) -> list[PostedLine]:
    """Our match as posted lines: per order line what fell to it, in the unit of the order."""
    by_id = {(line.id or str(number)): line for number, line in enumerate(stated.lines, start=1)}
    posted = []
    for number, assigned in enumerate(match.lines, start=1):
        line = by_id.get(assigned.invoice_line)
        amount = assigned.net_amount if assigned.net_amount is not None else line.net_amount if line else None
        if line is None or amount is None or not assigned.purchase_order:
            continue
        in_order_unit = assigned.quantity is not None
        quantity = assigned.quantity if in_order_unit else line.quantity
        posted.append(
            PostedLine(
                vendor_number=row.vendor_number,
                number=row.number,
                line=str(number),
                po_number=assigned.purchase_order,
                po_line=assigned.purchase_order_line,
                delivery_note=line.delivery_note or stated.delivery_note_reference,
                quantity=abs(quantity) if quantity is not None else None,
                unit=None if in_order_unit else line.unit,  # no unit: that of the order line
                net_amount=abs(amount),
                description=line.name,
            )
        )
    return posted


def accounts(connection: Connection, company_code: str | None, vendor_number: str | None) -> AccountFacts:
    """Everything a posting may name in this company code, and what was posted for the vendor before."""
    of_company = [("company_code", compact(company_code))]
    history = master.find(connection, "posted_lines", PostedLine, [("vendor_number", compact(vendor_number))])
    return AccountFacts(
        rules=master.everything(connection, "account_rules", AccountRule),
        gl_accounts=master.find(connection, "gl_accounts", GlAccount, of_company),
        cost_objects=master.find(connection, "cost_objects", CostObject, of_company),
        tax_codes=master.find(connection, "tax_codes", TaxCode, of_company),
        history=history[-HISTORY_LINES:],
    )


def approval_limits(connection: Connection) -> tuple[ApprovalLimit, ...]:
    return master.everything(connection, "approval_limits", ApprovalLimit)
