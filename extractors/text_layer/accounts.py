"""Bank accounts of the payee: IBANs also over two lines, national forms that are IBANs without their country, the BIC beside them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stdnum import iban as iban_rules

from extractors.text_layer.fields import Candidate, best, sighting
from extractors.text_layer.identifiers import Identifier, find_bics, iban_at, iban_length
from extractors.text_layer.lexicon import find_phrases
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.sightings import seen, seen_places
from extractors.text_layer.words import Segment
from schemas import Account, Payment
from schemas.evidence import Proof

if TYPE_CHECKING:
    from extractors.text_layer.reading import Reading

_START = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\s?\d{2}(?=[\sA-Z0-9]|$)")
_PIECE = re.compile(r"\S+")
_POLISH = re.compile(r"(?<![A-Za-z0-9])\d{2}(?:\s?\d{4}){6}(?!\s?\d)")
_DEBTOR = re.compile(
    r"(?:von|vom|auf)\s+(?:ihrem|ihr|deinem)\s+(?:konto|girokonto|bankkonto)|ihr(?:e|er)?\s+(?:iban|bankverbindung)|(?:from|debit)\s+your\s+"
    r"(?:bank\s+)?account|votre\s+compte|vostro\s+conto|su\s+cuenta|uw\s+rekening|(?:twojego|państwa)\s+(?:konta|rachunku)|vašeho\s+účtu|"
    r"(?:din|jeres|deres)\s+konto|ert\s+konto",
    re.IGNORECASE,
)
SELF_BILLED = "389"
NEAR = 40.0  # points between an account and its BIC
_ACCOUNT_WORDS = frozenset({"field.iban", "field.account"})


@dataclass
class _Found:
    value: str
    places: list[Place]
    checked: bool
    bic: Identifier | None = field(default=None)


def put_payment(reading: "Reading", candidates: Sequence[Candidate]) -> None:
    """Accounts in the order printed. One that a direct debit is taken from is the customer's and left out."""
    scene = reading.scene
    bics = find_bics(scene)
    accounts: list[Account] = []
    own = reading.invoice.type_code == SELF_BILLED  # written by the customer: "your account" is the supplier's
    for found in find_accounts(scene, with_debtors=own):
        last = found.places[-1]
        near = [b for b in bics if b.place.page == last.page and abs(b.place.box[1] - last.box[1]) < NEAR]
        bic = min(near, key=lambda b: _distance(b, last), default=None)
        accounts.append(Account(iban=found.value, bic=bic.value if bic else None))
        proofs: list[Proof] = ["format", "check-digit"] if found.checked else ["format"]
        number = len(accounts) - 1
        if number == 0 and not found.checked and not _stands_apart(last):
            reading.doubt("payment.iban", f"the check digits of {found.value} are wrong: read wrongly or printed wrongly")
        path = "payment.iban" if number == 0 else f"payment.accounts[{number}].iban"
        reading.put(path, *seen_places(found.value, found.places, *proofs))
        if bic is not None and number == 0:
            reading.put("payment.bic", seen(bic.value, bic.place, "format", "label"))
    mandate = best(list(candidates), "mandate")
    reading.invoice.payment = Payment(accounts=accounts, mandate_reference=mandate.value if mandate else None)
    if mandate:
        reading.put("payment.mandate_reference", sighting(mandate))


def _stands_apart(place: Place) -> bool:
    """In groups of four or in one piece, and nothing behind it in its line that may have run into it."""
    groups = [len(group) for group in place.text.split()]
    regular = len(groups) == 1 or (set(groups[:-1]) == {4} and groups[-1] <= 4)
    return regular and not any(c.isalnum() for c in place.segment.text[place.end :])


def _distance(bic: Identifier, account: Place) -> float:
    """Right behind the account is nearest, also where the line breaks between the two."""
    down = bic.place.box[1] - account.box[1]
    if 0 < down < 1.8 * account.segment.height and bic.place.start < 6:
        return 0.5
    return abs(down) + abs(bic.place.box[0] - account.box[0]) / 4


def find_accounts(scene: Scene, *, with_debtors: bool = False) -> list[_Found]:
    """Complete accounts, each once, in reading order. Masked ones (with X or *) are no accounts to pay to."""
    found: dict[str, _Found] = {}
    for segment in scene.segments:
        for account in [*_ibans(scene, segment), *_polish(segment)]:
            if account.value not in found and (with_debtors or not _is_debtors(scene, account.places[0])):
                found[account.value] = account
    return list(found.values())


def _ibans(scene: Scene, segment: Segment) -> Iterator[_Found]:
    for match in _START.finditer(segment.text):
        value, end = iban_at(segment.text, match.start())
        straight = _Found(value, [Place(segment, match.start(), end)], iban_rules.is_valid(value)) if value else None
        if straight is None or not straight.checked:
            wrapped = next(_wrapped(scene, segment, match.start()), None)
            straight = wrapped or straight
        if straight is not None:
            yield straight


def _wrapped(scene: Scene, segment: Segment, start: int) -> Iterator[_Found]:
    """The rest of the number at the start of the next line. Only a number whose check digits are right is put together.

    Beside it may stand another column, so close that it is taken for the same line: it ends where the digits end.
    """
    following = _next_line(scene, segment)
    pieces = [piece.end() for piece in _PIECE.finditer(segment.text, start)]
    if following is None:
        return
    for end in reversed(pieces):
        head = "".join(segment.text[start:end].split())
        length = iban_length(head[:2])
        if length is None or not head.isalnum() or not 4 <= len(head) < length:
            continue
        value, until = iban_at(f"{segment.text[start:end]} {following.text}", 0)
        behind = until - (end - start) - 1
        if value and behind > 0 and iban_rules.is_valid(value):
            yield _Found(value, [Place(segment, start, end), Place(following, 0, behind)], True)


def _next_line(scene: Scene, segment: Segment) -> Segment | None:
    for row in scene.rows[segment.row + 1 : segment.row + 3]:
        if row.page != segment.page or row.y0 - segment.y1 > 1.2 * segment.height:
            return None
        for other in row.segments:
            if min(other.x1, segment.x1) > max(other.x0, segment.x0):
                return other
    return None


def _polish(segment: Segment) -> Iterator[_Found]:
    """NRB: 26 digits, an IBAN without PL, known by its check digits and a word for account before it."""
    for match in _POLISH.finditer(segment.text):
        value = "PL" + "".join(match[0].split())
        named = any(_ACCOUNT_WORDS & set(f.terms) for f in find_phrases(segment.text[: match.start()], frozenset({"field"})))
        if iban_rules.is_valid(value) and (named or "kont" in segment.text.casefold() or "rachun" in segment.text.casefold()):
            yield _Found(value, [Place(segment, match.start(), match.end())], True)


def _is_debtors(scene: Scene, place: Place) -> bool:
    before = place.segment.text[: place.start]
    if place.segment.row > 0 and not before.strip():
        above = scene.rows[place.segment.row - 1]
        before = above.text if above.page == place.page else before
    words = list(_DEBTOR.finditer(before))
    return bool(words) and len(before) - words[-1].end() < 60
