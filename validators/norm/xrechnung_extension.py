"""Rules of the XRechnung extension (BR-DEX-01 to 15) and of XRechnung for clean vehicles (BR-DE-CVD-01 to 06, BR-TMP-CVD-01).

Source: XRechnung 3.0.2, edition 2.5.0. The extension widens lists of the norm, has lines within lines (BG-DEX-01, UBL only) and
payments of third parties (BG-DEX-09, UBL only).
"""

from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

from schemas.money import round_like_schematron
from validators.norm.code_lists import codes
from validators.norm.decimals import has_too_many_decimals
from validators.norm.presence import presence
from validators.norm.rule import Check, Hit, Rule, chain, shown, total
from validators.norm.view import Node, View, content, decimal

SEPA_OWNERS = frozenset({"cac:AccountingSupplierParty", "cac:PayeeParty"})
SUB_LINE, CVD_LIST, CVD_ATTRIBUTE = "cac:SubInvoiceLine", "CVD", "cva"
ZERO = Decimal(0)


def _children(view: View, element: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in element.iterchildren(etree.Element) if view.name(child) == name]


def _text(view: View, element: etree._Element, name: str) -> str:
    return next((content(child) for child in _children(view, element, name)), "")


def _owners(view: View, element: etree._Element) -> set[str]:
    return {view.name(each) for each in element.iterancestors()}


def _scheme(name: str, inside: frozenset[str], outside: frozenset[str], known: frozenset[str], sepa: bool = False) -> Check:
    """A check that every such element with a scheme has one that is known; ``SEPA`` is for seller and payee."""

    def check(view: View) -> Iterator[Hit]:
        for element in view.elements(name):
            scheme, parent, owners = element.get("schemeID"), element.getparent(), _owners(view, element)
            stands_in = not inside or (parent is not None and view.name(parent) in inside)
            if scheme is None or not stands_in or owners & outside:
                continue
            code = " ".join(scheme.split())
            if code not in known and not (sepa and code == "SEPA" and owners & SEPA_OWNERS):
                yield Hit(f"{view.location(element)}/@schemeID", f"{code!r} is no scheme of the extension", (code,))

    return check


_PARTIES = codes("iso6523") | codes("xrechnung-parties")
_ADDRESSES = codes("eas") | codes("xrechnung-eas")
_NOWHERE: frozenset[str] = frozenset()
_SCHEMES: tuple[tuple[str, str, Check], ...] = (
    ("BR-DEX-04", "ubl", _scheme("cbc:ID", frozenset({"cac:PartyIdentification"}), _NOWHERE, _PARTIES, sepa=True)),
    (
        "BR-DEX-04",
        "cii",
        _scheme("ram:GlobalID", _NOWHERE, frozenset({"ram:SpecifiedTradeProduct", "ram:ShipToTradeParty"}), _PARTIES),
    ),
    ("BR-DEX-05", "ubl", _scheme("cbc:CompanyID", frozenset({"cac:PartyLegalEntity"}), _NOWHERE, _PARTIES)),
    ("BR-DEX-05", "cii", _scheme("ram:ID", _NOWHERE, frozenset({"ram:SpecifiedTaxRegistration"}), _PARTIES)),
    ("BR-DEX-06", "ubl", _scheme("cbc:ID", frozenset({"cac:StandardItemIdentification"}), _NOWHERE, _PARTIES)),
    ("BR-DEX-06", "cii", _scheme("ram:GlobalID", frozenset({"ram:SpecifiedTradeProduct"}), _NOWHERE, _PARTIES)),
    ("BR-DEX-07", "ubl", _scheme("cbc:EndpointID", _NOWHERE, _NOWHERE, _ADDRESSES)),
    ("BR-DEX-07", "cii", _scheme("ram:URIID", frozenset({"ram:URIUniversalCommunication"}), _NOWHERE, _ADDRESSES)),
    ("BR-DEX-08", "ubl", _scheme("cbc:ID", frozenset({"cac:DeliveryLocation"}), _NOWHERE, _PARTIES)),
    ("BR-DEX-08", "cii", _scheme("ram:GlobalID", frozenset({"ram:ShipToTradeParty"}), _NOWHERE, _PARTIES)),
)


