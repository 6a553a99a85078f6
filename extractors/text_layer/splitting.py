"""Several documents in one PDF: a page begins a new one when its title and number say so; attached pages are left out.

Left out are terms of business, pages that show what a specimen invoice looks like, and copies of a page that is there already. What
looks like another letter (delivery note, time sheet) is a document of its own.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from extractors.text_layer.amounts import find_amounts
from extractors.text_layer.fields import best, find_candidates
from extractors.text_layer.kinds import Title, body_height, find_titles, names_invoice
from extractors.text_layer.lexicon import find_phrases
from extractors.text_layer.numbering import number_by_title
from extractors.text_layer.scene import Scene
from extractors.text_layer.words import PageText
from schemas import Kind

MIN_TITLE = 1.0
UPPER = 0.45  # of the page: a title that begins a document stands above
TERMS = 0.3  # of the page: a heading of terms further down is a paragraph of a letter
TALL = 1.15  # heights of the text around it
MONEY = 3  # amounts that make a page of a table, which terms of business are not
ALIKE = 0.8  # share of the rows of a copy that are those of the original
_NUMBERED = re.compile(
    r"(?<![\d.,/-])(\d{1,2})\s*(?:/|\b(?:von|of|de|di|sur|van|z|ze|af|av|od)\b)\s*(\d{1,2})(?![\d.,/-])", re.IGNORECASE
)
_DIGITS = re.compile(r"\d")
_PAGE_WORDS = frozenset({"field"})
_TITLE = frozenset({"title"})


@dataclass(frozen=True)
class Identity:
    """What a page says it is the beginning of. ``number`` is empty where the page is another letter without one."""

    kind: Kind
    number: str


@dataclass
class Parts:
    """Pages grouped into documents, in order, and the pages left out with the reason."""

    documents: list[list[PageText]] = field(default_factory=list)
    left_out: list[tuple[int, str]] = field(default_factory=list)


def split(pages: Sequence[PageText]) -> Parts:
    """Pages grouped into documents. A page without an identity of its own belongs to the one before."""
    if len(pages) == 1:
        return Parts([list(pages)])
    parts = Parts()
    current: Identity | None = None
    in_terms = False
    for page in pages:
        scene = Scene([page])
        titles = _headings(scene)
        known = current.number if current else ""
        if reason := _why_left_out(page, titles, parts, in_terms, known):
            parts.left_out.append((page.number, reason))
            in_terms = reason == TERMS_REASON
            continue
        in_terms = False
        if not parts.documents:
            parts.documents.append([page])
            current = _identity(scene, titles) or Identity(Kind.OTHER, "")
            continue
        begun = _identity(scene, titles)
        if begun is not None and current is not None and _begins(page, begun, current, parts.documents[-1][-1]):
            parts.documents.append([page])
            current = begun
        else:
            parts.documents[-1].append(page)
            current = begun if current is not None and not current.number and begun is not None else current
    return parts if parts.documents else Parts([list(pages)])


TERMS_REASON = "terms of business"


def _headings(scene: Scene) -> list[Title]:
    """Titles in the upper part of the page; the page has no table yet that they could stand in."""
    height, body = scene.pages[0].height, body_height(scene)
    return [
        title
        for title in find_titles(scene, set())
        if title.score >= MIN_TITLE
        and title.heading
        and title.place.box[1] < UPPER * height
        and (title.kind.is_payable or _stands_out(scene, title, body))
    ]


def _stands_out(scene: Scene, title: Title, body: float) -> bool:
    """The title of another letter and not the label of its number among the data of an invoice."""
    segment = title.place.segment
    rest = segment.text[title.place.end :]
    alone = len(scene.row_of(segment).segments) == 1 and not any(c.isalnum() or c == ":" for c in rest)
    return alone or segment.height >= TALL * body


def _why_left_out(page: PageText, titles: Sequence[Title], parts: Parts, in_terms: bool, number: str) -> str | None:
    first = titles[0] if titles else None
    if first is not None and first.term == "terms" and first.place.box[1] < TERMS * page.height:
        return TERMS_REASON
    earlier = [done for part in parts.documents for done in part]
    if not earlier:
        return None
    if first is not None and first.term in ("specimen", "watermark"):
        return "a specimen"
    if in_terms and first is None and not _mentions(page, number) and _monies(page) < MONEY:
        return TERMS_REASON
    if _continues(page, earlier[-1]):
        return None
    original = next((done for done in earlier if _is_copy(page, done)), None)
    return f"a copy of page {original.number}" if original else None


def _begins(page: PageText, begun: Identity, current: Identity, last: PageText) -> bool:
    """The page is the first of another document."""
    if begun == current or (begun.kind is current.kind and (not begun.number or _mentions(page, current.number))):
        return False
    return (bool(begun.number) and begun.kind in (Kind.INVOICE, Kind.CREDIT_NOTE)) or not _continues(page, last)


def _identity(scene: Scene, titles: Sequence[Title]) -> Identity | None:
    """Kind and number of a page that begins a document. An invoice has both; another letter has its title alone."""
    first = titles[0] if titles else None
    if first is not None and not first.kind.is_payable:
        return Identity(first.kind, "")
    candidates = find_candidates(scene, set())
    number = best(candidates, "number")
    if first is None:
        upper = number is not None and number.place.box[1] < UPPER * scene.pages[0].height
        return Identity(Kind.INVOICE, str(number.value)) if number is not None and upper and names_invoice(number) else None
    beside = number_by_title(scene, titles, candidates)
    value = str(number.value) if number else beside.place.text if beside else ""
    return Identity(first.kind, value) if value else None


def _mentions(page: PageText, number: str) -> bool:
    return bool(number) and any(number in row.text for row in page.rows)


def _continues(page: PageText, last: PageText) -> bool:
    """``2/3`` behind ``1/3``: the pages are numbered through."""
    return any((number - 1, total) in _numbering(last) for number, total in _numbering(page))


def _numbering(page: PageText) -> set[tuple[int, int]]:
    found = set()
    for row in page.rows:
        for segment in row.segments:
            labels = find_phrases(segment.text, _PAGE_WORDS)
            if any("field.page" in f.terms for f in labels) or len(segment.text) <= 8:
                found |= {(int(m[1]), int(m[2])) for m in _NUMBERED.finditer(segment.text) if int(m[1]) <= int(m[2])}
    return found


def _monies(page: PageText) -> int:
    return sum(a.looks_like_money for row in page.rows for segment in row.segments for a in find_amounts(segment))


def _is_copy(page: PageText, original: PageText) -> bool:
    """The same rows with the same digits, but for a word such as "copy" and the number of the page."""
    rows, others = _rows(page), _rows(original)
    if sum(rows.values()) < 4:
        return False
    same = sum((rows & others).values())
    different = [row for row in ((rows - others) + (others - rows)) if _DIGITS.search(row)]
    return same >= ALIKE * max(sum(rows.values()), sum(others.values())) and not different


def _rows(page: PageText) -> Counter[str]:
    texts = (_NUMBERED.sub("", " ".join(_without_copy(row.text).split())) for row in page.rows)
    return Counter(text for text in texts if text)


def _without_copy(text: str) -> str:
    for found in reversed(find_phrases(text, _TITLE)):
        if "title.copy" in found.terms:
            text = text[: found.start] + text[found.end :]
    return text
