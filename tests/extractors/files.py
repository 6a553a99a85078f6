"""Small files built in memory: PDFs with attachments, ZIP archives."""

import io
import zipfile

import pikepdf
from reportlab.pdfgen.canvas import Canvas


def pdf(text: str = "Rechnung", pages: int = 1, **attachments: bytes) -> bytes:
    """A PDF with ``text`` on each page. Attachment names: ``__`` stands for a point (``factur_x__xml`` cannot; use a dict)."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    for number in range(pages):
        canvas.drawString(72, 720, f"{text} {number + 1}")
        canvas.showPage()
    canvas.save()
    return with_attachments(buffer.getvalue(), attachments) if attachments else buffer.getvalue()


def with_attachments(data: bytes, attachments: dict[str, bytes]) -> bytes:
    document = pikepdf.open(io.BytesIO(data))
    for name, content in attachments.items():
        document.attachments[name] = pikepdf.AttachedFileSpec(document, content, filename=name)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def zip_of(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()
