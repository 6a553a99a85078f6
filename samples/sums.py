"""Totals and tax of an invoice from its lines, allowances and charges, by EN 16931 (BR-CO-10 to BR-CO-17)."""

from collections.abc import Callable
from decimal import Decimal

from schemas import Invoice, TaxBreakdown, Totals, round_half_up

_ZERO = Decimal(0)


def add_up(invoice: Invoice, exemption_reason: Callable[[str], str | None]) -> None:
    """Fill ``totals`` and ``tax_breakdown``; ``exemption_reason`` gives the wording for a category other than S."""
    groups: dict[tuple[str, Decimal], Decimal] = {}
    parts = [(line.tax_category, line.tax_rate, line.net_amount, 1) for line in invoice.lines]
    parts += [(item.category, item.rate, item.amount, -1) for item in invoice.allowances]
    parts += [(item.category, item.rate, item.amount, 1) for item in invoice.charges]
    for category, rate, amount, sign in parts:
        key = (category or "S", rate or _ZERO)
        groups[key] = groups.get(key, _ZERO) + sign * (amount or _ZERO)
    invoice.tax_breakdown = [
        TaxBreakdown(
            category=category,
            rate=rate,
            basis=basis,
            amount=round_half_up(basis * rate / 100),
            exemption_reason=None if category == "S" else exemption_reason(category),
        )
        for (category, rate), basis in sorted(groups.items(), key=lambda entry: -entry[0][1])
    ]
    line_total = sum((line.net_amount or _ZERO for line in invoice.lines), _ZERO)
    allowances = sum((item.amount or _ZERO for item in invoice.allowances), _ZERO)
    charges = sum((item.amount or _ZERO for item in invoice.charges), _ZERO)
    tax = sum((entry.amount or _ZERO for entry in invoice.tax_breakdown), _ZERO)
    basis = line_total - allowances + charges
    prepaid = invoice.totals.prepaid
    invoice.totals = Totals(
        line_total=line_total,
        allowance_total=allowances or None,
        charge_total=charges or None,
        tax_basis_total=basis,
        tax_total=tax,
        grand_total=basis + tax,
        prepaid=prepaid,
        due_payable=basis + tax - (prepaid or _ZERO),
    )
