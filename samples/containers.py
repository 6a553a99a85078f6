"""What samples come wrapped in: a hybrid PDF, a picture of a page, a ZIP archive, e-mails. Same input, same bytes."""

import io
import struct
import zipfile
import zlib
from email.message import EmailMessage
from email.policy import SMTP

import pikepdf
import pypdfium2
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from samples.case import Mail
from samples.layout import Layout
from schemas.master import Company, Vendor

_FIXED = "D:20261120080000Z"


def attach_cii(pdf: bytes, xml: bytes, name: str = "factur-x.xml") -> bytes:
    """The page with its XML as an associated file (relationship Alternative) and the Factur-X metadata."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        spec = pikepdf.AttachedFileSpec(
            document, xml, filename=name, mime_type="text/xml", creation_date=_FIXED, mod_date=_FIXED,
            relationship=pikepdf.Name.Alternative, description="EN 16931 invoice data",
        )  # fmt: skip
        document.attachments[name] = spec
        document.Root.AF = pikepdf.Array([spec.obj])
        with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            space = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
            metadata.register_xml_namespace(space, "fx")
            for key, value in (
                ("DocumentType", "INVOICE"), ("DocumentFileName", name), ("Version", "1.0"), ("ConformanceLevel", "EN 16931")
            ):  # fmt: skip
                metadata[f"{{{space}}}{key}"] = value
        out = io.BytesIO()
        document.save(out, deterministic_id=True)
    return out.getvalue()


def as_picture(pdf: bytes, layout: Layout) -> bytes:
    """The first page as a grey picture: what a scanner delivers."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        image = document[0].render(scale=1.1, grayscale=True).to_pil().quantize(8)
    finally:
        document.close()
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=layout.page, invariant=1, pageCompression=1)
    canvas.drawImage(ImageReader(image.convert("L")), 0, 0, layout.page[0], layout.page[1])
    canvas.save()
    return buffer.getvalue()


def zip_of(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 9, 16, 20, 0)), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def small_picture() -> bytes:
    """A logo: 16 x 16 grey PNG."""
    rows = b"".join(b"\0" + bytes((x * 16) & 255 for x in range(16)) for _ in range(16))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 16, 16, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def write_mail(mail: Mail, vendor: Vendor, company: Company, files: dict[str, bytes]) -> bytes:
    """An RFC 5322 message to the company's invoice address, passed by its mail server. ``files`` are its documents by name."""
    domain = vendor.email_domains[0]
    message = _message(mail, f"{vendor.contact or vendor.name} <rechnung@{domain}>", company.email or "")
    message["Authentication-Results"] = (
        f"{company.authserv_id}; spf=pass smtp.mailfrom={domain}; dkim=pass header.d={domain}; dmarc=pass header.from={domain}"
    )
    message.set_content(mail.body)
    if mail.wrap == "zip":
        message.add_attachment(zip_of(files), maintype="application", subtype="zip", filename="rechnungen.zip")
    elif mail.wrap == "nested":
        _nest(message, mail, vendor, company, files)
    else:
        for name, data in files.items():
            _add(message, mail, name, data)
    for index, part in enumerate(
        part for part in message.walk() if part.is_multipart() and part.get_content_type() != "message/rfc822"
    ):
        part.set_boundary(f"=_{mail.name}_{index}")
    return message.as_bytes(policy=SMTP)


def _message(mail: Mail, sender: str, recipient: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = mail.subject
    message["Date"] = mail.sent
    message["Message-ID"] = f"<{mail.name}@{sender.rpartition('@')[2].rstrip('>')}>"
    return message


def _add(message: EmailMessage, mail: Mail, name: str, data: bytes) -> None:
    if mail.wrap == "inline":
        message.add_attachment(data, maintype="application", subtype="xml", filename=name, disposition="inline")
    elif mail.name.endswith("logo"):
        message.add_attachment(
            small_picture(), maintype="image", subtype="png", filename="logo.png", disposition="inline", cid="<logo>"
        )
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    else:
        message.add_attachment(data, maintype="application", subtype="pdf", filename=name)


def _nest(message: EmailMessage, mail: Mail, vendor: Vendor, company: Company, files: dict[str, bytes]) -> None:
    """The vendor's mail inside the forwarding colleague's: the outer sender is one of us."""
    inner = _message(
        mail, f"{vendor.contact} <rechnung@{vendor.email_domains[0]}>", f"einkauf@{(company.email or '').partition('@')[2]}"
    )
    inner.replace_header("Subject", mail.subject.removeprefix("WG: "))
    inner.replace_header("Message-ID", f"<{mail.name}.original@{vendor.email_domains[0]}>")
    inner.set_content("Guten Tag,\n\nanbei unsere Rechnung.\n")
    for name, data in files.items():
        inner.add_attachment(data, maintype="application", subtype="pdf", filename=name)
    ours = (company.email or "").partition("@")[2]
    message.replace_header("From", f"Mirko Sanders <mirko.sanders@{ours}>")
    message.replace_header(
        "Authentication-Results",
        f"{company.authserv_id}; spf=pass smtp.mailfrom={ours}; dkim=pass header.d={ours}; dmarc=pass header.from={ours}",
    )
    message.add_attachment(inner)
