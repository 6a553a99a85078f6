"""Minimum-cost assignment of rows to columns: Kuhn and Munkres' method on sparse integer costs, by shortest augmenting paths.

Every row may also stay without a column at a cost of its own, so a solution always exists. Costs are integers: the optimum and
its distance from other solutions are exact. Source: Jonker and Volgenant, "A shortest augmenting path algorithm for dense and
sparse linear assignment problems", Computing 38 (1987), the augmentation part.
"""

import heapq
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Assignment:
    """``columns[row]`` is the column of a row, ``None`` where it stays without one. ``cost`` is the sum over all rows."""

    columns: tuple[int | None, ...]
    cost: int
    costs: tuple[Mapping[int, int], ...]
    opt_out: tuple[int, ...]
    row_potential: tuple[int, ...]
    column_potential: Mapping[int, int]


@dataclass(frozen=True)
class Exchange:
    """The cheapest way to give ``row`` another ``column``: what it costs more, and every row that then moves."""

    row: int
    column: int
    increase: int
    moved: Mapping[int, int | None]


def assign(costs: Sequence[Mapping[int, int]], opt_out: Sequence[int]) -> Assignment:
    """The cheapest assignment. ``costs[row]``: column -> cost, not negative; ``opt_out[row]``: cost of staying without.

    Deterministic: equal solutions are decided by the order of rows and columns. O(rows * edges * log).
    """
    row_potential = [0] * len(costs)
    potential: dict[int, int] = {}
    holder: dict[int, int] = {}
    columns: list[int | None] = [None] * len(costs)
    for start in range(len(costs)):
        _augment(start, costs, opt_out, row_potential, potential, holder, columns)
    total = sum(opt_out[row] if column is None else costs[row][column] for row, column in enumerate(columns))
    return Assignment(tuple(columns), total, tuple(costs), tuple(opt_out), tuple(row_potential), potential)


def _augment(
    start: int,
    costs: Sequence[Mapping[int, int]],
    opt_out: Sequence[int],
    row_potential: list[int],
    potential: dict[int, int],
    holder: dict[int, int],
    columns: list[int | None],
) -> None:
    """Give row ``start`` a column, moving others along the shortest path. Potentials stay feasible."""
    distance: dict[int, int] = {}
    reached_from: dict[int, int] = {}
    settled: dict[int, int] = {}
    heap: list[tuple[int, int]] = []
    best_out: tuple[int, int] | None = None  # distance to the row that would stay without a column, and that row
    row, base = start, 0
    while True:
        out = base + opt_out[row] - row_potential[row]
        if best_out is None or out < best_out[0]:
            best_out = out, row
        for column, cost in costs[row].items():
            far = base + cost - row_potential[row] - potential.get(column, 0)
            if column not in settled and far < distance.get(column, far + 1):
                distance[column], reached_from[column] = far, row
                heapq.heappush(heap, (far, column))
        while heap and (heap[0][1] in settled or heap[0][0] > distance[heap[0][1]]):
            heapq.heappop(heap)
        if not heap or best_out[0] <= heap[0][0]:
            end_distance, end_row, end_column = best_out[0], best_out[1], None
            break
        base, column = heapq.heappop(heap)
        if column not in holder:
            end_distance, end_row, end_column = base, reached_from[column], column
            break
        settled[column] = base
        row = holder[column]
    row_potential[start] += end_distance
    for column, far in settled.items():
        row_potential[holder[column]] += end_distance - far
        potential[column] = potential.get(column, 0) + far - end_distance
    _shift(start, end_row, end_column, reached_from, holder, columns)


def _shift(
    start: int,
    end_row: int,
    end_column: int | None,
    reached_from: Mapping[int, int],
    holder: dict[int, int],
    columns: list[int | None],
) -> None:
    """Walk the path back from its end, giving each row on it its next column."""
    row, column = end_row, end_column
    while True:
        previous = columns[row]
        columns[row] = column
        if column is not None:
            holder[column] = row
        if row == start:
            return
        assert previous is not None, "a row on the path that is not its start held a column"
        row, column = reached_from[previous], previous


def exchanges(solution: Assignment, row: int, within: int, without: Collection[int] = ()) -> Iterator[Exchange]:
    """Every other column ``row`` could have at an extra cost below ``within``, each by its cheapest exchange, by column.

    Searched one by one as they are asked for; columns in ``without`` are left out.
    """
    search = _Search(solution)
    for column, cost in sorted(solution.costs[row].items()):
        reduced = cost - solution.row_potential[row] - solution.column_potential.get(column, 0)
        if column != solution.columns[row] and reduced < within and column not in without:
            exchange = search.cheapest(row, column, reduced, within)
            if exchange is not None:
                yield exchange


_POOL = -1
"""Node of all unused places: columns without a row and the opt-outs of rows that hold a column."""


def _own_place(row: int) -> int:
    """Node of a row's opt-out."""
    return -2 - row


class _Search:
    """Shortest alternating cycles through one forced pair, in reduced costs. Nodes are columns, opt-outs and the pool."""

    def __init__(self, solution: Assignment) -> None:
        self._solution = solution
        self._holder = {column: row for row, column in enumerate(solution.columns) if column is not None}
        self._without = [row for row, column in enumerate(solution.columns) if column is None]

    def _place(self, row: int) -> int:
        column = self._solution.columns[row]
        return _own_place(row) if column is None else column

    def cheapest(self, row: int, column: int, reduced: int, within: int) -> Exchange | None:
        """From the column the row would get to the place it gives up; whoever held a place on the way takes the next one."""
        goal = self._place(row)
        distance = {column: reduced}
        came_from: dict[int, tuple[int, int | None]] = {}  # node before, and the row that moves (None: a place falls vacant)
        heap = [(reduced, column)]
        done: set[int] = set()
        while heap:
            far, node = heapq.heappop(heap)
            if node == goal:
                return Exchange(row, column, far, _moves(row, column, goal, came_from))
            if node in done:
                continue
            done.add(node)
            for following, step, mover in self._steps(node):
                total = far + step
                if following not in done and total < min(within, distance.get(following, total + 1)):
                    distance[following], came_from[following] = total, (node, mover)
                    heapq.heappush(heap, (total, following))
        return None

    def _steps(self, node: int) -> Iterator[tuple[int, int, int | None]]:
        """(next node, reduced cost, row that moves there) from a node whose holder must leave."""
        solution = self._solution
        if node == _POOL:  # an unused place instead of a used one: any column may fall vacant, any row without may take part
            yield from ((column, -solution.column_potential.get(column, 0), None) for column in self._holder)
            yield from ((_own_place(row), 0, None) for row in self._without)
            return
        holder = -2 - node if node < _POOL else self._holder.get(node)
        if holder is None:  # a free column
            yield _POOL, 0, None
            return
        u = solution.row_potential[holder]
        if node >= 0:
            yield _POOL, solution.opt_out[holder] - u, holder
        for column, cost in solution.costs[holder].items():
            yield column, cost - u - solution.column_potential.get(column, 0), holder


def _moves(row: int, column: int, goal: int, came_from: Mapping[int, tuple[int, int | None]]) -> dict[int, int | None]:
    """The rows on a cycle with their new columns, walked back from the place given up."""
    moved: dict[int, int | None] = {row: column}
    node = goal
    while node != column:
        before, mover = came_from[node]
        if mover is not None:
            moved[mover] = node if node >= 0 else None
        node = before
    return moved
