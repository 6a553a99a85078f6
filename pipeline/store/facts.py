"""Looks up what the core wants to know: master data plus our own earlier invoices, as the records of ``schemas.facts``.

What matching wants to know stands in ``order_facts``.
"""

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from enrichers import PartyKeys
from pipeline.store import acts, master, records
from pipeline.store.tables import invoice
from schemas import Invoice, MailFacts
from schemas.facts import AccountFacts, CheckFacts, HistoryFacts, KnownInvoice, PartyFacts
from schemas.identifiers import canonical_number, compact
from schemas.master import (
    AccountRule,
    ApprovalLimit,
    Company,
    CostObject,
    GlAccount,
    PostedInvoice,
    PostedLine,
    TaxCode,
    Vendor,
    VendorBank,
)

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
    confirmed_here = acts.confirmed_ibans(connection, vendor.vendor_number) if vendor else ()
    return CheckFacts(
        today=today,
        vendor=vendor,
        company=company_of(connection, row.company_code),
        banks=(
            *master.find(connection, "vendor_banks", VendorBank, wanted),
            *(VendorBank(vendor_number=row.vendor_number, iban=iban) for iban in confirmed_here),
        ),
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
        known_invoice(other) for other in earlier(connection, row, or_(*same)) if other.number and other.issue_date
    )


def earlier(connection: Connection, row: Row[Any], condition: Any) -> list[Row[Any]]:
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
