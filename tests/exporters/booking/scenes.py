"""Invoices with their posting and match, as the stages leave them behind. Nothing is taken from anybody's document."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from exporters import ExportContext
from schemas import AllowanceCharge, Invoice, TaxBreakdown, Totals
from schemas.master import GoodsReceipt, PurchaseOrderLine
from schemas.matching import Block, Match, MatchLine, MatchState, ReceiptShare
from schemas.posting import Posting, PostingLine
from tests.exporters.invoices import cash_discount, company, line, plain_invoice, untaxed, vendor

D = Decimal
CREATED = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


def posting(*lines: PostingLine, **more: Any) -> Posting:
    return Posting(**{"vendor_number": "100001", "company_code": "1000", "document_type": "RE", "lines": list(lines), **more})


def posted(number: int = 1, amount: str = "100.00", **more: Any) -> PostingLine:
    """A line that an account rule books."""
    stated = {
        "invoice_line": str(number),
        "gl_account": "420000",
        "cost_center": "4711",
        "tax_code": "V1",
        "net_amount": D(amount),
        "source": "rule",
    }
    return PostingLine(**{**stated, **more})


def ordered(number: int = 1, amount: str = "100.00", **more: Any) -> PostingLine:
    """A line of a stock order."""
    stated = {"invoice_line": str(number), "tax_code": "V1", "net_amount": D(amount), "source": "purchase-order"}
    return PostingLine(**{**stated, **more})


def order_line(number: int = 1, **more: Any) -> PurchaseOrderLine:
    stated = {
        "po_number": "4500000001",
        "po_line": str(number * 10),
        "vendor_number": "100001",
        "company_code": "1000",
        "currency": "EUR",
        "quantity": D("2"),
        "unit": "H87",
        "net_price": D("50"),
    }
    return PurchaseOrderLine(**{**stated, **more})


def share(number: int = 1, **more: Any) -> MatchLine:
    stated = {
        "invoice_line": str(number),
        "purchase_order": "4500000001",
        "purchase_order_line": str(number * 10),
        "quantity": D("2"),
        "receipts": [ReceiptShare(receipt="5000000001", line=str(number), quantity=D("2"))],
    }
    return MatchLine(**{**stated, **more})


def context(*, lines: list[PostingLine], shares: list[MatchLine] | None = None, **more: Any) -> ExportContext:
    matched = MatchState.MATCHED if shares else MatchState.NO_REFERENCE
    stated: dict[str, Any] = {
        "created": CREATED,
        "source_sha256": "0f" * 32,
        "seller_master": vendor(),
        "buyer_master": company(),
        "posting": posting(*lines),
        "match": Match(state=matched, lines=shares or []),
        "order_lines": tuple(order_line(int(one.invoice_line)) for one in shares or []),
    }
    return ExportContext(**{**stated, **more})


def invoice_of(*amounts: str, rate: str = "19", tax: str | None = None, **more: Any) -> Invoice:
    """An invoice of lines of one rate; ``tax`` only where it is not rate times sum."""
    whole = sum((D(amount) for amount in amounts), D(0))
    taxed = D(tax) if tax is not None else (whole * D(rate) / 100).quantize(D("0.01"))
    stated: dict[str, Any] = {
        "lines": [line(n, net_amount=D(amount), tax_rate=D(rate)) for n, amount in enumerate(amounts, 1)],
        "tax_breakdown": [TaxBreakdown(category="S", rate=D(rate), basis=whole, amount=taxed)],
        "totals": Totals(
            line_total=whole, tax_basis_total=whole, tax_total=taxed, grand_total=whole + taxed, due_payable=whole + taxed
        ),
    }
    return plain_invoice(**{**stated, **more})


def two_rates() -> tuple[Invoice, ExportContext]:
    """Order lines with 19 % and 7 %, a charge of 10.00 with 19 % and an allowance of 4.00."""
    invoice = plain_invoice(
        lines=[line(1), line(2, tax_rate=D("7"), net_amount=D("50.00"))],
        charges=[AllowanceCharge(amount=D("10.00"), category="S", rate=D("19"), reason="Fracht")],
        allowances=[AllowanceCharge(amount=D("4.00"), category="S", rate=D("19"), reason="Bonus")],
        tax_breakdown=[
            TaxBreakdown(category="S", rate=D("19"), basis=D("106.00"), amount=D("20.14")),
            TaxBreakdown(category="S", rate=D("7"), basis=D("50.00"), amount=D("3.50")),
        ],
        totals=Totals(
            line_total=D("150.00"),
            charge_total=D("10.00"),
            allowance_total=D("4.00"),
            tax_basis_total=D("156.00"),
            tax_total=D("23.64"),
            grand_total=D("179.64"),
            due_payable=D("179.64"),
        ),
    )
    lines = [ordered(1), ordered(2, "50.00", tax_code="V2")]
    return invoice, context(lines=lines, shares=[share(1), share(2)])


def reverse_charge() -> tuple[Invoice, ExportContext]:
    return untaxed("AE", "Reverse charge"), context(lines=[posted(tax_code="VR")])


def bookings() -> dict[str, tuple[Invoice, ExportContext]]:
    """Each with one thing that is special about it; all can be booked."""
    order = context(lines=[ordered()], shares=[share()])
    rule = context(lines=[posted()])
    receipt = GoodsReceipt(
        receipt_number="5000000001",
        receipt_line="1",
        po_number="4500000001",
        po_line="10",
        posting_date=CREATED.date(),
        quantity=D("2"),
        unit="H87",
    )
    blocked = Match(state=MatchState.BLOCKED, blocks=[Block.PRICE], lines=[share()])
    return {
        "order": (plain_invoice(), order),
        "account": (plain_invoice(), rule),
        "two rates": two_rates(),
        "reverse charge": reverse_charge(),
        "credit memo of an order": (plain_invoice(type_code="381"), order),
        "credit memo of an account": (plain_invoice(type_code="381"), rule),
        "cash discount": (cash_discount(), rule),
        "foreign currency": (plain_invoice(currency="CHF"), order),
        "by receipt": (
            plain_invoice(),
            replace(order, order_lines=(order_line(receipt_based=True),), receipts=(receipt,)),
        ),
        "blocked": (plain_invoice(), replace(order, match=blocked)),
        "several codes of one rate": (
            invoice_of("33.33", "66.67"),
            context(lines=[posted(1, "33.33"), posted(2, "66.67", tax_code="V3")]),
        ),
    }
