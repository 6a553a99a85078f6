"""The number of an invoice that no label announces: behind, beside or below the word of the title."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extractors.text_layer.fields import Candidate, is_bare_label, parse_identifier
from extractors.text_layer.kinds import Title
from extractors.text_layer.lexicon import find_phrases
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.words import Segment

NUMBER_LABELS = frozenset({"field.bare_number", "field.number"})
BESIDE = 14.0  # heights of the title's line; further away only with a word such as "No." of its own
_ASIDE = re.compile(r"\s*(?:\([^()\d]*\))?")  # "Rechnung (Original) 17"
_ALSO = re.compile(r"\s*[/|·–-]\s*(?=[^\W\d_])")
_TITLES = frozenset({"title"})
_NUMBER_OF_MONTH = re.compile(r"(?<!\S)\d{1,4}/\d{1,2}/\d{4}\s*$")
_WHOLE = re.compile(r"[\s:#]*$")


@dataclass(frozen=True)
class TitleNumber:
    """``certain``: the title, or a word such as "No.", says that this is its number; else its place alone suggests it."""

    place: Place
    certain: bool


def number_by_title(scene: Scene, titles: Sequence[Title], candidates: Sequence[Candidate]) -> TitleNumber | None:
    """The first number found at one of the titles, best title first, behind it before beside it before below it."""
    others = [c for c in candidates if c.term not in ("number", "bare_number")]
    own = [t for t in titles if t.kind.is_payable and not any(c.isalnum() for c in t.place.segment.text[: t.place.start])]
    for find in (_behind, _beside, _below):
        for title in own:
            for found in find(scene, title.place):
                if not any(_claims(other, found.place, title.place) for other in others):
                    return found
    dated = any(c.term in ("issue_date", "date") for c in candidates)
    return next((found for title in own if dated for found in _like_a_date(title.place)), None)


def _like_a_date(title: Place) -> Iterator[TitleNumber]:
    """``Faktura 1/02/2026``: the first of February's invoices, where the date of the invoice has a label of its own."""
    match = _NUMBER_OF_MONTH.search(title.segment.text, title.end)
    if match is not None and not any(c.isalpha() for c in _without_titles(title.segment.text[title.end : match.start()])):
        yield TitleNumber(Place(title.segment, match.start(), match.end()), True)


def _without_titles(text: str) -> str:
    for found in reversed(find_phrases(text, _TITLES)):
        text = text[: found.start] + text[found.end :]
    return text


def _claims(other: Candidate, number: Place, title: Place) -> bool:
    """A label that is no part of the title ("Faktura VAT 17") says that the number is something else."""
    inside = other.label.segment is title.segment and other.label.start < title.end
    return other.place.segment is number.segment and other.place.start == number.start and not inside


def _behind(scene: Scene, title: Place) -> Iterator[TitleNumber]:
    """``Rechnung 2019-03``."""
    text = title.segment.text
    start = title.end + len(_ASIDE.match(text[title.end :])[0])  # type: ignore[index]  # it matches the empty text too
    if second := _ALSO.match(text[start:]):  # "Invoice / Faktura 1/02/2026"
        named = find_phrases(text[start + second.end() :], _TITLES)
        start += second.end() + named[0].end if named and named[0].start == 0 else 0
    if parsed := parse_identifier(text[start:], scene):
        yield TitleNumber(Place(title.segment, start + parsed[1], start + parsed[2]), True)


def _beside(scene: Scene, title: Place) -> Iterator[TitleNumber]:
    """``Rechnung | HC-912421``, ``FAKTURA – DAŇOVÝ DOKLAD | č. 26001095``: the whole next segment to the right."""
    if any(c.isalnum() for c in title.segment.text[title.end :]) or _heads_column(scene, title.segment):
        return
    for other in scene.right_of(title.segment)[:1]:
        place, labelled = _whole_number(scene, other)
        alone = len(scene.row_of(title.segment).segments) == 2
        if place and (labelled or alone or other.x0 - title.segment.x1 < BESIDE * title.segment.height):
            yield TitleNumber(place, True)


def _below(scene: Scene, title: Place) -> Iterator[TitleNumber]:
    """A number under the title, or under the word "Rechnung" as the head of a column."""
    if any(c.isalnum() for c in title.segment.text[title.end :]):
        return
    head = _heads_column(scene, title.segment)
    for other in scene.below(title.segment, rows=2, height=2.2):
        edges = (other.x0 - title.segment.x0, other.x1 - title.segment.x1)
        place, labelled = _whole_number(scene, other)
        if place and (labelled or min(map(abs, edges)) < title.segment.height):
            yield TitleNumber(place, labelled or head)
        return


def _heads_column(scene: Scene, segment: Segment) -> bool:
    """All others of the row are labels without a value, so that what the word means stands below it."""
    others = [other for other in scene.row_of(segment).segments if other is not segment]
    return bool(others) and all(is_bare_label(other) for other in others)


def _whole_number(scene: Scene, segment: Segment) -> tuple[Place | None, bool]:
    """A segment that is a number and nothing else, or "No." and a number; money, dates and telephone numbers are neither."""
    labels = [
        f
        for f in find_phrases(segment.text, frozenset({"field"}))
        if not segment.text[: f.start].strip(" #:") and segment.text[f.end : f.end + 1] not in ("-", "/", "_")
    ]
    labelled = bool(labels) and bool(labels[0].terms & NUMBER_LABELS)
    start = labels[0].end if labelled else 0
    if (labels and not labelled) or (
        not labelled and any(a.decimals == 2 for a in scene.amounts[segment.row] if a.segment is segment)
    ):
        return None, False
    parsed = parse_identifier(segment.text[start:], scene)
    if parsed is None or not _WHOLE.match(segment.text, start + parsed[2]):
        return None, False
    return Place(segment, start + parsed[1], start + parsed[2]), labelled or segment.text.lstrip().startswith("#")
