"""What an order line has seen so far: received, invoiced, its value; in total and per delivery note.

Quantities are in the order unit, values in the order currency. Source of the signs: CONTRACT section 5 (UNTDID 1001).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from schemas.facts import KnownInvoice, OrderFacts
from schemas.invoice import Invoice
from schemas.master import GoodsReceipt, PostedLine, PurchaseOrderLine
from validators.matching.keys import OrderKey, note_key, number_key, order_key, resolve_notes
from validators.matching.order_book import OrderBook
from validators.matching.text import names_delivery_cost
from validators.matching.units import Conversions, conversions_of

ZERO = Decimal(0)
CORRECTION = "384"
SUBSEQUENT_DEBIT = "383"
PREPAYMENT = "386"
REDUCING = frozenset({"381", "261", "396"})
VALUE_ONLY = frozenset({SUBSEQUENT_DEBIT, PREPAYMENT})


@dataclass(frozen=True)
class Standing:
    """One order line's movements so far. ``None`` quantities never occur: what cannot be converted is in ``unreadable``."""

    order_line: PurchaseOrderLine
    conversions: Conversions
    receipts: tuple[tuple[GoodsReceipt, Decimal], ...] = ()
    """With the quantity in the order unit, oldest first."""
    invoiced: Decimal = ZERO
    invoiced_value: Decimal = ZERO
    """Invoices, subsequent debits and credit memos; no prepayments."""
    prepaid_value: Decimal = ZERO
    invoiced_by_note: dict[str, Decimal] = field(default_factory=dict)
    """Compared delivery note (empty: none was recorded) -> quantity."""
    unreadable: tuple[str, ...] = ()
    """Sentences on movements whose unit does not convert into the order unit."""

    @property
    def received(self) -> Decimal:
        return sum((quantity for _, quantity in self.receipts), ZERO)

    @property
    def price(self) -> Decimal:
        """Net order price per one price unit."""
        return self.order_line.net_price / self.order_line.price_quantity

    @property
    def price_unit(self) -> str:
        return self.order_line.price_unit or self.order_line.unit

    @property
    def price_per_order_unit(self) -> Decimal | None:
        """``None`` when the price unit does not convert into the order unit."""
        factor = self.conversions.factor(self.order_line.unit, self.price_unit)
        return None if factor is None else self.price * factor.numerator / factor.denominator

    @property
    def receipt_notes(self) -> frozenset[str]:
        """Compared delivery notes of the receipts."""
        return frozenset(note_key(receipt.delivery_note) for receipt, _ in self.receipts if receipt.delivery_note)

    def received_for(self, notes: frozenset[str]) -> Decimal:
        return sum((quantity for receipt, quantity in self.receipts if note_key(receipt.delivery_note) in notes), ZERO)

    def invoiced_for(self, notes: frozenset[str]) -> Decimal:
        """Quantity invoiced for these delivery notes. What was invoiced without naming a note counts here too: too little open
        asks a person, too much open would pay twice."""
        return sum((q for note, q in self.invoiced_by_note.items() if note in notes or not note), ZERO)


