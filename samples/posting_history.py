"""Two years of posted invoices of the sample world, so that duplicates, outliers and account proposals have a past.

Deterministic: amounts vary by a fixed pattern, not by chance. Seeds: ``series.csv`` holds recurring invoices without order
(net amount of a month is ``net + swing * wave``, zero swing is a flat fee; ``number`` is a format with ``{n}`` counting up by
``step`` from ``first_number``), ``order_postings.csv`` invoices that named an order, one row per line.
"""

from datetime import date, timedelta
from decimal import Decimal

from samples.parties import Row, main_account, seed_rows
from schemas import plain, round_half_up

_WAVE = (0, 3, -2, 5, 1, -4, 2, 6, -1, 4, -3, 0, 2)
_HEADER = ("vendor_number", "company_code", "number", "issue_date", "currency", "type_code", "grand_total")
_LINE = ("vendor_number", "number", "po_number", "po_line", "delivery_note", "quantity", "unit", "net_amount", "description")
_POSTING = ("gl_account", "cost_center", "tax_code")


def months_before(last: date, count: int) -> list[date]:
    """First days of the ``count`` months that end with the month before ``last``, oldest first."""
    total = last.year * 12 + last.month - 1
    return [date((total - back) // 12, (total - back) % 12 + 1, 1) for back in range(count, 0, -1)]


def series_rows(now: date) -> tuple[list[Row], list[Row]]:
    """posted_invoices and posted_lines of all series; ``now`` lies in the month in which the samples play."""
    invoices: list[Row] = []
    lines: list[Row] = []
    for seed in seed_rows("series"):
        for index, first in enumerate(months_before(now, int(seed["months"]))):
            if index % int(seed["every"]) == 0:
                invoice, line = _month(seed, index, first)
                invoices.append(invoice)
                lines.append(line)
    return invoices, lines


def _month(seed: Row, index: int, first: date) -> tuple[Row, Row]:
    issued = first + timedelta(days=int(seed["day"]) - 1)
    net = round_half_up(Decimal(seed["net"]) + Decimal(seed["swing"]) * _WAVE[index % len(_WAVE)])
    count = int(seed["first_number"]) + index * int(seed["step"])
    number = seed["number"].format(n=count, y=issued.year, y2=issued.year % 100)
    invoice = {
        "vendor_number": seed["vendor"],
        "company_code": "1000",
        "number": number,
        "issue_date": issued.isoformat(),
        "currency": "EUR",
        "type_code": "380",
        "grand_total": plain(net + round_half_up(net * Decimal(seed["rate"]) / 100)),
        "iban": main_account(seed["vendor"]),
    }
    line = {
        "vendor_number": seed["vendor"],
        "number": number,
        "line": "1",
        "quantity": "1",
        "unit": "C62",
        "net_amount": plain(net),
        "description": seed["text"].format(m=f"{issued:%m/%Y}"),
        **{key: seed[key] for key in _POSTING},
    }
    return invoice, line


def order_rows() -> tuple[list[Row], list[Row]]:
    """posted_invoices and posted_lines of invoices that named an order."""
    invoices: dict[tuple[str, str], Row] = {}
    lines: list[Row] = []
    for seed in seed_rows("order_postings"):
        key = (seed["vendor_number"], seed["number"])
        if key not in invoices:
            invoices[key] = {**{name: seed[name] for name in _HEADER}, "iban": main_account(seed["vendor_number"])}
        count = sum(1 for line in lines if (line["vendor_number"], line["number"]) == key)
        lines.append({**{name: seed[name] for name in (*_LINE, *_POSTING)}, "line": str(count + 1)})
    return list(invoices.values()), lines
