"""Is a message built as its directory says? Segments that must be there, where they may stand, lengths, kinds of characters."""

import re
from collections.abc import Iterator, Sequence

from extractors.edifact.groups import HEADER, SUMMARY, Node, build
from extractors.edifact.tokens import Complaint, Segment
from schemas.edifact import lengths

_MANDATORY = ("BGM", "DTM", "UNS", "UNT")
_AT_THE_TOP = {
    HEADER: frozenset(["BGM", "DTM", "PAI", "ALI", "IMD", "FTX", "LOC", "GIR", "GIS", "GEI", "DGS"]),
    SUMMARY: frozenset(["CNT"]),
}
_NUMBER = re.compile(r"-?\d*[.,]?\d+")


def check(message: Sequence[Segment], directory: str) -> Iterator[Complaint]:
    """Complaints about one INVOIC message; only a missing mandatory segment is fatal."""
    tags = {segment.tag for segment in message}
    for tag in _MANDATORY:
        if tag not in tags:
            yield Complaint("EDI-STRUCTURE", tag, f"the message has no {tag}, which every INVOIC must have", is_fatal=True)
    if message and (len(message) < 2 or message[1].tag != "BGM"):
        yield Complaint("EDI-STRUCTURE", "BGM", "BGM does not follow UNH", is_fatal="BGM" not in tags)
    for node in build(list(message)):
        yield from _misplaced(node)
    for segment in message:
        yield from _too_long(segment, directory)


def _misplaced(node: Node) -> Iterator[Complaint]:
    for segment in node.segments:
        if segment.tag not in _AT_THE_TOP[node.name]:
            yield Complaint("EDI-STRUCTURE", segment.place, f"{segment.tag} does not belong in this place of INVOIC")


def _too_long(segment: Segment, directory: str) -> Iterator[Complaint]:
    for at, sizes in enumerate(lengths(directory).get(segment.tag, ())):
        for index, (kind, size) in enumerate(sizes):
            text = segment.component(at, index)
            if kind == "n" and text and not _NUMBER.fullmatch(text.strip()):
                yield Complaint("EDI-FORMAT", segment.place, f"{text[:40]!r} is not a number", is_fatal=True, values=(text[:40],))
            length = len(re.sub(r"[-.,]", "", text)) if kind == "n" else len(text)
            if length > size:
                words = f"{text[:40]!r} has {length} characters, {directory.upper()} allows {size}"
                yield Complaint("EDI-LENGTH", segment.place, words, values=(str(length), str(size)))