class Ledger:
    """The movements of all order lines of the facts, looked up by order line."""

    def __init__(self, facts: OrderFacts, book: OrderBook, invoice: Invoice) -> None:
        self._conversions = facts.conversions
        self._book = book
        self._headers = _headers(facts.invoices)
        self._taken_back = _taken_back_by(invoice)
        self._standings: dict[OrderKey, Standing] = {}

    def standing(self, order_line: PurchaseOrderLine) -> Standing:
        key = order_key(order_line)
        if key not in self._standings:
            self._standings[key] = self._add_up(order_line, key)
        return self._standings[key]

    def _add_up(self, order_line: PurchaseOrderLine, key: OrderKey) -> Standing:
        conversions = conversions_of(order_line, self._conversions)
        unreadable: list[str] = []
        received: list[tuple[GoodsReceipt, Decimal]] = []
        for receipt in sorted(self._book.receipts(key), key=_receipt_order):
            quantity = conversions.convert(receipt.quantity, receipt.unit, order_line.unit)
            if quantity is None:
                unreadable.append(_no_conversion(f"receipt {receipt.receipt_number}", receipt.unit, order_line.unit))
            else:
                received.append((receipt, quantity))
        standing = Standing(order_line, conversions, tuple(received))
        total, value, prepaid = ZERO, ZERO, ZERO
        by_note: dict[str, Decimal] = defaultdict(lambda: ZERO)
        is_planned = order_line.planned_delivery_cost is not None
        for posted, code, sign in self._signed(self._book.posted_lines(key), order_line.vendor_number):
            if is_planned and names_delivery_cost([posted.description]) and posted.quantity in (None, 1):
                continue  # the planned freight of this order line: no goods, and no value of goods
            if code == PREPAYMENT:
                prepaid += posted.net_amount
                continue
            value += sign * posted.net_amount
            if code == SUBSEQUENT_DEBIT:
                continue
            quantity = _posted_quantity(posted, standing)
            if quantity is None:
                unreadable.append(_no_conversion(f"invoice {posted.number}", posted.unit or "", order_line.unit))
                continue
            total += sign * quantity
            note = next(iter(resolve_notes([posted.delivery_note or ""], standing.receipt_notes)), "")
            by_note[note] += sign * quantity
        if self._taken_back and total < 0:  # the replaced invoice had been credited already: nothing more to give back
            total = ZERO
        return Standing(order_line, conversions, tuple(received), total, value, prepaid, dict(by_note), tuple(unreadable))

    def _signed(self, lines: Iterable[PostedLine], vendor_number: str) -> list[tuple[PostedLine, str, int]]:
        """Each posted line with its type code and what it does: +1 adds, -1 subtracts; lines taken back are left out."""
        known = [(line, *self._headers.get((line.vendor_number, line.number), ("380", None))) for line in lines]
        replaced = {(vendor_number, number) for number in self._taken_back}
        replaced |= {(line.vendor_number, number_key(named)) for line, code, named in known if code == CORRECTION and named}
        return [
            (line, code, -1 if code in REDUCING else 1)
            for line, code, _ in known
            if code in REDUCING | VALUE_ONLY or (line.vendor_number, number_key(line.number)) not in replaced
        ]


def _headers(invoices: Iterable[KnownInvoice]) -> dict[tuple[str, str], tuple[str, str | None]]:
    """(vendor, number) -> type code and the invoice it names. Where one number was used for several documents, the code that
    leaves least open wins."""
    headers: dict[tuple[str, str], tuple[str, str | None]] = {}
    for known in invoices:
        key = (known.vendor_number, known.number)
        if key not in headers or headers[key][0] in REDUCING | VALUE_ONLY:
            headers[key] = (known.type_code, known.preceding_invoice_reference)
    return headers


def _taken_back_by(invoice: Invoice) -> frozenset[str]:
    """Numbers of the invoices that a corrected invoice (384) replaces. One that only states differences replaces nothing."""
    if invoice.type_code != CORRECTION or any(
        (line.quantity or ZERO) < 0 or (line.net_amount or ZERO) < 0 for line in invoice.lines
    ):
        return frozenset()
    named = [invoice.preceding_invoice_reference, *(further.number for further in invoice.further_preceding_invoices)]
    return frozenset(number_key(number) for number in named if number)


def _posted_quantity(posted: PostedLine, standing: Standing) -> Decimal | None:
    """In the order unit. A line without quantity counts with what its amount buys at the order price."""
    if posted.quantity is None:
        price = standing.price_per_order_unit
        return posted.net_amount / price if price else ZERO
    if not posted.unit:
        return posted.quantity
    return standing.conversions.convert(posted.quantity, posted.unit, standing.order_line.unit)


def _receipt_order(receipt: GoodsReceipt) -> tuple[str, str, str]:
    return (receipt.posting_date.isoformat() if receipt.posting_date else "", receipt.receipt_number, receipt.receipt_line)


def _no_conversion(what: str, source: str, target: str) -> str:
    return f"{what} is in {source}, the order in {target}, and no conversion is known"
