"""The signed content of an opaque S/MIME or ``.p7m`` file: CMS SignedData carries the document inside the signature.

Source: RFC 5652 sections 3 and 5, X.690 for BER. Only unwrapped, never verified: who signed is not judged here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from extractors.errors import Unreadable

_ENVELOPED = (bytes.fromhex("06092a864886f70d010703"), bytes.fromhex("060b2a864886f70d0109100117"))
_OCTET_STRING = 0x04
MAX_DEPTH = 16


@dataclass(frozen=True)
class _Element:
    """Tag byte, where the content begins and ends, and where the next element begins."""

    tag: int
    start: int
    end: int
    after: int


def signed_content(data: bytes) -> bytes:
    """Bytes inside the signature. Raises ``Unreadable``: READ-ENCRYPTED, or READ-CORRUPT where there is no content to find."""
    if any(mark in data[:64] for mark in _ENVELOPED):
        raise Unreadable("READ-ENCRYPTED", "it is encrypted (S/MIME); decrypt it and send it again")
    try:
        # ContentInfo { type, [0] { SignedData { version, digests, { type, [0] { content } }, ... } } }
        content = _element(data, 0, len(data), 0)
        for index in (1, 0, 2, 1, 0):
            content = _child(data, content, index)
        return b"".join(_octets(data, content, 0))
    except (IndexError, ValueError) as problem:
        raise Unreadable("READ-CORRUPT", "its signature holds no content that can be read") from problem


def _child(data: bytes, parent: _Element, index: int) -> _Element:
    for number, child in enumerate(_children(data, parent.start, parent.end, 0)):
        if number == index:
            return child
    raise IndexError(index)


def _octets(data: bytes, element: _Element, depth: int) -> Iterator[bytes]:
    """An octet string, which BER may write as a row of shorter ones."""
    if element.tag == _OCTET_STRING:
        yield data[element.start : element.end]
    elif element.tag == _OCTET_STRING | 0x20 and depth < MAX_DEPTH:
        for child in _children(data, element.start, element.end, depth):
            yield from _octets(data, child, depth + 1)
    else:
        raise ValueError("no octet string")


def _children(data: bytes, start: int, end: int, depth: int) -> Iterator[_Element]:
    while start < end:
        child = _element(data, start, end, depth)
        yield child
        start = child.after


def _element(data: bytes, position: int, limit: int, depth: int) -> _Element:
    """The element at ``position``; one of indefinite length ends at its end-of-contents mark."""
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    tag, length, start = data[position], data[position + 1], position + 2
    if tag & 0x1F == 0x1F:
        raise ValueError("long tags do not occur in CMS")
    if length == 0x80:
        inner = start
        while data[inner : inner + 2] != b"\x00\x00":
            inner = _element(data, inner, limit, depth + 1).after
        return _Element(tag, start, inner, inner + 2)
    if length & 0x80:
        digits = length & 0x7F
        if digits > 6:
            raise ValueError("length of too many bytes")
        length, start = int.from_bytes(data[start : start + digits], "big"), start + digits
    if start + length > limit:
        raise ValueError("longer than what holds it")
    return _Element(tag, start, start + length, start + length)
