"""From a case in ``samples/cases`` and the master data to the invoice a supplier would write: the truth of a sample."""

import csv
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from samples.case import Case, CaseLine
from samples.einvoice import EN16931, XRECHNUNG
from samples.layout import Layout
from samples.master_data import MASTER
from samples.sums import add_up
from schemas import (
    AllowanceCharge,
    Invoice,
    Line,
    Note,
    Party,
    Payment,
    PaymentTerms,
    Period,
    round_half_up,
)
from schemas.invoice import CashDiscount
from schemas.master import MASTER_FILES, Company, PurchaseOrderLine, Row, Vendor

_RATES = {"DE": Decimal(19), "AT": Decimal(20), "FR": Decimal(20), "CH": Decimal("8.1"), "GB": Decimal(20)}
"""Standard rate of a seller's country; other rates stand in the case."""


@dataclass(frozen=True)
class World:
    """The sample master data that invoices are made from."""

    vendors: dict[str, Vendor]
    companies: dict[str, Company]
    ibans: dict[str, tuple[str, str]]
    orders: dict[tuple[str, str], PurchaseOrderLine]


@cache
def load_rows(stem: str, folder: Path = MASTER) -> tuple[Any, ...]:
    """Rows of a master file as records; empty cells are left out."""
    record: type[Row] = MASTER_FILES[stem]
    with (folder / f"{stem}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(record.model_validate({k: v for k, v in row.items() if v != ""}) for row in csv.DictReader(file))


@cache
def load_world() -> World:
    ibans: dict[str, tuple[str, str]] = {}
    for bank in load_rows("vendor_banks"):
        ibans.setdefault(bank.vendor_number, (bank.iban, bank.bic or ""))
    return World(
        {vendor.vendor_number: vendor for vendor in load_rows("vendors")},
        {company.company_code: company for company in load_rows("companies")},
        ibans,
        {(line.po_number, line.po_line): line for line in load_rows("purchase_orders")},
    )


def build_invoice(case: Case, layout: Layout, world: World) -> Invoice:
    """The invoice with every field the supplier knows; what the layout does not print is dropped after rendering."""
    vendor, company = world.vendors.get(case.vendor), world.companies[case.company]
    seller = _seller(case, vendor)
    rate = case.rate if case.rate is not None else _RATES.get(seller.country or "DE", Decimal(19))
    lines = [_line(case, index, item, rate, world) for index, item in enumerate(case.lines, start=1)]
    invoice = Invoice(
        type_code=case.type_code,
        number=case.number,
        issue_date=case.issued,
        currency=case.currency,
        purchase_order_reference=case.order if case.print_order else None,
        delivery_note_reference=case.delivery_note,
        preceding_invoice_reference=case.preceding,
        delivery_date=case.delivered,
        period=Period(start=case.period[0], end=case.period[1]) if case.period else None,
        seller=seller,
        buyer=_buyer(case, company),
        lines=lines,
        allowances=[_adjustment(item, lines, case, rate) for item in case.allowances],
        charges=[_adjustment(item, lines, case, rate) for item in case.charges],
        notes=[Note(text=text) for text in case.notes],
        payment=_payment(case, world),
        payment_terms=_terms(case, layout),
    )
    invoice.totals.prepaid = case.prepaid
    add_up(invoice, lambda code: layout.word(f"note_{code}") if case.print_exemption else None)
    if case.print_due and case.issued and invoice.payment_terms.net_days is not None:
        invoice.due_date = case.issued + timedelta(days=invoice.payment_terms.net_days)
    if case.format != "pdf":
        _add_structured_terms(invoice, case, world)
    for path in case.omit:
        _clear(invoice, path)
    for path, value in case.misprint.items():
        holder, name = _holder(invoice, path)
        setattr(holder, name, Decimal(value))
    return invoice


def _add_structured_terms(invoice: Invoice, case: Case, world: World) -> None:
    """What an e-invoice says beyond a page: routing, profile, means of payment."""
    vendor, company = world.vendors[case.vendor], world.companies[case.company]
    invoice.buyer_reference = company.buyer_reference
    invoice.payment.means_code = "58"
    invoice.seller.electronic_address, invoice.seller.electronic_address_scheme = vendor.electronic_address, "EM"
    invoice.buyer.electronic_address, invoice.buyer.electronic_address_scheme = company.electronic_address, "EM"
    if invoice.seller.country == invoice.buyer.country == "DE" and case.format != "zugferd":
        invoice.specification, invoice.business_process = XRECHNUNG, "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
    else:
        invoice.specification = EN16931


def _seller(case: Case, vendor: Vendor | None) -> Party:
    if vendor is None:
        return Party(**case.seller)
    fields = ("name", "vat_id", "tax_number", "street", "postcode", "city", "country", "contact", "phone", "email")
    return Party(**{**{name: getattr(vendor, name) for name in fields}, **case.seller})


def _buyer(case: Case, company: Company) -> Party:
    names = ["name", "street", "postcode", "city", "country"]
    if case.category in ("K", "AE") and case.print_buyer_vat:
        names.append("vat_id")
    return Party(**{**{name: getattr(company, name) for name in names}, **case.buyer})


def _line(case: Case, index: int, item: CaseLine, rate: Decimal, world: World) -> Line:
    order = world.orders[case.order, item.po] if item.po and case.order else None
    price = item.price if item.price is not None else (order.net_price if order else Decimal(0))
    per = item.per if item.per is not None else (order.price_quantity if order else Decimal(1))
    quantity = item.quantity if item.quantity is not None else (order.quantity if order else Decimal(1))
    gross = discount = None
    if item.discount_percent:
        gross, discount = price, round_half_up(price * item.discount_percent / 100, 4).normalize()
        price = gross - discount
    return Line(
        id=str(index) if item.id is None else item.id,
        name=item.name or (order.description if order else None),
        description=item.description,
        quantity=quantity,
        unit=item.unit or (order.unit if order else "C62"),
        net_price=price,
        gross_price=gross,
        discount=discount,
        price_quantity=per if per != 1 else None,
        net_amount=round_half_up(quantity * price / per),
        tax_category=item.category or case.category,
        tax_rate=item.rate if item.rate is not None else (rate if case.category == "S" else Decimal(0)),
        seller_item_id=item.item or (order.seller_item_id if order else None),
        buyer_item_id=order.buyer_item_id if order else None,
        gtin=order.gtin if order else None,
        purchase_order_line=item.po if order else None,
        delivery_note=item.delivery_note,
    )


def _adjustment(item: dict[str, str], lines: list[Line], case: Case, rate: Decimal) -> AllowanceCharge:
    basis = sum((line.net_amount or Decimal(0) for line in lines), Decimal(0))
    percent = Decimal(item["percent"]) if "percent" in item else None
    return AllowanceCharge(
        amount=round_half_up(basis * percent / 100) if percent is not None else Decimal(item["amount"]),
        percent=percent,
        basis=basis if percent is not None else None,
        reason=item["reason"],
        category=case.category,
        rate=rate if case.category == "S" else Decimal(0),
    )


def _payment(case: Case, world: World) -> Payment:
    iban, bic = world.ibans.get(case.vendor, ("", ""))
    return Payment(iban=case.iban or iban or None, bic=case.bic or bic or None)


def _terms(case: Case, layout: Layout) -> PaymentTerms:
    days = str(case.days)
    if case.skonto:
        text = layout.word("terms_discount", p=str(case.skonto[0]).replace(".", ","), d=str(case.skonto[1]), days=days)
        discounts = [CashDiscount(percent=Decimal(case.skonto[0]), days=int(case.skonto[1]))]
        return PaymentTerms(text=text, net_days=case.days, discounts=discounts)
    return PaymentTerms(text=layout.word("terms_days", days=days), net_days=case.days)


def _holder(invoice: Invoice, path: str) -> tuple[Any, str]:
    *parents, name = path.split(".")
    holder: Any = invoice
    for parent in parents:
        holder = getattr(holder, parent)
    return holder, name


def _clear(invoice: Invoice, path: str) -> None:
    holder, name = _holder(invoice, path)
    setattr(holder, name, None)
