"""Mutants of e-invoices: one or more faults put into a sound document, drawn by a seed. No verdict: judges give it.

Kinds of fault are a table of small functions; each changes the tree in place and says whether it found something to change.
"""

import copy
import random
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from lxml import etree

Change = Callable[[etree._Element, random.Random], bool]
CATEGORIES = ("S", "Z", "E", "AE", "K", "G", "O", "L", "M", "B")
CODES = ("XX", "999", "ZZZ", "1A", "DE", "EUR", "380", "381", "384", "VAT", "0088", "EM", "58", "59", "48", "")
STEPS = (Decimal("0.01"), Decimal("-0.01"), Decimal("0.5"), Decimal("-1"), Decimal(1), Decimal(10), Decimal("-1000"))
DATES = ("2017-13-01", "20170101", "2016-02-29", "1999-12-31", "2099-01-01", "01.01.2020", "20161231", "2017-1-1")
NAMESPACES = (
    "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "urn:example:other",
)
UBL_EXTRAS = (
    "UUID",
    "Note",
    "IssueTime",
    "LineCountNumeric",
    "PricingCurrencyCode",
    "TaxPointDate",
    "AccountingCost",
    "CopyIndicator",
)
CII_EXTRAS = ("Name", "LanguageID", "CopyIndicator", "Information", "TypeCode", "Description", "ID", "LineTotalAmount")


def _inner(root: etree._Element) -> list[etree._Element]:
    return [element for element in root.iter(etree.Element) if element is not root]


def _leaves(root: etree._Element) -> list[etree._Element]:
    return [element for element in _inner(root) if len(element) == 0]


def _named(root: etree._Element, *parts: str) -> list[etree._Element]:
    return [leaf for leaf in _leaves(root) if any(part in etree.QName(leaf).localname for part in parts)]


def _number(element: etree._Element) -> Decimal | None:
    text = (element.text or "").strip()
    return Decimal(text) if text.removeprefix("-").replace(".", "", 1).isdigit() else None


def _draw(found: Sequence[etree._Element], draw: random.Random) -> etree._Element | None:
    return draw.choice(found) if found else None


def gone(root: etree._Element, draw: random.Random) -> bool:
    """An element with all it holds is not there."""
    chosen = _draw(_inner(root), draw)
    parent = chosen.getparent() if chosen is not None else None
    if chosen is None or parent is None:
        return False
    parent.remove(chosen)
    return True


def group_gone(root: etree._Element, draw: random.Random) -> bool:
    """A group near the root is not there."""
    chosen = _draw([element for element in _inner(root) if len(element) and len(list(element.iterancestors())) < 4], draw)
    parent = chosen.getparent() if chosen is not None else None
    if chosen is None or parent is None:
        return False
    parent.remove(chosen)
    return True


def twice(root: etree._Element, draw: random.Random) -> bool:
    """An element stands twice."""
    chosen = _draw(_inner(root), draw)
    if chosen is None:
        return False
    chosen.addnext(copy.deepcopy(chosen))
    return True


def emptied(root: etree._Element, draw: random.Random) -> bool:
    """An element holds nothing, or blanks."""
    chosen = _draw(_leaves(root), draw)
    if chosen is None:
        return False
    chosen.text = draw.choice(("", "", " "))
    return True


def amount(root: etree._Element, draw: random.Random) -> bool:
    """An amount is another, by a cent or by much."""
    chosen = _draw([leaf for leaf in _named(root, "Amount") if _number(leaf) is not None], draw)
    if chosen is None:
        return False
    chosen.text = f"{(_number(chosen) or Decimal(0)) + draw.choice(STEPS):f}"
    return True


def decimals(root: etree._Element, draw: random.Random) -> bool:
    """A number is written with more decimals."""
    chosen = _draw([leaf for leaf in _named(root, "Amount", "Percent", "Quantity") if _number(leaf) is not None], draw)
    if chosen is None:
        return False
    chosen.text = f"{_number(chosen):.{draw.choice((1, 3, 4))}f}"
    return True


def sign(root: etree._Element, draw: random.Random) -> bool:
    """A number has the other sign."""
    chosen = _draw([leaf for leaf in _named(root, "Amount", "Percent", "Quantity") if _number(leaf)], draw)
    if chosen is None:
        return False
    chosen.text = f"{-(_number(chosen) or Decimal(0)):f}"
    return True


def rate(root: etree._Element, draw: random.Random) -> bool:
    """A rate or a quantity is another."""
    chosen = _draw([leaf for leaf in _named(root, "Percent", "Quantity") if _number(leaf) is not None], draw)
    if chosen is None:
        return False
    chosen.text = draw.choice(("0", "7", "19", "25", "0.00", "1", "-19", "100"))
    return True


