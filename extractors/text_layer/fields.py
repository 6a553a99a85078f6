"""Values behind, beside and below labels: number, dates, references.

A label takes the rest of its segment, else the next segment to the right, else the segment below it. In a row of labels (the head of
a small table) the value stands below. A value must have the form its label asks for.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from extractors.text_layer.dates import find_dates
from extractors.text_layer.lexicon import Found, find_phrases
from extractors.text_layer.pairs import split_pairs
from extractors.text_layer.periods import parse_period
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.sightings import Sighting, seen
from extractors.text_layer.words import Segment

FIELD = frozenset({"field"})
LABELS = frozenset({"field", "total", "column"})
_LEAD = re.compile(
    r"[\s:.#–\-/|»>()°º]*(?:(?:(?:vom|am|of|du|le|nr|nro|no|num|núm|nummer|numer|numero|número|number)(?:\.:?|:|(?=\s))|n[°º]\.?|[nč]\.)[\s:]*)?",
    re.IGNORECASE,
)
_IDENT = re.compile(r"[A-Za-z0-9][\w./\\+-]*(?:\s?[/-]\s?[\w./+-]*\d[\w./+-]*)*", re.UNICODE)
_PREFIX = re.compile(r"^[A-Z]{1,6}$")
# Groups of digits and nothing else up to the end of the field are one number: "2026 00417", "FA 2026 00417".
_GROUPED = re.compile(r"\d{2,}(?: \d{2,})+(?=\s*(?:[|·•;]|\s{2,}|$))")
_MORE_GROUPS = re.compile(r"(?: \d{2,})+(?=\s*(?:[|·•;]|\s{2,}|$))")
RANK = {"inline": 3.0, "right": 2.5, "below": 2.0}


@dataclass(frozen=True)
class Candidate:
    """A value for a term. ``rank`` grows with how closely label and value stand together."""

    term: str
    value: Any
    place: Place
    rank: float
    label: Place


Parser = Callable[[str, "Scene"], "tuple[Any, int, int] | None"]


def parse_identifier(text: str, _scene: Scene) -> tuple[str, int, int] | None:
    """The first token with a digit; a short prefix in capitals before it belongs to it (``RE 2026-17``)."""
    lead = _LEAD.match(text)
    start = lead.end() if lead else 0
    if grouped := _GROUPED.match(text, start):
        return grouped[0], start, grouped.end()
    for match in _IDENT.finditer(text, start):
        token = _without_date(match[0], text, match.start()).rstrip(".,;:-/ ")
        if _PREFIX.match(token) and match[0] == token and match.start() == start:
            following = _IDENT.match(text, match.end() + 1) if match.end() < len(text) else None
            if following and any(c.isdigit() for c in following[0]):
                end = following.end() - (len(following[0]) - len(following[0].rstrip(".,;:-/")))
                more = _MORE_GROUPS.match(text, end)
                end = more.end() if more else end
                return text[match.start() : end], match.start(), end
        if (
            any(c.isdigit() for c in token)
            and match.start() - start <= 2
            and not _is_date(text[match.start() : match.start() + 12])
        ):
            return token, match.start(), match.start() + len(token)
        return None
    return None


def _without_date(token: str, text: str, start: int) -> str:
    """``90012345 / 12.03.2026``: number and date in one field; the number ends before the date."""
    cuts = [
        date.start - start for date in find_dates(text) if 0 < date.start - start < len(token) and text[date.start - 1] == " "
    ]
    return token[: cuts[0]] if cuts else token


def _is_date(text: str) -> bool:
    """It begins with a date; eight digits without marks are a number, where a number is expected."""
    return any(not text[date.start : date.end].isdigit() for date in find_dates(text))


def parse_date(text: str, scene: Scene) -> tuple[date, int, int] | None:
    found = find_dates(text)
    if not found or found[0].start > 24:
        return None
    first = found[0]
    value = first.other if scene.month_first and first.other else first.value
    return value, first.start, first.end


def parse_words(text: str, _scene: Scene) -> tuple[str, int, int] | None:
    lead = re.match(r"[\s:.]*", text)
    start = lead.end() if lead else 0
    words = text[start:].strip()
    return (words, start, start + len(words)) if 1 < len(words) <= 80 else None


PARSERS: dict[str, Parser] = {
    "number": parse_identifier,
    "bare_number": parse_identifier,
    "issue_date": parse_date,
    "date": parse_date,
    "period": parse_period,
    "due_date": parse_date,
    "payment_terms": parse_date,
    "delivery_date": parse_date,
    "order_date": parse_date,
    "other_date": parse_date,
    "purchase_order": parse_identifier,
    "sales_order": parse_identifier,
    "buyer_reference": parse_words,
    "customer_number": parse_identifier,
    "vendor_number": parse_identifier,
    "delivery_note": parse_identifier,
    "contract": parse_identifier,
    "project": parse_words,
    "preceding_invoice": parse_identifier,
    "contact": parse_words,
    "mandate": parse_identifier,
    "creditor_id": parse_identifier,
    "vat_id": parse_identifier,
    "buyer_vat_id": parse_identifier,
}


def find_candidates(scene: Scene, skip: set[int]) -> list[Candidate]:
    """Every value of every labelled field outside the rows ``skip`` (the item table), the closest first."""
    found: list[Candidate] = []
    taken: dict[int, int] = {}  # how much of a line is the end of a label that began in the line before
    for segment in scene.segments:
        if segment.row in skip:
            continue
        broken = _broken_label(scene, segment)
        if broken is not None:
            found += _behind_broken(scene, segment, *broken)
            taken[broken[0].order] = broken[1].end - len(segment.text) - 1
        reach = broken[1].start if broken else len(segment.text)  # the rest is the beginning of a label
        labels = [
            f
            for f in find_phrases(segment.text, FIELD)
            if taken.get(segment.order, 0) <= f.start < reach and not _is_inside_token(segment.text, f.start)
        ]
        pairs, labels = split_pairs(scene, segment, labels)
        found += [c for pair in pairs if (c := _paired(scene, segment, *pair))]
        for number, label in enumerate(labels):
            limit = labels[number + 1].start if number + 1 < len(labels) else len(segment.text)
            for term in sorted(t.partition(".")[2] for t in label.terms):
                parser = PARSERS.get(term)
                if parser:
                    found += _values(scene, segment, label, limit, term, parser)
    outside = (c for c in found if c.place.segment.row not in skip)
    return sorted(outside, key=lambda c: (-c.rank, c.place.segment.order))


def _paired(scene: Scene, segment: Segment, label: Found, term: str, place: Place) -> Candidate | None:
    """One value of a field with two labels; it must be of the form its label asks for, and no more."""
    parser = PARSERS.get(term)
    parsed = parser(place.text, scene) if parser else None
    if parsed is None:
        return None
    value, start, end = parsed
    rank = RANK["inline"] if place.segment is segment else RANK["right"]
    where = Place(segment, label.start, label.end)
    return Candidate(term, value, Place(place.segment, place.start + start, place.start + end), rank + 0.5, where)


def _broken_label(scene: Scene, segment: Segment) -> tuple[Segment, Found] | None:
    """A label that begins at the end of a line and goes on in the next: "..., Date | de livraison 17.10.2026"."""
    following = scene.next_line(segment)
    if following is None:
        return None
    length = len(segment.text)
    phrases = find_phrases(f"{segment.text} {following.text}", FIELD)
    return next(((following, f) for f in phrases if f.start < length < f.end), None)


def _behind_broken(scene: Scene, segment: Segment, following: Segment, label: Found) -> Iterator[Candidate]:
    """Values behind a broken label, up to the next one."""
    start = label.end - len(segment.text) - 1
    limit = min((f.start for f in find_phrases(following.text, FIELD) if f.start >= start), default=len(following.text))
    where = Place(segment, label.start, len(segment.text))
    for term in sorted(t.partition(".")[2] for t in label.terms):
        parser = PARSERS.get(term)
        parsed = parser(following.text[start:limit], scene) if parser else None
        if parsed:
            value, begin, end = parsed
            yield Candidate(term, value, Place(following, start + begin, start + end), RANK["inline"], where)


def _is_inside_token(text: str, start: int) -> bool:
    """The word is the end of a number such as ``VR-32788-A``."""
    token = text[text.rfind(" ", 0, start) + 1 : start]
    return token[-1:] in ("-", "/", "_", ".") and any(c.isdigit() for c in token)


def _values(scene: Scene, segment: Segment, label: Found, limit: int, term: str, parser: Parser) -> Iterator[Candidate]:
    where = Place(segment, label.start, label.end)
    specific = min(label.end - label.start, 24) / 24  # a longer label says more precisely what it means
    starts = 0.3 if not re.search(r"\w", segment.text[: label.start]) else 0.0
    inline = segment.text[label.end : limit]
    found = _inline(segment, label, inline, scene, parser)
    if found is None and limit == len(segment.text):
        found = _wrapped(scene, segment, inline, parser)
        if found is None and re.search(r"\w", inline) and not inline.lstrip(" .:").startswith("("):
            return
    if found is not None:
        yield Candidate(term, *found, RANK["inline"] + specific + starts, where)
        return
    beside = scene.right_of(segment)[:1]
    in_label_row = _is_label_row(scene, segment) and not (
        beside and not is_bare_label(beside[0]) and parser(beside[0].text, scene)
    )
    if not in_label_row and (found := _beside(beside, scene, parser)):
        yield Candidate(term, *found, RANK["right"] + specific + starts, where)
    elif found := _below(scene, where, parser):
        yield Candidate(term, *found, RANK["below"] + (0.7 if in_label_row else 0.0) + specific + starts, where)


def _inline(segment: Segment, label: Found, inline: str, scene: Scene, parser: Parser) -> tuple[Any, Place] | None:
    parsed = parser(inline, scene)
    if parsed is None:
        return None
    value, start, end = parsed
    if parser is parse_identifier and (longer := _with_prefix(segment.text, label, start, end)):
        value, start = longer
    return value, Place(segment, label.end + start, label.end + end)


def _beside(beside: Sequence[Segment], scene: Scene, parser: Parser) -> tuple[Any, Place] | None:
    for other in beside:
        if _begins_with_label(other) and not _is_value(other, parser, scene):
            return None
        if parsed := parser(other.text, scene):
            return parsed[0], Place(other, parsed[1], parsed[2])
    return None


def _below(scene: Scene, label: Place, parser: Parser) -> tuple[Any, Place] | None:
    for other in scene.below(label.segment, rows=2, height=2.2):
        if not _is_under(other, label):
            continue
        if _begins_with_label(other) and find_phrases(other.text, FIELD)[0].end > len(other.text) * 0.6:
            return None
        if parsed := parser(other.text, scene):
            return parsed[0], Place(other, parsed[1], parsed[2])
    return None


def _is_under(other: Segment, label: Place) -> bool:
    """Two labels may stand in one segment; each has below it what is under its own words."""
    x0, _, x1, _ = label.box
    return min(other.x1, x1) > max(other.x0, x0) or abs(other.x0 - x0) < label.segment.height


def _wrapped(scene: Scene, segment: Segment, inline: str, parser: Parser) -> tuple[Any, Place] | None:
    """A value that begins behind its label and goes on in the next line of the same paragraph."""
    following = scene.next_line(segment)
    if following is None:
        return None
    parsed = parser(f"{inline} {following.text}", scene)
    if parsed is None or parsed[1] > len(inline) + 1:
        return None
    end = max(parsed[2] - len(inline) - 1, 1)
    return parsed[0], Place(following, 0, min(end, len(following.text)))


def _with_prefix(text: str, label: Found, start: int, end: int) -> tuple[str, int] | None:
    """``PO-4711`` behind "Bestellung": the last word of the label is glued to the value and belongs to it."""
    if not re.match(r"[-/_]\w", text[label.end :]) or start > 1:
        return None
    begin = max(text.rfind(" ", 0, label.end), text.rfind(":", 0, label.end)) + 1
    return (text[begin : label.end + end], begin - label.end) if begin < label.end else None


def _begins_with_label(segment: Segment) -> bool:
    found = find_phrases(segment.text, FIELD)
    return bool(found) and found[0].start == 0


def _is_value(segment: Segment, parser: Parser, scene: Scene) -> bool:
    parsed = parser(segment.text, scene)
    return parsed is not None and parsed[2] == len(segment.text) and any(c.isdigit() for c in segment.text)


def _is_label_row(scene: Scene, segment: Segment) -> bool:
    """Two or more segments of the row are nothing but labels."""
    row = scene.row_of(segment)
    bare = [s for s in row.segments if is_bare_label(s)]
    return len(bare) >= 2 and segment in bare


def is_bare_label(segment: Segment) -> bool:
    found = find_phrases(segment.text, LABELS)
    if not found:
        return False
    covered = sum(f.end - f.start for f in found)
    letters = sum(1 for c in segment.text if c.isalnum())
    return covered >= 0.7 * max(letters, 1) and not any(c.isdigit() for c in segment.text)


def best(candidates: list[Candidate], *terms: str) -> Candidate | None:
    """The closest candidate of the first of these terms that has one."""
    for term in terms:
        for candidate in candidates:
            if candidate.term == term:
                return candidate
    return None


def sighting(candidate: Candidate) -> Sighting:
    return seen(candidate.value, candidate.place, "label", "format")
