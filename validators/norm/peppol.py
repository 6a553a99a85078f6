"""Rules of Peppol BIS Billing 3.0 (PEPPOL-EN16931-R001 to R130), most of which XRechnung shares.

The two syntaxes differ where the published tests do: CII is asked for currencies instead of subtotals, for both prices of a line, and
has two rules for the indicator (R043-1, R043-2). Codes, identifiers and national rules of Peppol are in modules of their own.
Source: Peppol BIS 3.0.19; for CII as XRechnung 3.0.2 takes them over.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

from schemas.money import round_like_schematron
from validators.norm.rule import Check, Hit, Rule, chain, shown, total
from validators.norm.view import Node, View, content, decimal

SLACK, FORINT_SLACK = Decimal("0.02"), Decimal("0.5")
"""Tolerance of R040 and R120; XRechnung allows half a forint, which has no hundredths."""
DIRECT_DEBIT = frozenset({"49", "59"})
PROCESS = re.compile(r"urn:fdc:peppol\.eu:2017:poacc:billing:([0-9]{2}):1\.0")
SPECIFICATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
ADJUSTMENTS = (("BG-20", "BT-92", "BT-93", "BT-94"), ("BG-21", "BT-99", "BT-100", "BT-101"))
LINE_ADJUSTMENTS = (("BG-25/BG-27", "BT-136", "BT-137", "BT-138"), ("BG-25/BG-28", "BT-141", "BT-142", "BT-143"))
ONE = Decimal(1)
ZERO = Decimal(0)


def r001(view: View) -> Iterator[Hit]:
    """The business process (BT-23) is given."""
    if not view.root.has("BT-23"):
        yield Hit(view.root.place("BT-23"), "BT-23 must be given")


def is_german(view: View) -> bool:
    """Whether seller and buyer are in Germany."""
    places = (("BG-4/BG-5", "BT-40"), ("BG-7/BG-8", "BT-55"))
    return all(any(node.text(term).upper() == "DE" for node in chain(view, path)) for path, term in places)


def r002(view: View) -> Iterator[Hit]:
    """At most one note (BG-1), except within Germany."""
    if len(view.root.groups("BG-1")) > 1 and not is_german(view):
        yield Hit(view.root.groups("BG-1")[1].location, "only one note is allowed")


def r003(view: View) -> Iterator[Hit]:
    """Buyer reference (BT-10) or purchase order (BT-13)."""
    if not view.root.has("BT-10") and not view.root.has("BT-13"):
        yield Hit(view.root.place("BT-10"), "BT-10 or BT-13 must be given")


def r004(view: View) -> Iterator[Hit]:
    """The specification (BT-24) is Peppol's."""
    if not view.root_text("BT-24").startswith(SPECIFICATION):
        yield Hit(view.root.place("BT-24"), f"BT-24 must be {SPECIFICATION}", (view.root_text("BT-24"),))


def r005(view: View) -> Iterator[Hit]:
    """The VAT accounting currency (BT-6) differs from the invoice currency (BT-5)."""
    for value in view.root.values("BT-6"):
        if value.text == view.root_text("BT-5"):
            yield Hit(view.location(value.element), "BT-6 must differ from BT-5", (value.text,))


def r007(view: View) -> Iterator[Hit]:
    """The business process (BT-23) has Peppol's form."""
    if not PROCESS.search(view.root_text("BT-23")):
        yield Hit(view.root.place("BT-23"), "BT-23 must name a Peppol billing process", (view.root_text("BT-23"),))


def r008(view: View) -> Iterator[Hit]:
    """No empty elements; CII may leave the delivery empty."""
    for element in view.all_elements():
        if not len(element) and not (element.text or "").strip() and view.name(element) != "ram:ApplicableHeaderTradeDelivery":
            yield Hit(view.location(element), "the element is empty")


def _address(view: View, owner: str, term: str) -> Iterator[Hit]:
    for party in view.root.groups(owner):
        if not party.has(term):
            yield Hit(party.place(term), f"the electronic address {term} must be given")


def r010(view: View) -> Iterator[Hit]:
    """The buyer's electronic address (BT-49) is given."""
    yield from _address(view, "BG-7", "BT-49")


def r020(view: View) -> Iterator[Hit]:
    """The seller's electronic address (BT-34) is given."""
    yield from _address(view, "BG-4", "BT-34")


def _slack(view: View) -> Decimal:
    is_forint = view.root_text("BT-5") == "HUF" and "xrechnung" in view.root_text("BT-24")
    return FORINT_SLACK if is_forint else SLACK


