"""Do the figures of an invoice close? The equations of EN 16931, as facts with both values and their difference.

Source: EN 16931-1 BR-CO-10 to BR-CO-17, the line equation of Peppol R120, the category sums BR-S-08 and its sisters.
The sums are exact. A line may miss quantity x price by 0.01, the tax of a rate basis x rate by 0.01 per line of that rate,
at most 0.05, because suppliers round per line; such a rounding is an info finding.

They stand with the words because readers prove with them what they read, and checks judge with them what a person corrected.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext

from schemas.finding import Finding, Severity
from schemas.invoice import AllowanceCharge, Invoice, Line, TaxBreakdown
from schemas.money import plain, round_half_up

LINE_TOLERANCE = Decimal("0.01")
TAX_TOLERANCE_PER_LINE = Decimal("0.01")
TAX_TOLERANCE_AT_MOST = Decimal("0.05")
ZERO = Decimal(0)
PRECISION = 120  # digits; enough for any product of two amounts the model can hold, so nothing is rounded silently


@dataclass(frozen=True)
class Equation:
    """One equation with numbers in it. ``stated`` is the value on the left, ``expected`` what the right side gives.

    Both are in the document currency. ``holds`` means: equal, where rounding of ``expected`` to two decimals counts as equal
    for products. ``within`` means: not equal, but inside ``tolerance``.
    """

    code: str
    rule: str
    path: str
    words: str
    stated: Decimal
    expected: Decimal
    tolerance: Decimal = ZERO

    @property
    def difference(self) -> Decimal:
        with localcontext(prec=PRECISION):
            return self.stated - self.expected

    @property
    def holds(self) -> bool:
        if self.tolerance == ZERO:
            return self.stated == self.expected
        with localcontext(prec=PRECISION):
            return self.stated in (self.expected, round_half_up(self.expected))

    @property
    def within(self) -> bool:
        return not self.holds and abs(self.difference) <= self.tolerance


def figures_close(invoice: Invoice) -> list[Finding]:
    """What does not close. Empty: everything stated is exact. Only info findings: rounding within the bounds.

    Errors: an equation does not hold, or a price is stated for a quantity of zero. Values that are missing are not judged: a
    missing sum is replaced by what it should be, so that the next sum is still checked; completeness is the caller's matter.
    """
    return [finding for equation in equations(invoice) if (finding := judge(equation)) is not None]


def judge(equation: Equation) -> Finding | None:
    """``None`` when it holds, an info finding when it is within the tolerance, else an error."""
    if equation.holds:
        return None
    severity = Severity.INFO if equation.within else Severity.ERROR
    return Finding(
        code=equation.code,
        severity=severity,
        path=equation.path,
        message=f"{equation.rule}: {equation.words} gives {_short(equation.expected)}, the invoice says {plain(equation.stated)}"
        f" (difference {_short(equation.difference)}{', rounding' if severity is Severity.INFO else ''})",
        stated=plain(equation.stated),
        expected=_short(equation.expected),
    )


def equations(invoice: Invoice) -> Iterator[Equation]:
    """Every equation for which all values are there, in the order in which a person would add up. Never raises."""
    with localcontext(prec=PRECISION):
        found = [
            *(equation for index, line in enumerate(invoice.lines) for equation in _line(index, line)),
            *_net(invoice),
            *_tax(invoice),
            *_gross(invoice),
        ]
    yield from found


def counted_tolerance(lines: int) -> Decimal:
    """Tolerance of a tax amount whose rate stands in ``lines`` lines: 0.01 each, at least one, at most 0.05."""
    return min(TAX_TOLERANCE_PER_LINE * max(lines, 1), TAX_TOLERANCE_AT_MOST)


def _line(index: int, line: Line) -> Iterator[Equation]:
    if line.net_amount is None or line.quantity is None or line.net_price is None:
        return
    price_quantity = Decimal(1) if line.price_quantity is None else line.price_quantity
    allowances, charges = _sum(line.allowances), _sum(line.charges)
    if allowances is None or charges is None:
        return
    path = f"lines[{index}].net_amount"
    if price_quantity == ZERO:
        yield Equation(
            "ARITH-LINE", "price base quantity", f"lines[{index}].price_quantity", "at least one unit", ZERO, Decimal(1)
        )
        return
    product = line.quantity * line.net_price / price_quantity
    words = f"{plain(line.quantity)} x {plain(line.net_price)}"
    words += f" / {plain(price_quantity)}" if price_quantity != 1 else ""
    words += f" + charges {plain(charges)}" if charges else ""
    words += f" - allowances {plain(allowances)}" if allowances else ""
    yield Equation("ARITH-LINE", "line amount", path, words, line.net_amount, product + charges - allowances, LINE_TOLERANCE)


def _net(invoice: Invoice) -> Iterator[Equation]:
    totals = invoice.totals
    sums = (
        ("BR-CO-10", "line_total", "sum of the lines", totals.line_total, _sum_lines(invoice.lines)),
        ("BR-CO-11", "allowance_total", "sum of the allowances", totals.allowance_total, _sum(invoice.allowances)),
        ("BR-CO-12", "charge_total", "sum of the charges", totals.charge_total, _sum(invoice.charges)),
    )
    for rule, field, words, stated, expected in sums:
        if stated is not None and expected is not None:
            yield Equation("ARITH-LINE-TOTAL", rule, f"totals.{field}", words, stated, expected)
    expected_net = _expected_net(invoice)
    if totals.tax_basis_total is not None and expected_net is not None:
        yield Equation(
            "ARITH-LINE-TOTAL",
            "BR-CO-13",
            "totals.tax_basis_total",
            "lines - allowances + charges",
            totals.tax_basis_total,
            expected_net,
        )


def _tax(invoice: Invoice) -> Iterator[Equation]:
    for index, row in enumerate(invoice.tax_breakdown):
        lines = [line for line in invoice.lines if _same_rate(row, line.tax_category, line.tax_rate)]
        tolerance = counted_tolerance(len(lines))
        path = f"tax_breakdown[{index}]"
        if row.basis is not None and row.amount is not None and row.rate is not None:
            words = f"{plain(row.basis)} x {plain(row.rate)} %"
            expected = row.basis * row.rate / 100
            yield Equation("ARITH-TAX", "BR-CO-17", f"{path}.amount", words, row.amount, expected, tolerance)
        basis = _basis_of_rate(invoice, row, lines)
        if row.basis is not None and basis is not None:
            yield Equation("ARITH-TAX", "BR-S-08", f"{path}.basis", "lines of this rate", row.basis, basis, tolerance)
    amounts = [row.amount for row in invoice.tax_breakdown]
    if invoice.totals.tax_total is not None and amounts and None not in amounts:
        expected = sum((amount for amount in amounts if amount is not None), ZERO)
        yield Equation("ARITH-TAX", "BR-CO-14", "totals.tax_total", "sum of the taxes", invoice.totals.tax_total, expected)


def _gross(invoice: Invoice) -> Iterator[Equation]:
    totals = invoice.totals
    net = totals.tax_basis_total if totals.tax_basis_total is not None else _expected_net(invoice)
    tax = totals.tax_total if totals.tax_total is not None else _expected_tax(invoice)
    gross = None if net is None or tax is None else net + tax
    if totals.grand_total is not None and gross is not None:
        yield Equation("ARITH-GRAND-TOTAL", "BR-CO-15", "totals.grand_total", "net + tax", totals.grand_total, gross)
    total = totals.grand_total if totals.grand_total is not None else gross
    if totals.due_payable is not None and total is not None:
        due = total - (totals.prepaid or ZERO) + (totals.rounding or ZERO)
        rule, words = "BR-CO-16", "gross - prepaid + rounding"
        if invoice.third_party_payments:
            rule, words = "BR-DEX-09", f"{words} + third party payments"
            due += sum((payment.amount for payment in invoice.third_party_payments if payment.amount is not None), ZERO)
        yield Equation("ARITH-DUE", rule, "totals.due_payable", words, totals.due_payable, due)


def _expected_net(invoice: Invoice) -> Decimal | None:
    totals = invoice.totals
    lines = totals.line_total if totals.line_total is not None else _sum_lines(invoice.lines)
    allowances = totals.allowance_total if totals.allowance_total is not None else _sum(invoice.allowances)
    charges = totals.charge_total if totals.charge_total is not None else _sum(invoice.charges)
    if lines is None or allowances is None or charges is None:
        return None
    return lines - allowances + charges


def _expected_tax(invoice: Invoice) -> Decimal | None:
    amounts = [row.amount for row in invoice.tax_breakdown if row.amount is not None]
    return sum(amounts, ZERO) if amounts and len(amounts) == len(invoice.tax_breakdown) else None


def _basis_of_rate(invoice: Invoice, row: TaxBreakdown, lines: list[Line]) -> Decimal | None:
    """What the lines, allowances and charges of this rate add up to; ``None`` where some do not say their rate or amount."""
    items = [*invoice.allowances, *invoice.charges]
    if not invoice.lines or any(line.net_amount is None for line in invoice.lines):
        return None
    if any(line.tax_rate is None and line.tax_category is None for line in invoice.lines):
        return None
    if any(item.amount is None or (item.rate is None and item.category is None) for item in items):
        return None
    if sum(1 for other in invoice.tax_breakdown if _same_rate(row, other.category, other.rate)) != 1:
        return None  # two rows of one rate (for instance two exemption reasons) cannot be told apart by their lines
    total = _sum_lines(lines) or ZERO
    total -= _sum([item for item in invoice.allowances if _same_rate(row, item.category, item.rate)]) or ZERO
    return total + (_sum([item for item in invoice.charges if _same_rate(row, item.category, item.rate)]) or ZERO)


def _same_rate(row: TaxBreakdown, category: str | None, rate: Decimal | None) -> bool:
    """Category and rate agree where both sides state them; no rate (category O) is the same as zero."""
    if row.category is not None and category is not None and row.category != category:
        return False
    return (row.rate or ZERO) == (rate or ZERO)


def _sum_lines(lines: list[Line]) -> Decimal | None:
    amounts = [line.net_amount for line in lines if line.net_amount is not None]
    return sum(amounts, ZERO) if lines and len(amounts) == len(lines) else None


def _sum(items: list[AllowanceCharge]) -> Decimal | None:
    amounts = [item.amount for item in items if item.amount is not None]
    return sum(amounts, ZERO) if len(amounts) == len(items) else None


def _short(number: Decimal) -> str:
    """At most six decimals, no trailing zeros beyond the second."""
    with localcontext(prec=PRECISION):
        text = plain(round_half_up(number, 6))
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"
