"""DATEV document package: ``document.xml`` (archive), one LEDGER file with the entries, and the supplier's PDF, in one ZIP.

Source: DATEV's interface "DATEV XML online" (Document v060, ledger import v060; the older invoice form is frozen). The XML says what
its XML is: a copy for booking that does not entitle to deduct input tax; the original is the PDF or the e-invoice.
"""

from datetime import timedelta
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from lxml import etree

from exporters.booking import Booking, book
from exporters.context import ExportContext, Exported
from exporters.datev.entries import Entry, document_guid, entries
from exporters.fields import Stated, fill, table
from schemas import Invoice

NAME = "datev-documents"
LEDGER = "http://xml.datev.de/bedi/tps/ledger/v060"
ARCHIVE = "http://xml.datev.de/bedi/tps/document/v06.0"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
COPY = "Kopie nur zur Verbuchung berechtigt nicht zum Vorsteuerabzug"
FOLDER = "Eingangsrechnungen"


def write(invoice: Invoice, context: ExportContext) -> Exported:
    """``datev-documents``. Raises ``MissingData`` and ``DoesNotFit``."""
    booking = book(invoice, context, NAME)
    left_out: list[str] = []
    guid = document_guid(booking)
    files = {f"{guid}.xml": _ledger(booking, entries(booking, context, NAME), context, left_out)}
    if context.original_pdf is not None:
        files[f"{guid}.pdf"] = context.original_pdf
    files = {"document.xml": _archive(booking, guid, context)} | files
    return Exported(_zip(files, context), "application/zip", ".zip", not_carried=left_out)


def _ledger(booking: Booking, found: list[Entry], context: ExportContext, left_out: list[str]) -> bytes:
    root = etree.Element(f"{{{LEDGER}}}LedgerImport", nsmap={None: LEDGER, "xsi": XSI})  # type: ignore[dict-item]
    root.set(f"{{{XSI}}}schemaLocation", f"{LEDGER} Belegverwaltung_online_ledger_import_v060.xsd")
    for name, value in (("version", "6.0"), ("generator_info", context.software), ("generating_system", context.software)):
        root.set(name, value)
    root.set("xml_data", COPY)
    whole = -booking.gross if booking.is_credit else booking.gross
    given = {
        "consolidatedAmount": Stated(whole, "totals.grand_total"),
        "consolidatedDate": Stated(booking.issue_date, "issue_date"),
        "consolidatedInvoiceId": Stated(booking.number, "number"),
        "consolidatedCurrencyCode": Stated(booking.currency, "currency"),
    }
    tables = table("exporters.datev", "ledger_fields.csv")
    group = etree.SubElement(root, f"{{{LEDGER}}}consolidate")
    for name, shown in fill(tables["consolidate"], given, left_out).items():
        group.set(name, str(shown))
    for entry in found:
        element = etree.SubElement(group, f"{{{LEDGER}}}accountsPayableLedger")
        for name, shown in fill(tables["accountsPayableLedger"], _entry(booking, entry), left_out).items():
            etree.SubElement(element, f"{{{LEDGER}}}{name}").text = str(shown)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _entry(booking: Booking, entry: Entry) -> dict[str, Stated]:
    invoice = booking.invoice
    iban = invoice.payment.iban
    given = {
        "date": Stated(booking.issue_date, "issue_date"),
        "amount": Stated(entry.amount, entry.path.replace("gl_account", "net_amount")),
        "accountNo": Stated(entry.account, entry.path),
        "buCode": Stated(entry.tax_key.lstrip("0"), entry.path.replace("gl_account", "tax_code")),
        "costCategoryId": Stated(entry.cost_1, entry.path.replace("gl_account", "cost_center")),
        "costCategoryId2": Stated(entry.cost_2, entry.path.replace("gl_account", "internal_order")),
        "tax": Stated(entry.rate, "tax_breakdown.rate"),
        "currencyCode": Stated(booking.currency, "currency"),
        "invoiceId": Stated(booking.number, "number"),
        "bookingText": Stated(invoice.seller.name, "seller.name"),
        "vatId": Stated(invoice.seller.vat_id, "seller.vat_id"),
        "iban": Stated(iban, "payment.iban"),
        "swiftCode": Stated(invoice.payment.bic if iban else None, "payment.bic"),
        "dueDate": Stated(invoice.due_date, "due_date"),
        "bpAccountNo": Stated(entry.creditor, "posting.vendor_number"),
        "deliveryDate": Stated(invoice.delivery_date, "delivery_date"),
        "orderId": Stated(invoice.purchase_order_reference, "purchase_order_reference"),
        "supplierName": Stated(invoice.seller.name, "seller.name"),
        "supplierCity": Stated(invoice.seller.city, "seller.city"),
    }
    for suffix, row in zip(("", "2"), sorted(invoice.payment_terms.discounts, key=lambda row: row.days), strict=False):
        given[f"discountPercentage{suffix}"] = Stated(row.percent, "payment_terms.discounts")
        given[f"discountPaymentDate{suffix}"] = Stated(booking.issue_date + timedelta(days=row.days), "payment_terms.discounts")
    return given


def _archive(booking: Booking, guid: str, context: ExportContext) -> bytes:
    root = etree.Element(f"{{{ARCHIVE}}}archive", nsmap={None: ARCHIVE, "xsi": XSI})  # type: ignore[dict-item]
    root.set(f"{{{XSI}}}schemaLocation", f"{ARCHIVE} Document_v060.xsd")
    root.set("version", "6.0")
    root.set("generatingSystem", context.software)

    def add(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
        element = etree.SubElement(parent, f"{{{ARCHIVE}}}{tag}", attributes)
        element.text = text
        return element

    header = add(root, "header")
    add(header, "date", f"{context.created:%Y-%m-%dT%H:%M:%S}")
    add(header, "description", f"{FOLDER} {booking.issue_date:%Y-%m}")
    document = add(add(root, "content"), "document", guid=guid)
    add(document, "description", booking.number)
    ledger = add(document, "extension", datafile=f"{guid}.xml")
    ledger.set(f"{{{XSI}}}type", "accountsPayableLedger")
    add(ledger, "property", value=f"{booking.issue_date:%Y-%m}", key="1")
    add(ledger, "property", value=FOLDER, key="3")
    if context.original_pdf is not None:
        add(document, "extension", name=f"{guid}.pdf").set(f"{{{XSI}}}type", "File")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _zip(files: dict[str, bytes], context: ExportContext) -> bytes:
    """The same bytes for the same invoice: no clock but the moment passed in."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = ZipInfo(name, context.created.timetuple()[:6])
            info.compress_type = ZIP_DEFLATED
            archive.writestr(info, data)
    return packed.getvalue()
