"""Groups of a message -> the nested dictionary of ``schemas.Invoice``, evidence, and what no row explains. Driven by the tables.

Copies out what is written; computes nothing. A field that two segments state differently is left to a person.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from extractors.edifact.groups import Node
from extractors.edifact.matching import Caught, Cell, Match, match
from extractors.edifact.settling import settle
from extractors.edifact.tokens import Segment
from extractors.edifact.values import NUMBERS, as_value
from schemas import Evidence, Finding
from schemas.edifact import Row, Template, lengths, rows
from schemas.finding import error

ROOT = "invoice"
MAX_EVIDENCE_TEXT = 500
Record = dict[str, Any]


@dataclass
class _Text:
    """The last long text of a field: whether its segment was used up, so that the next one goes on, how, and under which subject."""

    is_full: bool
    ends_full: bool
    subject: str | None = None


@dataclass
class Reading:
    """What was read so far. ``cells`` are the places of the message that are accounted for."""

    directory: str
    decimal_mark: str
    invoice: Record = field(default_factory=dict)
    evidence: dict[str, list[Evidence]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    cells: set[Cell] = field(default_factory=set)
    _segments: dict[int, Segment] = field(default_factory=dict)
    _texts: dict[tuple[int, str], _Text] = field(default_factory=dict)

    def read(self, message: Sequence[Segment], header: Node, summary: Node) -> None:
        """Read a whole message: the rows of the table up to UNS from the header, those behind it from the summary."""
        self._segments = {segment.number: segment for segment in message}
        table = rows(self.directory)[ROOT]
        end = next(number for number, row in enumerate(table) if row.template[0].tag == "UNS")
        self._rows(table[:end], header, self.invoice, "")
        self._rows(table[end + 1 :], summary, self.invoice, "")

    def _rows(self, table: Sequence[Row], node: Node, record: Record, path: str) -> None:
        for row in table:
            if row.is_group:
                self._objects(row, node, record, path)
            else:
                self._fields(row, node, record, path)

    def _fields(self, row: Row, node: Node, record: Record, path: str) -> None:
        """A row of fields: from every segment that fits and still says something new."""
        first, *rest = row.template
        for segment, group in _places(node, apart=bool(rest)):
            matched = self._match(first, segment)
            if matched is None:
                continue
            more = self._follow(rest, group)
            is_new = any(caught.cell not in self.cells for caught in matched.caught) or not first.slots
            if more if rest else is_new:
                for each in (matched, *more):
                    self._take(each, record, path)

    def _objects(self, row: Row, node: Node, record: Record, path: str) -> None:
        """A row of groups: each group that fits and nobody has taken is one object, or says more of the only one."""
        first, *rest = row.template
        inner = rows(self.directory).get(row.inner_owner(), ())
        for segment, group in _places(node, apart=True):
            matched = self._match(first, segment)
            if matched is None or (segment.number, 0, 0) in self.cells:
                continue
            found = [matched, *self._follow(rest, group)]
            if not inner and not any(each.caught for each in found):
                continue
            self.cells.add((segment.number, 0, 0))
            if row.kind == "many" and not inner and self._goes_on(row, record, matched):
                continue
            target, place = self._target(row, record, path)
            for each in found:
                self._take(each, target, place)
            self._rows(inner, group, target, place)
            settle(row.field, target)

    def _target(self, row: Row, record: Record, path: str) -> tuple[Record, str]:
        """The dictionary a group is read into, and its path."""
        if row.field.startswith("."):
            return record, path
        name = row.field.lstrip("/")
        owner, base = (self.invoice, "") if row.field.startswith("/") else (record, path)
        *way, last = name.split(".")
        for step in way:
            owner = owner.setdefault(step, {})
        place = f"{base}.{name}".lstrip(".")
        if row.kind == "one":
            return owner.setdefault(last, {}), place
        items: list[Record] = owner.setdefault(last, [])
        items.append({})
        return items[-1], f"{place}[{len(items) - 1}]"

    def _goes_on(self, row: Row, record: Record, matched: Match) -> bool:
        """A text that filled its segment goes on in the next one of the same subject; whether this is such a next one."""
        items = record.get(row.field.lstrip("/"), [])
        text = next((caught for caught in matched.caught if caught.slot.joined_by is not None), None)
        if text is None or not items:
            return False
        before = self._texts.get((id(items[-1]), text.slot.field))
        if before is None or not before.is_full or before.subject != _subject(matched):
            return False
        self._take(matched._replace(caught=[text]), items[-1], f"{row.field}[{len(items) - 1}]")
        return True

    def _follow(self, templates: Sequence[Template], group: Node) -> list[Match]:
        """Matches of the further segments of a template inside its group; those that are absent are left out."""
        further = [segment for inner in group.own() for segment in inner.segments][1:]
        found = []
        for template in templates:
            for segment in further:
                matched = self._match(template, segment)
                if matched is not None and any(caught.cell not in self.cells for caught in matched.caught):
                    found.append(matched)
                    break
        return found

    def _match(self, template: Template, segment: Segment) -> Match | None:
        return match(template, segment, lengths(self.directory).get(segment.tag, ()))

    def _take(self, matched: Match, record: Record, path: str) -> None:
        self.cells.update(matched.cells)
        for caught in matched.caught:
            name = caught.slot.field
            of_invoice = name.startswith("/")
            place = name[1:] if of_invoice else f"{path}.{name}".lstrip(".")
            self._set(self.invoice if of_invoice else record, name.lstrip("/"), place, caught, _subject(matched))

    def _set(self, record: Record, name: str, place: str, caught: Caught, subject: str | None) -> None:
        *way, last = name.split(".")
        for step in way:
            record = record.setdefault(step, {})
        segment = self._segments[caught.cell[0]]
        try:
            value = as_value(last, caught, segment, self.decimal_mark)
        except ValueError as problem:
            code = "READ-INVALID-AMOUNT" if last in NUMBERS else "READ-MALFORMED"
            self.findings.append(error(code, place, f"{segment.place}: {problem}"))
            return
        known, joined_by = record.get(last), caught.slot.joined_by
        before = self._texts.get((id(record), last))
        if known is not None and joined_by is not None:
            record[last] = f"{known}{'' if before and before.ends_full else joined_by}{value}"
        elif known is None or known == value:
            record[last] = value
        else:
            words = f"{segment.place} states {value}, an earlier segment {known}"
            self.findings.append(error("READ-UNSURE", place, words, clears="the value entered by a person"))
            return
        if joined_by is not None:
            self._texts[id(record), last] = _Text(caught.is_full, caught.ends_full, subject)
        proof = Evidence(path=segment.place, text=caught.text[:MAX_EVIDENCE_TEXT], proofs=["structured"])
        self.evidence.setdefault(place, []).append(proof)


def _places(node: Node, *, apart: bool) -> Iterator[tuple[Segment, Node]]:
    """Segments a template may begin with, each with its group; ``apart`` adds the groups of objects of their own."""
    for inner in node.own():
        for number, segment in enumerate(inner.segments):
            opens = number == 0 and inner.is_group
            yield segment, inner if opens else Node(segment.tag, [segment])
        if apart:
            yield from ((child.trigger, child) for child in inner.children if child.is_apart)


def _subject(matched: Match) -> str | None:
    """What a text is about: the first short value beside it."""
    return next((caught.text for caught in matched.caught if caught.slot.joined_by is None), None)
