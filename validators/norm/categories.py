"""Rules of the VAT categories: BR-S, Z, E, AE, IC, G, O, AF, AG (01 to 10 each), BR-O-11 to 14, BR-IC-11 and 12, BR-B.

Nine categories ask the same ten questions and differ in the answers; the answers are data (``categories.toml``). In IGIC and IPSI
the breakdown rows of CII are asked one element higher than in the others, so that the basis is never compared (as in 1.3.16).
"""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files

from schemas.money import round_like_schematron
from validators.norm.report import LegalClass
from validators.norm.rule import Hit, Rule, rules_of, shown, total
from validators.norm.totals import is_near
from validators.norm.view import Node, Value, View, content, decimal

ZERO = Decimal(0)
_CII = "{urn:un:unece"
SPLIT_PAYMENT, ITALY = "B", "IT"


@dataclass(frozen=True)
class Category:
    """One entry of ``categories.toml``; the meaning of each answer stands at its head."""

    prefix: str
    code: str
    name: str
    seller: str
    rate: str
    breakdown: str
    tax: str
    reason: str
    basis_ubl: str
    basis_cii: str
    buyer: str = ""
    by_rate: bool = False
    rate_cii: str = ""
    tax_cii: str = ""
    breakdown_cii: str = ""

    def rows(self, view: View) -> list[Node]:
        return self._of(view.root.groups("BG-23.all"), "BT-118")

    def lines(self, view: View, any_scheme: bool = False) -> list[Node]:
        return self._of(view.root.groups("BG-25"), self._term(view, "BT-151", any_scheme))

    def adjustments(self, view: View, group: str, any_scheme: bool = False) -> list[Node]:
        term = "BT-95" if group == "BG-20" else "BT-102"
        return self._of(view.root.groups(group), self._term(view, term, any_scheme))

    @staticmethod
    def _term(view: View, term: str, any_scheme: bool) -> str:
        """CII, and the sums of UBL, ask for the code alone; elsewhere UBL wants the tax scheme to be VAT as well."""
        return f"{term}.any" if any_scheme or view.syntax == "cii" else term

    def _of(self, nodes: list[Node], term: str) -> list[Node]:
        return [node for node in nodes if self.code in {_as_compared(value) for value in node.values(term)}]


def _as_compared(value: Value) -> str:
    """CII compares the code as written, blanks included; UBL without them."""
    return (value.element.text or "") if value.element.tag.startswith(_CII) else value.text


def _categories() -> list[Category]:
    table = tomllib.loads(files("validators.norm").joinpath("categories.toml").read_text(encoding="utf-8"))
    return [Category(prefix=prefix, **entry) for prefix, entry in table.items()]


def _breakdown(category: Category) -> Callable[[View], Iterator[Hit]]:
    """01: what lines, allowances and charges use has its row in the VAT breakdown, and the other way round."""

    def check(view: View) -> Iterator[Hit]:
        loose = category.code == "S"  # the official test of BR-S-01 does not ask for the scheme
        term = "BT-118.any" if loose else "BT-118"
        rows = len([row for row in view.root.groups("BG-23.all") if category.code in {value.text for value in row.values(term)}])
        lines = len(category.lines(view, loose))
        adjusted = sum(len(category.adjustments(view, group, loose)) for group in ("BG-20", "BG-21"))
        if not _agrees(category, view.syntax, rows, lines, adjusted):
            place = view.root.place("BG-23.all") if rows else view.root.location
            used = f"{lines} lines and {adjusted} allowances or charges use category {category.code}"
            yield Hit(place, f"{used}, the VAT breakdown has {rows} rows of it", (str(rows),))

    return check


def _agrees(category: Category, syntax: str, rows: int, lines: int, adjusted: int) -> bool:
    if syntax == "cii" and category.breakdown_cii == "if-any":
        return not rows or (rows == 1 and bool(lines or adjusted))
    if category.breakdown == "once":
        if syntax == "ubl":
            return rows == 1 or not (rows or lines or adjusted)
        return rows == 1 if (lines or adjusted) else rows == 0
    if syntax == "ubl":
        return (lines + adjusted > 0) == (rows > 0)
    # CII counts occurrences: two lines vouch for each other, as in the official test
    return (not lines or lines + rows >= 2) and (not adjusted or adjusted + rows >= 2)


