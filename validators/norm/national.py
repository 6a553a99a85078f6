"""National rules of Peppol BIS Billing 3.0 outside of Germany: those a table can say (``national.csv``) and a few functions. UBL only.

They are asked by the country of seller and buyer: of the postal address, or the two letters before the VAT number. The German ones are
in ``germany.py``.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from types import MappingProxyType

from lxml import etree

from validators.norm.check_digits import CHECKS, is_greek, is_norwegian
from validators.norm.paths import contexts, nodes, text_of
from validators.norm.rule import Check, Hit, Rule
from validators.norm.view import View, content

_SELLER, _BUYER = "cac:AccountingSupplierParty/cac:Party", "cac:AccountingCustomerParty/cac:Party"
_COUNTRY = "cac:PostalAddress/cac:Country/cbc:IdentificationCode"
_VAT = "cac:PartyTaxScheme[cac:TaxScheme/cbc:ID='VAT']/cbc:CompanyID"
_VAT_TRIMMED = "cac:PartyTaxScheme[normalize-space(cac:TaxScheme/cbc:ID)='VAT']/cbc:CompanyID"
_MARK, _URL = "##M.AR.K##", "##INVOICE|URL##"
_GREEK_TYPES = frozenset({"1.1", "1.6", "2.1", "2.4", "5.1", "5.2"})
_ID_PARTS = 6


def _texts(view: View, path: str) -> list[str]:
    return [text_of(node).strip() for node in nodes(path, view.root.element)]


def country(view: View, party: str) -> str:
    """Country of a party's postal address, ``""`` where there is none."""
    return next((text.upper() for text in _texts(view, f"{party}/{_COUNTRY}")), "")


def tax_country(view: View, party: str) -> str:
    """The two letters before a party's VAT number, else of the seller's representative, else the country of the address."""
    places = [f"{party}/{_VAT}", *(["cac:TaxRepresentativeParty/" + _VAT] if party == _SELLER else [])]
    stated = (text for place in places for text in _texts(view, place))
    return next((text[:2].upper() for text in stated), country(view, party))


def is_between(view: View, sellers: str, buyers: str) -> bool:
    """Whether the parties are of these countries (several separated by blanks, ``vat:`` for the tax country; empty: any)."""
    return _is_of(view, _SELLER, sellers) and _is_of(view, _BUYER, buyers)


def _is_of(view: View, party: str, wanted: str) -> bool:
    if not wanted:
        return True
    if wanted.startswith("vat:"):
        return tax_country(view, party) in wanted[4:].split()
    return country(view, party) in wanted.split()


def between(sellers: str, buyers: str, check: Check) -> Check:
    """The check, asked between parties of these countries only."""

    def asked(view: View) -> Iterator[Hit]:
        if is_between(view, sellers, buyers):
            yield from check(view)

    return asked


def _all_given(element: etree._Element, path: str, is_right: Callable[[str], bool]) -> bool:
    return all(any(is_right(text_of(node)) for node in nodes(each, element)) for each in path.split("&"))


def _first(element: etree._Element, path: str) -> str:
    return next((text_of(node) for node in nodes(path, element)), "")


Judge = Callable[[etree._Element, str, str], bool]
_KINDS: Mapping[str, Judge] = MappingProxyType(
    {
        "given": lambda element, path, value: _all_given(element, path, lambda text: True),
        "filled": lambda element, path, value: _all_given(element, path, lambda text: bool(text.strip())),
        "long": lambda element, path, value: _all_given(element, path, bool),
        "matches": lambda element, path, value: re.fullmatch(value, " ".join(_first(element, path).split())) is not None,
        "matches-any": lambda element, path, value: any(re.fullmatch(value, text_of(node)) for node in nodes(path, element)),
        "starts": lambda element, path, value: re.match(value, _first(element, path)) is not None,
        "one-of": lambda element, path, value: _first(element, path).strip() in value.split(),
        "check": lambda element, path, value: CHECKS[value](_first(element, path).strip()),
        "never": lambda element, path, value: False,
    }
)