def _adjustments(view: View) -> Iterator[tuple[Node, str, str, str]]:
    for owner, amount, basis, percent in (*ADJUSTMENTS, *LINE_ADJUSTMENTS):
        for row in chain(view, owner):
            yield row, amount, basis, percent


def r040(view: View) -> Iterator[Hit]:
    """An allowance or charge is its base times its percentage, within 0.02."""
    for row, amount, basis, percent in _adjustments(view):
        base, rate = row.number(basis), row.number(percent)
        if base is None or rate is None:
            continue
        expected, stated = base * rate / 100, row.number(amount) or ZERO
        if abs(stated - expected) > _slack(view):
            values = (shown(stated), shown(expected))
            yield Hit(row.place(amount), f"{amount} is {values[0]}, {basis} x {percent} gives {values[1]}", values)


def r041(view: View) -> Iterator[Hit]:
    """A percentage needs its base amount."""
    for row, _, basis, percent in _adjustments(view):
        if row.has(percent) and not row.has(basis):
            yield Hit(row.place(basis), f"{basis} must be given with {percent}")


def r042(view: View) -> Iterator[Hit]:
    """A base amount needs its percentage."""
    for row, _, basis, percent in _adjustments(view):
        if row.has(basis) and not row.has(percent):
            yield Hit(row.place(percent), f"{percent} must be given with {basis}")


def _children(element: etree._Element, view: View, name: str) -> list[etree._Element]:
    return [child for child in element.iterchildren(etree.Element) if view.name(child) == name]


_PARTS = (("cbc:MultiplierFactorNumeric", "cbc:BaseAmount"), ("ram:CalculationPercent", "ram:BasisAmount"))


def _is_complete(view: View, element: etree._Element) -> bool:
    """Percentage and base, or neither; where one is missing only R041 or R042 is asked."""
    percent, basis = _PARTS[0 if view.syntax == "ubl" else 1]
    return bool(_children(element, view, percent)) == bool(_children(element, view, basis))


def _indicator(name: str, outside: str = "") -> Check:
    """A check that the indicator of every such allowance or charge is written ``true`` or ``false``."""

    def check(view: View) -> Iterator[Hit]:
        for element in view.elements(name):
            parent = element.getparent()
            if (parent is not None and view.name(parent) == outside) or not _is_complete(view, element):
                continue
            prefix = "cbc" if view.syntax == "ubl" else "ram"
            stated = [content(each) for each in _children(element, view, f"{prefix}:ChargeIndicator")]
            if not set(stated) & {"true", "false"}:
                yield Hit(view.location(element), "the indicator must be true or false", tuple(stated[:1]))

    return check


def _price_discounts(view: View, line: Node) -> Iterator[etree._Element]:
    if view.syntax == "ubl":
        for price in _children(line.element, view, "cac:Price"):
            yield from _children(price, view, "cac:AllowanceCharge")
        return
    for value in line.values("BT-147"):
        parent = value.element.getparent()
        if parent is not None:
            yield parent


def r044(view: View) -> Iterator[Hit]:
    """No charge on a price."""
    names = ("cbc:ChargeIndicator", "udt:Indicator")
    for line in view.root.groups("BG-25"):
        for row in _price_discounts(view, line):
            if "false" not in {content(each) for each in row.iter(etree.Element) if view.name(each) in names}:
                yield Hit(view.location(row), "a price has allowances only, its indicator is false")


def r046(view: View) -> Iterator[Hit]:
    """Net price (BT-146) = gross price (BT-148) - discount (BT-147); CII takes no discount for none."""
    for line in view.root.groups("BG-25"):
        gross, net = line.number("BT-148"), line.number("BT-146")
        discount = ZERO if view.syntax == "cii" and not line.has("BT-147") else line.number("BT-147")
        expected = gross - discount if gross is not None and discount is not None else None
        if line.has("BT-148") and (net is None or net != expected):
            values = (shown(net), shown(expected))
            yield Hit(line.place("BT-146"), f"BT-146 is {values[0]}, BT-148 - BT-147 gives {values[1]}", values)


AMOUNTS = tuple(
    f"cbc:{name}"
    for name in (
        "Amount", "BaseAmount", "PriceAmount", "TaxAmount", "TaxableAmount", "LineExtensionAmount", "TaxExclusiveAmount",
        "TaxInclusiveAmount", "AllowanceTotalAmount", "ChargeTotalAmount", "PrepaidAmount", "PayableRoundingAmount", "PayableAmount",
    )
)  # fmt: skip


def _amounts(view: View) -> list[etree._Element]:
    if view.syntax == "cii":
        return [
            each for each in view.all_elements() if each.get("currencyID") is not None and view.name(each) != "ram:TaxTotalAmount"
        ]
    return [each for name in AMOUNTS for each in view.elements(name)]


