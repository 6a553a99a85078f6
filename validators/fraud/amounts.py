"""Amounts that avoid a limit, are oddly round, or unusual for the vendor (DOMAIN section 4, A1 to A3)."""

from collections.abc import Iterator
from decimal import Decimal, localcontext
from statistics import median

from schemas.facts import KnownInvoice
from schemas.finding import Finding, error, info, warning
from schemas.invoice import CREDIT_NOTES
from schemas.money import plain, round_half_up
from validators.case import Case, Rule

JUST_UNDER = Decimal("0.95")
"""From this share of an approval limit an amount is just under it."""
ROUND_TO = Decimal(100)
SELDOM_ROUND = Decimal("0.2")
ENOUGH_FOR_ROUND = 5
PRECISION = 12
"""Digits of logarithms; a z-score needs no more."""
NEWEST = 200
"""Older amounts say little about what is usual now."""
ENOUGH_FOR_OUTLIER = 8
"""Fewer earlier amounts say nothing about what is usual."""
UNUSUAL = Decimal("3.5")
"""Modified z-score of Iglewicz and Hoaglin above which a value is an outlier."""
MAD_TO_SIGMA = Decimal("0.6745")
LEAST_MAD = Decimal("0.05")
"""On the logarithm: vendors whose amounts never vary still may vary by about 30 % before it is unusual."""
CERTAIN = Decimal(7)
"""z-score from which the finding carries full weight."""


def split(case: Case) -> Iterator[Finding]:
    """FRAUD-SPLIT (error): just under an approval limit, or several invoices of one day that together pass it.

    Only where limits decide: an invoice that refers to an order is approved by its order. Usual amounts of the vendor are not
    split ones, and credit notes pay nothing.
    """
    amount, invoice = case.invoice.totals.grand_total, case.invoice
    if amount is None or amount <= 0 or case.is_credit or case.names_order or amount in case.regular_amounts:
        return
    limits = _limits(case)
    for limit in limits:
        if JUST_UNDER * limit <= amount < limit:
            message = f"{plain(amount)} {invoice.currency} is just under the approval limit of {plain(limit)}"
            yield error("FRAUD-SPLIT", "totals.grand_total", message, stated=plain(amount), expected=plain(limit))
            return
    same_day = [known for known in _invoices(case) if known.issue_date == invoice.issue_date and known.grand_total > 0]
    total = amount + sum((known.grand_total for known in same_day), Decimal(0))
    for limit in limits if same_day else ():
        if amount <= limit < total and all(known.grand_total <= limit for known in same_day):
            numbers = ", ".join(known.number for known in same_day)
            message = (
                f"with {numbers} of the same day {plain(total)} {invoice.currency}, above the approval limit of {plain(limit)}"
            )
            yield error("FRAUD-SPLIT", "totals.grand_total", message, stated=plain(total), expected=plain(limit))
            return


def round_amount(case: Case) -> Iterator[Finding]:
    """FRAUD-ROUND (info): a multiple of 100 from a vendor that seldom has one."""
    amount = case.invoice.totals.grand_total
    earlier = _amounts(case)
    if not amount or amount % ROUND_TO or len(earlier) < ENOUGH_FOR_ROUND:
        return
    share = Decimal(sum(1 for known in earlier if known % ROUND_TO == 0)) / len(earlier)
    if share < SELDOM_ROUND:
        message = (
            f"{plain(amount)} is a round amount; of {len(earlier)} earlier ones {round_half_up(share * 100, 0)} % were round"
        )
        yield info("FRAUD-ROUND", "totals.grand_total", message, stated=plain(amount))


def amount_outlier(case: Case) -> Iterator[Finding]:
    """FRAUD-AMOUNT-OUTLIER (warning): far above what this vendor usually bills, by median and median deviation of logarithms.

    Confidence rises from the first unusual value to a certain one, for few earlier amounts make a coarse measure.
    """
    amount = case.invoice.totals.grand_total
    earlier = [known for known in _amounts(case) if known > 0]
    if case.is_credit or amount is None or amount <= 0 or len(earlier) < ENOUGH_FOR_OUTLIER:
        return
    with localcontext(prec=PRECISION):
        logs = [known.ln() for known in earlier[:NEWEST]]
        middle = median(logs)
        deviation = max(median([abs(value - middle) for value in logs]), LEAST_MAD)
        z = MAD_TO_SIGMA * (amount.ln() - middle) / deviation
    if z <= UNUSUAL:
        return
    confidence = round_half_up(min(Decimal(1), z / CERTAIN))
    usual = round_half_up(middle.exp())
    message = f"{plain(amount)} is unusual: the median of {len(earlier)} earlier invoices is {plain(usual)}"
    yield warning(
        "FRAUD-AMOUNT-OUTLIER",
        "totals.grand_total",
        message,
        stated=plain(amount),
        expected=plain(usual),
        confidence=confidence,
    )


def _limits(case: Case) -> list[Decimal]:
    company = case.facts.company
    code = company.company_code if company else None
    currency = case.invoice.currency
    return sorted({limit.amount for limit in case.facts.limits if limit.company_code == code and limit.currency == currency})


def _invoices(case: Case) -> list[KnownInvoice]:
    """Earlier invoices, no credit notes, in the same currency."""
    currency = case.invoice.currency
    return [known for known in case.known if known.type_code not in CREDIT_NOTES and known.currency == currency]


def _amounts(case: Case) -> list[Decimal]:
    return [known.grand_total for known in _invoices(case)]


RULES: tuple[Rule, ...] = (split, round_amount, amount_outlier)
