"""Which of the names on the page is the supplier's, and what proves it.

A brand in the letterhead, a tagline, a person, the customer: much on a page looks like a name. Each candidate is weighed by what
speaks for it from different sides; a name is proven by two of them, or by one nobody else could have printed (account holder, master data).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rapidfuzz import fuzz

from extractors.text_layer.addresses import Address
from extractors.text_layer.company_names import (
    clean_name,
    has_legal_form,
    is_continued,
    is_label,
    is_name_like,
    is_record_name,
    name_key,
    named_companies,
    no_names,
    same_name,
)
from extractors.text_layer.identifiers import find_emails
from extractors.text_layer.kinds import body_height
from extractors.text_layer.lexicon import fold
from extractors.text_layer.line_parts import parts_of
from extractors.text_layer.scene import Place, Scene
from schemas.master import Company, Vendor

TOP = 0.2  # share of the first page's height where letterheads stand
DOMAIN_MATCH = 86
LARGE = 1.3  # heights of most lines: a line of the letterhead that stands out
MARGIN = 1.0  # two different names this close cannot be told apart
WEIGHTS = {
    "block": 3.0, "line": 1.5, "legal": 2.5, "repeated": 1.2, "domain": 3.0, "payee": 3.0, "business": 1.5, "master": 6.0, "top": 0.6,
    "signature": 1.5, "brand": 1.5, "head": 1.5, "only": 1.5, "large": 0.4, "sole": 1.0,
}  # fmt: skip
STRONG = frozenset({"legal", "repeated", "domain", "signature", "brand", "only", "sole"})
ALONE = frozenset({"payee", "master"})
_WEB = re.compile(r"(?:https?://)?(?:www\.)?([\w-]{3,63})(?:\.[\w-]{2,63}){1,3}", re.IGNORECASE)
_GREETING = re.compile(
    r"gr(?:ü|ue)(?:ß|ss)en?|sincerely|regards|faithfully|cordialement|salutations|saluti|saludos|groet|pozdrawi|pozdrav|hilsen|hälsning",
    re.IGNORECASE,
)
_PROVIDERS = frozenset(
    {
        "gmail",
        "gmx",
        "web",
        "tonline",
        "outlook",
        "hotmail",
        "yahoo",
        "icloud",
        "freenet",
        "orange",
        "free",
        "laposte",
        "libero",
        "pec",
    }
)


@dataclass
class NameCandidate:
    text: str
    place: Place
    support: set[str] = field(default_factory=set)
    penalty: float = 0.0

    @property
    def weight(self) -> float:
        return sum(WEIGHTS[one] for one in self.support) - self.penalty

    @property
    def is_proven(self) -> bool:
        return bool(self.support & ALONE) or (len(self.support - {"top"}) >= 2 and bool(self.support & STRONG))


def find_supplier_name(
    scene: Scene,
    skip: set[int],
    supplier: Sequence[Address],
    customer: Sequence[Address],
    companies: Sequence[Company | Vendor],
    vendors: Sequence[Company | Vendor],
) -> tuple[NameCandidate | None, str | None]:
    """The best name, and why it is not certain. ``supplier`` and ``customer`` are the prints of their addresses."""
    customers = [clean_name(name.text) for address in customer for name in address.names]
    theirs = {id(line) for address in customer for line in address.lines}
    found = _Pool(customers, companies)
    for address in supplier:
        for number, (text, place) in enumerate(wrapped(address.names)):
            found.add(text, place, "block" if number == 0 else "line")
    for place in named_companies(scene, skip):
        if id(place.segment) not in theirs:
            found.add(_with_line_above(scene, place), place, "legal")
    for place in payees(scene):
        found.add(place.text, place, "payee")
    for place in _letterhead(scene, skip, theirs):
        found.add(place.text, place, "top")
    weighed = list(_weighed(scene, skip, found.all, vendors, bool(customers)))
    _mark_sole(scene, weighed)
    ranked = sorted(weighed, key=lambda one: -one.weight)
    best = next((one for one in ranked if one.weight > 0), None)
    if best is None:
        return None, None
    return best, _doubt(best, ranked) or _two_lines(best, supplier)


def _with_line_above(scene: Scene, place: Place) -> str:
    """``Harzer Entsorgungs- und`` above ``Recycling GmbH``."""
    segment = place.segment
    if place.start == 0:
        for row in reversed(scene.rows[max(0, segment.row - 2) : segment.row]):
            for other in row.segments:
                near = row.page == segment.page and segment.y0 - other.y1 < segment.height
                overlap = min(other.x1, segment.x1) - max(other.x0, segment.x0)
                in_line = overlap > 0.5 * min(other.x1 - other.x0, segment.x1 - segment.x0)
                if near and in_line and is_continued(other.text) and len(other.text) < 60:
                    return f"{other.text.strip()} {place.text}"
    return place.text


def payees(scene: Scene) -> Iterator[Place]:
    """Whoever is to be paid, by a word such as "account holder": behind it, beside it or below it."""
    for segment, found in scene.phrases(frozenset({"field"})):
        if "field.payee" not in found.terms:
            continue
        rest = re.match(r"[\s:.]*", segment.text[found.end :])
        start = found.end + (rest.end() if rest else 0)
        if len(segment.text) - start >= 3:
            yield next(parts_of(segment, start), Place(segment, start, len(segment.text)))
            continue
        for other in [*scene.right_of(segment)[:1], *list(scene.below(segment, 2, 2.0))[:2]]:
            if not any(c.isdigit() for c in other.text):
                yield Place(other, 0, len(other.text))
                break


class _Pool:
    """Candidates, each once, whatever line it was found in. What names the customer is none."""

    def __init__(self, customers: Sequence[str], companies: Sequence[Company | Vendor]) -> None:
        self.all: list[NameCandidate] = []
        self._customers = customers
        self._companies = companies

    def add(self, text: str, place: Place, support: str) -> None:
        name = clean_name(text)
        if not is_name_like(name) or self._is_customer(name):
            return
        known = next((one for one in self.all if name_key(one.text) == name_key(name)), None)
        if known is None:
            known = NameCandidate(name, place)
            self.all.append(known)
        known.support.add(support)

    def _is_customer(self, name: str) -> bool:
        return any(same_name(name, other) for other in self._customers) or is_record_name(name, self._companies)


def wrapped(names: Sequence[Place]) -> Iterator[tuple[str, Place]]:
    """Lines of names, a name that goes on in the next line put together."""
    held: Place | None = None
    for place in names:
        text = place.text.strip()
        if held is not None:
            start = held.text.strip()
            yield (start + text if start.endswith("-") and text[:1].islower() else f"{start} {text}"), held
            held = None
        elif is_continued(text) and place is not names[-1]:
            held = place
        else:
            yield text, place
    if held is not None:
        yield held.text.strip(), held


def _letterhead(scene: Scene, skip: set[int], theirs: set[int]) -> Iterator[Place]:
    first = scene.pages[0]
    for segment in first.segments:
        if segment.y0 > TOP * first.height or segment.row in skip or id(segment) in theirs:
            continue
        text = segment.text.strip()
        if not any(c.isdigit() for c in text) and len(text.split()) <= 7 and not is_label(text):
            yield Place(segment, 0, len(segment.text))


def _weighed(
    scene: Scene, skip: set[int], found: Sequence[NameCandidate], vendors: Sequence[Company | Vendor], has_customer: bool
) -> Iterator[NameCandidate]:
    texts = [(segment, name_key(segment.text)) for segment in scene.segments if segment.row not in skip]
    domains = list(domains_of(scene))
    brands = {name_key(one.text) for one in found if "top" in one.support or "block" in one.support}
    legal_names = {name_key(one.text) for one in found if has_legal_form(one.text)} if has_customer else set()
    greetings = [segment for segment in scene.segments if _GREETING.search(segment.text)]
    for one in found:
        key = name_key(one.text)
        if has_legal_form(one.text):
            one.support.add("legal")
        longer = [name_key(other.text) for other in found if other is not one and key in name_key(other.text)]
        if sum(1 for _, text in texts if key in text and not any(other in text for other in longer)) > 1:
            one.support.add("repeated")
        if any(len(brand) >= 4 and brand in key for brand in brands if brand != key):
            one.support.add("brand" if has_legal_form(one.text) else "head")
        if legal_names == {key}:
            one.support.add("only")
        if any(is_like_domain(one.text, domain) for domain in domains):
            one.support.add("domain")
        if is_record_name(one.text, vendors):
            one.support.add("master")
        if _stands_with_business(scene, one.place):
            one.support.add("business")
        below = [text for segment, text in texts if any(0 <= segment.row - g.row <= 4 for g in greetings)]
        if any(key in text and not any(other in text for other in longer) for text in below):
            one.support.add("signature")
        one.penalty += 2.0 * one.text[:1].islower() + 1.0 * any(c.isdigit() for c in one.text)
        one.penalty += 3.0 * (sum(len(word) == 1 for word in one.text.split()) * 2 > len(one.text.split()))  # spaced letters
        yield one


def _mark_sole(scene: Scene, weighed: Sequence[NameCandidate]) -> None:
    """Nothing else on the page could be the supplier's name: one line above the address, or one line in large letters at the top."""
    body = body_height(scene)
    for one in weighed:
        if one.place.segment.height >= LARGE * body and "top" in one.support:
            one.support.add("large")
    named = [one for one in weighed if one.support & {"block", "large", "legal", "payee", "domain", "line"} and one.weight > 0]
    if len(named) == 1 and _is_proper(named[0].text):
        named[0].support.add("sole")


