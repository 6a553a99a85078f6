"""Document totals (BG-22) and VAT breakdown (BG-23) as sums: BR-CO-10 to BR-CO-17, BR-53.

A stated amount that is missing fails the equation it stands in, as in the official tests. Sums are exact to the cent; only
BR-CO-17 allows one currency unit, less than one in UBL, up to one in CII (artefacts 1.3.16).
"""

from collections.abc import Iterator
from decimal import ROUND_FLOOR, Decimal

from schemas.money import round_like_schematron
from validators.norm.report import LegalClass
from validators.norm.rule import Hit, Rule, rules_of, shown, total
from validators.norm.view import Node, View, content, decimal

ONE = Decimal(1)
HALF = Decimal("0.5")


def _totals(view: View) -> Iterator[Node]:
    yield from view.root.groups("BG-22")


def _hit(node: Node, term: str, stated: Decimal | None, expected: Decimal | None, equation: str) -> Hit:
    message = f"{term} is {shown(stated)}, {equation} gives {shown(expected)}"
    return Hit(node.place(term), message, (shown(stated), shown(expected)))


def br_co_10(view: View) -> Iterator[Hit]:
    """Sum of line net amounts: BT-106 = sum of BT-131."""
    lines = total([line.number("BT-131") for line in view.root.groups("BG-25")])
    expected = round_like_schematron(lines)
    for totals in _totals(view):
        if totals.number("BT-106") != expected:
            yield _hit(totals, "BT-106", totals.number("BT-106"), expected, "the sum of BT-131")


def _adjustments(view: View, group: str, term: str, stated_term: str) -> Iterator[Hit]:
    rows = view.root.groups(group)
    amounts = [row.number(term) for row in rows]
    if view.syntax == "cii" and group == "BG-21":  # the extended profile adds logistics charges to the charges
        amounts += [decimal(content(element)) for element in view.elements("ram:AppliedAmount")]
    expected = round_like_schematron(total(amounts))
    for totals in _totals(view):
        stated = totals.number(stated_term)
        if not rows and not totals.has(stated_term):
            continue
        if view.syntax == "cii" and group == "BG-21" and stated is not None:
            stated = round_like_schematron(stated)
        if stated != expected:
            yield _hit(totals, stated_term, stated, expected, f"the sum of {term}")


def br_co_11(view: View) -> Iterator[Hit]:
    """Sum of allowances: BT-107 = sum of BT-92; both may be absent."""
    yield from _adjustments(view, "BG-20", "BT-92", "BT-107")


def br_co_12(view: View) -> Iterator[Hit]:
    """Sum of charges: BT-108 = sum of BT-99; both may be absent."""
    yield from _adjustments(view, "BG-21", "BT-99", "BT-108")


def _signed(totals: Node, terms: tuple[tuple[str, int], ...]) -> Decimal | None:
    """First term, plus and minus those that are stated; ``None`` where one of them is no number, or the first is missing."""
    first, *others = terms
    result = totals.number(first[0])
    for term, sign in others:
        if not totals.has(term):
            continue
        number = totals.number(term)
        if result is None or number is None:
            return None
        result += sign * number
    return result


def br_co_13(view: View) -> Iterator[Hit]:
    """Total without VAT: BT-109 = BT-106 - BT-107 + BT-108."""
    for totals in _totals(view):
        expected = _signed(totals, (("BT-106", 1), ("BT-107", -1), ("BT-108", 1)))
        is_plain = not totals.has("BT-107") and not totals.has("BT-108")
        if expected is not None and not (is_plain and view.syntax == "ubl"):
            expected = round_like_schematron(expected)
        if expected is None or totals.number("BT-109") != expected:
            yield _hit(totals, "BT-109", totals.number("BT-109"), expected, "BT-106 - BT-107 + BT-108")


def br_co_14(view: View) -> Iterator[Hit]:
    """Total VAT: BT-110 = sum of BT-117. UBL asks every tax total that has subtotals, CII the one in the invoice currency."""
    if view.syntax == "ubl":
        for tax_total in view.root.groups("TAX-TOTAL"):
            rows = tax_total.groups("BG-23")
            expected = round_like_schematron(total([row.number("BT-117") for row in rows]))
            if rows and tax_total.number("BT-110") != expected:
                yield _hit(tax_total, "BT-110", tax_total.number("BT-110"), expected, "the sum of BT-117")
        return
    expected = round_like_schematron(total([row.number("BT-117") for row in view.root.groups("BG-23")]))
    for totals in _totals(view):
        for value in totals.values("BT-110"):
            if decimal(value.text) != expected:
                message = f"BT-110 is {value.text}, the sum of BT-117 gives {expected}"
                yield Hit(view.location(value.element), message, (value.text, shown(expected)))


def _tax_amounts(view: View, currency: str) -> list[Decimal | None]:
    if view.syntax == "ubl":
        rows = view.root.groups("TAX-TOTAL")
        return [
            row.number("BT-110") for row in rows for value in row.values("BT-110") if value.element.get("currencyID") == currency
        ]
    amounts = view.elements("ram:TaxTotalAmount")
    return [decimal(content(element)) for element in amounts if element.get("currencyID") == currency]


