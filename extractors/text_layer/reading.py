"""One document of the page: everything found, put together into an invoice with its sightings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from extractors.text_layer.accounts import SELF_BILLED, put_payment
from extractors.text_layer.addresses import find_addresses
from extractors.text_layer.assembly import apply_labels, apply_solution
from extractors.text_layer.bare_ids import find_all_vat_ids
from extractors.text_layer.currencies import put_currency
from extractors.text_layer.date_order import settle_order
from extractors.text_layer.direction import settle_direction
from extractors.text_layer.fields import find_candidates
from extractors.text_layer.figures import Figures, find_figures
from extractors.text_layer.forms import find_forms
from extractors.text_layer.guidance import NONE, Guidance
from extractors.text_layer.header import put_header
from extractors.text_layer.headless import find_headless
from extractors.text_layer.items import Table, find_table
from extractors.text_layer.kinds import Title, decide_kind, find_titles
from extractors.text_layer.languages import language_of, units_of
from extractors.text_layer.lines import ReadLine, read_lines
from extractors.text_layer.parties import read_parties
from extractors.text_layer.rivals import rival_heading
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.sightings import Sighting, seen, seen_amount
from extractors.text_layer.solution import Solution, running_sums, solve, unexplained
from extractors.text_layer.tax_codes import put_coded_rates
from extractors.text_layer.terms import read_terms
from extractors.text_layer.units import counted_in
from schemas import Finding, Invoice, Kind, Note, PaymentTerms
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
    language = language_of(segment.text for segment in scene.segments)
    with counted_in(units_of(language or "")):
        return _read(scene, companies, vendors, guidance)


def _read(scene: Scene, companies: Sequence[Company], vendors: Sequence[Vendor], guidance: Guidance) -> Reading:
    known_table = guidance.lines(scene) if guidance.lines else None
    table = known_table[0] if known_table else find_table(scene)
    if not table.items:
        table = find_forms(scene)
    if not table.items:
        table = find_headless(scene)
    titles = find_titles(scene, table.rows)
    candidates = find_candidates(scene, table.rows)
    if settle_order(scene, candidates, read_terms(scene, table.rows)[0].net_days):
        candidates = find_candidates(scene, table.rows)
    if guidance.fields:
        candidates = guidance.fields(scene, candidates)
    verdict = decide_kind(scene, titles, candidates)
    reading = Reading(scene, verdict.kind, verdict.title, Invoice(), table=table)
    for reason in verdict.doubts:
        reading.doubt("kind", reason)
    lines = known_table[1] if known_table else read_lines(table)
    figures = find_figures(scene, table)
    put_coded_rates(scene, table, figures, lines)
    solutions = [s for s in solve(figures, lines) if s.net_figure is not None or not _contradicted(s, figures)]
    put_header(reading, candidates, titles)
    addresses = find_addresses(scene, table.rows)
    vat_ids = find_all_vat_ids(scene)
    known = [*vendors, guidance.supplier] if guidance.supplier else vendors
    seller, buyer = read_parties(
        scene, table.rows, addresses, candidates, vat_ids, companies, known, self_billed=reading.invoice.type_code == SELF_BILLED
    )
    reading.invoice.seller, reading.invoice.buyer = seller.party, buyer.party
    names = [seller.party.name, buyer.party.name, *(name.text for address in addresses for name in address.names)]
    if reading.kind.is_payable and (other := rival_heading(scene, titles, table.rows, names)):
        reading.doubt("kind", f"{other.text[:60]!r} may be the title of the page")
    for name, party in (("seller", seller), ("buyer", buyer)):
        for attribute, reason in party.doubts:
            reading.doubt(f"{name}.{attribute}", reason)
        for attribute, found in party.seen.items():
            reading.put(f"{name}.{attribute}", found)
    put_payment(reading, candidates)
    put_currency(reading)
    _put_terms(reading, *read_terms(scene, table.rows, reading.invoice.issue_date))
    _put_notes(reading)
    _put_lines(reading, lines)
    if solutions:
        _choose(reading, solutions, lines)
        _put_unexplained(reading, solutions[0], figures, lines)
    else:
        reading.doubt("totals.grand_total", "no figures of the page add up to a total")
        apply_labels(reading, figures)
    settle_direction(reading, figures)
    if guidance.finish:
        guidance.finish(reading)
    return reading


def _put_terms(reading: Reading, terms: PaymentTerms, found: Sighting | None) -> None:
    reading.invoice.payment_terms = terms
    if found:
        reading.put("payment_terms.text", found)


def _put_notes(reading: Reading) -> None:
    """Sentences that mean something for tax or supply, wrapped lines joined."""
    taken: set[int] = set()
    rows = [row for row in reading.scene.rows if reading.table is None or row.index not in reading.table.rows]
    for row, following in zip(rows, [*rows[1:], None], strict=False):
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
    kept = [line for line in lines if line.is_line]
    reading.invoice.lines = [line.line for line in kept]
    for number, line in enumerate(kept):
        for name, found in line.seen.items():
            reading.put(f"lines[{number}].{name}", found)


def _contradicted(solution: Solution, figures: Figures) -> bool:
    """The net total that follows is not the one the page prints: then the page does not add up, and that is what must be said."""
    stated = {figure.value for figure in figures.of("net_total") if figure.certain}
    before = solution.line_total if solution.lines_close else None  # some call the sum of the lines net, before a charge
    return bool(stated) and solution.net not in stated and before not in stated


_PRINTED = {
    "line_total": "line_total",
    "net_total": "tax_basis_total",
    "tax_total": "tax_total",
    "grand_total": "grand_total",
    "credit_total": "grand_total",
    "due": "due_payable",
}


def _put_unexplained(reading: Reading, solution: Solution, figures: Figures, lines: Sequence[ReadLine]) -> None:
    """Sums that fit into no equation. Where the page says the same thing nowhere else, what it says counts, and the equation fails."""
    left = unexplained(solution, figures, running_sums(lines))
    for figure in left:
        attribute = _PRINTED.get(figure.term)
        others = [f for f in figures.of(figure.term) if all(f.value != x.value for x in left)]
        if attribute is not None and not others:
            setattr(reading.invoice.totals, attribute, figure.value)
            reading.seen.pop(f"totals.{attribute}", None)
            reading.put(f"totals.{attribute}", seen_amount(figure.amount, "label"))
        reason = f"{figure.label.text!r} {figure.amount.text} is a sum of the page that fits into no equation"
        reading.doubt(f"totals.{attribute}" if attribute else "totals", reason)


def _choose(reading: Reading, solutions: Sequence[Solution], lines: Sequence[ReadLine]) -> None:
    """Take the best solution; two that hold with different figures and rank alike are a question."""
    chosen = solutions[0]
    rivals = [s for s in solutions[1:] if s.rank > chosen.rank - AMBIGUITY and s.lines_close == chosen.lines_close]
    if rivals:
        reading.doubt("totals.grand_total", f"the figures add up in two ways: {chosen.gross} or {rivals[0].gross}")
    reading.solution = chosen
    apply_solution(reading, chosen, lines)
