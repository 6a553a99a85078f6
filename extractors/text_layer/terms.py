"""Payment terms in sentences: days and dates until the amount is due, cash discounts.

A sentence is cut into clauses, one for each way to pay: "2 % Skonto bis 12.03., sonst 30 Tage netto". A clause with a percentage is a
cash discount, one without says when the full amount is due. The words are those of the group ``payment`` of the lexicon.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from extractors.text_layer.dates import DateReading, find_dates
from extractors.text_layer.fields import Candidate
from extractors.text_layer.lexicon import Found, find_phrases
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.sightings import Sighting, seen
from extractors.text_layer.words import Segment
from schemas import PaymentTerms
from schemas.invoice import CashDiscount

PAYMENT = frozenset({"payment"})
DEADLINE_RANK = 2.2
LONGEST_TERM = 365  # days
MAX_TEXT = 600
_PERCENT = re.compile(r"(\d{1,2}(?:[.,]\d{1,3})?)\s?%")
_COUNT = re.compile(r"(?<![\d.,/])(\d{1,3})\s*-?\s*$")
_NET_COUNT = re.compile(r"\s*:?\s*(\d{1,3})(?![\d.,%])")
_AMERICAN = re.compile(r"(?<![\d.])(\d(?:\.\d+)?)\s?%?\s?/\s?(\d{1,2})\s*,?\s+(?:net|n)\s?/?\s?(\d{1,3})\b", re.IGNORECASE)
_BREAK = re.compile(r"[;•|!?]|,(?!\d)|\.(?=\s+[^\W\d_a-zäöü])|(?<=\s)[-–/](?=\s)|:(?=\s)")
_SENTENCE = re.compile(r"[;•|!?]|\.(?=\s+[^\W\d_a-zäöü])")


@dataclass
class Clause:
    """One way to pay. ``text[start:end]`` of its sentence; ``deadline``: the date behind a word such as "until"."""

    start: int
    end: int
    words: dict[str, list[Found]]
    percent: Decimal | None
    days: int | None
    deadline: DateReading | None

    def has(self, term: str) -> bool:
        return term in self.words

    @property
    def is_empty(self) -> bool:
        return self.percent is None and self.days is None and self.deadline is None


def clauses(text: str, labelled: bool = False) -> list[list[Clause]]:
    """Sentences about payment, as lists of their clauses; a percentage without a time belongs to the time beside it.

    ``labelled``: a label beside the text says that it is about payment.
    """
    found = []
    for start, end in _spans(text, _cuts(text, _SENTENCE)):
        sentence = [_clause(text, s, e) for s, e in _spans(text[:end], _clause_cuts(text, start, end), start)]
        about = labelled or any(c.has(term) for c in sentence for term in ("pay", "full", "discount"))
        if about and not any(c.has("late") for c in sentence):
            found.append(_joined(sentence))
    return found


def _cuts(text: str, pattern: re.Pattern[str]) -> list[int]:
    dates = find_dates(text)
    return [m.end() for m in pattern.finditer(text) if not any(d.start <= m.start() < d.end for d in dates)]


def _clause_cuts(text: str, start: int, end: int) -> list[int]:
    words = [f.start for f in find_phrases(text, PAYMENT) if "payment.alternative" in f.terms]
    return sorted(cut for cut in {*_cuts(text, _BREAK), *words} if start < cut < end)


def _spans(text: str, cuts: list[int], start: int = 0) -> Iterator[tuple[int, int]]:
    for cut in [*cuts, len(text)]:
        if cut > start:
            yield start, cut
            start = cut


def _clause(text: str, start: int, end: int) -> Clause:
    words: dict[str, list[Found]] = {}
    for found in find_phrases(text, PAYMENT):
        if start <= found.start and found.end <= end:
            for term in found.terms:
                words.setdefault(term.partition(".")[2], []).append(found)
    percent = _PERCENT.search(text, start, end)
    value = Decimal(percent[1].replace(",", ".")) if percent and not words.get("late") else None
    return Clause(start, end, words, value, _days(text, words), _deadline(text, start, end, words))


def _days(text: str, words: dict[str, list[Found]]) -> int | None:
    """``14 Tage``, ``2 Wochen``, ``einer Woche``, ``net 30``."""
    for term, length in (("days", 1), ("weeks", 7)):
        for found in words.get(term, []):
            count = _COUNT.search(text, 0, found.start)
            one = [f for f in words.get("one", []) if 0 <= found.start - f.end <= 1]
            number = int(count[1]) if count else 1 if one and term == "weeks" else None
            if number is not None and number * length <= LONGEST_TERM:
                return number * length
    for found in words.get("full", []):
        count = _NET_COUNT.match(text, found.end)
        if count and 0 < int(count[1]) <= LONGEST_TERM and not _DATE_AHEAD.match(text, found.end):
            return int(count[1])
    return None


_DATE_AHEAD = re.compile(r"\s*:?\s*\d{1,3}\s*(?:[./-]|[^\W\d_]{3,}\s+\d{4}|EUR|€|\$|£)")


def _deadline(text: str, start: int, end: int, words: dict[str, list[Found]]) -> DateReading | None:
    for reading in find_dates(text):
        if start <= reading.start and reading.end <= end:
            ahead = [f for f in words.get("until", []) if f.end <= reading.start and not _is_word(text[f.end : reading.start])]
            if ahead:
                return reading
    return None


def _is_word(between: str) -> bool:
    return any(c.isalnum() for c in between)


def _joined(sentence: list[Clause]) -> list[Clause]:
    """``2 % Skonto | bei Zahlung bis 12.03.``: percentage and time in two clauses are one way to pay."""
    result: list[Clause] = []
    for clause in sentence:
        last = result[-1] if result else None
        halves = last is not None and (last.percent is None) != (clause.percent is None)
        if last is not None and halves and not (last.has("full") or clause.has("full")) and _fits(last, clause):
            last.percent, last.days = last.percent or clause.percent, last.days or clause.days
            last.deadline, last.end = last.deadline or clause.deadline, clause.end
            for term, found in clause.words.items():
                last.words.setdefault(term, []).extend(found)
        else:
            result.append(clause)
    return result


def _fits(one: Clause, other: Clause) -> bool:
    """One has the percentage and no time, the other the time."""
    with_percent, with_time = (one, other) if one.percent is not None else (other, one)
    return (
        with_percent.days is None
        and with_percent.deadline is None
        and not (with_time.days is None and with_time.deadline is None)
    )


def read_terms(scene: Scene, skip: set[int], issued: date | None = None) -> tuple[PaymentTerms, Sighting | None]:
    """Terms of the first sentences that speak of payment and a time. Discounts until a date count from ``issued``."""
    for segment in scene.segments:
        text = segment.text
        if segment.row in skip or len(text) > MAX_TEXT or not any(c.isdigit() for c in text):
            continue
        ways = [clause for sentence in clauses(text, _is_labelled(scene, segment)) for clause in sentence]
        american = _AMERICAN.search(text)
        if not american and not any(_says_when(way) for way in ways):
            continue
        labels = find_phrases(text, frozenset({"field"}))
        start = labels[0].end if labels and labels[0].start == 0 and "field.payment_terms" in labels[0].terms else 0
        statement = text[start:].lstrip(" :.")
        terms = PaymentTerms(text=statement, discounts=_discounts(ways, issued), net_days=_net_days(ways))
        if american:
            discount = CashDiscount(percent=Decimal(american[1]), days=int(american[2]))
            terms = PaymentTerms(text=statement, discounts=[discount], net_days=int(american[3]))
        return terms, seen(statement, Place(segment, len(text) - len(statement), len(text)), "label")
    return PaymentTerms(), None


def _says_when(way: Clause) -> bool:
    if way.percent is None:
        return way.days is not None
    return way.deadline is not None or (way.days is not None and way.has("discount"))


def _is_labelled(scene: Scene, segment: Segment) -> bool:
    beside = [s for s in scene.row_of(segment).segments if s.x1 <= segment.x0 + 1.0]
    return bool(beside) and any("field.payment_terms" in f.terms for f in find_phrases(beside[-1].text, frozenset({"field"})))


def _discounts(ways: list[Clause], issued: date | None) -> list[CashDiscount]:
    if not any(way.has("discount") for way in ways):
        return []
    found = []
    for way in ways:
        days = way.days
        if days is None and way.deadline is not None and issued is not None and not way.deadline.other:
            days = (way.deadline.value - issued) // timedelta(1)
        if way.percent is not None and days is not None and 0 <= days <= LONGEST_TERM:
            found.append(CashDiscount(percent=way.percent, days=days))
    return found


def _net_days(ways: list[Clause]) -> int | None:
    """Days of the way to pay without a discount; none where they count from the end of a month."""
    full = [way for way in ways if way.percent is None and way.days is not None]
    return full[-1].days if full and not any(way.has("month_end") for way in ways) else None


def find_deadlines(scene: Scene, skip: set[int]) -> list[Candidate]:
    """``Bitte überweisen Sie den Betrag bis zum 16.03.2026``: the day the full amount is due, in a sentence about paying."""
    found = []
    for segment in scene.segments:
        if segment.row in skip or len(segment.text) > MAX_TEXT:
            continue
        text, following = _paragraph(scene, segment)
        for sentence in clauses(text):
            if any(way.has("pay") or way.has("full") for way in sentence):
                ways = [way for way in sentence if way.percent is None and way.deadline is not None]
                found += [_candidate(scene, segment, following, way.deadline) for way in ways if way.deadline is not None]
    return [c for c in found if c is not None]


def _paragraph(scene: Scene, segment: Segment) -> tuple[str, Segment | None]:
    """The line, with the next line of its paragraph."""
    following = scene.next_line(segment)
    if following is None:
        return segment.text, None
    return f"{segment.text} {following.text}", following


def _candidate(scene: Scene, segment: Segment, following: Segment | None, reading: DateReading) -> Candidate | None:
    length = len(segment.text)
    value = reading.other if scene.month_first and reading.other else reading.value
    if reading.start < length:
        place = Place(segment, reading.start, min(reading.end, length))
    elif following is not None:
        place = Place(following, reading.start - length - 1, reading.end - length - 1)
    else:
        return None
    return Candidate("due_date", value, place, DEADLINE_RANK, Place(segment, 0, min(reading.start, length)))


def speaks_of_discount(text: str, start: int) -> bool:
    """The date at ``start`` is the end of a cash discount, not the day the amount is due."""
    ways = [clause for sentence in clauses(text) for clause in sentence]
    return any(way.percent is not None and way.deadline is not None and way.deadline.start == start for way in ways)