def r051(view: View) -> Iterator[Hit]:
    """All amounts are in the invoice currency, except the total VAT amount in accounting currency."""
    currency = view.root_text("BT-5")
    for element in _amounts(view):
        parent = element.getparent()
        is_total = parent is not None and view.name(parent) == "cac:TaxTotal" and not _children(parent, view, "cac:TaxSubtotal")
        if element.get("currencyID") != currency and not is_total:
            stated = element.get("currencyID", "")
            yield Hit(
                view.location(element),
                f"the amount is in {stated or 'no currency'}, the invoice in {currency}",
                (stated, currency),
            )


def _tax_totals(view: View) -> tuple[int, int]:
    """How many tax totals have subtotals, and how many have none. CII tells them apart by their currency."""
    if view.syntax == "ubl":
        rows = view.root.groups("TAX-TOTAL")
        return sum(1 for row in rows if row.groups("BG-23")), sum(1 for row in rows if not row.groups("BG-23"))
    currencies = [element.get("currencyID") for element in view.elements("ram:TaxTotalAmount")]
    own = currencies.count(view.root_text("BT-5"))
    return own, len(currencies) - own - currencies.count(None)


def r053(view: View) -> Iterator[Hit]:
    """Exactly one tax total with subtotals; in CII at most one in the invoice currency."""
    number = _tax_totals(view)[0]
    if number > 1 or (number == 0 and view.syntax == "ubl"):
        yield Hit(view.root.location, "exactly one tax total with subtotals is allowed", (str(number),))


def r054(view: View) -> Iterator[Hit]:
    """Exactly one tax total without subtotals where an accounting currency (BT-6) is given, else none."""
    if _tax_totals(view)[1] != (1 if view.root.has("BT-6") else 0):
        yield Hit(view.root.location, "a tax total without subtotals belongs to an accounting currency (BT-6)")


def _signed(view: View, currency: str) -> list[Decimal]:
    name = "cbc:TaxAmount" if view.syntax == "ubl" else "ram:TaxTotalAmount"
    found = [
        decimal(content(each)) for each in view.elements(name) if each.get("currencyID") == currency and _is_total(view, each)
    ]
    return [amount for amount in found if amount is not None]


def r055(view: View) -> Iterator[Hit]:
    """Both total VAT amounts have the same sign."""
    if not view.root.has("BT-6"):
        return
    own, other = _signed(view, view.root_text("BT-5")), _signed(view, view.root_text("BT-6"))
    if view.syntax == "cii" and not own:
        return
    if view.syntax == "ubl":
        negative = all(any(amount <= ZERO for amount in amounts) for amounts in (own, other))
    else:
        negative = all(any(amount < ZERO for amount in amounts) for amounts in (own, other))
    positive = all(any(amount >= ZERO for amount in amounts) for amounts in (own, other))
    if not (negative or positive):
        yield Hit(view.root.location, "BT-110 and BT-111 must have the same sign")


def _is_total(view: View, element: etree._Element) -> bool:
    parent = element.getparent()
    return view.syntax == "cii" or (parent is not None and view.name(parent) == "cac:TaxTotal")


def r061(view: View) -> Iterator[Hit]:
    """A direct debit names its mandate (BT-89)."""
    for means in view.root.groups("BG-16"):
        has_mandate = means.has("BT-89") if view.syntax == "ubl" else view.root.has("BT-89")
        if means.text("BT-81") in DIRECT_DEBIT and not has_mandate:
            yield Hit(means.location, "a direct debit needs its mandate (BT-89)")


def _outside(view: View, term: str, header_term: str, later: bool) -> Iterator[Hit]:
    header = view.root.group("BG-14")
    if header is None or not header.has(header_term):
        return
    for period in chain(view, "BG-25/BG-26"):
        if not period.has(term):
            continue
        line, whole = period.text(term), header.text(header_term)
        if line > whole if later else line < whole:
            yield Hit(period.place(term), f"{term} {line} lies outside of the invoicing period ({whole})", (line, whole))


def r110(view: View) -> Iterator[Hit]:
    """A line period does not start before the invoicing period."""
    yield from _outside(view, "BT-134", "BT-73", later=False)


def r111(view: View) -> Iterator[Hit]:
    """A line period does not end after the invoicing period."""
    yield from _outside(view, "BT-135", "BT-74", later=True)


