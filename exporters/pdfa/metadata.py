"""The XMP packet of a hybrid invoice: PDF/A-3B, the Factur-X properties with their extension schema, and the copy note.

Template: ``metadata.xmp``, never compressed, as validators want to read it without a filter. Source: ISO 19005-3, Factur-X 1.09.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from xml.sax.saxutils import escape

from exporters.profiles import Hybrid

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Metadata:
    """``title`` and ``author`` of the document, ``description`` the copy note; ``created`` is aware."""

    title: str
    author: str
    description: str
    producer: str
    created: datetime


def xmp_packet(metadata: Metadata, hybrid: Hybrid) -> bytes:
    """UTF-8 bytes for the /Metadata stream of the catalog."""
    values = {
        "bom": "\ufeff",
        "title": metadata.title,
        "author": metadata.author,
        "description": metadata.description,
        "producer": metadata.producer,
        "created": metadata.created.isoformat(timespec="seconds"),
        "file_name": hybrid.file_name,
        "version": hybrid.version,
        "conformance": hybrid.conformance,
    }
    template = files("exporters.pdfa").joinpath("metadata.xmp").read_text(encoding="utf-8").strip()
    return template.format_map({key: escape(_FORBIDDEN.sub("", value)) for key, value in values.items()}).encode()
