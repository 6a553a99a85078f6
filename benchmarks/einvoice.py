"""How long judging and writing e-invoices takes, beside other tools in the same run: ``python -m benchmarks.einvoice``.

Judging: the native rules with the schema check, the official XSLT in its worker process, and factur-x' own check (schema and
schematron). Writing XML: ours and drafthorse. Hybrid PDF: ours makes the page, too; the others are given one. Milliseconds are the
fastest of the rounds for each invoice; the median and the slowest invoice are printed. Exit code 1 when a limit is missed.

drafthorse is installed with ``pip install --require-hashes -r requirements/benchmarks.txt``, saxonche with the extra ``official``;
what is not installed is left out.
"""

import argparse
import importlib
import importlib.util
import logging
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from exporters.einvoice import write_xml
from exporters.hybrid import write_hybrid
from exporters.profiles import profiles
from exporters.readable import readable_pdf
from pipeline.official import OfficialJudge
from schemas import Invoice
from tests.exporters import invoices as made
from validators.norm import validate

LIMITS = {"judge": 3.0, "write": 5.0, "hybrid": 60.0}
"""Milliseconds of ours, at the median."""
JUDGED = ("xrechnung-ubl", "xrechnung-cii", "zugferd")
WRITTEN = "zugferd"
SCHEMA = "FACTUR-X_EN16931"


@dataclass(frozen=True)
class Row:
    """One contestant: milliseconds of each invoice."""

    name: str
    times: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.times)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.einvoice", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7, help="the fastest counts; one more, before them, warms up")
    rounds = parser.parse_args(arguments).rounds
    logging.disable(logging.ERROR)  # factur-x tells every step
    invoices = made.samples()
    parts = {
        "judge": ("one invoice judged", list(_judges(invoices, rounds))),
        "write": ("one XML written, EN 16931 in CII", list(_writers(invoices, rounds))),
        "hybrid": ("one hybrid PDF", list(_hybrids(invoices, rounds))),
    }
    kept = [_shown(key, *part) for key, part in parts.items()]
    return 0 if all(kept) else 1


