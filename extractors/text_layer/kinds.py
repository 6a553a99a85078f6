"""What kind of document the pages are, by the words of their title.

A title is a heading where it begins its line and nothing unknown stands before it; elsewhere it is only mentioned ("Invoice number",
"your invoice of May"). An invoice must never be filed away as another letter, and no other letter may be accepted as an invoice: what
the words leave open is an invoice in doubt, which a person sees.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from extractors.text_layer.fields import FIELD, Candidate, best, parse_identifier
from extractors.text_layer.lexicon import Found, find_phrases, fold, introduces_date
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.sightings import Sighting, seen
from extractors.text_layer.words import Segment
from schemas import Kind

TITLE = frozenset({"title"})
_FIRST_WORD = re.compile(r"\W{0,2}([^\W\d_]{8,40})(?!\w)")
SIGN = frozenset({"sign"})
RIVAL = 1.5  # scores of two titles that differ by less are nearly alike
LABELLED = 3.0  # rank of a value in the line of its label
BOX_ROWS = 8  # rows from the top in which such a box is the head of the page and no table
LONG = 6  # words of a line that is rather a sentence than a title
MENTION = 0.6  # what a word loses that is mentioned and no heading
WATERMARK = 1.5  # heights of the text; a smaller "Muster" or "Draft" is a word like any other

# Labels that hold the word "invoice" and are still the title of one: "Invoice No. 17", "Rechnung vom 5. Juni".
_OF_TITLES = frozenset({"field.number", "field.bare_number"})
# Letters an invoice refers to by name: "your offer 55", "order confirmation 7".
_REFERRED_TO = frozenset(
    {Kind.OFFER, Kind.ORDER, Kind.ORDER_CONFIRMATION, Kind.DELIVERY_NOTE, Kind.INQUIRY, Kind.OTHER, Kind.PRICE_CHANGE}
)
# Stems of "invoice" in the languages of the lexicon, folded.
INVOICE_STEMS = ("rechnung", "invoice", "factu", "fattura", "faktur", "fakturac", "factuur", "facture", "regning", "rakning")


class Meaning(NamedTuple):
    """``weight``: the more particular word wins where two are written alike. ``never_invoice``: whatever else the page says."""

    kind: Kind
    type_code: str | None
    weight: float
    never_invoice: bool


@cache
def meanings_of_titles() -> dict[str, Meaning]:
    """Terms of the group ``title``: kind, UNTDID 1001 code, weight. ``copy`` is no kind and has none."""
    table = (files("extractors.text_layer") / "data" / "kinds.csv").read_text("utf-8")
    return {
        row["term"]: Meaning(Kind(row["kind"]), row["type_code"] or None, float(row["weight"]), row["never_invoice"] == "yes")
        for row in csv.DictReader(table.splitlines())
    }


@cache
def _endings() -> list[tuple[str, str]]:
    """Ends of compound words, the longest first, and what they are; no term: such a word says nothing."""
    table = (files("extractors.text_layer") / "data" / "compounds.csv").read_text("utf-8")
    rows = [(row["ending"], row["term"]) for row in csv.DictReader(table.splitlines())]
    return sorted(rows, key=lambda row: -len(row[0]))


@dataclass(frozen=True)
class Title:
    """``score`` compares titles of one document: size, place at the top, a line of its own."""

    term: str
    meaning: Meaning
    score: float
    place: Place
    heading: bool

    @property
    def kind(self) -> Kind:
        return self.meaning.kind

    @property
    def type_code(self) -> str | None:
        return self.meaning.type_code

    @property
    def sighting(self) -> Sighting:
        return seen(self.term, self.place, "label")


@dataclass(frozen=True)
class Verdict:
    """``doubts``: why a person should look before an invoice is booked."""

    kind: Kind
    title: Title | None
    doubts: tuple[str, ...] = ()


def find_titles(scene: Scene, skip: set[int]) -> list[Title]:
    """Title words outside the item table, the likeliest first."""
    body = body_height(scene)
    titles: list[Title] = []
    for segment in scene.segments:
        if segment.row in skip or "@" in segment.text:
            continue
        for found in find_phrases(segment.text, TITLE):
            if (found.start > 2 and len(segment.words) > LONG) or _is_denied(segment, found):
                continue
            longer = _longer_label(segment, found)
            for term in sorted(t.partition(".")[2] for t in found.terms):
                meaning = meanings_of_titles().get(term)
                if meaning is None or (term == "watermark" and segment.height < WATERMARK * body):
                    continue
                if meaning.kind.is_payable and longer and not _names_title(segment, longer):
                    continue
                heading = _is_heading(segment, found, longer if meaning.kind.is_payable else None)
                score = meaning.weight + _score(scene, segment, found, body) - (0.0 if heading else MENTION)
                titles.append(Title(term, meaning, score, Place(segment, found.start, found.end), heading))
        titles += _compounds(scene, segment, body)
    return sorted(titles, key=lambda t: -t.score)


def _compounds(scene: Scene, segment: Segment, body: float) -> Iterator[Title]:
    """``Tankkartenrechnung``: a word at the beginning of its line that the lexicon does not know and that ends like one it knows.

    As an invoice it stays in doubt; what it says of another letter counts.
    """
    word = _FIRST_WORD.match(segment.text)
    if word is None or find_phrases(word[1]):
        return
    folded = fold(word[1])
    ending = next((row for row in _endings() if folded.endswith(row[0])), None)
    if ending is None or not ending[1] or folded == ending[0]:
        return
    meaning, found = meanings_of_titles()[ending[1]], Found(word.start(1), word.end(1), frozenset())
    score = meaning.weight + _score(scene, segment, found, body)
    yield Title(ending[1], meaning, score, Place(segment, found.start, found.end), not meaning.kind.is_payable)


def _is_denied(segment: Segment, title: Found) -> bool:
    """``Rechnung folgt``, ``this is not an invoice``."""
    signs = (f for f in find_phrases(segment.text, SIGN) if "sign.no_invoice" in f.terms)
    return any(sign.start <= title.start and title.end <= sign.end for sign in signs)


def body_height(scene: Scene) -> float:
    """Height of most lines, in points."""
    heights = sorted(segment.height for segment in scene.segments) or [10.0]
    return heights[len(heights) // 2]


def _score(scene: Scene, segment: Segment, found: Found, body: float) -> float:
    rest = segment.text[: found.start] + segment.text[found.end :]
    alone = len(rest) <= 3 and not any(c.isalpha() for c in rest)  # with "nr" behind it is a label
    words = len(segment.words)
    size = min(segment.height / body, 3.0)
    score = 3.0 * (size - 1.0) + (1.5 if alone else 0.6 if found.start <= 2 and words <= 4 else 0.0)
    score += 0.8 if _is_followed_by_number(segment.text[found.end :]) else 0.0
    score -= 1.2 if words > 1.5 * LONG else 0.4 if words > LONG else 0.0
    return score - 1.5 * (segment.page - scene.pages[0].number) - segment.y0 / 1200


def _is_followed_by_number(rest: str) -> bool:
    text = rest.lstrip(" :.#-")
    for word in ("nr", "no", "n°", "nummer", "number"):
        if text.lower().startswith(word):
            return True
    return bool(text) and any(c.isdigit() for c in text.split()[0])


def _longer_label(segment: Segment, title: Found) -> Found | None:
    """A label the title word is only a part of: "Invoice to", "zu Rechnung"."""
    for label in find_phrases(segment.text, FIELD):
        if label.start <= title.start and label.end >= title.end and label.end - label.start > title.end - title.start:
            return label
    return None


def _names_title(segment: Segment, label: Found) -> bool:
    """The label is of the invoice itself, its number or date, and not of an address or of another invoice.

    ``Rechnung für`` alone heads an address; with more behind it ("für März 2026") it is a title.
    """
    if label.terms & (_OF_TITLES | {"field.issue_date"}):
        return True
    rest = segment.text[label.end :].strip()
    return _is_inert(segment.text[: label.start]) and "field.customer" in label.terms and bool(rest) and not rest.startswith(":")


def _is_heading(segment: Segment, found: Found, longer: Found | None) -> bool:
    lead = segment.text[: found.start]
    if any(c.isalnum() for c in lead) and not _is_inert(lead):
        return False
    if longer is None:
        return True
    if "field.customer" in longer.terms:
        return True
    if "field.issue_date" in longer.terms:
        return introduces_date(segment.text[found.end : longer.end])
    return longer.start >= found.start and any(c.isdigit() for c in segment.text[longer.end :])


def _is_inert(lead: str) -> bool:
    """Words before a title that change nothing: "Ihre", "Original"; another title ("Lieferschein / Rechnung") is known as well."""
    known = find_phrases(lead, SIGN | TITLE)
    covered = sum(c.isalnum() for f in known for c in lead[f.start : f.end] if f.terms & {"sign.inert"} or _accompanies(f))
    return covered >= sum(c.isalnum() for c in lead)


def _accompanies(found: Found) -> bool:
    meanings = [meanings_of_titles().get(term.partition(".")[2]) for term in found.terms]
    return any(m is not None and not m.never_invoice and (m.kind.is_payable or m.kind is Kind.DELIVERY_NOTE) for m in meanings)


def decide_kind(scene: Scene, titles: Sequence[Title], candidates: Sequence[Candidate]) -> Verdict:
    """The likeliest title; without one, a labelled invoice number makes an invoice in doubt. Neither: some other letter."""
    number = best(list(candidates), "number")
    first = _likeliest(scene, titles, number is not None)
    if first is None:
        if number is None:
            return Verdict(Kind.OTHER, None)
        words = {t for f in find_phrases(number.label.text, TITLE) for t in f.terms}
        kind = Kind.CREDIT_NOTE if "title.credit_note" in words else Kind.INVOICE
        issued = best(list(candidates), "issue_date", "date")
        labelled = not titles and _is_labelled_invoice(number, issued)
        if labelled or _is_boxed_invoice(scene, titles, number, issued) or _is_told_invoice(scene, titles, number):
            return Verdict(kind, None)
        return Verdict(kind, None, ("no title says that this is an invoice",))
    if first.kind.is_payable:
        return _payable(scene, first, titles, number, best(list(candidates), "issue_date"))
    rival = next((t for t in titles if t.kind.is_payable), None)
    if rival is not None and rival.heading and _may_be(first, rival):
        return Verdict(rival.kind, rival, (f"the page is titled {rival.place.text!r} and {first.place.text!r}",))
    if number is not None and names_invoice(number) and _is_referred_to(first):
        return Verdict(Kind.INVOICE, rival, (f"the page is titled {first.place.text!r}, but has an invoice number",))
    return Verdict(first.kind, first)


def _is_referred_to(title: Title) -> bool:
    return title.kind in _REFERRED_TO and not title.meaning.never_invoice


def _may_be(first: Title, payable: Title) -> bool:
    """The page may be an invoice that refers to another letter ("Invoice for order 17"), or both in one ("Invoice & statement")."""
    if _is_referred_to(first):
        return payable.score > first.score - RIVAL
    return payable.place.segment is first.place.segment and payable.place.start < first.place.start


def _is_labelled_invoice(number: Candidate, issued: Candidate | None) -> bool:
    """No title of any kind, but "invoice number" and "invoice date": other letters that quote an invoice have a title of their own."""
    labels = [fold(found.label.text) for found in (number, issued) if found is not None]
    return len(labels) == 2 and all(any(stem in label for stem in INVOICE_STEMS) for label in labels)


def _is_boxed_invoice(scene: Scene, titles: Sequence[Title], number: Candidate, issued: Candidate | None) -> bool:
    """A box at the top, ``Fattura n. | Data | Scadenza | Totale``, in place of a title; no word on the page names another letter."""
    label = number.label.segment
    if issued is None or label.page != scene.pages[0].number or label.row >= BOX_ROWS or not names_invoice(number):
        return False
    return issued.label.segment.row == label.row and _nothing_else(titles)


def _is_told_invoice(scene: Scene, titles: Sequence[Title], number: Candidate) -> bool:
    """``Rechnungsnummer`` and a sentence such as "we charge you for our services", and no word that names another letter."""
    told = any("sign.invoicing" in sign.terms for _, sign in scene.phrases(SIGN))
    denied = any("sign.no_invoice" in sign.terms for _, sign in scene.phrases(SIGN))
    return told and not denied and names_invoice(number) and _nothing_else(titles)


def _nothing_else(titles: Sequence[Title]) -> bool:
    return all(t.kind.is_payable or _is_referred_to(t) for t in titles)


def _likeliest(scene: Scene, titles: Sequence[Title], numbered: bool) -> Title | None:
    """The best title, if it is good enough for what it says: a word in passing makes no invoice."""
    if not titles:
        return None
    first = titles[0]
    if not first.heading:  # "Pro Forma Invoice No. 17"
        first = next(
            (t for t in titles if t.meaning.never_invoice and t.heading and t.place.segment is first.place.segment), first
        )
    followed = first.heading and parse_identifier(first.place.segment.text[first.place.end :], scene) is not None
    return first if first.score > (0.2 if numbered or followed or not first.kind.is_payable else 1.0) else None


def _payable(scene: Scene, first: Title, titles: Sequence[Title], number: Candidate | None, issued: Candidate | None) -> Verdict:
    """An invoice, with all that speaks against it."""
    first = _self_billed(scene, first) or _credited(first, titles)
    doubts = []
    labelled = number is not None and _is_labelled_invoice(number, issued) and _nothing_else(titles)
    if not labelled and not any(t.kind.is_payable and t.heading for t in titles):
        doubts.append(f"{first.place.text!r} is mentioned, but no title says that this is an invoice")
    against = next((t for t in titles if t.meaning.never_invoice and t.score > first.score - RIVAL and t.heading), None)
    if against is not None:
        doubts.append(f"the page is titled {first.place.text!r} and {against.place.text!r}")
    for segment, sign in scene.phrases(SIGN):
        if "sign.no_invoice" in sign.terms:
            doubts.append(f"the page says {segment.text[sign.start : sign.end]!r}")
            break
    return Verdict(first.kind, first, tuple(doubts))


def _self_billed(scene: Scene, first: Title) -> Title | None:
    """A credit note or invoice that says anywhere that the buyer has made it out himself."""
    if first.type_code not in ("380", "381"):
        return None
    for segment, found in scene.phrases(TITLE):
        if "title.self_billing" in found.terms:
            return Title(
                "self_billing", meanings_of_titles()["self_billing"], first.score, Place(segment, found.start, found.end), True
            )
    return None


def _credited(first: Title, titles: Sequence[Title]) -> Title:
    """``Rechnungskorrektur / Gutschrift``: of two words for one correction the one that says who pays."""
    if first.term != "corrected_invoice":
        return first
    beside = [t for t in titles if t.term in ("credit_note", "cancellation") and t.place.segment is first.place.segment]
    return beside[0] if beside else first


def names_invoice(number: Candidate) -> bool:
    """The label right before the number speaks of an invoice, not just of a document or number."""
    if number.rank < LABELLED:
        return False
    found = find_phrases(number.label.text, FIELD)
    return any("field.number" in f.terms for f in found) and any(w in fold(number.label.text) for w in INVOICE_STEMS)
