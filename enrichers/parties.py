"""Who sent the invoice, and which of our companies is meant? By keys that either agree or are a question for a person.

Keys of a vendor, strongest first (DOMAIN section 5): VAT id, tax number, GLN, our number for it as printed, name with postcode;
the bank account supports them, but says only who is paid. A key that fits nobody says nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from enrichers.names import bare_name, full_name, likeness
from schemas.facts import PartyFacts
from schemas.finding import Finding, error
from schemas.identifiers import compact
from schemas.invoice import Invoice, Party
from schemas.master import Company, Vendor
from schemas.taxation import country_of_vat_id

ALIKE = 88.0
"""Likeness from which two names at one postcode are one firm; below, "Nord" and "Nordwerk" would be."""
CLOSE = 3.0
"""Names this close to the best one fit equally well."""
PLAUSIBLE = 60.0
"""Likeness a name needs to support a weak key (account, own number, tax number)."""

Row = TypeVar("Row", Vendor, Company)


@dataclass(frozen=True)
class PartyKeys:
    """Values by which candidates are looked up, in their compact form. The shell indexes master data by the same functions."""

    vat_ids: tuple[str, ...] = ()
    tax_numbers: tuple[str, ...] = ()
    glns: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    ibans: tuple[str, ...] = ()
    postcodes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Identity:
    """Vendor and company found, the keys that agreed on each, and what speaks against it."""

    vendor: Vendor | None = None
    company: Company | None = None
    vendor_keys: tuple[str, ...] = ()
    company_keys: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def vat_key(vat_id: str | None, country: str | None = None) -> str:
    """Compact VAT id; the Swiss suffix (MWST, TVA, IVA) falls away, a missing prefix is taken from the country."""
    key = compact(vat_id)
    if key.startswith("CHE"):
        return key[:12]
    if key[:1].isdigit() and country:
        return {"GR": "EL", "CH": "CHE"}.get(country.upper(), country.upper()) + key
    return key


def digits_key(number: str | None) -> str:
    """Digits only, for tax numbers written with changing separators."""
    return "".join(character for character in (number or "") if character.isdecimal())


def postcode_key(postcode: str | None) -> str:
    """Compact; a country letter before digits falls away: ``"D-20457"`` -> ``"20457"``, ``"RG1 8EQ"`` stays."""
    key = compact(postcode)
    digits = key.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return digits if digits.isdecimal() and len(key) - len(digits) <= 2 else key


def number_key(number: str | None) -> str:
    """Our own number for the vendor: leading zeros do not count (SAP stores LIFNR with them)."""
    return compact(number).lstrip("0")


def party_keys(invoice: Invoice) -> PartyKeys:
    """Keys of the seller as printed. Look up every vendor that shares at least one of them."""
    seller, payment = invoice.seller, invoice.payment
    ibans = [payment.iban, *(account.iban for account in payment.accounts)]
    return PartyKeys(
        vat_ids=_distinct(vat_key(seller.vat_id, seller.country), vat_key(seller.tax_number)),
        tax_numbers=_distinct(digits_key(seller.tax_number), digits_key(seller.vat_id)),
        glns=_distinct(compact(seller.gln)),
        numbers=_distinct(number_key(seller.id)),
        ibans=_distinct(*(compact(iban) for iban in ibans)),
        postcodes=_distinct(postcode_key(seller.postcode)),
        names=_distinct(full_name(seller.name), bare_name(seller.name), full_name(seller.trading_name)),
    )


def keys_of_vendor(vendor: Vendor, ibans: Iterable[str] = ()) -> PartyKeys:
    """Keys of a vendor of the master data, by the same functions as ``party_keys``."""
    return PartyKeys(
        vat_ids=_distinct(vat_key(vendor.vat_id, vendor.country)),
        tax_numbers=_distinct(digits_key(vendor.tax_number)),
        glns=_distinct(compact(vendor.gln)),
        numbers=_distinct(number_key(vendor.vendor_number)),
        ibans=_distinct(*map(compact, ibans)),
        postcodes=_distinct(postcode_key(vendor.postcode)),
        names=_distinct(full_name(vendor.name), bare_name(vendor.name)),
    )


def identify(invoice: Invoice, facts: PartyFacts) -> Identity:
    """Vendor and company code of an invoice. What is ambiguous or contradictory stays ``None`` and becomes an error finding.

    A bank account that belongs to another vendor than all other keys say is a conflict too, but leaves the vendor in place, so
    that the checks of the account can be made against it. Never raises.
    """
    company, company_keys, company_findings = _find_company(invoice.buyer, facts.companies)
    own = _own_company(invoice.seller, facts.companies)
    vendor, vendor_keys, vendor_findings = _find_vendor(invoice, facts, own, company)
    return Identity(vendor, company, vendor_keys, company_keys, (*vendor_findings, *company_findings))


Found = tuple[Row | None, tuple[str, ...], list[Finding]]


def _find_vendor(invoice: Invoice, facts: PartyFacts, own: Company | None, company: Company | None) -> "Found[Vendor]":
    seller, keys = invoice.seller, party_keys(invoice)
    by_key = _vendor_candidates(seller, keys, facts)
    if own is not None and (own == company or not by_key):
        message = f"the seller on the invoice is our own company {own.company_code}, {own.name}"
        return None, (), [error("ENRICH-NO-VENDOR", "seller", message)]
    paid = {bank.vendor_number for bank in facts.banks if compact(bank.iban) in keys.ibans}
    identity, agreed, conflicts = _agree(by_key)
    findings = [_conflict(key, by_key, facts) for key in conflicts]
    if conflicts:
        return None, (), findings
    known = {vendor.vendor_number: vendor for vendor in facts.vendors}
    paid &= known.keys()
    if not identity:
        return _by_account(seller, paid, known)
    if paid and not (identity & paid):
        message = f"the bank account belongs to {_names(paid, known)}, everything else says {_names(identity, known)}"
        findings.append(error("ENRICH-VENDOR-CONFLICT", "payment.iban", message))
    elif paid:
        identity &= paid
        agreed = (*agreed, "iban")
    if len(identity) > 1:
        identity = _most_alike(identity, seller, known)
    if len(identity) > 1:
        message = f"several vendors fit equally well: {_names(identity, known)}"
        return None, (), [*findings, error("ENRICH-VENDOR-CONFLICT", "seller", message)]
    vendor = known[next(iter(identity))]
    findings += _contradictions(seller, vendor, agreed)
    return vendor, agreed, findings


def _vendor_candidates(seller: Party, keys: PartyKeys, facts: PartyFacts) -> dict[str, set[str]]:
    """Key -> vendor numbers, only keys that fit somebody, strongest first."""
    vendors = facts.vendors
    tests: dict[str, Callable[[Vendor], bool]] = {
        "vat_id": lambda vendor: vat_key(vendor.vat_id, vendor.country) in keys.vat_ids,
        "tax_number": lambda vendor: (
            digits_key(vendor.tax_number) in keys.tax_numbers and _plausible(seller.name, vendor.name, PLAUSIBLE)
        ),
        "gln": lambda vendor: compact(vendor.gln) in keys.glns,
        "number": lambda vendor: (
            number_key(vendor.vendor_number) in keys.numbers and likeness(seller.name, vendor.name) >= PLAUSIBLE
        ),
    }
    found = {key: {vendor.vendor_number for vendor in vendors if test(vendor)} for key, test in tests.items()}
    found["name"] = {vendor.vendor_number for vendor in _by_name(seller, vendors)}
    return {key: numbers for key, numbers in found.items() if numbers}


def _by_name(party: Party, rows: Sequence[Row]) -> list[Row]:
    """Best names at the same postcode; without a postcode on one side only the whole name with the same city counts."""
    if not full_name(party.name):
        return []
    postcode, city = postcode_key(party.postcode), full_name(party.city)
    scored: list[tuple[float, Row]] = []
    for row in rows:
        if postcode and postcode_key(row.postcode):
            score = likeness(party.name, row.name) if postcode == postcode_key(row.postcode) else 0.0
        else:
            same = full_name(party.name) == full_name(row.name) and city in ("", full_name(row.city))
            score = 100.0 if same else 0.0
        if score >= ALIKE:
            scored.append((score, row))
    best = max((score for score, _ in scored), default=0.0)
    return [row for score, row in scored if score > best - CLOSE]


def _agree(by_key: dict[str, set[str]]) -> tuple[set[str], tuple[str, ...], list[str]]:
    """What all keys have in common, which agreed, and which contradict the stronger ones."""
    common: set[str] = set()
    agreed: list[str] = []
    conflicts: list[str] = []
    for key, numbers in by_key.items():
        if not agreed:
            common, agreed = set(numbers), [key]
        elif common & numbers:
            common &= numbers
            agreed.append(key)
        else:
            conflicts.append(key)
    return common, tuple(agreed), conflicts


def _by_account(seller: Party, paid: set[str], known: dict[str, Vendor]) -> "Found[Vendor]":
    """Only the account fits: enough for one vendor whose name is at least plausible, for factors collect for many."""
    plausible = {number for number in paid if _plausible(seller.name, known[number].name, PLAUSIBLE)}
    if len(plausible) == 1:
        vendor = known[plausible.pop()]
        return vendor, ("iban",), _contradictions(seller, vendor, ("iban",))
    if paid:
        message = f"only the bank account fits {_names(paid, known)}, which is not enough to name the vendor"
        return None, (), [error("ENRICH-NO-VENDOR", "seller", message)]
    name = seller.name or "the seller"
    return None, (), [error("ENRICH-NO-VENDOR", "seller", f"no vendor of the master data fits {name}")]


def _contradictions(seller: Party, vendor: Vendor, agreed: Sequence[str]) -> list[Finding]:
    """A VAT id of the same country that is not the one on file: another legal person, or a forgery."""
    printed, stored = vat_key(seller.vat_id, seller.country), vat_key(vendor.vat_id, vendor.country)
    if "vat_id" in agreed or not printed or not stored or country_of_vat_id(printed) != country_of_vat_id(stored):
        return []
    message = f"VAT id {printed} on the invoice, {stored} in the master data of vendor {vendor.vendor_number}"
    return [error("ENRICH-VENDOR-CONFLICT", "seller.vat_id", message, stated=printed, expected=stored)]


def _conflict(key: str, by_key: dict[str, set[str]], facts: PartyFacts) -> Finding:
    known = {vendor.vendor_number: vendor for vendor in facts.vendors}
    first = next(iter(by_key))
    message = f"{_WORDS[key]} points to {_names(by_key[key], known)}, {_WORDS[first]} to {_names(by_key[first], known)}"
    return error("ENRICH-VENDOR-CONFLICT", f"seller.{_FIELDS.get(key, key)}", message)


_WORDS = {
    "vat_id": "the VAT id",
    "tax_number": "the tax number",
    "gln": "the GLN",
    "number": "the printed vendor number",
    "name": "name and postcode",
}
_FIELDS = {"number": "id"}


def _most_alike(numbers: set[str], seller: Party, known: dict[str, Vendor]) -> set[str]:
    """Of vendors with the same keys those at the printed postcode, then those with the most similar name."""
    there = {number for number in numbers if postcode_key(known[number].postcode) == postcode_key(seller.postcode) != ""}
    candidates = there or numbers
    scores = {number: likeness(seller.name, known[number].name) for number in candidates}
    best = max(scores.values())
    return {number for number, score in scores.items() if score > best - CLOSE}


def _find_company(buyer: Party, companies: Sequence[Company]) -> "Found[Company]":
    codes = {company.company_code: company for company in companies}
    printed = vat_key(buyer.vat_id, buyer.country)
    by_key = {
        "vat_id": {c.company_code for c in companies if vat_key(c.vat_id, c.country) == printed != ""},
        "gln": {c.company_code for c in companies if compact(c.gln) == compact(buyer.gln) != ""},
        "name": {company.company_code for company in _by_name(buyer, companies)} or _same_name(buyer, companies),
    }
    common, agreed, conflicts = _agree({key: found for key, found in by_key.items() if found})
    if not conflicts and len(common) == 1:
        return codes[common.pop()], agreed, []
    if conflicts or common:
        fitting = sorted({code for found in by_key.values() for code in found})
        message = f"VAT id, GLN and name of the recipient fit several of our companies: {', '.join(fitting)}"
    else:
        message = f"the recipient, {buyer.name or 'not named'}, is none of our companies"
    return None, (), [error("ENRICH-NO-COMPANY", "buyer", message)]


def _same_name(buyer: Party, companies: Sequence[Company]) -> set[str]:
    """The whole name at another address: a site of ours, as long as only one company is called so."""
    name = full_name(buyer.name)
    found = {company.company_code for company in companies if name and full_name(company.name) == name}
    return found if len(found) == 1 else set()


def _own_company(seller: Party, companies: Sequence[Company]) -> Company | None:
    for company in companies:
        if vat_key(seller.vat_id, seller.country) == vat_key(company.vat_id, company.country) != "":
            return company
        if compact(seller.gln) == compact(company.gln) != "":
            return company
        same_place = postcode_key(seller.postcode) == postcode_key(company.postcode) != ""
        if same_place and full_name(seller.name) == full_name(company.name) != "":
            return company
    return None


def _plausible(printed: str | None, stored: str, least: float) -> bool:
    """A name that was not read does not speak against it."""
    return not printed or likeness(printed, stored) >= least


def _names(numbers: Iterable[str], known: dict[str, Vendor]) -> str:
    return ", ".join(f"{number} {known[number].name}" if number in known else number for number in sorted(numbers))


def _distinct(*values: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
