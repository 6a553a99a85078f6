"""The one document in a request: a raw body, or the one file of a multipart form."""

import re
from urllib.parse import unquote

from fastapi import Request
from starlette.datastructures import UploadFile

from pipeline.web.problems import NotUsable

UNNAMED = "upload"
_ENCODED = re.compile(r"filename\*\s*=\s*utf-8''([^;]+)", re.IGNORECASE)
_PLAIN = re.compile(r'filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))', re.IGNORECASE)
MAX_FIELDS = 20


async def read_upload(request: Request, name: str) -> tuple[bytes, str]:
    """Bytes and name as the sender gave them. Raises ``NotUsable``. The size was bounded before; the name is only for display."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "multipart/form-data":
        data = await request.body()
        if not data:
            raise NotUsable("The body is empty.")
        return data, name or name_in(request.headers.get("content-disposition", "")) or UNNAMED
    async with request.form(max_files=MAX_FIELDS, max_fields=MAX_FIELDS) as form:
        files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
        if len(files) != 1:
            raise NotUsable(f"One file is expected in a form, not {len(files)}.")
        data = await files[0].read()
        if not data:
            raise NotUsable("The file is empty.")
        return data, files[0].filename or name or UNNAMED


def name_in(disposition: str) -> str:
    """The file name of a Content-Disposition header, empty for none (RFC 6266; the encoded form wins)."""
    text = disposition[:1000]
    if found := _ENCODED.search(text):
        return unquote(found[1].strip())
    if found := _PLAIN.search(text):
        return re.sub(r"\\(.)", r"\1", found[1]) if found[1] is not None else found[2]
    return ""
