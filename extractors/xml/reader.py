"""The generic reader: element tree + table of paths -> values of the model, evidence, findings, and what no row explains.

Copies out what is written; computes and repairs nothing; absent stays absent. Recursion follows the blocks of the table, whose
depth is fixed, never the document.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from extractors.xml import values
from extractors.xml.mapping import Blocks, Row
from extractors.xml.parsing import Xml
from schemas import Evidence, Finding
from schemas.finding import error, warning

if TYPE_CHECKING:
    from lxml import etree

MAX_EVIDENCE_TEXT = 500
MAX_NOTES = 1_000
_SIGNATURES = ("{http://www.w3.org/2000/09/xmldsig#}", "{http://uri.etsi.org/01903")
_TEXT_KINDS = {"text": "text", "name": "name", "id": "id", "code": "code", "account": "account", "parent": "id"}


@dataclass(frozen=True)
class Leaf:
    """A place that holds text: an element without children, or an attribute of one."""

    element: "etree._Element"
    attribute: str | None
    text: str
    xpath: str

    @property
    def key(self) -> "tuple[etree._Element, str | None]":
        return self.element, self.attribute


@dataclass
class Reading:
    """What was read. ``invoice`` is the nested dictionary for ``schemas.Invoice``."""

    xml: Xml
    blocks: Blocks
    invoice: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, list[Evidence]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    consumed: "set[tuple[etree._Element, str | None]]" = field(default_factory=set)
    currency: str = ""
    accounting: str = ""
    undecided: set[str] = field(default_factory=set)
    """Fields that two places state differently: later rows must not decide what a person has to."""
    _explained: "list[tuple[etree._Element, str | None]]" = field(default_factory=list)
    _proven: list[str] = field(default_factory=list)

    def explain(self, keys: "Iterable[tuple[etree._Element, str | None]]") -> None:
        """These places are accounted for: no later row reads them, and they do not become notes."""
        fresh = [key for key in keys if key not in self.consumed]
        self.consumed.update(fresh)
        self._explained.extend(fresh)

    def prove(self, path: str, evidence: list[Evidence]) -> None:
        self.evidence[path] = evidence
        self._proven.append(path)

    def mark(self) -> tuple[int, int]:
        return len(self._explained), len(self._proven)

    def forget_since(self, mark: tuple[int, int]) -> None:
        """Take back what was explained and proven since ``mark``."""
        self.consumed.difference_update(self._explained[mark[0] :])
        for path in self._proven[mark[1] :]:
            self.evidence.pop(path, None)
        del self._explained[mark[0] :], self._proven[mark[1] :]


def read_tree(xml: Xml, blocks: Blocks) -> Reading:
    """Read the block ``invoice`` at the root, then keep what no row explains as notes with their path."""
    reading = Reading(xml, blocks)
    _read_block(reading, "invoice", xml.root, "", reading.invoice)
    _keep_leftovers(reading)
    return reading


def _read_block(reading: Reading, block: str, element: "etree._Element", prefix: str, target: dict[str, Any]) -> None:
    for row in reading.blocks[block]:
        nodes = row.path(element, currency=reading.currency, accounting=reading.accounting)
        if not nodes:
            continue
        if row.type == "list":
            _read_list(reading, row, nodes, prefix, target)
        elif row.type == "one":
            inner: dict[str, Any] = {}
            _read_block(reading, str(row.block), nodes[0], f"{prefix}{row.field}.", inner)
            if inner:
                _put(target, row.field, inner)
        elif row.type == "structure":
            reading.explain((node, None) for node in nodes)
        elif (present := _get(target, row.field)) is not None:
            _explain_repetitions(reading, row, nodes, prefix, present)
        else:
            _read_value(reading, row, nodes, prefix, target)
            if row.field == "currency":
                reading.currency = target.get("currency") or ""
            elif row.field == "accounting_currency":
                reading.accounting = target.get("accounting_currency") or ""


def _read_list(reading: Reading, row: Row, nodes: "list[etree._Element]", prefix: str, target: dict[str, Any]) -> None:
    block = str(row.block)
    required = [inner.field for inner in reading.blocks[block] if inner.required]
    items: list[dict[str, Any]] = _get(target, row.field) or []
    for node in nodes:
        item: dict[str, Any] = {}
        mark = reading.mark()
        _read_block(reading, block, node, f"{prefix}{row.field}[{len(items)}].", item)
        if item and all(item.get(name) is not None for name in required):
            items.append(item)
        else:  # an incomplete object is no object: what it holds stays unexplained and is kept as notes
            reading.forget_since(mark)
    if items:
        _put(target, row.field, items)


def _read_value(reading: Reading, row: Row, nodes: list[Any], prefix: str, target: dict[str, Any]) -> None:
    path = prefix + row.field
    if path in reading.undecided:
        return
    leaves = [leaf for node in nodes if (leaf := _leaf(reading, row, node, path)) is not None]
    fresh = [leaf for leaf in leaves if row.type == "parent" or leaf.key not in reading.consumed]
    if not fresh:
        return
    found: list[tuple[Leaf, Any]] = []
    for leaf in fresh:
        value, finding = _convert(reading, row, leaf, path)
        if finding is not None:
            reading.findings.append(finding)
        if value is not None and value != "":
            found.append((leaf, value))
    if not found:
        return
    chosen, used = _choose(reading, row, found, path)
    if chosen is None:
        return
    _put(target, row.field, chosen)
    reading.explain(leaf.key for leaf in used)
    shown = used or [leaf for leaf, _ in found]
    reading.prove(path, [_evidence(leaf.xpath, leaf.text) for leaf in shown])


def _explain_repetitions(reading: Reading, row: Row, nodes: list[Any], prefix: str, present: Any) -> None:
    """A second place that says the same value is explained by it; one that says another stays for the notes."""
    path = prefix + row.field
    for node in nodes:
        leaf = _leaf(reading, row, node, path)
        if leaf is None or leaf.key in reading.consumed:
            continue
        if _convert(reading, row, leaf, path)[0] == present:
            reading.explain([leaf.key])
            reading.evidence.setdefault(path, []).append(_evidence(leaf.xpath, leaf.text))


def _choose(reading: Reading, row: Row, found: list[tuple[Leaf, Any]], path: str) -> tuple[Any, list[Leaf]]:
    """One value out of several places, by the cardinality of the row, and the places it explains."""
    leaves = [leaf for leaf, _ in found]
    first = found[0][1]
    if all(value == first for _, value in found) and row.cardinality != "sum":
        return first, leaves
    if row.cardinality == "join":
        return "\n".join(str(value) for _, value in found), leaves
    if row.cardinality == "sum":
        total = sum((value for _, value in found), Decimal(0))
        return total, leaves if len(leaves) == 1 else []
    if row.cardinality == "first":
        return first, [leaf for leaf, value in found if value == first]
    reading.undecided.add(path)
    shown = " and ".join(dict.fromkeys(leaf.text.strip()[:40] for leaf in leaves))
    reading.findings.append(error("READ-UNSURE", path, f"stated more than once and differently: {shown}", stated=shown))
    return None, []


def _convert(reading: Reading, row: Row, leaf: Leaf, path: str) -> tuple[Any, Finding | None]:
    place = values.Place(path, leaf.xpath)
    if row.type in ("amount", "accounting-amount", "price", "decimal"):
        if not leaf.text.strip():
            return None, None
        if (mixed := _other_currency(reading, row, leaf, place)) is not None:
            return None, mixed
        return values.number(leaf.text, row.type, place)
    if row.type == "date":
        return values.day(leaf.text, leaf.element.get("format"), place) if leaf.text.strip() else (None, None)
    if row.type == "days":
        value, finding = values.number(leaf.text, "decimal", place)
        return (int(value) if value is not None and value >= 0 and value == value.to_integral_value() else None), finding
    if row.type == "binary":
        return "".join(leaf.text.split()), None
    if row.type == "tax-point-2475":
        code = values.clean(leaf.text, "code")
        return values.TAX_POINT_2475.get(code, code), None
    kind = _TEXT_KINDS[row.type]
    finding = values.suspicious(leaf.text, kind, place)
    text = values.account(leaf.text) if row.type == "account" else values.clean(leaf.text, kind)
    return text, finding


def _other_currency(reading: Reading, row: Row, leaf: Leaf, place: values.Place) -> Finding | None:
    expected = reading.accounting if row.type == "accounting-amount" else reading.currency
    stated = leaf.element.get("currencyID")
    if row.type == "decimal" or stated is None or stated == expected:
        return None
    return error(
        "READ-INVALID-AMOUNT",
        place.field,
        f"the amount at {place.xpath} is in {stated[:10]}, the invoice in {expected or 'no currency'}",
        stated=stated[:10],
        expected=expected or None,
    )


def _leaf(reading: Reading, row: Row, node: Any, path: str) -> Leaf | None:
    """The place a node of an XPath result stands for; date containers lead to the text inside them."""
    if getattr(node, "is_attribute", False):
        element, name = node.getparent(), str(node.attrname)
        return Leaf(element, name, str(node), f"{reading.xml.places[element]}/@{name.rpartition('}')[2]}")
    element = node
    while row.type == "date" and len(element) == 1 and not (element.text or "").strip():
        element = element[0]
    if len(element):
        place = reading.xml.places[element]
        reading.findings.append(error("READ-MALFORMED", path, f"the value at {place} has elements inside"))
        return None
    return Leaf(element, None, element.text or "", reading.xml.places[element])


def _keep_leftovers(reading: Reading) -> None:
    """Elements with text that no row explained become notes, so that nothing a supplier wrote is dropped silently."""
    notes: list[dict[str, Any]] = reading.invoice.get("notes", [])
    room = MAX_NOTES
    for element in reading.xml.root.iter():
        if (element, None) in reading.consumed or str(element.tag).startswith(_SIGNATURES):
            continue
        pieces = (element.text, *(child.tail for child in element))
        text = " ".join(piece.strip() for piece in pieces if piece and piece.strip())
        if not text:
            continue
        xpath, path = reading.xml.places[element], f"notes[{len(notes)}].text"
        if room == 0:
            reading.findings.append(
                warning("READ-TOO-LARGE", "notes", f"more than {MAX_NOTES} values no term holds; not all are kept")
            )
            break
        room -= 1
        if (finding := values.suspicious(text, "text", values.Place(path, xpath))) is not None:
            reading.findings.append(finding)
        notes.append({"text": f"{xpath}: {values.clean(text, 'text')}", "path": xpath})
        reading.prove(path, [_evidence(xpath, text)])
    if notes:
        reading.invoice["notes"] = notes


def _evidence(xpath: str, text: str) -> Evidence:
    return Evidence(path=xpath, text=text.strip()[:MAX_EVIDENCE_TEXT], proofs=["structured"])


def _put(target: dict[str, Any], name: str, value: Any) -> None:
    *parents, last = name.split(".")
    for parent in parents:
        target = target.setdefault(parent, {})
    target[last] = value


def _get(target: dict[str, Any], name: str) -> Any:
    found: Any = target
    for step in name.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found
