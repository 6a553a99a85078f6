"""An invoice line as matching sees it: signed by the document type, with everything that may name its order line."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from schemas.invoice import Invoice, Line
from schemas.money import plain, round_half_up
from validators.matching.keys import gtin_key, number_key
from validators.matching.ledger import PREPAYMENT, REDUCING, SUBSEQUENT_DEBIT
from validators.matching.references import LineReferences, document_notes, line_references
from validators.matching.text import Words, is_delivery_cost, line_texts

ZERO = Decimal(0)


@dataclass(frozen=True)
class Billed:
    """``quantity`` and ``amount`` are signed: negative in a credit note. ``amount`` is BT-131, after the line's own discounts."""

    index: int
    line: Line
    id: str
    quantity: Decimal | None
    amount: Decimal | None
    references: LineReferences
    notes: tuple[str, ...]
    """Compared delivery notes, the line's own or else the document's."""
    texts: tuple[Words, ...]
    items: frozenset[str]
    gtin: str | None
    is_delivery_cost: bool
    is_value_only: bool
    """A subsequent debit (383) or prepayment (386): it changes value, no quantity."""

    @property
    def path(self) -> str:
        return f"lines[{self.index}]"

    @property
    def unit(self) -> str | None:
        return self.line.unit

    @property
    def content(self) -> tuple[str, ...]:
        """What the line says, without where it stands: the order in which lines are worked on follows it."""
        line = self.line
        parts = (line.purchase_order, line.purchase_order_line, line.buyer_item_id, line.seller_item_id, line.gtin, line.name)
        numbers = (self.quantity, self.amount, line.net_price)
        own = (line.description, line.note, line.delivery_note, line.unit, line.tax_category)
        return (*(p or "" for p in parts), *("" if n is None else plain(n.normalize()) for n in numbers), *(o or "" for o in own))

    @cached_property
    def consequences(self) -> tuple[object, ...]:
        """Two lines equal in this are interchangeable: the same quantity, value and tax reach the order."""
        line = self.line
        quantity = None if self.quantity is None else self.quantity.normalize()
        amount = None if self.amount is None else self.amount.normalize()
        return quantity, line.unit, amount, line.tax_category, line.tax_rate, self.notes


def billed_lines(invoice: Invoice) -> tuple[Billed, ...]:
    """One for each invoice line, in line order. A line without id is named by its place, from 1."""
    direction = -1 if invoice.type_code in REDUCING else 1
    notes = document_notes(invoice)
    return tuple(_billed(index, line, direction, notes, invoice.type_code) for index, line in enumerate(invoice.lines))


def _billed(index: int, line: Line, direction: int, notes: tuple[str, ...], type_code: str | None) -> Billed:
    references = line_references(line, f"lines[{index}]")
    amount = _amount(line)
    return Billed(
        index=index,
        line=line,
        id=line.id or str(index + 1),
        quantity=None if line.quantity is None else direction * line.quantity,
        amount=None if amount is None else direction * amount,
        references=references,
        notes=references.delivery_notes or notes,
        texts=line_texts(line),
        items=frozenset(filter(None, (number_key(i) for i in (line.buyer_item_id, line.seller_item_id) if i))),
        gtin=gtin_key(line.gtin) if line.gtin else None,
        is_delivery_cost=is_delivery_cost(line),
        is_value_only=type_code in (SUBSEQUENT_DEBIT, PREPAYMENT),
    )


def _amount(line: Line) -> Decimal | None:
    """BT-131; where it is not stated, what quantity, price and the line's discounts give. The invoice itself stays as it is."""
    if line.net_amount is not None or line.quantity is None or line.net_price is None:
        return line.net_amount
    gross = line.quantity * line.net_price / (line.price_quantity or Decimal(1))
    less = sum((a.amount for a in line.allowances if a.amount is not None), ZERO)
    more = sum((c.amount for c in line.charges if c.amount is not None), ZERO)
    return round_half_up(gross - less + more)
