"""The norm's verdict on a file of whatever kind: XML as it is, what a PDF carries, each message of an interchange.

EDIFACT has no rules of its own here: what a message says is written as UBL, nothing completed, and judged by the rules of EN 16931.
Where a rule hits an element, the segment is named that said the field. What only UBL demands is left out, and what the official rules
of the EDIFACT syntax do not demand is a warning (``_MILDER``).
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from exporters.einvoice import plain_xml
from extractors.edifact import Complaint, read_interchange, tokenize
from extractors.edifact.form import check
from extractors.errors import Unreadable
from extractors.hybrid import invoice_xmls
from extractors.media import Media, sniff
from extractors.pdf.errors import PdfUnreadable
from extractors.pdf.structure import inspect
from extractors.structured import read_xml
from schemas import Document, Invoice
from schemas.edifact import table_for
from validators import norm
from validators.norm import LegalClass, Report, Violation

NORM_DIRECTORY = "d14b"
SPECIFICATION = "urn:cen.eu:en16931:2017"
_OF_XML = ("XSD", "UBL-", "CII-")
# Not among the official rules of the EDIFACT syntax (EN16931-EDIFACT-model), whose own examples break them.
_MILDER = frozenset({"BR-CO-09", "BR-61"})
_SUMS = re.compile(r"BR-CO-1[0-7]|BR-DEC-\d+|BR-[A-Z]+-0[89]")
"""Rules that hold for any invoice. D.96A and D.01B are no syntaxes of the norm: what else it demands is a warning there."""


def judge_file(data: bytes, name: str, profile: str) -> Report:
    """Never raises for what the bytes hold; ``ValueError`` for an unknown profile."""
    media = sniff(data, name)
    if media is Media.PDF:
        return _judge_pdf(data, profile)
    if media is Media.EDIFACT:
        return judge_interchange(data)
    return norm.validate(data, profile=profile)


def _judge_pdf(data: bytes, profile: str) -> Report:
    try:
        xmls = invoice_xmls(inspect(data).attachments)
    except PdfUnreadable as problem:
        return _no_verdict("pdf", problem.code, problem.reason)
    if not xmls:
        return _no_verdict("pdf", "READ-NOT-INVOICE", "the PDF carries no invoice XML; there is no e-invoice to judge")
    if len(xmls) > 1:
        return _no_verdict("pdf", "READ-AMBIGUOUS-XML", f"the PDF carries {len(xmls)} different invoice XMLs")
    return norm.validate(xmls[0], profile=profile)


def judge_interchange(data: bytes) -> Report:
    """Every message of an interchange, judged together: one message that is not valid makes the interchange not valid."""
    try:
        interchange = tokenize(data)
    except Unreadable as problem:
        return _no_verdict("edifact", problem.code, problem.reason)
    violations = [_of_form(complaint) for complaint in interchange.complaints]
    judged: list[Report] = []
    documents = read_interchange(data)
    for message, document in zip(interchange.messages, documents, strict=True):
        if message[0].component(1, 0) != "INVOIC":
            violations.append(_violation("READ-NOT-INVOICE", message[0].place, "the message is not an invoice"))
            continue
        directory = table_for(message[0].component(1, 2))
        violations += [_of_form(complaint) for complaint in check(message, directory)]
        violations += _of_values(document)
        if document.invoice is not None:
            judged.append(_by_the_norm(document, document.invoice, directory))
            violations += judged[-1].violations
    is_valid = not any(violation.severity == "fatal" for violation in violations)
    rules = ["ISO 9735", *dict.fromkeys(name for report in judged for name in report.rules if not name.startswith("XSD"))]
    return Report(valid=is_valid, syntax="edifact", profile="en16931", rules=rules, violations=violations)


def _of_values(document: Document) -> Iterator[Violation]:
    """What the reader could not take as it stands: malformed values, counts, currencies."""
    for finding in document.findings:
        if finding.code in ("READ-MALFORMED", "READ-INVALID-AMOUNT") and finding.path:
            yield _violation("EDI-FORMAT", finding.message.partition(":")[0], finding.message)
        elif finding.code == "READ-CORRUPT":
            yield _violation("EDI-CNT", "CNT", finding.message)
        elif finding.code == "READ-UNSURE" and finding.path == "currency" and finding.clears:
            yield _violation("EDI-CURRENCY", finding.message.partition(" ")[0], finding.message)


def _by_the_norm(document: Document, invoice: Invoice, directory: str) -> Report:
    """The rules of EN 16931 on what a message says, each hit at its segment."""
    xml = plain_xml(_without_gaps_of_syntax(invoice))
    places = _segments(document, xml)
    report = norm.validate(xml, profile="en16931")
    kept = [
        violation.model_copy(
            update={
                "location": places.get(violation.location, ""),
                "severity": _severity(violation, directory),
            }
        )
        for violation in report.violations
        if not violation.rule.startswith(_OF_XML)
    ]
    return report.model_copy(update={"violations": kept})


def _severity(violation: Violation, directory: str) -> str:
    is_milder = violation.rule in _MILDER or (directory != NORM_DIRECTORY and not _SUMS.fullmatch(violation.rule))
    return "warning" if is_milder else violation.severity


def _without_gaps_of_syntax(invoice: Invoice) -> Invoice:
    """UBL states a VAT total even where it is zero, and a total in the accounting currency only with that currency; EDIFACT need not."""
    copy = invoice.model_copy(deep=True)
    totals = copy.totals
    if totals.tax_total is None and all(row.amount == 0 for row in copy.tax_breakdown if row.amount is not None):
        totals.tax_total = Decimal(0)
    copy.specification = copy.specification or SPECIFICATION  # only D.14B has a place for it
    if copy.accounting_currency is None:
        totals.tax_total_accounting = None
    return copy


def _segments(document: Document, xml: bytes) -> dict[str, str]:
    """XPath of each element of the UBL form -> the segment that said its field."""
    said = {field: proofs[0].path or "" for field, proofs in document.evidence.items() if proofs}
    found = {}
    for field, proofs in read_xml(xml).evidence.items():
        if (segment := said.get(field)) and proofs[0].path:
            found[proofs[0].path] = segment
            found[proofs[0].path.replace("[1]", "")] = segment
    return found


def _of_form(complaint: Complaint) -> Violation:
    violation = _violation(complaint.rule, complaint.place, complaint.message, fatal=complaint.is_fatal)
    return violation.model_copy(update={"values": list(complaint.values)})


def _violation(rule: str, place: str, message: str, *, fatal: bool = True) -> Violation:
    severity = "fatal" if fatal else "warning"
    return Violation(rule=rule, severity=severity, location=place, message=message, legal_class=LegalClass.FORMAT)


def _no_verdict(syntax: str, rule: str, reason: str) -> Report:
    return Report(valid=False, syntax=syntax, violations=[_violation(rule, "", reason)])
