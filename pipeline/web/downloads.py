"""Files handed out: always as an attachment, never shown by the browser in our origin, and never when damaged on disk."""

import hashlib
from collections.abc import Mapping
from urllib.parse import quote

from fastapi import Response

from pipeline.receiving import display_name
from pipeline.store.blobs import BlobMissing, Blobs
from pipeline.web.problems import Problem

MEDIA_TYPES: Mapping[str, str] = {
    "pdf": "application/pdf",
    "xml": "application/xml",
    "mail": "message/rfc822",
    "zip": "application/zip",
}
"""By our own detection (``extractors.sniff``), never by what the sender said."""
PLAIN_BYTES = "application/octet-stream"
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


class Damaged(Problem):
    """The stored bytes are gone or not those the database names."""

    key = "problem.damaged"


def media_type_of(media: str | None) -> str:
    return MEDIA_TYPES.get(media or "", PLAIN_BYTES)


def attachment(store: Blobs, sha256: str, name: str, media_type: str, headers: Mapping[str, str] | None = None) -> Response:
    """The bytes behind a hash, checked. Raises ``Damaged``."""
    try:
        data = store.get(sha256)
    except BlobMissing as missing:
        raise Damaged("The file is missing on disk.") from missing
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Damaged("The file on disk is not the one that was stored.")
    fixed = {"Content-Disposition": disposition(name), "Content-Security-Policy": SANDBOX, "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type=media_type, headers=fixed | dict(headers or {}))


def disposition(name: str) -> str:
    """A Content-Disposition that no file name can break out of (RFC 6266): ASCII stand-in, and the real name percent-encoded."""
    shown = display_name(name)
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in shown)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(shown, safe='')}"