def _has_seller(view: View, kind: str) -> bool:
    seller, representative = view.root.group("BG-4"), view.root.group("BG-11")
    vat = bool(seller and seller.has("BT-31")) or bool(representative and representative.has("BT-63"))
    return vat or (kind == "any" and bool(seller and seller.has("BT-32")))


def _has_buyer(view: View, kind: str) -> bool:
    buyer = view.root.group("BG-7")
    return bool(buyer) and (bool(buyer and buyer.has("BT-48")) or (kind == "any" and bool(buyer and buyer.has("BT-47"))))


def _parties(category: Category, users: Callable[[View], list[Node]]) -> Callable[[View], Iterator[Hit]]:
    """02, 03, 04: who uses the category names the parties it needs (or, for O, does not name them)."""

    def check(view: View) -> Iterator[Hit]:
        using = users(view)
        if not using:
            if category.code == "S" and category.lines(view, True) and users == category.lines:
                yield Hit(category.lines(view, True)[0].location, "category S needs its tax scheme, VAT")
            return
        if category.seller == "none":
            if _has_seller(view, "vat") or _has_buyer(view, "vat"):
                yield Hit(
                    using[0].location, f"category {category.code} and a VAT identifier (BT-31, BT-48, BT-63) exclude each other"
                )
            return
        if not _has_seller(view, category.seller):
            terms = "BT-31, BT-32 or BT-63" if category.seller == "any" else "BT-31 or BT-63"
            yield Hit(using[0].location, f"category {category.code} needs the seller's {terms}")
        elif category.buyer and not _has_buyer(view, category.buyer):
            terms = "BT-48 or BT-47" if category.buyer == "any" else "BT-48"
            yield Hit(using[0].location, f"category {category.code} needs the buyer's {terms}")

    return check


def _rate_is(kind: str, node: Node, term: str) -> bool:
    rate = node.number(term)
    if kind == "absent":
        return not node.has(term)
    if rate is None:
        return False
    return {"positive": rate > ZERO, "zero": rate == ZERO, "not-negative": rate >= ZERO}[kind]


def _rates(category: Category, users: Callable[[View], list[Node]], term: str) -> Callable[[View], Iterator[Hit]]:
    """05, 06, 07: the rate the category allows."""

    def check(view: View) -> Iterator[Hit]:
        kind = category.rate_cii if view.syntax == "cii" and category.rate_cii else category.rate
        key = f"{term}.any" if view.syntax == "cii" else term
        for node in users(view):
            if not _rate_is(kind, node, key):
                yield Hit(node.place(key), f"the rate {term} of category {category.code} must be {kind}", (node.text(key),))

    return check


def _sum_of(category: Category, view: View, rate: Decimal | None) -> Decimal:
    """Lines plus charges minus allowances of the category, of one rate where the category has a row per rate."""

    def of_rate(node: Node, term: str) -> bool:
        return rate is None or any(decimal(value.text) == rate for value in node.values(term))

    lines = total([line.number("BT-131") for line in category.lines(view, True) if of_rate(line, "BT-152.any")])
    charges = total([row.number("BT-99") for row in category.adjustments(view, "BG-21", True) if of_rate(row, "BT-103.any")])
    allowances = total([row.number("BT-92") for row in category.adjustments(view, "BG-20", True) if of_rate(row, "BT-96.any")])
    if view.syntax == "cii":
        return round_like_schematron(lines) + round_like_schematron(charges) - round_like_schematron(allowances)
    return lines + charges - allowances


def _is_used(category: Category, view: View, rate: Decimal) -> bool:
    nodes = [(line, "BT-152.any") for line in category.lines(view, True)]
    nodes += [(row, "BT-96.any") for row in category.adjustments(view, "BG-20", True)]
    nodes += [(row, "BT-103.any") for row in category.adjustments(view, "BG-21", True)]
    return any(decimal(value.text) == rate for node, term in nodes for value in node.values(term))


