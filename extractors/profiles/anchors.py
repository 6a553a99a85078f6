"""Anchors: how one value is found on the next document. Proposed from a confirmed place, kept only where they find it again."""

import math
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from extractors.profiles.comparing import date_of, same
from extractors.profiles.places import find_date, find_text, mask, pattern_of, shape_of, word_starts
from extractors.text_layer.fields import FIELD, PARSERS, Candidate
from extractors.text_layer.lexicon import find_phrases, fold
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.words import Segment
from schemas.profile import Anchor, Relation

PATH_TERMS: dict[str, tuple[str, ...]] = {
    "number": ("number", "bare_number"),
    "issue_date": ("issue_date", "date"),
    "due_date": ("due_date", "payment_terms"),
    "delivery_date": ("delivery_date",),
    "buyer_reference": ("buyer_reference",),
    "purchase_order_reference": ("purchase_order",),
    "delivery_note_reference": ("delivery_note",),
    "preceding_invoice_reference": ("preceding_invoice",),
    "contract_reference": ("contract",),
    "sales_order_reference": ("sales_order",),
    "project_reference": ("project",),
    "payment.mandate_reference": ("mandate",),
    "buyer.vat_id": ("buyer_vat_id",),
}
"""Paths that anchors can hold, with the terms of the reader that compete for them."""

TITLE = frozenset({"title"})
DATES = frozenset({"issue_date", "due_date", "delivery_date"})
OTHER_DATES = frozenset({"issue_date", "date", "due_date", "delivery_date", "other_date", "order_date", "period"})
RANK: dict[Relation, float] = {"inline": 13.0, "right": 12.0, "below": 11.0, "position": 1.0}  # any label beats a mere place
MAX_ANCHORS = 6  # of one path, from one document
MAX_LABEL = 80
NEAR = 14.0  # points a value without label may have moved
ROWS_BELOW = 3


def propose(scene: Scene, path: str, value: Any, others: Collection[str] = ()) -> list[Anchor]:
    """Anchors for a value wherever it stands, labels first. Each finds the value on this very page, or is left out.

    ``others`` are paths that have the same value here: a label that the lexicon knows to name one of them is theirs.
    """
    wanted = date_of(value) if path in DATES else str(value)
    if not wanted:
        return []
    places = find_date(scene, wanted) if not isinstance(wanted, str) else find_text(scene, wanted)
    found: list[Anchor] = []
    for place in places:
        around = list(_around(scene, path, place))
        if any(_names_another(anchor.label, path, others) for anchor in around):
            continue  # the value of another field, which is the same today and another tomorrow
        for anchor in around:
            hit = follow(scene, anchor)
            if hit is not None and same(path, str(value), str(hit.value)) and not any(_alike(anchor, a) for a in found):
                found.append(anchor)
    found.sort(key=lambda anchor: -RANK[anchor.relation])
    labelled = [anchor for anchor in found if anchor.label]
    return (labelled or found)[:MAX_ANCHORS]


def _names(label: str, path: str) -> bool:
    """The words right before the value are known to name it."""
    found = find_phrases(label, FIELD)
    return bool(found) and bool({term.partition(".")[2] for term in found[-1].terms} & set(PATH_TERMS[path]))


def _names_another(label: str, path: str, others: Collection[str]) -> bool:
    """The words right before the value are known, and name only other values."""
    found = find_phrases(label, FIELD)
    terms = {term.partition(".")[2] for term in found[-1].terms} if found else set()
    if terms & set(PATH_TERMS[path]):
        return False
    of_dates = path in DATES and bool(terms & OTHER_DATES)
    return of_dates or any(terms & set(PATH_TERMS[other]) for other in others)


def _alike(one: Anchor, other: Anchor) -> bool:
    return (one.path, one.relation, fold(one.label), one.means) == (other.path, other.relation, fold(other.label), other.means)


def _around(scene: Scene, path: str, place: Place) -> Iterator[Anchor]:
    """Everything near the place that could be its label."""
    shape = shape_of(place.text)
    for by_shape in (False, True):
        if by_shape and path in DATES:
            return
        before = mask(place.segment.text[: place.start])
        beside = None
        if any(c.isalpha() for c in before) and len(before) <= MAX_LABEL:
            beside = _anchor(path, before, "inline", shape, by_shape, place)
        elif (left := _left(scene, place.segment)) is not None:
            beside = _anchor(path, mask(left.text), "right", shape, by_shape, place)
        if beside is not None:
            yield beside
            if _names(beside.label, path):
                continue  # the label says what the value is; what stands above it does not
        if (above := _above(scene, place)) is not None and (
            path == "number" or _names(above.text, path) or not _is_title(above.text)
        ):
            yield _anchor(path, mask(above.text), "below", shape, by_shape, place)
        yield _anchor(path, "", "position", shape, by_shape, place)


def _anchor(path: str, label: str, relation: Relation, shape: str, by_shape: bool, place: Place) -> Anchor:
    box = tuple(round(edge, 1) for edge in place.box)
    return Anchor(path=path, label=label, relation=relation, shape=shape, by_shape=by_shape, box=box)


