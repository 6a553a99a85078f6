"""Keys on values: limit orders (LA, LD), items without order (AN), the document's balance (BD) and the random sample.

Source: DOMAIN 2.3 (SAP) and CONTRACT section 5.
"""

import hashlib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from schemas.finding import Finding, warning
from schemas.invoice import Invoice
from schemas.money import plain, round_half_up
from validators.matching.billed import Billed
from validators.matching.bills import Bill
from validators.matching.judged import Judged, shown
from validators.matching.ledger import PREPAYMENT, REDUCING, Standing
from validators.matching.tolerances import Limits

ZERO = Decimal(0)


def limit_order_variances(bills: Sequence[Bill], invoice: Invoice, entry_date: date, limits: Limits) -> list[Judged]:
    """LA: invoiced in total less the value limit. LD: days of the entry date outside order date to delivery date.

    Prepayments count towards the limit until an invoice deducts them (BT-113).
    """
    standing = bills[0].standing
    line = standing.order_line
    if line.value_limit is None:
        return []
    this = sum((bill.amount for bill in bills if bill.amount is not None), ZERO)
    prepaid = ZERO if invoice.totals.prepaid else standing.prepaid_value
    before = standing.invoiced_value + prepaid
    path = f"{bills[0].billed.path}.net_amount"
    words = f"{plain(before)} invoiced before and {plain(this)} now, value limit {plain(line.value_limit)}"
    amount = before + this - line.value_limit
    variance = limits.judge("LA", amount, line.value_limit, words)
    if amount < 0:  # below the limit is what a limit order is for
        variance = variance.model_copy(update={"lower_exceeded": False})
    found = [Judged(variance, path, plain(before + this), plain(line.value_limit))]
    if limits.is_listed("LD") and (line.order_date or line.delivery_date):
        early = (line.order_date - entry_date).days if line.order_date else 0
        late = (entry_date - line.delivery_date).days if line.delivery_date else 0
        days = max(0, early, late)
        period = f"{line.order_date or '...'} to {line.delivery_date or '...'}"
        words = f"entered {entry_date.isoformat()}, {days} days outside the planned period {period}"
        variance = limits.judge("LD", Decimal(days), None, words)
        found.append(Judged(variance, bills[0].billed.path, entry_date.isoformat(), period))
    return found


def unordered_item_variance(billed: Billed, limits: Limits) -> Judged | None:
    """AN on an item without order reference, where a row limits it."""
    if billed.amount is None or billed.amount <= 0 or not limits.is_listed("AN"):
        return None
    variance = limits.judge("AN", billed.amount, None, f"item amount {plain(billed.amount)} without order reference")
    return Judged(variance, f"{billed.path}.net_amount", plain(billed.amount))


def balance_variance(invoice: Invoice, limits: Limits) -> Judged | None:
    """BD: stated total (BT-112) less items, charges, discounts and tax. One limit for both signs; never blocks.

    ``None`` when the invoice does not state the amounts.
    """
    totals = invoice.totals
    amounts = [line.net_amount for line in invoice.lines]
    if invoice.lines and None not in amounts:
        items = sum((a for a in amounts if a is not None), ZERO)
        items += sum((c.amount for c in invoice.charges if c.amount is not None), ZERO)
        items -= sum((a.amount for a in invoice.allowances if a.amount is not None), ZERO)
    elif totals.tax_basis_total is not None:
        items = totals.tax_basis_total
    else:
        return None
    tax = totals.tax_total
    if tax is None:
        rows = [row.amount for row in invoice.tax_breakdown]
        if not rows or None in rows:
            return None
        tax = sum((row for row in rows if row is not None), ZERO)
    if totals.grand_total is None:
        return None
    balance = totals.grand_total - items - tax
    words = f"total {plain(totals.grand_total)}, items and tax {plain(items + tax)}, balance {plain(balance)}"
    size = limits.judge("BD", abs(balance), items + tax, words)
    variance = size.model_copy(update={"amount": round_half_up(balance)})
    return Judged(variance, "totals.grand_total", plain(totals.grand_total), plain(items + tax))


def sample_variance(invoice: Invoice, vendor_number: str, limits: Limits) -> Judged | None:
    """STOCHASTIC: blocks with probability ``min(p, p x amount / threshold)``, drawn from a hash of what identifies the invoice.

    The same invoice is always drawn alike, whatever the order of its lines. ``None``: no row, no amount, or a credit note.
    """
    row = limits.row("STOCHASTIC")
    amount = invoice.totals.grand_total
    if row is None or not row.upper_percent or amount is None or amount <= 0 or invoice.type_code in REDUCING:
        return None
    chance = row.upper_percent
    if row.upper_amount and amount < row.upper_amount:
        chance = row.upper_percent * amount / row.upper_amount
    identity = "\x1f".join(
        (
            vendor_number,
            invoice.number or "",
            invoice.issue_date.isoformat() if invoice.issue_date else "",
            plain(amount.normalize()),
        )
    )
    draw = Decimal(int.from_bytes(hashlib.sha256(identity.encode("utf-8", "replace")).digest()[:8], "big")) * 100 / 2**64
    words = f"chance {shown(round_half_up(chance))} %, drawn {shown(round_half_up(draw))}"
    variance = limits.judge("STOCHASTIC", ZERO, None, words).model_copy(
        update={"percent": round_half_up(chance), "limit": row.upper_amount, "exceeded": draw < chance}
    )
    return Judged(variance, "")


def prepayment_findings(invoice: Invoice, standings: Sequence[Standing]) -> list[Finding]:
    """A prepayment was invoiced on these order lines and this invoice does not deduct it (BT-113): it could be paid twice."""
    prepaid = sum((standing.prepaid_value for standing in standings), ZERO)
    if not prepaid or invoice.totals.prepaid or invoice.type_code in REDUCING | {PREPAYMENT}:
        return []
    message = f"a prepayment of {plain(prepaid)} was invoiced for this order, and this invoice deducts none (BT-113)"
    return [warning("MATCH-BD", "totals.prepaid", message, expected=plain(prepaid), clears="the prepayment deducted or returned")]
