"""Which supplier a page is from: by the ids it shows, else by how it looks. Ambiguous means: from nobody we know."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from extractors.text_layer.columns import find_heads
from extractors.text_layer.identifiers import find_ibans, find_tax_numbers, find_vat_ids
from extractors.text_layer.lexicon import fold
from extractors.text_layer.reading import Reading
from extractors.text_layer.scene import Scene
from schemas.identifiers import compact
from schemas.profile import Look, SupplierProfile

MAX_FIXED = 80
MIN_FIXED = 8  # fewer texts in common do not make a layout
ALIKE = 0.75  # share of the fixed texts from which a page without known ids has the layout of a supplier
NOT_UNLIKE = 0.4  # with a known id on the page, which may also be that of the buyer
MARGIN = 0.15  # by which one profile must be more alike than the next


@dataclass(frozen=True)
class SceneFacts:
    """What of a page says who it is from. Ids in compact form, whoever's they are."""

    vat_ids: frozenset[str]
    ibans: frozenset[str]
    tax_numbers: frozenset[str]
    look: Look

    @property
    def keys(self) -> frozenset[str]:
        return self.vat_ids | self.ibans | self.tax_numbers


@dataclass(frozen=True)
class Found:
    """``by_id``: one of the supplier's ids is printed; else the layout alone speaks for him."""

    profile: SupplierProfile
    by_id: bool


def facts_of(scene: Scene) -> SceneFacts:
    numbers = {compact(place.text) for segment in scene.segments for place in find_tax_numbers(segment)}
    return SceneFacts(
        frozenset(found.value for found in find_vat_ids(scene)),
        frozenset(found.value for found in find_ibans(scene)),
        frozenset(numbers),
        look_of(scene),
    )


def look_of(scene: Scene) -> Look:
    """Size of the first page, head of the item table, and the texts without digits of the first page."""
    first = scene.pages[0]
    fixed: list[str] = []
    for segment in first.segments:
        text = fold(segment.text)
        if 3 <= len(text) <= 60 and not any(c.isdigit() for c in text) and text not in fixed:
            fixed.append(text)
    heads = find_heads(scene)
    head = fold(" ".join(scene.rows[index].text for index in heads[0].rows)) if heads else ""
    return Look(width=round(first.width), height=round(first.height), head=head, fixed=fixed[:MAX_FIXED])


def likeness(known: Sequence[Look], look: Look) -> float:
    """0 to 1: share of fixed texts the page has in common with the most similar look; 0 for pages of another size."""
    return max((_likeness(one, look) for one in known), default=0.0)


def _likeness(one: Look, other: Look) -> float:
    if abs(one.width - other.width) > 2 or abs(one.height - other.height) > 2:
        return 0.0
    common = len(set(one.fixed) & set(other.fixed))
    return common / min(len(one.fixed), len(other.fixed)) if common >= MIN_FIXED else 0.0


def find_profile(profiles: Sequence[SupplierProfile], facts: SceneFacts, plain: Reading | None = None) -> Found | None:
    """The one profile that fits: by VAT id, IBAN or tax number on the page, else by layout.

    An id alone is not enough, for the buyer's stands there too and he may be a supplier himself: the page must not look unlike
    his earlier ones, or the reading without profile (``plain``) must call him the seller.
    """
    ranked: list[tuple[float, SupplierProfile]] = []
    for profile in profiles:
        shown = len(keys_of(profile) & facts.keys)
        alike = likeness(profile.looks, facts.look)
        if shown and (alike >= NOT_UNLIKE or (plain is not None and _is_seller(profile, plain))):
            ranked.append((shown + alike, profile))
    if ranked:
        found = _clear(ranked)
        return Found(found, True) if found else None
    own = [p for p in profiles if plain is None or not _is_another(p, plain)]
    alike_ones = [(value, p) for p in own if (value := likeness(p.looks, facts.look)) >= ALIKE]
    found = _clear(alike_ones)
    return Found(found, False) if found else None


def _clear(ranked: list[tuple[float, SupplierProfile]]) -> SupplierProfile | None:
    ranked.sort(key=lambda item: -item[0])
    if not ranked or (len(ranked) > 1 and ranked[0][0] - ranked[1][0] < MARGIN):
        return None
    return ranked[0][1]


def named_in(truth: dict[str, Any], profiles: Sequence[SupplierProfile]) -> SupplierProfile | None:
    """The one profile of the seller a person named by his ids."""
    seller, payment = truth.get("seller") or {}, truth.get("payment") or {}
    told = {compact(value) for value in (seller.get("vat_id"), seller.get("tax_number"), payment.get("iban")) if value}
    named = [profile for profile in profiles if told & keys_of(profile)]
    return named[0] if len(named) == 1 else None


def keys_of(profile: SupplierProfile) -> frozenset[str]:
    return frozenset(compact(key) for key in (*profile.vat_ids, *profile.ibans, *profile.tax_numbers) if key)


def _is_another(profile: SupplierProfile, plain: Reading) -> bool:
    """The page names its seller by ids, and those of the profile are others: two suppliers who use the same program."""
    seller = plain.invoice.seller
    stated = (
        (seller.vat_id, profile.vat_ids),
        (seller.tax_number, profile.tax_numbers),
        (plain.invoice.payment.iban, profile.ibans),
    )
    return any(value and known and compact(value) not in map(compact, known) for value, known in stated)


def _is_seller(profile: SupplierProfile, plain: Reading) -> bool:
    seller = plain.invoice.seller
    own = {compact(value) for value in (seller.vat_id, seller.tax_number, plain.invoice.payment.iban) if value}
    return bool(own & keys_of(profile))