def _from_row(row: dict[str, str]) -> Check:
    judge = _KINDS[row["kind"]]

    def check(view: View) -> Iterator[Hit]:
        for element in contexts(view, row["context"]):
            if not judge(element, row["path"], row["value"]):
                found = _first(element, row["path"].partition("&")[0]) if row["kind"] not in ("given", "never") else ""
                yield Hit(view.location(element), row["message"], (found.strip(),) if found.strip() else ())

    return between(row["seller"], row["buyer"], check)


def no_r_001(view: View) -> Iterator[Hit]:
    """A Norwegian VAT number is NO, a right organisation number, and MVA."""
    for party in contexts(view, _SELLER):
        number = _first(party, _VAT_TRIMMED)
        if number[:2] == "NO" and not (re.fullmatch(r"NO[0-9]{9}MVA", number) and is_norwegian(number[2:11])):
            yield Hit(
                view.location(party), "a Norwegian VAT number is NO, nine digits with a right check digit, and MVA", (number,)
            )


def dk_r_016(view: View) -> Iterator[Hit]:
    """A Danish credit note to Denmark has no negative amount due."""
    due = view.root.groups("BG-22")[0].number("BT-115") if view.root.groups("BG-22") else None
    if view.document_type == "CreditNote" and due is not None and due < 0:
        yield Hit(view.root.location, "the amount due (BT-115) of a credit note is not negative", (str(due),))


def nl_r_007(view: View) -> Iterator[Hit]:
    """A Dutch seller that is to be paid says how."""
    for totals in view.root.groups("BG-22"):
        due = totals.number("BT-115")
        is_owed = due is not None and (due > 0 if view.document_type == "Invoice" else due < 0)
        if is_owed and not view.elements("cac:PaymentMeans"):
            yield Hit(totals.location, "payment means (BG-16) must be given where the buyer pays")


def _is_day(text: str) -> bool:
    return re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", text) is not None


def _due_by_agreement(view: View) -> list[str]:
    return _texts(view, "cac:AdditionalDocumentReference[cbc:DocumentDescription='EINDAGI']/cbc:ID")


def is_r_008(view: View) -> Iterator[Hit]:
    """EINDAGI is a day."""
    for text in _due_by_agreement(view):
        if not _is_day(text):
            yield Hit(view.root.location, "EINDAGI is written YYYY-MM-DD", (text,))


def is_r_010(view: View) -> Iterator[Hit]:
    """EINDAGI is not before the due date."""
    due = _texts(view, "cbc:DueDate")
    for text in _due_by_agreement(view):
        if not due or text < due[0]:
            yield Hit(view.root.location, "EINDAGI is the due date (BT-9) or later", (text, due[0] if due else "-"))


def _greek_parts(view: View) -> list[str]:
    return view.root.text("BT-1").split("|")


def _greek_part(number: int, is_right: Callable[[View, str], bool], message: str) -> Check:
    def check(view: View) -> Iterator[Hit]:
        parts = _greek_parts(view)
        part = parts[number - 1] if len(parts) >= number else ""
        if view.root.has("BT-1") and not is_right(view, part):
            yield Hit(view.root.place("BT-1"), message, (part,))

    return check


def _greek_seller_number(view: View, part: str) -> bool:
    numbers = _texts(view, f"{_SELLER}/{_VAT}") + _texts(view, "cac:TaxRepresentativeParty/" + _VAT)
    return len(part) == 9 and is_greek(part) and part in [number[2:11] for number in numbers]


def _greek_day(view: View, part: str) -> bool:
    return part.split("/")[::-1] == view.root.text("BT-2").split("-") and part.count("/") == 2


def gr_r_001_1(view: View) -> Iterator[Hit]:
    """A Greek invoice number has six parts."""
    if view.root.has("BT-1") and len(_greek_parts(view)) != _ID_PARTS:
        yield Hit(view.root.place("BT-1"), "a Greek invoice number has six parts separated by |", (view.root.text("BT-1"),))


