"""What is known of the log from outside the database: signed heads, and the marks of single entries."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.trail.anchors import AnchorFolder, Mark
from pipeline.trail.notes import BadNote, Checkpoint, Verifier, read_checkpoint


@dataclass
class Witness:
    """Heads by size, and where the marks lie. ``warnings``: what in the anchors no known key has signed."""

    keys: list[Verifier]
    anchors: list[AnchorFolder] = field(default_factory=list)
    heads: dict[int, Checkpoint] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        """So many entries were signed and brought out of the database's reach."""
        return max(self.heads, default=0)

    def head_after(self, index: int) -> Checkpoint | None:
        """The first signed head that covers an entry."""
        return min((one for one in self.heads.values() if one.size > index), key=lambda one: one.size, default=None)

    def marks(self, first: int) -> Iterator[tuple[int, Mark]]:
        """Marks from an index on, in order, each index once, up to the last signed head."""
        last = -1
        for index, mark in heapq.merge(*(anchor.marks() for anchor in self.anchors), key=lambda pair: pair[0]):
            if first <= index < self.size and index > last:
                yield index, mark
                last = index


def call_witness(keys: list[Verifier], folders: list[Path]) -> Witness:
    """Read the anchors. Heads that contradict each other are both kept in view: the first counts, the other is a warning."""
    witness = Witness(keys, [AnchorFolder(folder) for folder in folders])
    for anchor in witness.anchors:
        for file, note in anchor.checkpoints():
            try:
                head = read_checkpoint(note, keys)
            except BadNote as problem:
                witness.warnings.append(f"{file.parent.name}/{file.name} in an anchor: {problem}")
                continue
            known = witness.heads.setdefault(head.size, head)
            if known.root != head.root:
                witness.warnings.append(f"two signed heads of size {head.size} contradict each other")
    return witness
