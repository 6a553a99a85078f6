"""Rules of the UBL syntax binding: UBL-SR, UBL-DT and UBL-CR. What an EN 16931 invoice does not have, or has at most so often.

Table: ``ubl_structure.csv`` for what a count can say; the rest are functions. Source: CEN/TS 16931-3-2, artefacts 1.3.16. UBL-CR
rules are warnings: the element is allowed by the schema, but a receiver need not read it.
"""

import csv
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from lxml import etree

from schemas.bindings import NAMESPACES
from validators.norm.decimals import has_too_many_decimals
from validators.norm.report import LegalClass
from validators.norm.rule import Check, Hit, Rule, rules_of
from validators.norm.view import View, content

LINES = ("cac:InvoiceLine", "cac:CreditNoteLine")
_PREFIXES = dict(NAMESPACES["ubl"])
_PREDICATE = re.compile(r"\[[^\]]*\]")


@cache
def _compiled(path: str) -> etree.XPath:
    return etree.XPath(path, namespaces=_PREFIXES)


def _trigger(path: str) -> str:
    """The last two steps of a path, or the last: without them somewhere in the document the path selects nothing."""
    names = [step for step in _PREDICATE.sub("", path).split("/") if step]
    return "/".join(names[-2:]) if len(names) > 1 and names[-2] != "line" else names[-1]


def _contexts(view: View, context: str) -> list[etree._Element]:
    if not context:
        return [view.root.element]
    if context == "line":
        return [element for name in LINES for element in view.elements(name)]
    steps = context.split("/")
    name, _, condition = steps[-1].partition("[")
    elements = view.elements(name)
    if condition:
        test = _compiled(f"self::*[{condition}")
        return [element for element in elements if test(element)]
    if len(steps) > 1:
        return [element for element in elements if (parent := element.getparent()) is not None and view.name(parent) == steps[-2]]
    return elements


def at_most(context: str, path: str, limit: int) -> Check:
    """A check that a path below each context element selects at most ``limit`` nodes."""
    expressions = [path.replace("line/", f"{name}/", 1) for name in LINES] if path.startswith("line/") else [path]

    def check(view: View) -> Iterator[Hit]:
        for element in _contexts(view, context):
            selected = [node for expression in expressions for node in _nodes(expression, element)]
            if len(selected) > limit:
                found = selected[limit]
                where = found if isinstance(found, etree._Element) else element
                times = "must not be given" if limit == 0 else f"must not be given more than {limit} times"
                yield Hit(view.location(where), f"{path} {times}")

    return check


def _nodes(expression: str, element: etree._Element) -> list[object]:
    found = _compiled(expression)(element)
    return list(found) if isinstance(found, list) else []


def ubl_sr_07(view: View) -> Iterator[Hit]:
    """A preceding invoice reference names the invoice."""
    for element in view.elements("cac:BillingReference"):
        if not _nodes("cac:InvoiceDocumentReference/cbc:ID", element):
            yield Hit(view.location(element), "the billing reference names no invoice")


def _payee(view: View, path: str) -> Iterator[Hit]:
    names = {
        content(node)
        for node in _elements(
            view.root.element, "cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName"
        )
    }
    for payee in view.elements("cac:PayeeParty"):
        own = {content(node) for node in _elements(payee, "cac:PartyName/cbc:Name")}
        differs = any(one != other for one in own for other in names)
        if len(_nodes(path, payee)) > 1 or not differs:
            yield Hit(view.location(payee), "the payee differs from the seller, and is given once")


def _elements(element: etree._Element, path: str) -> list[etree._Element]:
    return [node for node in _nodes(path, element) if isinstance(node, etree._Element)]


def ubl_sr_19(view: View) -> Iterator[Hit]:
    """The payee's name: once, and not the seller's."""
    yield from _payee(view, "cac:PartyName/cbc:Name")


def ubl_sr_20(view: View) -> Iterator[Hit]:
    """The payee's identifier: once, and the payee is not the seller."""
    yield from _payee(view, "cac:PartyIdentification/cbc:ID[@schemeID and @schemeID!='SEPA']")


def ubl_sr_21(view: View) -> Iterator[Hit]:
    """The payee's registration: once, and the payee is not the seller."""
    yield from _payee(view, "cac:PartyLegalEntity/cbc:CompanyID")


def ubl_sr_43(view: View) -> Iterator[Hit]:
    """A scheme belongs to an invoiced object only (document type 130; in credit notes also 50)."""
    codes = {"130"} | ({"50"} if view.document_type == "CreditNote" else set())
    for element in view.elements("cac:AdditionalDocumentReference"):
        kinds = [node.text or "" for node in _elements(element, "cbc:DocumentTypeCode")]  # blanks count, as in the official test
        if not set(kinds) & codes and (kinds or _nodes("cbc:ID/@schemeID", element)):
            yield Hit(view.location(element), "only a reference of type 130 has a type or a scheme")


