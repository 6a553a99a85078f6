"""The tolerance keys of every assigned invoice line, and which receipts it uses."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from schemas.finding import Finding, error, info
from schemas.invoice import Invoice
from schemas.master import Stock, Vendor
from schemas.matching import ReceiptShare
from validators.matching.allocation import Allocation, Outcome
from validators.matching.bills import Bill, bill
from validators.matching.judged import Judged
from validators.matching.keys import OrderKey, number_key, order_key
from validators.matching.ledger import VALUE_ONLY
from validators.matching.prices import (
    Price,
    item_variances,
    moving_average_variance,
    price_of,
    price_variance,
    rounding,
    spread_discount,
)
from validators.matching.quantities import Basis, basis, notes_of, quantity_variance, ratio_variance, settles_quantity
from validators.matching.shares import ReceiptPool
from validators.matching.tolerances import Limits
from validators.matching.values import limit_order_variances

SELF_BILLED = "389"

Notes = frozenset[str] | None


@dataclass
class Evaluated:
    """One invoice line on one order line."""

    bill: Bill
    notes: Notes = None
    """Delivery notes it is checked against; ``None``: the whole order line."""
    judged: list[Judged] = field(default_factory=list)
    receipts: list[ReceiptShare] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)
    """Why quantity or price cannot be compared; a person must decide."""

    @property
    def key(self) -> OrderKey:
        return order_key(self.bill.standing.order_line)


def evaluate(
    allocations: Iterable[Allocation], invoice: Invoice, entry_date: date, limits: Limits, stock: Iterable[Stock] = ()
) -> list[Evaluated]:
    """One entry per assigned pair of invoice line and order line, in line order."""
    found = [
        Evaluated(bill(allocation.billed, standing, part))
        for allocation in allocations
        if allocation.outcome is Outcome.ASSIGNED
        for standing, part in allocation.parts
    ]
    _price(found, invoice, limits, {number_key(held.material): held for held in stock})
    groups: dict[tuple[OrderKey, Notes], list[Evaluated]] = defaultdict(list)
    for entry in found:
        line = entry.bill.standing.order_line
        if line.value_limit is None and invoice.type_code not in VALUE_ONLY:
            if line.receipt_based and line.receipt_expected:
                entry.notes = notes_of(entry.bill)
            groups[entry.key, entry.notes].append(entry)
            entry.problems += _problems(entry)
    for group in groups.values():
        _quantity(group, limits)
    by_order: dict[OrderKey, list[Evaluated]] = defaultdict(list)
    for entry in found:
        by_order[entry.key].append(entry)
        if entry.bill.standing.order_line.value_limit is None:
            entry.judged += item_variances(entry.bill, entry_date, limits)
    for entries in by_order.values():
        for judged in limit_order_variances([entry.bill for entry in entries], invoice, entry_date, limits):
            for entry in entries:
                entry.judged.append(judged)
        if invoice.type_code not in VALUE_ONLY:
            _use_receipts(entries)
    return found


def receipt_findings(evaluated: Iterable[Evaluated]) -> list[Finding]:
    """MATCH-NO-RECEIPT for every line that waits for its goods receipt: an error unless DW allows it."""
    found = []
    for entry in evaluated:
        for judged in entry.judged:
            if judged.variance.key == "DW" and judged.variance.amount != 0:
                line = entry.bill.standing.order_line
                make = error if judged.variance.exceeded else info
                notes = f" for delivery note {', '.join(sorted(entry.notes))}" if entry.notes else ""
                message = f"no goods receipt for order {line.po_number} line {line.po_line}{notes}"
                found.append(make("MATCH-NO-RECEIPT", entry.bill.billed.path, message, clears="the goods receipt"))
    return found


def order_findings(evaluated: Iterable[Evaluated], invoice: Invoice, vendor: Vendor | None) -> Iterator[Finding]:
    """Order lines that should not be invoiced: MATCH-CLOSED, MATCH-SELF-BILLED."""
    is_own_credit_note = invoice.type_code == SELF_BILLED
    for entry in evaluated:
        line, path = entry.bill.standing.order_line, entry.bill.billed.path
        name = f"order {line.po_number} line {line.po_line}"
        if line.closed:
            yield error(
                "MATCH-CLOSED", path, f"{name} is closed: no further invoice was expected", clears="the order line opened again"
            )
        if not is_own_credit_note and (line.self_billing or (vendor is not None and vendor.self_billing)):
            message = f"{name} is settled by our own credit note: an invoice for it would be paid twice"
            yield error("MATCH-SELF-BILLED", path, message, clears="the agreement with the vendor, or a rejection")


def _price(found: Sequence[Evaluated], invoice: Invoice, limits: Limits, stock: Mapping[str, Stock]) -> None:
    prices: list[Price | None] = spread_discount([price_of(entry.bill, invoice) for entry in found], invoice)
    for entry, price, is_rounding in zip(found, prices, rounding(prices), strict=True):
        if price is None:
            continue
        judged = price_variance(entry.bill, price, is_rounding=is_rounding, limits=limits)
        average = moving_average_variance(entry.bill, judged, stock, limits)
        entry.judged += [judged] if average is None else [judged, average]


def _problems(entry: Evaluated) -> list[Finding]:
    bill, path = entry.bill, entry.bill.billed.path
    problems = [
        error("MATCH-UNIT", f"{path}.unit", words, stated=bill.billed.unit) for words in filter(None, [bill.unit_problem])
    ]
    problems += [error("MATCH-UNIT", path, words) for words in bill.standing.unreadable]
    if bill.billed.quantity is None and bill.quantity is None:
        problems.append(
            error("MATCH-AMBIGUOUS", f"{path}.quantity", "no quantity is stated, so it cannot be compared with the order")
        )
    if bill.amount is None:
        problems.append(
            error("MATCH-AMBIGUOUS", f"{path}.net_amount", "no amount is stated, so it cannot be compared with the order")
        )
    if entry.notes is not None and not entry.notes:
        line = bill.standing.order_line
        words = f"order {line.po_number} line {line.po_line} is checked by delivery note, and which one is billed cannot be told"
        problems.append(error("MATCH-AMBIGUOUS", f"{path}.delivery_note", words, clears="the delivery note number"))
    return problems


def _quantity(group: Sequence[Evaluated], limits: Limits) -> None:
    """DQ or DW once for all lines of the group, BR or BW for each. Nothing where a quantity cannot be compared."""
    if any(entry.problems for entry in group):
        return
    standing, notes = group[0].bill.standing, group[0].notes
    compared: Basis = basis(standing, notes)
    for entry in group:
        ratio = ratio_variance(entry.bill, compared, limits)
        if settles_quantity(ratio, entry.bill, limits) and len(group) == 1:
            entry.bill = replace(entry.bill, quantity=compared.expected if compared.expected > 0 else entry.bill.quantity)
        if ratio is not None:
            entry.judged.append(ratio)
    judged = quantity_variance([entry.bill for entry in group], compared, limits)
    if judged is None:
        return
    for entry in group:
        entry.judged.append(judged)


def _use_receipts(entries: Sequence[Evaluated]) -> None:
    pool = ReceiptPool(entries[0].bill.standing)
    for entry in sorted(entries, key=lambda e: (e.bill.billed.content, e.bill.billed.index)):
        if entry.bill.quantity is not None and not entry.problems:
            entry.receipts = pool.share(entry.bill.quantity, entry.notes)
