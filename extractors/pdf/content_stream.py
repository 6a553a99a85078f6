"""Text operators of a page's content, for the second reader: what draws no text is skipped by the regular expression itself.

Most of a content stream draws lines and fills areas; a reader of characters need not take it apart. Syntax that is rare (inline
images, keywords inside arrays, damage) is not read here at all: ``Unusual`` says so, and pdfminer's own slower
parser reads that stream. Source: ISO 32000-1, 7.2 to 7.3, 7.8.2 and annex A.
"""

import re
from collections.abc import Iterator
from typing import Any

from pdfminer.psparser import LIT

# Operators that move text or change where and how it stands, with the number of their operands; all others leave characters alone.
TEXT_OPERATORS: dict[bytes, tuple[str, int]] = {
    b"q": ("do_q", 0),
    b"Q": ("do_Q", 0),
    b"cm": ("do_cm", 6),
    b"BT": ("do_BT", 0),
    b"Tc": ("do_Tc", 1),
    b"Tw": ("do_Tw", 1),
    b"Tz": ("do_Tz", 1),
    b"TL": ("do_TL", 1),
    b"Tf": ("do_Tf", 2),
    b"Tr": ("do_Tr", 1),
    b"Ts": ("do_Ts", 1),
    b"Td": ("do_Td", 2),
    b"TD": ("do_TD", 2),
    b"Tm": ("do_Tm", 6),
    b"T*": ("do_T_a", 0),
    b"TJ": ("do_TJ", 1),
    b"Tj": ("do_Tj", 1),
    b"'": ("do__q", 1),
    b'"': ("do__w", 3),
    b"Do": ("do_Do", 1),
}
_RARE = frozenset({b"BI", b"ID", b"EI", b"true", b"false", b"null"})
_END = rb"(?=[\s\[\]()<>/%]|\Z)"
_TOKEN = re.compile(
    rb"\s+|%[^\r\n]*"  # nothing
    rb"|((?:[-+.\d]{1,24}\s{1,4}){0,6})"  # numbers before a path, colour or line operator, or before one that moves text
    rb"(?:(?:re|rg|RG|[mlcvyhnwJjMikKgGsSfFbBW]\*?)|(T[mdDcwzLrs*]|cm|q|Q|BT))" + _END +
    rb"|([-+]?(?:\d+\.?\d*|\.\d+))" + _END +
    rb"|([A-Za-z][^#/%\[\]()<>{}\s\x00]*|['\"])"
    rb"|\(([^()\\]*)\)"
    rb"|<([0-9A-Fa-f\s]*)>"
    rb"|/((?:[^#/%\[\]()<>{}\s]|\#[0-9A-Fa-f]{2})*)(?!\#)"
    rb"|(\[|<<)"
    rb"|(\]|>>)"
    rb"|(\()"
    rb"|(.)",
    re.DOTALL,
)  # fmt: skip
_SKIPPED, _MOVE, _NUMBER, _WORD, _STRING, _HEX, _NAME, _OPEN, _CLOSE, _PAREN, _OTHER = range(1, 12)
_IN_STRING = re.compile(rb"[()\\]")
_SPACE = re.compile(rb"\s+")
_NUMBERED = re.compile(rb"#(..)")
_ESCAPED = {b"b": b"\b", b"t": b"\t", b"n": b"\n", b"f": b"\f", b"r": b"\r", b"(": b"(", b")": b")", b"\\": b"\\"}
_OCTAL = re.compile(rb"[0-7]{1,3}")


class Unusual(Exception):
    """The content holds syntax that is left to the slower parser."""


def text_operations(data: bytes) -> Iterator[tuple[str, list[Any]]]:
    """Name of the interpreter's method and its operands, for every operator of ``TEXT_OPERATORS`` in order. Raises ``Unusual``."""
    operands: list[Any] = []
    around: list[list[Any]] = []
    position, size = 0, len(data)
    while position < size:
        for match in _TOKEN.finditer(data, position):
            kind = match.lastindex
            if kind is None:
                continue
            if kind == _MOVE:
                method, count = TEXT_OPERATORS[match[2]]
                if around:
                    raise Unusual
                if match[1]:
                    operands += _numbers(match[1])
                if len(operands) >= count:
                    yield method, operands[len(operands) - count :]
                operands = []
            elif kind == _STRING:
                operands.append(match[5])
            elif kind == _NUMBER:
                operands.append(float(match[3]))
            elif kind == _WORD:
                word = match[4]
                if around or word in _RARE:
                    raise Unusual
                known = TEXT_OPERATORS.get(word)
                if known is not None and len(operands) >= known[1]:
                    yield known[0], operands[len(operands) - known[1] :]
                operands = []
            elif kind == _SKIPPED:
                if around:
                    raise Unusual
                operands = []
            elif kind == _HEX:
                operands.append(from_hex(match[6]))
            elif kind == _NAME:
                operands.append(_name(match[7]))
            elif kind == _OPEN:
                around.append(operands)
                operands = []
            elif kind == _CLOSE:
                if not around:
                    raise Unusual
                inside, operands = operands, around.pop()
                operands.append(inside if match[9] == b"]" else {})
            elif kind == _PAREN:
                text, position = _string(data, match.end())
                operands.append(text)
                break
            else:
                raise Unusual
        else:
            return


def _numbers(text: bytes) -> list[float]:
    try:
        return [float(part) for part in text.split()]
    except ValueError as problem:
        raise Unusual from problem


def _name(raw: bytes) -> Any:
    if b"#" in raw:
        raw = _NUMBERED.sub(lambda match: bytes((int(match[1], 16),)), raw)
    try:
        return LIT(raw.decode("utf-8"))
    except UnicodeDecodeError as problem:
        raise Unusual from problem


def from_hex(digits: bytes) -> bytes:
    """pdfminer's reading of an odd last digit is kept: it is the low half of its byte."""
    digits = _SPACE.sub(b"", digits)
    whole = len(digits) // 2 * 2
    return bytes.fromhex(digits[:whole].decode("ascii")) + (bytes((int(digits[whole:], 16),)) if digits[whole:] else b"")


def _string(data: bytes, start: int) -> tuple[bytes, int]:
    """A string with escapes or parentheses in it, from behind its opening parenthesis: its bytes, and where it ends."""
    parts: list[bytes] = []
    depth, position = 1, start
    while True:
        match = _IN_STRING.search(data, position)
        if match is None:
            raise Unusual
        parts.append(data[position : match.start()])
        position, mark = match.end(), match[0]
        if mark == b"\\":
            octal = _OCTAL.match(data, position)
            if octal:
                code = int(octal[0], 8)
                if code > 255:
                    raise Unusual
                parts.append(bytes((code,)))
                position = octal.end()
                continue
            parts.append(_ESCAPED.get(data[position : position + 1], b""))
            position += 2 if data[position : position + 2] == b"\r\n" else 1
            continue
        depth += 1 if mark == b"(" else -1
        if depth == 0:
            return b"".join(parts), position
        parts.append(mark)