def br_dex_01(view: View) -> Iterator[Hit]:
    """An attached document (BT-125) may be XML, too."""
    allowed = codes("mime") | codes("xrechnung-mime")
    for element in view.elements("cbc:EmbeddedDocumentBinaryObject") + view.elements("ram:AttachmentBinaryObject"):
        if element.get("mimeCode") not in allowed:
            yield Hit(view.location(element), "the media type is not allowed", (element.get("mimeCode") or "",))


def br_dex_02(view: View) -> Iterator[Hit]:
    """The net amount (BT-131) of a line is the sum of the lines within."""
    for line in view.elements("cac:InvoiceLine") + view.elements(SUB_LINE):
        inner = _children(view, line, SUB_LINE)
        if inner:
            expected = total([decimal(_text(view, each, "cbc:LineExtensionAmount")) for each in inner])
            stated = decimal(_text(view, line, "cbc:LineExtensionAmount"))
            if stated != expected:
                values = (shown(stated), shown(expected))
                yield Hit(view.location(line), f"BT-131 is {values[0]}, the lines within give {values[1]}", values)


def br_dex_03(view: View) -> Iterator[Hit]:
    """A line within a line has exactly one VAT category."""
    for line in view.elements(SUB_LINE):
        for item in _children(view, line, "cac:Item"):
            number = len(_children(view, item, "cac:ClassifiedTaxCategory"))
            if number != 1:
                yield Hit(view.location(item), "a sub line has exactly one VAT category", (str(number),))


def _third_party_payments(view: View) -> list[etree._Element]:
    return _children(view, view.root.element, "cac:PrepaidPayment") if view.document_type == "Invoice" else []


def br_dex_09(view: View) -> Iterator[Hit]:
    """Amount due: BT-115 = BT-112 - BT-113 + BT-114 + payments of third parties (BT-DEX-002)."""
    payments = _children(view, view.root.element, "cac:PrepaidPayment")
    third = total([decimal(_text(view, each, "cbc:PaidAmount")) for each in payments])
    for totals in view.root.groups("BG-22"):
        due, gross = totals.number("BT-115"), totals.number("BT-112")
        rounding, paid = totals.number("BT-114") or ZERO, totals.number("BT-113") or ZERO
        if due is None or gross is None or round_like_schematron(due - rounding) != round_like_schematron(gross - paid + third):
            expected = None if gross is None else gross - paid + third + rounding
            values = (shown(due), shown(expected))
            yield Hit(totals.place("BT-115"), f"BT-115 is {values[0]}, with payments of third parties {values[1]} is due", values)


def _payment_part(name: str, term: str) -> Check:
    def check(view: View) -> Iterator[Hit]:
        for payment in _third_party_payments(view):
            if not _text(view, payment, name):
                yield Hit(view.location(payment), f"a payment of a third party needs {term}")

    return check


def br_dex_13(view: View) -> Iterator[Hit]:
    """A payment of a third party has two decimals at most."""
    for payment in _third_party_payments(view):
        text = _text(view, payment, "cbc:PaidAmount")
        if has_too_many_decimals(text):
            yield Hit(view.location(payment), "BT-DEX-002 has more than two decimals", (text,))


def br_dex_14(view: View) -> Iterator[Hit]:
    """A payment of a third party is in the invoice currency (BT-5)."""
    for payment in _third_party_payments(view):
        stated = next((each.get("currencyID", "") for each in _children(view, payment, "cbc:PaidAmount")), "")
        if not stated or stated != view.root_text("BT-5"):
            yield Hit(view.location(payment), "BT-DEX-002 must be in the invoice currency", (stated, view.root_text("BT-5")))


def br_dex_15(view: View) -> Iterator[Hit]:
    """CII: lines within lines are not known to XRechnung."""
    if view.elements("ram:ParentLineID"):
        for element in view.elements("ram:AssociatedDocumentLineDocument"):
            yield Hit(view.location(element), "lines within lines are not known to XRechnung in CII")


