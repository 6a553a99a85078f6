"""The language of the mapping tables: a segment with slots, ``NAD+SE|SU+{@id}::~9++{name*}``. Parsed once, used both ways.

``+`` separates elements, ``:`` their components, ``'`` the segments of one template. ``A|B`` is a constant: the first is written,
each of them is read; ``~X`` is written and never compared; ``{field}`` is a slot. The head of ``d14b.csv`` explains slots.
"""

import re
from dataclasses import dataclass
from functools import cache

_SLOT = re.compile(r"\{([/@.]?[a-z_0-9.]+)(\*{0,2})(\??)\}")


@dataclass(frozen=True, slots=True)
class Constant:
    """What stands here; the first of ``texts`` is written. ``is_free``: whatever stands here is right."""

    texts: tuple[str, ...]
    is_free: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A value. ``joined_by`` is ``None`` for one component, else the text goes on to the end of the composite."""

    field: str
    joined_by: str | None = None
    may_be_left_out: bool = False


Part = Constant | Slot | None
Element = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """One segment: its tag and the parts of its elements (without the tag)."""

    tags: tuple[str, ...]
    elements: tuple[Element, ...]

    @property
    def tag(self) -> str:
        return self.tags[0]

    @property
    def slots(self) -> tuple[Slot, ...]:
        return tuple(part for element in self.elements for part in element if isinstance(part, Slot))


def _part(text: str) -> Part:
    if not text:
        return None
    if slot := _SLOT.fullmatch(text):
        joined = {"": None, "*": " ", "**": "\n"}[slot[2]]
        return Slot(slot[1], joined, bool(slot[3]))
    return Constant((text[1:],), is_free=True) if text.startswith("~") else Constant(tuple(text.split("|")))


@cache
def parse(text: str) -> tuple[Template, ...]:
    """The segments of a template, the one that opens the group first."""
    parsed = []
    for segment in text.split("'"):
        tag, *elements = segment.split("+")
        parsed.append(Template(tuple(tag.split("|")), tuple(tuple(map(_part, e.split(":"))) for e in elements)))
    return tuple(parsed)
