"""What people say about orders counts before what matching finds; and order lines that should not be invoiced any more."""

import pytest

from schemas.choices import OrderLineChoice
from schemas.matching import MatchState
from tests.validators.matching.build import VENDOR, billed, errors, facts, invoice, matched, order, receipt

OTHER = "4500000002"


def twins() -> tuple[object, object]:
    """One item in two orders at one price, invoiced without a word about which (T25)."""
    known = facts(
        [order(description="Deckel", cost_center="1"), order(po_number=OTHER, description="Deckel", cost_center="2")],
        [receipt("100"), receipt("100", po_number=OTHER, number="5000000002")],
    )
    return invoice(billed("100", "1000.00", name="Deckel"), order_number=None), known


def test_an_order_line_a_person_chose_ends_the_ambiguity() -> None:
    document, known = twins()
    assert matched(document, known).match.state is MatchState.AMBIGUOUS  # type: ignore[arg-type]
    choice = OrderLineChoice(invoice_line="1", purchase_order=OTHER, purchase_order_line="00010")
    result = matched(document, known, choices=(choice,))  # type: ignore[arg-type]
    assert (result.match.state, result.match.lines[0].purchase_order) == (MatchState.MATCHED, OTHER)
    assert not errors(result)


def test_the_other_line_gets_what_is_left() -> None:
    known = facts(
        [order("10", description="Deckel"), order("20", description="Deckel", cost_center="2")],
        [receipt("100"), receipt("100", "20")],
    )
    document = invoice(billed("100", "1000.00", name="Deckel"), billed("100", "1000.00", name="Deckel"))
    choice = OrderLineChoice(invoice_line="1", purchase_order="4500000001", purchase_order_line="20")
    lines = matched(document, known, choices=(choice,)).match.lines
    assert [line.purchase_order_line for line in lines] == ["20", "10"]


@pytest.mark.parametrize(
    "choice",
    [
        OrderLineChoice(invoice_line="1", purchase_order="4500000001", purchase_order_line="99"),
        OrderLineChoice(invoice_line="1", purchase_order="4599999999", purchase_order_line="10"),
    ],
    ids=["no such line", "another vendor's order"],
)
def test_a_choice_that_leads_nowhere_is_said_and_not_followed(choice: OrderLineChoice) -> None:
    known = facts([order(), order(po_number="4599999999", vendor_number="OTHER")], [receipt("100")])
    result = matched(invoice(billed("100", "1000.00")), known, choices=(choice,))
    assert "MATCH-NO-ORDER" in errors(result)
    assert result.match.lines[0].purchase_order in (None, "4500000001")


def test_a_closed_order_line_is_not_invoiced_without_a_question() -> None:
    document = invoice(billed("100", "1000.00"))
    assert errors(matched(document, facts([order()], [receipt("100")]))) == []
    assert errors(matched(document, facts([order(closed=True)], [receipt("100")]))) == ["MATCH-CLOSED"]


@pytest.mark.parametrize("at", ["order", "vendor"])
def test_what_we_settle_ourselves_is_not_to_be_invoiced(at: str) -> None:
    """Evaluated receipt settlement: a paper invoice beside our own credit note would be paid twice. 389 is that credit note."""
    vendor = VENDOR.model_copy(update={"self_billing": at == "vendor"})
    known = facts([order(self_billing=at == "order")], [receipt("100")])
    assert errors(matched(invoice(billed("100", "1000.00")), known, vendor=vendor)) == ["MATCH-SELF-BILLED"]
    assert errors(matched(invoice(billed("100", "1000.00"), type_code="389"), known, vendor=vendor)) == []
