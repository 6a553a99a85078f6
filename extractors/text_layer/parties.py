"""Which address is the seller's and which the buyer's, and whose identifiers are whose.

What speaks for the seller: the address stands in the letterhead, the sender line, the footer, more than once, beside the bank
account. What speaks for the buyer: it is one of our companies, it stands in the address window, a word such as "bill to" heads it.
Master data decide between printed candidates; they never add or change a printed value.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from extractors.text_layer.addresses import Address
from extractors.text_layer.fields import Candidate
from extractors.text_layer.headings import heading_of, headings_above, names_both
from extractors.text_layer.identifiers import Identifier, find_emails, find_tax_numbers
from extractors.text_layer.lexicon import find_phrases, fold
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.sightings import Sighting, seen
from extractors.text_layer.words import Segment
from schemas import Party
from schemas.evidence import Proof
from schemas.identifiers import compact
from schemas.master import Company, Vendor
from schemas.taxation import country_of_vat_id

_LEGAL_FORM = re.compile(
    r"\b(?:gmbh|g\.m\.b\.h|mbh|ag|kg|ohg|ug|e\.?\s?k\.?|gbr|kgaa|se|e\.?v\.?|eg|a\.\s?g\.?|vvag|ges\.m\.b\.h|ltd|limited|plc|llc|llp|inc|corp|sas|sasu|sarl|s\.a\.r\.l|"
    r"sa|s\.a\.|eurl|earl|sci|snc|srl|s\.r\.l|spa|s\.p\.a|s\.l\.?|slu|b\.?v\.?|n\.?v\.?|vof|bvba|a/s|aps|ab|oy|as|sp\.?\s?z\s?o\.?\s?o\.?|s\.r\.o\.?|"
    r"spol|a\.s\.|kft|zrt|d\.o\.o|company|société)(?=$|[\s.,;·•|)/-])",
    re.IGNORECASE,
)
_SALUTATION = re.compile(
    r"^(?:herrn?|frau|firma|fa\.?|mr\.?|mrs\.?|ms\.?|m\.|mme|monsieur|madame|an|to|familie|z\.?\s?hd\.?.*|attn.*|c/o.*)$",
    re.IGNORECASE,
)
MARGIN = 2.0  # less speaks too little for one address being the supplier's and the other ours
CERTAIN = 2.5  # how much more must speak for one VAT id than for the other: a label or the country of the address
MATCH = 88  # token similarity from which a printed name is that of a master record


@dataclass
class ReadParty:
    party: Party = field(default_factory=Party)
    seen: dict[str, Sighting] = field(default_factory=dict)
    doubt: str | None = None
    """Why the VAT id may be that of the other party."""

    def put(self, name: str, sighting: Sighting) -> None:
        setattr(self.party, name, sighting.value)
        self.seen[name] = sighting


@dataclass
class _Group:
    """The same address wherever it is printed."""

    addresses: list[Address]
    seller: float = 0.0
    buyer: float = 0.0
    deliveries: set[int] = field(default_factory=set)  # ids of the addresses that stand under a word for deliveries

    @property
    def best(self) -> Address:
        """The fullest print of it: with names and a street, blocks before one-liners."""
        return max(
            self.addresses,
            key=lambda a: (bool(a.names), a.street is not None, not a.one_line, id(a) not in self.deliveries, -a.page),
        )


def read_parties(
    scene: Scene,
    addresses: Sequence[Address],
    candidates: Sequence[Candidate],
    vat_ids: Sequence[Identifier],
    companies: Sequence[Company],
    vendors: Sequence[Vendor],
) -> tuple[ReadParty, ReadParty, str | None]:
    """Seller and buyer with everything printed about them, and a doubt where it is not certain which is which."""
    groups = _group(addresses)
    for group in groups:
        _weigh(scene, group, companies, vendors)
    seller_group = max((g for g in groups if g.seller > 0), key=lambda g: g.seller - g.buyer, default=None)
    rest = [g for g in groups if g is not seller_group]
    buyer_group = max((g for g in rest if g.buyer > 0), key=lambda g: g.buyer - g.seller, default=None)
    seller, buyer = ReadParty(), ReadParty()
    if seller_group:
        _put_address(scene, seller, seller_group, [*vendors])
    if buyer_group:
        _put_address(scene, buyer, buyer_group, [*companies])
    _put_missing_name(scene, seller, vendors, seller_group)
    _put_vat_ids(scene, seller, buyer, vat_ids, candidates, (companies, vendors), buyer_group)
    _put_tax_number(scene, seller)
    _put_email(scene, seller, companies)
    for party in (seller, buyer):
        if party.party.country is None and (country := country_of_vat_id(party.party.vat_id)) and "vat_id" in party.seen:
            source = party.seen["vat_id"]
            party.put("country", Sighting(country, source.page, source.box, source.text, ["format"]))
    contact = next((c for c in candidates if c.term == "contact" and c.rank >= 3), None)
    if contact:
        seller.put("contact", seen(contact.value, contact.place, "label"))
    return seller, buyer, _doubt(seller_group, buyer_group)


def _doubt(seller: _Group | None, buyer: _Group | None) -> str | None:
    """Two addresses that could change places: too little speaks for the one being the supplier's."""
    if seller is None or buyer is None:
        return None
    margin = (seller.seller - seller.buyer) - (buyer.seller - buyer.buyer)
    return "it is not certain which of the two addresses is the supplier's" if margin < MARGIN else None


