"""Writing the finished document so that no reader can misread where a stream ends.

Between the data of a stream and ``endstream`` stands a line break that does not belong to the data. Data that end with a line
break of their own are right by their /Length, but validators that look for the break count one byte less and deny the file. Such
streams are wrapped in ASCII85, which ends with ``~>``. Object streams and xref streams are not used, for the same reason.
"""

import base64
import zlib
from io import BytesIO

from pikepdf import Array, Name, Object, ObjectStreamMode, Pdf, Stream, StreamDecodeLevel

from exporters.pdfa.objects import values

LINE_BREAKS = (b"\r", b"\n")


def saved(pdf: Pdf) -> bytes:
    """PDF 1.7 with a deterministic ID: the same document gives the same bytes."""
    for thing in pdf.objects:
        if isinstance(thing, Stream) and thing.get("/Type") not in (Name.Metadata, Name.ObjStm, Name.XRef):
            _compress(thing)
            _end_clearly(thing)
    out = BytesIO()
    pdf.save(
        out,
        force_version="1.7",
        deterministic_id=True,
        object_stream_mode=ObjectStreamMode.disable,
        compress_streams=False,
        stream_decode_level=StreamDecodeLevel.none,
    )
    return out.getvalue()


def _compress(stream: Stream) -> None:
    if "/Filter" not in stream:
        stream.write(zlib.compress(stream.read_raw_bytes(), 9), filter=Name.FlateDecode)


def _end_clearly(stream: Stream) -> None:
    raw = stream.read_raw_bytes()
    if not raw.endswith(LINE_BREAKS):
        return
    filters, parameters = _as_list(stream.get("/Filter")), _as_list(stream.get("/DecodeParms"))
    encoded = base64.a85encode(raw, wrapcol=76) + b"~>"
    padded = [None, *parameters] if parameters else None
    stream.write(encoded, filter=Array([Name.ASCII85Decode, *filters]), decode_parms=Array(padded) if padded else None)


def _as_list(value: Object | None) -> list[Object]:
    if value is None:
        return []
    return list(values(value)) if isinstance(value, Array) else [value]
