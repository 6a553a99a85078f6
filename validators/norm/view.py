"""The document as the rules see it: business groups with their terms as raw text, for UBL and CII alike.

The rules run on this view and not on ``schemas.Invoice``, because many judge what a model no longer knows: whether an element is
there but empty, stands twice, has three decimals (docs/decisions/0007). Driven by the tables of ``schemas/bindings``; nothing is
converted, nothing is repaired. A term or group is looked up when a rule first asks for it.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache, cached_property
from types import MappingProxyType
from typing import NamedTuple

from lxml import etree

from schemas.bindings import INVOICE, NAMESPACES, Row, load, steps

_STEP = re.compile(r"([\w:]+)((?:\[[^\]]*\])*)")
_PREDICATE = re.compile(r"\[(not\()?([^\]=)]+)(?:=(?:'([^']*)'|\$([\w.-]+)))?\)?\]")
_DECIMAL = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})")
_BOOLEANS = {"1": "true", "0": "false"}

Test = Callable[["View", etree._Element], bool]
Path = tuple[tuple[tuple[str, tuple[Test, ...]], ...], str | None]
"""Steps (tag in Clark notation, tests), and the attribute at the end, if any."""


_NOTHING: Mapping[str, list[etree._Element]] = MappingProxyType({})


class Value(NamedTuple):
    """One occurrence of a term: the text as written, white space around it removed, and where it stands."""

    text: str
    element: etree._Element
    attribute: str | None = None


def decimal(text: str | None) -> Decimal | None:
    """``xs:decimal`` to ``Decimal``; ``None`` for anything else, exponents, NaN and infinities included."""
    stripped = (text or "").strip()
    return Decimal(stripped) if _DECIMAL.fullmatch(stripped) else None


def content(element: etree._Element) -> str:
    """The text of an element, white space around it removed."""
    return "".join(map(str, element.itertext())).strip() if len(element) else (element.text or "").strip()


def _normal(text: str) -> str:
    return _BOOLEANS.get(text, text.upper() if text.upper() == "VAT" else text)


def _compile_test(syntax: str, predicate: re.Match[str]) -> Test:
    negated, literal, term = predicate[1] is not None, predicate[3], predicate[4]
    compiled = _compile_path(syntax, predicate[2].strip())

    def test(view: "View", element: etree._Element) -> bool:
        found = [value.text for value in view.select(element, compiled)]
        if literal is None and term is None:
            return bool(found) is not negated
        wanted = view.root_text(term) if term is not None else literal or ""
        return (_normal(wanted) in map(_normal, found)) is not negated

    return test


@cache
def _clark(syntax: str, name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[syntax][prefix]}}}{local}"


@cache
def _compile_path(syntax: str, place: str) -> Path:
    elements, attribute = steps(place)
    compiled = []
    for element in elements:
        match = _STEP.fullmatch(element)
        assert match is not None, f"{place}: {element} is not a step"
        tests = tuple(_compile_test(syntax, test) for test in _PREDICATE.finditer(match[2]))
        compiled.append((_clark(syntax, match[1]), tests))
    return tuple(compiled), attribute


class Node:
    """A business group: one element of the document and the rows of the table that belong to it."""

    __slots__ = ("_groups", "_values", "element", "key", "view")

    def __init__(self, view: "View", key: str, element: etree._Element) -> None:
        self.view, self.key, self.element = view, key, element
        self._values: dict[str, list[Value]] = {}
        self._groups: dict[str, list[Node]] = {}

    def values(self, term: str) -> list[Value]:
        """Every occurrence of a term, in document order, empty ones included."""
        if term not in self._values:
            paths = self.view.paths(self.key, term)
            self._values[term] = [value for path in paths for value in self.view.select(self.element, path)]
        return self._values[term]

    def groups(self, key: str) -> list["Node"]:
        """Every inner group of a key, present ones only."""
        if key not in self._groups:
            paths = self.view.paths(self.key, key)
            found = [value.element for path in paths for value in self.view.select(self.element, path)]
            owner = key.partition(".")[0]  # "BG-23.all" are groups like BG-23, from more places
            self._groups[key] = [Node(self.view, owner, element) for element in found]
        return self._groups[key]

    def group(self, key: str) -> "Node | None":
        found = self.groups(key)
        return found[0] if found else None

    def has(self, term: str) -> bool:
        """Whether the element is there, filled or not."""
        return bool(self.values(term))

    def text(self, term: str) -> str:
        """Text of the first occurrence, ``""`` where there is none."""
        found = self.values(term)
        return found[0].text if found else ""

    def number(self, term: str) -> Decimal | None:
        """First occurrence as a number; ``None`` where it is absent or is no number."""
        found = self.values(term)
        return decimal(found[0].text) if found else None

    @property
    def location(self) -> str:
        return self.view.location(self.element)

    def place(self, term: str) -> str:
        """Location of a term, or of where it would stand."""
        found = self.values(term)
        if found:
            suffix = f"/@{found[0].attribute}" if found[0].attribute else ""
            return self.view.location(found[0].element) + suffix
        rows = self.view.rows(self.key, term)
        path = re.sub(r"\[[^\]]*\]", "", rows[0].place) if rows else term
        return f"{self.location}/{path}"


class View:
    """One parsed document. ``root`` is the invoice (BG-0)."""

    def __init__(self, root: etree._Element, syntax: str) -> None:
        self.syntax = syntax
        self.document_type = etree.QName(root).localname
        self._prefix_of = {uri: prefix for prefix, uri in NAMESPACES[syntax].items()}
        self.root = Node(self, INVOICE, root)
        self._name_of: dict[str, str] = {}

    def rows(self, owner: str, key: str) -> list[Row]:
        """Rows of the table that say where a term or group of this owner stands in this kind of document."""
        return _rows(self.syntax, self.document_type, owner, key)

    def paths(self, owner: str, key: str) -> list[Path]:
        return _paths(self.syntax, self.document_type, owner, key)

    def select(self, element: etree._Element, path: Path) -> list[Value]:
        """What stands at a path below an element."""
        current = [element]
        for tag, tests in path[0]:
            children = [child for each in current for child in self._children.get(each, _NOTHING).get(tag, ())]
            current = [child for child in children if all(test(self, child) for test in tests)] if tests else children
            if not current:
                return []
        attribute = path[1]
        if attribute is None:
            return [Value(content(each), each) for each in current]
        named = ((each, each.get(attribute)) for each in current)
        return [Value(text.strip(), each, attribute) for each, text in named if text is not None]

    def root_text(self, term: str) -> str:
        return self.root.text(term)

    def elements(self, name: str) -> list[etree._Element]:
        """All elements of a prefixed name, anywhere in the document; none for a prefix of the other syntax."""
        return self._by_name.get(name, [])

    def named(self, prefix: str, suffix: str) -> list[etree._Element]:
        """All elements whose prefixed name begins and ends so, those of one name together."""
        names = [name for name in self._by_name if name.endswith(suffix) and name.startswith(prefix)]
        return [element for name in names for element in self._by_name[name]]

    @cached_property
    def _children(self) -> dict[etree._Element, dict[str, list[etree._Element]]]:
        """Elements below each element, by tag; the tree is walked once, and nothing changes it."""
        below: dict[etree._Element, dict[str, list[etree._Element]]] = {}
        for element in self._all:
            if not len(element):
                continue
            tags: dict[str, list[etree._Element]] = {}
            for child in element:
                tag = str(child.tag)
                if tag in tags:
                    tags[tag].append(child)
                else:
                    tags[tag] = [child]
            below[element] = tags
        return below

    @cached_property
    def _all(self) -> list[etree._Element]:
        return list(self.root.element.iter(etree.Element))

    @cached_property
    def _by_name(self) -> dict[str, list[etree._Element]]:
        by_tag: dict[str, list[etree._Element]] = {}
        for element in self._all:
            tag = str(element.tag)
            if tag in by_tag:
                by_tag[tag].append(element)
            else:
                by_tag[tag] = [element]
        found: dict[str, list[etree._Element]] = {}
        for tag, elements in by_tag.items():
            found.setdefault(self._prefixed(tag), []).extend(elements)
        return found

    @cached_property
    def names(self) -> frozenset[str]:
        """What stands somewhere in the document: elements (``cbc:ID``), attributes (``@schemeID``), and both with the element
        around them (``cac:Item/cbc:Name``, ``cbc:ID/@schemeID``).
        """
        found = set(self._by_name)
        pairs = {(str(element.tag), tag) for element, tags in self._children.items() for tag in tags}
        found.update(f"{self._prefixed(owner)}/{self._prefixed(tag)}" for owner, tag in pairs)
        for name, elements in self._by_name.items():
            for attribute in {key for element in elements for key in element.keys()}:  # noqa: SIM118 - not a dict
                found.update((f"@{attribute!s}", f"{name}/@{attribute!s}"))
        return frozenset(found)

    def all_elements(self) -> list[etree._Element]:
        """Every element, in document order."""
        return self._all

    def name(self, element: etree._Element) -> str:
        """Prefixed name, for example ``cbc:ID``; the root without prefix."""
        return self._prefixed(str(element.tag))

    def _prefixed(self, tag: str) -> str:
        if tag not in self._name_of:
            qualified = etree.QName(tag)
            prefix = self._prefix_of.get(qualified.namespace or "")
            self._name_of[tag] = f"{prefix}:{qualified.localname}" if prefix else qualified.localname
        return self._name_of[tag]

    def location(self, element: etree._Element) -> str:
        """XPath with the usual prefixes, counted where a name repeats: ``/Invoice/cac:InvoiceLine[2]/cbc:ID``."""
        parts: list[str] = []
        current: etree._Element | None = element
        while current is not None:
            parent = current.getparent()
            name = self.name(current)
            same = list(parent.iterchildren(str(current.tag))) if parent is not None else []
            parts.append(f"{name}[{same.index(current) + 1}]" if len(same) > 1 else name)
            current = parent
        return "/" + "/".join(reversed(parts))


@cache
def _rows(syntax: str, document_type: str, owner: str, key: str) -> list[Row]:
    rows = load(syntax).get(owner, ())
    return [row for row in rows if row.key == key and (syntax != "ubl" or row.scope in ("", document_type))]


@cache
def _paths(syntax: str, document_type: str, owner: str, key: str) -> list[Path]:
    return [_compile_path(syntax, row.place) for row in _rows(syntax, document_type, owner, key)]
