"""The words suppliers use, per language, as data: ``data/labels/<language>.toml`` and ``data/months.csv``.

A phrase is written in small letters without accents. ``{a|b|}`` means a or b or nothing. Spaces, hyphens and dots do not
matter: ``rechnungs {nr|nummer}`` fits "Rechnungs-Nr.", "RechnungsNr" and "Rechnungsnummer". To add a word, add it to the file
of its language.

``^`` before a phrase: only where a text begins with it; for words too short or too common to mean anything inside a sentence
("from"). ``=``: only where it is the whole text ("vom" in a column of its own).

The group ``behind`` holds words that introduce a date where they stand behind something: behind a labelled number ("Rechnung
Nr. 17 vom 5.6.2026") the date that belongs to the label, behind a place ("Lyon, le 5 juin 2026") the date of the letter.
Elsewhere in a sentence they mean nothing.
"""

import csv
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

_ALTERNATIVES = re.compile(r"\{([^{}]*)\}")
_RUN = re.compile(r"[^\W_]+|[#%€£$№]|(?<=n)[°º]", re.IGNORECASE)
_SPECIAL = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "°": "o", "º": "o", "№": "no"})
MARKS = ("^", "=")
SEPARATORS = ("|", "·", "•")  # behind one of these a text begins anew
_CODE = re.compile(r"\W*[A-Z0-9]\s?[=:)]\s*")  # "A = VAT 21 %": the code of a rate stands before its words
MAX_RUNS = 9  # words in the longest phrase
MAX_TEXT = 4_000  # characters that are searched
MAX_REMEMBERED = 16_384  # texts whose phrases are kept in memory
NUMBER_REACH = 80  # characters before "vom" in which the label of the number is sought
PLACE_REACH = 30  # characters of the place before "den" in "Bad Homburg, den 5.6.2026"
DATED_TITLES = ("invoice", "partial_invoice", "final_invoice", "prepayment_invoice", "corrected_invoice", "credit_note",
                "self_billing", "cancellation")  # fmt: skip
