"""Short ways to write orders, receipts and invoices for the cases of this folder."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from schemas import Invoice, Line, Totals
from schemas.facts import KnownInvoice, OrderFacts
from schemas.finding import Severity
from schemas.master import Company, GoodsReceipt, PostedLine, PurchaseOrderLine, Tolerance, UnitConversion, Vendor
from schemas.matching import Variance
from validators.matching import MatchResult, match

VENDOR = Vendor(vendor_number="100010", name="Schraubenwerk Adler GmbH")
COMPANY = Company(company_code="1000", name="Musterbau AG")
TODAY = date(2026, 11, 20)
PO = "4500000001"


def order(line: str = "10", quantity: str = "100", price: str = "10", **more: Any) -> PurchaseOrderLine:
    """Order line ``PO/10``: 100 pieces at 10.00; ``order("20", po_number="4500000002", unit="KGM")`` for others."""
    values: dict[str, Any] = {
        "po_number": PO,
        "po_line": line,
        "vendor_number": VENDOR.vendor_number,
        "company_code": COMPANY.company_code,
        "currency": "EUR",
        "description": f"Sechskantschraube {line}",
        "quantity": quantity,
        "unit": "C62",
        "net_price": price,
        "tax_code": "V1",
    }
    return PurchaseOrderLine(**(values | more))


def receipt(quantity: str, line: str = "10", note: str | None = None, number: str = "5000000001", **more: Any) -> GoodsReceipt:
    values: dict[str, Any] = {
        "receipt_number": number,
        "receipt_line": "1",
        "po_number": PO,
        "po_line": line,
        "delivery_note": note,
        "quantity": quantity,
        "unit": "C62",
    }
    return GoodsReceipt(**(values | more))


def posted(
    number: str, quantity: str | None, amount: str, line: str = "10", code: str = "380", **more: Any
) -> tuple[KnownInvoice, PostedLine]:
    """An earlier invoice with one line on ``PO/line``."""
    header = {k: more.pop(k) for k in ("preceding_invoice_reference",) if k in more}
    known = KnownInvoice(
        vendor_number=VENDOR.vendor_number,
        company_code=COMPANY.company_code,
        number=number,
        issue_date=date(2026, 10, 1),
        currency="EUR",
        type_code=code,
        grand_total=Decimal(amount) * Decimal("1.19"),
        **header,
    )
    values: dict[str, Any] = {"po_number": PO, "po_line": line, "unit": "C62", "quantity": quantity, "net_amount": amount}
    return known, PostedLine(vendor_number=VENDOR.vendor_number, number=number, line="1", **(values | more))


def billed(quantity: str | None, amount: str, line: str = "10", **more: Any) -> Line:
    """Invoice line with the text of order line ``line``; the price follows from amount and quantity unless stated."""
    values: dict[str, Any] = {"name": f"Sechskantschraube {line}", "quantity": quantity, "unit": "C62", "net_amount": amount}
    return Line(**(values | more))


def invoice(*lines: Line, order_number: str | None = PO, **more: Any) -> Invoice:
    """19 % tax; totals follow from the lines unless stated."""
    net = sum((line.net_amount for line in lines if line.net_amount is not None), Decimal(0))
    net += sum((c.amount for c in more.get("charges", []) if c.amount is not None), Decimal(0))
    net -= sum((a.amount for a in more.get("allowances", []) if a.amount is not None), Decimal(0))
    tax = (net * Decimal("0.19")).quantize(Decimal("0.01"))
    totals = Totals(tax_basis_total=net, tax_total=tax, grand_total=net + tax, due_payable=net + tax)
    numbered = [line if line.id else line.model_copy(update={"id": str(n)}) for n, line in enumerate(lines, 1)]
    values: dict[str, Any] = {"number": "R-1", "issue_date": TODAY, "type_code": "380", "currency": "EUR", "totals": totals}
    return Invoice(purchase_order_reference=order_number, lines=numbered, **(values | more))


def facts(
    orders: Iterable[PurchaseOrderLine],
    receipts: Iterable[GoodsReceipt] = (),
    earlier: Iterable[tuple[KnownInvoice, PostedLine]] = (),
    conversions: Iterable[UnitConversion] = (),
    **limits: Mapping[str, str],
) -> OrderFacts:
    """``limits``: tolerance key -> its columns, for example ``PP={"upper_amount": "5"}``."""
    earlier = list(earlier)
    return OrderFacts(
        order_lines=tuple(orders),
        receipts=tuple(receipts),
        invoices=tuple(known for known, _ in earlier),
        invoiced_lines=tuple(line for _, line in earlier),
        conversions=tuple(conversions),
        tolerances=tuple(
            Tolerance.model_validate({"company_code": COMPANY.company_code, "key": key, **row}) for key, row in limits.items()
        ),
    )


def conversion(source: str, target: str, factor: str, **more: Any) -> UnitConversion:
    return UnitConversion(from_unit=source, to_unit=target, factor=Decimal(factor), **more)


def matched(document: Invoice, known: OrderFacts, **more: Any) -> MatchResult:
    values: dict[str, Any] = {"vendor": VENDOR, "company": COMPANY, "entry_date": TODAY}
    return match(document, known, **(values | more))


def variances(result: MatchResult, line: int = 0) -> dict[str, Variance]:
    return {variance.key: variance for variance in result.match.lines[line].variances}


def amounts(result: MatchResult, line: int = 0) -> dict[str, str]:
    """Key -> amount of one line, ``{"PP": "0.00", "DQ": "300.00"}``."""
    return {key: str(variance.amount) for key, variance in variances(result, line).items()}


def codes(result: MatchResult, *severities: Severity) -> list[str]:
    """Finding codes, sorted; of all severities unless some are named."""
    return sorted(f.code for f in result.findings if not severities or f.severity in severities)


def errors(result: MatchResult) -> list[str]:
    return codes(result, Severity.ERROR)
