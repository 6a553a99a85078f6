"""From the root element to the document: which reader, what it read, and whether it may be booked."""

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from extractors.xml.judgement import judge
from extractors.xml.mapping import Blocks
from extractors.xml.parsing import Xml
from extractors.xml.payment_terms import discounts_in
from extractors.xml.reader import Reading, read_tree
from schemas import Document, Evidence, Finding, Invoice, Kind, Source
from schemas.finding import error


def read_structured(
    xml: Xml, blocks: Blocks, *, kind: Kind, source: Source, amend: Callable[[Reading], None] | None = None
) -> Document:
    """The document a structured source states, with evidence per value. Never raises for its content.

    ``amend`` is the syntax's own last step for what a table of paths cannot say.
    """
    reading = read_tree(xml, blocks)
    if amend is not None:
        amend(reading)
    _add_discounts(reading)
    invoice, findings = _build(reading)
    _repeat_evidence_of_first_account(reading.evidence)
    return judge(invoice, kind, source, reading.evidence, [*reading.findings, *findings])


def _add_discounts(reading: Reading) -> None:
    terms = reading.invoice.get("payment_terms", {})
    if not terms.get("text") or terms.get("discounts") or not (found := discounts_in(terms["text"])):
        return
    terms["discounts"] = found
    for index in range(len(found)):
        for name in ("percent", "days"):
            reading.evidence[f"payment_terms.discounts[{index}].{name}"] = reading.evidence["payment_terms.text"]


def _repeat_evidence_of_first_account(evidence: dict[str, list[Evidence]]) -> None:
    """The model repeats the first account as ``payment.iban`` and ``payment.bic``; they are proven where the account is."""
    for name in ("iban", "bic"):
        if (places := evidence.get(f"payment.accounts[0].{name}")) is not None:
            evidence.setdefault(f"payment.{name}", places)


def _build(reading: Reading) -> tuple[Invoice, list[Finding]]:
    """The invoice; a value the model refuses is taken out and named, so that one bad value never costs the others."""
    findings: list[Finding] = []
    for _ in range(100):
        try:
            return Invoice.model_validate(reading.invoice), findings
        except ValidationError as problem:
            for wrong in problem.errors(include_url=False, include_context=False)[:50]:
                path = _path(wrong["loc"])
                findings.append(error("READ-MALFORMED", path, f"the value does not fit: {wrong['msg'][:200]}"))
                _take_out(reading.invoice, wrong["loc"])
                reading.evidence.pop(path, None)
    return Invoice(), findings


def _take_out(values: Any, place: tuple[int | str, ...]) -> None:
    for step in place[:-1]:
        inner = values.get(step) if isinstance(values, dict) else values[step] if isinstance(step, int) else None
        if inner is None:
            break
        values = inner
    if isinstance(values, dict):
        values.pop(place[-1], None)


def _path(place: tuple[int | str, ...]) -> str:
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
