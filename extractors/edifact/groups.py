"""Segments of a message -> segment groups, by ``schemas/edifact/groups.csv``.

Tolerant: a segment belongs to the innermost open group that has it as a member or may open it; what fits nowhere stays with the
message, where nobody claims it and it becomes a note.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from extractors.edifact.tokens import Segment
from schemas.edifact import groups

HEADER, SUMMARY = "header", "summary"


@dataclass
class Node:
    """One group: the segment that opens it first, then its members; ``name`` is the parent under which its own groups are known."""

    name: str
    segments: list[Segment] = field(default_factory=list)
    children: list["Node"] = field(default_factory=list)
    is_apart: bool = False

    @property
    def is_group(self) -> bool:
        """Not the header or the summary, which no segment opens."""
        return self.name not in (HEADER, SUMMARY)

    @property
    def trigger(self) -> Segment:
        return self.segments[0]

    def own(self) -> Iterator["Node"]:
        """This group and those inside it that do not belong to an object of their own."""
        yield self
        for child in self.children:
            if not child.is_apart:
                yield from child.own()


def build(message: list[Segment]) -> tuple[Node, Node]:
    """Header (lines included) and summary of a message."""
    header, summary = Node(HEADER), Node(SUMMARY)
    path = [header]
    for segment in message:
        if segment.tag in ("UNH", "UNT"):
            continue
        if segment.tag == "UNS":
            path = [summary] if segment.component(0) == "S" else path[:1]
            continue
        path = _place(segment, path)
    return header, summary


def _place(segment: Segment, path: list[Node]) -> list[Node]:
    """Put the segment where it belongs; the groups that are open afterwards."""
    for depth in range(len(path), 0, -1):
        node = path[depth - 1]
        group = groups().get((node.name, segment.tag))
        if group is not None:
            child = Node(segment.tag, [segment], is_apart=group.is_apart)
            node.children.append(child)
            return [*path[:depth], child]
        if depth > 1 and segment.tag in _members(path, depth):
            node.segments.append(segment)
            return path[:depth]
    path[0].segments.append(segment)
    return path[:1]


def _members(path: list[Node], depth: int) -> frozenset[str]:
    group = groups().get((path[depth - 2].name, path[depth - 1].name))
    return group.members if group else frozenset()