EXTENSION: tuple[Rule, ...] = (
    Rule("BR-DEX-01", br_dex_01),
    Rule("BR-DEX-02", br_dex_02, "warning", syntax="ubl", trigger=SUB_LINE),
    Rule("BR-DEX-03", br_dex_03, syntax="ubl", trigger=SUB_LINE),
    *(Rule(rule, check, syntax=syntax) for rule, syntax, check in _SCHEMES),
    Rule("BR-DEX-09", br_dex_09, syntax="ubl"),
    Rule("BR-DEX-10", _payment_part("cbc:ID", "its kind (BT-DEX-001)"), syntax="ubl"),
    Rule("BR-DEX-11", _payment_part("cbc:PaidAmount", "its amount (BT-DEX-002)"), syntax="ubl"),
    Rule("BR-DEX-12", _payment_part("cbc:InstructionID", "its description (BT-DEX-003)"), syntax="ubl"),
    Rule("BR-DEX-13", br_dex_13, syntax="ubl"),
    Rule("BR-DEX-14", br_dex_14, syntax="ubl"),
    Rule("BR-DEX-15", br_dex_15, "warning", syntax="cii"),
)


def _vehicles(line: Node) -> int:
    return sum(value.text == CVD_LIST for row in line.groups("BT-158") for value in row.values("BT-158-1"))


def _classes(line: Node) -> list[Node]:
    return [row for row in line.groups("BG-32") if row.text("BT-160") == CVD_ATTRIBUTE]


def br_de_cvd_03(view: View) -> Iterator[Hit]:
    """Some line is a vehicle: classified by the list CVD, with the attribute cva."""
    if not any(_vehicles(line) and _classes(line) for line in view.root.groups("BG-25")):
        yield Hit(view.root.location, "no line is a vehicle (list CVD in BT-158, attribute cva in BT-160)")


def br_de_cvd_04(view: View) -> Iterator[Hit]:
    """The category of a vehicle (BT-158) is known."""
    for row in chain(view, "BG-25/BT-158"):
        if row.text("BT-158-1") == CVD_LIST and row.text("BT-158") not in codes("cvd-vehicles"):
            yield Hit(row.place("BT-158"), "BT-158 is no vehicle category", (row.text("BT-158"),))


def br_de_cvd_05(view: View) -> Iterator[Hit]:
    """The class of a vehicle (BT-161) is known."""
    for line in view.root.groups("BG-25"):
        for row in _classes(line):
            if " ".join(row.text("BT-161").split()) not in codes("cvd-classes"):
                yield Hit(row.place("BT-161"), "BT-161 is no class of clean vehicles", (row.text("BT-161"),))


def br_de_cvd_06_a(view: View) -> Iterator[Hit]:
    """A vehicle has its class once."""
    for line in view.root.groups("BG-25"):
        if _vehicles(line) and len(_classes(line)) != 1:
            yield Hit(line.location, "a vehicle (list CVD) has the attribute cva exactly once", (str(len(_classes(line))),))


def br_de_cvd_06_b(view: View) -> Iterator[Hit]:
    """What has a class is classified as a vehicle once."""
    for line in view.root.groups("BG-25"):
        if _classes(line) and _vehicles(line) != 1:
            yield Hit(line.location, "a line with the attribute cva is classified by CVD exactly once", (str(_vehicles(line)),))


def br_tmp_cvd_01(view: View) -> Iterator[Hit]:
    """The list of a classification (BT-158) is known."""
    allowed = codes("untdid7143") | codes("cvd")
    for row in chain(view, "BG-25/BT-158"):
        if row.has("BT-158") and row.text("BT-158-1") not in allowed:
            yield Hit(row.place("BT-158-1"), "BT-158 needs a list of UN/EDIFACT 7143, or CVD", (row.text("BT-158-1"),))


CVD: tuple[Rule, ...] = (
    Rule("BR-DE-CVD-01", presence("", "BT-12", True)),
    Rule("BR-DE-CVD-02", presence("", "BT-17", True)),
    Rule("BR-DE-CVD-03", br_de_cvd_03),
    Rule("BR-DE-CVD-04", br_de_cvd_04),
    Rule("BR-DE-CVD-05", br_de_cvd_05),
    Rule("BR-DE-CVD-06-a", br_de_cvd_06_a),
    Rule("BR-DE-CVD-06-b", br_de_cvd_06_b),
    Rule("BR-TMP-CVD-01", br_tmp_cvd_01),
)