_GREEK_PARTS: tuple[tuple[str, Check], ...] = (
    ("GR-R-001-1", gr_r_001_1),
    ("GR-R-001-2", _greek_part(1, _greek_seller_number, "the first part is the tax number of the seller or its representative")),
    ("GR-R-001-3", _greek_part(2, _greek_day, "the second part is the issue date")),
    ("GR-R-001-4", _greek_part(3, lambda view, part: part.strip().isdigit(), "the third part is a whole number")),
    ("GR-R-001-5", _greek_part(4, lambda view, part: part in _GREEK_TYPES, "the fourth part is a Greek type of document")),
    ("GR-R-001-6", _greek_part(5, lambda view, part: bool(part), "the fifth part is not empty")),
    ("GR-R-001-7", _greek_part(6, lambda view, part: bool(part), "the sixth part is not empty")),
)


def _greek_vat(party: str) -> Check:
    def check(view: View) -> Iterator[Hit]:
        for element in contexts(view, party):
            numbers = [text_of(node) for node in nodes(_VAT_TRIMMED, element)]
            if len(numbers) != 1 or not _is_greek_vat(numbers[0]):
                yield Hit(view.location(element), "exactly one right Greek VAT number (EL) must be given", tuple(numbers[:1]))

    return check


def _is_greek_vat(text: str) -> bool:
    return text.startswith("EL") and is_greek(text[2:])


def gr_r_003(view: View) -> Iterator[Hit]:
    """The VAT number of a Greek seller is EL and a right number."""
    for node in nodes(f"{_SELLER}/{_VAT_TRIMMED}", view.root.element):
        if isinstance(node, etree._Element) and not _is_greek_vat(content(node)):
            yield Hit(view.location(node), "a Greek VAT number is EL and nine digits with a right check digit", (content(node),))


def _greek_address(party: str) -> Check:
    def check(view: View) -> Iterator[Hit]:
        for node in nodes(f"{party}/cbc:EndpointID", view.root.element):
            if isinstance(node, etree._Element) and not (node.get("schemeID") == "9933" and is_greek(content(node))):
                yield Hit(
                    view.location(node), "a Greek electronic address is a tax number with the scheme 9933", (content(node),)
                )

    return check


def _described(text: str, least: int, most: int) -> Check:
    """How often a document is referred to, for sellers with a Greek address."""

    def check(view: View) -> Iterator[Hit]:
        number = len(_texts(view, f"cac:AdditionalDocumentReference[cbc:DocumentDescription='{text}']"))
        if country(view, _SELLER) == "GR" and not least <= number <= most:
            yield Hit(view.root.location, f"{number} references {text}, {least} to {most} are wanted", (str(number),))

    return check


_GREEK = "vat:GR EL"
_FUNCTIONS: tuple[tuple[str, str, str, Check, str], ...] = (
    ("NO-R-001", "vat:NO", "", no_r_001, "fatal"),
    ("DK-R-016", "DK", "DK", dk_r_016, "fatal"),
    ("NL-R-007", "NL", "", nl_r_007, "fatal"),
    ("IS-R-008", "IS", "", is_r_008, "fatal"),
    ("IS-R-010", "IS", "", is_r_010, "fatal"),
    *((rule, _GREEK, "", check, "fatal") for rule, check in _GREEK_PARTS),
    ("GR-S-011", _GREEK, "", _greek_vat(_SELLER), "warning"),
    ("GR-R-003", _GREEK, "", gr_r_003, "fatal"),
    ("GR-R-004-1", _GREEK, "", _described(_MARK, 1, 1), "fatal"),
    ("GR-S-008-1", _GREEK, "", _described(_URL, 1, 1), "warning"),
    ("GR-R-008-2", _GREEK, "", _described(_URL, 0, 1), "fatal"),
    ("GR-R-009", _GREEK, "", _greek_address(_SELLER), "fatal"),
    ("GR-R-006", _GREEK, _GREEK, _greek_vat(_BUYER), "fatal"),
    ("GR-R-010", _GREEK, _GREEK, _greek_address(_BUYER), "fatal"),
)


def _load() -> Iterator[Rule]:
    text = files("validators.norm").joinpath("national.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        yield Rule(row["rule"], _from_row(row), row["severity"], syntax="ubl")
    for rule, seller, buyer, check, severity in _FUNCTIONS:
        yield Rule(rule, between(seller, buyer, check), severity, syntax="ubl")


RULES: tuple[Rule, ...] = tuple(_load())
