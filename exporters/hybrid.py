"""ZUGFeRD / Factur-X: the XML inside a PDF/A-3 that a person can read.

First choice is the supplier's own page, repaired in place. Where it cannot become PDF/A-3, or where there is none (the source was
XML), an own readable page carries the XML, and the supplier's PDF travels unchanged as a second attachment.
"""

from io import BytesIO

from pikepdf import Name, Pdf, Stream, String

from exporters.context import ExportContext, Exported
from exporters.einvoice import Xml, write_xml
from exporters.errors import NotWritable
from exporters.notice import copy_note
from exporters.pdfa import gate
from exporters.pdfa.attachment import Attachment, attach
from exporters.pdfa.metadata import Metadata, xmp_packet
from exporters.pdfa.repair import UNREADABLE, Unrepairable, add_output_intent, repaired
from exporters.pdfa.saving import saved
from exporters.profiles import Hybrid, Profile
from exporters.readable import readable_pdf
from schemas import Invoice
from schemas.finding import Finding, info

MEDIA_TYPE = "application/pdf"
ORIGINAL_NAME = "original.pdf"


def write_hybrid(invoice: Invoice, profile: Profile, context: ExportContext) -> Exported:
    """PDF/A-3B with the XML of the profile. Raises as ``write_xml``; ``NotWritable`` when even the own page fails."""
    hybrid = profile.hybrid
    assert hybrid is not None, f"{profile.name} is no hybrid format"
    xml = write_xml(invoice, profile, context)
    data, findings = _carry(xml, hybrid, context)
    done = xml.completed
    return Exported(data, MEDIA_TYPE, ".pdf", findings, done.from_master, done.derived, xml.not_carried, xml.data)


def _carry(xml: Xml, hybrid: Hybrid, context: ExportContext) -> tuple[bytes, list[Finding]]:
    findings: list[Finding] = []
    if context.original_pdf is not None:
        reasons = _try_original(xml, hybrid, context)
        if isinstance(reasons, bytes):
            return reasons, findings
        message = f"the original cannot become PDF/A-3, an own page carries the XML: {'; '.join(reasons[:5])}"
        findings.append(info("EXPORT-RULES", "", message))
    pdf = Pdf.open(BytesIO(readable_pdf(xml.completed.invoice, context)))
    originals = [_original(context.original_pdf)] if context.original_pdf is not None else []
    data = _finish(pdf, [_invoice_file(xml, hybrid), *originals], xml.completed.invoice, hybrid, context)
    faults = gate.faults(data)
    if faults:
        raise NotWritable(f"the readable page is not PDF/A-3: {'; '.join(faults[:5])}")
    return data, findings


def _try_original(xml: Xml, hybrid: Hybrid, context: ExportContext) -> bytes | list[str]:
    """The repaired original with the XML, or the reasons why it will not do."""
    assert context.original_pdf is not None
    try:
        pdf = repaired(context.original_pdf)
        data = _finish(pdf, [_invoice_file(xml, hybrid)], xml.completed.invoice, hybrid, context)
    except Unrepairable as error:
        return error.reasons
    except UNREADABLE as error:
        return [f"it cannot be written again: {str(error)[:200]}"]
    return gate.faults(data) or data


def _invoice_file(xml: Xml, hybrid: Hybrid) -> Attachment:
    return Attachment(hybrid.file_name, xml.data, "text/xml", hybrid.relationship, "Invoice data / Rechnungsdaten")


def _original(data: bytes) -> Attachment:
    return Attachment(ORIGINAL_NAME, data, MEDIA_TYPE, "Source", "Document as received / Beleg wie empfangen")


def _finish(pdf: Pdf, attachments: list[Attachment], invoice: Invoice, hybrid: Hybrid, context: ExportContext) -> bytes:
    """Output intent, attachments, metadata; the information dictionary goes, so that it cannot contradict the XMP."""
    add_output_intent(pdf)
    attach(pdf, attachments, context.created)
    metadata = Metadata(
        title=f"{invoice.number or ''} {invoice.seller.name or ''}".strip() or "Invoice",
        author=invoice.seller.name or "unknown",
        description=copy_note(context),
        producer=f"{context.software} {context.software_version}",
        created=context.created,
    )
    packet = Stream(pdf, xmp_packet(metadata, hybrid))
    packet.Type, packet.Subtype = Name.Metadata, Name.XML
    pdf.Root.Metadata = pdf.make_indirect(packet)
    if "/Lang" not in pdf.Root:
        pdf.Root.Lang = String("de")
    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]
    return saved(pdf)
