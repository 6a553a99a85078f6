"""A line that may be the true title of a page on which the word for an invoice is written small.

"Payment plan" in tall letters above "Invoice 17" is no invoice; "Smith & Sons" in tall letters is the letterhead. Where the title of
an invoice stands out itself nothing is asked.
"""

from collections.abc import Sequence

from extractors.text_layer.kinds import Title, body_height
from extractors.text_layer.lexicon import find_phrases, fold
from extractors.text_layer.scene import Scene
from extractors.text_layer.words import Segment

STANDS_OUT = 1.2  # heights of the text around it
TALLER = 1.15  # heights of the title: such a line is no label, even where the lexicon knows it as one
NEAR = 45.0  # points above the title in which a line of the same height may be the true one
WORDS = 6
LETTERS = 5
KNOWN = 0.75  # share of a line that words of the lexicon cover, where it is a label and no title
_ENDS = (",", ".", ":", ";", "!", "?")
_TITLE = frozenset({"title"})
_KNOWN = frozenset({"field", "title", "total", "column", "row"})


def rival_heading(scene: Scene, titles: Sequence[Title], skip: set[int], names: Sequence[str | None]) -> Segment | None:
    """The first such line above the items, unless a title of an invoice stands out. ``names`` of the parties are no titles."""
    own = [t for t in titles if t.kind.is_payable and t.heading]
    body, first = body_height(scene), scene.pages[0].number
    if not own or any(t.place.segment.height >= STANDS_OUT * body for t in own):
        return None
    title = min(own, key=lambda t: t.place.segment.order).place.segment
    end = min(skip, default=len(scene.rows))
    for segment in scene.segments:
        if segment.page != first or segment.row >= end or segment is title:
            continue
        taller = segment.height >= TALLER * title.height
        if not _is_heading(segment, labels_too=taller):
            continue
        above = 0 < title.y0 - segment.y1 < NEAR and len(scene.row_of(segment).segments) == 1 and segment.x0 <= title.x1
        if (taller or above) and not _is_name(scene, segment, names):
            return segment
    return None


def _is_heading(segment: Segment, labels_too: bool) -> bool:
    """A few words without a digit or the end of a sentence, and no label unless it is very tall."""
    text = segment.text
    if len(segment.words) > WORDS or any(c.isdigit() for c in text) or text.endswith(_ENDS) or text.startswith("("):
        return False
    if not any(len(word.text) >= LETTERS and word.text.isalpha() for word in segment.words):
        return False
    known = sum(found.end - found.start for found in find_phrases(text, _TITLE if labels_too else _KNOWN))
    return known < KNOWN * len(text)


def _is_name(scene: Scene, segment: Segment, names: Sequence[str | None]) -> bool:
    """The name of a party, whole or in part, or words the page repeats: in its footer, its sender line, its address in the web."""
    words = fold(segment.text)
    known = [fold(name) for name in names if name]
    if any(words in name or name in words for name in known):
        return True
    return any(words in fold(other.text) for other in scene.segments if other is not segment)
