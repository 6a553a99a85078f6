"""Paths of UBL in tables: which elements they select. Compiled once each; lines of invoices and credit notes have one name, ``line``."""

import re
from functools import cache

from lxml import etree

from schemas.bindings import NAMESPACES
from validators.norm.view import View, content

LINES = ("cac:InvoiceLine", "cac:CreditNoteLine")
_PREFIXES = dict(NAMESPACES["ubl"])
_STEP = re.compile(r"([\w:*]+)(.*)", re.DOTALL)


@cache
def _compiled(path: str) -> etree.XPath:
    return etree.XPath(path, namespaces=_PREFIXES)


def nodes(path: str, element: etree._Element) -> list[object]:
    """What a path below an element selects; nothing where it is no path to nodes."""
    found = _compiled(path)(element)
    return list(found) if isinstance(found, list) else []


def text_of(node: object) -> str:
    """Text of a selected element or attribute, as written."""
    return content(node) if isinstance(node, etree._Element) else str(node)


def _elements(path: str, element: etree._Element) -> list[etree._Element]:
    return [node for node in nodes(path, element) if isinstance(node, etree._Element)]


def contexts(view: View, path: str) -> list[etree._Element]:
    """Elements a rule is asked for: anywhere in the document, or from the root where the path starts with ``/Invoice``, ``/CreditNote``
    or ``/*``. ``line`` stands for a line of either.
    """
    if path.startswith("/"):
        match = _STEP.fullmatch(path[1:])
        assert match is not None, path
        if match[1] not in ("*", view.document_type):
            return []
        return _elements(f"self::*{match[2]}", view.root.element)
    if path.startswith("line"):
        return [each for name in LINES for line in view.elements(name) for each in _elements(f"self::*{path[4:]}", line)]
    first = path.partition("/")[0].partition("[")[0]
    if not view.elements(first):
        return []
    return _elements(f"//{path}", view.root.element)
