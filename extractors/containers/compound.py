"""Compound files (OLE), the little file system inside which Outlook keeps a message. Source: [MS-CFB].

Sectors are chained by a table; small streams live in a mini stream with its own table. A chain is walked at most as far as the
file has sectors, so that a loop ends.
"""

import struct
from dataclasses import dataclass

from extractors.errors import Unreadable

_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
_LAST_REGULAR = 0xFFFFFFFA
_ENTRY, _MINI, _IN_HEADER = 128, 64, 109
_STORAGE, _STREAM, _ROOT = 1, 2, 5
MAX_ENTRIES = 20_000
MAX_DEPTH = 16


@dataclass(frozen=True)
class _Entry:
    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


class Compound:
    """Streams of a compound file by path, ``"storage/stream"``. Raises ``Unreadable`` (READ-CORRUPT, READ-TOO-LARGE) only."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            self._open()
        except (struct.error, IndexError, ValueError) as problem:
            raise Unreadable("READ-CORRUPT", "the Outlook file is cut off or damaged") from problem

    def paths(self) -> list[str]:
        """Paths of all streams."""
        return list(self._streams)

    def read(self, path: str) -> bytes:
        """Bytes of a stream; empty where there is none of that path."""
        entry = self._streams.get(path)
        if entry is None:
            return b""
        try:
            if entry.size < self._cutoff:
                return _chain(self._small, self._small_table, entry.start, _MINI, 0, entry.size)
            return self._regular(entry.start, entry.size)
        except (IndexError, ValueError) as problem:
            raise Unreadable("READ-CORRUPT", "a part of the Outlook file is damaged") from problem

    def _open(self) -> None:
        if self._data[:8] != _MAGIC or self._number(30, "H") not in (9, 12):
            raise Unreadable("READ-CORRUPT", "the file is no compound file")
        self._sector = 1 << self._number(30, "H")
        self._cutoff = self._number(56)
        self._table = self._read_table()
        directory = self._regular(self._number(48), None)
        if len(directory) > MAX_ENTRIES * _ENTRY:
            raise Unreadable("READ-TOO-LARGE", f"the Outlook file has more than {MAX_ENTRIES} parts")
        entries = [_entry(directory, at) for at in range(0, len(directory) - _ENTRY + 1, _ENTRY)]
        self._small = self._regular(entries[0].start, entries[0].size)
        table = self._regular(self._number(60), None) if self._number(64) else b""
        self._small_table = _numbers(table)
        self._streams = _tree(entries)

    def _read_table(self) -> tuple[int, ...]:
        """The sector table: its own sectors are listed in the header and, for large files, in a chain of lists."""
        wanted, places = self._number(44), list(struct.unpack_from(f"<{_IN_HEADER}I", self._data, 76))
        following, per_list = self._number(68), self._sector // 4 - 1
        for _ in range(len(self._data) // self._sector):
            if following >= _LAST_REGULAR:
                break
            listed = _numbers(self._at(following))
            places += listed[:per_list]
            following = listed[per_list]
        used = [place for place in places if place < _LAST_REGULAR][: min(wanted, len(self._data) // self._sector)]
        return _numbers(b"".join(self._at(place) for place in used))

    def _regular(self, start: int, size: int | None) -> bytes:
        return _chain(self._data, self._table, start, self._sector, self._sector, size)

    def _at(self, sector: int) -> bytes:
        content = self._data[(sector + 1) * self._sector : (sector + 2) * self._sector]
        if len(content) != self._sector:
            raise ValueError("a sector outside the file")
        return content

    def _number(self, offset: int, kind: str = "I") -> int:
        number: int = struct.unpack_from(f"<{kind}", self._data, offset)[0]
        return number


def _chain(data: bytes, table: tuple[int, ...], start: int, sector: int, offset: int, size: int | None) -> bytes:
    """Bytes of the sectors that follow one another from ``start``; ``size`` of them, or all."""
    pieces: list[bytes] = []
    have = 0
    while start < _LAST_REGULAR and (size is None or have < size):
        if len(pieces) > len(table):
            raise ValueError("a chain that never ends")
        piece = data[offset + start * sector : offset + (start + 1) * sector]
        pieces.append(piece)
        have += len(piece)
        start = table[start]
    if size is not None and have < size:
        raise ValueError("a chain that ends too early")
    return b"".join(pieces)[:size]


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])


def _entry(directory: bytes, at: int) -> _Entry:
    (length, kind), (left, right, child) = (
        struct.unpack_from("<HB", directory, at + 64),
        struct.unpack_from("<III", directory, at + 68),
    )
    start, size = struct.unpack_from("<II", directory, at + 116)
    name = directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
    return _Entry(name, kind, left, right, child, start, size)


def _tree(entries: list[_Entry]) -> dict[str, _Entry]:
    """Walk the storages. Each entry is visited once, so that links in a circle end."""
    streams: dict[str, _Entry] = {}
    seen: set[int] = set()
    stack = [(entries[0].child, "", 0)]
    while stack:
        number, prefix, depth = stack.pop()
        if number >= len(entries) or number in seen or depth > MAX_DEPTH:
            continue
        seen.add(number)
        entry = entries[number]
        stack += [(entry.left, prefix, depth), (entry.right, prefix, depth)]
        if entry.kind == _STREAM:
            streams[prefix + entry.name] = entry
        elif entry.kind in (_STORAGE, _ROOT):
            stack.append((entry.child, f"{prefix}{entry.name}/", depth + 1))
    return streams
