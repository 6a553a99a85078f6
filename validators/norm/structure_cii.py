"""Rules of the CII syntax binding, CII-SR and CII-DT: what an EN 16931 invoice does not have, or has so often.

Table: ``cii_structure.csv`` for what a count can say; the rest are functions. Source: CEN/TS 16931-3-3, artefacts 1.3.16. Most of
CII-SR-001 to 447 and CII-DT-038 to 067 only warn about an element a receiver need not read.
"""

import csv
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from lxml import etree

from schemas.bindings import NAMESPACES
from validators.norm.details import CREDIT_TRANSFER
from validators.norm.report import LegalClass
from validators.norm.rule import Check, Hit, Rule, chain, rules_of
from validators.norm.view import View, content

ALLOWANCE, DISCOUNT = "ram:SpecifiedTradeAllowanceCharge", "ram:AppliedTradeAllowanceCharge"
MEANS = "ram:SpecifiedTradeSettlementPaymentMeans"

_PLAIN_IDS = frozenset(
    {
        ("ram:GuidelineSpecifiedDocumentContextParameter", "ram:ID"),
        ("rsm:ExchangedDocument", "ram:ID"),
        ("ram:AssociatedDocumentLineDocument", "ram:LineID"),
        ("ram:SpecifiedTradeProduct", "ram:SellerAssignedID"),
    }
)
_PREFIXES = dict(NAMESPACES["cii"])
_DATE = re.compile(r"\s*\d{4}(1[0-2]|0[1-9])(3[01]|[12][0-9]|0[1-9])\s*", re.ASCII)
_PREDICATE = re.compile(r"\[[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*\]")


@cache
def _compiled(path: str) -> etree.XPath:
    return etree.XPath(path, namespaces=_PREFIXES)


def _around(view: View, element: etree._Element) -> str:
    parent = element.getparent()
    return view.name(parent) if parent is not None else ""


def _contexts(view: View, context: str) -> Iterator[etree._Element]:
    """Elements a row of the table speaks about; the forms of ``context`` are explained in the table."""
    if context.endswith(" ID"):
        plain = context == "plain ID"
        ids = view.named("ram:", "ID")
        yield from (element for element in ids if ((_around(view, element), view.name(element)) in _PLAIN_IDS) is plain)
    elif "*" in context:
        prefix, _, suffix = context.partition("*")
        yield from view.named(prefix, suffix)
    else:
        owner, _, name = context.rpartition("/")
        yield from (element for element in view.elements(name) if not owner or _around(view, element) == owner)


def counted(context: str, path: str, least: int, most: int) -> Check:
    """A check that a path below each context element selects from ``least`` to ``most`` nodes."""
    shown = path.partition("[")[0] if not path.startswith("self") else path.rpartition("/")[2]
    if most == 0:
        message = f"{shown} must not stand here"
    elif least == most:
        message = f"{shown} must stand here exactly {most} time"
    else:
        message = f"{shown} must not stand here more than {most} time"

    def check(view: View) -> Iterator[Hit]:
        for element in _contexts(view, context):
            found = _compiled(path)(element)
            assert isinstance(found, list)
            if not least <= len(found) <= most:
                node = found[most] if len(found) > most else element
                yield Hit(view.location(node if isinstance(node, etree._Element) else element), message)

    return check


def _trigger(context: str, path: str, least: int) -> str:
    """What must stand somewhere in the document for the path to select anything: its last step with the element around it, where that is
    known. Nothing where absence is the offence.
    """
    steps = [] if least else [step for step in _PREDICATE.sub("", path).split("/") if not step.startswith("self::")]
    owner = context.rpartition("/")[2]
    if len(steps) == 1 and "*" not in owner and " " not in owner:
        steps = [owner, *steps]
    return "/".join(steps[-2:])


def _load() -> tuple[Rule, ...]:
    text = files("validators.norm").joinpath("cii_structure.csv").read_text(encoding="utf-8")
    records = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(
        Rule(
            row["rule"],
            counted(row["context"], row["path"], int(row["least"]), int(row["most"])),
            row["severity"],
            LegalClass.FORMAT,
            trigger=_trigger(row["context"], row["path"], int(row["least"])),
        )
        for row in records
    )


