"""Which address is the supplier's and which the customer's, and everything printed about either.

What speaks for the supplier: letterhead, sender line, footer, the same address more than once, bank account or phone beside it, a word
such as "supplier". What speaks for the customer: one of our companies, the address window, a word such as "bill to", a salutation.
Both are chosen together. Master data decide between printed candidates; they never add or change a printed value.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

from extractors.text_layer.addresses import Address
from extractors.text_layer.company_names import (
    clean_name,
    has_legal_form,
    is_label,
    is_name_like,
    is_record_name,
    name_key,
)
from extractors.text_layer.fields import Candidate
from extractors.text_layer.headings import HEADINGS, heading_of, heading_terms, label_beside, named_behind
from extractors.text_layer.identifiers import Identifier, find_emails, find_tax_numbers
from extractors.text_layer.lexicon import fold
from extractors.text_layer.read_party import ReadParty
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.sightings import Sighting, seen
from extractors.text_layer.supplier_name import NameCandidate, domains_of, find_supplier_name, is_like_domain, wrapped
from extractors.text_layer.whose_ids import put_vat_ids
from extractors.text_layer.words import Segment
from schemas.master import Company, Vendor
from schemas.taxation import country_of_vat_id

_SALUTATION = re.compile(
    r"^(?:an|to|herrn?|frau|firma|fa\.?|mr\.?|mrs\.?|ms\.?|m\.|mme|monsieur|madame|messrs\.?|familie|eheleute|spett\.?(?:\s?le)?|egr\.?|"
    r"z\.?\s?hd\.?.*|t\.?a\.?v\.?.*|attn.*|att\..*|c/o.*|à l'attention.*)$",
    re.IGNORECASE,
)
_TO = re.compile(r"^(?:an|to|für|for|pour|à|voor|aan|per|para|a|til|till|dla|pro|do)\s?:?$", re.IGNORECASE)
MARGIN = 2.0  # less speaks too little for one address being the supplier's and the other ours
SLIP = 0.6  # share of the page's height from which payment slips stand; "recipient" above may be the consignee
DELIVERY = 3.0  # what an address that only goods go to lacks against the customer's own
ALONE = 0.5  # what a page says with only one address must say for the party it is given to


@dataclass
class _Group:
    """The same address wherever it is printed."""

    addresses: list[Address]
    seller: float = 0.0
    buyer: float = 0.0
    named: float = 0.0
    """What words and records say: above zero the supplier, below the customer. Unlike the layout it does not turn in self-billing."""
    deliveries: set[int] = field(default_factory=set)  # ids of the addresses that stand under a word for deliveries

    @property
    def is_delivery(self) -> bool:
        return len(self.deliveries) == len(self.addresses)

    @property
    def best(self) -> Address:
        """The fullest print of it: with names and a street, blocks before one-liners."""
        return max(
            self.addresses,
            key=lambda a: (bool(a.names), a.street is not None, not a.one_line, id(a) not in self.deliveries, -a.page),
        )


def read_parties(
    scene: Scene,
    skip: set[int],
    addresses: Sequence[Address],
    candidates: Sequence[Candidate],
    vat_ids: Sequence[Identifier],
    companies: Sequence[Company],
    vendors: Sequence[Vendor],
    *,
    self_billed: bool = False,
) -> tuple[ReadParty, ReadParty]:
    """Supplier and customer with everything printed about them; what is not certain stands in their doubts.

    ``skip``: rows of the item table. ``self_billed``: the customer wrote the invoice (389), so the letterhead is his and the window
    shows the supplier.
    """
    groups = _group(scene, addresses)
    for group in groups:
        _weigh(scene, group, addresses, companies, vendors)
    if self_billed:
        for group in groups:
            group.seller, group.buyer = group.buyer, group.seller
    supplier, customer = _choose_pair(groups)
    of_supplier = supplier.addresses if supplier else []
    of_customer = customer.addresses if customer else []
    seller, buyer = ReadParty(), ReadParty()
    if supplier:
        _put_address(seller, supplier)
    if customer:
        _put_address(buyer, customer)
    if self_billed:
        _put_window_name(seller, supplier, vendors)
        _put_letterhead_name(buyer, find_supplier_name(scene, skip, of_customer, of_supplier, [], companies))
    else:
        _put_window_name(buyer, customer, companies)
        _put_letterhead_name(seller, find_supplier_name(scene, skip, of_supplier, of_customer, companies, vendors))
    put_vat_ids(scene, seller, buyer, vat_ids, candidates, (companies, vendors), (of_supplier, of_customer), self_billed)
    _put_tax_number(scene, seller)
    _put_email(scene, seller, companies)
    for party in (seller, buyer):
        if party.party.country is None and (country := country_of_vat_id(party.party.vat_id)) and "vat_id" in party.seen:
            source = party.seen["vat_id"]
            party.put("country", Sighting(country, source.page, source.box, source.text, ["format"]))
    contact = next((c for c in candidates if c.term == "contact" and c.rank >= 3 and _is_person(str(c.value))), None)
    if contact:
        seller.put("contact", seen(contact.value, contact.place, "label"))
    if reason := _doubt(supplier, customer):
        seller.doubts.append(("name", reason))
    return seller, buyer


def _is_person(text: str) -> bool:
    """A name of two to five words, of letters alone: what stands beside "contact" may be the label of the next field."""
    words = text.split()
    return 2 <= len(words) <= 5 and not any(c.isdigit() or c in ",:;" for c in text) and not is_label(text)


def _choose_pair(groups: Sequence[_Group]) -> tuple[_Group | None, _Group | None]:
    """The two different addresses, or one of them, that fit their parts best together."""
    best: tuple[float, int, _Group | None, _Group | None] | None = None
    for number, (supplier, customer) in enumerate(product([*groups, None], repeat=2)):
        if supplier is not None and supplier is customer:
            continue
        fit = (_lean(supplier) if supplier else 0.0) - (_lean(customer) if customer else 0.0)
        fit += 2.5 * (supplier is not None) + 1.0 * (customer is not None)
        if customer is not None and customer.is_delivery:
            fit -= DELIVERY
        if supplier is not None and customer is None and _lean(supplier) < ALONE:
            continue
        if best is None or fit > best[0]:
            best = (fit, number, supplier, customer)
    return (best[2], best[3]) if best else (None, None)


def _lean(group: _Group) -> float:
    return group.seller - group.buyer + group.named


def _doubt(supplier: _Group | None, customer: _Group | None) -> str | None:
    """Two addresses that could change places: too little speaks for the one being the supplier's."""
    if supplier is None or customer is None:
        return None
    sure = _lean(supplier) - _lean(customer) >= MARGIN
    return None if sure else "it is not certain which of the two addresses is the supplier's"


