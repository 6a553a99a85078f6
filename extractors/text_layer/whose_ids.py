"""Whose VAT id is whose: by the words before it, the block it stands in, its country, and master data."""

from collections.abc import Sequence

from extractors.text_layer.addresses import Address
from extractors.text_layer.fields import Candidate
from extractors.text_layer.headings import headings_above, names_both
from extractors.text_layer.identifiers import Identifier
from extractors.text_layer.lexicon import find_phrases
from extractors.text_layer.read_party import ReadParty
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.sightings import seen
from schemas.evidence import Proof
from schemas.identifiers import compact
from schemas.master import Company, Vendor
from schemas.taxation import country_of_vat_id

CERTAIN = 2.5  # how much more must speak for one VAT id than for the other: a label or the country of the address


def put_vat_ids(
    scene: Scene,
    seller: ReadParty,
    buyer: ReadParty,
    vat_ids: Sequence[Identifier],
    candidates: Sequence[Candidate],
    records: tuple[Sequence[Company], Sequence[Vendor]],
    addresses: tuple[Sequence[Address], Sequence[Address]],
    self_billed: bool,
) -> None:
    """Share the ids between the two parties by what speaks for either; an id for which nothing speaks stays with the seller.

    ``self_billed``: the customer writes, so "your VAT id" is the supplier's and the letterhead shows the customer's.
    """
    leaning: dict[str, float] = {}
    for vat_id in vat_ids:
        leaning[vat_id.value] = leaning.get(vat_id.value, 0.0) + _leaning(
            scene, vat_id, candidates, records, addresses, self_billed
        )
    countries = {value: country_of_vat_id(value) for value in leaning}
    for value, country in countries.items() if len(set(countries.values())) > 1 else ():
        leaning[value] += 1.5 * (seller.party.country == country) - 1.5 * (buyer.party.country == country)
    ranked = sorted(leaning, key=lambda value: -leaning[value])
    if not ranked:
        return
    of_seller = ranked[0] if leaning[ranked[0]] >= 0 else None
    rest = [value for value in ranked if value != of_seller]
    of_buyer = rest[-1] if rest and (leaning[rest[-1]] < 0 or of_seller is not None) else None
    if of_seller and of_buyer and leaning[of_seller] - leaning[of_buyer] < CERTAIN:
        seller.doubts.append(("vat_id", f"{of_seller} and {of_buyer} are printed, and nothing says which is the seller's"))
    for target, chosen in ((seller, of_seller), (buyer, of_buyer)):
        first = next((vat_id for vat_id in vat_ids if vat_id.value == chosen), None)
        if first is not None:
            target.put("vat_id", seen(first.value, first.place, *_vat_proofs(first, candidates, records)))


def _leaning(
    scene: Scene,
    vat_id: Identifier,
    candidates: Sequence[Candidate],
    records: tuple[Sequence[Company], Sequence[Vendor]],
    addresses: tuple[Sequence[Address], Sequence[Address]],
    self_billed: bool,
) -> float:
    """Above zero: the seller's; below: the buyer's."""
    companies, vendors = records
    words = _vat_words(vat_id, candidates)
    height = next((page.height for page in scene.pages if page.number == vat_id.place.page), 842.0)
    y = vat_id.place.box[1] / max(height, 1.0)
    lean = -5.0 if "buyer_vat_id" in words else 1.0 if words else 0.0
    lean += 1.0 if y < 0.14 or y > 0.84 else 0.0
    lean *= -1 if self_billed else 1
    if any(vat_id.value == compact(record.vat_id) for record in companies):
        lean -= 8.0
    if any(vat_id.value == compact(record.vat_id) for record in vendors):
        lean += 8.0
    of_supplier, of_customer = (_block_lines(part) for part in addresses)
    if id(vat_id.place.segment) in of_customer:
        lean -= 4.0
    if id(vat_id.place.segment) in of_supplier:
        lean += 4.0
    above = headings_above(scene, vat_id.place.segment)
    if above and names_both(scene):
        lean += -4.0 if "customer" in above else 3.0 if "seller" in above else 0.0
    return lean


def _block_lines(addresses: Sequence[Address]) -> set[int]:
    return {id(line) for address in addresses for line in (*address.lines, *address.below)}


def _vat_words(vat_id: Identifier, candidates: Sequence[Candidate]) -> set[str]:
    """What labels call this id: words before it in its segment, beside it or above it."""
    place = vat_id.place
    before = find_phrases(place.segment.text[: place.start], frozenset({"field"}))
    words = {t.partition(".")[2] for f in before[-1:] for t in f.terms}
    for c in candidates:
        if c.term == "vat_id" and c.place.segment is place.segment and c.place.start < place.end and place.start < c.place.end:
            words |= {"buyer_vat_id"} if _names_customer(c.label, place) else set()
    words |= {
        c.term for c in candidates if c.place.segment is place.segment and c.place.start < place.end and place.start < c.place.end
    }
    return words & {"vat_id", "buyer_vat_id"}


def _names_customer(label: Place, value: Place) -> bool:
    """``VAT ID customer``: a word for the buyer between label and value, or right before the label."""
    until = value.start if value.segment is label.segment else len(label.segment.text)
    return any(
        "field.customer" in found.terms and (label.start <= found.start < until or 0 <= label.start - found.end <= 2)
        for found in find_phrases(label.segment.text, frozenset({"field"}))
    )


def _vat_proofs(
    vat_id: Identifier, candidates: Sequence[Candidate], records: tuple[Sequence[Company], Sequence[Vendor]]
) -> list[Proof]:
    proofs: list[Proof] = ["format"]
    if _vat_words(vat_id, candidates):
        proofs.append("label")
    if vat_id.checked:
        proofs.append("check-digit")
    if any(vat_id.value == compact(record.vat_id) for part in records for record in part):
        proofs.append("master-data")
    return proofs