def _has(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def _timed(name: str, work: Callable[[Any], object], inputs: Iterable[Any], rounds: int) -> Row:
    given = list(inputs)
    best = [float("inf")] * len(given)
    for turn in range(rounds + 1):
        for number, each in enumerate(given):
            start = time.perf_counter()
            work(each)
            if turn:
                best[number] = min(best[number], 1000 * (time.perf_counter() - start))
    return Row(name, best)


def _judges(invoices: dict[str, Invoice], rounds: int) -> Iterable[Row]:
    documents = {
        name: [write_xml(invoice, profiles()[name], made.context()).data for invoice in invoices.values()] for name in JUDGED
    }
    every = [data for found in documents.values() for data in found]
    yield _timed("ours", validate, every, rounds)
    yield _timed("ours, en16931 only", lambda data: validate(data, profile="en16931"), every, rounds)
    if OfficialJudge.available():
        with OfficialJudge() as judge:
            yield _timed("official XSLT", lambda data: judge.judge(data, "en16931"), every, rounds)
    if _has("saxonche"):
        import facturx

        check = lambda data: (facturx.xml_check_xsd(data), facturx.xml_check_schematron(data))  # noqa: E731
        yield _timed("factur-x, schema and schematron", check, documents[WRITTEN], rounds)


def _writers(invoices: dict[str, Invoice], rounds: int) -> Iterable[Row]:
    profile = profiles()[WRITTEN]
    yield _timed("ours", lambda invoice: write_xml(invoice, profile, made.context()), invoices.values(), rounds)
    if _has("drafthorse"):
        given = list(invoices.values())
        yield _timed("drafthorse", lambda invoice: _drafthorse(invoice).serialize(schema=None), given, rounds)
        yield _timed("drafthorse, with its schema check", lambda i: _drafthorse(i).serialize(schema=SCHEMA), given[:1], rounds)


def _hybrids(invoices: dict[str, Invoice], rounds: int) -> Iterable[Row]:
    profile, few = profiles()[WRITTEN], min(rounds, 3)
    yield _timed(
        "ours, page and check of PDF/A-3", lambda invoice: write_hybrid(invoice, profile, made.context()), invoices.values(), few
    )
    ready = [
        (readable_pdf(invoice, made.context()), write_xml(invoice, profile, made.context()).data) for invoice in invoices.values()
    ]
    yield _timed("of it the page", lambda invoice: readable_pdf(invoice, made.context()), invoices.values(), few)
    import facturx

    yield _timed("factur-x, page given", lambda pair: facturx.generate_from_binary(*pair, check_xsd=False), ready, few)
    if _has("drafthorse"):
        attach = importlib.import_module("drafthorse.pdf").attach_xml
        yield _timed("drafthorse, page given", lambda pair: attach(*pair), ready, few)


def _drafthorse(invoice: Invoice) -> Any:
    """The invoice as an object tree of drafthorse: header, parties, lines, taxes, sums; what an ordinary invoice has."""
    models = [importlib.import_module(f"drafthorse.models.{name}") for name in ("accounting", "document", "tradelines")]
    tax_type, document_type, line_type = models[0].ApplicableTradeTax, models[1].Document, models[2].LineItem

    document = document_type()
    document.context.guideline_parameter.id = "urn:cen.eu:en16931:2017"
    document.header.id, document.header.type_code = invoice.number, invoice.type_code
    document.header.issue_date_time = invoice.issue_date
    agreement, settlement = document.trade.agreement, document.trade.settlement
    agreement.buyer_reference = invoice.buyer_reference
    for party, stated in ((agreement.seller, invoice.seller), (agreement.buyer, invoice.buyer)):
        party.name, address = stated.name, party.address
        address.line_one, address.postcode = stated.street, stated.postcode
        address.city_name, address.country_id = stated.city, stated.country
    document.trade.delivery.event.occurrence = invoice.delivery_date
    settlement.currency_code = invoice.currency
    for line in invoice.lines:
        document.trade.items.add(_drafthorse_line(line_type(), line))
    for row in invoice.tax_breakdown:
        tax = tax_type()
        tax.calculated_amount, tax.basis_amount = row.amount, row.basis
        tax.type_code, tax.category_code, tax.rate_applicable_percent = "VAT", row.category, row.rate or Decimal(0)
        settlement.trade_tax.add(tax)
    sums, totals = settlement.monetary_summation, invoice.totals
    sums.line_total, sums.charge_total, sums.allowance_total = totals.line_total, Decimal(0), Decimal(0)
    sums.tax_basis_total, sums.tax_total = totals.tax_basis_total, (totals.tax_total, invoice.currency)
    sums.grand_total, sums.due_amount = totals.grand_total, totals.due_payable
    return document


def _drafthorse_line(item: Any, line: Any) -> Any:
    item.document.line_id, item.product.name = line.id, line.name
    item.agreement.net.amount = line.net_price
    item.delivery.billed_quantity = (line.quantity, line.unit)
    tax = item.settlement.trade_tax
    tax.type_code, tax.category_code, tax.rate_applicable_percent = "VAT", line.tax_category, line.tax_rate or Decimal(0)
    item.settlement.monetary_summation.total_amount = line.net_amount
    return item


def _shown(key: str, title: str, rows: list[Row]) -> bool:
    ours, limit = rows[0], LIMITS[key]
    is_kept = ours.median < limit
    print(f"\n{title} (ours under {limit:g} ms: {'yes' if is_kept else 'NO'})")
    for row in rows:
        print(f"  {row.name:34}{row.median:9.2f} ms, slowest {max(row.times):8.2f} ms, ratio {row.median / ours.median:7.2f}")
    return is_kept


if __name__ == "__main__":
    sys.exit(main())
