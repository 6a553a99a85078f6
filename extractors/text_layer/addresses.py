"""Postal addresses on a page: blocks of lines, and one-line forms such as the sender line above an address window.

An address is known by its post code and city; the street stands above (or before) it, the name above the street.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from extractors.text_layer.countries import country_code
from extractors.text_layer.lexicon import find_phrases, fold
from extractors.text_layer.line_parts import parts_of
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.words import Segment

_CITY = r"[^\W\d_][\w .'’()/-]{1,40}?"
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("NL", re.compile(rf"(?<![\w-])(?:NL-)?(\d{{4}}\s?[A-Z]{{2}})\s+({_CITY})(?=$|\s*[,;|·•]|\s{{2,}})")),
    ("GB", re.compile(r"(?<![\w-])([A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2})(?![\w])")),
    ("PL", re.compile(rf"(?<![\w-])(?:PL-)?(\d{{2}}-\d{{3}})\s+({_CITY})(?=$|\s*[,;|·•]|\s{{2,}})")),
    ("", re.compile(rf"(?<![\w-])(?:(?P<country>CZ|SK|SE|S)-)?(\d{{3}}\s\d{{2}})\s+({_CITY})(?=$|\s*[,;|·•]|\s{{2,}})")),
    ("", re.compile(rf"(?<![\w.,/-])(?:(?P<country>[A-Z]{{1,2}})[\s-]{{1,3}})?(\d{{4,5}})\s+({_CITY})(?=$|\s*[,;|·•–]|\s-\s|\s{{2,}})")),
    ("IE", re.compile(r"(?<![\w-])([AC-FHKNPRTV-Y]\d[\dW]\s?[0-9AC-FHKNPRTV-Y]{4})(?![\w])")),
)  # fmt: skip
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|"
    "WI|WY|DC|PR"
)
_US_CITY = re.compile(rf"(?P<city>[A-Z][A-Za-z .'-]{{2,30}},?\s+(?:{_STATES}))\.?\s+(?P<zip>\d{{5}}(?:-\d{{4}})?)(?!\d)")
_REGISTERS = re.compile(
    r"(?:\b(?:HR[AB]?|FN|RCS|RPM|REA|KvK|KVK|AG|Amtsgericht|Finanzamt|Registergericht|Steuer\s?-?(?:nummer|nr)\.?|St\.?-?Nr\.?|SIRET|SIREN|Tel\.?|Fax|Nr\.?|No\.?|Art\.?|§)\s*:?\s*)$"
)
_OFFICES = re.compile(r"^(?:AG|Amtsgericht|Finanzamt|HR[AB]|Registergericht|Uhr|Euro|EUR|CHF|GmbH)\b")
_ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,}")
_NUMBER_FIRST = re.compile(
    r"\b(?:blvd|ave|st|rd|dr|ln|ct|pl|pkwy|hwy|way|suite|street|road|avenue|lane|drive|rue|boulevard|chemin|route|quai|cours|place)\b\.?"
    r"(?:,?\s+(?:suite|ste|unit|apt|#)\.?\s*\w+)?$|^(?:rue|avenue|av\.?|boulevard|bd|chemin|route|quai|cours|place|impasse|all[ée]e)\b",
    re.IGNORECASE,
)
_PREFIX_COUNTRY = {"D": "DE", "A": "AT", "F": "FR", "B": "BE", "I": "IT", "L": "LU", "E": "ES", "S": "SE"}
_SPLIT = re.compile(r"\s*[·•|*–—]\s*|\s+-\s+|,\s+|;\s*|\s{2,}|\s\|\s|\s*[\u25aa\u2022\u25cf\u25e6\u2219]\s*")
_STREET = re.compile(
    r"(?:str(?:\.|aße|asse|eet)?\b|weg\b|allee\b|platz\b|gasse\b|ring\b|damm\b|ufer\b|kai\b|chaussee\b|hof\b|\brue\b|\bavenue\b|\bav\.|\bboulevard\b|"
    r"\bbd\b|\bplace\b|\bchemin\b|\bimpasse\b|\broute\b|\bquai\b|\broad\b|\brd\b|\blane\b|\bdrive\b|\bvia\b|\bviale\b|\bcorso\b|\bpiazza\b|\bcalle\b|\bc/|\bcarrer\b|\bcarretera\b|\bctra\b|\bpaseo\b|\bpasseig\b|\bavinguda\b|\bavenida\b|\bronda\b|\bpol[ií]gono\b|\bstrada\b|\blargo\b|\bvicolo\b|"
    r"\bavda\b|\bplaza\b|\bul\.|\bal\.|straat\b|laan\b|plein\b|gracht\b|kade\b|gatan\b|gade\b|vej\b|vägen\b|\btř\.|náměstí|\bway\b|\bpark\b|\bhouse\b)",
    re.IGNORECASE,
)
_HOUSE_NUMBER = re.compile(
    r"(?<!\d)\d{1,4}\s?[a-zA-Z]?(?:\s?[-/+]\s?\d{1,4}\s?[a-zA-Z]?)?$|^\d{1,4}\s?(?:bis|ter|[a-zA-Z])?,?\s+\D"
)
_POST_BOX = re.compile(r"postfach|p\.?\s?o\.?\s?box|\bbp\b|\bcs\b|postbus", re.IGNORECASE)


@dataclass
class Address:
    """One address as printed. ``names`` are the lines above the street, top to bottom. ``one_line``: all in one row."""

    city: Place
    city_name: str
    postcode: str
    country: str | None = None
    street: Place | None = None
    street_text: str | None = None
    names: list[Place] = field(default_factory=list)
    one_line: bool = False
    lines: list[Segment] = field(default_factory=list)
    below: list[Segment] = field(default_factory=list)
    """Lines of the same block under the city: phone, mail, identifiers."""
    headings: frozenset[str] = frozenset()
    """Words such as "bill to" among its own lines."""
    greeted: bool = False
    """A salutation or "to" stood among its names."""

    @property
    def page(self) -> int:
        return self.city.page

    @property
    def key(self) -> tuple[str, str]:
        return (fold(self.postcode), fold(self.street_text or ""))


def find_addresses(scene: Scene, skip: set[int]) -> list[Address]:
    """All addresses outside the item table, in reading order."""
    found: list[Address] = []
    for segment in scene.segments:
        if segment.row in skip:
            continue
        for postcode, city, start, end, country in _cities(segment.text):
            place = Place(segment, start, end)
            address = Address(place, city, postcode, country)
            before = segment.text[:start].rstrip(" ,;·•|-–—")
            if before and not re.fullmatch(r"[A-Z]{1,3}", before.strip()):
                _fill_from_line(address, segment, before)
            else:
                _fill_from_block(scene, address, segment)
            _find_country(scene, address, segment, end)
            if address.street or address.names:
                address.below = list(_below(scene, segment))
                found.append(address)
            break
    return found


def city_in(text: str) -> tuple[str, str, int, int, str | None] | None:
    """Post code, city, where they stand in the text, and the country where the form says it."""
    return next(_cities(text), None)


def _cities(text: str) -> Iterator[tuple[str, str, int, int, str | None]]:
    for match in _US_CITY.finditer(text):
        yield match["zip"], match["city"].replace("  ", " "), match.start(), match.end(), "US"
    for country, pattern in _FORMS:
        for match in pattern.finditer(text):
            if country in ("GB", "IE"):
                before = [part for part in _SPLIT.split(text[: match.start()]) if part.strip()]
                behind = re.match(rf"\s+({_CITY})(?=$|\s*[,;|·•])", text[match.end() :])
                if behind and not before:
                    yield match[1], behind[1].strip(), match.start(), match.end() + behind.end(), country
                elif before:
                    city = before[-1].strip(" ,")
                    start = text.rindex(city, 0, match.start())
                    yield match[1], city, start, match.end(), country
                else:
                    yield match[1], "", match.start(), match.end(), country
                continue
            groups = match.groups()
            postcode, city = groups[-2], groups[-1].strip(" .,-")
            stated = match.groupdict().get("country")
            known = country or (_PREFIX_COUNTRY.get(stated, stated if stated and len(stated) == 2 else None) if stated else None)
            if city and not _is_noise(text, match, city):
                yield postcode, city, match.start(), match.start() + match[0].rstrip().__len__(), known


def _is_noise(text: str, match: re.Match[str], city: str) -> bool:
    """Numbers beside words that are no cities: labels, amounts with units, registers, house numbers before their street."""
    if any(m.start() <= match.start() < m.end() for m in _ACCOUNT.finditer(text)):
        return True
    if match.re is _FORMS[0][1] and city.isupper() and len(city) < 5:  # 2300 VV RVG: a number of the law on lawyers' fees
        return True
    if _OFFICES.match(city) or _REGISTERS.search(text[: match.start()]) or _NUMBER_FIRST.search(city):
        return True
    words = find_phrases(city, frozenset({"field", "total", "column", "title"}))
    if (
        any(found.end - found.start > 1 for found in words)  # the letter of a district is no label: "8000 Aarhus C"
        and len(city) < 14
        and city.lower() not in ("halle", "bad")
    ):
        return True
    first = city.split(maxsplit=1)[0]
    return (first.islower() and first not in ("am", "an", "la", "le", "les", "den", "san")) or len(first) < 2


def _fill_from_line(address: Address, segment: Segment, before: str) -> None:
    """``Name · Street 1 · 12345 City``."""
    parts = list(parts_of(segment, 0, len(before)))
    if parts and ", " in parts[-1].text and not is_street(parts[-1].text.rpartition(", ")[0]):
        parts[-1:] = [Place(segment, parts[-1].start + start, parts[-1].start + end) for start, end in _at_commas(parts[-1].text)]
    if len(parts) == 1 and not is_street(parts[0].text):
        parts = [Place(segment, start, end) for start, end in _at_commas(before)]
    if not parts:
        return
    address.one_line = len(parts) > 1
    address.street, address.street_text = parts[-1], parts[-1].text
    address.names = parts[:-1]
    address.lines = [segment]
    if len(parts) == 1 and not is_street(parts[0].text):
        address.street, address.street_text, address.names = None, None, parts


def _at_commas(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in [*re.finditer(r",\s+", text), None]:
        end = match.start() if match else len(text)
        if text[start:end].strip():
            yield start, end
        start = match.end() if match else end


def _fill_from_block(scene: Scene, address: Address, segment: Segment) -> None:
    """Lines above with the same left edge: the street, then names."""
    block = list(_above(scene, segment))
    address.lines = [segment, *block]
    above = [line for line in block if not _is_identifier_line(line)]
    taken: list[Place] = []
    for line in above:
        whole = Place(line, 0, len(line.text))
        if address.street is None and not taken and (is_street(line.text) or _POST_BOX.search(line.text)):
            address.street, address.street_text = whole, line.text.rstrip(" ,")
        elif address.street is None and not taken and _looks_like_gb_city(address, line.text):
            address.city_name = line.text.strip(" ,")
            address.city = whole
        else:
            taken.append(whole)
    if address.street is None and len(taken) > 1 and any(c.isdigit() for c in taken[0].text):
        address.street, address.street_text = taken[0], taken[0].text
        taken = taken[1:]
    address.names = taken[::-1]


def _below(scene: Scene, segment: Segment, most: int = 7) -> Iterator[Segment]:
    """Segments right below in one line with it and without a gap."""
    current = segment
    for row in scene.rows[segment.row + 1 : segment.row + 16]:
        if row.page != segment.page or most == 0:
            return
        same = [s for s in row.segments if _is_aligned(s, segment)]
        if not same:
            continue
        line = same[0]
        if line.y0 - current.y1 > 1.1 * max(current.height, line.height):
            return
        yield line
        current, most = line, most - 1


def _looks_like_gb_city(address: Address, text: str) -> bool:
    return not address.city_name and not any(c.isdigit() for c in text)


def _above(scene: Scene, segment: Segment, most: int = 6) -> Iterator[Segment]:
    """Segments right above in one line with it and without a gap. A block set wide keeps its distance from line to line."""
    current, widest = segment, 0.0
    for row in reversed(scene.rows[max(0, segment.row - 18) : segment.row]):
        if row.page != segment.page:
            return
        same = [s for s in row.segments if _is_aligned(s, segment) and 0.6 < s.height / max(segment.height, 0.1) < 2.6]
        if not same:
            continue
        line = same[0]
        gap, height = current.y0 - line.y1, max(current.height, line.height)
        exact = abs(line.x0 - segment.x0) < 1.0
        allowed = 1.1 * height if widest == 0.0 else max(1.1 * height, 1.25 * widest)
        if widest == 0.0 and exact and is_street(line.text):
            allowed = 4.0 * height
        is_stop = _is_label_line(line) and not _is_identifier_line(line)
        if gap > allowed or gap < -0.5 * height or is_stop or most == 0:
            return
        widest = max(widest, gap)
        yield line
        current, most = line, most - 1


def _is_aligned(one: Segment, other: Segment) -> bool:
    """Left edges, middles or right edges in one line; the last two where the block is centred or set flush right."""
    left, right = abs(one.x0 - other.x0), abs(one.x1 - other.x1)
    return left < 3.0 or right < 1.5 or abs(one.x0 + one.x1 - other.x0 - other.x1) / 2 < 1.5


def _is_label_line(segment: Segment) -> bool:
    found = find_phrases(segment.text, frozenset({"field", "title"}))
    if not found or found[0].start > 0:
        return False
    terms = set(found[0].terms)
    whole = found[0].end >= len(segment.text.rstrip(" :.")) - 1
    return (
        whole
        or segment.text[found[0].end :].lstrip().startswith(":")
        or bool(terms & {"field.vat_id", "field.iban", "field.phone"})
    )


_IDENTIFIERS = frozenset(
    f"field.{term}"
    for term in ("vat_id", "buyer_vat_id", "tax_number", "registration", "phone", "fax", "email", "web", "gln", "customer_number")
)


def _is_identifier_line(segment: Segment) -> bool:
    """A tax or register number, a phone: may stand in the middle of a block and is no part of the address."""
    found = find_phrases(segment.text, frozenset({"field"}))
    return (
        bool(found)
        and found[0].start == 0
        and bool(set(found[0].terms) & _IDENTIFIERS)
        and any(c.isdigit() for c in segment.text)
    )


def is_street(text: str) -> bool:
    return len(text) < 70 and bool(_STREET.search(text) or _HOUSE_NUMBER.search(text.strip())) and any(c.isalpha() for c in text)


def _find_country(scene: Scene, address: Address, segment: Segment, end: int) -> None:
    """A country behind the city or in the line below it."""
    rest = segment.text[end:].strip(" ,;·•|-–—()")
    for part in _SPLIT.split(rest)[:1]:
        if code := country_code(part):
            address.country = code
            return
    for under in scene.below(segment, rows=1, height=1.0):
        if abs(under.x0 - segment.x0) < 3 and (code := country_code(under.text)):
            address.country = code
            return


def same_block(one: Address, other: Address) -> bool:
    return one.key == other.key


def all_lines(addresses: Sequence[Address]) -> set[int]:
    return {id(line) for address in addresses for line in address.lines}
