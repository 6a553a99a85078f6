"""Number, dates, references and type of an invoice, by their labels, the title and the place they stand in."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from extractors.text_layer.fields import FIELD, Candidate, best, parse_identifier, sighting
from extractors.text_layer.kinds import Title
from extractors.text_layer.lexicon import find_phrases
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.sightings import Sighting, seen
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


def put_header(reading: "Reading", candidates: list[Candidate], title: Title | None) -> None:
    invoice = reading.invoice
    _put_number(reading, candidates, title)
    issue = best(candidates, "issue_date", "date")
    if issue is not None:
        set_labelled(reading, "issue_date", issue)
        rivals = {c.value for c in candidates if c.term == issue.term and c.rank > issue.rank - 0.8}
        if len(rivals) > 1:
            reading.doubt("issue_date", "several dates are labelled as the date of the invoice")
    else:
        _put_only_date(reading, candidates)
    for attribute, term in _HEADER.items():
        found = best(candidates, term)
        if (
            found is not None
            and getattr(invoice, attribute) is None
            and not (attribute == "preceding_invoice_reference" and found.value == invoice.number)
        ):
            set_labelled(reading, attribute, found)
    terms = best(candidates, "payment_terms")
    if (
        invoice.due_date is None
        and terms is not None
        and terms.place.end - terms.place.start > 0.8 * len(terms.place.segment.text)
    ):
        set_labelled(reading, "due_date", terms)  # a date alone beside "terms of payment" is the day it is due
    if invoice.delivery_date is None and invoice.issue_date is not None:
        _put_same_day(reading)
    period = best(candidates, "period")
    if period is not None:
        set_labelled(reading, "period", period)
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


def _put_only_date(reading: "Reading", candidates: Sequence[Candidate]) -> None:
    """No date of the invoice is labelled: the only date of the document, standing alone, is that. Its place alone proves nothing.

    A date whose label says something else (delivery, order) is that and nothing more.
    """
    scene, rows = reading.scene, reading.table.rows if reading.table else set()
    dates = [(segment, found) for segment in scene.segments if segment.row not in rows for found in scene.dates(segment)]
    if len({found.value for _, found in dates}) != 1 or any(c.value == dates[0][1].value for c in candidates):
        return
    for segment, found in dates:
        if not any(c.isalnum() for c in segment.text[: found.start] + segment.text[found.end :]):
            reading.invoice.issue_date = found.value
            reading.put("issue_date", seen(found.value, Place(segment, found.start, found.end), "format"))
            return


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
TOP_ROWS = 8


def _printed_type_code(scene: Scene) -> Sighting | None:
    """Some invoices print the code of their type behind the title: ``Mietrechnung (387)``."""
    for row in scene.rows[:TOP_ROWS]:
        for segment in row.segments:
            for match in _CODE_BEHIND_WORD.finditer(segment.text):
                if match[1] in TYPE_CODES:
                    return seen(match[1], Place(segment, match.start(1), match.end(1)), "label", "format")
    return None


def set_labelled(reading: "Reading", attribute: str, candidate: Candidate) -> None:
    setattr(reading.invoice, attribute, candidate.value)
    same = [sighting(candidate)]
    reading.put(attribute, *same)


def _put_number(reading: "Reading", candidates: list[Candidate], title: Title | None) -> None:
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
    set_labelled(reading, "number", number)
    rivals = {c.value for c in candidates if c.term == number.term and c.rank > number.rank - 0.5}
    if behind is not None and behind.text != number.value and number.rank < 3.0:
        rivals.add(behind.text)
    if len(rivals) > 1:
        reading.doubt("number", "several numbers are labelled as the number of the invoice")


def _number_behind_title(scene: Scene, title: Title | None) -> Place | None:
    """``Rechnung 2019-03``: a number right behind the title word."""
    if title is None or not title.kind.is_payable:
        return None
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