def _group(scene: Scene, addresses: Sequence[Address]) -> list[_Group]:
    groups: list[_Group] = []
    for address in addresses:
        address.greeted = any(_SALUTATION.match(n.text.strip()) for n in address.names)
        _cut_at_heading(scene, address)
        address.names = [
            n for n in address.names if not _holds_address(n.text, addresses) and not _SALUTATION.match(n.text.strip())
        ]
        same = next((g for g in groups if g.addresses[0].key == address.key), None)
        if same:
            same.addresses.append(address)
        else:
            groups.append(_Group([address]))
    return groups


def _cut_at_heading(scene: Scene, address: Address) -> None:
    """A word such as "payable by" among the lines above the street heads the block; what stands above it belongs elsewhere."""
    for number in range(len(address.names) - 1, -1, -1):
        place = address.names[number]
        if (terms := heading_terms(place.text)) or _TO.match(place.text.strip()):
            address.headings = frozenset(terms)
            address.names = address.names[number + 1 :]
            return
        if (found := named_behind(place)) is not None:
            address.headings, address.names = frozenset(found[0]), [found[1], *address.names[number + 1 :]]
            return
        if beside := label_beside(scene, place.segment):
            headings = beside & HEADINGS
            address.headings = frozenset(headings)
            address.names = address.names[number if headings else number + 1 :]
            return


def _holds_address(text: str, addresses: Sequence[Address]) -> bool:
    """A line of names that is itself a one-line address (the sender line above the window)."""
    squeezed = fold(text)
    return any(a.one_line and fold(a.postcode) in squeezed and len(a.postcode) >= 4 for a in addresses)


