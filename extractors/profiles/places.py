"""Where on the pages a value stands, in whatever notation; and the form of a text, with its digits masked."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from extractors.text_layer.amounts import Amount
from extractors.text_layer.dates import find_dates
from extractors.text_layer.lexicon import fold
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.words import Segment

_TOKEN = re.compile(r"\S*\d\S*")
_MASKS = re.compile(r"#(?:[\s#.,:/-]*#)+")
_RUN = re.compile(r"(9+)|(A+)|(\s+)|(.)", re.DOTALL)
MAX_SHAPE = 60
SLACK = 3  # how many digits or letters more or fewer a run of a shape may have


def find_text(scene: Scene, value: str) -> Iterator[Place]:
    """Every place that shows the text: case, accents, spaces and punctuation do not matter, but it must stand by itself."""
    wanted = fold(value)
    if not wanted:
        return
    for segment in scene.segments:
        text, positions = _folded(segment.text)
        start = text.find(wanted)
        while start >= 0:
            first, last = positions[start], positions[start + len(wanted) - 1]
            if not _goes_on(segment.text, first - 1, first) and not _goes_on(segment.text, last, last + 1):
                yield Place(segment, first, last + 1)
                break
            start = text.find(wanted, start + 1)


def _folded(text: str) -> tuple[str, list[int]]:
    """Folded characters and, for each, where it stands in the text."""
    folded, positions = [], []
    for index, character in enumerate(text):
        for part in fold(character):
            folded.append(part)
            positions.append(index)
    return "".join(folded), positions


def _goes_on(text: str, one: int, other: int) -> bool:
    """Both characters belong to one word."""
    return one >= 0 and other < len(text) and text[one].isalnum() and text[other].isalnum()


def find_date(scene: Scene, value: date) -> Iterator[Place]:
    for segment in scene.segments:
        for found in find_dates(segment.text):
            if value in (found.value, found.other):
                yield Place(segment, found.start, found.end)


def find_amounts(scene: Scene, value: Decimal) -> Iterator[Amount]:
    """Numbers of this size, whatever their sign; percentages too."""
    for row in scene.rows:
        for amount in scene.amounts[row.index]:
            if any(abs(reading.value) == abs(value) for reading in amount.readings):
                yield amount


def mask(text: str) -> str:
    """Dates and tokens with digits become ``#``: ``"Rechnung 4711 vom 5.6.2026"`` -> ``"Rechnung # vom #"``."""
    parts, last = [], 0
    for found in find_dates(text):
        parts += [text[last : found.start], "#"]
        last = found.end
    masked = _TOKEN.sub("#", "".join([*parts, text[last:]]))
    return " ".join(_MASKS.sub("#", masked).split())


def shape_of(text: str) -> str:
    """``"RE-2026/17"`` -> ``"AA-9999/99"``."""
    return "".join("9" if c.isdigit() else "A" if c.isalpha() else " " if c.isspace() else c for c in text[:MAX_SHAPE])


def pattern_of(shape: str) -> re.Pattern[str]:
    """Texts of this shape, runs of digits and letters a little longer or shorter. Never matches inside a word."""
    parts = []
    for digits, letters, space, other in _RUN.findall(shape):
        run = digits or letters
        if run:
            kind = r"\d" if digits else r"[^\W\d_]"
            parts.append(f"{kind}{{{max(1, len(run) - SLACK)},{len(run) + SLACK}}}")
        else:
            parts.append(r"\s?" if space else re.escape(other))
    return re.compile(rf"(?<!\w){''.join(parts)}(?!\w)")


def word_starts(segment: Segment) -> list[int]:
    """Where each word of the segment begins in its text."""
    starts, position = [], 0
    for word in segment.words:
        starts.append(position)
        position += len(word.text) + 1
    return starts
