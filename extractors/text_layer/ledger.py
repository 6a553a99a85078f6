"""The proof ledger: the second reader looks again, the figures are judged, and a policy says whether the document is accepted.

``accepted`` is no score. It needs every value that would be booked, each seen by both readers and by a person, each with a reason of
its own, figures that close, and no doubt left.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from extractors.pdf.glyphs import MarkedPage
from extractors.text_layer.lexicon import find_phrases
from extractors.text_layer.reading import Reading
from extractors.text_layer.sightings import Sighting
from schemas import Document, Finding, Source
from schemas.equations import figures_close
from schemas.finding import Severity, error

BOOKED = ("number", "issue_date", "currency", "totals.grand_total", "totals.tax_basis_total", "totals.due_payable")
CHECKED_TWICE = (
    *BOOKED,
    "seller.vat_id",
    "seller.tax_number",
    "payment.iban",
    "totals.tax_total",
    "seller.name",
    "due_date",
    "type_code",
)


def second_look(reading: Reading, pages: Sequence[MarkedPage]) -> list[Finding]:
    """Ask the second reader for the characters at every place. Agreement is a proof, a difference is a finding."""
    by_number = {page.number: page for page in pages}
    findings: list[Finding] = []
    for path, sightings in reading.seen.items():
        for sighting in sightings:
            page = by_number.get(sighting.page)
            if page is None or not sighting.text:
                continue
            found = _characters(page, sighting)
            if _squeeze(sighting.text) in found or (path.endswith(_TEXTS) and _has_all_words(sighting.text, found)):
                sighting.prove("second-reader")
            elif _is_checked(path):
                findings.append(
                    error(
                        "READ-READERS-DISAGREE",
                        path,
                        f"one reader sees {sighting.text!r} on page {sighting.page}, the other {found[:60]!r}",
                        stated=sighting.text[:200],
                        expected=found[:200],
                    )
                )
    return findings


_LABELLED_NUMBER = re.compile(r"[^\W\d_][\w .-]{1,24}:\s*\S*\d\S*")
_TEXTS = (".name", ".description")


def _has_all_words(text: str, found: str) -> bool:
    """Texts of several lines: the other reader may see their lines in another order, and the words of a neighbour between them."""
    words = [_squeeze(word) for word in text.split()]
    return len(words) > 1 and all(word in found for word in words)


def _is_checked(path: str) -> bool:
    return path in CHECKED_TWICE or path.startswith(("lines[", "tax_breakdown[", "allowances[", "charges["))


def _characters(page: MarkedPage, sighting: Sighting) -> str:
    """What the reader has inside the box, in its own order, a little wider than the box."""
    x0, y0, x1, y1 = sighting.box
    return _squeeze("".join(page.inside((x0 - 1.5, y0 - 3.0, x1 + 1.5, y1 + 3.0))))


def _squeeze(text: str) -> str:
    if not text.isascii():
        folded = unicodedata.normalize("NFKC", text.replace("№", "Nr."))  # one reader takes the sign for its letters
        text = folded.replace("\u2212", "-").replace("\u2013", "-").replace("\u00ad", "-").replace("\u2010", "-")
    return "".join(text.split())


def judge(reading: Reading, findings: list[Finding], second_reader: bool, visible: bool) -> Document:
    """The document with evidence, findings and the verdict of the policy."""
    invoice = reading.invoice
    pages = [page.number for page in reading.scene.pages]
    if visible:
        for sightings in reading.seen.values():
            for sighting in sightings:
                sighting.prove("visible")
    evidence = {path: [s.evidence() for s in sightings] for path, sightings in reading.seen.items()}
    if not reading.kind.is_payable:
        partial = invoice if invoice.number or invoice.totals.grand_total is not None else None
        return Document(
            kind=reading.kind, pages=pages, source=Source.TEXT_LAYER, invoice=partial, evidence=evidence, findings=findings
        )
    arithmetic = figures_close(invoice)
    found = [*findings, *reading.remarks, *arithmetic]
    if not any(f.severity is Severity.ERROR for f in arithmetic) or reading.solution is None:
        found += [error("READ-UNSURE", path, reason) for path, reason in reading.doubts]
    found += list(_unproven(reading, second_reader))
    accepted = not any(f.severity is Severity.ERROR for f in found)
    return Document(
        kind=reading.kind,
        pages=pages,
        source=Source.TEXT_LAYER,
        accepted=accepted,
        invoice=invoice,
        evidence=evidence,
        findings=found,
        profile=reading.profile,
        profile_fits=reading.profile_fits,
    )


def _unproven(reading: Reading, second_reader: bool) -> Iterator[Finding]:
    """One READ-UNSURE per value that keeps the document from acceptance."""
    invoice = reading.invoice
    for path in BOOKED:
        sightings = reading.seen.get(path)
        if _value(reading, path) is None or not sightings:
            yield error("READ-UNSURE", path, f"{path} was not found on the page")
        elif not any(_is_proven(s, second_reader) for s in sightings):
            yield error("READ-UNSURE", path, f"{path} is not proven: {', '.join(sightings[0].proofs)} alone")
    if not invoice.seller.name:
        yield error("READ-UNSURE", "seller.name", "the name of the supplier was not found")
    known_by = (invoice.seller.vat_id, invoice.seller.tax_number, invoice.payment.iban, invoice.seller.postcode)
    if not any(known_by):
        yield error("READ-UNSURE", "seller.vat_id", "nothing on the page says for certain which company the supplier is")
    if reading.solution is not None and not reading.solution.lines_close and invoice.lines:
        yield error("READ-UNSURE", "lines", "the lines do not add up to the total without tax")
    yield from _unproven_lines(reading)
    yield from _unproven_tax(reading)


def _is_labelled_number(name: str) -> bool:
    """``EAN: 4006381333931``, ``GTIN 4006381333931``: a number of the item and what it is, in the place of the name."""
    if _LABELLED_NUMBER.fullmatch(name.strip()):
        return True
    found = next((f for f in find_phrases(name, frozenset({"row"})) if f.start == 0 and f.terms & _ITEM_NUMBERS), None)
    rest = name[found.end :].strip(" .:#") if found else ""
    return len(rest) > 3 and rest.isdigit()


_ITEM_NUMBERS = frozenset({"row.gtin", "row.item_id", "row.buyer_item_id"})


def _unproven_lines(reading: Reading) -> Iterator[Finding]:
    if not reading.invoice.lines:
        yield error("READ-UNSURE", "lines", "no invoice lines were found")
    if len({row.rate for row in reading.invoice.tax_breakdown}) > 1:
        for number, line in enumerate(reading.invoice.lines):
            if line.tax_rate is None:
                yield error(
                    "READ-UNSURE", f"lines[{number}].tax_rate", f"line {line.id or number + 1}: which of the tax rates is it?"
                )
    for number, line in enumerate(reading.invoice.lines):
        for name in ("name", "net_amount"):
            if getattr(line, name) is None:
                yield error(
                    "READ-UNSURE", f"lines[{number}].{name}", f"line {line.id or number + 1} has no {name.replace('_', ' ')}"
                )
        if line.name and not re.search(r"[^\W\d_]{2,}", re.sub(r"\([^)]*\)", "", line.name)):
            yield error("READ-UNSURE", f"lines[{number}].name", f"line {line.id or number + 1}: {line.name!r} is no name")
        bare = line.quantity is None and line.net_price is None  # in a table a name may well end with a colon
        if line.name and ((bare and line.name.rstrip().endswith(":")) or _is_labelled_number(line.name)):
            yield error(
                "READ-UNSURE", f"lines[{number}].name", f"line {line.id or number + 1}: {line.name!r} is a label, no name"
            )
        if line.net_amount and (line.quantity is None) != (line.net_price is None):
            missing = "quantity" if line.quantity is None else "net_price"
            yield error(
                "READ-UNSURE", f"lines[{number}].{missing}", f"line {line.id or number + 1} has no {missing.replace('_', ' ')}"
            )


def _unproven_tax(reading: Reading) -> Iterator[Finding]:
    invoice = reading.invoice
    if not invoice.tax_breakdown:
        yield error("READ-UNSURE", "tax_breakdown", "no tax is shown and no reason for it was found")
    for number, row in enumerate(invoice.tax_breakdown):
        if row.rate is None or row.basis is None or row.category is None:
            yield error("READ-UNSURE", f"tax_breakdown[{number}]", "rate, basis or category of the tax is not certain")
    bases = [row.basis for row in invoice.tax_breakdown]
    net = invoice.totals.tax_basis_total
    if bases and None not in bases and net is not None and sum(b for b in bases if b is not None) != net:
        yield error(
            "READ-UNSURE",
            "tax_breakdown",
            f"the bases of the taxes add up to {sum(b for b in bases if b is not None)}, not to {net}",
        )


def _is_proven(sighting: Sighting, second_reader: bool) -> bool:
    own = set(sighting.proofs) & {"label", "equation", "check-digit", "master-data", "position", "profile"}
    return bool(own) and (not second_reader or "second-reader" in sighting.proofs)


def _value(reading: Reading, path: str) -> object:
    value: object = reading.invoice
    for name in path.split("."):
        value = getattr(value, name)
    return value
