"""Dates without a label: the line of a letter ("Köln, 12.03.2026"), a date below the number ("du 02/02/2026"), a date standing alone."""

import re
from collections.abc import Iterator, Sequence

from extractors.text_layer.dates import DateReading
from extractors.text_layer.fields import Candidate
from extractors.text_layer.lexicon import date_of, find_phrases, introduces_date
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.words import Segment

DATELINE_RANK = 2.0
BESIDE = 12.0  # heights of a line: words closer to the left of a date say what it is
_PLACE = re.compile(r"\s*([^\W\d_][^\d,;:()@/]{1,28}?)\s*(,?)\s*(?:\b(?P<word>[^\W\d_]{1,3}\.?)\s+)?$")
_TAIL = re.compile(r"[^\W\d_]{3}|\d")  # more than the "r." behind a Polish year
_POSTED = r"\b\d{{4,5}}\s+(?:[A-Z]{{2}}\s+)?{}\b|\b\d{{2,3}}[ -]\d{{2,3}}\s+{}\b"
_NAMES = frozenset({"field", "title", "total", "column", "row"})


def find_datelines(scene: Scene, skip: set[int]) -> list[Candidate]:
    """A place and a date as a whole line, outside the rows ``skip``: the date of the letter, the topmost first."""
    found = []
    for segment in scene.segments:
        if segment.row in skip:
            continue
        for date in scene.dates(segment)[:1]:
            if not _TAIL.search(segment.text, date.end) and _is_place(scene, segment.text[: date.start]):
                found.append(_candidate(scene, "date", segment, date))
    return found


def _candidate(scene: Scene, term: str, segment: Segment, date: DateReading) -> Candidate:
    place = Place(segment, date.start, date.end)
    value = date.other if scene.month_first and date.other else date.value
    return Candidate(term, value, place, DATELINE_RANK, Place(segment, 0, date.start))


def _is_place(scene: Scene, text: str) -> bool:
    """``Frankfurt am Main, den``: a name, a comma, perhaps a short word; without a comma only a place of an address."""
    match = _PLACE.match(text)
    if match is None or not (match[2] or match["word"] is None):
        return False
    words = match[1].split()
    if len(words) > 4 or not words[0][0].isupper() or not words[-1][0].isupper() or find_phrases(match[1], _NAMES):
        return False
    if match["word"] and not introduces_date(match["word"]):
        return False
    name = re.escape(match[1].strip())
    return bool(match[2]) or re.search(_POSTED.format(name, name), scene.text) is not None


def dated_below(scene: Scene, skip: set[int]) -> list[Candidate]:
    """``du 02/02/2026`` on its own, under or beside the number or the title of the invoice: the date of the invoice."""
    found = []
    for segment in scene.segments:
        if segment.row in skip:
            continue
        for date in scene.dates(segment)[:1]:
            word = segment.text[: date.start].strip(" .:")
            alone = not _TAIL.search(segment.text.partition(",")[0], date.end)
            if word and alone and introduces_date(word) and "issue_date" in set(_dated_things(scene, segment)):
                found.append(_candidate(scene, "issue_date", segment, date))
    return found


def _dated_things(scene: Scene, segment: Segment) -> Iterator[str]:
    """What the nearest text with a label above or to the left of the segment is dated as."""
    beside = [s for s in scene.row_of(segment).segments if s.x1 <= segment.x0 + 1.0]
    above = [
        other
        for row in reversed(scene.rows[max(0, segment.row - 2) : segment.row])
        if row.page == segment.page and segment.y0 - row.y1 < 1.5 * segment.height
        for other in row.segments
        if min(other.x1, segment.x1) > max(other.x0, segment.x0)
    ]
    for other in [*reversed(beside), *above]:
        if thing := date_of(other.text):
            yield thing.partition(".")[2]
            return


def lone_dates(scene: Scene, skip: set[int], candidates: Sequence[Candidate]) -> list[tuple[Segment, DateReading]]:
    """Dates that are the whole of their segment and that no label claims, in the part of the first page above the items."""
    claimed = {(c.place.segment.order, c.place.start) for c in candidates}
    first = scene.pages[0]
    end = min((row for row in skip), default=len(scene.rows))
    return [
        (segment, date)
        for segment in scene.segments
        if segment.page == first.number and segment.row < end and segment.y0 < 0.6 * first.height
        for date in scene.dates(segment)[:1]
        if (segment.order, date.start) not in claimed
        and not any(c.isalnum() for c in segment.text[: date.start] + segment.text[date.end :])
        and not _has_words_beside(scene, segment)
    ]


def _has_words_beside(scene: Scene, segment: Segment) -> bool:
    """Something stands close to the left, which the date is the date of, known or not."""
    left = [other for other in scene.row_of(segment).segments if other.x1 <= segment.x0 + 1.0]
    return bool(left) and segment.x0 - left[-1].x1 < BESIDE * segment.height
