"""ToUnicode maps for the second reader, read by regular expressions: pdfminer's own parser takes a tenth of the time of a page for them.

Only maps of the usual form are read here (``bfchar`` and ``bfrange`` with hexadecimal strings); for the others the answer is ``None``
and pdfminer reads them. Source: ISO 32000-1, 9.10.3.
"""

import re

from pdfminer.cmapdb import FileUnicodeMap

from extractors.pdf.content_stream import from_hex

MAX_CODES = 70_000  # two bytes have 65,536; longer maps are left to pdfminer
_HEX = rb"<[0-9A-Fa-f\s]*>"
_COMMENT = re.compile(rb"%[^\r\n]*")
_SECTION = re.compile(
    rb"beginbfchar\s*((?:" + _HEX + rb"\s*" + _HEX + rb"\s*)*)endbfchar\b"
    rb"|beginbfrange\s*((?:" + _HEX + rb"\s*" + _HEX + rb"\s*(?:" + _HEX + rb"|\[\s*(?:" + _HEX + rb"\s*)*\])\s*)*)endbfrange\b"
)  # fmt: skip
_STRING = re.compile(rb"<([0-9A-Fa-f\s]*)>")
_RANGE = re.compile(rb"<([0-9A-Fa-f\s]*)>\s*<([0-9A-Fa-f\s]*)>\s*(?:<([0-9A-Fa-f\s]*)>|\[([^\]]*)\])")
_UNUSUAL = (b"beginbf", b"endbf", b"cidrange", b"cidchar", b"usecmap", b"endcmap")


def read_unicode_map(data: bytes) -> FileUnicodeMap | None:
    """Character codes to text, exactly as pdfminer reads them."""
    data = _COMMENT.sub(b"", data)
    result, end = FileUnicodeMap(), 0
    between: list[bytes] = []
    for section in _SECTION.finditer(data):
        between.append(data[end : section.start()])
        end = section.end()
        if not (_characters(result, section[1]) if section[1] is not None else _ranges(result, section[2])):
            return None
    rest = data[end:].replace(b"endcmap", b"", 1)
    if any(word in part for part in (*between, rest) for word in _UNUSUAL):
        return None
    return result


def _characters(result: FileUnicodeMap, text: bytes) -> bool:
    strings = [from_hex(digits) for digits in _STRING.findall(text)]
    for code, characters in zip(strings[::2], strings[1::2], strict=True):
        if not 1 <= len(code) <= 4:
            return False
        result.add_cid2unichr(int.from_bytes(code), characters)
    return True


def _ranges(result: FileUnicodeMap, text: bytes) -> bool:
    for match in _RANGE.finditer(text):
        low, high = from_hex(match[1]), from_hex(match[2])
        if len(low) != len(high) or not 1 <= len(low) <= 4:
            return False
        start, count = int.from_bytes(low), int.from_bytes(high) - int.from_bytes(low) + 1
        if count > MAX_CODES:
            return False
        if match[3] is None:
            for number, digits in zip(range(max(0, count)), _STRING.findall(match[4]), strict=False):
                result.add_cid2unichr(start + number, from_hex(digits))
            continue
        first = from_hex(match[3])
        changing = first[-4:]
        base, prefix = int.from_bytes(changing), first[:-4]
        if not changing or base + count > 1 << 8 * len(changing):
            return False
        for number in range(count):
            result.add_cid2unichr(start + number, prefix + (base + number).to_bytes(len(changing)))
    return True
