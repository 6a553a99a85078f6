"""What kind of document the pages are, by the words of their title."""

from dataclasses import dataclass

from extractors.text_layer.lexicon import find_phrases
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.sightings import Sighting, seen
from schemas import Kind

TITLE = frozenset({"title"})

# term of the lexicon -> kind, UNTDID 1001 code, weight: the more particular word wins where two are written alike
_MEANING: dict[str, tuple[Kind, str | None, float]] = {
    "invoice": (Kind.INVOICE, "380", 0.0),
    "construction_invoice": (Kind.INVOICE, None, 0.0),  # 204, 380, 875, 876 or 877: the word does not say
    "hire_invoice": (Kind.INVOICE, "387", 0.4),
    "insurers_invoice": (Kind.INVOICE, "575", 0.4),
    "partial_invoice": (Kind.INVOICE, "326", 0.5),
    "final_invoice": (Kind.INVOICE, "380", 0.4),
    "prepayment_invoice": (Kind.INVOICE, "386", 0.5),
    "corrected_invoice": (Kind.INVOICE, "384", 0.5),
    "credit_note": (Kind.CREDIT_NOTE, "381", 0.5),
    "self_billing": (Kind.INVOICE, "389", 0.6),
    "cancellation": (Kind.CREDIT_NOTE, "381", 0.5),
    "proforma": (Kind.OTHER, None, 0.6),
    "order": (Kind.ORDER, None, 0.1),
    "order_confirmation": (Kind.ORDER_CONFIRMATION, None, 0.5),
    "delivery_note": (Kind.DELIVERY_NOTE, None, 0.2),
    "offer": (Kind.OFFER, None, 0.3),
    "inquiry": (Kind.INQUIRY, None, 0.3),
    "reminder": (Kind.REMINDER, None, 0.6),
    "statement": (Kind.STATEMENT, None, 0.5),
    "remittance": (Kind.REMITTANCE, None, 0.5),
    "price_change": (Kind.PRICE_CHANGE, None, 0.4),
    "terms": (Kind.OTHER, None, 0.2),
}


@dataclass(frozen=True)
class Title:
    """``score`` compares titles of one document: size, place at the top, a line of its own."""

    term: str
    kind: Kind
    type_code: str | None
    score: float
    place: Place

    @property
    def sighting(self) -> Sighting:
        return seen(self.term, self.place, "label")


def find_titles(scene: Scene, skip: set[int]) -> list[Title]:
    """Title words outside the item table, the likeliest first."""
    heights = sorted(segment.height for segment in scene.segments) or [10.0]
    body = heights[len(heights) // 2]
    titles: list[Title] = []
    for segment in scene.segments:
        if segment.row in skip:
            continue
        for found in find_phrases(segment.text, TITLE):
            alone = len(segment.text) - (found.end - found.start) <= 3
            starts = found.start <= 2
            words = len(segment.words)
            if (not starts and words > 6) or "@" in segment.text:
                continue
            for term in sorted(t.partition(".")[2] for t in found.terms):
                if term not in _MEANING:
                    continue
                kind, code, weight = _MEANING[term]
                size = min(segment.height / body, 3.0)
                score = 3.0 * (size - 1.0) + (1.5 if alone else 0.6 if starts and words <= 4 else 0.0) + weight
                score += 0.8 if _is_followed_by_number(segment.text[found.end :]) else 0.0
                score -= 1.5 * (segment.page - scene.pages[0].number) + segment.y0 / 1200 + (1.2 if words > 6 else 0.0)
                titles.append(Title(term, kind, code, score, Place(segment, found.start, found.end)))
    return sorted(titles, key=lambda t: -t.score)


def _is_followed_by_number(rest: str) -> bool:
    text = rest.lstrip(" :.#-")
    for word in ("nr", "no", "n°", "nummer", "number"):
        if text.lower().startswith(word):
            return True
    return bool(text) and any(c.isdigit() for c in text.split()[0])


def is_copy(scene: Scene) -> bool:
    """The page says that it is a copy or duplicate."""
    return any(
        "title.copy" in found.terms and found.start == 0 and len(segment.words) <= 3 for segment, found in scene.phrases(TITLE)
    )