def br_co_15(view: View) -> Iterator[Hit]:
    """Total with VAT: BT-112 = BT-109 + BT-110, with exactly one total VAT amount in the invoice currency.

    CII accepts an invoice without VAT amount where BT-112 equals BT-109.
    """
    totals = view.root.group("BG-22")
    if totals is None and view.syntax == "cii":
        return
    for currency in view.root.values("BT-5"):
        amounts = _tax_amounts(view, currency.element.text or "")
        gross = totals.number("BT-112") if totals else None
        net = totals.number("BT-109") if totals else None
        expected = None
        if len(amounts) == 1 and amounts[0] is not None and net is not None:
            expected = round_like_schematron(net + amounts[0])
        if (gross is not None and gross == expected) or (view.syntax == "cii" and gross is not None and gross == net):
            continue
        if len(amounts) != 1:
            message = f"{len(amounts)} total VAT amounts in {currency.text or 'no currency'}, exactly one is needed"
            yield Hit(totals.location if totals else view.root.location, message)
        else:
            place = totals.place("BT-112") if totals else view.root.location
            message = f"BT-112 is {shown(gross)}, BT-109 + BT-110 gives {shown(expected)}"
            yield Hit(place, message, (shown(gross), shown(expected)))


def br_co_16(view: View) -> Iterator[Hit]:
    """Amount due: BT-115 = BT-112 - BT-113 + BT-114. UBL compares rounded to the cent, CII as written."""
    for totals in _totals(view):
        due, expected = totals.number("BT-115"), _signed(totals, (("BT-112", 1), ("BT-113", -1), ("BT-114", 1)))
        if due is None or expected is None or not _same_due(view, totals, due, expected):
            yield _hit(totals, "BT-115", due, expected, "BT-112 - BT-113 + BT-114")


def _same_due(view: View, totals: Node, due: Decimal, expected: Decimal) -> bool:
    if view.syntax == "cii" or not (totals.has("BT-113") or totals.has("BT-114")):
        return due == expected
    rounding = totals.number("BT-114") if totals.has("BT-114") else None
    if rounding is None:
        return due == round_like_schematron(expected)
    gross = expected - rounding
    right = round_like_schematron(gross) if totals.has("BT-113") else gross
    return round_like_schematron(due - rounding) == right


def _round_to_unit(number: Decimal) -> Decimal:
    """XPath ``round`` to a whole number."""
    return (number + HALF).to_integral_value(rounding=ROUND_FLOOR)


def is_near(amount: Decimal, expected: Decimal, inclusive: bool) -> bool:
    """Whether two amounts differ by less than one currency unit, or by one at most."""
    difference = abs(amount - expected)
    return difference <= ONE if inclusive else difference < ONE


def br_co_17(view: View) -> Iterator[Hit]:
    """VAT of a category: BT-117 = BT-116 x BT-119 / 100, with the tolerance of the syntax."""
    for row in view.root.groups("BG-23.all"):
        tax, basis, rate = row.number("BT-117"), row.number("BT-116"), row.number("BT-119")
        if view.syntax == "cii" and row.text("TAX-TYPE.any").upper() != "VAT":
            rate = None  # the official test takes the rate of VAT only
        if rate is None or _round_to_unit(rate) == 0:
            is_right = tax is not None and _round_to_unit(tax) == 0
            expected: Decimal | None = Decimal(0)
        else:
            expected = round_like_schematron(abs(basis) * rate / 100) if basis is not None else None
            is_right = tax is not None and expected is not None and is_near(abs(tax), expected, view.syntax == "cii")
        if not is_right:
            yield _hit(row, "BT-117", tax, expected, "BT-116 x BT-119")


def br_co_18(view: View) -> Iterator[Hit]:
    """At least one VAT breakdown. UBL is asked by the table presence.csv, CII where there is a settlement."""
    for settlement in view.elements("ram:ApplicableHeaderTradeSettlement"):
        if not view.root.groups("BG-23.all"):
            yield Hit(view.location(settlement), "the invoice has no VAT breakdown (BG-23)")


def br_53(view: View) -> Iterator[Hit]:
    """With a VAT accounting currency (BT-6) the total VAT amount in it (BT-111) is given; CII wants it to differ from BT-5."""
    for currency in view.root.values("BT-6"):
        has_amount = bool(_tax_amounts(view, currency.element.text or ""))
        is_other = view.syntax == "ubl" or currency.text != view.root_text("BT-5")
        if not has_amount or not is_other:
            yield Hit(view.root.place("BT-6"), f"no total VAT amount in the accounting currency {currency.text}")


RULES: tuple[Rule, ...] = rules_of(
    br_co_10, br_co_11, br_co_12, br_co_13, br_co_14, br_co_15, br_co_16, legal_class=LegalClass.CONTENT
) + rules_of(br_co_17, br_co_18, br_53)
