"""What holds for every invoice: receipts are used once, line order does not matter, a credit note undoes its invoice."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import Invoice, Line
from schemas.facts import KnownInvoice, OrderFacts
from schemas.master import GoodsReceipt, PostedLine
from schemas.matching import MatchState
from tests.validators.matching.build import COMPANY, VENDOR, billed, conversion, facts, invoice, matched, order, receipt
from tests.validators.matching.planted import planted
from validators.matching import MatchResult
from validators.matching.units import Conversions, conversions_of

QUANTITIES = st.integers(1, 60)


def booked(document: Invoice, result: MatchResult, known: OrderFacts, number: str) -> OrderFacts:
    """The facts after this invoice is in the finance system."""
    lines = {line.id: line for line in document.lines}
    header = KnownInvoice(
        vendor_number=VENDOR.vendor_number,
        company_code=COMPANY.company_code,
        number=number,
        issue_date=date(2026, 11, 1),
        currency="EUR",
        type_code=document.type_code or "380",
        grand_total=Decimal(0),
    )
    posted = tuple(
        PostedLine(
            vendor_number=VENDOR.vendor_number,
            number=number,
            line=str(place),
            po_number=row.purchase_order,
            po_line=row.purchase_order_line,
            delivery_note=lines[row.invoice_line].delivery_note,
            quantity=abs(row.quantity),
            unit=next(o.unit for o in known.order_lines if o.po_line == row.purchase_order_line),
            net_amount=abs(row.net_amount),
        )
        for place, row in enumerate(result.match.lines, 1)
        if row.quantity is not None and row.net_amount is not None
    )
    return OrderFacts(
        known.order_lines,
        known.receipts,
        (*known.invoices, header),
        (*known.invoiced_lines, *posted),
        known.conversions,
        known.tolerances,
    )


@st.composite
def deliveries(draw: st.DrawFn) -> list[GoodsReceipt]:
    """Deliveries and returns of one order line; never more back than came."""
    found: list[GoodsReceipt] = []
    total = 0
    for place in range(draw(st.integers(1, 5))):
        quantity = draw(st.integers(-min(20, total), 60).filter(bool)) if total else draw(QUANTITIES)
        total += quantity
        note = draw(st.sampled_from(["LS-1001", "LS-1002", None]))
        day = date(2026, 9, 1) + timedelta(days=draw(st.integers(0, 5)))
        found.append(receipt(str(quantity), note=note, number=str(5000000001 + place), posting_date=day))
    return found


@given(
    deliveries(), st.lists(st.tuples(QUANTITIES, st.sampled_from(["LS-1001", "LS-1002"])), min_size=1, max_size=5), st.booleans()
)
def test_no_receipt_quantity_is_used_twice(
    receipts: list[GoodsReceipt], invoices: list[tuple[int, str]], receipt_based: bool
) -> None:
    known = facts([order(quantity="1000", receipt_based=receipt_based)], receipts)
    used: Counter[str] = Counter()
    for number, (quantity, note) in enumerate(invoices):
        half = quantity // 2
        parts = [half, quantity - half] if half else [quantity]
        lines = [billed(str(part), str(part * 10), delivery_note=note if receipt_based else None) for part in parts]
        document = invoice(*lines)
        result = matched(document, known)
        for line in result.match.lines:
            for share in line.receipts:
                assert share.quantity > 0
                used[share.receipt] += share.quantity  # type: ignore[assignment]
        known = booked(document, result, known, f"R-{number}")
    received = Counter({r.receipt_number: r.quantity for r in receipts if r.quantity > 0})
    assert all(used[number] <= received[number] for number in used)
    assert sum(used.values()) <= max(0, sum(r.quantity for r in receipts if r.quantity > 0))


@given(
    st.sampled_from(["right", "missing", "extra", "merged", "split", "twins"]),
    st.integers(0, 200),
    st.integers(1, 7),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_line_order_does_not_matter(kind: str, seed: int, size: int, with_ids: bool) -> None:
    case = planted(kind, seed, size=size, with_ids=with_ids)
    lines = list(case.document.lines)
    straight = matched(case.document, case.known)
    Random(seed).shuffle(lines)
    shuffled = matched(case.document.model_copy(update={"lines": lines}), case.known)

    def by_line(result: MatchResult) -> dict[str, Any]:
        rows: dict[str, Any] = {}
        for row in result.match.lines:
            rows.setdefault(row.invoice_line, []).append(row.model_dump())
        return rows

    assert by_line(straight) == by_line(shuffled)
    assert (straight.match.state, straight.match.blocks) == (shuffled.match.state, shuffled.match.blocks)
    assert Counter((f.code, f.severity, f.message) for f in straight.findings) == Counter(
        (f.code, f.severity, f.message) for f in shuffled.findings
    )


@given(QUANTITIES, QUANTITIES, QUANTITIES, st.integers(-300, 300))
def test_an_invoice_and_its_credit_note_are_neutral(received: int, quantity: int, following: int, off: int) -> None:
    """Price variances cancel out, and the next invoice finds the order as if neither had been."""
    known = facts([order(quantity="200")], [receipt(str(received))])
    amount = Decimal(max(1, quantity * 1000 + off)) / 100
    document = invoice(billed(str(quantity), str(amount)))
    first = matched(document, known)
    after_invoice = booked(document, first, known, "R-1")
    credit = document.model_copy(update={"type_code": "381", "number": "G-1", "preceding_invoice_reference": "R-1"})
    second = matched(credit, after_invoice)
    after_both = booked(credit, second, after_invoice, "G-1")
    prices = [v.amount for result in (first, second) for line in result.match.lines for v in line.variances if v.key == "PP"]
    assert sum(prices) == 0
    following_invoice = invoice(billed(str(following), str(following * 10)))
    assert matched(following_invoice, after_both).match == matched(following_invoice, known).match


@given(
    st.decimals("0.001", "100000", places=3),
    st.sampled_from(
        [("KGM", "TNE"), ("GRM", "KGM"), ("MMT", "MTR"), ("LTR", "MTQ"), ("C62", "DZN"), ("H87", "EA"), ("CT", "PCE")]
    ),
    st.integers(1, 500),
)
@settings(max_examples=1000)
def test_conversions_round_trip(quantity: Decimal, units: tuple[str, str], factor: int) -> None:
    own = conversions_of(order(), [conversion("CT", "PCE", str(factor))])
    there = own.convert(quantity, *units)
    assert there is not None
    back = own.convert(there, *reversed(units))
    assert back is not None
    assert abs(back - quantity) < Decimal("1E-8")


@given(st.integers(1, 1000), st.integers(2, 100), st.integers(1, 9999))
def test_cartons_billed_in_pieces_have_no_variance(cartons: int, size: int, cents: int) -> None:
    """Whatever the unit of the invoice, the same goods at the same price are the same."""
    price = Decimal(cents * size) / 100
    known = facts(
        [order(quantity=str(cartons), unit="CT", price=str(price))],
        [receipt(str(cartons), unit="CT")],
        conversions=[conversion("CT", "PCE", str(size))],
    )
    pieces = billed(str(cartons * size), str(Decimal(cartons * size * cents) / 100), unit="H87")
    assert matched(invoice(pieces), known).match.state is MatchState.MATCHED


@given(st.text(max_size=8), st.text(max_size=8))
def test_units_from_outside_never_raise(source: str, target: str) -> None:
    factor = Conversions().factor(source, target)
    assert factor is None or factor > 0


WORDS = st.text(max_size=40)
NUMBERS = st.one_of(st.none(), st.decimals(allow_nan=False, allow_infinity=False, min_value="-1E+30", max_value="1E+30"))


@given(
    st.lists(
        st.builds(Line, name=WORDS, description=WORDS, quantity=NUMBERS, net_amount=NUMBERS, net_price=NUMBERS, unit=WORDS),
        max_size=4,
    ),
    WORDS,
    st.sampled_from([None, "380", "381", "383", "384", "386", "999"]),
)
@settings(max_examples=200, deadline=None)
def test_whatever_an_invoice_says_there_is_an_answer(lines: list[Line], reference: str, code: str | None) -> None:
    known = facts([order(), order("20", quantity="0", price="0")], [receipt("50")])
    document = Invoice(purchase_order_reference=reference, lines=lines, type_code=code, currency="EUR")
    assert len(matched(document, known).match.lines) >= len(lines)
    document = Invoice(purchase_order_reference="4500000001", lines=lines, type_code=code)
    assert len(matched(document, known).match.lines) >= len(lines)
