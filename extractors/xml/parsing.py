"""Bytes -> element tree, or a reason why not. No document type, no entity, no network, no comment inside a value, bounded size.

Source: attack table of the reliability notes. ``resolve_entities=False`` alone accepts a DOCTYPE and lets entity text vanish,
so any DOCTYPE is refused: EN 16931 needs none. Comments and processing instructions are removed while parsing, so that a
value with a comment in the middle is whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from extractors.errors import Unreadable

MAX_BYTES = 20_000_000
MAX_DEPTH = 64
MAX_ELEMENTS = 400_000


@dataclass(frozen=True)
class Xml:
    """A parsed document. ``places`` gives each element its XPath; it also keeps the element proxies alive."""

    root: "etree._Element"
    places: "dict[etree._Element, str]"


def parse_root(data: bytes) -> "etree._Element":
    """Root element of ``data``.

    Raises ``Unreadable``: READ-MALFORMED (not well-formed, DOCTYPE, unknown encoding) or READ-TOO-LARGE.
    """
    if len(data) > MAX_BYTES:
        raise Unreadable("READ-TOO-LARGE", f"the XML has {len(data)} bytes, more than {MAX_BYTES}")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as problem:
        raise _refusal(problem) from problem
    except (ValueError, LookupError) as problem:  # an encoding that Python or libxml2 does not know
        raise Unreadable("READ-MALFORMED", f"the XML cannot be decoded: {_short(str(problem))}") from problem
    except MemoryError as problem:
        raise Unreadable("READ-TOO-LARGE", "the XML needs more memory than allowed") from problem
    if root is None:
        raise Unreadable("READ-MALFORMED", "the XML has no root element")
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype:
        raise Unreadable(
            "READ-MALFORMED", "the XML has a DOCTYPE, which no e-invoice needs and which can hide content; ask for it without"
        )
    return root


def locate(root: "etree._Element", prefixes: dict[str, str]) -> Xml:
    """Every element with its XPath. ``prefixes``: namespace -> prefix. Raises ``Unreadable`` (READ-TOO-LARGE)."""
    return Xml(root, dict(_places(root, prefixes)))


def _refusal(problem: "etree.XMLSyntaxError") -> Unreadable:
    message = _short(problem.msg or "syntax error")
    log: Any = problem.error_log
    kind = str(getattr(log.last_error, "type_name", "")) if log else ""
    if kind in ("ERR_RESOURCE_LIMIT", "ERR_ENTITY_LOOP") or "huge" in message.lower() or "excessive depth" in message.lower():
        return Unreadable("READ-TOO-LARGE", f"the XML goes beyond what the parser allows: {message}")
    return Unreadable("READ-MALFORMED", f"the XML is not well-formed: {message}")


def _places(root: "etree._Element", prefixes: dict[str, str]) -> "Iterator[tuple[etree._Element, str]]":
    """XPath of every element, with an index where siblings share a name. One walk, without recursion."""
    names: dict[str, str] = {}
    count = 0
    stack: list[tuple[etree._Element, str, int]] = [(root, "/" + _name(str(root.tag), prefixes), 1)]
    while stack:
        element, place, depth = stack.pop()
        count += 1
        if depth > MAX_DEPTH or count > MAX_ELEMENTS:
            raise Unreadable("READ-TOO-LARGE", f"the XML has more than {MAX_ELEMENTS} elements or {MAX_DEPTH} levels")
        yield element, place
        children = list(element)
        totals: dict[str, int] = {}
        for child in children:
            totals[str(child.tag)] = totals.get(str(child.tag), 0) + 1
        seen: dict[str, int] = {}
        for child in children:
            tag = str(child.tag)
            seen[tag] = seen.get(tag, 0) + 1
            name = names.get(tag) or names.setdefault(tag, _name(tag, prefixes))
            index = f"[{seen[tag]}]" if totals[tag] > 1 else ""
            stack.append((child, f"{place}/{name}{index}", depth + 1))


def _name(tag: str, prefixes: dict[str, str]) -> str:
    namespace, _, local = tag.rpartition("}")
    prefix = prefixes.get(namespace.removeprefix("{"))
    return f"{prefix}:{local}" if prefix else local


def _short(text: str) -> str:
    return " ".join(text.split())[:300]