_DATE_BEHIND = {  # label of a number -> what the date behind the number is; behind any other number it is some other date
    "field.number": "field.issue_date",
    "field.purchase_order": "field.order_date",
    **{f"title.{term}": "field.issue_date" for term in DATED_TITLES},
}


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase of the lexicon in ``text[start:end]``. ``terms`` are ``group.term`` names, all that the phrase stands for."""

    start: int
    end: int
    terms: frozenset[str]


class OwnWords:
    """Words that one supplier uses in a sense of his own. Compared by identity, so that remembered answers stay apart.

    A row is (group, text as printed, term): within its group the text means this term alone, with ``None`` nothing at all. Two rows
    of one text and group mean both terms. Rows of the group ``unit`` are words for units, their term a UN/ECE code.
    """

    def __init__(self, rows: Iterable[tuple[str, str, str | None]]) -> None:
        self.units: dict[str, str] = {}
        self._phrases: dict[str, tuple[frozenset[str], frozenset[str]]] = {}  # phrase -> groups redefined, terms
        for group, text, term in rows:
            phrase = fold(text)
            if group == "unit" and term:
                self.units[phrase] = term
            elif phrase:
                groups, terms = self._phrases.get(phrase, (frozenset(), frozenset()))
                added = frozenset({f"{group}.{term}"}) if term else frozenset()
                self._phrases[phrase] = (groups | {group}, terms | added)
        self.beginnings = frozenset(phrase[:length] for phrase in self._phrases for length in range(1, len(phrase) + 1))

    def refine(self, phrase: str, terms: frozenset[str]) -> frozenset[str]:
        """What the phrase means for this supplier, given what it means for all."""
        groups, own = self._phrases.get(phrase, (frozenset[str](), frozenset[str]()))
        return frozenset(t for t in terms if t.lstrip("^=").partition(".")[0] not in groups) | own if groups else terms


_own_words: ContextVar[OwnWords | None] = ContextVar("own_words", default=None)


@contextmanager
def speaking(words: OwnWords | None) -> Iterator[None]:
    """Inside, phrases and units are read as this supplier uses them."""
    token = _own_words.set(words)
    try:
        yield
    finally:
        _own_words.reset(token)


def own_unit(phrase: str) -> str | None:
    """Code of a folded unit word of the supplier being read."""
    words = _own_words.get()
    return words.units.get(phrase) if words else None


def fold(text: str) -> str:
    """Small letters and digits only, no accents: the form in which phrases are compared."""
    if text.isascii() and text.isalnum():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_SPECIAL))
    return "".join(character for character in decomposed if character.isalnum() or character in "#%€£$")


def expand(phrase: str) -> list[str]:
    """All spellings of a phrase with alternatives.

    >>> expand("rechnungs {nr|nummer}")
    ['rechnungs nr', 'rechnungs nummer']
    """
    match = _ALTERNATIVES.search(phrase)
    if match is None:
        return [phrase]
    return [whole for option in match[1].split("|") for whole in expand(phrase[: match.start()] + option + phrase[match.end() :])]


@cache
def _phrases() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for entry in sorted((files("extractors.text_layer") / "data" / "labels").iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".toml"):
            for group, terms in tomllib.loads(entry.read_text("utf-8")).items():
                for term, phrases in terms.items():
                    for phrase in phrases:
                        mark = phrase[0] if phrase[:1] in MARKS else ""
                        for spelling in expand(phrase):
                            found.setdefault(fold(spelling), set()).add(f"{mark}{group}.{term}")
    found.pop("", None)
    return {phrase: frozenset(terms) for phrase, terms in found.items()}


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(phrase[:length] for phrase in _phrases() for length in range(1, len(phrase) + 1))


@lru_cache(MAX_REMEMBERED)
def _runs(text: str) -> tuple[tuple[int, int, str], ...]:
    return tuple((match.start(), match.end(), fold(match[0])) for match in _RUN.finditer(text))


def find_phrases(text: str, groups: frozenset[str] | None = None) -> list[Found]:
    """Longest phrases from left to right, without overlaps; whole words only, never across the gap between two segments.

    ``groups`` restricts to terms of these groups. In ``text`` two segments of a row are three spaces apart.
    """
    return list(_find(text[:MAX_TEXT], groups, own=_own_words.get()))


@lru_cache(MAX_REMEMBERED)
def _find(text: str, groups: frozenset[str] | None, behind: bool = True, own: OwnWords | None = None) -> tuple[Found, ...]:
    result: list[Found] = []
    free = 0
    for start, begin, ends in _candidates(text, behind, own):
        if start < free:
            continue
        for last, end, terms in ends:
            meant = terms if groups is None else frozenset([term for term in terms if term.partition(".")[0] in groups])
            if meant:
                result.append(Found(begin, end, meant))
                free = last + 1
                break
    return tuple(result)


_End = tuple[int, int, frozenset[str]]


@lru_cache(MAX_REMEMBERED)
def _candidates(text: str, behind: bool, own: OwnWords | None) -> tuple[tuple[int, int, tuple[_End, ...]], ...]:
    """Every phrase of any group that begins at a word, the longest first: (word, its start, ((last word, end, terms), ...))."""
    phrases, beginnings, runs = _phrases(), _beginnings(), _runs(text)
    result: list[tuple[int, int, tuple[_End, ...]]] = []
    for index, (begin, _, first) in enumerate(runs):
        joined, ends = first, list[_End]()
        for last in range(index, min(index + MAX_RUNS, len(runs))):
            if last > index:
                if "   " in text[runs[last - 1][1] : runs[last][0]]:
                    break
                joined += runs[last][2]
            if joined not in beginnings and not (own and joined in own.beginnings):
                break
            known = phrases.get(joined, _NOTHING)
            terms = own.refine(joined, known) if own else known
            if terms and (meant := _meant(terms, text, begin, runs[last][1], behind)):
                ends.append((last, runs[last][1], meant))
        if ends:
            result.append((index, begin, tuple(reversed(ends))))
    return tuple(result)


_NOTHING: frozenset[str] = frozenset()


def _meant(terms: frozenset[str], text: str, start: int, end: int, behind: bool) -> frozenset[str]:
    """The terms a phrase has at this place: without those that only count at the beginning, or behind something."""
    if not any(term.startswith(MARKS) or term == "behind.date" for term in terms):
        return terms
    first = (
        not any(c.isalnum() for c in text[:start])
        or text[:start].rstrip().endswith(SEPARATORS)
        or bool(_CODE.fullmatch(text[:start]))
    )
    marks = {"^": first, "=": first and not any(c.isalnum() for c in text[end:])}
    meant = {term.lstrip("^=") for term in terms if marks.get(term[0], True)} - {"behind.date"}
    if behind and "behind.date" in terms and (dated := _dated(text, start, end)):
        meant.add(dated)
    return frozenset(meant)


def _dated(text: str, start: int, end: int) -> str | None:
    """Which date a word like "vom" introduces: that of the number before it, or that of the letter behind a place."""
    before = text[max(0, start - NUMBER_REACH) : start]
    following = _RUN.search(text, end)
    if following and fold(following[0]) in months():
        return None  # "29 de marzo": inside a date
    if before.rstrip().endswith(",") and start <= PLACE_REACH and not any(c.isdigit() for c in before):
        return "field.date"
    labels = _find(before, frozenset({"field", "title"}), behind=False)
    if not labels:
        return None
    between = [word for word in before[labels[-1].end :].split() if any(c.isalnum() for c in word)]
    if not 1 <= len(between) <= 3 or not any(c.isdigit() for c in between[-1]):
        return None
    return next((_DATE_BEHIND[term] for term in sorted(labels[-1].terms) if term in _DATE_BEHIND), "field.other_date")


def introduces_date(word: str) -> bool:
    """A word such as "vom", "le", "dated" that stands before a date."""
    return "behind.date" in {term.lstrip("^=") for term in _phrases().get(fold(word), _NOTHING)}


def date_of(text: str) -> str | None:
    """What a date under or beside this text is the date of: ``field.issue_date`` for the number or title of an invoice."""
    labels = _find(text, frozenset({"field", "title"}), behind=False)
    if not labels:
        return None
    known = {**_DATE_BEHIND, "field.bare_number": "field.issue_date"}
    return next((known[term] for term in sorted(labels[-1].terms) if term in known), "field.other_date")


@cache
def months() -> dict[str, int]:
    """Names and abbreviations of months, folded, to 1..12. Source: CLDR."""
    return {fold(name): number for name, number in _named("months.csv", "month")}


@cache
def weekdays() -> dict[str, int]:
    """Names and abbreviations of the days of the week, folded, to 0 (Monday) .. 6. Source: CLDR."""
    return {fold(name): number for name, number in _named("weekdays.csv", "weekday")}


def _named(name: str, column: str) -> list[tuple[str, int]]:
    table = (files("extractors.text_layer") / "data" / name).read_text("utf-8")
    return [(row["name"], int(row[column])) for row in csv.DictReader(table.splitlines())]
