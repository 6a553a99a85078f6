"""Payment terms in sentences: days until the amount is due, cash discounts."""

import re
from decimal import Decimal

from extractors.text_layer.lexicon import find_phrases
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.sightings import Sighting, seen
from schemas import PaymentTerms
from schemas.invoice import CashDiscount

_DAYS = r"(?:tage?n?|days?|jours?|giorni|d[ií]as|dni|dagen|dage|dagar|dn[íů]|tg\.?)"
_PERCENT = r"(\d{1,2}(?:[.,]\d{1,2})?)\s?%"
_DISCOUNT = r"(?:skonto|abzug|cash discount|discount|escompte|sconto|descuento|korting|rabat|rabatt|sleva)"
_DAYS_FIRST = re.compile(rf"(\d{{1,3}})\s*{_DAYS}[^.\d%]{{0,40}}?{_PERCENT}", re.IGNORECASE)
_PERCENT_FIRST = re.compile(rf"{_PERCENT}\s*{_DISCOUNT}[^.\d%]{{0,40}}?(\d{{1,3}})\s*{_DAYS}", re.IGNORECASE)
_NET = re.compile(rf"(\d{{1,3}})\s*{_DAYS}", re.IGNORECASE)
_WORDS = re.compile(
    rf"{_DISCOUNT}|netto|net\b|zahlbar|payable|payment|paiement|règlement|ohne abzug|zahlung|fällig|due|échéance|betaling|pagamento|pago",
    re.IGNORECASE,
)


def read_terms(scene: Scene, skip: set[int]) -> tuple[PaymentTerms, Sighting | None]:
    """Terms of the first sentence that speaks of days and payment."""
    for segment in scene.segments:
        text = segment.text
        if segment.row in skip or not _NET.search(text) or not _WORDS.search(text) or len(text) > 300:
            continue
        labels = find_phrases(text, frozenset({"field"}))
        start = labels[0].end if labels and labels[0].start == 0 and "field.payment_terms" in labels[0].terms else 0
        statement = text[start:].lstrip(" :.")
        terms = PaymentTerms(text=statement, discounts=_discounts(text), net_days=_net_days(text))
        return terms, seen(statement, Place(segment, len(text) - len(statement), len(text)), "label")
    return PaymentTerms(), None


def _discounts(text: str) -> list[CashDiscount]:
    found = [(match[2], match[1]) for match in _DAYS_FIRST.finditer(text)] or [
        (m[1], m[2]) for m in _PERCENT_FIRST.finditer(text)
    ]
    if not re.search(_DISCOUNT, text, re.IGNORECASE):
        return []
    return [
        CashDiscount(percent=Decimal(percent.replace(",", ".")), days=int(days)) for percent, days in found if int(days) <= 365
    ]


def _net_days(text: str) -> int | None:
    """The number of days that stands with no discount: the last one, or the only one."""
    discounted = {int(match[1]) for match in _DAYS_FIRST.finditer(text)} | {
        int(match[2]) for match in _PERCENT_FIRST.finditer(text)
    }
    days = [int(match[1]) for match in _NET.finditer(text)]
    if re.search(_DISCOUNT, text, re.IGNORECASE) and "ohne abzug" not in text.lower():
        days = [d for d in days if d not in discounted]
    return days[-1] if days and days[-1] <= 365 else None
