"""A value as it was seen: what it is, where it stands, and what speaks for it. The ledger is made of these."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from extractors.text_layer.amounts import Amount
from extractors.text_layer.scene import Place
from schemas.evidence import Box, Evidence, Proof


@dataclass
class Sighting:
    """``glyph_text`` is the exact run of characters at ``box``, which the second reader must see as well."""

    value: Any
    page: int
    box: Box
    text: str
    proofs: list[Proof] = field(default_factory=list)

    def prove(self, *proofs: Proof) -> "Sighting":
        for proof in proofs:
            if proof not in self.proofs:
                self.proofs.append(proof)
        return self

    def evidence(self) -> Evidence:
        box = tuple(round(edge, 2) for edge in self.box)
        return Evidence(page=self.page, box=box, text=self.text, proofs=self.proofs)


def seen(value: Any, place: Place, *proofs: Proof) -> Sighting:
    return Sighting(value, place.page, place.box, place.text, list(proofs))


def seen_amount(amount: Amount, *proofs: Proof, value: Any = None) -> Sighting:
    return Sighting(amount.value if value is None else value, amount.page, amount.box, amount.text, list(proofs))


def seen_places(value: Any, places: Iterable[Place], *proofs: Proof) -> list[Sighting]:
    """One sighting per place; all carry the whole value."""
    return [Sighting(value, p.page, p.box, p.text, list(proofs)) for p in places]
