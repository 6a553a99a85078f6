"""What a rule is: an id, a function from the view to hits, how bad a hit is, and what it means in law. No state, no order."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import NamedTuple

from schemas.money import plain
from validators.norm.report import LegalClass
from validators.norm.view import Node, View


class Hit(NamedTuple):
    """One place where a rule does not hold. ``values`` are the two values compared, found first."""

    location: str
    message: str
    values: tuple[str, ...] = ()


Check = Callable[[View], Iterator[Hit]]


class Rule(NamedTuple):
    """``syntax`` limits the rule to UBL or CII; ``trigger`` is an element or attribute without which it cannot be hit."""

    id: str
    check: Check
    severity: str = "fatal"
    legal_class: LegalClass = LegalClass.BUSINESS_RULE
    syntax: str = ""
    trigger: str = ""


def rule_id(function: Check) -> str:
    """``br_co_10`` -> ``BR-CO-10``; the name of the function is the id of the rule."""
    return function.__name__.upper().replace("_", "-")


def rules_of(*functions: Check, severity: str = "fatal", legal_class: LegalClass = LegalClass.BUSINESS_RULE) -> tuple[Rule, ...]:
    """Rules named after their functions."""
    return tuple(Rule(rule_id(function), function, severity, legal_class) for function in functions)


def shown(number: Decimal | None) -> str:
    """A number for people; absent ones as ``-``."""
    return "-" if number is None else plain(number)


def chain(view: View, path: str) -> Iterator[Node]:
    """Every group at a path of group keys, for example ``"BG-25/BG-27"``; an empty path is the invoice itself."""
    nodes = [view.root]
    for key in path.split("/") if path else []:
        nodes = [inner for node in nodes for inner in node.groups(key)]
    yield from nodes


def found(node: Node, path: str) -> list[str]:
    """Texts of the term at the end of a path (``"BG-4/BT-27"``); where it ends with a group, one ``"present"`` per group."""
    *groups, last = path.split("/")
    nodes = [node]
    for key in groups:
        nodes = [inner for each in nodes for inner in each.groups(key)]
    if last.startswith("BG-"):
        return ["present" for each in nodes for _ in each.groups(last)]
    return [value.text for each in nodes for value in each.values(last)]


def total(numbers: list[Decimal | None]) -> Decimal:
    """Sum of those that are stated."""
    return sum((number for number in numbers if number is not None), Decimal(0))