def _basis(category: Category) -> Callable[[View], Iterator[Hit]]:
    """08: the taxable amount of a row is what lines, charges and allowances of the category (and rate) add up to."""

    def check(view: View) -> Iterator[Hit]:
        if view.syntax == "cii" and category.by_rate and category.code != "S":
            return
        tolerance = category.basis_cii if view.syntax == "cii" else category.basis_ubl
        for row in category.rows(view):
            rate = row.number("BT-119") if category.by_rate else None
            if category.by_rate and rate is None:
                continue
            stated, expected = row.number("BT-116"), _sum_of(category, view, rate)
            is_right = stated is not None and (
                stated == expected if tolerance == "exact" else _is_below_one(view, stated, expected)
            )
            if view.syntax == "ubl":
                is_used = _is_used(category, view, rate) if rate is not None and category.code == "S" else True
                is_right = is_right and is_used and bool(view.root.groups("BG-25") or (rate is not None and category.code == "S"))
            if not is_right:
                message = f"BT-116 is {shown(stated)}, lines, charges and allowances of {category.code} give {shown(expected)}"
                yield Hit(row.place("BT-116"), message, (shown(stated), shown(expected)))

    return check


def _is_below_one(view: View, stated: Decimal, expected: Decimal) -> bool:
    """Less than one unit apart; in CII one unit above the sum is still accepted, one below is not. At one unit exactly the official
    test of UBL is decided by the binary fraction it computes with, and so is this one.
    """
    if view.syntax == "ubl" and abs(stated - expected) == 1:
        return Decimal(float(stated) - 1) < expected < Decimal(float(stated) + 1)
    return is_near(stated, expected, inclusive=False) or (view.syntax == "cii" and stated - expected == 1)


def _amount(category: Category) -> Callable[[View], Iterator[Hit]]:
    """09: the tax amount of a row: zero, or basis times rate within less than one currency unit."""

    def check(view: View) -> Iterator[Hit]:
        kind = category.tax_cii if view.syntax == "cii" and category.tax_cii else category.tax
        for row in category.rows(view):
            tax, basis, rate = row.number("BT-117"), row.number("BT-116"), row.number("BT-119")
            expected: Decimal | None = ZERO
            if kind == "computed":
                expected = round_like_schematron(abs(basis) * rate / 100) if basis is not None and rate is not None else None
                is_right = tax is not None and expected is not None and is_near(abs(tax), expected, inclusive=False)
            else:
                is_right = kind == "any" or tax == ZERO
            if not is_right:
                message = f"BT-117 of category {category.code} is {shown(tax)}, expected {shown(expected)}"
                yield Hit(row.place("BT-117"), message, (shown(tax), shown(expected)))

    return check


def _reason(category: Category) -> Callable[[View], Iterator[Hit]]:
    """10: an exemption reason is given where the category needs one, and is not where it makes no sense."""

    def check(view: View) -> Iterator[Hit]:
        for row in category.rows(view):
            has_reason = row.has("BT-120") or row.has("BT-121")
            if has_reason != (category.reason == "required"):
                word = "needs" if category.reason == "required" else "must not have"
                yield Hit(row.place("BT-120"), f"category {category.code} {word} an exemption reason (BT-120, BT-121)")

    return check


def _rules_of(category: Category) -> Iterator[Rule]:
    def allowances(view: View) -> list[Node]:
        return category.adjustments(view, "BG-20")

    def charges(view: View) -> list[Node]:
        return category.adjustments(view, "BG-21")

    checks = (
        _breakdown(category),
        _parties(category, category.lines),
        _parties(category, allowances),
        _parties(category, charges),
        _rates(category, category.lines, "BT-152"),
        _rates(category, allowances, "BT-96"),
        _rates(category, charges, "BT-103"),
        _basis(category),
        _amount(category),
        _reason(category),
    )
    content_rules = {8, 9, 10}
    for number, check in enumerate(checks, start=1):
        legal = LegalClass.CONTENT if number in content_rules else LegalClass.BUSINESS_RULE
        yield Rule(f"BR-{category.prefix}-{number:02}", check, legal_class=legal)


def _has_row(view: View, code: str) -> Node | None:
    return next((row for row in view.root.groups("BG-23.all") if row.text("BT-118") == code), None)