def _children(view: View, element: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in element.iterchildren(etree.Element) if view.name(child) == name]


def _at_most_one(view: View, owner: str, name: str) -> Iterator[Hit]:
    for element in view.elements(owner):
        found = _children(view, element, name)
        if len(found) > 1:
            yield Hit(view.location(found[1]), f"{name} stands here more than once")


def cii_sr_462(view: View) -> Iterator[Hit]:
    """One code for the date of the tax point (BT-8), the same in every VAT breakdown."""
    owners = view.elements("ram:ApplicableTradeTax")
    found = [child for element in owners for child in _children(view, element, "ram:DueDateTypeCode")]
    if len(codes := {child.text or "" for child in found}) > 1:
        yield Hit(view.location(found[-1]), "all ram:DueDateTypeCode must be equal", tuple(sorted(codes))[:2])


def cii_dt_097(view: View) -> Iterator[Hit]:
    """A date in format 102 is YYYYMMDD."""
    for element in view.elements("udt:DateTimeString"):
        if element.get("format") == "102" and not _DATE.fullmatch(element.text or ""):
            yield Hit(view.location(element), "a date in format 102 is YYYYMMDD", (element.text or "",))


def cii_sr_119(view: View) -> Iterator[Hit]:
    """A discount on a gross price (BT-147) has an amount and the indicator of an allowance."""
    for line in view.elements("ram:SpecifiedLineTradeAgreement"):
        rows = [
            row for price in _children(view, line, "ram:GrossPriceProductTradePrice") for row in _children(view, price, DISCOUNT)
        ]
        indicators = [each for row in rows for each in _children(view, row, "ram:ChargeIndicator")]
        amounts = [each for row in rows for each in _children(view, row, "ram:ActualAmount")]
        is_allowance = any(
            content(each) in ("false", "0") for indicator in indicators for each in _children(view, indicator, "udt:Indicator")
        )
        if (indicators or amounts) and not (is_allowance and amounts):
            yield Hit(view.location(rows[0]), "a discount needs its amount and the indicator false")


def cii_sr_463(view: View) -> Iterator[Hit]:
    """An allowance or charge says which of the two it is."""
    for element in view.elements(ALLOWANCE):
        if not _children(view, element, "ram:ChargeIndicator"):
            yield Hit(view.location(element), "an allowance or charge needs its indicator")


def cii_sr_471(view: View) -> Iterator[Hit]:
    """An allowance or charge has at most one VAT category."""
    yield from _at_most_one(view, ALLOWANCE, "ram:CategoryTradeTax")


def cii_sr_472(view: View) -> Iterator[Hit]:
    """An allowance or charge has at most one VAT rate."""
    yield from _at_most_one(view, ALLOWANCE, "ram:RateApplicablePercent")


def cii_sr_473(view: View) -> Iterator[Hit]:
    """An allowance or charge has at most one amount."""
    yield from _at_most_one(view, ALLOWANCE, "ram:ActualAmount")


def _one_contact_name(view: View, party: str) -> Iterator[Hit]:
    for element in view.elements(party):
        for contact in _children(view, element, "ram:DefinedTradeContact"):
            if _children(view, contact, "ram:PersonName") and _children(view, contact, "ram:DepartmentName"):
                yield Hit(view.location(contact), "a contact is a person or a department, not both")


def cii_sr_465(view: View) -> Iterator[Hit]:
    """The seller contact (BT-41) is given once."""
    yield from _one_contact_name(view, "ram:SellerTradeParty")


def cii_sr_466(view: View) -> Iterator[Hit]:
    """The buyer contact (BT-56) is given once."""
    yield from _one_contact_name(view, "ram:BuyerTradeParty")


def _equal(view: View, name: str) -> Iterator[Hit]:
    found = [child for element in view.elements(MEANS) for child in _children(view, element, name)]
    texts = [" ".join(content(element).split()) for element in found]
    if len(set(texts)) > 1:
        yield Hit(view.location(found[1]), f"all {name} of the means of payment must be equal", tuple(sorted(set(texts)))[:2])


