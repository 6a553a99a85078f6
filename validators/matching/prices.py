"""Price keys: PP, PS where the order price is an estimate, and AP, ST on the amount of an item.

Source: DOMAIN 2.3 (SAP): the item amount against billed quantity times order price; a subsequent debit (383) is added to what was
invoiced before. Amounts after the line's own discounts, without cash discount. Cents of rounding are no variance (T24).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from schemas.invoice import Invoice
from schemas.master import Stock
from schemas.money import plain, round_half_up
from validators.matching.bills import Bill
from validators.matching.judged import Judged, shown
from validators.matching.keys import number_key
from validators.matching.ledger import PREPAYMENT, SUBSEQUENT_DEBIT
from validators.matching.tolerances import Limits
from validators.matching.units import as_decimal, unit_key

ZERO = Decimal(0)
CENT = Decimal("0.01")
DOCUMENT_ROUNDING = Decimal("0.05")
"""Cents of rounding over a whole document at most."""


@dataclass(frozen=True)
class Price:
    """What a line was billed and what the order price makes of it; ``difference`` is exact, before rounding."""

    billed: Decimal
    expected: Decimal
    words: str

    @property
    def difference(self) -> Decimal:
        return self.billed - self.expected

    @property
    def is_rounded(self) -> bool:
        """The billed amount is the exact one, rounded to cents in either of the usual ways."""
        return abs(self.difference) <= CENT / 2

    @property
    def is_cent(self) -> bool:
        return abs(self.difference) <= CENT


def price_of(bill: Bill, invoice: Invoice) -> Price | None:
    """``None`` when quantity or amount are not known in the order's terms, or the order line has no price (limit order)."""
    standing = bill.standing
    if standing.order_line.value_limit is not None or bill.amount is None:
        return None
    if invoice.type_code == PREPAYMENT:
        return _prepayment(bill, bill.amount)
    if invoice.type_code == SUBSEQUENT_DEBIT:
        return _subsequent_price(bill)
    if bill.price_quantity is None:
        return None
    expected = bill.price_quantity * standing.price
    line = standing.order_line
    per = f" per {shown(line.price_quantity)}" if line.price_quantity != 1 else ""
    words = (
        f"{plain(round_half_up(bill.amount))} billed for {shown(bill.price_quantity)} {standing.price_unit}, "
        f"at the order price of {shown(line.net_price)}{per} it is {plain(round_half_up(expected))}"
    )
    return Price(bill.amount, expected, words)


def _prepayment(bill: Bill, amount: Decimal) -> Price | None:
    """Prepayments may reach the value of the order line; what they are above it is a variance."""
    standing, price = bill.standing, bill.standing.price_per_order_unit
    if price is None:
        return None
    total, value = standing.prepaid_value + amount, standing.order_line.quantity * price
    words = f"prepayments of {plain(total)} with this one, order value {plain(round_half_up(value))}"
    return Price(total, min(total, value), words)


def _subsequent_price(bill: Bill) -> Price | None:
    """(this + invoiced before) / quantity invoiced before x this quantity, against this quantity at the order price."""
    standing, price = bill.standing, bill.standing.price_per_order_unit
    if bill.amount is None or price is None:
        return None
    if standing.invoiced <= 0:
        words = f"{plain(bill.amount)} billed afterwards, but nothing was invoiced on this order line before"
        return Price(bill.amount, ZERO, words)
    quantity = standing.invoiced if bill.quantity is None or not bill.quantity else bill.quantity
    total = (bill.amount + standing.invoiced_value) * quantity / standing.invoiced
    words = (
        f"{plain(bill.amount)} billed afterwards and {plain(standing.invoiced_value)} before make {plain(round_half_up(total))} "
        f"for {shown(quantity)} {standing.order_line.unit}, at the order price it is {plain(round_half_up(quantity * price))}"
    )
    return Price(total, quantity * price, words)


def price_variance(bill: Bill, price: Price, *, is_rounding: bool, limits: Limits) -> Judged:
    """PP or PS. ``is_rounding``: the difference is within the cents that rounding explains (see ``rounding``)."""
    key = "PS" if bill.standing.order_line.price_estimated else "PP"
    expected = round_half_up(price.expected)
    amount = ZERO if is_rounding else price.billed - expected
    factor = "" if is_rounding else factor_words(bill, price)
    variance = limits.judge(key, amount, price.expected, price.words + factor)
    return Judged(variance, f"{bill.billed.path}.net_amount", plain(round_half_up(price.billed)), plain(expected))


