"""Freight, packing and the like: planned in the order (KW) or not planned, never a price variance of the goods.

Source: DOMAIN 2.3 and T14, T20.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from schemas.finding import Finding, error, info
from schemas.invoice import Invoice
from schemas.master import PurchaseOrderLine
from schemas.money import plain, round_half_up
from validators.matching.allocation import Outcome
from validators.matching.billed import Billed
from validators.matching.evaluation import Evaluated
from validators.matching.evidence import in_order_unit
from validators.matching.judged import Judged, shown
from validators.matching.ledger import REDUCING
from validators.matching.lookup import Lookup
from validators.matching.text import is_delivery_charge
from validators.matching.tolerances import Limits

ZERO = Decimal(0)


@dataclass
class Freight:
    """What became of the delivery costs. ``by_line``: index of a freight line -> its variances."""

    by_line: dict[int, list[Judged]] = field(default_factory=dict)
    order_lines: dict[int, PurchaseOrderLine] = field(default_factory=dict)
    """Index of a freight line -> the order line that plans it, where it is one."""
    document: list[Judged] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    is_planned: bool = False


def judge_extra_costs(invoice: Invoice, lookup: Lookup, evaluated: Sequence[Evaluated], limits: Limits) -> Freight:
    """Freight lines and document charges of an invoice with an order.

    Delivery costs: KW for their sum where the orders plan them, at the first freight line, or at the document where freight is a
    charge only; else they are unplanned (AN where a row limits it). More freight than goods is asked about. Other charges of the
    document stand in no order: asked about.
    """
    lines = [a.billed for a in lookup.allocations if a.outcome is Outcome.DELIVERY_COST and a.billed.amount is not None]
    sign = -1 if invoice.type_code in REDUCING else 1
    charges = {
        f"charges[{index}].amount": sign * charge.amount
        for index, charge in enumerate(invoice.charges)
        if charge.amount is not None and is_delivery_charge(charge)
    }
    freight = Freight()
    if not lookup.has_order:
        return freight
    freight.findings += _other_charges(invoice)
    if not (lines or charges):
        return freight
    amounts = [line.amount for line in lines if line.amount is not None]
    cost = sum(amounts, ZERO) + sum(charges.values(), ZERO)
    paths = [*(f"{line.path}.net_amount" for line in lines), *charges]
    planned = _planned(lookup, lines, evaluated)
    if planned:
        freight.is_planned = True
        judged = _variance(cost, paths[0], planned, limits)
        if not lines:
            freight.document.append(judged)
            return freight
        for line in lines:
            freight.by_line[line.index] = []
            if len(planned) == 1:
                freight.order_lines[line.index] = planned[0][0]
        freight.by_line[lines[0].index] = [judged]
        return freight
    if cost:
        freight.findings.append(_unplanned(cost, paths[0], evaluated))
    if charges and limits.is_listed("AN"):
        total = sum(charges.values(), ZERO)
        variance = limits.judge("AN", total, None, f"delivery costs of {plain(total)} without order reference")
        freight.document.append(Judged(variance, next(iter(charges)), plain(total)))
    return freight


def _unplanned(cost: Decimal, path: str, evaluated: Sequence[Evaluated]) -> Finding:
    goods = sum((entry.bill.amount for entry in evaluated if entry.bill.amount is not None), ZERO)
    if not evaluated:
        return error("MATCH-NO-ORDER", path, f"only delivery costs of {plain(cost)} are billed, and no order plans any")
    message = f"unplanned delivery cost of {plain(cost)}: freight or packing that no order plans"
    if abs(cost) > abs(goods):
        return error("MATCH-AN", path, f"{message}, and more than the goods of {plain(goods)}", stated=plain(cost))
    return info("MATCH-AN", path, message, stated=plain(cost))


def _other_charges(invoice: Invoice) -> list[Finding]:
    found = []
    for index, charge in enumerate(invoice.charges):
        if charge.amount and not is_delivery_charge(charge):
            name = charge.reason or charge.reason_code or "without a reason"
            message = f"charge {name} of {plain(charge.amount)} stands in no order"
            found.append(error("MATCH-NO-ORDER", f"charges[{index}].amount", message, stated=plain(charge.amount)))
    return found


def _planned(lookup: Lookup, lines: Sequence[Billed], evaluated: Sequence[Evaluated]) -> list[tuple[PurchaseOrderLine, Decimal]]:
    """Order lines that plan delivery costs, each with the quantity they are due for.

    That is the quantity of the goods billed here; where freight is billed alone, the quantity its line states in the order unit,
    else what was received, else what was ordered.
    """
    found: dict[int, tuple[PurchaseOrderLine, Decimal]] = {}
    for entry in evaluated:
        line = entry.bill.standing.order_line
        if line.planned_delivery_cost is not None and entry.bill.quantity is not None:
            before = found.get(id(line), (line, ZERO))[1]
            found[id(line)] = line, before + entry.bill.quantity
    if evaluated or lookup.ledger is None:
        return list(found.values())
    for line in lookup.named_lines:
        if line.planned_delivery_cost is not None:
            standing = lookup.ledger.standing(line)
            stated = in_order_unit(lines[0], standing) if len(lines) == 1 and lines[0].unit else None
            if stated is not None and abs(stated) > 1:
                found[id(line)] = line, stated
            else:
                found[id(line)] = line, standing.received if standing.received > 0 else line.quantity
    return list(found.values())


def _variance(cost: Decimal, path: str, planned: Sequence[tuple[PurchaseOrderLine, Decimal]], limits: Limits) -> Judged:
    total, words = ZERO, []
    for line, quantity in planned:
        per = line.planned_delivery_quantity or line.quantity
        amount = line.planned_delivery_cost or ZERO
        if per:
            total += quantity * amount / per
            words.append(f"{shown(quantity)} x {plain(amount)} / {shown(per)}")
    explanation = f"{plain(cost)} billed, planned {' + '.join(words)} = {plain(round_half_up(total))}"
    return Judged(limits.judge("KW", cost - total, total, explanation), path, plain(cost), plain(round_half_up(total)))