def _one_value(view: View, name: str) -> Iterator[Hit]:
    elements = view.elements(name)
    texts = {element.text or "" for element in elements}
    if len(texts) > 1:
        yield Hit(view.location(elements[-1]), f"all {name} must be equal", tuple(sorted(texts))[:2])


def ubl_sr_44(view: View) -> Iterator[Hit]:
    """One remittance information (BT-83), the same for all means of payment."""
    yield from _one_value(view, "cbc:PaymentID")


def ubl_sr_47(view: View) -> Iterator[Hit]:
    """One code of the means of payment (BT-81)."""
    yield from _one_value(view, "cbc:PaymentMeansCode")


def ubl_sr_48(view: View) -> Iterator[Hit]:
    """A line has exactly one VAT category."""
    for line in _contexts(view, "line"):
        if len(_nodes("cac:Item/cac:ClassifiedTaxCategory", line)) != 1:
            yield Hit(view.location(line), "a line has exactly one VAT category")


def ubl_sr_53(view: View) -> Iterator[Hit]:
    """A tax registration has its scheme and its number."""
    for element in view.elements("cac:PartyTaxScheme"):
        if not _nodes("cac:TaxScheme/cbc:ID", element) or not _nodes("cbc:CompanyID", element):
            yield Hit(view.location(element), "a tax registration needs a number and a scheme")


def ubl_dt_01(view: View) -> Iterator[Hit]:
    """Amounts have at most two decimals; prices and price discounts may have more."""
    for element in view.named("", "Amount"):
        name = view.name(element)
        if name.endswith("PriceAmount") or not has_too_many_decimals(element.text or ""):
            continue
        ancestors = [view.name(each) for each in element.iterancestors()]
        if ancestors[:2] != ["cac:AllowanceCharge", "cac:Price"]:
            yield Hit(view.location(element), f"{name} {element.text} has more than two decimals", (element.text or "",))


def _binary(view: View, attribute: str) -> Iterator[Hit]:
    for element in view.named("", "BinaryObject"):
        if element.get(attribute) is None:
            yield Hit(view.location(element), f"an attached document needs {attribute}")


def ubl_dt_06(view: View) -> Iterator[Hit]:
    """An attached document has its media type."""
    yield from _binary(view, "mimeCode")


def ubl_dt_07(view: View) -> Iterator[Hit]:
    """An attached document has its file name."""
    yield from _binary(view, "filename")


def ubl_cr_001(view: View) -> Iterator[Hit]:
    """No extensions."""
    for element in view.root.element.iterchildren("{*}UBLExtensions"):
        yield Hit(view.location(element), "extensions should not be given")


def ubl_cr_002(view: View) -> Iterator[Hit]:
    """A UBL version, where given, is 2.1."""
    for element in view.elements("cbc:UBLVersionID"):
        if content(element) != "2.1":
            yield Hit(view.location(element), "the UBL version is 2.1", (content(element),))


def ubl_cr_412(view: View) -> Iterator[Hit]:
    """A due date in the means of payment is for credit notes."""
    if view.document_type != "CreditNote" and (dates := view.elements("cbc:PaymentDueDate")):
        yield Hit(view.location(dates[0]), "the due date of an invoice stands in cbc:DueDate")


def ubl_cr_665(view: View) -> Iterator[Hit]:
    """Only an invoiced object (type 130) has a scheme."""
    for element in view.elements("cac:AdditionalDocumentReference"):
        if "130" not in [content(node) for node in _elements(element, "cbc:DocumentTypeCode")] and _nodes(
            "cbc:ID/@schemeID", element
        ):
            yield Hit(view.location(element), "only a reference of type 130 has a scheme")


def ubl_dt_18(view: View) -> Iterator[Hit]:
    """The attribute name belongs to the means of payment only."""
    for element in view.all_elements() if "@name" in view.names else []:
        if element.get("name") is not None and view.name(element) != "cbc:PaymentMeansCode":
            yield Hit(view.location(element), "the attribute name should not be given")
            return


def _load() -> tuple[Rule, ...]:
    text = files("validators.norm").joinpath("ubl_structure.csv").read_text(encoding="utf-8")
    records = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(
        Rule(
            row["rule"],
            at_most(row["context"], row["path"], int(row["limit"])),
            row["severity"],
            LegalClass.FORMAT,
            syntax="ubl",
            trigger=_trigger(row["path"]),
        )
        for row in records
    )


_FATAL = rules_of(
    ubl_sr_07, ubl_sr_19, ubl_sr_20, ubl_sr_21, ubl_sr_43, ubl_sr_44, ubl_sr_47, ubl_sr_48, ubl_sr_53,
    ubl_dt_01, ubl_dt_06, ubl_dt_07,
    legal_class=LegalClass.FORMAT,
)  # fmt: skip
_WARNINGS = rules_of(ubl_cr_001, ubl_cr_002, ubl_cr_412, ubl_cr_665, ubl_dt_18, severity="warning", legal_class=LegalClass.FORMAT)

RULES: tuple[Rule, ...] = (*_load(), *(rule._replace(syntax="ubl") for rule in (*_FATAL, *_WARNINGS)))
