"""Attachments of a TNEF container (``winmail.dat``), as Outlook writes it. Source: [MS-OXTNEF], attribute layout of section 2.1.

A container is a signature, a key and a row of attributes: level, id, length, data, checksum. An attachment begins with its
rendering data; title, data and properties follow. Only names and bytes of attachments are taken; the mail's text is elsewhere.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from extractors.errors import Unreadable

_HEAD = struct.Struct("<BII")
_RENDERING, _TITLE, _DATA, _PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
_LONG_NAME, _DATA_OBJECT = 0x3707, 0x3701
_UNICODE, _STRING8, _BINARY, _OBJECT = 0x001F, 0x001E, 0x0102, 0x000D
_FIXED = {
    0x0002: 4,
    0x0003: 4,
    0x0004: 4,
    0x0005: 8,
    0x0006: 8,
    0x0007: 8,
    0x000A: 4,
    0x000B: 4,
    0x0014: 8,
    0x0040: 8,
    0x0048: 16,
}
_COUNTED = frozenset({_UNICODE, _STRING8, _BINARY, _OBJECT})
MAX_ATTRIBUTES = 5_000
MAX_PROPERTIES = 2_000
MAX_ATTACHMENTS = 200


@dataclass
class Attached:
    """One attachment: name as written (never a path to use) and bytes."""

    name: str = ""
    data: bytes = b""


def attachments(data: bytes) -> list[Attached]:
    """Every attachment in ``data``. Raises ``Unreadable`` (READ-CORRUPT, READ-TOO-LARGE); never anything else."""
    found: list[Attached] = []
    for identifier, value in _attributes(data):
        if identifier == _RENDERING:
            if len(found) == MAX_ATTACHMENTS:
                raise Unreadable("READ-TOO-LARGE", f"the Outlook container has more than {MAX_ATTACHMENTS} attachments")
            found.append(Attached())
        elif found and identifier == _TITLE:
            found[-1].name = found[-1].name or value.rstrip(b"\x00").decode("cp1252", "replace")
        elif found and identifier == _DATA:
            found[-1].data = value
        elif found and identifier == _PROPERTIES:
            _take_properties(found[-1], value)
    return [attached for attached in found if attached.data]


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 6
    for _ in range(MAX_ATTRIBUTES):
        if position >= len(data):
            return
        if position + _HEAD.size > len(data):
            raise Unreadable("READ-CORRUPT", "the Outlook container is cut off")
        level, identifier, length = _HEAD.unpack_from(data, position)
        start = position + _HEAD.size
        if level not in (1, 2) or start + length + 2 > len(data):
            raise Unreadable("READ-CORRUPT", "the Outlook container is damaged")
        yield identifier, data[start : start + length]
        position = start + length + 2
    raise Unreadable("READ-TOO-LARGE", f"the Outlook container has more than {MAX_ATTRIBUTES} attributes")


def _take_properties(attached: Attached, value: bytes) -> None:
    """The long file name, and the bytes where the container keeps them as a property. A damaged list gives what came before."""
    try:
        for identifier, kind, content in _properties(value):
            if identifier == _LONG_NAME and kind in (_UNICODE, _STRING8):
                encoding = "utf-16-le" if kind == _UNICODE else "cp1252"
                attached.name = content.decode(encoding, "replace").rstrip("\x00") or attached.name
            elif identifier == _DATA_OBJECT and kind == _BINARY and not attached.data:
                attached.data = content
    except struct.error:
        return


def _properties(value: bytes) -> Iterator[tuple[int, int, bytes]]:
    (count,) = struct.unpack_from("<I", value, 0)
    position = 4
    for _ in range(min(count, MAX_PROPERTIES)):
        kind, identifier = struct.unpack_from("<HH", value, position)
        position += 4
        if identifier >= 0x8000:
            position = _after_name(value, position)
        if kind in _FIXED:
            content, position = value[position : position + _FIXED[kind]], position + _FIXED[kind]
        elif kind in _COUNTED:
            _, length = struct.unpack_from("<II", value, position)
            content = value[position + 8 : position + 8 + length]
            position += 8 + length + (-length % 4)
        else:
            return  # a list of values or a type the specification does not know: its length cannot be told
        yield identifier, kind, content


def _after_name(value: bytes, position: int) -> int:
    """Named properties carry a GUID and either a number or a name."""
    (by_name,) = struct.unpack_from("<I", value, position + 16)
    if by_name == 0:
        return position + 24
    length: int = struct.unpack_from("<I", value, position + 20)[0]
    return position + 24 + length + (-length % 4)
