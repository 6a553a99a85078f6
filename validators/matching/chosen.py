"""Order lines a person chose for invoice lines."""

from collections.abc import Iterator, Mapping, Sequence

from schemas.choices import OrderLineChoice
from schemas.finding import Finding, error
from schemas.master import PurchaseOrderLine
from validators.matching.billed import Billed
from validators.matching.keys import line_key, number_key, order_line_name
from validators.matching.naming import Scope


def chosen_lines(billed: Sequence[Billed], choices: Sequence[OrderLineChoice], scope: Scope) -> dict[int, PurchaseOrderLine]:
    """Index of the invoice line -> order line. Only lines that exist and count for this vendor, company and currency."""
    by_line = {choice.invoice_line: choice for choice in choices}
    found: dict[int, PurchaseOrderLine] = {}
    for line in billed:
        choice = by_line.get(line.id)
        if choice is None:
            continue
        of_order = scope.order(number_key(choice.purchase_order))
        place = line_key(choice.purchase_order_line)
        match = next((one for one in of_order if line_key(one.po_line) == place), None)
        if match is not None:
            found[line.index] = match
    return found


def not_usable(
    billed: Sequence[Billed], choices: Sequence[OrderLineChoice], chosen: Mapping[int, PurchaseOrderLine]
) -> Iterator[Finding]:
    """A choice that leads nowhere: the order line is gone, or belongs to another vendor or company."""
    by_line = {choice.invoice_line: choice for choice in choices}
    for line in billed:
        choice = by_line.get(line.id)
        if choice is not None and line.index not in chosen:
            name = order_line_name(choice.purchase_order, choice.purchase_order_line)
            message = f"order line {name}, chosen for line {line.id}, is not an order line of this vendor, company and currency"
            yield error("MATCH-NO-ORDER", line.path, message, stated=name, clears="another order line, chosen by a person")
