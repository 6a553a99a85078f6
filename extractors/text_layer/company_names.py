"""Names of companies on a page: with their legal form, wherever they stand, also inside a run-on line of a footer."""

import csv
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from rapidfuzz import fuzz

from extractors.text_layer.lexicon import find_phrases, fold
from extractors.text_layer.line_parts import parts_of
from extractors.text_layer.scene import Place, Scene
from schemas.master import Company, Vendor

MATCH = 88  # token similarity from which a printed name is that of a master record
MOST_LETTERS = 80
_BEFORE_NAME = re.compile(r"^.*(?::|\b(?:to|an|von|par|by|to the order of|an die)\s)\s*(?=\S)", re.IGNORECASE)
_JOINING = re.compile(r"(?:[-&+]|\b(?:und|u\.|and|et|e|y|en|i|og|och|a|de|der|für|for))$", re.IGNORECASE)


@cache
def _legal_form() -> re.Pattern[str]:
    """Long forms first. Short ones only as printed, or in capitals; in small letters only with dots: ``as`` is a word as well."""
    lines = (files("extractors.text_layer") / "data" / "legal_forms.csv").read_text("utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    patterns = {_pattern(row["form"]) for row in rows}
    alternatives = "|".join(sorted(patterns, key=len, reverse=True))
    return re.compile(rf"(?<![\w.])(?:{alternatives})(?=$|[\s.,;:·•|()/–—-])")


def _pattern(form: str) -> str:
    letters = [re.escape(part) for part in re.split(r"[.\s]+", form) if part]
    short = sum(c.isalpha() for c in form) <= 3
    if short and (form.islower() or form.endswith(".s.")):
        return r"\.\s?".join(letters) + r"\."
    body = r"\.?\s?".join(letters) + (r"\.?" if "." in form else "")
    if short and form.isupper():
        return body
    upper = r"\.?\s?".join(re.escape(part.upper()) for part in re.split(r"[.\s]+", form) if part)
    return f"(?:{body}|{upper})" if short else f"(?i:{body})"


def has_legal_form(text: str) -> bool:
    return _legal_form().search(text) is not None


def fold_words(text: str) -> str:
    return " ".join(fold(word) for word in text.split())


def name_key(text: str) -> str:
    """Letters and digits only: what two prints of one name have in common."""
    return "".join(c for c in fold(text) if c.isalnum())


def clean_name(text: str) -> str:
    return text.strip(" ,;:·•|–—-")


def same_name(one: str, other: str) -> bool:
    return name_key(one) == name_key(other) or fuzz.token_set_ratio(fold_words(one), fold_words(other)) >= 95


def is_record_name(text: str, records: Sequence[Company | Vendor]) -> bool:
    return any(fuzz.token_set_ratio(fold_words(text), fold_words(record.name)) >= MATCH for record in records)


def is_label(text: str) -> bool:
    """A word of the form itself, alone or before a colon."""
    found = find_phrases(text, frozenset({"field", "title"}))
    if not found or found[0].start > 0:
        return any(f.start == 0 and f.end >= len(text.rstrip(" :.")) for f in find_phrases(text, frozenset({"total"})))
    rest = text[found[0].end :]
    return not rest.strip(" :.") or ":" in text or _A_NUMBER.fullmatch(rest) is not None


_A_NUMBER = re.compile(r"[\s:.]*(?=\S*\d)\S{1,30}")  # behind "Invoice No."


@cache
def no_names() -> frozenset[str]:
    """Words of slogans, departments and greetings, folded."""
    lines = (files("extractors.text_layer") / "data" / "no_names.txt").read_text("utf-8").splitlines()
    return frozenset(fold(word) for line in lines if not line.startswith("#") for word in line.split())


_SENTENCE = re.compile(r"(?:\S+\s+){3,}[a-zäöüéèàç]+\.")


def is_name_like(text: str) -> bool:
    """Not a label, no mail address, no sentence, no word such as "Address" alone."""
    if all(fold(word) in no_names() for word in re.findall(r"[^\W\d_]+", text)):
        return False
    if _SENTENCE.fullmatch(text.strip()) and not has_legal_form(text):
        return False
    return 2 < len(text) <= MOST_LETTERS and any(c.isalpha() for c in text) and "@" not in text and not is_label(text)


def named_companies(scene: Scene, skip: set[int]) -> Iterator[Place]:
    """Every name with a legal form outside the item table, cut out of the line it stands in."""
    for segment in scene.segments:
        if segment.row in skip or not has_legal_form(segment.text):
            continue
        for place in parts_of(segment):
            found = list(_legal_form().finditer(place.text))
            if not found:
                continue
            cut = _cut(place, found[-1].end())
            if is_name_like(cut.text) and _has_own_name(cut.text):
                yield cut


def _has_own_name(text: str) -> bool:
    """More than the form itself: a word that begins with a capital letter, and no label before it."""
    own = _legal_form().sub("", text)
    return ":" not in own and any(
        word[:1].isupper() and sum(c.isalpha() for c in word) > 2 for word in re.split(r"[\s,.&-]+", own)
    )


def _cut(place: Place, end: int) -> Place:
    """Without the words before a colon, and without what follows the legal form and no longer belongs to it."""
    text = place.text
    tail = re.match(r"\s*(?:&\s*Co\.?\s*(?:KGaA|KG|OHG)?\.?|\([^)]{2,30}\)|i\.\s?L\.)?", text[end:])
    stop = end + (tail.end() if tail and tail[0].strip() else 0)
    if stop < len(text) and text[stop] == ".":
        stop += 1
    before = _BEFORE_NAME.match(text[:end])
    start = before.end() if before and before.end() < end - 3 else 0
    return Place(place.segment, place.start + start, place.start + stop)


def is_continued(text: str) -> bool:
    """A name that goes on in the next line: ``Entsorgungs- und``."""
    return bool(_JOINING.search(text.rstrip()))
