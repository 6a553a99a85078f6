"""A line of a letterhead or footer cut into its pieces."""

import re
from collections.abc import Iterator

from extractors.text_layer.scene import Place
from extractors.text_layer.words import Segment

STRONG = re.compile(r"\s*[·•|*▪●◦∙◆■]\s*|\s{3,}|\s//\s")
MEDIUM = re.compile(r"\s+[–—-]\s+|;\s+")
WEAK = re.compile(r",\s+")


def parts_of(segment: Segment, start: int = 0, end: int | None = None) -> Iterator[Place]:
    """The pieces of a line, split at its strongest separators: dashes and commas belong to names where bullets divide the line."""
    text = segment.text[start:end]
    for pattern in (STRONG, MEDIUM, WEAK):
        if pattern.search(text.strip()):
            break
    else:
        pattern = WEAK
    position = 0
    for match in [*pattern.finditer(text), None]:
        stop = match.start() if match else len(text)
        piece = text[position:stop]
        if piece.strip():
            at = start + position + len(piece) - len(piece.lstrip())
            yield Place(segment, at, at + len(piece.strip()))
        position = match.end() if match else stop