def code(root: etree._Element, draw: random.Random) -> bool:
    """A code is another, known or not."""
    chosen = _draw(_named(root, "Code", "CountryID"), draw)
    if chosen is None:
        return False
    chosen.text = draw.choice(CODES)
    return True


def category(root: etree._Element, draw: random.Random) -> bool:
    """A VAT category is another."""
    chosen = _draw([leaf for leaf in _leaves(root) if (leaf.text or "") in CATEGORIES], draw)
    if chosen is None:
        return False
    chosen.text = draw.choice(CATEGORIES)
    return True


def all_categories(root: etree._Element, draw: random.Random) -> bool:
    """The VAT category of the whole invoice is another."""
    found = [leaf for leaf in _leaves(root) if (leaf.text or "") in CATEGORIES]
    new = draw.choice(CATEGORIES)
    for leaf in found:
        leaf.text = new
    return bool(found)


def attribute(root: etree._Element, draw: random.Random) -> bool:
    """An attribute is gone or another."""
    chosen = _draw([element for element in root.iter(etree.Element) if element.attrib], draw)
    if chosen is None:
        return False
    name = draw.choice(list(map(str, chosen.attrib)))
    if draw.random() < 0.5:
        del chosen.attrib[name]
    else:
        chosen.set(name, draw.choice(CODES))
    return True


def day(root: etree._Element, draw: random.Random) -> bool:
    """A date is another, or none."""
    chosen = _draw(_named(root, "Date"), draw)
    if chosen is None:
        return False
    chosen.text = draw.choice(DATES)
    return True


def text(root: etree._Element, draw: random.Random) -> bool:
    """A text or identifier is another."""
    chosen = _draw(_named(root, "ID", "Name", "Note", "Description"), draw)
    if chosen is None:
        return False
    chosen.text = draw.choice(("X", "DE123", "#SKONTO#TAGE=1#", "#AAI#note", "ÄÖÜ", "0", "VAT", "VA", "FC", "SEPA"))
    return True


def namespace(root: etree._Element, draw: random.Random) -> bool:
    """An element is of another namespace."""
    chosen = _draw(_inner(root), draw)
    if chosen is None:
        return False
    chosen.tag = f"{{{draw.choice(NAMESPACES)}}}{etree.QName(chosen).localname}"
    return True


def extra(root: etree._Element, draw: random.Random) -> bool:
    """An element more, allowed by the schema or not."""
    chosen = _draw(_leaves(root), draw)
    if chosen is None:
        return False
    is_ubl = "ubl" in str(root.tag)
    added = etree.Element(f"{{{etree.QName(chosen).namespace}}}{draw.choice(UBL_EXTRAS if is_ubl else CII_EXTRAS)}")
    added.text = draw.choice(("1", "text", "2020-01-01"))
    if draw.random() < 0.5:
        chosen.addprevious(added)
    else:
        chosen.addnext(added)
    return True


def moved(root: etree._Element, draw: random.Random) -> bool:
    """An element stands before its elder sibling."""
    chosen = _draw([element for element in _inner(root) if element.getprevious() is not None], draw)
    elder = chosen.getprevious() if chosen is not None else None
    if chosen is None or elder is None:
        return False
    elder.addprevious(chosen)
    return True


KINDS: Mapping[str, tuple[Change, int]] = MappingProxyType(
    {
        "gone": (gone, 4),
        "group gone": (group_gone, 3),
        "twice": (twice, 2),
        "emptied": (emptied, 2),
        "amount": (amount, 5),
        "decimals": (decimals, 2),
        "sign": (sign, 1),
        "rate": (rate, 2),
        "code": (code, 4),
        "category": (category, 3),
        "all categories": (all_categories, 2),
        "attribute": (attribute, 3),
        "day": (day, 1),
        "text": (text, 2),
        "namespace": (namespace, 1),
        "extra": (extra, 2),
        "moved": (moved, 1),
    }
)
"""The kinds of fault with their weights."""


def mutant(data: bytes, draw: random.Random) -> tuple[bytes, str]:
    """A document with a fault, in one of five cases with two, and the kinds of them. ``data`` is well-formed XML."""
    root = etree.fromstring(data, etree.XMLParser(remove_comments=True, remove_pis=True))
    names, weights = list(KINDS), [weight for _, weight in KINDS.values()]
    wanted, done = (2 if draw.random() < 0.2 else 1), list[str]()
    while len(done) < wanted:
        (kind,) = draw.choices(names, weights)
        if KINDS[kind][0](root, draw):
            done.append(kind)
    return etree.tostring(root), " + ".join(done)
