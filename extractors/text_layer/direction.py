"""Does the document raise or lower what is owed? Credit notes print negative amounts, positive ones, or both.

In the model the amounts of a credit note are positive: its type says what they do. A document whose title and signs do not settle
the question is left to a person; booked the wrong way it would be paid twice.
"""

from typing import TYPE_CHECKING

from extractors.text_layer.figures import Figures
from schemas import Invoice, Kind
from schemas.money import Money

if TYPE_CHECKING:
    from extractors.text_layer.reading import Reading


def settle_direction(reading: "Reading", figures: Figures) -> None:
    """Set kind and type code where the signs or the word of the total say more than the title, and turn signs of credit notes."""
    invoice, gross = reading.invoice, reading.invoice.totals.grand_total
    if not reading.kind.is_payable or gross is None:
        return
    whole = abs(reading.solution.gross if reading.solution else gross)  # a credit of less is what is left of payments
    says_credit = any(abs(figure.value) == whole for figure in figures.of("credit_total"))
    if invoice.type_code == "384" and says_credit:
        _make_credit_note(reading)
    elif invoice.type_code == "384" and gross > 0:
        reading.doubt("type_code", "a correction with positive amounts: it is not said whether they are credited or charged")
    elif invoice.type_code in ("380", "326", "389") and (gross < 0 or (says_credit and invoice.type_code != "389")):
        reading.doubt("type_code", "the title says invoice, but the amounts are credited")
        _make_credit_note(reading)
    if reading.kind is Kind.CREDIT_NOTE and gross < 0:
        _turn(invoice)


def _make_credit_note(reading: "Reading") -> None:
    reading.kind = Kind.CREDIT_NOTE
    reading.invoice.type_code = "381"
    for sighting in reading.seen.get("type_code", []):
        sighting.value = "381"


def _turn(invoice: Invoice) -> None:
    """Negative amounts become positive and the other way round, everywhere, so that the equations go on holding."""
    totals = invoice.totals
    for name in type(totals).model_fields:
        setattr(totals, name, _minus(getattr(totals, name)))
    for row in invoice.tax_breakdown:
        row.basis, row.amount = _minus(row.basis), _minus(row.amount)
    for item in (*invoice.allowances, *invoice.charges):
        item.amount, item.basis = _minus(item.amount), _minus(item.basis)
    for line in invoice.lines:
        if line.net_amount is not None:
            if line.quantity is not None and line.net_price is not None and line.quantity * line.net_price * line.net_amount > 0:
                if line.quantity < 0 or line.net_price >= 0:
                    line.quantity = -line.quantity
                else:
                    line.net_price = -line.net_price
            line.net_amount = -line.net_amount


def _minus(value: Money | None) -> Money | None:
    return None if value is None else -value
