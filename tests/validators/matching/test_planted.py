"""Planted cases: nothing wrong is presented as matched, everything ambiguous is asked, everything clear is matched."""

from collections import defaultdict
from random import Random

import pytest

from schemas.matching import MatchState
from tests.validators.matching.build import matched
from tests.validators.matching.planted import Planted, Truth, planted
from validators.matching import MatchResult

KINDS = ("right", "permuted", "missing", "extra", "merged", "split", "twins")
SEEDS = range(12)
MATCHED = (MatchState.MATCHED, MatchState.MATCHED_WITH_TOLERANCE)


def assigned(result: MatchResult) -> Truth:
    found: Truth = defaultdict(set)
    for line in result.match.lines:
        own = found[line.invoice_line]
        if line.purchase_order and line.purchase_order_line:
            own.add((line.purchase_order, line.purchase_order_line))
    return dict(found)


def assert_honest(case: Planted, result: MatchResult) -> None:
    """No line has another order line than the true one, whatever the state; what cannot be decided is not decided."""
    for line, own in assigned(result).items():
        assert not own or own == case.truth[line]
    if not case.is_decidable:
        assert result.match.state is MatchState.AMBIGUOUS


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("size", "orders"), [(1, 1), (8, 1), (9, 3)])
@pytest.mark.parametrize("with_ids", [True, False], ids=["item numbers", "texts only"])
def test_planted(kind: str, seed: int, size: int, orders: int, with_ids: bool) -> None:
    case = planted(kind, seed, size=size, orders=orders, with_ids=with_ids)
    result = matched(case.document, case.known)
    assert_honest(case, result)
    if kind in ("right", "permuted", "missing", "merged", "split"):
        assert result.match.state is MatchState.MATCHED
        assert assigned(result) == case.truth
    if kind == "extra":
        assert result.match.state is MatchState.NO_REFERENCE
        assert [f.code for f in result.findings if f.severity == "error"] == ["MATCH-NO-ORDER"]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_names_as_suppliers_write_them(kind: str, seed: int) -> None:
    """Other words, case and order of words, no item numbers: never a wrong line."""
    case = planted(kind, seed, size=10, with_ids=False)
    random = Random(seed)
    lines = []
    for line in case.document.lines:
        tokens = (line.name or "").split()
        random.shuffle(tokens)
        name = " ".join([random.choice(["Art.", "Pos", ""]), *tokens]).upper()
        lines.append(line.model_copy(update={"name": name.strip()}))
    result = matched(case.document.model_copy(update={"lines": lines}), case.known)
    assert_honest(case, result)
    if kind in ("right", "permuted", "missing"):
        assert result.match.state is MatchState.MATCHED


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_texts_that_say_nothing(kind: str, seed: int) -> None:
    """Every line is called the same and has no number: figures alone may decide only where they are unique, never wrongly."""
    case = planted(kind, seed, size=6, with_ids=False)
    lines = [line.model_copy(update={"name": "Artikel laut Bestellung"}) for line in case.document.lines]
    assert_honest(case, matched(case.document.model_copy(update={"lines": lines}), case.known))


@pytest.mark.parametrize("seed", SEEDS)
def test_overcharged_lines_keep_their_order_line(seed: int) -> None:
    """A price above the order is a price variance of the right line, not another line."""
    case = planted("permuted", seed, size=8)
    first = case.document.lines[0]
    assert first.net_amount is not None
    dear = first.model_copy(update={"net_amount": first.net_amount * 2})
    result = matched(case.document.model_copy(update={"lines": [dear, *case.document.lines[1:]]}), case.known)
    assert assigned(result) == case.truth
    assert result.match.state is MatchState.BLOCKED


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("with_ids", [True, False], ids=["item numbers", "texts only"])
@pytest.mark.parametrize(
    "step", [pytest.param(1, id="positions no order has"), pytest.param(10, id="positions of other order lines")]
)
def test_own_numbering_in_the_order_line_field(seed: int, with_ids: bool, step: int) -> None:
    """Suppliers put their own 1, 2, 3 or 10, 20, 30 into BT-132: words and items decide, the numbering does not."""
    case = planted("permuted", seed, size=8, with_ids=with_ids)
    lines = [line.model_copy(update={"purchase_order_line": str(step * int(line.id or 0))}) for line in case.document.lines]
    result = matched(case.document.model_copy(update={"lines": lines}), case.known)
    assert assigned(result) == case.truth
    assert result.match.state is MatchState.MATCHED


@pytest.mark.parametrize("seed", SEEDS)
def test_a_true_order_line_decides_between_twins(seed: int) -> None:
    case = planted("twins", seed, size=8)
    lines = [
        line.model_copy(update={"purchase_order_line": next(iter(case.truth[line.id or ""]))[1]}) for line in case.document.lines
    ]
    result = matched(case.document.model_copy(update={"lines": lines}), case.known)
    assert assigned(result) == case.truth
    assert result.match.state is MatchState.MATCHED
