"""Generated invoices whose figures close: any number of lines, rates, categories, allowances and charges, texts in many scripts.

Amounts are drawn for lines, allowances and charges; every total is computed from them, so that each drawn invoice is right by
BR-CO-10 to 17 and the category rules.
"""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from unicodedata import normalize

from hypothesis import strategies as st

from schemas import AllowanceCharge, Invoice, Line, Note, Party, PaymentTerms, Period, TaxBreakdown, Totals, round_half_up
from schemas.invoice import Attribute
from tests.exporters import invoices as made

D = Decimal
RATES = {"S": ("19", "7", "20", "5.5", "8.1"), "Z": ("0",), "E": ("0",), "AE": ("0",), "G": ("0",)}
REASONS = {"E": "steuerfrei", "AE": "Reverse charge", "G": "Ausfuhr"}
UNITS = ("H87", "KGM", "HUR", "MTR", "C62", "XPP")
TYPE_CODES = ("380", "381", "384", "326", "389")

dates = st.dates(date(2020, 1, 1), date(2030, 12, 31))
texts = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40).map(
    lambda text: normalize("NFC", text.replace("#", "+"))
)
names = st.one_of(st.sampled_from(["Schraube M8", "Café crème", "Śruba", "Βίδα", "Wartung <jährlich> & mehr"]), texts)
codes = st.text("ABCXYZ0123456789-/", min_size=1, max_size=15)
cents = st.integers(1, 5_000_00).map(lambda value: D(value) / 100)
treatments = st.sampled_from([(category, rate) for category, rates in RATES.items() for rate in rates])


@st.composite
def lines(draw: st.DrawFn, number: int, category: str, rate: str) -> Line:
    """Quantity times price with allowances and charges; the price may be of a hundred, and have more decimals than an amount."""
    quantity = D(draw(st.integers(1, 9_999))) / draw(st.sampled_from([1, 10, 1000])) * draw(st.sampled_from([1, 1, 1, -1]))
    price = D(draw(st.integers(0, 99_999_999))) / draw(st.sampled_from([100, 10_000]))
    base = draw(st.sampled_from([None, D(1), D(100)]))
    allowances = [AllowanceCharge(amount=amount, reason="Rabatt") for amount in draw(st.lists(cents, max_size=2))]
    charges = [
        AllowanceCharge(amount=amount, reason="Zuschlag", reason_code="FC") for amount in draw(st.lists(cents, max_size=1))
    ]
    adjusted = sum((row.amount or D(0) for row in charges), D(0)) - sum((row.amount or D(0) for row in allowances), D(0))
    discount = draw(st.sampled_from([None, D("0.50")]))
    unit = draw(st.sampled_from(UNITS))
    start, end = sorted((draw(dates), draw(dates)))
    return Line(
        id=str(number),
        name=draw(names),
        description=draw(st.none() | texts),
        quantity=quantity,
        unit=unit,
        net_price=price,
        gross_price=price + discount if discount else None,
        discount=discount,
        price_quantity=base,
        price_unit=unit if base else None,
        net_amount=round_half_up(quantity * price / (base or 1)) + adjusted,
        tax_category=category,
        tax_rate=D(rate),
        allowances=allowances,
        charges=charges,
        seller_item_id=draw(st.none() | codes),
        gtin=draw(st.sampled_from([None, "4012345001235"])),
        purchase_order_line=draw(st.none() | st.integers(1, 99).map(str)),
        period=Period(start=start, end=end) if draw(st.booleans()) else None,
        attributes=[Attribute(name="Farbe", value=draw(texts))] if draw(st.booleans()) else [],
    )


@st.composite
def invoices(draw: st.DrawFn) -> Invoice:
    """One invoice in EUR, complete for every profile."""
    used = draw(st.lists(treatments, min_size=1, max_size=5))
    drawn = [draw(lines(number, category, rate)) for number, (category, rate) in enumerate(used, start=1)]
    reduced = draw(st.lists(st.sampled_from(used), max_size=2))
    added = draw(st.lists(st.sampled_from(used), max_size=2))
    allowances = [
        AllowanceCharge(amount=draw(cents), category=c, rate=D(r), reason="Bonus", reason_code="95") for c, r in reduced
    ]
    charges = [AllowanceCharge(amount=draw(cents), category=c, rate=D(r), reason="Fracht") for c, r in added]
    bases: dict[tuple[str, Decimal], Decimal] = defaultdict(D)
    for line in drawn:
        bases[line.tax_category or "", line.tax_rate or D(0)] += line.net_amount or D(0)
    for sign, rows in ((-1, allowances), (1, charges)):
        for row in rows:
            bases[row.category or "", row.rate or D(0)] += sign * (row.amount or D(0))
    breakdown = [
        TaxBreakdown(category=c, rate=r, basis=basis, amount=round_half_up(basis * r / 100), exemption_reason=REASONS.get(c))
        for (c, r), basis in bases.items()
    ]
    totals = _totals(
        drawn, allowances, charges, breakdown, draw(st.none() | cents), draw(st.sampled_from([None, D("0.01"), D("-0.02")]))
    )
    start, end = min([date(2019, 1, 1)]), date(2031, 1, 1)
    return made.plain_invoice(
        number=draw(codes),
        issue_date=draw(dates),
        due_date=draw(dates),
        delivery_date=draw(st.none() | dates),
        type_code=draw(st.sampled_from(TYPE_CODES)),
        notes=[Note(text=text) for text in draw(st.lists(texts, max_size=2))],
        payment_terms=PaymentTerms(text=draw(texts)),
        purchase_order_reference=draw(st.none() | codes),
        period=Period(start=start, end=end) if draw(st.booleans()) else None,
        preceding_invoice_reference=draw(codes),
        seller=made.seller(name=draw(names), id=draw(st.none() | codes), tax_number=draw(st.none() | codes)),
        buyer=made.buyer(name=draw(names), street=draw(st.none() | texts)),
        deliver_to=Party(name=draw(names), postcode="1", city="X", country="AT") if draw(st.booleans()) else None,
        lines=drawn,
        allowances=allowances,
        charges=charges,
        tax_breakdown=breakdown,
        totals=totals,
    )


def _totals(
    drawn: list[Line],
    allowances: list[AllowanceCharge],
    charges: list[AllowanceCharge],
    breakdown: list[TaxBreakdown],
    prepaid: Decimal | None,
    rounding: Decimal | None,
) -> Totals:
    lines_sum = sum((line.net_amount or D(0) for line in drawn), D(0))
    reduced = sum((row.amount or D(0) for row in allowances), D(0))
    added = sum((row.amount or D(0) for row in charges), D(0))
    tax = sum((row.amount or D(0) for row in breakdown), D(0))
    net = lines_sum - reduced + added
    return Totals(
        line_total=lines_sum,
        allowance_total=reduced if allowances else None,
        charge_total=added if charges else None,
        tax_basis_total=net,
        tax_total=tax,
        grand_total=net + tax,
        prepaid=prepaid,
        rounding=rounding,
        due_payable=net + tax - (prepaid or 0) + (rounding or 0),
    )
