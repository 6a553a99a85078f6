"""BR-DEC-01 to BR-DEC-28: an amount is written with at most two decimals. Source: EN 16931-1:2017, artefacts 1.3.16.

The written text counts, so 1.500 is one decimal too many. In UBL the official tests of BR-DEC-13 and BR-DEC-15 can never fail
(UBL-DT-01 judges these amounts); they are asked for CII only.
"""

from collections.abc import Iterator
from decimal import Decimal

from schemas.money import round_like_schematron
from validators.norm.rule import Check, Hit, Rule, chain
from validators.norm.view import View, content, decimal

PLACES = 2
TERMS: tuple[tuple[str, str, str], ...] = (
    ("BR-DEC-01", "BG-20", "BT-92"),
    ("BR-DEC-02", "BG-20", "BT-93"),
    ("BR-DEC-05", "BG-21", "BT-99"),
    ("BR-DEC-06", "BG-21", "BT-100"),
    ("BR-DEC-09", "BG-22", "BT-106"),
    ("BR-DEC-10", "BG-22", "BT-107"),
    ("BR-DEC-11", "BG-22", "BT-108"),
    ("BR-DEC-12", "BG-22", "BT-109"),
    ("BR-DEC-14", "BG-22", "BT-112"),
    ("BR-DEC-16", "BG-22", "BT-113"),
    ("BR-DEC-17", "BG-22", "BT-114"),
    ("BR-DEC-18", "BG-22", "BT-115"),
    ("BR-DEC-19", "BG-23.all", "BT-116"),
    ("BR-DEC-20", "BG-23.all", "BT-117"),
    ("BR-DEC-23", "BG-25", "BT-131"),
    ("BR-DEC-24", "BG-25/BG-27", "BT-136"),
    ("BR-DEC-25", "BG-25/BG-27", "BT-137"),
    ("BR-DEC-27", "BG-25/BG-28", "BT-141"),
    ("BR-DEC-28", "BG-25/BG-28", "BT-142"),
)


def has_too_many_decimals(text: str) -> bool:
    return len(text.partition(".")[2]) > PLACES


def _at_most_two(owner: str, term: str) -> Check:
    def check(view: View) -> Iterator[Hit]:
        for node in chain(view, owner):
            text = next((value.element.text or "" for value in node.values(term)), "")  # blanks around it count, too
            if has_too_many_decimals(text):
                yield Hit(node.place(term), f"{term} {text} has more than {PLACES} decimals", (text,))

    return check


def _tax_total(term: str, currency_term: str, only_with_currency: bool) -> Check:
    """CII: some tax total must be whole cents in its currency; those in other currencies excuse it, as in the official test."""

    def check(view: View) -> Iterator[Hit]:
        amounts = view.elements("ram:TaxTotalAmount")
        currency = view.root_text(currency_term)
        if view.syntax != "cii" or not amounts or (only_with_currency and not currency):
            return
        for element in amounts:
            number, is_ours = decimal(content(element)), bool(currency) and element.get("currencyID") == currency
            if (is_ours and _is_whole_cents(number)) or (not is_ours and not only_with_currency):
                return
        yield Hit(view.location(amounts[0]), f"{term} has more than {PLACES} decimals", (content(amounts[0]),))

    return check


def _is_whole_cents(number: Decimal | None) -> bool:
    return number is not None and round_like_schematron(number) == number


RULES: tuple[Rule, ...] = (
    *(Rule(rule, _at_most_two(owner, term)) for rule, owner, term in TERMS),
    Rule("BR-DEC-13", _tax_total("BT-110", "BT-5", only_with_currency=False)),
    Rule("BR-DEC-15", _tax_total("BT-111", "BT-6", only_with_currency=True)),
)
