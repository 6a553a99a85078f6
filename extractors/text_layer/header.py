"""Number, dates, references and type of an invoice, by their labels, the title and the place they stand in."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from extractors.text_layer.date_order import ambiguous
from extractors.text_layer.datelines import dated_below, find_datelines, lone_dates
from extractors.text_layer.fields import FIELD, Candidate, best, sighting
from extractors.text_layer.kinds import Title
from extractors.text_layer.lexicon import find_phrases, introduces_date
from extractors.text_layer.numbering import number_by_title
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.sightings import Sighting, seen
from extractors.text_layer.terms import find_deadlines, speaks_of_discount
from schemas import Kind
from schemas.invoice import CREDIT_NOTES
from schemas.taxation import meanings

if TYPE_CHECKING:
    from extractors.text_layer.reading import Reading

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


def put_header(reading: "Reading", candidates: list[Candidate], titles: Sequence[Title]) -> None:
    invoice = reading.invoice
    _put_number(reading, candidates, titles)
    _put_issue_date(reading, candidates)
    candidates = [c for c in candidates if c.term != "due_date" or not speaks_of_discount(c.place.segment.text, c.place.start)]
    for attribute, term in _HEADER.items():
        found = best(candidates, term)
        if found is None or getattr(invoice, attribute) is not None:
            continue
        if attribute == "preceding_invoice_reference" and found.value == invoice.number:
            continue
        if attribute == "purchase_order_reference" and _has_rivals(candidates, found):
            continue  # several orders: they belong to the lines, or a person must say which it is
        set_labelled(reading, attribute, found)
    _put_order_given_as_reference(reading, candidates)
    terms = best(candidates, "payment_terms")
    if invoice.due_date is None and terms is not None and _is_alone(terms):
        set_labelled(reading, "due_date", terms)  # a date alone beside "terms of payment" is the day it is due
    deadlines = find_deadlines(reading.scene, reading.table.rows if reading.table else set()) if invoice.due_date is None else []
    if len({deadline.value for deadline in deadlines}) == 1:
        set_labelled(reading, "due_date", deadlines[0])
    if invoice.delivery_date is None and invoice.issue_date is not None:
        _put_same_day(reading)
    period = best(candidates, "period")
    if period is not None:
        set_labelled(reading, "period", period)
    _put_type_code(reading)


def _has_rivals(candidates: Sequence[Candidate], found: Candidate) -> bool:
    alike = [str(c.value) for c in candidates if c.term == found.term and c.rank > found.rank - RIVAL]
    return len({_DIGITS.sub("", value) for value in alike}) > 1  # with or without a prefix it is the same order


def _put_order_given_as_reference(reading: "Reading", candidates: Sequence[Candidate]) -> None:
    """``Your reference: PO445``: the reference says itself that it is an order."""
    invoice, reference = reading.invoice, best(list(candidates), "buyer_reference")
    prefix = _ORDER.match(str(reference.value)) if reference is not None else None
    if reference is None or prefix is None or invoice.purchase_order_reference is not None:
        return
    if any("field.purchase_order" in found.terms for found in find_phrases(prefix[1], FIELD)):
        invoice.buyer_reference = None
        reading.seen.pop("buyer_reference", None)
        set_labelled(reading, "purchase_order_reference", reference)


def _is_alone(candidate: Candidate) -> bool:
    """The value is all that stands behind or beside its label, up to a comma."""
    place, label = candidate.place, candidate.label
    start = label.end if label.segment is place.segment else 0
    behind = _COMMA.split(place.segment.text[place.end :])[0]
    return not any(c.isalnum() for c in place.segment.text[start : place.start] + behind)


def _put_type_code(reading: "Reading") -> None:
    invoice, title = reading.invoice, reading.title
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
        if title is not None:
            reading.doubt("type_code", f"{title.sighting.text!r} may be several types of invoice")
        invoice.type_code = "381" if reading.kind is Kind.CREDIT_NOTE else "380"


def _put_issue_date(reading: "Reading", candidates: Sequence[Candidate]) -> None:
    """The labelled date; else the date under the number, else that of the letter, else the only date that stands alone."""
    rows = reading.table.rows if reading.table else set()
    labelled = [c for c in candidates if c.term in ("issue_date", "date") and not _is_of_next(c)]
    labelled = [c for c in labelled if not _is_of_other_number(reading, c)] or labelled
    found = labelled or dated_below(reading.scene, rows) or find_datelines(reading.scene, rows)
    issue = best(found, "issue_date", "date")
    if issue is None:
        _put_lone_date(reading, candidates)
        return
    set_labelled(reading, "issue_date", issue)
    rivals = {c.value for c in found if c.term == issue.term and c.rank > issue.rank - 0.8}
    if len(rivals) > 1:
        reading.doubt("issue_date", "several dates are labelled as the date of the invoice")


def _is_of_next(candidate: Candidate) -> bool:
    """``DN LS67082, Shipped 14.07.``: between label and date stands the value of the label and the next label."""
    label, place = candidate.label, candidate.place
    return label.segment is place.segment and re.search(r"\d[^,;]*[,;]", place.segment.text[label.end : place.start]) is not None


def _is_of_other_number(reading: "Reading", candidate: Candidate) -> bool:
    """``Anzahlungsrechnung AR-25-0641 vom 04.12.2025``: the number right before the date is that of another invoice."""
    label, place = candidate.label, candidate.place
    before = _NUMBER_BEFORE.search(label.segment.text[: label.start]) if label.segment is place.segment else None
    return before is not None and not (reading.invoice.number or "").endswith(before[1]) and introduces_date(label.text)


def _put_lone_date(reading: "Reading", candidates: Sequence[Candidate]) -> None:
    """The only date standing alone above the items, where no label says that it is another one. Its place alone proves nothing."""
    dates = lone_dates(reading.scene, reading.table.rows if reading.table else set(), candidates)
    if len({found.value for _, found in dates}) != 1 or any(c.value == dates[0][1].value for c in candidates):
        return
    segment, found = dates[0]
    reading.invoice.issue_date = found.other if reading.scene.month_first and found.other else found.value
    reading.put("issue_date", seen(reading.invoice.issue_date, Place(segment, found.start, found.end), "format"))


def _put_same_day(reading: "Reading") -> None:
    """``The date of delivery is the date of the invoice``: a sentence of both words without a date of its own."""
    for segment in reading.scene.segments:
        words = {t.partition(".")[2] for f in find_phrases(segment.text, FIELD) for t in f.terms}
        says_same = {"delivery_date", "issue_date"} <= words or "supply-on-issue-date" in meanings(segment.text)
        if says_same and len(segment.words) <= 16 and not reading.scene.dates(segment):
            reading.invoice.delivery_date = reading.invoice.issue_date
            reading.put("delivery_date", seen(reading.invoice.issue_date, Place(segment, 0, len(segment.text)), "label"))
            return


# UNTDID 1001 codes of invoices and credit notes, as EN 16931 lists them (BR-CL-01), those in use.
TYPE_CODES = frozenset({
    "261", "326", "380", "381", "383", "384", "385", "386", "387",
    "388", "389", "390", "393", "394", "395", "396", "875", "876", "877",
})  # fmt: skip
_CODE_BEHIND_WORD = re.compile(r"[^\W\d_]{4,}\s*\((\d{3})\)")
RIVAL = 0.8  # labels whose ranks differ by less say the same thing equally clearly
_DIGITS = re.compile(r"\D")
_NUMBER_BEFORE = re.compile(r"(\S*\d\S*?)[\s,;]+$")
_ORDER = re.compile(r"([^\W\d_]{2,12})[-. ]?\d[\w/.-]*$")
_COMMA = re.compile(r"[,;|·•]")
TOP_ROWS = 8


def _printed_type_code(scene: Scene) -> Sighting | None:
    """Some invoices print the code of their type behind the title: ``Mietrechnung (387)``."""
    for row in scene.rows[:TOP_ROWS]:
        for segment in row.segments:
            for match in _CODE_BEHIND_WORD.finditer(segment.text):
                if match[1] in TYPE_CODES:
                    return seen(match[1], Place(segment, match.start(1), match.end(1)), "label", "format")
    return None


_DATED = frozenset({"issue_date", "due_date", "delivery_date", "period"})


def set_labelled(reading: "Reading", attribute: str, candidate: Candidate) -> None:
    setattr(reading.invoice, attribute, candidate.value)
    reading.put(attribute, sighting(candidate))
    if attribute in _DATED and ambiguous(reading.scene, candidate.place.text):
        reading.doubt(attribute, f"nothing on the page says whether the day or the month stands first in {candidate.place.text}")


def _put_number(reading: "Reading", candidates: list[Candidate], titles: Sequence[Title]) -> None:
    number = best(candidates, "number")
    beside = number_by_title(reading.scene, titles, candidates) if reading.kind.is_payable else None
    if number is None and beside is None and reading.kind.is_payable:
        number = best(candidates, "bare_number")
    if number is None:
        if beside is not None:
            found = seen(beside.place.text, beside.place, "format")
            reading.invoice.number = beside.place.text
            reading.put("number", found.prove("label") if beside.certain else found)
        return
    set_labelled(reading, "number", number)
    rivals = {c.value for c in candidates if c.term == number.term and c.rank > number.rank - 0.5}
    if beside is not None and beside.certain and beside.place.text != number.value and number.rank < 3.0:
        rivals.add(beside.place.text)
    if len(rivals) > 1:
        reading.doubt("number", "several numbers are labelled as the number of the invoice")
