"""Single values corrected by their paths: only they are proven by a person, the other rows stay as unproven as they were."""

from decimal import Decimal
from typing import Any

import pytest

from schemas import Document, Invoice, Kind, Source
from schemas.finding import error
from schemas.invoice import Line
from validators import NotUsableCorrection, revise


def document() -> Document:
    lines = [Line(id=str(n), quantity=Decimal(n), net_amount=Decimal(n)) for n in (1, 2)]
    findings = [error("READ-UNSURE", f"lines[{n}].quantity", "the quantity is not proven") for n in (0, 1)]
    return Document(kind=Kind.INVOICE, source=Source.TEXT_LAYER, invoice=Invoice(number="X", lines=lines), findings=findings)


def test_one_row_is_settled_and_the_other_is_not() -> None:
    revision = revise(document(), {}, values={"lines[1].quantity": "3"})
    assert [(change.path, change.before, change.after) for change in revision.changes] == [("lines[1].quantity", "2", "3")]
    assert [finding.path for finding in revision.document.findings if finding.code == "READ-UNSURE"] == ["lines[0].quantity"]
    assert revision.document.evidence["lines[1].quantity"][0].proofs == ["person"]
    assert "lines[0].quantity" not in revision.document.evidence


def test_a_group_that_was_not_stated_is_made_and_a_value_is_taken_out() -> None:
    revised = revise(document(), {}, values={"period.start": "2026-11-01", "number": None}).document.invoice
    assert revised is not None
    assert (str(revised.period.start) if revised.period else "", revised.number) == ("2026-11-01", None)


@pytest.mark.parametrize(
    "values",
    [
        {"lines[2].quantity": "1"},
        {"lines[0].quantity": "many"},
        {"number.part": "1"},
        {"nowhere": "1"},
        {"lines.quantity": "1"},
        {"seller[0]": "1"},
    ],
)
def test_a_path_that_is_not_there_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(NotUsableCorrection):
        revise(document(), {}, values=values)
