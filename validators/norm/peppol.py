"""Rules of Peppol BIS Billing 3.0 that XRechnung shares (PEPPOL-EN16931-R001 to R130), and those of Peppol alone.

In XRechnung they are fatal for UBL and warnings for CII, where R101 and R120 are not asked. National rules and the check digits
of foreign registers (PEPPOL-COMMON-*) are not here. Source: Peppol BIS 3.0.19, XRechnung 3.0.2.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

from schemas.money import round_like_schematron
from validators.norm.code_lists import codes
from validators.norm.rule import Check, Hit, Rule, chain, shown, total
from validators.norm.view import Node, View, content, decimal

SLACK = Decimal("0.02")  # tolerance of R040 and R120
DIRECT_DEBIT = frozenset({"49", "59"})
PROCESS = re.compile(r"urn:fdc:peppol\.eu:2017:poacc:billing:\d{2}:1\.0")
SPECIFICATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
ADJUSTMENTS = (("BG-20", "BT-92", "BT-93", "BT-94"), ("BG-21", "BT-99", "BT-100", "BT-101"))
LINE_ADJUSTMENTS = (("BG-25/BG-27", "BT-136", "BT-137", "BT-138"), ("BG-25/BG-28", "BT-141", "BT-142", "BT-143"))
ONE = Decimal(1)
ZERO = Decimal(0)


def r001(view: View) -> Iterator[Hit]:
    """The business process (BT-23) is given."""
    if not view.root.has("BT-23"):
        yield Hit(view.root.place("BT-23"), "BT-23 must be given")


def r002(view: View) -> Iterator[Hit]:
    """At most one note (BG-1)."""
    if len(view.root.groups("BG-1")) > 1:
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
        if len(element) == 0 and not (element.text or "").strip() and view.name(element) != "ram:ApplicableHeaderTradeDelivery":
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
        if abs(stated - expected) > SLACK:
            yield Hit(
                row.place(amount),
                f"{amount} is {shown(stated)}, {basis} x {percent} gives {shown(expected)}",
                (shown(stated), shown(expected)),
            )


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


def _indicators(view: View) -> Iterator[etree._Element]:
    price = "cac:Price" if view.syntax == "ubl" else "ram:GrossPriceProductTradePrice"
    for element in view.elements("cbc:ChargeIndicator" if view.syntax == "ubl" else "ram:ChargeIndicator"):
        if not any(view.name(each) == price for each in element.iterancestors()):
            yield element


def r043(view: View) -> Iterator[Hit]:
    """The indicator of an allowance or charge is written ``true`` or ``false``."""
    for element in _indicators(view):
        if content(element) not in ("true", "false"):
            yield Hit(view.location(element), "the indicator must be true or false", (content(element),))


def _price_allowances(view: View) -> list[etree._Element]:
    if view.syntax == "ubl":
        rows = view.elements("cac:AllowanceCharge")
        return [row for row in rows if (parent := row.getparent()) is not None and view.name(parent) == "cac:Price"]
    return view.elements("ram:GrossPriceProductTradePrice")


def r044(view: View) -> Iterator[Hit]:
    """No charge on a price. CII is asked for every gross price, even one without discount."""
    for element in _price_allowances(view):
        names = ("cbc:ChargeIndicator",) if view.syntax == "ubl" else ("udt:Indicator",)
        texts = {content(each) for each in element.iter(etree.Element) if view.name(each) in names}
        if "false" not in texts:
            yield Hit(view.location(element), "a price has allowances only, its indicator is false")


def r046(view: View) -> Iterator[Hit]:
    """Net price (BT-146) = gross price (BT-148) - discount (BT-147)."""
    for line in view.root.groups("BG-25"):
        gross, net = line.number("BT-148"), line.number("BT-146")
        discount = line.number("BT-147")
        expected = gross - discount if gross is not None and discount is not None else None
        if line.has("BT-148") and (net is None or net != expected):
            yield Hit(
                line.place("BT-146"),
                f"BT-146 is {shown(net)}, BT-148 - BT-147 gives {shown(expected)}",
                (shown(net), shown(expected)),
            )


def r051(view: View) -> Iterator[Hit]:
    """All amounts are in the invoice currency, except the total VAT amount in accounting currency."""
    currency = view.root_text("BT-5")
    for element in view.all_elements():
        stated = element.get("currencyID")
        if stated is None or stated == currency:
            continue
        parent = element.getparent()
        is_total = parent is not None and view.name(parent) == "cac:TaxTotal" and len(parent) == 1
        if not is_total:
            yield Hit(view.location(element), f"the amount is in {stated}, the invoice in {currency}", (stated, currency))


def _tax_totals(view: View) -> tuple[int, int]:
    """How many tax totals have subtotals, and how many have none. CII tells them apart by their currency."""
    if view.syntax == "ubl":
        rows = view.root.groups("TAX-TOTAL")
        return sum(1 for row in rows if row.groups("BG-23")), sum(1 for row in rows if not row.groups("BG-23"))
    currencies = [element.get("currencyID") for element in view.elements("ram:TaxTotalAmount")]
    return currencies.count(view.root_text("BT-5")), currencies.count(view.root_text("BT-6") or "-")


def r053(view: View) -> Iterator[Hit]:
    """Exactly one tax total with subtotals."""
    if _tax_totals(view)[0] != 1:
        yield Hit(view.root.location, "exactly one tax total with subtotals is allowed", (str(_tax_totals(view)[0]),))


def r054(view: View) -> Iterator[Hit]:
    """Exactly one tax total without subtotals where an accounting currency (BT-6) is given, else none."""
    if _tax_totals(view)[1] != (1 if view.root.has("BT-6") else 0):
        yield Hit(view.root.location, "a tax total without subtotals belongs to an accounting currency (BT-6)")


def r055(view: View) -> Iterator[Hit]:
    """Both total VAT amounts have the same sign."""
    if not view.root.has("BT-6"):
        return
    name = "cbc:TaxAmount" if view.syntax == "ubl" else "ram:TaxTotalAmount"
    signs = []
    for currency in (view.root_text("BT-6"), view.root_text("BT-5")):
        amounts = [
            decimal(content(each)) for each in view.elements(name) if each.get("currencyID") == currency and _is_total(view, each)
        ]
        signs.append([amount for amount in amounts if amount is not None])
    negative = all(any(amount <= ZERO for amount in amounts) for amounts in signs)
    positive = all(any(amount >= ZERO for amount in amounts) for amounts in signs)
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


def r101(view: View) -> Iterator[Hit]:
    """A line's document reference is an invoiced object (type 130)."""
    for line in view.root.groups("BG-25"):
        references = [child for child in line.element if view.name(child) == "cac:DocumentReference"]
        if references and not line.has("BT-128"):
            yield Hit(view.location(references[0]), "a line refers to an invoiced object only (type 130)")


