"""One document of the page: everything found, put together into an invoice with its sightings."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from extractors.text_layer.addresses import find_addresses
from extractors.text_layer.amounts import currency_code
from extractors.text_layer.assembly import apply_labels, apply_solution
from extractors.text_layer.direction import settle_direction
from extractors.text_layer.fields import FIELD, Candidate, best, find_candidates, sighting
from extractors.text_layer.figures import find_figures
from extractors.text_layer.guidance import NONE, Guidance
from extractors.text_layer.identifiers import find_bics, find_ibans, find_vat_ids
from extractors.text_layer.items import Table, find_table
from extractors.text_layer.kinds import Title, find_titles
from extractors.text_layer.lexicon import find_phrases, fold
from extractors.text_layer.lines import ReadLine, read_lines
from extractors.text_layer.parties import read_parties
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.sightings import Sighting, seen, seen_amount
from extractors.text_layer.solution import Solution, solve, unexplained
from extractors.text_layer.terms import read_terms
from schemas import Account, Finding, Invoice, Kind, Note, Payment
from schemas.invoice import CREDIT_NOTES
from schemas.master import Company, Vendor
from schemas.taxation import meanings

ZERO = Decimal(0)
AMBIGUITY = 1.0  # solutions whose ranks differ by less cannot be told apart by the words of the page


@dataclass
class Reading:
    """What was read, before the ledger judges it. ``doubts`` are (path, reason) pairs that keep the document from acceptance.

    ``remarks`` are findings a person should see. ``profile`` is the id of the supplier profile that was found for the page, and
    ``profile_fits`` whether it was used.
    """

    scene: Scene
    kind: Kind
    title: Title | None
    invoice: Invoice
    seen: dict[str, list[Sighting]] = field(default_factory=dict)
    doubts: list[tuple[str, str]] = field(default_factory=list)
    solution: Solution | None = None
    table: Table | None = None
    remarks: list[Finding] = field(default_factory=list)
    profile: str | None = None
    profile_fits: bool | None = None

    def put(self, path: str, *sightings: Sighting) -> None:
        self.seen.setdefault(path, []).extend(sightings)

    def doubt(self, path: str, reason: str) -> None:
        self.doubts.append((path, reason))


def read_scene(scene: Scene, companies: Sequence[Company], vendors: Sequence[Vendor], guidance: Guidance = NONE) -> Reading:
    """Read the pages of one document, with what is known of its supplier."""
    known_table = guidance.lines(scene) if guidance.lines else None
    table = known_table[0] if known_table else find_table(scene)
    titles = find_titles(scene, table.rows)
    candidates = find_candidates(scene, table.rows)
    if guidance.fields:
        candidates = guidance.fields(scene, candidates)
    kind, title, in_doubt = _kind(titles, candidates)
    reading = Reading(scene, kind, title, Invoice(), table=table)
    if in_doubt:
        reading.doubt("kind", in_doubt)
    lines = known_table[1] if known_table else read_lines(table)
    figures = find_figures(scene, table)
    solutions = solve(figures, lines)
    _put_header(reading, candidates, title)
    _put_currency(reading)
    addresses = find_addresses(scene, table.rows)
    vat_ids = find_vat_ids(scene)
    known = [*vendors, guidance.supplier] if guidance.supplier else vendors
    seller, buyer, unsure = read_parties(scene, addresses, candidates, vat_ids, companies, known)
    if unsure:
        reading.doubt("seller.name", unsure)
    reading.invoice.seller, reading.invoice.buyer = seller.party, buyer.party
    for name, party in (("seller", seller), ("buyer", buyer)):
        for attribute, found in party.seen.items():
            reading.put(f"{name}.{attribute}", found)
    _put_payment(reading, candidates)
    _put_notes(reading)
    _put_lines(reading, lines)
    if solutions:
        _choose(reading, solutions, lines)
        for figure in unexplained(solutions[0], figures):
            reason = f"{figure.label.text!r} {figure.amount.text} is a sum of the page that fits into no equation"
            reading.doubt("totals", reason)
    else:
        reading.doubt("totals.grand_total", "no figures of the page add up to a total")
        apply_labels(reading, figures)
    settle_direction(reading, figures)
    if guidance.finish:
        guidance.finish(reading)
    return reading


def _kind(titles: Sequence[Title], candidates: Sequence[Candidate]) -> tuple[Kind, Title | None, str | None]:
    """The likeliest title; without one, a labelled invoice number makes an invoice. Neither: some other letter.

    An invoice must never be filed away as another letter: where a title of an invoice is nearly as strong, or an invoice number
    is labelled, a letter such as an offer or confirmation becomes an invoice in doubt, which a person sees.
    """
    number = best(list(candidates), "number")
    if titles and titles[0].score > (0.2 if number or not titles[0].kind.is_payable else 1.0):
        first = titles[0]
        rival = next((t for t in titles if t.kind.is_payable), None)
        if first.kind in _REFERRED_TO and rival is not None and rival.score > first.score - RIVAL:
            return rival.kind, rival, f"the page is titled {rival.sighting.text!r} and {first.sighting.text!r}"
        if first.kind in _REFERRED_TO and number is not None and number.rank >= LABELLED and _names_invoice(number):
            return Kind.INVOICE, rival, f"the page is titled {first.sighting.text!r}, but has an invoice number"
        return first.kind, first, None
    if number is not None:
        words = {t for f in find_phrases(number.label.text, frozenset({"title"})) for t in f.terms}
        return (Kind.CREDIT_NOTE if "title.credit_note" in words else Kind.INVOICE), None, None
    return Kind.OTHER, None, None


# Letters an invoice refers to by name: "your offer 55", "order confirmation 7".
_REFERRED_TO = frozenset(
    {Kind.OFFER, Kind.ORDER, Kind.ORDER_CONFIRMATION, Kind.DELIVERY_NOTE, Kind.INQUIRY, Kind.OTHER, Kind.PRICE_CHANGE}
)
RIVAL = 1.5
LABELLED = 3.0


def _names_invoice(number: Candidate) -> bool:
    """The label itself speaks of an invoice, not just of a document or number."""
    found = find_phrases(number.label.text, frozenset({"field"}))
    return any("field.number" in f.terms for f in found) and any(w in fold(number.label.text) for w in INVOICE_STEMS)


# Stems of "invoice" in the languages of the lexicon, folded.
INVOICE_STEMS = ("rechnung", "invoice", "factu", "fattura", "faktur", "fakturac", "factuur", "facture")


_HEADER = {
    "due_date": "due_date",
    "delivery_date": "delivery_date",
    "buyer_reference": "buyer_reference",
    "purchase_order_reference": "purchase_order",
    "delivery_note_reference": "delivery_note",
    "preceding_invoice_reference": "preceding_invoice",
    "contract_reference": "contract",
    "sales_order_reference": "sales_order",
    "project_reference": "project",
}


def _put_header(reading: Reading, candidates: list[Candidate], title: Title | None) -> None:
    invoice = reading.invoice
    _put_number(reading, candidates, title)
    issue = best(candidates, "issue_date", "date")
    if issue is not None:
        _set(reading, "issue_date", issue)
        rivals = {c.value for c in candidates if c.term == issue.term and c.rank > issue.rank - 0.8}
        if len(rivals) > 1:
            reading.doubt("issue_date", "several dates are labelled as the date of the invoice")
    for attribute, term in _HEADER.items():
        found = best(candidates, term)
        if (
            found is not None
            and getattr(invoice, attribute) is None
            and not (attribute == "preceding_invoice_reference" and found.value == invoice.number)
        ):
            _set(reading, attribute, found)
    terms = best(candidates, "payment_terms")
    if (
        invoice.due_date is None
        and terms is not None
        and terms.place.end - terms.place.start > 0.8 * len(terms.place.segment.text)
    ):
        _set(reading, "due_date", terms)  # a date alone beside "terms of payment" is the day it is due
    if invoice.delivery_date is None and invoice.issue_date is not None:
        _put_same_day(reading)
    period = best(candidates, "period")
    if period is not None:
        _set(reading, "period", period)
    printed = _printed_type_code(reading.scene)
    if printed is not None and reading.kind.is_payable:
        invoice.type_code = printed.value
        reading.kind = Kind.CREDIT_NOTE if printed.value in CREDIT_NOTES else Kind.INVOICE
        reading.put("type_code", printed)
    elif title is not None and title.type_code:
        invoice.type_code = title.type_code
        reading.put(
            "type_code", Sighting(title.type_code, title.sighting.page, title.sighting.box, title.sighting.text, ["label"])
        )
    elif reading.kind.is_payable:
        invoice.type_code = "381" if reading.kind is Kind.CREDIT_NOTE else "380"


def _put_same_day(reading: Reading) -> None:
    """``The date of delivery is the date of the invoice``: a sentence of both words without a date of its own."""
    for segment in reading.scene.segments:
        words = {t.partition(".")[2] for f in find_phrases(segment.text, FIELD) for t in f.terms}
        says_same = {"delivery_date", "issue_date"} <= words or "supply-on-issue-date" in meanings(segment.text)
        if says_same and len(segment.words) <= 16 and not reading.scene.dates(segment):
            reading.invoice.delivery_date = reading.invoice.issue_date
            reading.put("delivery_date", seen(reading.invoice.issue_date, Place(segment, 0, len(segment.text)), "label"))
            return


# UNTDID 1001 codes of invoices and credit notes, as EN 16931 lists them (BR-CL-01), those in use.
TYPE_CODES = frozenset(
    [
        "261",
        "326",
        "380",
        "381",
        "383",
        "384",
        "385",
        "386",
        "387",
        "388",
        "389",
        "390",
        "393",
        "394",
        "395",
        "396",
        "875",
        "876",
        "877",
    ]
)
_CODE_BEHIND_WORD = re.compile(r"[^\W\d_]{4,}\s*\((\d{3})\)")
TOP_ROWS = 8


def _printed_type_code(scene: Scene) -> Sighting | None:
    """Some invoices print the code of their type behind the title: ``Mietrechnung (387)``."""
    for row in scene.rows[:TOP_ROWS]:
        for segment in row.segments:
            for match in _CODE_BEHIND_WORD.finditer(segment.text):
                if match[1] in TYPE_CODES:
                    return seen(match[1], Place(segment, match.start(1), match.end(1)), "label", "format")
    return None


def _set(reading: Reading, attribute: str, candidate: Candidate) -> None:
    setattr(reading.invoice, attribute, candidate.value)
    same = [sighting(candidate)]
    reading.put(attribute, *same)


def _put_number(reading: Reading, candidates: list[Candidate], title: Title | None) -> None:
    number = best(candidates, "number")
    behind = _number_behind_title(reading.scene, title)
    if number is None and behind is not None:
        reading.invoice.number = behind.text
        reading.put("number", seen(behind.text, behind, "label", "format"))
        return
    if number is None and title is not None and title.kind.is_payable:
        number = best(candidates, "bare_number")
    if number is None:
        return
    _set(reading, "number", number)
    rivals = {c.value for c in candidates if c.term == number.term and c.rank > number.rank - 0.5}
    if behind is not None and behind.text != number.value and number.rank < 3.0:
        rivals.add(behind.text)
    if len(rivals) > 1:
        reading.doubt("number", "several numbers are labelled as the number of the invoice")


def _number_behind_title(scene: Scene, title: Title | None) -> Place | None:
    """``Rechnung 2019-03``: a number right behind the title word."""
    if title is None or not title.kind.is_payable:
        return None
    from extractors.text_layer.fields import parse_identifier

    for segment in scene.segments:
        if segment.page == title.sighting.page and segment.box[1] <= title.sighting.box[1] <= segment.box[3]:
            start = segment.text.find(title.sighting.text)
            if start < 0:
                continue
            end = start + len(title.sighting.text)
            parsed = parse_identifier(segment.text[end:], scene)
            if parsed and parsed[1] <= 3:
                return Place(segment, end + parsed[1], end + parsed[2])
    return None


def _put_currency(reading: Reading) -> None:
    """The currency beside most amounts; without one, the only currency named in the text."""
    scene = reading.scene
    votes: Counter[str] = Counter()
    first: dict[str, Sighting] = {}
    for found in scene.amounts.values():
        for amount in found:
            if amount.currency and not amount.percent:
                votes[amount.currency] += 1
                first.setdefault(amount.currency, seen_amount(amount, "position", value=amount.currency))
    if not votes:
        for segment in scene.segments:
            for word in (
                segment.text.replace("(", " ").replace(")", " ").replace("/", " ").replace("[", " ").replace("]", " ").split()
            ):
                code = (
                    currency_code(word.strip(".,:;"))
                    if (len(word.strip(".,:;")) == 3 and word.strip(".,:;").isupper()) or word in "€$£"
                    else None
                )
                if code:
                    votes[code] += 1
                    first.setdefault(code, seen(code, Place(segment, 0, len(segment.text)), "label"))
    if not votes:
        return
    ranked = votes.most_common(2)
    if len(ranked) > 1 and ranked[1][1] * 3 > ranked[0][1]:
        reading.doubt("currency", f"amounts in {ranked[0][0]} and in {ranked[1][0]}")
    code = ranked[0][0]
    reading.invoice.currency = code
    reading.put("currency", first[code])


def _put_payment(reading: Reading, candidates: list[Candidate]) -> None:
    scene = reading.scene
    accounts: list[Account] = []
    bics = find_bics(scene)
    for iban in find_ibans(scene):
        near = [b for b in bics if b.place.page == iban.place.page and abs(b.place.box[1] - iban.place.box[1]) < 40]
        bic = min(
            near,
            key=lambda b: abs(b.place.box[1] - iban.place.box[1]) + abs(b.place.box[0] - iban.place.box[0]) / 4,
            default=None,
        )
        accounts.append(Account(iban=iban.value, bic=bic.value if bic else None))
        proofs = ["format", *(["check-digit"] if iban.checked else [])]
        number = len(accounts) - 1
        path = "payment.iban" if number == 0 else f"payment.accounts[{number}].iban"
        reading.put(path, seen(iban.value, iban.place, *proofs))  # type: ignore[arg-type]
        if bic is not None and number == 0:
            reading.put("payment.bic", seen(bic.value, bic.place, "format", "label"))
    mandate = best(candidates, "mandate")
    reading.invoice.payment = Payment(accounts=accounts, mandate_reference=mandate.value if mandate else None)
    if mandate:
        reading.put("payment.mandate_reference", sighting(mandate))
    terms, found = read_terms(scene, reading.table.rows if reading.table else set())
    reading.invoice.payment_terms = terms
    if found:
        reading.put("payment_terms.text", found)


def _put_notes(reading: Reading) -> None:
    """Sentences that mean something for tax or supply, wrapped lines joined."""
    taken: set[int] = set()
    rows = [row for row in reading.scene.rows if reading.table is None or row.index not in reading.table.rows]
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        if row.index in taken or len(row.text) > 400:
            continue
        both = (
            f"{row.text} {following.text}" if following and following.page == row.page and len(following.text) < 200 else row.text
        )
        text = (
            row.text if meanings(row.text) else both if meanings(both) and not (following and meanings(following.text)) else None
        )
        if text:
            place = Place(row.segments[0], 0, len(row.segments[0].text))
            reading.invoice.notes.append(Note(text=" ".join(text.split())))
            reading.put(f"notes[{len(reading.invoice.notes) - 1}]", seen(text, place, "label"))
            if text is both and following:
                taken.add(following.index)


def _put_lines(reading: Reading, lines: Sequence[ReadLine]) -> None:
    kept = [line for line in lines if line.adjusts != "allowance"]
    reading.invoice.lines = [line.line for line in kept]
    for number, line in enumerate(kept):
        for name, found in line.seen.items():
            reading.put(f"lines[{number}].{name}", found)


def _choose(reading: Reading, solutions: Sequence[Solution], lines: Sequence[ReadLine]) -> None:
    """Take the best solution; two that hold with different figures and rank alike are a question."""
    chosen = solutions[0]
    rivals = [s for s in solutions[1:] if s.rank > chosen.rank - AMBIGUITY and s.lines_close == chosen.lines_close]
    if rivals:
        reading.doubt("totals.grand_total", f"the figures add up in two ways: {chosen.gross} or {rivals[0].gross}")
    reading.solution = chosen
    apply_solution(reading, chosen, lines)
