"""Two labels for two values in one field: "Order no. / date | 4500012345 / 01.02.2026". Each value belongs to the label in its place."""

import re
from collections.abc import Iterator, Sequence

from extractors.text_layer.dates import find_dates
from extractors.text_layer.lexicon import Found, date_of
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.words import Segment

_BETWEEN = re.compile(r"[\s.:]*/[\s]*$")
_STROKE = re.compile(r"\s+/\s+|\s*\|\s*|\s{2,}")
_COLON = re.compile(r"^[\s:.]*")


def split_pairs(scene: Scene, segment: Segment, labels: Sequence[Found]) -> tuple[list[tuple[Found, str, Place]], list[Found]]:
    """(label, term, place of its value) for labels that share a field, and the labels that are left.

    A date behind the number of something is the date of that, never simply "the date".
    """
    pairs: list[tuple[Found, str, Place]] = []
    left: list[Found] = []
    for group in _groups(segment.text, labels):
        following = [label for label in labels if label.start > group[-1].start]
        end = following[0].start if following else len(segment.text)
        places = _values(scene, segment, group, end) if len(group) > 1 and not _one_thing(group) else []
        if len(places) != len(group):
            left += group
            continue
        before = None
        for label, place in zip(group, places, strict=True):
            for term in _terms(segment.text, label, before):
                pairs.append((label, term, place))
            before = label
    return pairs, left


def _groups(text: str, labels: Sequence[Found]) -> Iterator[list[Found]]:
    group: list[Found] = []
    for label in labels:
        if group and not _BETWEEN.match(text[group[-1].end : label.start]):
            yield group
            group = []
        group.append(label)
    if group:
        yield group


def _one_thing(group: Sequence[Found]) -> bool:
    """``Rechnungsnummer / Invoice number``: the same in two languages."""
    return bool(frozenset.intersection(*(label.terms for label in group)))


def _values(scene: Scene, segment: Segment, group: Sequence[Found], end: int) -> list[Place]:
    """As many values as labels: behind them, in the next segment, or below."""
    behind = segment.text[group[-1].end : end]
    if any(c.isalnum() for c in behind):
        return _parts(segment, group[-1].end, end, len(group))
    for other in [*scene.right_of(segment)[:1], *scene.below(segment, rows=1, height=2.2)]:
        if places := _parts(other, 0, len(other.text), len(group)):
            return places
    return []


def _parts(segment: Segment, start: int, end: int, count: int) -> list[Place]:
    text = segment.text
    lead = _COLON.match(text[start:end])
    start += lead.end() if lead else 0
    cuts = [(start + m.start(), start + m.end()) for m in _STROKE.finditer(text[start:end])]
    if len(cuts) != count - 1:
        dates = [d for d in find_dates(text[start:end]) if d.start > 0]
        if count != 2 or len(dates) != 1:
            return []
        cuts = [(start + len(text[start : start + dates[0].start].rstrip(" /-")), start + dates[0].start)]
    edges = [start, *(edge for cut in cuts for edge in cut), end]
    places = [Place(segment, a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return places if all(place.text.strip() for place in places) else []


def _terms(text: str, label: Found, before: Found | None) -> list[str]:
    terms = sorted(term.partition(".")[2] for term in label.terms)
    if before is not None and "date" in terms:
        dated = date_of(text[: before.end])
        return [(dated or "field.other_date").partition(".")[2]]
    return terms
