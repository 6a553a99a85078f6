"""Which receipts an invoice line uses up. No quantity of a receipt is given out twice, whatever was invoiced before.

Receipts are used oldest first; returns take from the newest receipts; what earlier invoices used is skipped.
"""

from decimal import Decimal

from schemas.matching import ReceiptShare
from validators.matching.keys import note_key
from validators.matching.ledger import Standing

ZERO = Decimal(0)


class ReceiptPool:
    """What is left of the receipts of one order line while the lines of one invoice take from it."""

    def __init__(self, standing: Standing) -> None:
        self._receipts = standing.receipts
        self._left = [max(ZERO, quantity) for _, quantity in standing.receipts]
        self._returned = [min(ZERO, quantity) for _, quantity in standing.receipts]
        for index, quantity in enumerate(self._returned):
            if quantity < 0:
                self._take_back(-quantity, note_key(self._receipts[index][0].delivery_note))
        anywhere = ZERO
        for note, quantity in sorted(standing.invoiced_by_note.items()):
            used = self._take(max(ZERO, quantity), frozenset({note})) if note else []
            anywhere += quantity - sum((part for _, part in used), ZERO)
        self._take(anywhere, None)  # what was invoiced beyond its delivery note, or without one, used up something too

    def share(self, quantity: Decimal, notes: frozenset[str] | None) -> list[ReceiptShare]:
        """Receipts for ``quantity`` (order unit), of these delivery notes or of all; less than asked when less is there.

        A negative quantity (credit note) is set against returns, as negative shares.
        """
        if quantity < 0:
            return self._share_returns(-quantity)
        return [self._named(index, taken) for index, taken in self._take(quantity, notes)]

    def _take(self, quantity: Decimal, notes: frozenset[str] | None) -> list[tuple[int, Decimal]]:
        taken = []
        for index, (receipt, _) in enumerate(self._receipts):
            if quantity <= 0:
                break
            if notes and note_key(receipt.delivery_note) not in notes:
                continue
            part = min(quantity, self._left[index])
            if part > 0:
                self._left[index] -= part
                quantity -= part
                taken.append((index, part))
        return taken

    def _take_back(self, quantity: Decimal, note: str) -> None:
        """A return leaves less of the newest receipts, those of its own delivery note first."""
        newest = sorted(range(len(self._left)), key=lambda i: (note_key(self._receipts[i][0].delivery_note) != note, -i))
        for index in newest:
            part = min(quantity, self._left[index])
            self._left[index] -= part
            quantity -= part

    def _share_returns(self, quantity: Decimal) -> list[ReceiptShare]:
        shares = []
        for index, left in enumerate(self._returned):
            part = min(quantity, -left)
            if part > 0:
                self._returned[index] += part
                quantity -= part
                shares.append(self._named(index, -part))
        return shares

    def _named(self, index: int, quantity: Decimal) -> ReceiptShare:
        receipt = self._receipts[index][0]
        return ReceiptShare(receipt=receipt.receipt_number, line=receipt.receipt_line, quantity=quantity)