def _is_label(segment: Segment) -> bool:
    text = mask(segment.text)
    return any(c.isalpha() for c in text) and len(text) <= MAX_LABEL and len(segment.words) <= 9


def _is_title(text: str) -> bool:
    """The title of the page stands above whatever comes first, and names the number at most."""
    found = find_phrases(text, TITLE)
    return bool(found) and found[0].end - found[0].start >= len(text.rstrip(" :."))


def _left(scene: Scene, segment: Segment) -> Segment | None:
    """The nearest words left of the segment; bare punctuation between them is passed over."""
    row = scene.row_of(segment)
    for other in reversed(row.segments[: row.segments.index(segment)]):
        if _is_label(other):
            return other
        if any(c.isalnum() for c in other.text):
            return None
    return None


def _above(scene: Scene, place: Place) -> Segment | None:
    for row in reversed(scene.rows[max(0, place.segment.row - ROWS_BELOW) : place.segment.row]):
        if row.page != place.page or place.segment.y0 - row.y1 > 4 * place.segment.height:
            return None
        over = [s for s in row.segments if _overlaps(s, place.box) and _is_label(s)]
        if over:
            return over[0]
    return None


def _overlaps(segment: Segment, box: tuple[float, float, float, float]) -> bool:
    return min(segment.x1, box[2]) - max(segment.x0, box[0]) > 0 or abs(segment.x0 - box[0]) < segment.height


def follow(scene: Scene, anchor: Anchor) -> Candidate | None:
    """The value an anchor points at; of several the one nearest to where it stood. ``None``: not on these pages."""
    hits = list(_hits(scene, anchor))
    if not hits:
        return None
    return min(hits, key=lambda hit: (hit.place.page, math.dist(hit.place.box[:2], anchor.box[:2])))


def _hits(scene: Scene, anchor: Anchor) -> Iterator[Candidate]:
    if anchor.relation == "position":
        yield from _at_position(scene, anchor)
        return
    label = fold(anchor.label)
    for segment in scene.segments:
        if label[:3] not in fold(segment.text):
            continue
        if anchor.relation == "inline":
            for start in word_starts(segment)[1:]:
                if fold(mask(segment.text[:start])) == label and (hit := _value(scene, anchor, segment, start, segment)):
                    yield hit
                    break
        elif fold(mask(segment.text)) == label:
            others = scene.right_of(segment)[:2] if anchor.relation == "right" else _under(scene, segment)
            hit = next((h for other in others if (h := _value(scene, anchor, other, 0, segment))), None)
            if hit:
                yield hit


def _under(scene: Scene, segment: Segment) -> list[Segment]:
    return list(scene.below(segment, rows=ROWS_BELOW, height=4.5))


def _at_position(scene: Scene, anchor: Anchor) -> Iterator[Candidate]:
    """Without a label the value must stand where it stood, fill its run of text, and have the same form."""
    first = scene.pages[0].number
    pattern = pattern_of(anchor.shape)
    for segment in scene.segments:
        if segment.page != first or abs(segment.y0 - anchor.box[1]) > NEAR:
            continue
        if min(abs(segment.x0 - anchor.box[0]), abs(segment.x1 - anchor.box[2])) > NEAR:
            continue
        hit = _value(scene, anchor, segment, 0, segment)
        if hit and hit.place.text == segment.text.strip() and pattern.fullmatch(hit.place.text):
            yield hit


def _value(scene: Scene, anchor: Anchor, segment: Segment, start: int, label: Segment) -> Candidate | None:
    """What stands in the segment from a character on, as a candidate for the path of the anchor."""
    term = PATH_TERMS[anchor.path][0]
    if anchor.by_shape:
        match = pattern_of(anchor.shape).search(segment.text, start)
        parsed = (match[0], match.start() - start, match.end() - start) if match and match.start() - start <= SKIP else None
    else:
        parsed = PARSERS[term](segment.text[start:], scene)
    if parsed is None:
        return None
    value, begin, end = parsed
    place = Place(segment, start + begin, start + end)
    return Candidate(
        term, value, place, RANK[anchor.relation], Place(label, 0, start if label is segment and start else len(label.text))
    )


SKIP = 4  # characters of punctuation between a label and its value


def refuses(anchors: Sequence[Anchor], candidate: Candidate) -> bool:
    """A person said that what stands behind this label is not this value."""
    where = label_of(candidate)
    return any(not a.means and candidate.term in PATH_TERMS.get(a.path, ()) and fold(a.label) == where for a in anchors)


def refusal(path: str, candidate: Candidate) -> Anchor:
    """The opposite of an anchor: this label does not lead to this value."""
    box = tuple(round(edge, 1) for edge in candidate.place.box)
    label = mask(candidate.label.segment.text[: candidate.label.end])
    return Anchor(path=path, label=label, relation="inline", means=False, shape=shape_of(candidate.place.text), box=box)


def label_of(candidate: Candidate) -> str:
    """The label of a candidate with all that stands before it in its run of text, digits masked, folded."""
    return fold(mask(candidate.label.segment.text[: candidate.label.end]))