def r120(view: View) -> Iterator[Hit]:
    """Line net amount = quantity x price / base quantity + charges - allowances, within 0.02."""
    for line in view.root.groups("BG-25"):
        base = line.number("BT-149") or ONE
        quantity = line.number("BT-129") if line.has("BT-129") else ONE
        product = (quantity or ZERO) * (line.number("BT-146") or ZERO) / base
        charges = round_like_schematron(total([row.number("BT-141") for row in line.groups("BG-28")]))
        allowances = round_like_schematron(total([row.number("BT-136") for row in line.groups("BG-27")]))
        expected, stated = product + charges - allowances, line.number("BT-131") or ZERO
        if abs(stated - expected) > SLACK:
            rounded = round_like_schematron(expected, 4)
            message = f"BT-131 is {shown(stated)}, quantity x price + charges - allowances gives {shown(rounded)}"
            yield Hit(line.place("BT-131"), message, (shown(stated), shown(rounded)))


def r121(view: View) -> Iterator[Hit]:
    """The price base quantity (BT-149) is above zero."""
    for line in view.root.groups("BG-25"):
        base = line.number("BT-149")
        if line.has("BT-149") and (base is None or base <= ZERO):
            yield Hit(line.place("BT-149"), "BT-149 must be above zero", (line.text("BT-149"),))


def r130(view: View) -> Iterator[Hit]:
    """The unit of the price base quantity (BT-150) is that of the invoiced quantity (BT-130)."""
    for line in view.root.groups("BG-25"):
        if line.has("BT-150") and line.has("BT-129") and line.text("BT-150") != line.text("BT-130"):
            values = (line.text("BT-150"), line.text("BT-130"))
            yield Hit(line.place("BT-150"), "BT-150 must equal BT-130", values)


def cl008(view: View) -> Iterator[Hit]:
    """The scheme of an electronic address is one Peppol knows: EAS without e-mail and the older French and Austrian codes."""
    for party, term in (("BG-4", "BT-34"), ("BG-7", "BT-49")):
        for node in view.root.groups(party):
            scheme = node.text(f"{term}-1")
            if node.has(f"{term}-1") and scheme not in codes("eas") - codes("eas-not-peppol"):
                yield Hit(node.place(f"{term}-1"), f"{scheme!r} is not in Peppol's list of schemes", (scheme,))


def _named(*checks: Check) -> tuple[Rule, ...]:
    return tuple(Rule(f"PEPPOL-EN16931-{check.__name__.upper()}", check) for check in checks)


SHARED: tuple[Rule, ...] = _named(
    r001, r005, r008, r010, r020, r040, r041, r042, r043, r044, r046, r053, r054, r055, r061, r101, r110, r111, r120, r121, r130
)
"""Those that XRechnung takes over."""

ALONE: tuple[Rule, ...] = _named(r002, r003, r004, r007, r051, cl008)

RULES: tuple[Rule, ...] = (*SHARED, *ALONE)

NOT_IN_CII = frozenset({"PEPPOL-EN16931-R101", "PEPPOL-EN16931-R120"})
"""Shared rules that XRechnung does not ask of CII."""
