"""BR-CL-01 to BR-CL-26: coded values come from their lists. Table: ``codes.csv``, lists: ``code_lists.toml``."""

import csv
import re
from collections.abc import Iterator
from importlib.resources import files

from lxml import etree

from validators.norm.code_lists import codes, title
from validators.norm.rule import Check, Hit, Rule
from validators.norm.view import View, content

_PARENT = re.compile(r"([\w:]+)(?:\[(\w+)\])?")
_BOOLEANS = {"1": "true", "0": "false"}
SUBJECT_LENGTH = 3


def _discriminator(view: View, parent: etree._Element) -> str:
    """What tells elements of one name apart: the charge indicator, or the document type code."""
    for child in parent.iterchildren(etree.Element):
        if view.name(child) in ("cbc:ChargeIndicator", "ram:ChargeIndicator", "cbc:DocumentTypeCode"):
            text = content(child)
            return _BOOLEANS.get(text, text)
    return ""


def _stands_in(view: View, element: etree._Element, where: str) -> bool:
    if not where:
        return True
    parent = element.getparent()
    if parent is None:
        return False
    if where.startswith("-"):
        outside = {name[1:] for name in where.split()}
        return not any(view.name(ancestor) in outside for ancestor in element.iterancestors())
    match = _PARENT.fullmatch(where)
    assert match is not None, where
    return view.name(parent) == match[1] and (match[2] is None or _discriminator(view, parent) == match[2])


def coded(element_name: str, where: str, attribute: str, lists: str) -> Check:
    """A check that the text, or an attribute, of every such element is a code of one of the lists."""
    names = lists.split("|")
    allowed = frozenset().union(*(codes(name) for name in names))
    optional, attribute_name = attribute.startswith("?"), attribute.lstrip("?")

    def check(view: View) -> Iterator[Hit]:
        for element in view.elements(element_name):
            stated = element.get(attribute_name) if attribute_name else content(element)
            if (stated is None and optional) or not _stands_in(view, element, where):
                continue
            code = " ".join((stated or "").split())
            if (code.upper() if "vatex" in names else code) in allowed and _is_in_place(view, element, code):
                continue
            suffix = f"/@{attribute_name}" if attribute_name else ""
            yield Hit(view.location(element) + suffix, f"{code!r} is not in {title(names[0])}", (code,))

    return check


def _is_in_place(view: View, element: etree._Element, code: str) -> bool:
    """The scheme of a creditor identifier belongs to the seller or payee only."""
    if code != "SEPA":
        return True
    owners = {view.name(ancestor) for ancestor in element.iterancestors()}
    return bool(owners & {"cac:AccountingSupplierParty", "cac:PayeeParty"})


def br_cl_08(view: View) -> Iterator[Hit]:
    """UBL: a note that begins with a code between two signs (``#AAI#text``) uses one of UNTDID 4451."""
    for note in view.root.groups("BG-1"):
        parts = content(note.element).split("#")
        if len(parts) > 2 and len(parts[1]) == SUBJECT_LENGTH and not _is_part_of_a_code(parts[1]):
            yield Hit(note.location, f"{parts[1]!r} is not in {title('untdid4451')}", (parts[1],))


def _is_part_of_a_code(text: str) -> bool:
    return text.strip() in codes("untdid4451")


def load(name: str) -> tuple[Rule, ...]:
    """Rules of a table of the form of ``codes.csv``."""
    text = files("validators.norm").joinpath(name).read_text(encoding="utf-8")
    records = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(
        Rule(
            row["rule"],
            coded(row["element"], row["parent"], row["attribute"], row["list"]),
            syntax=row["syntax"],
            trigger=row["element"],
        )
        for row in records
    )


RULES: tuple[Rule, ...] = (*load("codes.csv"), Rule("BR-CL-08", br_cl_08, syntax="ubl"))
