"""Writes small compound files for tests, sector by sector: version 3, table listed in the header, a mini stream."""

import struct
from itertools import pairwise

SECTOR, MINI, CUTOFF = 512, 64, 4096
FREE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file with these streams; a path with slashes makes storages."""
    names, children = _directory(streams)
    sectors: list[bytes] = []
    table: list[int] = []
    small, small_table = bytearray(), []
    places: dict[str, tuple[int, int]] = {}
    for path, data in streams.items():
        if len(data) < CUTOFF:
            places[path] = (len(small_table) if data else END, len(data))
            _append_chain(small_table, -(-len(data) // MINI))
            small += data + bytes(-len(data) % MINI)
        else:
            places[path] = (_store(sectors, table, data), len(data))
    root = (_store(sectors, table, bytes(small)) if small else END, len(small))
    mini = b"".join(struct.pack("<I", number) for number in small_table)
    first_mini = _store(sectors, table, mini, FREE.to_bytes(4, "little")) if mini else END
    first_directory = _store(sectors, table, _entries(names, children, places, root))
    count = 1
    while (len(sectors) + count) * 4 > count * SECTOR:
        count += 1
    first_table = len(sectors)
    table += [TABLE] * count
    raw = b"".join(struct.pack("<I", number) for number in table)
    raw += FREE.to_bytes(4, "little") * ((count * SECTOR - len(raw)) // 4)
    listed = [first_table + number for number in range(count)] + [FREE] * (109 - count)
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH6x", 62, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, count, first_directory, 0, CUTOFF, first_mini, -(-len(mini) // SECTOR), END, 0)
    header += struct.pack("<109I", *listed)
    return header + b"".join(sectors) + raw


def _directory(streams: dict[str, bytes]) -> tuple[list[str], dict[str, list[str]]]:
    names = [""]
    for path in streams:
        steps = path.split("/")
        for length in range(1, len(steps) + 1):
            name = "/".join(steps[:length])
            if name not in names:
                names.append(name)
    children: dict[str, list[str]] = {}
    for name in names[1:]:
        children.setdefault(name.rpartition("/")[0], []).append(name)
    return names, children


def _entries(
    names: list[str], children: dict[str, list[str]], places: dict[str, tuple[int, int]], root: tuple[int, int]
) -> bytes:
    """Siblings hang on one another to the right, which is a legal if lopsided tree."""
    right = {name: sibling for group in children.values() for name, sibling in pairwise(group)}
    data = b""
    for name in names:
        text = (name.rpartition("/")[2] or "Root Entry").encode("utf-16-le")
        kind = 5 if not name else 2 if name in places else 1
        start, size = root if not name else places.get(name, (0, 0))
        first = names.index(children[name][0]) if children.get(name) else FREE
        after = names.index(right[name]) if name in right else FREE
        data += text + bytes(64 - len(text)) + struct.pack("<HBBIII", len(text) + 2, kind, 1, FREE, after, first)
        data += bytes(36) + struct.pack("<II4x", start, size)
    return data + bytes(-len(data) % SECTOR)


def _store(sectors: list[bytes], table: list[int], data: bytes, filler: bytes = b"\x00") -> int:
    start = len(sectors)
    padded = data + filler * ((-len(data) % SECTOR) // len(filler))
    pieces = [padded[at : at + SECTOR] for at in range(0, len(padded), SECTOR)]
    sectors += pieces
    _append_chain(table, len(pieces))
    return start


def _append_chain(table: list[int], length: int) -> None:
    start = len(table)
    table += [start + number + 1 for number in range(length - 1)] + ([END] if length else [])
