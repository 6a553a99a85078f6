"""What belongs to the supplier himself: name, address, ids, accounts. It counts only on a page that shows it."""

from collections.abc import Iterator, Sequence
from typing import Any

from extractors.profiles.comparing import PARTY, same, value_at
from extractors.profiles.places import find_text
from extractors.text_layer.fields import Candidate
from extractors.text_layer.reading import Reading
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.sightings import seen
from schemas.master import Vendor
from schemas.profile import Constant, SupplierProfile

PATHS = (*(f"seller.{name}" for name in PARTY), "payment.iban", "payment.bic")
UNPRINTED = frozenset({"seller.country"})  # follows from an address or VAT id that is printed


def learn_constants(scene: Scene, truth: dict[str, Any], plain: dict[str, Any]) -> Iterator[Constant]:
    """Values of the truth that this page shows, and values the reader took for them that are none."""
    for path in PATHS:
        group, name = path.split(".")
        inside = truth.get(group)
        if not isinstance(inside, dict) or name not in inside:
            continue
        value, read = inside[name], value_at(plain, path)
        if value and (path in UNPRINTED or next(find_text(scene, str(value)), None)):
            yield Constant(path=path, value=str(value))
        if read and not same(path, value, read) and path not in UNPRINTED:
            yield Constant(path=path, value=str(read), means=False)


def supplier_of(profile: SupplierProfile) -> Vendor | None:
    """The supplier as a record that helps to tell the parties apart. Not master data: nobody maintains it."""
    known = {c.path.partition(".")[2]: c.value for c in profile.constants if c.means and c.path.startswith("seller.")}
    name = known.get("name") or profile.name
    if not name:
        return None
    vat_id = known.get("vat_id") or next(iter(profile.vat_ids), None)
    return Vendor(vendor_number="profile", name=name, vat_id=vat_id, postcode=known.get("postcode"), city=known.get("city"))


def apply_constants(reading: Reading, constants: Sequence[Constant], *, own: bool) -> bool:
    """Put what the page shows of the supplier. True when at least one value of his was found.

    ``own``: one of the supplier's ids is printed; only then may the country follow without being printed.
    """
    shown = False
    for constant in constants:
        if not constant.means:
            _take_away(reading, constant)
    for constant in constants:
        if constant.means and constant.path not in UNPRINTED and (place := next(find_text(reading.scene, constant.value), None)):
            shown = _put(reading, constant, place) or shown
    country = next((c for c in constants if c.means and c.path == "seller.country"), None)
    anchor = reading.seen.get("seller.vat_id") or reading.seen.get("seller.postcode")
    if country and own and anchor and reading.invoice.seller.country != country.value:
        reading.invoice.seller.country = country.value
        first = anchor[0]
        reading.seen["seller.country"] = [type(first)(country.value, first.page, first.box, first.text, ["profile"])]
    return shown


def _take_away(reading: Reading, constant: Constant) -> None:
    group, name = constant.path.split(".")
    party = getattr(reading.invoice, group)
    if group == "seller" and same(constant.path, constant.value, getattr(party, name)):
        setattr(party, name, None)
        reading.seen.pop(constant.path, None)


def _put(reading: Reading, constant: Constant, place: Place) -> bool:
    group, name = constant.path.split(".")
    if group == "payment":
        return _put_account(reading, name, constant.value, place)
    party = reading.invoice.seller
    if same(constant.path, constant.value, getattr(party, name)) and constant.path in reading.seen:
        for sighting in reading.seen[constant.path]:
            sighting.prove("profile")
        return True
    setattr(party, name, constant.value)
    reading.seen[constant.path] = [seen(constant.value, place, "profile")]
    return True


def _put_account(reading: Reading, name: str, value: str, place: Place) -> bool:
    """The account we know is put first only among accounts that were all known: a new one beside it is for the checks to see."""
    payment = reading.invoice.payment
    if getattr(payment, name) == value:
        for sighting in reading.seen.get(f"payment.{name}", []):
            sighting.prove("profile")
        return True
    if name == "bic" and payment.iban and payment.bic is None:
        payment.bic = value
        if payment.accounts:
            payment.accounts[0].bic = value
        reading.seen["payment.bic"] = [seen(value, place, "profile")]
        return True
    return False


def known_accounts(reading: Reading, profile: SupplierProfile) -> None:
    """Accounts a person did not take for the supplier's (the buyer's, of direct debit) go behind those he did."""
    payment = reading.invoice.payment
    others = {c.value for c in profile.constants if c.path == "payment.iban" and not c.means}
    if payment.iban not in others:
        return
    ours = {c.value for c in profile.constants if c.path == "payment.iban" and c.means}
    kept = [account for account in payment.accounts if account.iban not in others]
    if not kept or any(account.iban not in ours for account in kept):
        kept = []  # an account nobody confirmed is never moved to the front
    if kept or not ours:
        payment.accounts = kept
        payment.iban = kept[0].iban if kept else None
        payment.bic = kept[0].bic if kept else None
        sightings = [s for path, found in list(reading.seen.items()) if path.startswith("payment.") and path.endswith("iban")
                     for s in found if s.value == payment.iban]  # fmt: skip
        reading.seen.pop("payment.bic", None)
        reading.seen["payment.iban"] = sightings
        if not sightings:
            del reading.seen["payment.iban"]


def used_by(candidates: Sequence[Candidate], term: str, value: Any) -> list[Candidate]:
    """Candidates of a term that gave this value."""
    return [c for c in candidates if c.term == term and c.value == value]
