"""The same invoice twice: exactly, or in disguise (typing error, new number, half the amount, another vendor number).

Sources: DOMAIN section 4, D1 and D2; the business lock of RELIABILITY section 1 (company code, vendor, invoice or credit note,
number, year). Monthly rent and the next number of a series are honest and stay silent.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from schemas.facts import KnownInvoice
from schemas.finding import Finding, error
from schemas.identifiers import compact
from schemas.invoice import CREDIT_NOTES
from schemas.money import plain
from validators.case import Case, Rule
from validators.numbers import Likeness, compare

NEAR = timedelta(days=14)
"""A second copy in disguise comes soon; the next honest invoice of a month does not."""
SAME_YEAR = timedelta(days=180)
"""Across a turn of the year a number that restarts has at least this distance from its namesake."""
SHORTEST_PERIOD = timedelta(days=6)
"""Weekly, give or take a day, is the shortest period of a series of equal amounts."""
SOONEST = 0.6
"""Share of the usual distance of a series from which the next invoice may come."""
SAME_DAYS = timedelta(days=3)
COMMON_ROOT = 3
CORRECTION = "384"
SPREAD = Decimal("0.03")
HALF = Decimal("0.5")
ONE_CENT = Decimal("0.01")
SMALL = Decimal(50)
"""Equal amounts below this are common (postage, subscriptions) and prove nothing without a similar number."""
SUM_CANDIDATES = 30
"""Newest invoices of which pairs are added up."""
SMALL_RATIO = 20
"""Two amounts whose ratio is one of whole numbers up to this are likely the same article in other quantities."""


def duplicate(case: Case) -> Iterator[Finding]:
    """FRAUD-DUPLICATE (stop): same supplier, same number, same class of document, same year; or the same file again.

    Same supplier: vendor number or VAT id. A shared bank account or another company code counts only with the same amount, for
    factors collect for many, and a supplier may number per customer.
    """
    for known in case.facts.history.invoices:
        likeness = case.likeness(known)
        if _is_other_class(case, known) or not _is_same(case, known, likeness):
            continue
        if _is_correction_of(case, known):
            continue
        yield error(
            "FRAUD-DUPLICATE",
            "number",
            f"invoice {known.number} of {known.issue_date} over {_money(known)} is already known ({_where(known)})",
            stated=case.invoice.number or "",
            expected=known.number,
            clears="a person confirms that these are two invoices",
        )
        return


def duplicate_similar(case: Case) -> Iterator[Finding]:
    """FRAUD-DUPLICATE-SIMILAR (error): a very similar invoice is known. At most one finding, for the most similar one."""
    if case.invoice.totals.grand_total is None or case.invoice.issue_date is None:
        return
    if any(finding.code == "FRAUD-DUPLICATE" for finding in duplicate(case)):
        return
    candidates = [known for known in case.known if not _is_other_class(case, known)]
    root_counts = sum(1 for known in candidates if case.likeness(known).root) < COMMON_ROOT
    for known in candidates:
        why = _similarity(case, known, root_counts=root_counts)
        if why:
            yield _similar(case, known, why)
            return
    yield from _sum_of_two(case, candidates)


def _is_same(case: Case, known: KnownInvoice, likeness: Likeness) -> bool:
    invoice = case.invoice
    same_amount = _equal(_gross(case), known.grand_total) and (invoice.currency or known.currency) == known.currency
    same_file = case.facts.sha256 is not None and known.sha256 == case.facts.sha256
    if same_file and (likeness.same or (not invoice.number and same_amount)):
        return True
    if not likeness.same:
        return False
    if invoice.issue_date is None:
        near = True
    else:
        same_year = invoice.issue_date.year == known.issue_date.year
        near = same_year or (same_amount and abs(invoice.issue_date - known.issue_date) < SAME_YEAR)
    company = case.facts.company
    same_company = company is None or known.company_code == company.company_code
    if _is_same_supplier(case, known):
        return near and (same_amount or same_company)
    return near and same_amount and _shares_account(case, known)


def _is_same_supplier(case: Case, known: KnownInvoice) -> bool:
    vendor = case.facts.vendor
    if vendor is not None and vendor.vendor_number == known.vendor_number:
        return True
    printed = compact(case.invoice.seller.vat_id)
    return bool(printed) and printed == compact(known.vat_id)


def _shares_account(case: Case, known: KnownInvoice) -> bool:
    return bool(known.iban) and compact(known.iban) in {iban for _, iban in case.accounts}


def _is_other_class(case: Case, known: KnownInvoice) -> bool:
    return case.is_credit != (known.type_code in CREDIT_NOTES)


def _is_correction_of(case: Case, known: KnownInvoice) -> bool:
    """A corrected invoice (384) may keep the number of the one it names and replaces."""
    named = case.invoice.preceding_invoice_reference
    return case.invoice.type_code == CORRECTION and bool(named) and compare(named, known.number).same


def _similarity(case: Case, known: KnownInvoice, *, root_counts: bool) -> str | None:
    """Why the two are too similar, or ``None``. ``root_counts`` is false where several known numbers have the digits of this
    one: then they name a customer or a year, not an invoice."""
    amount, issued = _gross(case), case.invoice.issue_date
    if amount is None or issued is None or known.currency != (case.invoice.currency or known.currency):
        return None
    likeness = case.likeness(known)
    if _is_correction_of(case, known):
        return "the correction keeps the number of the invoice it replaces" if likeness.same else None
    if likeness.same:
        return _same_number_other_year(case, known)
    distance, equal = abs(issued - known.issue_date), _equal(amount, known.grand_total)
    if distance >= SAME_YEAR or _was_credited(case, known):
        return None
    regular = _is_regular(case, amount, known)
    if likeness.root and root_counts:
        if equal:
            return "number with the same digits, same amount"
        if distance <= NEAR and (_is_close(amount, known.grand_total) or _is_half(amount, known.grand_total)):
            return "number with the same digits, similar or half amount"
    if distance > NEAR:
        return None
    if likeness.typo and not regular:
        if equal:
            return "number one slip away, same amount"
        if _is_half(amount, known.grand_total) and not _is_next(likeness, case, known):
            return "number one slip away, half or double the amount"
        if likeness.step is None and _is_close(amount, known.grand_total):
            return "number one slip away, amount within 3 %"
    if equal and amount >= SMALL and not regular:
        return "another number, same amount within 14 days"
    if _is_half(amount, known.grand_total) and distance <= SAME_DAYS and not regular and amount >= SMALL:
        return "half or double the amount within three days"
    return None


def _is_regular(case: Case, amount: Decimal, beside: KnownInvoice) -> bool:
    """The amount returns in a series, and this invoice comes about when the series lets expect it, not sooner."""
    issued = case.invoice.issue_date
    if amount not in case.regular_amounts or issued is None:
        return False
    days = sorted(known.issue_date for known in case.known if abs(known.grand_total) == amount)
    gaps = [later - earlier for earlier, later in pairwise(days)]
    period = sorted(gaps)[len(gaps) // 2]
    return abs(issued - beside.issue_date) >= max(SHORTEST_PERIOD, period * SOONEST)


def _same_number_other_year(case: Case, known: KnownInvoice) -> str | None:
    """Numbers that start again each year are honest; number and amount both equal are not, unless the amount is usual."""
    if not _equal(_gross(case), known.grand_total) or (_gross(case) or Decimal(0)) in case.regular_amounts:
        return None
    return "same number and amount in another year"


def _is_next(likeness: Likeness, case: Case, known: KnownInvoice) -> bool:
    """The number moves in the direction of the date, as in an honest series."""
    issued = case.invoice.issue_date
    if likeness.step is None or issued is None:
        return False
    forward = likeness.step < 0  # step from ours to the known one
    return forward == (issued >= known.issue_date)


def _was_credited(case: Case, known: KnownInvoice) -> bool:
    """Cancelled by a credit note of the same amount, then written again: the honest way to correct an invoice."""
    return any(
        other.issue_date >= known.issue_date and _equal(abs(other.grand_total), known.grand_total) for other in case.known_credits
    )


def _sum_of_two(case: Case, candidates: Sequence[KnownInvoice]) -> Iterator[Finding]:
    """One invoice over the sum of two known ones of the last days: a collective invoice after the single ones."""
    amount, issued = _gross(case), case.invoice.issue_date
    if amount is None or issued is None or amount < SMALL:
        return
    near = [known for known in candidates if abs(issued - known.issue_date) <= NEAR and known.currency == case.invoice.currency]
    newest = sorted(near, key=lambda known: (known.issue_date, known.number), reverse=True)[:SUM_CANDIDATES]
    for index, one in enumerate(newest):
        for other in newest[index + 1 :]:
            if _equal(amount, abs(one.grand_total) + abs(other.grand_total)) and not _is_simple_ratio(one, other):
                yield _similar(case, one, f"the sum of {one.number} and {other.number}")
                return


def _is_simple_ratio(one: KnownInvoice, other: KnownInvoice) -> bool:
    first, second = abs(one.grand_total), abs(other.grand_total)
    if not first or not second:
        return True
    return any((first * factor) % second == 0 for factor in range(1, SMALL_RATIO + 1))


def _similar(case: Case, known: KnownInvoice, why: str) -> Finding:
    return error(
        "FRAUD-DUPLICATE-SIMILAR",
        "number",
        f"very similar to invoice {known.number} of {known.issue_date} over {_money(known)} ({_where(known)}): {why}",
        stated=case.invoice.number or "",
        expected=known.number,
        clears="a person confirms that these are two invoices",
    )


def _gross(case: Case) -> Decimal | None:
    amount = case.invoice.totals.grand_total
    return None if amount is None else abs(amount)


def _equal(amount: Decimal | None, known: Decimal) -> bool:
    return amount is not None and abs(amount - abs(known)) < ONE_CENT


def _is_close(amount: Decimal, known: Decimal) -> bool:
    return bool(known) and abs(amount - abs(known)) <= SPREAD * abs(known)


def _is_half(amount: Decimal, known: Decimal) -> bool:
    smaller, larger = sorted((amount, abs(known)))
    return bool(smaller) and abs(larger * HALF - smaller) <= ONE_CENT


def _money(known: KnownInvoice) -> str:
    return f"{plain(known.grand_total)} {known.currency}"


def _where(known: KnownInvoice) -> str:
    return f"vendor {known.vendor_number}, company {known.company_code}" + (f", id {known.id}" if known.id else "")


RULES: tuple[Rule, ...] = (duplicate, duplicate_similar)