def _group(addresses: Sequence[Address]) -> list[_Group]:
    groups: list[_Group] = []
    for address in addresses:
        address.names = [
            n for n in address.names if not _holds_address(n.text, addresses) and not _SALUTATION.match(n.text.strip())
        ]
        same = next((g for g in groups if g.addresses[0].key == address.key), None)
        if same:
            same.addresses.append(address)
        else:
            groups.append(_Group([address]))
    return groups


def _holds_address(text: str, addresses: Sequence[Address]) -> bool:
    """A line of names that is itself a one-line address (the sender line above the window)."""
    squeezed = fold(text)
    return any(a.one_line and fold(a.postcode) in squeezed and len(a.postcode) >= 4 for a in addresses)


def _weigh(scene: Scene, group: _Group, companies: Sequence[Company], vendors: Sequence[Vendor]) -> None:
    heights = {page.number: page.height for page in scene.pages}
    for address in group.addresses:
        y = address.city.box[1] / max(heights.get(address.page, 842.0), 1.0)
        heading = heading_of(scene, address)
        if address.one_line:
            group.seller += 2.0
        if y > 0.86:
            group.seller += 2.5
        elif y < 0.14:
            group.seller += 1.0
        elif 0.12 < y < 0.42 and not address.one_line and len(address.lines) >= 3:
            group.buyer += 1.5 if address.page == scene.pages[0].number else 0.3
        if "customer" in heading:
            group.buyer += 4.0
        if "seller" in heading:
            group.seller += 4.0
        if "deliver_to" in heading:
            group.deliveries.add(id(address))
            group.buyer -= 1.0
            group.seller -= 3.0
    group.seller += 0.8 * (len({a.city.box[1] // 20 for a in group.addresses}) - 1)
    best = group.best
    if any(_is_record(best, company.name, company.postcode) for company in companies):
        group.buyer += 8.0
        group.seller -= 8.0
    if any(_is_record(best, vendor.name, vendor.postcode) for vendor in vendors):
        group.seller += 6.0
    if group.seller == 0 and group.buyer == 0:
        group.seller = 0.1


def _is_record(address: Address, name: str, postcode: str | None) -> bool:
    same_place = postcode is not None and fold(postcode) == fold(address.postcode)
    return same_place and any(fuzz.token_set_ratio(fold_words(n.text), fold_words(name)) >= MATCH for n in address.names)


def fold_words(text: str) -> str:
    return " ".join(fold(word) for word in text.split())


def _put_address(scene: Scene, target: ReadParty, group: _Group, records: Sequence[Company | Vendor]) -> None:
    best = group.best
    names = [place for address in [best, *group.addresses] for place in address.names]
    chosen = _choose_name(names, records)
    if chosen is not None:
        target.put("name", seen(clean_name(chosen.text), chosen, "position"))
        if any(fuzz.token_set_ratio(fold_words(chosen.text), fold_words(r.name)) >= MATCH for r in records):
            target.seen["name"].prove("master-data")
        if sum(1 for n in names if fold(n.text) == fold(chosen.text)) > 1:
            target.seen["name"].prove("format")
    with_street = next((a for a in [best, *group.addresses] if a.street is not None), best)
    if with_street.street is not None and with_street.street_text:
        target.put("street", seen(_clean_street(with_street.street_text), with_street.street, "position"))
    target.put("postcode", seen(best.postcode, best.city, "format"))
    if best.city_name:
        target.put("city", seen(best.city_name, best.city, "position"))
    country = next((a.country for a in group.addresses if a.country), None)
    if country:
        target.put("country", seen(country, best.city, "format"))


def _clean_street(text: str) -> str:
    return re.sub(r"^[^:]{3,24}:\s*", "", text).strip(" ,;")


def clean_name(text: str) -> str:
    return text.strip(" ,;·•|–—-")


def _choose_name(names: Sequence[Place], records: Sequence[Company | Vendor]) -> Place | None:
    """The name a master record has, else one with a legal form, else the first line that is no label."""
    usable = [n for n in names if not _is_label(n.text) and len(n.text) < 90 and any(c.isalpha() for c in n.text)]
    for name in usable:
        if any(fuzz.token_set_ratio(fold_words(name.text), fold_words(r.name)) >= MATCH for r in records):
            return name
    return next((n for n in usable if _LEGAL_FORM.search(n.text)), usable[0] if usable else None)


def _is_label(text: str) -> bool:
    found = find_phrases(text, frozenset({"field", "title"}))
    return bool(found) and found[0].start == 0 and (found[0].end >= len(text.rstrip(" :.")) or ":" in text)


def _put_missing_name(scene: Scene, seller: ReadParty, vendors: Sequence[Vendor], group: _Group | None) -> None:
    """The seller's name may stand apart from the address: in the letterhead or footer, with a legal form."""
    if seller.party.name and (_LEGAL_FORM.search(seller.party.name) or "master-data" in seller.seen["name"].proofs):
        return
    first = scene.pages[0]
    for segment in first.segments:
        edge = segment.y0 < 0.16 * first.height or segment.y0 > 0.86 * first.height
        known = any(fuzz.ratio(fold_words(segment.text), fold_words(v.name)) >= 94 for v in vendors)
        if known or (edge and _LEGAL_FORM.search(segment.text) and len(segment.text) < 60 and not _is_label(segment.text)):
            place = Place(segment, 0, len(segment.text))
            if group is not None or known:
                found = seen(clean_name(segment.text), place, "position")
                seller.put("name", found.prove("master-data") if known else found)
            return


def _put_vat_ids(
    scene: Scene,
    seller: ReadParty,
    buyer: ReadParty,
    vat_ids: Sequence[Identifier],
    candidates: Sequence[Candidate],
    records: tuple[Sequence[Company], Sequence[Vendor]],
    buyer_group: _Group | None,
) -> None:
    """Share the ids between the two parties by what speaks for either; an id for which nothing speaks stays with the seller."""
    leaning: dict[str, float] = {}
    for vat_id in vat_ids:
        leaning[vat_id.value] = leaning.get(vat_id.value, 0.0) + _leaning(scene, vat_id, candidates, records, buyer_group)
    for value in leaning if len(leaning) > 1 else ():
        country = country_of_vat_id(value)
        leaning[value] += 1.5 * (seller.party.country == country) - 1.5 * (buyer.party.country == country)
    ranked = sorted(leaning, key=lambda value: -leaning[value])
    if not ranked:
        return
    of_seller = ranked[0] if leaning[ranked[0]] >= 0 else None
    rest = [value for value in ranked if value != of_seller]
    of_buyer = rest[-1] if rest and (leaning[rest[-1]] < 0 or of_seller is not None) else None
    if of_seller and of_buyer and leaning[of_seller] - leaning[of_buyer] < CERTAIN:
        seller.doubt = f"{of_seller} and {of_buyer} are printed, and nothing says which is the seller's"
    for target, chosen in ((seller, of_seller), (buyer, of_buyer)):
        first = next((vat_id for vat_id in vat_ids if vat_id.value == chosen), None)
        if first is not None:
            target.put("vat_id", seen(first.value, first.place, *_vat_proofs(first, candidates, records)))


def _leaning(
    scene: Scene,
    vat_id: Identifier,
    candidates: Sequence[Candidate],
    records: tuple[Sequence[Company], Sequence[Vendor]],
    buyer_group: _Group | None,
) -> float:
    """Above zero: the seller's; below: the buyer's."""
    companies, vendors = records
    words = _vat_words(vat_id, candidates)
    lean = -5.0 if "buyer_vat_id" in words else 1.0 if words else 0.0
    if any(vat_id.value == compact(record.vat_id) for record in companies):
        lean -= 8.0
    if any(vat_id.value == compact(record.vat_id) for record in vendors):
        lean += 8.0
    buyer_lines = {id(line) for address in (buyer_group.addresses if buyer_group else []) for line in address.lines}
    if id(vat_id.place.segment) in buyer_lines:
        lean -= 4.0
    above = headings_above(scene, vat_id.place.segment)
    if above and names_both(scene):
        lean += -4.0 if "customer" in above else 3.0 if "seller" in above else 0.0
    height = next((page.height for page in scene.pages if page.number == vat_id.place.page), 842.0)
    y = vat_id.place.box[1] / max(height, 1.0)
    return lean + (1.0 if y < 0.14 or y > 0.84 else 0.0)


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


def _put_tax_number(scene: Scene, seller: ReadParty) -> None:
    for segment, found in scene.phrases(frozenset({"field"})):
        if "field.tax_number" not in found.terms:
            continue
        for target, start in [
            (segment, found.end),
            *((s, 0) for s in scene.right_of(segment)[:1]),
            *((s, 0) for s in scene.below(segment, 1, 1.6)),
        ]:
            place = next(iter(find_tax_numbers(target, start)), None)
            if place is None or place.start - start >= 12:
                place = _labelled_number(target, start)
            if place is not None:
                seller.put("tax_number", seen(place.text.strip(), place, "label", "format"))
                return


def _labelled_number(segment: Segment, start: int) -> Place | None:
    """Any number of at least seven digits right behind the label: tax offices write them in many ways."""
    match = re.match(r"[\s:.]*(\d[\d\s/.-]{5,24}\d)(?![\w])", segment.text[start:])
    if match is None or sum(c.isdigit() for c in match[1]) < 7:
        return None
    return Place(segment, start + match.start(1), start + match.end(1))


def _put_email(scene: Scene, seller: ReadParty, companies: Sequence[Company]) -> None:
    ours = {(c.email or "").casefold().rpartition("@")[2] for c in companies} - {""}
    for segment in scene.segments:
        for place in find_emails(segment):
            if place.text.casefold().rpartition("@")[2] not in ours:
                seller.put("email", seen(place.text, place, "format"))
                return
