"""EXTF booking batch (Buchungsstapel, format version 13): one line for each entry, one file for each period.

Source: DATEV's description of the DATEV format. Semicolons, CRLF, Windows-1252, text in quotes, decimal comma; all columns present.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date

from exporters.booking import Booking, book
from exporters.context import ExportContext, Exported
from exporters.datev.entries import Entry, account_length, company_number, document_guid, entries
from exporters.errors import DoesNotFit
from exporters.fields import Field, Stated, Value, fill, table
from schemas import Invoice

NAME = "datev"
ENCODING = "cp1252"
FORMAT_VERSION = "13"
LINE_END = "\r\n"


def fields_of(record: str) -> Mapping[str, Field]:
    """``HEAD`` or ``EXTF``: the columns in their order."""
    return table("exporters.datev", "extf_fields.csv")[record]


HEAD_OF_CLIENT = slice(10, 16)
"""Cells of the head that say whose batch it is and which period: consultant, client, fiscal year, account length, from, to."""


def write(invoice: Invoice, context: ExportContext) -> Exported:
    """``datev``: the batch of one invoice, in the period of its month."""
    booking = book(invoice, context, NAME)
    left_out: list[str] = []
    lines = [_line(booking, entry, context, left_out) for entry in entries(booking, context, NAME)]
    data = _file(_head(booking.issue_date, context), lines)
    return Exported(data, "text/csv", ".csv", not_carried=left_out)


def merge(files: Iterable[bytes]) -> dict[tuple[str, ...], bytes]:
    """One file for each client and period, by the cells of ``HEAD_OF_CLIENT``; lines keep their order.

    DATEV wants the bookings of a period in one file. The head is that of the first file of the period.
    """
    heads: dict[tuple[str, ...], str] = {}
    lines: dict[tuple[str, ...], list[str]] = {}
    for data in files:
        head, _, *own = data.decode(ENCODING).removesuffix(LINE_END).split(LINE_END)
        key = tuple(head.split(";")[HEAD_OF_CLIENT])
        heads.setdefault(key, head)
        lines.setdefault(key, []).extend(own)
    return {key: _file(head, lines[key]) for key, head in heads.items()}


def _file(head: str, lines: Iterable[str]) -> bytes:
    titles = ";".join(fields_of("EXTF"))
    return "".join(f"{line}{LINE_END}" for line in (head, titles, *lines)).encode(ENCODING)


def _head(day: date, context: ExportContext) -> str:
    """The head of the batch of the month of ``day``."""
    settings = context.targets.datev
    start = date(day.year if day.month >= settings.fiscal_year_month else day.year - 1, settings.fiscal_year_month, 1)
    created = context.created
    given: dict[str, Value] = {
        "Kennzeichen": "EXTF",
        "Versionsnummer": "700",
        "Formatkategorie": "21",
        "Formatname": "Buchungsstapel",
        "Formatversion": FORMAT_VERSION,
        "Erzeugt am": f"{created:%Y%m%d%H%M%S}{created.microsecond // 1000:03}",
        "Herkunft": "RE",
        "Beraternummer": company_number("consultant", context, NAME),
        "Mandantennummer": company_number("client", context, NAME),
        "WJ-Beginn": start,
        "Sachkontenlänge": str(account_length(context)),
        "Datum von": day.replace(day=1),
        "Datum bis": day.replace(day=monthrange(day.year, day.month)[1]),
        "Bezeichnung": f"Eingangsrechnungen {day:%Y-%m}",
        "Buchungstyp": "1",
        "Rechnungslegungszweck": "0",
        "Festschreibung": "1" if settings.locked else "0",
        "WKZ": settings.currency,
    }
    return _csv("HEAD", {name: Stated(value, f"settings.datev ({name})") for name, value in given.items()}, [])


def _line(booking: Booking, entry: Entry, context: ExportContext, left_out: list[str]) -> str:
    invoice = booking.invoice
    given = {
        "Umsatz (ohne Soll/Haben-Kz)": Stated(abs(entry.amount), entry.path.replace("gl_account", "net_amount")),
        "Soll/Haben-Kennzeichen": Stated("S" if entry.amount > 0 else "H", "type_code"),
        "WKZ Umsatz": Stated(booking.currency, "currency"),
        "Konto": Stated(entry.account, entry.path),
        "Gegenkonto (ohne BU-Schlüssel)": Stated(entry.creditor, "posting.vendor_number"),
        "BU-Schlüssel": Stated(entry.tax_key, entry.path.replace("gl_account", "tax_code")),
        "Belegdatum": Stated(booking.issue_date, "issue_date"),
        "Belegfeld 1": Stated(booking.number, "number"),
        "Buchungstext": Stated(invoice.seller.name, "seller.name"),
        "Beleglink": Stated(f'BEDI "{document_guid(booking)}"', ""),
        "KOST1 - Kostenstelle": Stated(entry.cost_1, entry.path.replace("gl_account", "cost_center")),
        "KOST2 - Kostenstelle": Stated(entry.cost_2, entry.path.replace("gl_account", "internal_order")),
        "Festschreibung": Stated("1" if context.targets.datev.locked else "0", "settings.datev.locked"),
        "Leistungsdatum": Stated(invoice.delivery_date, "delivery_date"),
        "Fälligkeit": Stated(invoice.due_date, "due_date"),
    }
    return _csv("EXTF", given, left_out)


def _csv(record: str, given: Mapping[str, Stated], left_out: list[str]) -> str:
    fields = fields_of(record)
    filled = {name: str(value) for name, value in fill(fields, given, left_out, point=",").items()}
    cells = []
    for name, one in fields.items():
        text = filled.get(name, "")
        try:
            text.encode(ENCODING)
        except UnicodeEncodeError:
            if one.need != "drop":
                raise DoesNotFit(given[name].path, text, f"{name} takes characters of Windows-1252 only") from None
            left_out.append(given[name].path)
            text = ""
        quoted = '"' + text.replace('"', '""') + '"'
        cells.append(quoted if one.kind == "text" else text)
    return ";".join(cells)
