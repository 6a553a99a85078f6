"""The currency of a document: beside most amounts, or named in the text; a sign that several countries use is settled by the country."""

import re
import tomllib
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from extractors.text_layer.amounts import Amount, currency_code
from extractors.text_layer.fields import FIELD
from extractors.text_layer.lexicon import expand, fold
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.sightings import Sighting, seen, seen_amount

if TYPE_CHECKING:
    from extractors.text_layer.reading import Reading

SAID = 50  # what "currency: EUR" counts in amounts
_BREAKS = str.maketrans("()/[]", "     ")
_KRONER = re.compile(r"(?<![^\W\d_])kr\b\.?\s?-?\d|\d(?:,-)?\s?kr\b", re.IGNORECASE)
_KRONER_ALONE = re.compile(r"(?<!\S)\(?kr\b\.?\)?\s*$", re.IGNORECASE)  # over a column, or before an amount set apart
_KRONER_OF = {"DK": "DKK", "SE": "SEK", "NO": "NOK", "IS": "ISK"}
_WORD = re.compile(r"[^\W_]+")


def put_currency(reading: "Reading") -> None:
    """Currency of the invoice with its evidence; two currencies side by side, or a sign of unknown country, are a doubt."""
    scene = reading.scene
    votes: Counter[str] = Counter()
    first: dict[str, Sighting] = {}
    for vote, code, sighting in (*_beside_amounts(scene), *_said(scene)):
        votes[code] += vote
        first.setdefault(code, sighting)
    if not votes:
        for code, sighting in _named(scene):
            votes[code] += 1
            first.setdefault(code, sighting)
    if not votes:
        _put_kroner(reading)
        return
    ranked = votes.most_common(2)
    if len(ranked) > 1 and ranked[1][1] * 3 > ranked[0][1]:
        reading.doubt("currency", f"amounts in {ranked[0][0]} and in {ranked[1][0]}")
    _put(reading, ranked[0][0], first[ranked[0][0]])
    if ranked[0][0] == "USD" and ranked[0][1] < SAID and not _says_us(scene):
        _settle_dollars(reading, first["USD"])


def _put(reading: "Reading", code: str, sighting: Sighting) -> None:
    reading.invoice.currency = code
    reading.put("currency", sighting)


def _beside_amounts(scene: Scene) -> list[tuple[int, str, Sighting]]:
    amounts: list[Amount] = [a for found in scene.amounts.values() for a in found if a.currency and not a.percent]
    return [(1, a.currency, seen_amount(a, "position", value=a.currency)) for a in amounts if a.currency]


def _said(scene: Scene) -> list[tuple[int, str, Sighting]]:
    """``Currency: EUR``: the document says so."""
    found = []
    for segment, phrase in scene.phrases(FIELD):
        if "field.currency" in phrase.terms:
            for other, start in [(segment, phrase.end), *((s, 0) for s in scene.right_of(segment)[:1])]:
                word = other.text[start:].strip(" :.()").split(" ")[0]
                code = currency_code(word) if len(word) == 3 and word.isupper() else None
                if code:
                    found.append((SAID, code, seen(code, Place(other, start, len(other.text)), "label")))
    return found


def _named(scene: Scene) -> list[tuple[str, Sighting]]:
    """Codes and signs anywhere in the text."""
    found = []
    for segment in scene.segments:
        for word in segment.text.translate(_BREAKS).split():
            bare = word.strip(".,:;")
            code = currency_code(bare) if (len(bare) == 3 and bare.isupper()) or word in "€$£" else None
            if code:
                found.append((code, seen(code, Place(segment, 0, len(segment.text)), "label")))
    return found


def _says_us(scene: Scene) -> bool:
    return bool(re.search(r"\bUSD\b|US ?\$", scene.text))


def _settle_dollars(reading: "Reading", sighting: Sighting) -> None:
    codes = _codes_of("$", reading.scene.text)
    if len(codes) != 1:
        reading.doubt("currency", "nothing on the page says which dollars these are")
        return
    if codes[0] != "USD":
        sighting.value = codes[0]
        reading.invoice.currency = codes[0]


def _put_kroner(reading: "Reading") -> None:
    """``1.250,00 kr``: crowns of the country the page shows."""
    for segment in reading.scene.segments:
        match = _KRONER.search(segment.text) or _KRONER_ALONE.search(segment.text)
        codes = _codes_of("kr", reading.scene.text) if match else []
        if match and len(codes) > 1:
            codes = [code for code in codes if code == _at_home(reading)]
        if match and len(codes) == 1:
            _put(reading, codes[0], seen(codes[0], Place(segment, match.start(), match.end()), "position"))
            return


def _at_home(reading: "Reading") -> str | None:
    """Crowns of the country that the supplier's VAT id and account agree on, and the buyer is of none with crowns."""
    invoice = reading.invoice
    home = (invoice.payment.iban or "")[:2]
    ids = {(party.vat_id or "")[:2] for party in (invoice.seller, invoice.buyer)} - {home, ""}
    return _KRONER_OF.get(home) if not ids & set(_KRONER_OF) and invoice.buyer.country in (None, home) else None


def _codes_of(sign: str, text: str) -> list[str]:
    """Currencies of the sign whose country the text shows; a code of one of them in the text says it outright."""
    folded = f" {' '.join(fold(word) for word in _WORD.findall(text))} "
    named = [code for code in _signs()[sign] if f" {code.lower()} " in folded]
    if named:
        return named
    found = []
    for code, (words, patterns) in _signs()[sign].items():
        if any(f" {word} " in folded for word in words) or any(re.search(pattern, text) for pattern in patterns):
            found.append(code)
    return found


@cache
def _signs() -> dict[str, dict[str, tuple[list[str], list[str]]]]:
    table = tomllib.loads((files("extractors.text_layer") / "data" / "currency_signs.toml").read_text("utf-8"))
    return {
        sign: {
            code: ([" ".join(s.split()) for word in row["words"] for s in expand(word)], list(row["patterns"]))
            for code, row in codes.items()
        }
        for sign, codes in table.items()
    }