def _weigh(
    scene: Scene, group: _Group, addresses: Sequence[Address], companies: Sequence[Company], vendors: Sequence[Vendor]
) -> None:
    heights = {page.number: page.height for page in scene.pages}
    headed = False
    domains = list(domains_of(scene))
    first = min(addresses, key=lambda a: (a.page, a.city.box[1]), default=None)
    for address in group.addresses:
        y = address.city.box[1] / max(heights.get(address.page, 842.0), 1.0)
        heading = address.headings or heading_of(scene, address)
        whole = address.street is not None  # without a street: consigner or consignee in one line
        if "customer" in heading and whole:
            group.named -= 4.0
        if ("seller" in heading and whole) or ("payee" in heading and y > SLIP):
            group.named += 4.0
        if "deliver_to" in heading:
            group.deliveries.add(id(address))
            group.buyer -= 1.0
            group.seller -= 3.0
        if heading:
            headed = True
            continue
        if address.greeted:
            group.buyer += 2.0
        if address.one_line:
            group.seller += 2.0
        if y > 0.86:
            group.seller += 2.5
        elif y < 0.14 and address is first:
            group.seller += 1.0
        elif 0.12 < y < 0.42 and not address.one_line and len(address.lines) >= 3:
            group.buyer += 1.5 if address.page == scene.pages[0].number else 0.3
        if _has_business(scene, address):
            group.seller += 2.5
        if _under_sender_line(address, addresses):
            group.buyer += 2.0
    if any(is_like_domain(name.text, domain) for a in group.addresses for name in a.names for domain in domains):
        group.seller += 2.5
    if not headed:
        group.seller += 0.8 * (len({a.city.box[1] // 20 for a in group.addresses}) - 1)
    best = group.best
    if any(_is_record(best, company) for company in companies):
        group.named -= 16.0
    if any(_is_record(best, vendor) for vendor in vendors):
        group.named += 6.0


def _under_sender_line(address: Address, addresses: Sequence[Address]) -> bool:
    """The classic address window: a small line with the sender's address right above it."""
    top = min((line.y0 for line in address.lines), default=address.city.box[1])
    return not address.one_line and any(
        other.one_line
        and other.page == address.page
        and 0 <= top - other.city.box[3] < 60
        and abs(other.city.segment.x0 - address.city.segment.x0) < 12
        for other in addresses
    )


def _has_business(scene: Scene, address: Address) -> bool:
    """Phone, mail, bank or register in the lines right below the block, as a letterhead has them and an address window has not."""
    below = [line for line in address.below if line.row in scene.furniture or _CONTACT.search(line.text)]
    return bool(below) or (address.one_line and address.city.segment.row in scene.furniture)


_CONTACT = re.compile(
    r"\b(?:tel|fon|phone|fax|telefon|tél|mobil|www|iban|bic|kvk|siret|cvr|regon|rea|pec|t \d|hr[ab])\b|@", re.IGNORECASE
)


def _is_record(address: Address, record: Company | Vendor) -> bool:
    same_place = record.postcode is not None and fold(record.postcode) == fold(address.postcode)
    return same_place and any(is_record_name(n.text, [record]) for n in address.names)


def _put_address(target: ReadParty, group: _Group) -> None:
    best = group.best
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


def _put_letterhead_name(target: ReadParty, found: tuple[NameCandidate | None, str | None]) -> None:
    name, doubt = found
    if name is not None:
        sighting = seen(name.text, name.place, "position")
        target.put("name", sighting.prove("master-data") if "master" in name.support else sighting)
        if "repeated" in name.support:
            sighting.prove("format")
    if doubt:
        target.doubts.append(("name", doubt))


def _put_window_name(target: ReadParty, group: _Group | None, records: Sequence[Company | Vendor]) -> None:
    """The name a master record has, else one with a legal form, else the first line that is no label."""
    if group is None:
        return
    lines = [pair for address in [group.best, *group.addresses] for pair in wrapped(address.names)]
    usable = [(text, place) for text, place in lines if is_name_like(clean_name(text))]
    known = next(((t, p) for t, p in usable if is_record_name(t, records)), None)
    legal = next(((t, p) for t, p in usable if has_legal_form(t)), None)
    chosen = known or legal or (usable[0] if usable else None)
    if chosen is None:
        return
    found = seen(clean_name(chosen[0]), chosen[1], "position")
    target.put("name", found.prove("master-data") if known else found)
    if sum(1 for text, _ in usable if name_key(text) == name_key(chosen[0])) > 1:
        found.prove("format")


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
