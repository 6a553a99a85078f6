"""Coded values, types of document, dates and register numbers of Peppol BIS Billing 3.0.

Tables: ``peppol_codes.csv``, ``peppol_identifiers.csv``. PEPPOL-EN16931-CL*, P*, F001 and PEPPOL-COMMON-R*. Source: Peppol BIS 3.0.19.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import date
from importlib.resources import files
from types import MappingProxyType

from lxml import etree

from validators.norm.check_digits import CHECKS
from validators.norm.code_lists import codes
from validators.norm.codes import load as load_codes
from validators.norm.peppol import PROCESS, is_german
from validators.norm.rule import Check, Hit, Rule
from validators.norm.view import View, content

_BILLING = "01"
_DATES = ("cbc:IssueDate", "cbc:DueDate", "cbc:TaxPointDate", "cbc:StartDate", "cbc:EndDate", "cbc:ActualDeliveryDate")
_CATEGORY_OF_REASON: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "VATEX-EU-G": ("P0104", "G"),
        "VATEX-EU-O": ("P0105", "O"),
        "VATEX-EU-IC": ("P0106", "K"),
        "VATEX-EU-AE": ("P0107", "AE"),
        "VATEX-EU-D": ("P0108", "E"),
        "VATEX-EU-F": ("P0109", "E"),
        "VATEX-EU-I": ("P0110", "E"),
        "VATEX-EU-J": ("P0111", "E"),
    }
)
"""Exemption reasons (BT-121) that belong to one VAT category, and the rule that says so."""
_ONLY_IN_GERMANY = frozenset({"326", "384"})


def _type_code(element_name: str, list_name: str) -> Check:
    def check(view: View) -> Iterator[Hit]:
        process = PROCESS.search(view.root_text("BT-23"))
        if process is None or process[1] != _BILLING:
            return
        for element in view.elements(element_name):
            if content(element) not in codes(list_name):
                yield Hit(view.location(element), "BT-3 is no type of document of this process", (content(element),))

    return check


def _german_type(view: View) -> Iterator[Hit]:
    for element in view.elements("cbc:InvoiceTypeCode"):
        if content(element) in _ONLY_IN_GERMANY and not is_german(view):
            yield Hit(view.location(element), "BT-3 326 and 384 are for invoices within Germany", (content(element),))


def _date_form(view: View) -> Iterator[Hit]:
    for name in _DATES:
        for element in view.elements(name):
            if not _is_date(element.text or ""):
                yield Hit(view.location(element), "a date is written YYYY-MM-DD", (element.text or "",))


def _is_date(text: str) -> bool:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _reason(code: str, category: str) -> Check:
    def check(view: View) -> Iterator[Hit]:
        for element in view.elements("cac:TaxCategory"):
            texts = {view.name(child): content(child) for child in element.iterchildren(etree.Element)}
            if texts.get("cbc:TaxExemptionReasonCode", "").upper() == code and texts.get("cbc:ID") != category:
                stated = texts.get("cbc:ID", "")
                yield Hit(
                    view.location(element), f"{code} belongs to category {category}, not {stated or 'none'}", (stated, category)
                )

    return check


_PLACES = (("cbc:EndpointID", ""), ("cbc:ID", "cac:PartyIdentification"), ("cbc:CompanyID", ""))


def _register(scheme: str, where: str, check_name: str, name: str) -> Check:
    def check(view: View) -> Iterator[Hit]:
        for element_name, parent_name in _PLACES[: 1 if where == "address" else None]:
            for element in view.elements(element_name):
                parent = element.getparent()
                is_here = not parent_name or (parent is not None and view.name(parent) == parent_name)
                if element.get("schemeID") == scheme and is_here and not CHECKS[check_name](content(element)):
                    yield Hit(view.location(element), f"{content(element)!r} is no right {name}", (content(element),))

    return check


def _identifiers() -> Iterator[Rule]:
    text = files("validators.norm").joinpath("peppol_identifiers.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        check = _register(row["scheme"], row["where"], row["check"], row["name"])
        yield Rule(row["rule"], check, row["severity"], syntax="ubl", trigger="@schemeID")


def _rule(number: str, check: Check, trigger: str = "") -> Rule:
    return Rule(f"PEPPOL-EN16931-{number}", check, syntax="ubl", trigger=trigger)


RULES: tuple[Rule, ...] = (
    *load_codes("peppol_codes.csv"),
    *_identifiers(),
    _rule("F001", _date_form),
    _rule("P0100", _type_code("cbc:InvoiceTypeCode", "peppol-invoice-types")),
    _rule("P0101", _type_code("cbc:CreditNoteTypeCode", "peppol-credit-note-types")),
    _rule("P0112", _german_type),
    *(
        _rule(number, _reason(code, category), "cbc:TaxExemptionReasonCode")
        for code, (number, category) in _CATEGORY_OF_REASON.items()
    ),
)
