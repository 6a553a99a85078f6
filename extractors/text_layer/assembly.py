"""The chosen solution, written into the invoice: totals, tax per rate, allowances and charges, and what follows for the lines."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from extractors.text_layer.figures import NO_TAX, Figure, Figures, TaxRow
from extractors.text_layer.gross_lines import gross_amounts, put_net_amounts
from extractors.text_layer.lines import ReadLine
from extractors.text_layer.sightings import Sighting, seen_amount
from extractors.text_layer.solution import Solution
from schemas import AllowanceCharge, Line, TaxBreakdown, round_half_up
from schemas.taxation import category_of, country_of_vat_id, meanings, wording

if TYPE_CHECKING:
    from extractors.text_layer.reading import Reading

ZERO = Decimal(0)


def apply_solution(reading: "Reading", chosen: Solution, lines: Sequence[ReadLine]) -> None:
    """Fill totals and tax. What is not printed but forced by an equation is filled too and says so in its proofs."""
    totals = reading.invoice.totals
    totals.grand_total = chosen.gross
    _prove(reading, "totals.grand_total", chosen.gross_figure, fallback=chosen.due_figure or chosen.net_figure)
    totals.tax_basis_total = chosen.net
    _prove(reading, "totals.tax_basis_total", chosen.net_figure, fallback=chosen.gross_figure)
    totals.line_total = _line_total(reading, chosen)
    _prove(reading, "totals.line_total", chosen.line_total_figure, fallback=chosen.net_figure or chosen.gross_figure)
    _put_adjustments(reading, chosen, lines)
    _put_due(reading, chosen)
    if chosen.lines_are_gross:
        printed = gross_amounts(reading, lines)
    _put_tax(reading, chosen)
    _complete_lines(reading)
    if chosen.lines_are_gross:
        put_net_amounts(reading, chosen, printed)


_BY_LABEL = (
    ("totals.grand_total", ("grand_total", "credit_total", "due")),
    ("totals.tax_basis_total", ("net_total", "line_total")),
    ("totals.tax_total", ("tax_total",)),
    ("totals.due_payable", ("due",)),
    ("totals.prepaid", ("prepaid",)),
)


def apply_labels(reading: "Reading", figures: Figures) -> None:
    """Nothing adds up: keep what the page calls its totals, so that the finding can say which equation fails by how much."""
    for path, terms in _BY_LABEL:
        found = next((f for term in terms for f in figures.of(term) if f.certain), None)
        if found is not None:
            setattr(reading.invoice.totals, path.removeprefix("totals."), found.value)
            _prove(reading, path, found)
    amounts = [line.net_amount for line in reading.invoice.lines]
    if amounts and None not in amounts and reading.invoice.totals.tax_basis_total is not None:
        reading.invoice.totals.line_total = sum((a for a in amounts if a is not None), ZERO)
    totals = reading.invoice.totals
    rows = [row for row in figures.tax_rows if row.rate is not None]
    for row in rows:
        only = totals.tax_basis_total if len(rows) == 1 else None
        basis = row.basis.value if row.basis else only
        reading.put(f"tax_breakdown[{len(reading.invoice.tax_breakdown)}].amount", seen_amount(row.tax, "label"))
        reading.invoice.tax_breakdown.append(TaxBreakdown(rate=row.rate, basis=basis, amount=row.tax.value))
    if totals.tax_total is None and len(figures.tax_rows) == 1:
        totals.tax_total = figures.tax_rows[0].tax.value
        reading.put("totals.tax_total", seen_amount(figures.tax_rows[0].tax, "label"))
    if totals.due_payable is None and totals.prepaid is None and totals.grand_total is not None:
        totals.due_payable = totals.grand_total
        reading.put("totals.due_payable", *reading.seen.get("totals.grand_total", []))
    if not figures.tax_rows and not figures.of("tax_total", "tax"):
        reading.invoice.totals.tax_total = ZERO
        reading.invoice.tax_breakdown.append(TaxBreakdown(rate=ZERO, basis=reading.invoice.totals.tax_basis_total, amount=ZERO))
    _explain_zero(reading)
    _complete_lines(reading)


def _prove(reading: "Reading", path: str, figure: Figure | None, fallback: Figure | None = None) -> None:
    if figure is not None:
        reading.put(path, seen_amount(figure.amount, "label", "equation"))
    elif fallback is not None:
        source = fallback.amount
        reading.put(path, Sighting(None, source.page, source.box, source.text, ["equation"]))


def _line_total(reading: "Reading", chosen: Solution) -> Decimal | None:
    if chosen.lines_are_gross:
        return chosen.net
    if chosen.lines_close:
        return chosen.line_total
    return None if reading.invoice.lines else chosen.net


def _put_adjustments(reading: "Reading", chosen: Solution, lines: Sequence[ReadLine]) -> None:
    invoice = reading.invoice
    sign = -1 if chosen.gross < 0 else 1  # of a credit in negative figures all signs are turned later
    for name, figures in (("allowances", chosen.allowances), ("charges", chosen.charges)):
        for figure in figures:
            items: list[AllowanceCharge] = getattr(invoice, name)
            amount = sign * abs(figure.value)
            items.append(AllowanceCharge(amount=amount, reason=figure.label.text))
            reading.put(f"{name}[{len(items) - 1}].amount", seen_amount(figure.amount, "label", "equation", value=amount))
    for line in lines:
        if line.is_line or line.line.net_amount is None or not chosen.lines_close:
            continue
        name, items = ("charges", invoice.charges) if line.of_document else ("allowances", invoice.allowances)
        items.append(AllowanceCharge(amount=sign * abs(line.line.net_amount), reason=line.line.name))
        reading.put(f"{name}[{len(items) - 1}].amount", line.seen["net_amount"])
    if invoice.allowances:
        invoice.totals.allowance_total = sum((a.amount for a in invoice.allowances if a.amount is not None), ZERO)
    if invoice.charges:
        invoice.totals.charge_total = sum((c.amount for c in invoice.charges if c.amount is not None), ZERO)
    for path, total in (
        ("totals.allowance_total", invoice.totals.allowance_total),
        ("totals.charge_total", invoice.totals.charge_total),
    ):
        first = reading.seen.get(f"{path.removeprefix('totals.').removesuffix('_total')}s[0].amount")
        if total is not None and first:
            reading.put(path, Sighting(total, first[0].page, first[0].box, first[0].text, ["equation"]))


def _put_due(reading: "Reading", chosen: Solution) -> None:
    totals = reading.invoice.totals
    if chosen.prepaid_figures:
        totals.prepaid = sum((abs(figure.value) for figure in chosen.prepaid_figures), ZERO)
        for figure in chosen.prepaid_figures:
            reading.put("totals.prepaid", seen_amount(figure.amount, "label", "equation", value=totals.prepaid))
    if chosen.rounding_figure is not None:
        totals.rounding = chosen.rounding_figure.value
        reading.put("totals.rounding", seen_amount(chosen.rounding_figure.amount, "label", "equation"))
    if chosen.withheld_figure is not None:
        reading.doubt(
            "totals.due_payable", f"{chosen.withheld_figure.value} of income tax is kept back, which EN 16931 has no term for"
        )
    totals.due_payable = chosen.due_figure.value if chosen.due_figure else chosen.gross
    _prove(reading, "totals.due_payable", chosen.due_figure, fallback=chosen.gross_figure)


def _put_tax(reading: "Reading", chosen: Solution) -> None:
    invoice = reading.invoice
    rows = [row for row in chosen.tax_rows if row.tax.value or row.basis is not None or row.rate is not None]
    shares = _shares_of_lines(reading, chosen) if all(row.rate is None for row in rows) else []
    if chosen.tax is not None:
        invoice.totals.tax_total = chosen.tax
        first = chosen.tax_figure.amount if chosen.tax_figure else rows[0].tax if rows else None
        if first is not None:
            proofs = ["label", "equation"] if first.value == chosen.tax else ["equation"]
            reading.put("totals.tax_total", seen_amount(first, *proofs, value=chosen.tax))  # type: ignore[arg-type]
    if shares:
        _put_shares(reading, shares, chosen)
    for row in rows if not shares else ():
        _put_tax_row(reading, chosen, row, len(rows))
    if not rows and not shares:
        _put_tax_without_row(reading, chosen)
    _explain_zero(reading)


def _shares_of_lines(reading: "Reading", chosen: Solution) -> list[TaxBreakdown]:
    """One tax total for several rates: basis and tax per rate follow from the lines, if they add up to it exactly."""
    lines = reading.invoice.lines
    rates = sorted({line.tax_rate for line in lines if line.tax_rate is not None}, reverse=True)
    if len(rates) < 2 or any(line.tax_rate is None for line in lines) or chosen.allowances or chosen.charges:
        return []
    shares = []
    for rate in rates:
        basis = _basis_of_lines(reading, rate)
        if basis is None:
            return []
        shares.append(TaxBreakdown(rate=rate, basis=basis, amount=round_half_up(basis * rate / 100)))
    fits = sum((s.amount for s in shares if s.amount is not None), ZERO) == chosen.tax
    return shares if fits and sum((s.basis for s in shares if s.basis is not None), ZERO) == chosen.net else []


def _put_shares(reading: "Reading", shares: list[TaxBreakdown], chosen: Solution) -> None:
    reading.invoice.tax_breakdown += shares
    source = chosen.tax_figure or next(iter(chosen.tax_rows), None)
    amount = source.amount if isinstance(source, Figure) else source.tax if source else None
    for number, share in enumerate(shares):
        for name in ("rate", "basis", "amount"):
            if amount is not None:
                reading.put(f"tax_breakdown[{number}].{name}", seen_amount(amount, "equation", value=getattr(share, name)))


def _put_tax_row(reading: "Reading", chosen: Solution, row: TaxRow, count: int) -> None:
    breakdown = reading.invoice.tax_breakdown
    basis = row.basis.value if row.basis else chosen.net if count == 1 else None
    rate = row.rate if row.rate is not None else _rate_of_lines(reading) if count == 1 else None
    if rate is None and count == 1 and chosen.net:
        rate = _rate_by_figures(chosen.net, row.tax.value)
    if basis is None and rate is not None:
        basis = _basis_of_lines(reading, rate)
    path = f"tax_breakdown[{len(breakdown)}]"
    breakdown.append(TaxBreakdown(rate=rate, basis=basis, amount=row.tax.value))
    reading.put(f"{path}.amount", seen_amount(row.tax, "label", "equation"))
    if row.basis:
        reading.put(f"{path}.basis", seen_amount(row.basis, "equation"))
    elif basis is not None and "totals.tax_basis_total" in reading.seen:
        source = reading.seen["totals.tax_basis_total"][0]
        reading.put(f"{path}.basis", Sighting(basis, source.page, source.box, source.text, ["equation"]))
    if row.rate_amount:
        reading.put(f"{path}.rate", seen_amount(row.rate_amount, "label"))


def _put_tax_without_row(reading: "Reading", chosen: Solution) -> None:
    """A total of tax without rates, or no tax at all."""
    if chosen.tax:
        rate = _rate_of_lines(reading) or _rate_by_figures(chosen.net, chosen.tax)
        reading.invoice.tax_breakdown.append(TaxBreakdown(rate=rate, basis=chosen.net, amount=chosen.tax))
        source = chosen.tax_figure or chosen.gross_figure
        if source is not None:
            reading.put("tax_breakdown[0].amount", seen_amount(source.amount, "equation", value=chosen.tax))
    elif meanings(reading.scene.text) & {
        "reverse-charge",
        "intra-community",
        "export",
        "exempt",
        "small-business",
        "margin-scheme",
        "travel-scheme",
        "triangular",
    }:
        reading.invoice.tax_breakdown.append(TaxBreakdown(rate=ZERO, basis=chosen.net, amount=ZERO))
        reading.invoice.totals.tax_total = ZERO


def _rate_of_lines(reading: "Reading") -> Decimal | None:
    rates = {line.tax_rate for line in reading.invoice.lines}
    return next(iter(rates)) if len(rates) == 1 else None


STANDARD_RATES = tuple(map(Decimal, (
    "19", "20", "21", "22", "23", "25", "24", "17", "7", "10", "13", "5",
    "5.5", "12", "15", "9", "6", "8.1", "2.6", "3.8", "7.7", "2.5", "8", "16",
)))  # fmt: skip


def _rate_by_figures(net: Decimal, tax: Decimal) -> Decimal | None:
    """The only usual rate that gives this tax on this basis to the cent."""
    fitting = [rate for rate in STANDARD_RATES if round_half_up(net * rate / 100) == tax]
    return fitting[0] if len(fitting) == 1 else None


def _basis_of_lines(reading: "Reading", rate: Decimal) -> Decimal | None:
    lines = reading.invoice.lines
    if not lines or any(line.tax_rate is None or line.net_amount is None for line in lines):
        return None
    return sum((line.net_amount for line in lines if line.tax_rate == rate and line.net_amount is not None), ZERO)


def _explain_zero(reading: "Reading") -> None:
    """Category of every row: S above zero; without tax what the wording settles, else left open."""
    invoice = reading.invoice
    said = wording(invoice) | meanings(reading.scene.text)
    reasons = [note.text for note in invoice.notes if meanings(note.text) - {"supply-on-issue-date", "operation-kind"}]
    printed = _printed_category(reading)
    zero_rated = _is_zero_rated(reading, said)
    for number, row in enumerate(invoice.tax_breakdown):
        row.category = category_of(invoice, None if row.rate else printed, row.rate, said).code
        if row.category is None and row.rate == ZERO and zero_rated:
            row.category = "Z"
        if not row.amount and row.category not in (None, "S", "Z") and reasons:
            row.exemption_reason = reasons[0]
        source = reading.seen.get(f"tax_breakdown[{number}].rate") or reading.seen.get(f"tax_breakdown[{number}].amount")
        if row.category and source:
            first = source[0]
            reading.put(
                f"tax_breakdown[{number}].category", Sighting(row.category, first.page, first.box, first.text, ["equation"])
            )


# Countries that tax goods such as food and books at a rate of zero. Source: Value Added Tax Act 1994, schedule 8 (GB); VAT
# Consolidation Act 2010, schedule 2 (IE).
_WITH_ZERO_RATE = frozenset({"GB", "IE"})


def _is_zero_rated(reading: "Reading", said: frozenset[str]) -> bool:
    """A row of 0 % beside taxed rows, from a country that has such a rate, and no word that says otherwise."""
    invoice = reading.invoice
    country = invoice.seller.country or country_of_vat_id(invoice.seller.vat_id)
    taxed = any(row.rate for row in invoice.tax_breakdown)
    return country in _WITH_ZERO_RATE and taxed and not said & NO_TAX


# UNTDID 5305 codes of rows without tax. Source: EN 16931-1, BT-118.
_UNTAXED = frozenset({"AE", "E", "G", "K", "O", "Z"})
_CATEGORY = re.compile(r"\(([A-Z]{1,2})\)")


def _printed_category(reading: "Reading") -> str | None:
    """Some invoices print the category behind the word for the tax: ``VAT (AE)``. Several of them: none is certain."""
    rows = [row for row in reading.invoice.tax_breakdown if not row.rate]
    found = set()
    for segment, phrase in reading.scene.phrases(frozenset({"total"})):
        match = _CATEGORY.match(segment.text, phrase.end + 1) if phrase.start == 0 else None
        if match and match[1] in _UNTAXED and phrase.terms & {"total.tax", "total.tax_total"}:
            found.add(match[1])
    return found.pop() if len(found) == 1 and len(rows) == 1 else None


def _complete_lines(reading: "Reading") -> None:
    """With one rate in the document every line has it; every allowance and charge of the document too."""
    invoice = reading.invoice
    only = invoice.tax_breakdown[0] if len(invoice.tax_breakdown) == 1 else None
    for number, line in enumerate(invoice.lines):
        if only is not None and line.tax_rate is None:
            line.tax_rate = only.rate
        same = next((row for row in invoice.tax_breakdown if row.rate == line.tax_rate), None)
        line.tax_category = same.category if same else None
        _settle_discount(reading, number, line)
    for item in (*invoice.allowances, *invoice.charges):
        if only is not None:
            item.rate, item.category = only.rate, only.category


def _settle_discount(reading: "Reading", number: int, line: Line) -> None:
    """A discount in percent beside the price: the printed price is the gross price (BT-148), the net price follows.

    It counts only when quantity x net price gives the line amount; else the percentage was something else.
    """
    percent = line.allowances[0].percent if line.allowances else None
    line.allowances = []
    if percent is None or line.quantity is None or line.net_price is None or line.net_amount is None:
        return
    net = line.net_price * (100 - percent) / 100
    amount = round_half_up(line.quantity * net / (line.price_quantity or 1))
    if abs(abs(amount) - abs(line.net_amount)) > Decimal("0.01"):  # a credit may be negative in its amounts alone
        return
    line.gross_price, line.discount, line.net_price = (
        line.net_price,
        (line.net_price - net).normalize() + ZERO,
        net.normalize() + ZERO,
    )
    printed = reading.seen.pop(f"lines[{number}].net_price", [])
    reading.put(f"lines[{number}].gross_price", *printed)
    for source in printed:
        reading.put(f"lines[{number}].net_price", Sighting(line.net_price, source.page, source.box, source.text, ["equation"]))
