"""Invoice -> bytes of one target format. Pure: no file, no clock, no network; what is needed comes in as ``ExportContext``.

    exporters.FORMATS                                    what can be written
    exporters.write("xrechnung-ubl", invoice, context)   -> Exported

Nothing is cut and nothing is invented: see ``errors``. Whether the result keeps the rules of its norm is judged by
``validators.norm``; the caller keeps back what does not.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from exporters.context import ExportContext, Exported, Format
from exporters.errors import DoesNotFit, ExportError, MissingData, NotWritable, UnknownFormat
from exporters.finance import BOOKINGS
from schemas import Invoice

__all__ = [
    "FORMATS",
    "DoesNotFit",
    "ExportContext",
    "ExportError",
    "Exported",
    "Format",
    "MissingData",
    "NotWritable",
    "UnknownFormat",
    "write",
]

Write = Callable[[Invoice, ExportContext], Exported]
XML = "application/xml"
PDF = "application/pdf"


def _write_json(invoice: Invoice, _context: ExportContext) -> Exported:
    data = invoice.model_dump_json(indent=2).encode() + b"\n"
    return Exported(data, "application/json", ".json")


def _write_xml(profile_name: str, invoice: Invoice, context: ExportContext) -> Exported:
    from exporters.einvoice import write_xml
    from exporters.profiles import profiles

    xml = write_xml(invoice, profiles()[profile_name], context)
    done = xml.completed
    return Exported(
        xml.data,
        XML,
        ".xml",
        from_master=done.from_master,
        derived=done.derived,
        not_carried=xml.not_carried,
        xml=xml.data,
    )


def _write_hybrid(profile_name: str, invoice: Invoice, context: ExportContext) -> Exported:
    from exporters.hybrid import write_hybrid
    from exporters.profiles import profiles

    return write_hybrid(invoice, profiles()[profile_name], context)


def _write_edifact(name: str, invoice: Invoice, context: ExportContext) -> Exported:
    from exporters.edifact import write_edifact

    return write_edifact(name, invoice, context)


def _table() -> dict[str, tuple[Format, Write]]:
    from exporters.edifact import MEDIA_TYPE, SUFFIX, formats
    from exporters.profiles import profiles

    table: dict[str, tuple[Format, Write]] = {
        "json": (Format("json", "application/json", ".json", "the invoice as Belegfluss holds it"), _write_json)
    }
    for name, profile in profiles().items():
        if profile.hybrid:
            table[name] = (Format(name, PDF, ".pdf", profile.meaning), partial(_write_hybrid, name))
        else:
            table[name] = (Format(name, XML, ".xml", profile.meaning), partial(_write_xml, name))
    for name, edifact in formats().items():
        table[name] = (Format(name, MEDIA_TYPE, SUFFIX, edifact.profile.meaning), partial(_write_edifact, name))
    table |= {entry.name: (entry, writer) for entry, writer in BOOKINGS}
    return table


_WRITERS: Mapping[str, tuple[Format, Write]] = MappingProxyType(_table())

FORMATS: Mapping[str, Format] = MappingProxyType({name: entry for name, (entry, _) in _WRITERS.items()})
"""Formats by the name ``convert --to`` takes."""


def write(format: str, invoice: Invoice, context: ExportContext) -> Exported:
    """The invoice in one format.

    Raises ``UnknownFormat``, ``MissingData`` (paths nobody can fill), ``DoesNotFit`` (a value the target cannot hold) and
    ``NotWritable`` (no PDF can be made of the original). The invoice itself is never changed.
    """
    if format not in _WRITERS:
        raise UnknownFormat(format, tuple(_WRITERS))
    return _WRITERS[format][1](invoice, context)