def rounding(prices: Sequence[Price | None]) -> list[bool]:
    """Which differences are rounding: correctly rounded amounts always; other single cents while they stay small in sum.

    All of them together may make 0.01 per line and 0.05 per document; else each is a price variance.
    """
    cents = [abs(p.difference) for p in prices if p is not None and p.is_cent and not p.is_rounded]
    allowed = sum(cents, ZERO) <= min(CENT * len(prices), DOCUMENT_ROUNDING)
    return [p is not None and (p.is_rounded or (p.is_cent and allowed)) for p in prices]


def factor_words(bill: Bill, price: Price) -> str:
    """``; price unit 100 read as 1: factor 100`` where the two values differ by a factor that the order or its units explain."""
    if price.expected == 0 or price.billed == 0 or (price.billed > 0) != (price.expected > 0):
        return ""
    line, standing = bill.standing.order_line, bill.standing
    unit = bill.billed.unit or line.unit
    known: list[tuple[Decimal, str]] = []
    if line.price_quantity != 1:
        known.append((line.price_quantity, f"price unit {shown(line.price_quantity)} read as 1"))
    stated = bill.billed.line.price_quantity
    if stated and stated not in (1, line.price_quantity):
        known.append((stated, f"price unit {shown(stated)} of the invoice read as 1"))
    others = [u for pair in standing.conversions.factors for u in pair[:2]]
    for other in dict.fromkeys([unit, line.unit, standing.price_unit, *others]):
        size = standing.conversions.factor(unit, other)
        if size is not None and size != 1:
            larger = size if size > 1 else 1 / size
            small, big = (unit, other) if size < 1 else (other, unit)
            known.append((as_decimal(larger), f"{unit_key(big)} taken for {unit_key(small)}"))
    known += [(Decimal(10) ** power, "price unit or decimal point") for power in (3, 2, 1)]
    for factor, why in known:
        for times, direction in ((factor, ""), (1 / factor, "the other way round, ")):
            if abs(price.billed - price.expected * times) <= CENT * max(Decimal(1), times):
                return f"; {direction}{why}: factor {shown(factor)}"
    return ""


def spread_discount(prices: Sequence[Price | None], invoice: Invoice) -> list[Price | None]:
    """Prices after the document's discounts, where exactly these explain what all the lines are above the order.

    Some suppliers print list prices and take the agreed discount off the total. Only if then every line agrees with its order
    is the discount meant for the prices; else prices stay as billed.
    """
    off = sum((a.amount for a in invoice.allowances if a.amount is not None), ZERO)
    total = sum((line.net_amount for line in invoice.lines if line.net_amount is not None), ZERO)
    judged = [price for price in prices if price is not None]
    if off <= 0 or total <= 0 or off >= total or not any(p.difference > CENT for p in judged):
        return list(prices)
    spread = [
        None if p is None else Price(p.billed * (total - off) / total, p.expected, f"{p.words}, after the document's discount")
        for p in prices
    ]
    agrees = all(p is None or p.is_cent for p in spread)
    return spread if agrees else list(prices)


def moving_average_variance(bill: Bill, price: Judged, stock: Mapping[str, Stock], limits: Limits) -> Judged | None:
    """VP: how much posting the price difference changes the moving average price of the material, in percent of it.

    The difference goes to stock as far as the stock covers the billed quantity. Only for stock lines (no account assignment)
    whose material is in ``stock`` (compared item number), and where a row limits it.
    """
    line = bill.standing.order_line
    held = stock.get(number_key(line.buyer_item_id or ""))
    if held is None or line.assignment is not None or not limits.is_listed("VP") or not bill.quantity or held.quantity <= 0:
        return None
    covered = min(Decimal(1), held.quantity / abs(bill.quantity))
    change = price.variance.amount * covered
    words = (
        f"{plain(round_half_up(change))} of price difference goes to a stock of {shown(held.quantity)} worth {plain(held.value)}"
    )
    return Judged(limits.judge("VP", change, held.value, words), f"{bill.billed.path}.net_amount")


def item_variances(bill: Bill, entry_date: date, limits: Limits) -> list[Judged]:
    """AP on the item amount, ST on amount times days before the delivery date; each only where a row limits it."""
    if bill.amount is None or bill.amount <= 0:
        return []
    found = []
    path = f"{bill.billed.path}.net_amount"
    if limits.is_listed("AP"):
        words = f"item amount {plain(bill.amount)}"
        found.append(Judged(limits.judge("AP", bill.amount, None, words), path, plain(bill.amount)))
    due = bill.standing.order_line.delivery_date
    if limits.is_listed("ST") and due is not None:
        days = max(0, (due - entry_date).days)
        words = f"{plain(bill.amount)} x {days} days before the delivery date {due.isoformat()}"
        variance = limits.judge("ST", bill.amount * days, None, words)
        found.append(Judged(variance, bill.billed.path, entry_date.isoformat(), due.isoformat()))
    return found
