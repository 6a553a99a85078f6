"""Looking into sample PDFs, without the product's own readers."""

import io
import re

import pikepdf
import pypdfium2

_BREAK = re.compile("[\\s\u00a0\u202f]+")


def squeeze(text: str) -> str:
    return _BREAK.sub("", text.replace("\u0002", "-").replace("\ufffe", "-"))


def page_text(pdf: bytes, password: str | None = None) -> str:
    """The text of all pages without any white space."""
    document = pypdfium2.PdfDocument(pdf, password=password)
    try:
        return squeeze("".join(page.get_textpage().get_text_bounded() for page in document))
    finally:
        document.close()


def content_of(pdf: bytes, password: str = "") -> list[tuple[str, bytes]]:
    """Every object with its decoded stream: equal for two files that say the same, however they are compressed."""
    objects = []
    with pikepdf.open(io.BytesIO(pdf), password=password) as document:
        for item in document.objects:
            if isinstance(item, pikepdf.Stream):
                entries = {key: repr(value) for key, value in item.items() if key not in ("/Length", "/Filter", "/DecodeParms")}
                objects.append((repr(sorted(entries.items())), item.read_bytes()))
            else:
                objects.append((repr(item), b""))
    return sorted(objects)
