"""EXTF booking batch (Buchungsstapel, format version 13): one line for each entry, one file for each period.

Source: DATEV's description of the DATEV format. Semicolons, CRLF, Windows-1252, text in quotes, decimal comma; all columns present.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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


@dataclass
class Batch:
    """The lines of one period of one client; ``left_out`` are paths of texts that had no room."""

    year: int
    month: int
    lines: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def fields_of(record: str) -> Mapping[str, Field]:
    """``HEAD`` or ``EXTF``: the columns in their order."""
    return table("exporters.datev", "extf_fields.csv")[record]


def write(invoice: Invoice, context: ExportContext) -> Exported:
    """``datev``: the batch of one invoice."""
    return write_batches([(invoice, context)])[0]


def write_batches(invoices: Sequence[tuple[Invoice, ExportContext]]) -> list[Exported]:
    """One file for each period (month of the invoice date), in order. All invoices belong to one company code.

    Raises ``MissingData`` and ``DoesNotFit`` for the first invoice that cannot be booked; then nothing is written.
    """
    batches: dict[tuple[int, int], Batch] = {}
    for invoice, context in invoices:
        booking = book(invoice, context, NAME)
        day = booking.issue_date
        batch = batches.setdefault((day.year, day.month), Batch(day.year, day.month))
        for entry in entries(booking, context, NAME):
            batch.lines.append(_line(booking, entry, context, batch.left_out))
    return [_file(batch, invoices[0][1]) for _, batch in sorted(batches.items())]


def _file(batch: Batch, context: ExportContext) -> Exported:
    titles = ";".join(fields_of("EXTF"))
    text = "".join(f"{line}\r\n" for line in (_head(batch, context), titles, *batch.lines))
    return Exported(text.encode(ENCODING), "text/csv", ".csv", not_carried=batch.left_out)


def _head(batch: Batch, context: ExportContext) -> str:
    settings = context.targets.datev
    start = date(batch.year if batch.month >= settings.fiscal_year_month else batch.year - 1, settings.fiscal_year_month, 1)
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
        "Datum von": date(batch.year, batch.month, 1),
        "Datum bis": date(batch.year, batch.month, monthrange(batch.year, batch.month)[1]),
        "Bezeichnung": f"Eingangsrechnungen {batch.year}-{batch.month:02}",
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
