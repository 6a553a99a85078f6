"""Which order line each invoice line bills: one minimum-cost assignment over all lines, and what is not certain in it.

Never greedy, never by position. A line is assigned only when its evidence proves it and no other choice with other consequences
is about as good; else it is ambiguous and its alternatives are listed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from validators.matching.assignment import Assignment, Exchange, assign, exchanges
from validators.matching.billed import Billed
from validators.matching.candidates import Candidates
from validators.matching.evidence import HEAVY_MARGIN, LIGHT_MARGIN, SHARING, UNASSIGNED, UNPROVEN, Evidence, Fit, in_order_unit
from validators.matching.keys import OrderKey, order_line_name
from validators.matching.ledger import Standing

ZERO = Decimal(0)
MAX_ALTERNATIVES = 10
"""So many alternatives are listed for a line."""


class Outcome(Enum):
    ASSIGNED = "assigned"
    AMBIGUOUS = "ambiguous"
    UNPROVEN = "unproven"
    """There is a best order line, but too little speaks for it."""
    NOTHING = "nothing"
    DELIVERY_COST = "delivery-cost"
    """Freight or packing without an order line: unplanned delivery cost."""


@dataclass(frozen=True)
class Allocation:
    """One invoice line's order lines: none, one, or several that it bills together, each with its part of the quantity."""

    billed: Billed
    outcome: Outcome
    parts: tuple[tuple[Standing, Decimal | None], ...] = ()
    """Order line and the quantity in its order unit; ``None``: the whole line."""
    alternatives: tuple[str, ...] = ()


def allocate(
    billed: Sequence[Billed], candidates: Sequence[Candidates], standings: dict[OrderKey, Standing], *, order_is_named: bool
) -> list[Allocation]:
    """One allocation per line, in line order. ``candidates[i]``: order lines ``billed[i]`` may mean, with the evidence."""
    rows = sorted(range(len(billed)), key=lambda i: (billed[i].content, i))
    table = _Table([billed[i] for i in rows], [candidates[i] for i in rows], standings, order_is_named)
    found = {i: table.allocation(row) for row, i in enumerate(rows)}
    return [found[i] for i in range(len(billed))]


