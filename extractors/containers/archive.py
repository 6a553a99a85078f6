"""ZIP archives, read as streams with a byte counter. Nothing is written, no name is used as a path.

Only stored and deflated entries are opened: LZMA lets a file choose how much memory it costs.
"""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from extractors.containers.parts import MAX_ENTRIES, MAX_RATIO, RATIO_FREE
from extractors.errors import Unreadable

CHUNK = 65536
MAX_DIRECTORY = 262_144  # bytes of the list of entries; fifty honest names need a tenth of it
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    KeyError,
    RuntimeError,
    NotImplementedError,
    struct.error,
)


@dataclass(frozen=True)
class Entry:
    """One file of an archive. ``problem`` is set instead of ``data`` where it could not be opened."""

    name: str
    data: bytes = b""
    problem: Unreadable | None = None


def entries(data: bytes, budget: int) -> Iterator[Entry]:
    """Every file in the archive, at most ``budget`` decoded bytes in all.

    Raises ``Unreadable``: READ-CORRUPT (no archive, damaged list of entries) or READ-TOO-LARGE (entries, ratio, bytes).
    """
    _check_directory(data)
    try:
        archive = zipfile.ZipFile(BytesIO(data))
        infos = [info for info in archive.infolist() if not info.is_dir()]
    except _BROKEN as problem:
        raise Unreadable("READ-CORRUPT", f"the archive is damaged: {type(problem).__name__}") from problem
    if len(infos) > MAX_ENTRIES:
        raise Unreadable("READ-TOO-LARGE", f"the archive has {len(infos)} files, more than {MAX_ENTRIES}")
    with archive:
        for info in infos:
            entry = _read(archive, info, budget)
            budget -= len(entry.data)
            yield entry


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: int) -> Entry:
    name = info.orig_filename
    if info.flag_bits & 0x1:
        return Entry(name, problem=Unreadable("READ-ENCRYPTED", "it needs a password; ask the sender for it"))
    if stat.S_ISLNK(info.external_attr >> 16):
        return Entry(name, problem=Unreadable("READ-MALFORMED", "it is a link, not a file"))
    if info.compress_type not in _METHODS:
        return Entry(name, problem=Unreadable("READ-CORRUPT", "it is compressed by a method that is not supported"))
    limit = max(RATIO_FREE, info.compress_size * MAX_RATIO)
    content = bytearray()
    try:
        with archive.open(info) as stream:
            while chunk := stream.read(CHUNK):
                content += chunk
                if len(content) > budget:
                    raise Unreadable("READ-TOO-LARGE", f"the archive unpacks to more than the {budget} bytes left")
                if len(content) > limit:
                    raise Unreadable("READ-TOO-LARGE", f"a file of the archive grows more than {MAX_RATIO} times")
    except _BROKEN as problem:
        return Entry(name, problem=Unreadable("READ-CORRUPT", f"it is damaged: {type(problem).__name__}"))
    return Entry(name, bytes(content))


def _check_directory(data: bytes) -> None:
    """Look at the end record before ``zipfile`` reads the whole list of entries into memory."""
    at = data.rfind(b"PK\x05\x06")
    if at < 0 or len(data) < at + 22:
        raise Unreadable("READ-CORRUPT", "the archive is cut off: its list of files is missing")
    count, size = struct.unpack_from("<H", data, at + 10)[0], struct.unpack_from("<I", data, at + 12)[0]
    if count > MAX_ENTRIES * 2 or size > MAX_DIRECTORY:
        raise Unreadable("READ-TOO-LARGE", f"the archive lists {count} files, more than {MAX_ENTRIES}")
