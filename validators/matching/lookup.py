"""From an invoice to its order lines: by what it names, else by what it bills."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.choices import OrderLineChoice
from schemas.facts import OrderFacts
from schemas.finding import Finding, error
from schemas.invoice import Invoice
from schemas.master import Company, PurchaseOrderLine, Vendor
from validators.matching.allocation import Allocation, Outcome, allocate
from validators.matching.billed import Billed
from validators.matching.candidates import Candidates, Weighing, candidates_in_orders, candidates_without_order
from validators.matching.chosen import chosen_lines, not_usable
from validators.matching.keys import OrderKey, number_key, order_key
from validators.matching.ledger import Ledger
from validators.matching.naming import Named, Scope, named_orders
from validators.matching.order_book import order_book


@dataclass(frozen=True)
class Lookup:
    allocations: tuple[Allocation, ...]
    findings: tuple[Finding, ...] = ()
    named_lines: tuple[PurchaseOrderLine, ...] = ()
    """All lines of the orders the invoice names."""
    ledger: Ledger | None = None

    @property
    def company_code(self) -> str | None:
        """Of the orders that were found, for an invoice whose company is not known."""
        found = [s.order_line for a in self.allocations for s, _ in a.parts] or list(self.named_lines)
        return found[0].company_code if found else None

    @property
    def has_order(self) -> bool:
        return bool(self.named_lines) or any(a.outcome is Outcome.ASSIGNED for a in self.allocations)


def find_order_lines(
    invoice: Invoice,
    billed: Sequence[Billed],
    facts: OrderFacts,
    vendor: Vendor | None,
    company: Company | None,
    choices: Sequence[OrderLineChoice] = (),
) -> Lookup:
    """One allocation per invoice line. See ``match`` for the order in which order lines are looked for.

    ``choices``: order lines a person chose. They are taken as they are, and are no longer open to the other lines.
    """
    if vendor is None:
        return Lookup(tuple(_unassigned(line) for line in billed), _vendor_unknown(invoice, billed))
    book = order_book(facts)
    scope = Scope(book, vendor, company, invoice.currency)
    named = named_orders(invoice, billed, scope)
    ledger = Ledger(facts, book, invoice)
    weighing = Weighing(ledger)
    chosen = chosen_lines(billed, choices, scope)
    found = _find(_without(billed, chosen), named, scope, weighing, frozenset(order_key(o) for o in chosen.values()))
    own = {a.billed.index: a for a in found.allocations}
    own |= {line.index: _as_chosen(line, chosen[line.index], ledger) for line in billed if line.index in chosen}
    lines = tuple(
        dict.fromkeys((*found.named_lines, *(o for line in chosen.values() for o in scope.order(number_key(line.po_number)))))
    )
    missing = not_usable(billed, choices, chosen)
    return Lookup(tuple(own[line.index] for line in billed), (*found.findings, *missing), lines, ledger)


def _find(billed: Sequence[Billed], named: Named, scope: Scope, weighing: Weighing, taken: frozenset[OrderKey]) -> Lookup:
    if not named.orders and not named.findings:
        by_note = {number_key(o.po_number) for line in billed for o in scope.book.with_notes(line.notes) if scope.counts(o)}
        named = replace(named, document=tuple(sorted(by_note)))
    if named.orders:
        candidates = _not_taken(candidates_in_orders(billed, named, scope, weighing), taken)
        allocations = allocate(billed, candidates, weighing.standings, order_is_named=True)
        lines = tuple(order_line for number in named.orders for order_line in scope.order(number))
        return Lookup(tuple(allocations), named.findings, lines)
    candidates = _not_taken(candidates_without_order(billed, scope, weighing), taken)
    allocations = allocate(billed, candidates, weighing.standings, order_is_named=False)
    if named.findings:  # an order is named but it is not one of this vendor: what else fits is only a hint
        allocations = [_as_hint(allocation) for allocation in allocations]
    return Lookup(tuple(allocations), named.findings)


def _without(billed: Sequence[Billed], chosen: Mapping[int, PurchaseOrderLine]) -> list[Billed]:
    return [line for line in billed if line.index not in chosen]


def _not_taken(candidates: Sequence[Candidates], taken: frozenset[OrderKey]) -> list[Candidates]:
    return [{key: evidence for key, evidence in found.items() if key not in taken} for found in candidates]


def _as_chosen(line: Billed, order_line: PurchaseOrderLine, ledger: Ledger) -> Allocation:
    return Allocation(line, Outcome.ASSIGNED, ((ledger.standing(order_line), None),))


def _unassigned(line: Billed) -> Allocation:
    return Allocation(line, Outcome.DELIVERY_COST if line.is_delivery_cost else Outcome.NOTHING)


def _as_hint(allocation: Allocation) -> Allocation:
    names = tuple(f"{s.order_line.po_number}/{s.order_line.po_line}" for s, _ in allocation.parts)
    return replace(_unassigned(allocation.billed), alternatives=names or allocation.alternatives)


def _vendor_unknown(invoice: Invoice, billed: Sequence[Billed]) -> tuple[Finding, ...]:
    named = Named.stated_references(invoice, billed)
    if not named:
        return ()
    reference = named[0]
    message = f"order {reference.raw} cannot be confirmed while the vendor is not known"
    return (error("MATCH-NO-ORDER", reference.path, message, stated=reference.raw, clears="the vendor"),)