def cii_sr_467(view: View) -> Iterator[Hit]:
    """One code of the means of payment (BT-81)."""
    yield from _equal(view, "ram:TypeCode")


def cii_sr_468(view: View) -> Iterator[Hit]:
    """One text of the means of payment (BT-82)."""
    yield from _equal(view, "ram:Information")


def cii_sr_469(view: View) -> Iterator[Hit]:
    """One remittance information (BT-83)."""
    yield from _at_most_one(view, "ram:ApplicableHeaderTradeSettlement", "ram:PaymentReference")


def cii_sr_470(view: View) -> Iterator[Hit]:
    """A credit transfer has an IBAN or another account number, not both and not none."""
    for means in view.root.groups("BG-16"):
        if means.text("BT-81") in CREDIT_TRANSFER and means.has("BT-84") == means.has("BT-84.national"):
            yield Hit(means.location, "a credit transfer needs either an IBAN or another account number (BT-84)")


def _references(view: View, owner: str, code: str) -> Iterator[tuple[etree._Element, list[etree._Element]]]:
    for element in view.elements(owner):
        rows = _children(view, element, "ram:AdditionalReferencedDocument")
        yield element, [row for row in rows if [content(code_) for code_ in _children(view, row, "ram:TypeCode")] == [code]]


def cii_sr_474(view: View) -> Iterator[Hit]:
    """A line has at most one invoiced object (type 130)."""
    for element, rows in _references(view, "ram:SpecifiedLineTradeSettlement", "130"):
        if len(rows) > 1:
            yield Hit(view.location(element), "a line has at most one reference of type 130")


def _supporting(view: View, name: str) -> Iterator[Hit]:
    for element, rows in _references(view, "ram:ApplicableHeaderTradeAgreement", "916"):
        if sum(len(_children(view, row, name)) for row in rows) > 1:
            yield Hit(view.location(element), f"more than one {name} among the supporting documents")


def cii_sr_475(view: View) -> Iterator[Hit]:
    """One description of a supporting document (BT-123)."""
    yield from _supporting(view, "ram:Name")


def cii_sr_476(view: View) -> Iterator[Hit]:
    """One attached document (BT-125)."""
    yield from _supporting(view, "ram:AttachmentBinaryObject")


_ONCE = (
    ("BG-22", ("BT-106", "BT-107", "BT-108", "BT-109", "BT-112", "BT-113", "BT-114", "BT-115")),
    ("BG-23.all", ("BT-116", "BT-117", "BT-119")),
    ("BG-25", ("BT-131",)),
    ("BG-25/BG-27", ("BT-136", "BT-137")),
    ("BG-25/BG-28", ("BT-141", "BT-142")),
    ("BG-20", ("BT-92", "BT-93")),
    ("BG-21", ("BT-99", "BT-100")),
)


def norm_repeated(view: View) -> Iterator[Hit]:
    """Amounts that the schema allows twice and the norm once. The official tests break off there, which counts as invalid."""
    for owner, terms in _ONCE:
        for node in chain(view, owner):
            for term in terms:
                found = node.values(term)
                if len(found) > 1:
                    yield Hit(view.location(found[1].element), f"{term} is given {len(found)} times, once is allowed")


_RULES: tuple[Rule, ...] = (
    *_load(),
    *rules_of(
        cii_sr_462, cii_dt_097,
        cii_sr_463, cii_sr_465, cii_sr_466, cii_sr_467, cii_sr_468, cii_sr_469, cii_sr_470, cii_sr_471, cii_sr_472, cii_sr_473,
        norm_repeated,
        legal_class=LegalClass.FORMAT,
    ),
    *rules_of(cii_sr_119, cii_sr_474, cii_sr_475, cii_sr_476, severity="warning", legal_class=LegalClass.FORMAT),
)  # fmt: skip

RULES: tuple[Rule, ...] = tuple(rule._replace(syntax="cii") for rule in _RULES)