class _Table:
    """Rows are invoice lines in the order of their content, columns the order lines that any of them may mean, sorted."""

    def __init__(
        self, billed: list[Billed], candidates: list[Candidates], standings: dict[OrderKey, Standing], order_is_named: bool
    ) -> None:
        self.billed = billed
        self.keys = sorted({key for found in candidates for key in found}, key=_place)
        self.standings = [standings[key] for key in self.keys]
        column = {key: number for number, key in enumerate(self.keys)}
        self.evidence: list[dict[int, Evidence]] = [{column[k]: e for k, e in sorted(found.items())} for found in candidates]
        self.order_is_named = order_is_named
        goods = [row for row, line in enumerate(billed) if not line.is_delivery_cost]
        self.is_only_pair = order_is_named and len(goods) == 1 and len(self.keys) == 1
        self.costs = [self._costs(found) for found in self.evidence]
        shareable = [
            [(cost, c) for c, cost in found.items() if cost + SHARING < UNASSIGNED and self.evidence[row][c].is_proven]
            for row, found in enumerate(self.costs)
        ]
        self.shared = [min(found, default=None) for found in shareable]
        out = [UNASSIGNED if best is None else best[0] + SHARING for best in self.shared]
        self.solution: Assignment = assign(self.costs, out)
        self.used = {c for c in self.solution.columns if c is not None}

    def _costs(self, found: dict[int, Evidence]) -> dict[int, int]:
        """Column -> cost, as far as a pair is better than none. The only line of an order is weighed whatever speaks for it."""
        costs = {c: e.cost + (0 if e.is_proven or not self.order_is_named else UNPROVEN) for c, e in found.items()}
        if self.is_only_pair:
            return {c: min(cost, UNASSIGNED - 1) for c, cost in costs.items()}
        return {c: cost for c, cost in costs.items() if cost < UNASSIGNED}

    def allocation(self, row: int) -> Allocation:
        line = self.billed[row]
        column = self._column(row)
        if column is None:
            return self._without(row)
        evidence = self.evidence[row][column]
        merged = self._merged(row, column)
        if merged:
            columns = [c for c, _ in merged]
            if all(_books_alike(self.standings[columns[0]], self.standings[c]) for c in columns):
                return Allocation(line, Outcome.ASSIGNED, tuple((self.standings[c], q) for c, q in merged))
            return Allocation(line, Outcome.AMBIGUOUS, alternatives=self._names(columns))
        others = self._alternatives(row, column)
        if others:
            return Allocation(line, Outcome.AMBIGUOUS, alternatives=self._names([column, *others]))
        if not self._is_proven(row, column, evidence):
            return Allocation(line, Outcome.UNPROVEN, alternatives=self._names([column]))
        return Allocation(line, Outcome.ASSIGNED, ((self.standings[column], None),))

    def _column(self, row: int) -> int | None:
        """The row's own column, or the one it shares with another row (a delivery billed in parts)."""
        column, shared = self.solution.columns[row], self.shared[row]
        return shared[1] if column is None and shared is not None else column

    def _without(self, row: int) -> Allocation:
        line = self.billed[row]
        if line.is_delivery_cost:
            return Allocation(line, Outcome.DELIVERY_COST)
        close = [c for c, e in self.evidence[row].items() if not e.is_contradicted]
        return Allocation(line, Outcome.NOTHING, alternatives=self._names(close[:5]))

    def _is_proven(self, row: int, column: int, evidence: Evidence) -> bool:
        if not self.order_is_named:
            return evidence.is_proven_without_order
        if evidence.is_proven:
            return True
        if evidence.is_contradicted:
            return False
        return self.is_only_pair or self._figures_are_unique(row, column, evidence)

    def _figures_are_unique(self, row: int, column: int, evidence: Evidence) -> bool:
        """Price and open quantity are met exactly, by no other order line for this row and by no other row for this line."""
        if evidence.price is not Fit.EQUAL or not evidence.fits_quantity_exactly:
            return False
        others = [e for c, e in self.evidence[row].items() if c != column]
        rivals = [found[column] for r, found in enumerate(self.evidence) if r != row and column in found]
        return not any(e.price is Fit.EQUAL for e in others + rivals)

    def _alternatives(self, row: int, column: int) -> list[int]:
        """Other columns about as good, where choosing wrongly would have consequences. One makes the line ambiguous; the others
        listed with it are those its own evidence speaks for as much."""
        alike = self._as_likely(row, column)
        free = {c for c in alike if c not in self.used}  # also one that is just short of being proven
        found = free | self._shareable_instead(row, column)
        if not found:
            exchange = next(self._trades(row, column), None) or next(self._longer_exchanges(row, column), None)
            found = set() if exchange is None else {exchange.column}
        return sorted((found | alike if found else found) - {column})[:MAX_ALTERNATIVES]

    def _trades(self, row: int, column: int) -> Iterator[Exchange]:
        """Exchanges that matter between this row and one other: the quick ones to find."""
        if self.solution.columns[row] is None:
            return
        mine = self.costs[row]
        for other, holder in enumerate(self.solution.columns):
            theirs = self.costs[other]
            if other == row or holder not in mine or column not in theirs:
                continue
            increase = mine[holder] + theirs[column] - mine[column] - theirs[holder]
            exchange = Exchange(row, holder, increase, {row: holder, other: column})
            if self._matters(exchange):
                yield exchange

    def _longer_exchanges(self, row: int, column: int) -> Iterator[Exchange]:
        found = exchanges(self.solution, row, HEAVY_MARGIN, self._interchangeable(row, column))
        return (exchange for exchange in found if self._matters(exchange))

    def _as_likely(self, row: int, column: int) -> set[int]:
        own, standing = self.evidence[row][column].cost, self.standings[column]
        found = self.evidence[row].items()
        return {c for c, e in found if c != column and e.cost - own < _margin(standing, self.standings[c])}

    def _shareable_instead(self, row: int, column: int) -> set[int]:
        """Columns other rows hold that this row might bill a further part of."""
        cost, standing = self.costs[row].get(column, UNASSIGNED), self.standings[column]
        is_shared = self.solution.columns[row] is None
        extra = 0 if is_shared else SHARING
        return {
            c
            for c, other in self.costs[row].items()
            if c != column and (is_shared or c in self.used) and other + extra - cost < _margin(standing, self.standings[c])
        }

    def _interchangeable(self, row: int, column: int) -> set[int]:
        """Columns of rows that bill just the same at the same cost, in one order: trading places changes nothing."""
        found = set()
        for other, holder in enumerate(self.solution.columns):
            if other == row or holder is None or self.billed[other].consequences != self.billed[row].consequences:
                continue
            mine, theirs = self.costs[row], self.costs[other]
            trade = mine.get(holder, UNASSIGNED) + theirs.get(column, UNASSIGNED)
            stay = mine.get(column, UNASSIGNED) + theirs[holder]
            if trade == stay and _margin(self.standings[column], self.standings[holder]) == LIGHT_MARGIN:
                found.add(holder)
        return found

    def _matters(self, exchange: Exchange) -> bool:
        moves = [(self._column(row), column, row) for row, column in exchange.moved.items()]
        pairs = [(before, after) for before, after, _ in moves]
        margin = max(_margin(self._standing(before), self._standing(after)) for before, after in pairs)
        if exchange.increase >= margin:
            return False
        trades_places = {before for before, _ in pairs} == {after for _, after in pairs}
        alike = len({self.billed[row].consequences for _, _, row in moves}) == 1
        return not (margin == LIGHT_MARGIN and trades_places and alike)

    def _standing(self, column: int | None) -> Standing | None:
        return None if column is None else self.standings[column]

    def _merged(self, row: int, column: int) -> list[tuple[int, Decimal]]:
        """Order lines that this line bills together: the same item and price, unused by others, their open quantities add up to
        exactly what is billed. Empty: the line does not."""
        line, first = self.billed[row], self.evidence[row][column]
        quantity = in_order_unit(line, self.standings[column])
        if quantity is None or quantity <= 0 or first.fits_quantity or first.price is not Fit.EQUAL or line.is_value_only:
            return []
        group = [column]
        for other, evidence in self.evidence[row].items():
            same = evidence.cost - evidence.quantity == first.cost - first.quantity and evidence.price is Fit.EQUAL
            same_unit = self.standings[other].order_line.unit == self.standings[column].order_line.unit
            if other != column and other not in self.used and same and same_unit:
                group.append(other)
        for open_quantity in (_open_received, _open_ordered):
            parts = [(c, open_quantity(self.standings[c])) for c in sorted(group) if open_quantity(self.standings[c]) > 0]
            if len(parts) > 1 and sum((q for _, q in parts), ZERO) == quantity:
                return parts
        return []

    def _names(self, columns: Sequence[int]) -> tuple[str, ...]:
        lines = [self.standings[c].order_line for c in sorted(set(columns))]
        return tuple(order_line_name(line.po_number, line.po_line) for line in lines)


def _open_received(standing: Standing) -> Decimal:
    return standing.received - standing.invoiced


def _open_ordered(standing: Standing) -> Decimal:
    return standing.order_line.quantity - standing.invoiced


def _books_alike(one: Standing, other: Standing) -> bool:
    """Both are lines of one order, and a posting to either goes to the same account and tax code."""
    return _booking(one) == _booking(other)


def _booking(standing: Standing) -> tuple[object, ...]:
    line = standing.order_line
    objects = (line.gl_account, line.cost_center, line.internal_order, line.wbs_element, line.asset)
    return (line.po_number, line.assignment, *objects, line.tax_code, line.receipt_based, line.receipt_expected)


def _margin(one: Standing | None, other: Standing | None) -> int:
    return LIGHT_MARGIN if one is not None and other is not None and _books_alike(one, other) else HEAVY_MARGIN


def _place(key: OrderKey) -> tuple[str, int, str]:
    return key[0], int(key[1]) if key[1].isdecimal() else 0, key[1]
