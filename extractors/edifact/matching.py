"""Does a segment fit a template, and what stands in its slots? Knows templates and segments, no business term."""

from collections.abc import Iterator
from typing import NamedTuple

from extractors.edifact.tokens import Segment
from schemas.edifact import Constant, Element, Slot, Template

Cell = tuple[int, int, int]
"""Number of the segment, element, component: a place of the message that is accounted for."""


class Caught(NamedTuple):
    """What stands in one slot. ``is_full``: its composite was used up, so that the text may go on in the next segment;
    ``ends_full``: without a blank or line break, because the last component was as long as it may be.
    """

    slot: Slot
    text: str
    cell: Cell
    is_full: bool = False
    ends_full: bool = False


class Match(NamedTuple):
    caught: list[Caught]
    cells: list[Cell]


def match(template: Template, segment: Segment, sizes: tuple[tuple[tuple[str, int], ...], ...]) -> Match | None:
    """Values and explained places, or ``None`` where a constant of the template does not stand there."""
    if segment.tag not in template.tags:
        return None
    caught: list[Caught] = []
    cells: list[Cell] = []
    for at, parts in enumerate(template.elements):
        components = segment.elements[at] if at < len(segment.elements) else []
        if not any(components):
            if _asks_for_constants(parts) and (at == 0 or not any(isinstance(part, Slot) for part in parts)):
                return None
            continue
        if not _constants_fit(parts, components):
            return None
        for part, (text, cell) in _aligned(parts, components, (segment.number, at)):
            cells.append(cell)
            if isinstance(part, Slot) and part.joined_by is None and text:
                caught.append(Caught(part, text, cell))
        caught += _long_texts(parts, components, sizes[at] if at < len(sizes) else (), (segment.number, at), cells)
    return Match(caught, cells)


def _asks_for_constants(parts: Element) -> bool:
    return any(isinstance(part, Constant) and not part.is_free for part in parts)


def _constants_fit(parts: Element, components: list[str]) -> bool:
    for index, part in enumerate(parts):
        if isinstance(part, Constant) and not part.is_free:
            text = components[index] if index < len(components) else ""
            if text not in part.texts:
                return False
    return True


def _aligned(parts: Element, components: list[str], at: tuple[int, int]) -> Iterator[tuple[Constant | Slot, tuple[str, Cell]]]:
    for index, part in enumerate(parts):
        if part is not None and index < len(components):
            yield part, (components[index], (*at, index))


def _long_texts(
    parts: Element, components: list[str], sizes: tuple[tuple[str, int], ...], at: tuple[int, int], cells: list[Cell]
) -> Iterator[Caught]:
    """A slot at the end of its element takes every component that is left (as many as are alike), joined again."""
    for index, part in enumerate(parts):
        if not isinstance(part, Slot) or part.joined_by is None:
            continue
        size = sizes[index][1] if index < len(sizes) else 0
        room = sum(1 for _, length in sizes[index:] if length == size) or len(components) - index
        taken = components[index : index + room]
        cells += [(*at, index + offset) for offset in range(len(taken))]
        text = joined(taken, size, part.joined_by)
        if text:
            is_full = len(taken) == room and bool(taken[-1])
            yield Caught(part, text, (*at, index), is_full, is_full and len(taken[-1]) == size)


def joined(components: list[str], size: int, by: str) -> str:
    """Components as one text: a full one goes on in the next, behind a shorter one stands ``by``.

    >>> joined(["abc", "de", "f"], 3, " ")
    'abcde f'
    """
    while components and not components[-1]:
        components = components[:-1]
    text = ""
    for index, component in enumerate(components):
        if index and len(components[index - 1]) < size:
            text = f"{text}{by}" if by == "\n" or not text.endswith(" ") else text
        text += component
    return text
