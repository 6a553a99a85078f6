"""The three-way match: invoice, order, receipt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import localcontext

from schemas.choices import OrderLineChoice
from schemas.facts import OrderFacts
from schemas.finding import Finding, error
from schemas.invoice import Invoice
from schemas.master import Company, PurchaseOrderLine, Vendor
from schemas.matching import Match, MatchLine, MatchState
from validators.matching.allocation import Allocation, Outcome
from validators.matching.billed import Billed, billed_lines
from validators.matching.delivery_costs import Freight, judge_extra_costs
from validators.matching.evaluation import Evaluated, evaluate, order_findings, receipt_findings
from validators.matching.judged import Judged
from validators.matching.lookup import Lookup, find_order_lines
from validators.matching.result import MatchResult
from validators.matching.tolerances import Limits
from validators.matching.values import balance_variance, prepayment_findings, sample_variance, unordered_item_variance

DIGITS = 200
"""Numbers from outside have forty digits at most; products of four of them stay exact."""


def match(
    invoice: Invoice,
    facts: OrderFacts,
    *,
    vendor: Vendor | None,
    company: Company | None,
    entry_date: date,
    choices: Sequence[OrderLineChoice] = (),
) -> MatchResult:
    """Compare an invoice with its orders and receipts. Never raises on what an invoice says; changes nothing in it.

    The order lines are found in this order: orders the invoice names (they count only for this vendor and company), else orders
    whose receipts have a delivery note it names, else open order lines of the vendor that items or words, price and quantity all
    speak for. Nothing is matched by amount or position alone.

    States: ``matched`` all variances are zero; ``matched-with-tolerance`` some are not, none above its upper limit;
    ``blocked`` an upper limit is exceeded (``blocks`` says which); ``ambiguous`` a person must decide (several order lines fit,
    or quantity or unit cannot be compared; ``alternatives`` lists them), blocks of other lines are listed too; ``no-reference``
    there is no order line. An invoice that prints an order number its vendor does not have is an error (MATCH-NO-ORDER), and so
    is a line outside the orders of the others; an invoice that prints none and fits none is ``no-reference`` without a finding:
    rent, energy, services bought without order, which account rules decide.

    ``choices``: order lines a person chose, which count before everything else.

    ``entry_date``: date of entry (ST, LD). A vendor who is not known has no orders. Amounts in the document currency.
    """
    with localcontext() as context:
        context.prec = DIGITS
        return _match(invoice, facts, vendor, company, entry_date, choices)


@dataclass(frozen=True)
class _Row:
    """One entry of ``match.lines`` with what it was made from."""

    line: MatchLine
    judged: list[Judged]
    order_line: PurchaseOrderLine | None = None


def _match(
    invoice: Invoice,
    facts: OrderFacts,
    vendor: Vendor | None,
    company: Company | None,
    entry_date: date,
    choices: Sequence[OrderLineChoice],
) -> MatchResult:
    lookup = find_order_lines(invoice, billed_lines(invoice), facts, vendor, company, choices)
    limits = Limits(facts.tolerances, company.company_code if company else lookup.company_code)
    evaluated = evaluate(lookup.allocations, invoice, entry_date, limits, facts.stock)
    freight = judge_extra_costs(invoice, lookup, evaluated, limits)
    document = [*freight.document, *_document_variances(invoice, vendor, limits)]
    rows = [row for allocation in lookup.allocations for row in _rows(allocation, evaluated, freight, limits)]
    judged = [*document, *(one for row in rows for one in row.judged)]
    match = Match(
        state=_state(lookup, evaluated, freight, judged),
        blocks=sorted({one.block for one in judged if one.block is not None}),
        lines=[row.line for row in rows],
        variances=[one.variance for one in document],
    )
    standings = list({entry.key: entry.bill.standing for entry in evaluated}.values())
    findings = [
        *lookup.findings,
        *_allocation_findings(lookup),
        *(problem for entry in evaluated for problem in entry.problems),
        *(finding for one in judged if (finding := one.finding()) is not None),
        *receipt_findings(evaluated),
        *order_findings(evaluated, invoice, vendor),
        *freight.findings,
        *prepayment_findings(invoice, standings),
    ]
    return MatchResult(match, _distinct(findings), tuple(row.order_line for row in rows if row.order_line is not None))


def _document_variances(invoice: Invoice, vendor: Vendor | None, limits: Limits) -> Iterator[Judged]:
    balance = balance_variance(invoice, limits)
    if balance is not None:
        yield balance
    sample = None if vendor is None else sample_variance(invoice, vendor.vendor_number, limits)
    if sample is not None:
        yield sample


def _rows(allocation: Allocation, evaluated: Sequence[Evaluated], freight: Freight, limits: Limits) -> Iterator[_Row]:
    """The entries of one invoice line: one, or one per order line that it bills together."""
    billed = allocation.billed
    own = [entry for entry in evaluated if entry.bill.billed.index == billed.index]
    for entry in own:
        order_line = entry.bill.standing.order_line
        line = MatchLine(
            invoice_line=billed.id,
            purchase_order=order_line.po_number,
            purchase_order_line=order_line.po_line,
            quantity=entry.bill.quantity,
            net_amount=entry.bill.amount,
            receipts=entry.receipts,
            variances=[one.variance for one in entry.judged],
        )
        yield _Row(line, entry.judged, order_line)
    if own:
        return
    if billed.index in freight.by_line:
        judged, planned = freight.by_line[billed.index], freight.order_lines.get(billed.index)
    else:
        item = unordered_item_variance(billed, limits) if allocation.outcome in _WITHOUT_ORDER else None
        judged, planned = [] if item is None else [item], None
    line = MatchLine(
        invoice_line=billed.id,
        purchase_order=planned.po_number if planned else None,
        purchase_order_line=planned.po_line if planned else None,
        variances=[one.variance for one in judged],
        alternatives=list(allocation.alternatives),
    )
    yield _Row(line, judged, planned)


_WITHOUT_ORDER = (Outcome.NOTHING, Outcome.DELIVERY_COST)


def _state(lookup: Lookup, evaluated: Sequence[Evaluated], freight: Freight, judged: Sequence[Judged]) -> MatchState:
    """The worst there is, in the order: undecided, blocked, without order, within tolerance, equal."""
    outcomes = {a.outcome for a in lookup.allocations if not _is_empty(a.billed)}
    is_undecided = bool(outcomes & {Outcome.AMBIGUOUS, Outcome.UNPROVEN}) or any(entry.problems for entry in evaluated)
    if is_undecided or (not lookup.allocations and lookup.has_order):
        return MatchState.AMBIGUOUS
    if any(one.block is not None for one in judged):
        return MatchState.BLOCKED
    if Outcome.NOTHING in outcomes or not (evaluated or freight.is_planned):
        return MatchState.NO_REFERENCE
    return MatchState.MATCHED_WITH_TOLERANCE if any(one.is_deviation for one in judged) else MatchState.MATCHED


def _is_empty(billed: Billed) -> bool:
    """A line that only says something: no amount."""
    return not billed.amount and not billed.line.net_price


def _allocation_findings(lookup: Lookup) -> Iterator[Finding]:
    if not lookup.allocations and lookup.has_order:
        orders = ", ".join(sorted({line.po_number for line in lookup.named_lines}))
        yield error("MATCH-AMBIGUOUS", "lines", f"the invoice has no lines to compare with order {orders}")
    for allocation in lookup.allocations:
        billed, others = allocation.billed, allocation.alternatives
        if allocation.outcome is Outcome.AMBIGUOUS:
            message = f"line {billed.id} fits several order lines equally well: {', '.join(others)}"
            yield error("MATCH-AMBIGUOUS", billed.path, message, clears="the right order line, chosen by a person")
        elif allocation.outcome is Outcome.UNPROVEN:
            message = f"too little says that line {billed.id} bills order line {', '.join(others)}"
            yield error("MATCH-AMBIGUOUS", billed.path, message, clears="the right order line, chosen by a person")
        elif allocation.outcome is Outcome.NOTHING and lookup.has_order and not _is_empty(billed):
            message = f"line {billed.id} ({billed.line.name or 'without a name'}) fits no line of the orders of this invoice"
            yield error("MATCH-NO-ORDER", billed.path, message, clears="the order of this line, or a credit note for it")


def _distinct(findings: Sequence[Finding]) -> list[Finding]:
    seen = {(f.code, f.severity, f.path, f.message): f for f in reversed(findings)}
    return list(reversed(seen.values()))