def br_ic_11(view: View) -> Iterator[Hit]:
    """Intra-community supply: delivery date (BT-72) or invoicing period (BG-14)."""
    row, period = _has_row(view, "K"), view.root.group("BG-14")
    has_period = period is not None and (
        len(period.element) > 0 if view.syntax == "ubl" else period.has("BT-73") or period.has("BT-74")
    )
    has_date = len(view.root.text("BT-72")) > 1 if view.syntax == "ubl" else view.root.has("BT-72")
    if row is not None and not (has_date or has_period):
        yield Hit(row.location, "category K needs a delivery date (BT-72) or an invoicing period (BG-14)")


def br_ic_12(view: View) -> Iterator[Hit]:
    """Intra-community supply: country of delivery (BT-80)."""
    row = _has_row(view, "K")
    deliver_to = view.root.group("BG-13")
    address = deliver_to.group("BG-15") if deliver_to else None
    has_country = address is not None and (len(address.text("BT-80")) > 1 if view.syntax == "ubl" else address.has("BT-80"))
    if row is not None and not has_country:
        yield Hit(row.location, "category K needs the country of delivery (BT-80)")


def _other_than_o(view: View, owner: str, term: str) -> list[Node]:
    return [node for node in view.root.groups(owner) if any(value.text != "O" for value in node.values(term))]


def _excluded_by_o(view: View, ubl: tuple[tuple[str, str], ...], cii: tuple[tuple[str, str], ...]) -> Iterator[Hit]:
    row = _has_row(view, "O")
    others = [node for owner, term in (cii if view.syntax == "cii" else ubl) for node in _other_than_o(view, owner, term)]
    if row is not None and others:
        yield Hit(others[0].location, "category O excludes every other category in the invoice")


_ROWS, _LINES = ("BG-23.all", "BT-118"), ("BG-25", "BT-151")
_ALLOWANCES, _CHARGES = ("BG-20", "BT-95"), ("BG-21", "BT-102")


def br_o_11(view: View) -> Iterator[Hit]:
    """Not subject to VAT: no other VAT breakdown row."""
    yield from _excluded_by_o(view, (_ROWS,), (_ROWS, _LINES))


def br_o_12(view: View) -> Iterator[Hit]:
    """Not subject to VAT: no line of another category."""
    yield from _excluded_by_o(view, (_LINES,), (_ROWS, _LINES))


def br_o_13(view: View) -> Iterator[Hit]:
    """Not subject to VAT: no allowance of another category."""
    yield from _excluded_by_o(view, (_ALLOWANCES,), (_ALLOWANCES, _CHARGES))


def br_o_14(view: View) -> Iterator[Hit]:
    """Not subject to VAT: no charge of another category."""
    yield from _excluded_by_o(view, (_CHARGES,), (_ALLOWANCES, _CHARGES))


def _all_categories(view: View) -> set[str]:
    names = ("cac:TaxCategory", "cac:ClassifiedTaxCategory") if view.syntax == "ubl" else ("ram:CategoryCode",)
    elements = [element for name in names for element in view.elements(name)]
    if view.syntax == "cii":
        return {content(element) for element in elements}
    return {content(child) for element in elements for child in element if view.name(child) == "cbc:ID"}


def br_b_01(view: View) -> Iterator[Hit]:
    """Split payment: a domestic Italian invoice."""
    name = "cbc:IdentificationCode" if view.syntax == "ubl" else "ram:CountryID"
    if SPLIT_PAYMENT in _all_categories(view) and any(content(element) != ITALY for element in view.elements(name)):
        yield Hit(view.root.location, "category B is for domestic Italian invoices only")


def br_b_02(view: View) -> Iterator[Hit]:
    """Split payment: no standard rated item beside it."""
    if {SPLIT_PAYMENT, "S"} <= _all_categories(view):
        yield Hit(view.root.location, "category B excludes category S in the invoice")


RULES: tuple[Rule, ...] = (
    *(rule for category in _categories() for rule in _rules_of(category)),
    *rules_of(br_ic_11, legal_class=LegalClass.CONTENT),
    *rules_of(br_ic_12, br_o_11, br_o_12, br_o_13, br_o_14, br_b_01, br_b_02),
)