def _references(view: View) -> Iterator[tuple[Node, list[etree._Element]]]:
    """Every line with the documents it refers to."""
    for line in view.root.groups("BG-25"):
        if view.syntax == "ubl":
            yield line, _children(line.element, view, "cac:DocumentReference")
        else:
            settlements = _children(line.element, view, "ram:SpecifiedLineTradeSettlement")
            yield line, [each for one in settlements for each in _children(one, view, "ram:AdditionalReferencedDocument")]


def r080(view: View) -> Iterator[Hit]:
    """A credit note has at most one project reference (BT-11)."""
    rows = view.elements("cac:AdditionalDocumentReference") if view.document_type == "CreditNote" else []
    projects = [row for row in rows if "50" in [content(each) for each in _children(row, view, "cbc:DocumentTypeCode")]]
    if len(projects) > 1:
        yield Hit(view.location(projects[1]), "only one project reference (BT-11) is allowed", (str(len(projects)),))


def r100(view: View) -> Iterator[Hit]:
    """A line refers to one invoiced object at most."""
    for _, references in _references(view):
        if len(references) > 1:
            yield Hit(view.location(references[1]), "a line refers to one invoiced object at most", (str(len(references)),))


def r101(view: View) -> Iterator[Hit]:
    """A line's document reference is an invoiced object (type 130)."""
    for _, references in _references(view):
        names = ("cbc:DocumentTypeCode", "ram:TypeCode")
        codes = [content(child) for each in references for child in each.iterchildren(etree.Element) if view.name(child) in names]
        if references and "130" not in codes:
            yield Hit(view.location(references[0]), "a line refers to an invoiced object only (type 130)", tuple(codes[:1]))


def r120(view: View) -> Iterator[Hit]:
    """Line net amount = quantity x price / base quantity + charges - allowances, within 0.02."""
    for line in view.root.groups("BG-25"):
        base = line.number("BT-149") or (line.number("BT-149.gross") if view.syntax == "cii" else None) or ONE
        quantity = line.number("BT-129") if line.has("BT-129") else ONE
        product = (quantity or ZERO) * (line.number("BT-146") or ZERO) / base
        charges = round_like_schematron(total([row.number("BT-141") for row in line.groups("BG-28")]))
        allowances = round_like_schematron(total([row.number("BT-136") for row in line.groups("BG-27")]))
        expected, stated = product + charges - allowances, line.number("BT-131") or ZERO
        if abs(stated - expected) > _slack(view):
            rounded = round_like_schematron(expected, 4)
            message = f"BT-131 is {shown(stated)}, quantity x price + charges - allowances gives {shown(rounded)}"
            yield Hit(line.place("BT-131"), message, (shown(stated), shown(rounded)))


_BASES = ("BT-149", "BT-149.gross")


def r121(view: View) -> Iterator[Hit]:
    """The price base quantity (BT-149) is above zero."""
    for line in view.root.groups("BG-25"):
        for value in [value for term in _BASES for value in line.values(term)]:
            base = decimal(value.text)
            if base is None or base <= ZERO:
                yield Hit(view.location(value.element), "BT-149 must be above zero", (value.text,))


def r130(view: View) -> Iterator[Hit]:
    """The unit of the price base quantity (BT-150) is that of the invoiced quantity (BT-130)."""
    for line in view.root.groups("BG-25"):
        if view.syntax == "ubl" and not line.has("BT-129"):
            continue
        for value in [value for term in ("BT-150", "BT-150.gross") for value in line.values(term)]:
            if value.text != line.text("BT-130"):
                yield Hit(view.location(value.element), "BT-150 must equal BT-130", (value.text, line.text("BT-130")))


def _named(*checks: Check) -> tuple[Rule, ...]:
    return tuple(Rule(f"PEPPOL-EN16931-{check.__name__.upper()}", check) for check in checks)


_ADJUSTED = (
    ("cac:AllowanceCharge", "cac:Price"),
    ("ram:SpecifiedTradeAllowanceCharge", ""),
    ("ram:AppliedTradeAllowanceCharge", ""),
)

SHARED: tuple[Rule, ...] = (
    *_named(
        r001, r005, r008, r010, r020, r040, r041, r042, r044, r046, r053, r054, r055, r061, r101, r110, r111, r120, r121, r130
    ),
    Rule("PEPPOL-EN16931-R043", _indicator(*_ADJUSTED[0]), syntax="ubl"),
    Rule("PEPPOL-EN16931-R043-1", _indicator(*_ADJUSTED[1]), syntax="cii"),
    Rule("PEPPOL-EN16931-R043-2", _indicator(*_ADJUSTED[2]), syntax="cii"),
)
"""Those that XRechnung takes over."""

RULES: tuple[Rule, ...] = (*SHARED, *_named(r002, r003, r004, r007, r051, r080, r100))
