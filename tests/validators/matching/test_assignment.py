"""The assignment against brute force: optimum, feasibility, and the cheapest exchange."""

from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from validators.matching.assignment import Assignment, assign, exchanges

COSTS = st.integers(0, 12)
PROBLEMS = st.integers(1, 4).flatmap(
    lambda columns: st.lists(
        st.tuples(st.dictionaries(st.integers(0, columns - 1), COSTS, max_size=columns), COSTS), min_size=1, max_size=4
    )
)
Problem = list[tuple[dict[int, int], int]]


def every_solution(problem: Problem) -> list[tuple[tuple[int | None, ...], int]]:
    """All assignments with their cost, by trying every one."""
    solutions = []
    for columns in product(*([None, *costs] for costs, _ in problem)):
        used = [column for column in columns if column is not None]
        if len(used) == len(set(used)):
            cost = sum(out if c is None else costs[c] for c, (costs, out) in zip(columns, problem, strict=True))
            solutions.append((columns, cost))
    return solutions


def solved(problem: Problem) -> Assignment:
    return assign([costs for costs, _ in problem], [out for _, out in problem])


@given(PROBLEMS)
def test_the_cost_is_the_smallest_of_all(problem: Problem) -> None:
    solution = solved(problem)
    assert (solution.columns, solution.cost) in every_solution(problem)
    assert solution.cost == min(cost for _, cost in every_solution(problem))


@given(PROBLEMS)
def test_potentials_prove_the_optimum(problem: Problem) -> None:
    solution = solved(problem)
    for row, (costs, out) in enumerate(problem):
        assert out >= solution.row_potential[row]
        for column, cost in costs.items():
            assert cost >= solution.row_potential[row] + solution.column_potential.get(column, 0)
    assert all(potential <= 0 for potential in solution.column_potential.values())


@given(PROBLEMS, st.integers(1, 30))
@settings(max_examples=300)
def test_exchanges_are_exact(problem: Problem, within: int) -> None:
    """Listed is a column exactly when forcing the row there costs less than ``within`` more; the moves cost that."""
    solution, everything = solved(problem), every_solution(problem)
    for row, (costs, _) in enumerate(problem):
        expected = {}
        for column in costs:
            forced = [cost for columns, cost in everything if columns[row] == column]
            if column != solution.columns[row] and min(forced) - solution.cost < within:
                expected[column] = min(forced) - solution.cost
        found = list(exchanges(solution, row, within))
        assert {exchange.column: exchange.increase for exchange in found} == expected
        for exchange in found:
            columns = tuple(exchange.moved.get(r, c) for r, c in enumerate(solution.columns))
            assert (columns, solution.cost + exchange.increase) in everything


@pytest.mark.parametrize("size", [1, 7, 60])
def test_a_permutation_is_found(size: int) -> None:
    order = list(range(size))
    Random(size).shuffle(order)
    costs = [{column: 0 if column == order[row] else 50 for column in range(size)} for row in range(size)]
    assert list(assign(costs, [100] * size).columns) == order


def test_no_rows() -> None:
    assert assign([], []).columns == ()
