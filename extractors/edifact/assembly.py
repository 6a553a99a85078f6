"""One message as a document: fields, what holds for the message as a whole, and whether it may be booked as it stands."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from extractors.edifact.groups import build
from extractors.edifact.reading import Reading
from extractors.edifact.tokens import Complaint, Interchange, Segment
from extractors.xml.judgement import judge
from extractors.xml.payment_terms import discounts_in
from schemas import Document, Finding, Invoice, Kind, Source
from schemas.edifact import table_for
from schemas.finding import error, info, warning
from schemas.invoice import CREDIT_NOTES

MESSAGES = {
    "ORDERS": Kind.ORDER,
    "ORDRSP": Kind.ORDER_CONFIRMATION,
    "ORDCHG": Kind.ORDER,
    "DESADV": Kind.DELIVERY_NOTE,
    "REMADV": Kind.REMITTANCE,
    "QUOTES": Kind.OFFER,
    "REQOTE": Kind.INQUIRY,
    "PRICAT": Kind.PRICE_CHANGE,
    "STATAC": Kind.STATEMENT,
}
MAX_NOTES = 1_000
EXEMPT = frozenset({"E", "AE", "K", "G", "O"})
_FIRST = ("preceding_invoice_reference", "preceding_invoice_date")


def read_message(interchange: Interchange, number: int) -> Document:
    """The document of one message. Findings name segments by tag and number, UNH is 1."""
    message = interchange.messages[number]
    kind, release = message[0].component(1, 0), message[0].component(1, 2)
    if kind != "INVOIC":
        words = f"the message is {kind[:20] or 'of no named type'}, not an invoice; it is kept"
        return Document(kind=MESSAGES.get(kind, Kind.OTHER), findings=[info("READ-NOT-INVOICE", "", words)])
    reading = Reading(table_for(release), interchange.decimal_mark)
    reading.read(message, *build(message))
    record = reading.invoice
    findings = [*_form(interchange.complaints), *reading.findings]
    if interchange.doubtful_text:
        words = "the text is not in the character set the interchange names; compare names and texts with the sender's"
        findings.append(error("READ-UNSURE", "", words, clears="the texts confirmed by a person"))
    findings += _counts(record)
    _put_accounts(record)
    _put_exemptions(record, findings)
    _put_preceding(record)
    _put_objects(interchange, record)
    _put_discounts(record)
    findings += _currencies(message, record, reading)
    _keep_rest(message, record, reading)
    try:
        invoice = Invoice.model_validate(record)
    except ValidationError as problem:
        reasons = [error("READ-MALFORMED", ".".join(map(str, e["loc"])), e["msg"]) for e in problem.errors()[:50]]
        return Document(kind=Kind.UNREADABLE, source=Source.EDIFACT, findings=[*findings, *reasons])
    of_kind = Kind.CREDIT_NOTE if invoice.type_code in CREDIT_NOTES else Kind.INVOICE
    return judge(invoice, of_kind, Source.EDIFACT, reading.evidence, findings)


def _form(complaints: list[Complaint]) -> Iterator[Finding]:
    for complaint in complaints:
        make = error if complaint.is_fatal else warning
        stated, expected = (*complaint.values, None, None)[:2]
        yield make(
            "READ-MALFORMED", "", f"{complaint.rule} {complaint.place}: {complaint.message}", stated=stated, expected=expected
        )


def _counts(record: dict[str, Any]) -> Iterator[Finding]:
    """CNT+2: a message that lost lines on its way says so itself."""
    stated = record.pop("@line_count", None)
    actual = len(record.get("lines", []))
    if stated is not None and stated.strip().lstrip("0") != str(actual):
        words = f"CNT counts {stated} lines, the message has {actual}; lines may be missing: ask the sender for it again"
        yield error("READ-CORRUPT", "lines", words, stated=stated, expected=str(actual))


def _put_accounts(record: dict[str, Any]) -> None:
    """The same account may stand in several FII: each number once, with all that is said of it."""
    payment = record.get("payment", {})
    accounts: dict[str, dict[str, Any]] = {}
    for account in payment.get("accounts", []):
        known = accounts.setdefault(account.get("iban") or "", account)
        known.update({name: value for name, value in account.items() if name not in known})
    if accounts:
        payment["accounts"] = list(accounts.values())


def _put_exemptions(record: dict[str, Any], findings: list[Finding]) -> None:
    """Reasons stand once in the header; they belong to the rows of the breakdown that state one, in their order."""
    reasons = record.pop("@exemptions", [])
    rows = record.get("tax_breakdown", [])
    open_rows = [row for row in rows if row.get("category") in EXEMPT]
    if len(reasons) > len(open_rows) and len(reasons) <= len(rows):
        open_rows = rows
    if reasons and (len(open_rows) == len(reasons) or len(open_rows) == 1):
        for reason, row in zip(reasons, open_rows, strict=False):
            row["exemption_reason"], row["exemption_code"] = reason.get("text"), reason.get("code")
        reasons = reasons[len(open_rows) :]
    for reason in reasons:
        text = " ".join(part for part in (reason.get("code"), reason.get("text")) if part)
        record.setdefault("notes", []).append({"text": text, "path": "FTX+AGM"})
        findings.append(info("READ-UNSURE", "tax_breakdown", f"the reason {text[:80]!r} belongs to no row of the tax breakdown"))


def _put_preceding(record: dict[str, Any]) -> None:
    found = [invoice for invoice in record.pop("@preceding", []) if invoice.get("number")]
    if found:
        record[_FIRST[0]], record[_FIRST[1]] = found[0]["number"], found[0].get("issue_date")
        record["further_preceding_invoices"] = found[1:]


def _put_objects(interchange: Interchange, record: dict[str, Any]) -> None:
    """Objects behind the message (UNO ... UNP) are the files of its supporting documents, known by the reference."""
    documents = record.setdefault("supporting_documents", [])
    for segment, content in interchange.objects:
        reference, media_type = segment.component(1, 1), segment.component(2, 1)
        owner = next((d for d in documents if d.get("reference") == reference), None)
        if owner is None:
            owner = {"reference": reference or None}
            documents.append(owner)
        owner["content"] = "".join(content.split()) or None
        owner["media_type"] = media_type or None


def _put_discounts(record: dict[str, Any]) -> None:
    """Discounts of PAT and PCD need both halves; those in the text are written the XRechnung way."""
    terms = record.get("payment_terms", {})
    if "discounts" in terms:
        terms["discounts"] = [discount for discount in terms["discounts"] if {"percent", "days"} <= set(discount)]
    if not terms.get("discounts") and (text := terms.get("text")) and (found := discounts_in(text)):
        terms["discounts"] = [discount.model_dump() for discount in found]


def _currencies(message: list[Segment], record: dict[str, Any], reading: Reading) -> Iterator[Finding]:
    """Amounts name their currency only where it is another one than that of the invoice."""
    known = {record.get("currency"), record.get("accounting_currency")}
    for segment in message:
        if segment.tag != "MOA" or not (currency := segment.component(0, 2)):
            continue
        if currency in known:
            reading.cells.add((segment.number, 0, 2))
            continue
        words = f"{segment.place} is in {currency[:10]}, the invoice in {record.get('currency')}"
        yield error("READ-UNSURE", "currency", words, clears="the amount entered by a person")


def _keep_rest(message: list[Segment], record: dict[str, Any], reading: Reading) -> None:
    """What no row explains is kept as notes with its segment, never dropped."""
    rest = []
    for segment in message:
        if segment.tag in ("UNH", "UNT", "UNS"):
            continue
        for at, components in enumerate(segment.elements):
            cells = [(segment.number, at, index) for index, text in enumerate(components) if text.strip()]
            if any(cell not in reading.cells for cell in cells):
                rest.append({"text": f"{segment.tag}+{'+'.join(':'.join(c) for c in segment.elements)}", "path": segment.place})
                break
    if rest:
        record.setdefault("notes", []).extend(rest[:MAX_NOTES])
