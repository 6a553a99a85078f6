"""The joint solution: which figures are net, tax, gross, prepaid and due, so that the equations of EN 16931 hold.

    lines - allowances + charges = net      net + tax = gross      gross - prepaid + rounding = due

Figures are tried in all combinations (their number is bounded); a combination counts only when its equations hold exactly. The words
of the page rank combinations that hold. Two that hold with different values and rank alike are a question for a person.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate, combinations

from extractors.text_layer.amounts import Amount
from extractors.text_layer.figures import Figure, Figures, TaxRow
from extractors.text_layer.lines import ReadLine
from extractors.text_layer.scene import Place

ZERO = Decimal(0)
CENT = Decimal("0.01")
MAX_ROUNDING = Decimal("0.05")  # of one tax: suppliers round per line
UNEXPLAINED = 1.5  # what every labelled sum costs that a solution has no place for
UNTAXED = 3.0  # what every tax of the tax table costs in a solution without tax
MAX_CANDIDATES = 14
MAX_ADJUSTMENTS = 7
MAX_PAYMENTS = 6
MAX_GROUPED = 80  # lines of which every group is summed

_MUST_FIT = (
    "line_total", "total", "net_total", "tax_total", "grand_total", "credit_total", "due", "prepaid", "allowance", "charge", "rounding",
    "withheld",
)  # fmt: skip
_GROSS = {"grand_total": 3.0, "credit_total": 3.0, "due": 2.0, "total": 1.5}
_NET = {"net_total": 3.0, "line_total": 2.0, "total": 1.0, "tax_basis": 0.8}
_TAX = {"tax_total": 2.5, "tax": 2.0}


@dataclass
class Solution:
    """Chosen figures. A value without a figure follows from an equation. ``rank`` compares solutions of one document."""

    net: Decimal
    tax: Decimal | None
    gross: Decimal
    rank: float
    net_figure: Figure | None = None
    tax_figure: Figure | None = None
    gross_figure: Figure | None = None
    tax_rows: tuple[TaxRow, ...] = ()
    lines_close: bool = False
    lines_are_gross: bool = False
    line_total: Decimal | None = None
    line_total_figure: Figure | None = None
    allowances: list[Figure] = field(default_factory=list)
    charges: list[Figure] = field(default_factory=list)
    set_apart: frozenset[Decimal] = frozenset()
    """Allowances and charges that stand among the items."""
    prepaid_figures: tuple[Figure, ...] = ()
    due_figure: Figure | None = None
    rounding_figure: Figure | None = None
    withheld_figure: Figure | None = None
    """Income tax the customer keeps back: what is to be paid is less, the invoice is not (Italy, Spain)."""

    @property
    def figures(self) -> tuple[Decimal, Decimal | None, Decimal]:
        return (self.net, self.tax, self.gross)


def solve(figures: Figures, lines: Sequence[ReadLine]) -> list[Solution]:
    """All combinations that hold, the best first. Empty: nothing on the page adds up."""
    set_charges_apart(figures, lines)
    amounts = [line.line.net_amount for line in lines if line.is_line]
    total = sum((a for a in amounts if a is not None), ZERO) if amounts and None not in amounts else None
    with_tax = [line.gross for line in lines]
    gross_total = sum((a for a in with_tax if a is not None), ZERO) if with_tax and None not in with_tax else None
    running = running_sums(lines)
    found: dict[tuple[Decimal, Decimal | None, Decimal], Solution] = {}
    for candidate in _triples(figures):
        candidate.rank += _tax_fits(candidate)
        _try_lines(candidate, figures, lines, total)
        if gross_total is not None and gross_total == candidate.gross:
            candidate.lines_are_gross = candidate.lines_close = True
            candidate.rank += 4.0
        _try_due(candidate, figures)
        if candidate.net_figure is None and candidate.tax is None and not candidate.lines_close and figures.of(*_NET):
            continue  # a total alone, beside a net total that says something else
        candidate.rank -= UNEXPLAINED * len(unexplained(candidate, figures, running))
        candidate.rank -= UNTAXED * len(_left_taxes(candidate, figures))
        known = found.get(candidate.figures)
        if known is None or candidate.rank > known.rank:
            found[candidate.figures] = candidate
    return sorted(found.values(), key=lambda s: -s.rank)


def set_charges_apart(figures: Figures, lines: Sequence[ReadLine]) -> None:
    """Freight in a row of the table, and a printed sum of the goods without it: it is a charge of the document."""
    charges = [line for line in lines if line.adjusts == "charge" and line.line.net_amount]
    goods = sum((line.line.net_amount or ZERO for line in lines if line.is_line and line not in charges), ZERO)
    if charges and any(figure.value == goods for figure in figures.of("line_total")):
        for line in charges:
            line.of_document = True


def running_sums(lines: Sequence[ReadLine]) -> frozenset[Decimal]:
    """Sums of consecutive lines: from the first one on, and of every group where the lines are few."""
    amounts = [line.line.net_amount if line.line.net_amount is not None else line.gross or ZERO for line in lines]
    starts = range(len(amounts)) if len(amounts) <= MAX_GROUPED else range(1)
    return frozenset(abs(total) for start in starts for total in accumulate(amounts[start:]))


def unexplained(solution: Solution, figures: Figures, running: frozenset[Decimal]) -> list[Figure]:
    """Labelled sums of the page that have no place in the solution, each value once. ``running``: sums of consecutive lines."""
    rows = (*solution.tax_rows, *(row for row in figures.tax_rows if row.rate is not None or row.basis is not None))
    known = {abs(value) for value in (solution.net, solution.tax, solution.gross, solution.line_total) if value is not None}
    known |= {abs(row.tax.value) for row in rows} | {abs(row.basis.value) for row in rows if row.basis is not None}
    chosen = (*solution.allowances, *solution.charges, *solution.prepaid_figures, solution.due_figure, solution.rounding_figure)
    chosen = (*chosen, solution.withheld_figure)
    known |= {abs(figure.value) for figure in chosen if figure is not None}
    known |= solution.set_apart
    known |= {abs(row.tax.value + row.basis.value) for row in rows if row.basis is not None}
    known.add(_sum(solution.prepaid_figures))
    known |= {abs(sum((f.value for f in some), ZERO)) for some in (solution.allowances, solution.charges)}
    left = {abs(row.tax.value): _as_figure(row) for row in _left_taxes(solution, figures)}
    # a basis counts where it is all that is said of the net total, or where there is one rate and so one basis
    is_parted = len({row.rate for row in solution.tax_rows}) > 1
    is_said = any(abs(figure.value) in known for figure in figures.of("net_total"))
    bases = () if is_parted and is_said else figures.of("tax_basis")
    for figure in (*figures.of(*_MUST_FIT), *bases):
        if figure.value and not figure.prose and abs(figure.value) not in known:
            if figure.term in ("line_total", "total") and abs(figure.value) in running:
                continue  # the subtotal of a page or of a group of lines
            left.setdefault(abs(figure.value), figure)
    return list(left.values())


def _left_taxes(solution: Solution, figures: Figures) -> list[TaxRow]:
    """Taxes the page shows with their basis, where the solution has none at all."""
    return [] if solution.tax else [row for row in figures.tax_rows if row.tax.value and row.basis is not None]


def _as_figure(row: TaxRow) -> Figure:
    segment = row.tax.segment
    return Figure("tax", row.tax, Place(segment, row.tax.start, row.tax.end), True)


def _triples(figures: Figures) -> Iterator[Solution]:
    grosses, nets = _candidates(figures, _GROSS), _candidates(figures, _NET)
    taxes = list(_taxes(figures))
    for gross, gross_figure, gross_rank in grosses:
        for net, net_figure, net_rank in nets:
            for tax, tax_figure, rows, tax_rank in taxes:
                if net + tax == gross and (tax or net_figure is not gross_figure):
                    rank = gross_rank + net_rank + tax_rank + 1.0
                    yield Solution(net, tax, gross, rank, net_figure, tax_figure, gross_figure, rows)
            if net == gross and not taxes:
                yield Solution(net, None, gross, gross_rank + net_rank, net_figure, None, gross_figure)
        for tax, tax_figure, rows, tax_rank in taxes:
            net = gross - tax
            basis = {row.basis.value for row in rows if row.basis}
            bonus = 1.0 if basis and sum(basis) == net else 0.0
            yield Solution(net, tax, gross, gross_rank + tax_rank - 1.5 + bonus, None, tax_figure, gross_figure, rows)
        if not taxes and not any(net == gross for net, _, _ in nets):
            yield Solution(gross, None, gross, gross_rank, None, None, gross_figure)
    yield from _without_gross(figures, grosses, nets, taxes)


_Ranked = tuple[Decimal, Figure, float]


def _without_gross(
    figures: Figures,
    dues: Sequence[_Ranked],
    nets: Sequence[_Ranked],
    taxes: Sequence[tuple[Decimal, Figure | None, tuple[TaxRow, ...], float]],
) -> Iterator[Solution]:
    """What is called the total is rounded to coins, or has income tax kept back: net + tax + rounding - withheld = due.

    The gross amount itself need not be printed; it is net + tax.
    """
    changes = [(figure.value, figure, None) for figure in figures.of("rounding") if figure.value and abs(figure.value) < 1]
    changes += [(-abs(figure.value), None, figure) for figure in figures.of("withheld") if figure.value]  # type: ignore[misc]
    for change, rounding, withheld in changes:
        for due, due_figure, due_rank in dues:
            for net, net_figure, net_rank in nets:
                for tax, tax_figure, rows, tax_rank in taxes:
                    if net + tax + change == due:
                        gross = next((f for value, f, _ in dues if value == net + tax), None)
                        rank = due_rank + net_rank + tax_rank + 1.0 + (1.0 if gross else 0.0)
                        found = Solution(net, tax, net + tax, rank, net_figure, tax_figure, gross, rows)
                        found.due_figure, found.rounding_figure, found.withheld_figure = due_figure, rounding, withheld
                        yield found


def _tax_fits(solution: Solution) -> float:
    """Do the rates give the taxes? One rate must give the tax on the net total; several on their bases, which make up the net."""
    rows = [row for row in solution.tax_rows if row.rate is not None]
    if len(rows) != len(solution.tax_rows) or not rows:
        return 0.0
    if len(rows) == 1 and rows[0].rate is not None:
        expected = solution.net * rows[0].rate / 100
        return 2.0 if abs(expected - rows[0].tax.value) <= MAX_ROUNDING else -3.0
    bases = [row.basis.value for row in rows if row.basis is not None]
    return 2.0 if len(bases) == len(rows) and sum(bases) == solution.net else 0.0


def _candidates(figures: Figures, ranks: dict[str, float]) -> list[tuple[Decimal, Figure, float]]:
    best: dict[Decimal, tuple[Decimal, Figure, float]] = {}
    for figure in figures.of(*ranks):
        rank = ranks[figure.term] - (0 if figure.certain else 0.6)
        if figure.value not in best or rank > best[figure.value][2]:
            best[figure.value] = (figure.value, figure, rank)
    return sorted(best.values(), key=lambda c: -c[2])[:MAX_CANDIDATES]


def _taxes(figures: Figures) -> Iterator[tuple[Decimal, Figure | None, tuple[TaxRow, ...], float]]:
    """Tax totals: all rows of the tax table together, single rows, a printed total."""
    rows = figures.tax_rows[:8]
    totals = {figure.value: figure for figure in figures.of("tax_total")}
    sums: dict[Decimal, tuple[TaxRow, ...]] = {}
    for size in range(len(rows), 0, -1):
        for chosen in combinations(rows, size):
            rates = [row.rate for row in chosen]
            if len(set(rates)) == len(rates):
                sums.setdefault(sum((row.tax.value for row in chosen), ZERO), chosen)
    for value, chosen in sums.items():
        exact = all(row.basis is not None for row in chosen)
        rank = _TAX["tax"] + (0.5 if exact else 0) + (1.0 if value in totals else 0) + 0.1 * len(chosen)
        yield value, totals.get(value), chosen, rank
    for value, figure in totals.items():
        if value not in sums:
            yield value, figure, (), _TAX["tax_total"]


def _try_lines(solution: Solution, figures: Figures, lines: Sequence[ReadLine], total: Decimal | None) -> None:
    """Do the lines, less allowances, plus charges, give the net total (or, where prices include tax, the gross)?"""
    if total is None:
        return
    inside = [line for line in lines if line.adjusts == "allowance"]
    deducted = sum((abs(line.line.net_amount or ZERO) for line in inside), ZERO)
    deducted -= sum((line.line.net_amount or ZERO for line in lines if line.of_document), ZERO)
    solution.set_apart = frozenset(abs(line.line.net_amount or ZERO) for line in lines if not line.is_line)
    solution.line_total = total
    solution.line_total_figure = next((f for f in figures.of("line_total", "total", "net_total") if f.value == total), None)
    goal = solution.net - (total - deducted)
    taken = {solution.net, solution.gross, solution.tax or ZERO}
    chosen = _adjustments(figures, goal if total >= ZERO else -goal, taken)  # a credit note may print all of it negative
    chosen = chosen if chosen is not None else _unnamed(solution, figures, goal)
    if chosen is not None:
        solution.allowances = [f for f in chosen if f.term == "allowance"]
        solution.charges = [f for f in chosen if f.term == "charge"]
        solution.lines_close = True
        solution.rank += 4.0
    elif total - deducted == solution.gross and solution.tax and not any(line.both for line in lines):
        solution.lines_are_gross = True
        solution.lines_close = True
        solution.rank += 3.0


def _adjustments(figures: Figures, goal: Decimal, taken: set[Decimal]) -> list[Figure] | None:
    """Allowances and charges of the totals block that make up the difference; the largest set first. ``[]`` when there is none."""
    if goal == ZERO:
        return []
    unique: dict[tuple[str, Decimal], Figure] = {}
    for figure in figures.of("allowance", "charge"):
        if figure.value and figure.value not in taken:
            unique.setdefault((figure.term, abs(figure.value)), figure)
    candidates = list(unique.values())[:MAX_ADJUSTMENTS]
    for size in range(len(candidates), 0, -1):
        for chosen in combinations(candidates, size):
            if sum((_signed(f) for f in chosen), ZERO) == goal:
                return list(chosen)
    return None


def _unnamed(solution: Solution, figures: Figures, goal: Decimal) -> list[Figure] | None:
    """``Goods 228.16 / Card fee 3.90 / Net 232.06``: all that stands between the two sums makes up their difference."""
    first, last = solution.line_total_figure, solution.net_figure
    if first is None or last is None or first.value + goal != last.value:
        return None
    start, end = first.amount.segment.row, last.amount.segment.row
    between = [a for a in figures.loose if start < a.segment.row < end and a.page == last.amount.page]
    if not between or sum((a.value for a in between), ZERO) != goal:
        return None
    return [Figure("allowance" if a.value < 0 else "charge", a, _row_label(a), True) for a in between]


def _row_label(amount: Amount) -> Place:
    return Place(amount.segment, 0, len(amount.segment.text))


def _signed(figure: Figure) -> Decimal:
    return -abs(figure.value) if figure.term == "allowance" else abs(figure.value)


def _try_due(solution: Solution, figures: Figures) -> None:
    """What is to be paid: the gross amount, less what was paid, with rounding. A payment that explains a due amount comes first."""
    if solution.rounding_figure is not None or solution.withheld_figure is not None:
        return
    rounding: list[Figure | None] = [f for f in figures.of("rounding") if f.value]
    for due in figures.of("due"):
        for paid in _payments(solution, figures):
            for adjust in [None, *rounding]:
                if not paid and adjust is None:
                    continue
                expected = solution.gross - _sum(paid) + (adjust.value if adjust else ZERO)
                if expected == due.value:
                    solution.due_figure, solution.prepaid_figures, solution.rounding_figure = due, paid, adjust
                    solution.rank += 2.0
                    return
    for due in figures.of("due"):
        missing = solution.gross - due.value
        if due.certain and missing > 0 and due.value > ZERO and (paid := _unlabelled(solution, due, missing, figures.payments)):
            solution.due_figure, solution.prepaid_figures = due, paid
            solution.rank += 1.0
            return
    solution.due_figure = next((due for due in figures.of("due") if due.value == solution.gross), None)
    solution.rank += 0.5 if solution.due_figure else 0.0


def _payments(solution: Solution, figures: Figures) -> Iterator[tuple[Figure, ...]]:
    """What may have been paid before: each amount called so, all of them together, deductions below the gross amount; nothing last."""
    prepaid = _one_a_row(f for f in figures.of("prepaid") if f.value)
    yield from ((figure,) for figure in prepaid)
    gross = solution.gross_figure
    below = [f for f in figures.of("deducted") if f.value and gross and f.amount.segment.row > gross.amount.segment.row]
    below = _one_a_row([*prepaid, *below])
    for size in range(min(len(below), MAX_PAYMENTS), 0, -1):
        yield from combinations(below[:MAX_PAYMENTS], size)
    yield ()


def _one_a_row(figures: Iterable[Figure]) -> list[Figure]:
    rows: dict[int, Figure] = {}
    for figure in figures:
        rows.setdefault(figure.amount.segment.row, figure)
    return list(rows.values())


def _sum(figures: Sequence[Figure]) -> Decimal:
    return sum((abs(figure.value) for figure in figures), ZERO)


def _unlabelled(solution: Solution, due: Figure, missing: Decimal, amounts: Sequence[Amount]) -> tuple[Figure, ...]:
    """Payments without a word of their own: the one amount that is missing, or all between the gross amount and what is due."""
    one = [a for a in amounts if abs(a.value) == missing][:1]
    start = solution.gross_figure.amount.segment.row if solution.gross_figure else due.amount.segment.row
    between = [a for a in amounts if start < a.segment.row < due.amount.segment.row]
    chosen = one or (between if sum((abs(a.value) for a in between), ZERO) == missing else [])
    return tuple(Figure("prepaid", a, Place(a.segment, 0, len(a.segment.text)), True) for a in chosen)
