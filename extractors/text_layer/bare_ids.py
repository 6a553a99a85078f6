"""Labelled VAT numbers without the country before them: NIP, P. IVA, CIF, CVR. Their check digits must be right."""

import re
from collections.abc import Callable, Iterator

from stdnum.be import vat as be_vat
from stdnum.dk import cvr
from stdnum.es import nif
from stdnum.fi import ytunnus
from stdnum.gb import vat as gb_vat
from stdnum.hu import anum
from stdnum.it import iva
from stdnum.no import orgnr
from stdnum.pl import nip
from stdnum.pt import nif as pt_nif
from stdnum.ro import cf
from stdnum.se import orgnr as se_orgnr

from extractors.text_layer.identifiers import Identifier, find_vat_ids
from extractors.text_layer.lexicon import Found, find_phrases
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.words import Segment

# Structure and check digits by country; source: VIES FAQ of the European Commission and the national registers, through python-stdnum.
_RULES: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (re.compile(r"[A-Z]\d{7}[A-Z0-9]|[0-9XYZ]\d{7}[A-Z]"), lambda value: bool(nif.is_valid(value))),
    (re.compile(r"\d{12}"), lambda value: value.endswith("01") and bool(se_orgnr.is_valid(value[:10]))),
    (re.compile(r"\d{11}"), lambda value: bool(iva.is_valid(value))),
    (re.compile(r"\d{10}"), lambda value: bool(nip.is_valid(value)) or bool(be_vat.is_valid(value))),
    (re.compile(r"\d{9}"), lambda value: any(rule.is_valid(value) for rule in (gb_vat, orgnr, pt_nif))),
    (re.compile(r"\d{8}"), lambda value: any(rule.is_valid(value) for rule in (cvr, ytunnus, anum))),
    (re.compile(r"\d{6,10}"), lambda value: bool(cf.is_valid(value))),
)
_NUMBER = re.compile(r"[\s:.]*([A-Z0-9](?:[\s.\-]?[A-Z0-9]){6,14})(?![A-Za-z0-9])")
_MONEY = re.compile(r"\d{1,3}(?:[\s.]?\d{3})*\.\d{2}(?!\d)|\d+\.\d{2}(?!\d)")
_TERMS = frozenset({"field.vat_id", "field.buyer_vat_id"})
_BEHIND = 14  # characters between a label and its number


def find_all_vat_ids(scene: Scene) -> list[Identifier]:
    """With and without their country, in reading order."""
    found = find_vat_ids(scene)
    taken = {(id(one.place.segment), position) for one in found for position in range(one.place.start, one.place.end)}
    bare = [one for one in _bare(scene) if (id(one.place.segment), one.place.start) not in taken]
    return sorted([*found, *bare], key=lambda one: (one.place.segment.order, one.place.start))


def _bare(scene: Scene) -> Iterator[Identifier]:
    for segment in scene.segments:
        phrases = [f for f in find_phrases(segment.text, frozenset({"field"})) if _TERMS & set(f.terms)]
        for found in phrases:
            inline = _number_behind(segment, found)
            if inline is not None:
                yield inline
            elif found is phrases[-1] and len(segment.text) - found.end < 4:
                yield from _beside(scene, segment)


def _number_behind(segment: Segment, found: Found) -> Identifier | None:
    match = _NUMBER.match(segment.text, found.end)
    return _judged(segment, match) if match and match.start(1) - found.end < _BEHIND else None


def _beside(scene: Scene, segment: Segment) -> Iterator[Identifier]:
    for other in [*scene.right_of(segment)[:1], *list(scene.below(segment, 1, 1.6))[:1]]:
        match = _NUMBER.match(other.text)
        if match and (one := _judged(other, match)):
            yield one
            return


def _judged(segment: Segment, match: re.Match[str]) -> Identifier | None:
    """All its groups together, without words behind it. A number that is right only in part is no number."""
    if _MONEY.match(match[1]):
        return None
    groups = list(re.finditer(r"[A-Z0-9]+", match[1]))
    for count in range(len(groups), 0, -1):
        if any(not group[0].isalpha() for group in groups[count:]):
            return None
        value = "".join(group[0] for group in groups[:count])
        if any(form.fullmatch(value) and is_valid(value) for form, is_valid in _RULES):
            return Identifier(value, Place(segment, match.start(1), match.start(1) + groups[count - 1].end()), True)
    return None
