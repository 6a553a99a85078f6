"""For generated invoices: a booking is written and adds up to the cent, or it is refused with a field; nothing else happens."""

import csv
import io
import json
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

import exporters
from exporters import DoesNotFit, ExportContext, MissingData
from schemas import Invoice
from schemas.invoice import CREDIT_NOTES
from tests.exporters.booking.scenes import D, context, invoice_of, ordered, posted, share
from tests.exporters.strategies import invoices

BOOKS = [name for name, entry in exporters.FORMATS.items() if entry.books]
SLOW_PARTS = [HealthCheck.too_slow, HealthCheck.data_too_large]


def told(invoice: Invoice, has_order: bool) -> ExportContext:
    """Each line booked as the enrichers do; a tax code for each category and rate."""
    codes: dict[tuple[object, object], str] = {}

    def code(category: object, rate: object) -> str:
        return codes.setdefault((category, rate), f"V{len(codes)}")

    lines = []
    for number, line in enumerate(invoice.lines, 1):
        make = ordered if has_order else posted
        one = make(number, "0", tax_code=code(line.tax_category, line.tax_rate))
        lines.append(one.model_copy(update={"invoice_line": line.id, "net_amount": line.net_amount}))
    if not has_order:
        for name, sign in (("allowances", -1), ("charges", 1)):
            for index, row in enumerate(getattr(invoice, name)):
                one = posted(1, "0", tax_code=code(row.category, row.rate))
                lines.append(one.model_copy(update={"invoice_line": f"{name}[{index}]", "net_amount": sign * row.amount}))
    shares = [
        share(number).model_copy(update={"invoice_line": line.id, "quantity": line.quantity})
        for number, line in enumerate(invoice.lines, 1)
    ]
    keys = {("datev", "tax_code", name): "9" for name in codes.values()} | {
        ("datev", "vendor", "100001"): "70001",
        ("datev", "gl_account", "420000"): "4200",
        ("datev", "gl_account", ""): "3200",
        ("datev", "gl_account", "delivery-costs"): "3800",
        ("datev", "company", "consultant"): "1001",
        ("datev", "company", "client"): "1",
    }
    return context(lines=lines, shares=shares if has_order else None, keys=keys, order_lines=())


def check(name: str, data: bytes, invoice: Invoice) -> None:
    gross, sign = invoice.totals.grand_total, -1 if invoice.type_code in CREDIT_NOTES else 1
    if name == "journal-csv":
        rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
        assert sum(D(row["debit"] or "0") for row in rows) == sum(D(row["credit"] or "0") for row in rows)
    elif name == "sap-odata":
        body = json.loads(data)
        parts = D(body.get("UnplannedDeliveryCost", "0"))
        parts += sum(
            D(row["SupplierInvoiceItemAmount"]) for row in body.get("to_SuplrInvcItemPurOrdRef", {"results": []})["results"]
        )
        for row in body.get("to_SupplierInvoiceItemGLAcct", {"results": []})["results"]:
            parts += D(row["SupplierInvoiceItemAmount"]) * (sign if row["DebitCreditCode"] == "S" else -sign)
        assert parts + sum(D(row["TaxAmount"]) for row in body["to_SupplierInvoiceTax"]["results"]) == gross
    elif name == "sap-idoc":
        root = etree.fromstring(data)
        assert [D(one.findtext("SUMME") or "") for one in root.iter("E1EDS01")][1] == gross
    elif name == "datev":
        cells = [line.split(";")[:2] for line in data.decode("cp1252").split("\r\n")[2:-1]]
        assert sum(D(amount.replace(",", ".")) * (1 if side == '"S"' else -1) for amount, side in cells) == sign * (gross or 0)


def outcome(name: str, invoice: Invoice, given: ExportContext) -> bytes | DoesNotFit | MissingData:
    try:
        return exporters.write(name, invoice, given).data
    except (DoesNotFit, MissingData) as problem:
        return problem


def test_written_with_its_sum_or_refused_with_a_field() -> None:
    written = dict.fromkeys(BOOKS, 0)

    @settings(max_examples=60, deadline=None, suppress_health_check=SLOW_PARTS, derandomize=True)
    @given(invoice=invoices(), has_order=st.booleans())
    def write(invoice: Invoice, has_order: bool) -> None:
        for name in BOOKS:
            found = outcome(name, invoice, told(invoice, has_order))
            if isinstance(found, bytes):
                written[name] += 1
                check(name, found, invoice)
            else:
                assert found.field if isinstance(found, DoesNotFit) else found.paths

    write()
    assert all(written.values()), written


@settings(max_examples=80, deadline=None, derandomize=True)
@given(text=st.text(min_size=1, max_size=40), cents=st.integers(1, 10**9))
def test_no_text_breaks_a_writer(text: str, cents: int) -> None:
    """Numbers, names and cost objects from outside: written as they are, or refused."""
    amount = str(Decimal(cents) / 100)
    invoice = invoice_of(amount, number=text)
    invoice.seller.name = invoice.lines[0].name = text
    for name in BOOKS:
        outcome(name, invoice, context(lines=[posted(1, amount, cost_center=text)]))
