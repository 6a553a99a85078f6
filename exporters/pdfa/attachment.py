"""Embedded files as PDF/A-3 wants them: in the name tree, associated with the document, with relationship, MIME type and size."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String


@dataclass(frozen=True)
class Attachment:
    """``relationship`` is an AFRelationship: Alternative, Data, Source, Supplement or Unspecified."""

    name: str
    data: bytes
    media_type: str
    relationship: str
    description: str


def _pdf_date(moment: datetime) -> str:
    return f"D:{moment:%Y%m%d%H%M%S}+00'00'"


def attach(pdf: Pdf, attachments: list[Attachment], created: datetime) -> None:
    """Replaces all embedded files of the document by these, in this order. ``created`` is a UTC moment."""
    specs = [_file_specification(pdf, attachment, created) for attachment in attachments]
    names = pdf.Root.get(Name.Names)
    if not isinstance(names, Dictionary):
        names = pdf.Root.Names = pdf.make_indirect(Dictionary())
    pairs = sorted(zip(attachments, specs, strict=True), key=lambda pair: pair[0].name)
    flat = [part for attachment, spec in pairs for part in (String(attachment.name), spec)]
    names.EmbeddedFiles = pdf.make_indirect(Dictionary(Names=Array(flat)))
    pdf.Root.AF = Array(specs)
    pdf.Root.PageMode = Name.UseAttachments


def _file_specification(pdf: Pdf, attachment: Attachment, created: datetime) -> pikepdf.Object:
    embedded = Stream(pdf, attachment.data)
    embedded.Type = Name.EmbeddedFile
    embedded.Subtype = Name("/" + attachment.media_type)
    embedded.Params = Dictionary(
        Size=len(attachment.data),
        ModDate=String(_pdf_date(created)),
        CreationDate=String(_pdf_date(created)),
        CheckSum=String(hashlib.md5(attachment.data, usedforsecurity=False).digest()),  # the format knows only MD5
    )
    stream = pdf.make_indirect(embedded)
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Filespec,
            F=String(attachment.name),
            UF=String(attachment.name),
            Desc=String(attachment.description),
            AFRelationship=Name("/" + attachment.relationship),
            EF=Dictionary(F=stream, UF=stream),
        )
    )


def embedded_names(pdf: Pdf) -> list[str]:
    """Names of the files a document carries, as written there."""
    try:
        return list(pdf.attachments)
    except (pikepdf.PdfError, ValueError, TypeError, AttributeError):
        return []