def _is_proper(name: str) -> bool:
    """Words of a name, no slogan and no department: "Ihr Partner am Bau", "Kundenservice"."""
    words = [fold(word) for word in re.findall(r"[^\W\d_]+", name)]
    return not any(word in no_names() for word in words) and all(w[:1].isupper() for w in name.split() if len(w) > 3)


def _stands_with_business(scene: Scene, place: Place) -> bool:
    """Its own row names a bank account, a tax or register number, a phone."""
    return place.segment.row in scene.furniture


def domains_of(scene: Scene) -> Iterator[str]:
    """Distinctive parts of the mail and web addresses on the page, letters and digits only."""
    for segment in scene.segments:
        for place in find_emails(segment):
            yield _stem(place.text.rpartition("@")[2])
        if "www." in segment.text.casefold() or "http" in segment.text.casefold():
            yield from (_stem(match[0]) for match in _WEB.finditer(segment.text) if "." in match[0])


def _stem(domain: str) -> str:
    parts = [p for p in domain.casefold().removeprefix("https://").removeprefix("http://").split(".") if p != "www"]
    return name_key(max(parts[:-1] or parts, key=len))


def is_like_domain(name: str, domain: str) -> bool:
    """Whether a domain was made from this name: as a whole, or from its first words."""
    key = name_key(name)
    if len(domain) < 4 or domain in _PROVIDERS or not key:
        return False
    bare = name_key(" ".join(word for word in name.split() if not has_legal_form(word)))
    if fuzz.ratio(domain, bare) >= DOMAIN_MATCH or fuzz.ratio(domain, key) >= DOMAIN_MATCH:
        return True
    words = [fold(word) for word in re.split(r"[\s&+–-]+", name) if len(word) > 3 and not has_legal_form(word)]
    return len(domain) >= 5 and bool(words) and (domain in bare or all(word in domain for word in words[:2]))


def _two_lines(best: NameCandidate, supplier: Sequence[Address]) -> str | None:
    """A line without a legal form above one with it: a brand and the name, or one name in two lines."""
    for address in supplier:
        names = [text for text, _ in wrapped(address.names) if is_name_like(clean_name(text))]
        for first, second in pairwise(names):
            if (
                has_legal_form(first)
                or not has_legal_form(second)
                or not (same_name(best.text, first) or same_name(best.text, second))
            ):
                continue
            is_number = any(c.isdigit() or c == ":" for c in first)  # a number of the company, a label of the sheet
            if not is_number and name_key(first) not in name_key(second) and not best.support & ALONE:
                return f"{first!r} and {second!r} stand one above the other: it is not certain whether they are one name"
    return None


def _doubt(best: NameCandidate, ranked: Sequence[NameCandidate]) -> str | None:
    if not best.is_proven:
        return f"nothing but its place says that {best.text!r} is the name of the supplier"
    for other in ranked:
        rival = other is not best and has_legal_form(other.text) and other.weight > best.weight - MARGIN
        if rival and not same_name(other.text, best.text):
            return f"{best.text!r} or {other.text!r}: it is not certain which is the name of the supplier"
    return None
