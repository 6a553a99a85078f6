"""The formats for finance systems: only approved invoices, with their posting. Each writer is imported when it is asked for."""

from collections.abc import Callable
from importlib import import_module

from exporters.context import ExportContext, Exported, Format
from schemas import Invoice

Write = Callable[[Invoice, ExportContext], Exported]
XML, JSON = "application/xml", "application/json"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _writer(module: str, function: str) -> Write:
    def write(invoice: Invoice, context: ExportContext) -> Exported:
        found: Write = getattr(import_module(module), function)
        return found(invoice, context)

    return write


BOOKINGS: tuple[tuple[Format, Write], ...] = (
    (Format("sap-idoc", XML, ".xml", "INVOIC02 IDoc as XML", books=True), _writer("exporters.sap.idoc", "write_xml")),
    (
        Format("sap-idoc-flat", "text/plain", ".idoc", "INVOIC02 IDoc as the file of a file port", books=True),
        _writer("exporters.sap.idoc", "write_flat"),
    ),
    (
        Format("sap-odata", JSON, ".json", "deep insert for API_SUPPLIERINVOICE_PROCESS_SRV", books=True),
        _writer("exporters.sap.odata", "write"),
    ),
    (
        Format("sap-bapi", JSON, ".json", "call of BAPI_INCOMINGINVOICE_CREATE1", books=True),
        _writer("exporters.sap.bapi", "write"),
    ),
    (
        Format("datev", "text/csv", ".csv", "EXTF booking batch", prefix="EXTF_", books=True),
        _writer("exporters.datev.extf", "write"),
    ),
    (
        Format("datev-documents", "application/zip", ".zip", "DATEV document package with LEDGER XML", books=True),
        _writer("exporters.datev.documents", "write"),
    ),
    (
        Format("sap-import-sheet", XLSX, ".xlsx", "sheet for the app Import Supplier Invoices, without orders", books=True),
        _writer("exporters.sheets.import_sheet", "write"),
    ),
    (
        Format("journal-csv", "text/csv", ".csv", "journal, one row for each account", books=True),
        _writer("exporters.sheets.journal", "write_csv"),
    ),
    (
        Format("journal-xlsx", XLSX, ".xlsx", "the same journal as a workbook", books=True),
        _writer("exporters.sheets.journal", "write_xlsx"),
    ),
)
