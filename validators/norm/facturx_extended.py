"""Rules of the Factur-X profile EXTENDED (BR-FXEXT-*): sums with a cent per amount added up, lines of three kinds, charges for logistics.

A line is of the kind DETAIL (or says nothing), GROUP or INFORMATION; only the first kind counts. Source: Factur-X 1.09.2.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from lxml import etree

from validators.norm.report import LegalClass
from validators.norm.rule import Check, Hit, Rule, shown, total
from validators.norm.view import Node, View, content, decimal

CENT, ZERO = Decimal("0.01"), Decimal(0)
CATEGORIES = {"S": "S", "Z": "Z", "E": "E", "AE": "AE", "K": "IC", "G": "G", "O": "O", "L": "AF", "M": "AG"}
WITHOUT_RATE = "O"


def _children(view: View, element: etree._Element, *names: str) -> list[etree._Element]:
    found = [element]
    for name in names:
        found = [child for each in found for child in each.iterchildren(etree.Element) if view.name(child) == name]
    return found


def _kind(line: Node) -> str:
    rows = _children(line.view, line.element, "ram:AssociatedDocumentLineDocument", "ram:LineStatusReasonCode")
    return content(rows[0]) if rows else "DETAIL"


def _lines(view: View) -> list[Node]:
    return [line for line in view.root.groups("BG-25") if _kind(line) == "DETAIL"]


Reason = tuple[str, str]
"""Code and text of an exemption."""


class Amount(NamedTuple):
    """An amount, with its sign, that counts for a category of VAT, at a rate, for a reason of exemption."""

    amount: Decimal
    category: str
    rate: Decimal | None
    reason: Reason


def _reason(view: View, tax: etree._Element) -> Reason:
    texts = {view.name(each): " ".join(content(each).split()) for each in tax.iterchildren(etree.Element)}
    return texts.get("ram:ExemptionReasonCode", ""), texts.get("ram:ExemptionReason", "")


def _taxed(view: View, element: etree._Element, amount: Decimal | None, *way: str) -> Amount:
    taxes = _children(view, element, *way)
    if not taxes:
        return Amount(amount or ZERO, "", None, ("", ""))
    codes = [content(each) for each in _children(view, taxes[0], "ram:CategoryCode")]
    rates = [decimal(content(each)) for each in _children(view, taxes[0], "ram:RateApplicablePercent")]
    return Amount(amount or ZERO, (codes or [""])[0], (rates or [None])[0], _reason(view, taxes[0]))


def _logistics(view: View) -> Iterator[Amount]:
    for charge in view.elements("ram:SpecifiedLogisticsServiceCharge"):
        amounts = [decimal(content(each)) for each in _children(view, charge, "ram:AppliedAmount")]
        yield _taxed(view, charge, amounts[0] if amounts else None, "ram:AppliedTradeTax")


@lru_cache(maxsize=1)  # forty rules ask for the same view, one after the other
def _amounts(view: View) -> list[Amount]:
    """What the taxable amounts are made of: lines, charges and logistics, less allowances."""
    way = ("ram:SpecifiedLineTradeSettlement", "ram:ApplicableTradeTax")
    found = [_taxed(view, line.element, line.number("BT-131"), *way) for line in _lines(view)]
    for row in view.root.groups("BG-20"):
        found.append(_taxed(view, row.element, -(row.number("BT-92") or ZERO), "ram:CategoryTradeTax"))
    for row in view.root.groups("BG-21"):
        found.append(_taxed(view, row.element, row.number("BT-99"), "ram:CategoryTradeTax"))
    return [*found, *_logistics(view)]


def _near(stated: Decimal | None, expected: Decimal, number: int) -> bool:
    return stated is not None and abs(stated - expected) <= CENT * number


def _sum(term: str, parts: Callable[[View], list[Decimal | None]], name: str, optional: bool) -> Check:
    def check(view: View) -> Iterator[Hit]:
        for totals in view.root.groups("BG-22"):
            found = parts(view)
            if optional and not totals.has(term) and not found:
                continue
            stated, expected = totals.number(term), total(found)
            if not _near(stated, expected, len(found)):
                values = (shown(stated), shown(expected))
                yield Hit(totals.place(term), f"{term} is {values[0]}, {name} gives {values[1]}", values)

    return check


def _tax_total(view: View, totals: Node) -> Decimal | None:
    currency = view.root_text("BT-5")
    own = [each for each in view.elements("ram:TaxTotalAmount") if each.get("currencyID") == currency]
    return decimal(content(own[0])) if own else None


def br_fxext_co_15(view: View) -> Iterator[Hit]:
    """BT-112 = BT-109 + BT-110, within a cent per amount."""
    for totals in view.root.groups("BG-22"):
        tax, net, gross = _tax_total(view, totals), totals.number("BT-109"), totals.number("BT-112")
        if tax is None:  # the official test has no answer without it, which counts as no
            yield Hit(totals.place("BT-110"), "BT-110 must be given")
        elif not _near(gross, (net or ZERO) + tax, len(_amounts(view))):
            values = (shown(gross), shown((net or ZERO) + tax))
            yield Hit(totals.place("BT-112"), f"BT-112 is {values[0]}, BT-109 + BT-110 gives {values[1]}", values)


def br_fxext_co_16(view: View) -> Iterator[Hit]:
    """BT-115 = BT-112 - BT-113 + BT-114."""
    for totals in view.root.groups("BG-22"):
        parts = (totals.number("BT-112"), -(totals.number("BT-113") or Decimal(0)), totals.number("BT-114"))
        due = totals.number("BT-115")
        if due is None or parts[0] is None or due != total(list(parts)):
            values = (shown(due), shown(total(list(parts))))
            yield Hit(totals.place("BT-115"), f"BT-115 is {values[0]}, BT-112 - BT-113 + BT-114 gives {values[1]}", values)


def _rows(view: View, code: str) -> list[Node]:
    return [row for row in view.root.groups("BG-23.all") if row.text("BT-118") == code]


def _breakdown(code: str) -> Check:
    """What has a category appears in the breakdown, and the other way round."""

    def check(view: View) -> Iterator[Hit]:
        used, rows = any(each.category == code for each in _amounts(view)), _rows(view, code)
        if used != bool(rows):
            message = f"category {code} is {'used, and not' if used else 'not used, but'} in the VAT breakdown"
            yield Hit(view.root.location, message, (str(len(rows)),))

    return check


def _parts(view: View, row: Node, code: str, with_reason: bool) -> list[Amount]:
    rate, reason = row.number("BT-119"), _reason(view, row.element)
    return [
        each
        for each in _amounts(view)
        if each.category == code and (code == WITHOUT_RATE or each.rate == rate) and (not with_reason or each.reason == reason)
    ]


def _is_basis(view: View, row: Node, code: str, with_reason: bool) -> bool:
    if code != WITHOUT_RATE and row.number("BT-119") is None:
        return False
    parts = _parts(view, row, code, with_reason)
    return _near(row.number("BT-116"), sum((each.amount for each in parts), ZERO), len(parts))


def _basis(code: str, *ways: bool) -> Check:
    """A check that the taxable amount is the sum of the amounts of the category (and of its reason of exemption), in one of the ways."""

    def check(view: View) -> Iterator[Hit]:
        for row in _rows(view, code):
            if not any(_is_basis(view, row, code, with_reason) for with_reason in ways):
                expected = sum((each.amount for each in _parts(view, row, code, ways[0])), ZERO)
                values = (shown(row.number("BT-116")), shown(expected))
                yield Hit(row.place("BT-116"), f"BT-116 is {values[0]}, the amounts of {code} give {values[1]}", values)

    return check


def br_fxext_s_09b(view: View) -> Iterator[Hit]:
    """BT-117 = BT-116 x BT-119, within a cent per amount."""
    for row in view.root.groups("BG-23.all"):
        basis, rate, tax = row.number("BT-116"), row.number("BT-119"), row.number("BT-117")
        if row.text("BT-118") != "S" or basis is None or rate is None:
            continue
        number = sum(1 for each in _amounts(view) if each.category == "S" and each.rate == rate)
        if not _near(tax, basis * rate / 100, number):
            values = (shown(tax), shown(basis * rate / 100))
            yield Hit(row.place("BT-117"), f"BT-117 is {values[0]}, BT-116 x BT-119 gives {values[1]}", values)


def _in_lines(term: str) -> Check:
    def check(view: View) -> Iterator[Hit]:
        for line in _lines(view):
            if not line.has(term):
                yield Hit(line.location, f"a line needs {term}")

    return check


def _either(owner: str, *ways: tuple[str, ...]) -> Check:
    """A check that every such element has one of the elements at the ends of the ways."""

    def check(view: View) -> Iterator[Hit]:
        for element in view.elements(owner):
            if not any(_children(view, element, *way) for way in ways):
                names = " or ".join("/".join(way) for way in ways)
                yield Hit(view.location(element), f"{names} must be given")

    return check


def _charge_reason(owner: str) -> Check:
    def check(view: View) -> Iterator[Hit]:
        for element in view.elements("ram:SpecifiedTradeAllowanceCharge"):
            parent = element.getparent()
            indicators = [content(each) for each in _children(view, element, "ram:ChargeIndicator", "udt:Indicator")]
            has_reason = _children(view, element, "ram:Reason") or _children(view, element, "ram:ReasonCode")
            if parent is not None and view.name(parent) == owner and "true" in indicators and not has_reason:
                yield Hit(view.location(element), "a charge needs a reason or its code")

    return check


def br_fxext_06(view: View) -> Iterator[Hit]:
    """A line below another says of which kind it is."""
    for document in view.elements("ram:AssociatedDocumentLineDocument"):
        if _children(view, document, "ram:ParentLineID") and not _children(view, document, "ram:LineStatusReasonCode"):
            yield Hit(view.location(document), "a line below another needs its kind (BT-X-8)")


def br_fxext_11(view: View) -> Iterator[Hit]:
    """The line above exists."""
    known = {content(each) for each in view.elements("ram:LineID")}
    for element in view.elements("ram:ParentLineID"):
        if content(element) and content(element) not in known:
            yield Hit(view.location(element), "the line above is not in the invoice", (content(element),))


def _below(view: View, line: Node, *kinds: str) -> list[Node]:
    name = _line_id(view, line, "ram:LineID")
    return [
        each for each in view.root.groups("BG-25") if _line_id(view, each, "ram:ParentLineID") == name and _stated(each) in kinds
    ]


def _line_id(view: View, line: Node, name: str) -> str | None:
    found = _children(view, line.element, "ram:AssociatedDocumentLineDocument", name)
    return content(found[0]) if found else None


def _stated(line: Node) -> str:
    found = _children(line.view, line.element, "ram:AssociatedDocumentLineDocument", "ram:LineStatusReasonCode")
    return content(found[0]) if found else ""


def _groups(view: View) -> list[Node]:
    return [line for line in view.root.groups("BG-25") if _stated(line) == "GROUP" and line.has("BT-131")]


def br_fxext_08(view: View) -> Iterator[Hit]:
    """The amount of a group is the sum of the lines right below it."""
    for line in _groups(view):
        stated = line.number("BT-131")
        expected = total([each.number("BT-131") for each in _below(view, line, "DETAIL", "GROUP")])
        if stated != expected:
            values = (shown(stated), shown(expected))
            yield Hit(line.place("BT-131"), f"the amount of the group is {values[0]}, its lines give {values[1]}", values)


def br_fxext_12(view: View) -> Iterator[Hit]:
    """Where a group has an amount, the groups right below it have one."""
    for line in _groups(view):
        if not all(each.has("BT-131") for each in _below(view, line, "GROUP")):
            yield Hit(line.location, "a group below this one has no amount (BT-131)")


def br_fxext_cii_dt_097a(view: View) -> Iterator[Hit]:
    """A time in format 205 is YYYYMMDDHHMMSS, or with the zone."""
    for element in view.elements("udt:DateTimeString"):
        if element.get("format") == "205" and not re.fullmatch(r"\s*[0-9]{12,14}.*", element.text or "", re.DOTALL):
            yield Hit(view.location(element), "a time in format 205 is YYYYMMDDHHMMSS", (element.text or "",))


def br_co_25(view: View) -> Iterator[Hit]:
    """An amount due (BT-115) above zero has a due date (BT-9) or payment terms (BT-20)."""
    for totals in view.root.groups("BG-22"):
        due = totals.number("BT-115")
        if due is not None and due > 0 and not (view.root.has("BT-9") or view.root.has("BT-20")):
            message = "an amount due needs a due date (BT-9) or payment terms (BT-20)"
            yield Hit(totals.place("BT-115"), message, (totals.text("BT-115"),))


_CHECKS: tuple[tuple[str, Check], ...] = (
    ("BR-CO-25", br_co_25),
    ("BR-FXEXT-CO-10", _sum("BT-106", lambda view: [line.number("BT-131") for line in _lines(view)], "the sum of BT-131", False)),
    (
        "BR-FXEXT-CO-11",
        _sum("BT-107", lambda view: [r.number("BT-92") for r in view.root.groups("BG-20")], "the sum of BT-92", True),
    ),
    (
        "BR-FXEXT-CO-12",
        _sum(
            "BT-108",
            lambda view: [*(r.number("BT-99") for r in view.root.groups("BG-21")), *(each.amount for each in _logistics(view))],
            "the sum of BT-99 and BT-X-272",
            True,
        ),
    ),
    (
        "BR-FXEXT-CO-13",
        _sum("BT-109", lambda view: [each.amount for each in _amounts(view)], "lines, charges and allowances", False),
    ),
    ("BR-FXEXT-CO-15", br_fxext_co_15),
    ("BR-FXEXT-CO-16", br_fxext_co_16),
    *((f"BR-FXEXT-{name}-01", _breakdown(code)) for code, name in CATEGORIES.items()),
    *(
        (f"BR-FXEXT-{name}-08b" if code != "S" else "BR-FXEXT-S08b", _basis(code, False, True))
        for code, name in CATEGORIES.items()
    ),
    ("BR-FXEXT-S-09b", br_fxext_s_09b),
    ("BR-FXEXT-BR-22", _in_lines("BT-129")),
    ("BR-FXEXT-BR-23", _in_lines("BT-130")),
    ("BR-FXEXT-BR-24", _in_lines("BT-131")),
    ("BR-FXEXT-BR-26", _in_lines("BT-146")),
    ("BR-FXEXT-CO-04", _in_lines("BT-151")),
    ("BR-FXEXT-BR-38", _charge_reason("ram:ApplicableHeaderTradeSettlement")),
    ("BR-FXEXT-BR-44", _charge_reason("ram:SpecifiedLineTradeSettlement")),
    ("BR-FXEXT-BR-54-1", _either("ram:ApplicableProductCharacteristic", ("ram:Description",), ("ram:TypeCode",))),
    ("BR-FXEXT-BR-54-2", _either("ram:ApplicableProductCharacteristic", ("ram:Value",), ("ram:ValueMeasure",))),
    ("BR-FXEXT-06", br_fxext_06),
    ("BR-FXEXT-08", br_fxext_08),
    ("BR-FXEXT-11", br_fxext_11),
    ("BR-FXEXT-12", br_fxext_12),
    ("BR-FXEXT-CII-DT-097a", br_fxext_cii_dt_097a),
)

_WARNINGS = (
    *((f"BR-FXEXT-{name}-08ini", _basis(code, False)) for code, name in CATEGORIES.items()),
    *((f"BR-FXEXT-{name}-08rev", _basis(code, True)) for code, name in CATEGORIES.items()),
)

RULES: tuple[Rule, ...] = (
    *(Rule(rule, check, legal_class=LegalClass.BUSINESS_RULE, syntax="cii") for rule, check in _CHECKS),
    *(Rule(rule, check, "warning", legal_class=LegalClass.BUSINESS_RULE, syntax="cii") for rule, check in _WARNINGS),
)

OF_BASIC: tuple[Rule, ...] = tuple(rule for rule in RULES if rule.id == "BR-FXEXT-Z-08rev")
"""The one that the edition of BASIC asks, too."""
