"""The second reader: pdfminer.six, glyphs only. It shares no code with pdfium; where both see the same characters, they are there.

It has no limits of its own (endless loops are known): call it in a process that can be killed.
"""

import io
import logging
import re
from collections.abc import Iterator, Sequence
from typing import Any

from pdfminer.converter import PDFLayoutAnalyzer
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import PDFObjRef, PDFStream, dict_value, resolve1, stream_value
from pdfminer.psexceptions import PSException
from pdfminer.psparser import LIT
from pdfminer.utils import mult_matrix

from extractors.pdf.content_stream import TEXT_OPERATORS, Unusual, text_operations
from extractors.pdf.errors import PdfUnreadable
from extractors.pdf.glyphs import MarkedPage
from extractors.pdf.unicode_map import read_unicode_map

logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
REPEATED = 8  # bytes; strings so short come again and again where every glyph is drawn by itself
LITERAL_TYPE0 = LIT("Type0")
_NO_CHARACTER = re.compile(r"\(cid:\d+\)")


class _GlyphDevice(PDFLayoutAnalyzer):  # type: ignore[misc]
    """Collects glyphs and skips layout analysis, which would take most of the time."""

    def __init__(self, manager: Any) -> None:
        super().__init__(manager, laparams=None)
        self.found: list[tuple[str, float, float]] = []  # text, middle of the box in the page's own space
        self._faces: dict[Any, _Face] = {}

    def render_string(self, textstate: Any, seq: Any, ncs: Any, graphicstate: Any) -> None:
        font = textstate.font
        face = self._faces.get(font) or self._faces.setdefault(font, _Face(font))
        if face.vertical:
            super().render_string(textstate, seq, ncs, graphicstate)
            return
        a, b, c, d, e, f = mult_matrix(textstate.matrix, self.ctm)
        size, scaling = textstate.fontsize, textstate.scaling * 0.01
        between, between_words = textstate.charspace * scaling, 0 if face.multibyte else textstate.wordspace * scaling
        kerning, stretch = 0.001 * size * scaling, size * scaling
        middle = textstate.rise + face.descent * size + size / 2
        e, f, half_a, half_b = e + middle * c, f + middle * d, a * stretch / 2, b * stretch / 2
        append, characters = self.found.append, face.characters
        x, y = textstate.linematrix
        spaced = False
        for item in seq:
            if isinstance(item, (int, float)):
                x -= item * kerning
                spaced = True
            elif isinstance(item, bytes):
                for cid, text, width in characters.get(item) or face.read(item):
                    if spaced:
                        x += between
                    spaced = True
                    append((text, x * a + y * c + e + half_a * width, x * b + y * d + f + half_b * width))
                    x += width * stretch
                    if cid == 32 and between_words:
                        x += between_words
        textstate.linematrix = (x, y)

    def render_char(
        self, matrix: Any, font: Any, fontsize: Any, scaling: Any, rise: Any, cid: Any, ncs: Any, graphicstate: Any
    ) -> float:
        """One character of a vertical font; the others come from ``render_string``."""
        text, width = _character(font, cid)
        advance = width * float(fontsize) * float(scaling)
        middle = rise + float(font.get_descent()) * float(fontsize) + fontsize / 2
        a, b, c, d, e, f = matrix
        self.found.append((text, a * advance / 2 + c * middle + e, b * advance / 2 + d * middle + f))
        return advance

    def render_image(self, name: Any, stream: Any) -> None:
        return None

    def paint_path(self, *arguments: Any, **more: Any) -> None:
        return None

    def begin_page(self, page: Any, ctm: Any) -> None:
        self.found = []

    def end_page(self, page: Any) -> None:
        return None

    def begin_figure(self, name: Any, bbox: Any, matrix: Any) -> None:
        return None

    def end_figure(self, _: Any) -> None:
        return None


class _Face:
    """What is asked of a font again and again. ``characters`` are strings of the content, decoded: (code, text, width)."""

    def __init__(self, font: Any) -> None:
        self.vertical, self.multibyte = font.is_vertical(), font.is_multibyte()
        self.descent = float(font.get_descent())
        self.characters: dict[bytes, tuple[tuple[int, str, float], ...]] = {}
        self._font = font
        self._known: dict[int, tuple[int, str, float]] = {}

    def read(self, text: bytes) -> tuple[tuple[int, str, float], ...]:
        known, found = self._known, list[tuple[int, str, float]]()
        for cid in self._font.decode(text):
            found.append(known.get(cid) or known.setdefault(cid, (cid, *_character(self._font, cid))))
        if len(text) <= REPEATED:
            self.characters[text] = tuple(found)
        return tuple(found)


def _character(font: Any, cid: int) -> tuple[str, float]:
    try:
        text = font.to_unichr(cid)
    except Exception:  # PDFUnicodeNotDefined is not alone: broken maps raise what they like
        text = "\N{REPLACEMENT CHARACTER}"
    return text, float(font.char_width(cid))


class _TextInterpreter(PDFPageInterpreter):  # type: ignore[misc]
    """pdfminer's interpreter, told only of the operators that matter to text; see ``content_stream``."""

    def execute(self, streams: Sequence[object]) -> None:
        contents = [stream_value(stream) for stream in streams]
        own = [c for c in contents if c.objid is not None and c.objid not in self.parent_stream_ids]  # no circles
        self.stream_ids = {content.objid for content in own}
        unusual = self.rsrcmgr.unusual
        key = tuple(sorted(self.stream_ids))
        if key in unusual:
            super().execute(streams)
            return
        start, found = self.ctm, self.device.found
        before = len(found)
        methods = {name: getattr(self, name) for name, _ in TEXT_OPERATORS.values()}
        try:
            for method, operands in text_operations(b"\n".join(content.get_data() for content in own)):
                methods[method](*operands)
        except Unusual:
            unusual.add(key)  # once: forms inside forms would otherwise be read twice at every level
            del found[before:]
            self.init_state(start)
            super().execute(streams)

    def init_resources(self, resources: Any) -> None:
        """Fonts are read when they are first used: many files name more than they use."""
        known = dict_value(resources) if resources else {}
        super().init_resources({key: value for key, value in known.items() if key != "Font"})
        self.resources = resources
        self.fontmap = _Fonts(self.rsrcmgr, dict_value(known["Font"]) if "Font" in known else {})

    def get_current_state(self) -> Any:
        return (self.ctm, self.textstate.copy(), self.graphicstate)

    def do_Td(self, tx: Any, ty: Any) -> None:  # noqa: N802 - pdfminer's name
        if type(tx) is not float or type(ty) is not float:
            super().do_Td(tx, ty)
            return
        state = self.textstate
        a, b, c, d, e, f = state.matrix
        state.matrix, state.linematrix = (a, b, c, d, tx * a + ty * c + e, tx * b + ty * d + f), (0, 0)

    def do_Tj(self, s: Any) -> None:  # noqa: N802 - pdfminer's name
        if self.textstate.font is not None:
            self.device.render_string(self.textstate, (s,), None, None)

    def do_TJ(self, seq: Any) -> None:  # noqa: N802 - pdfminer's name
        if self.textstate.font is not None:
            self.device.render_string(self.textstate, seq, None, None)


class _Fonts(dict[object, Any]):
    """Font resources of one content, by name."""

    def __init__(self, manager: PDFResourceManager, specs: dict[object, Any]) -> None:
        super().__init__()
        self._manager, self._specs = manager, specs

    def __missing__(self, name: object) -> Any:
        spec = self._specs[name]
        number = spec.objid if isinstance(spec, PDFObjRef) else None
        self[name] = self._manager.get_font(number, dict_value(spec))
        return self[name]


class _Manager(PDFResourceManager):  # type: ignore[misc]
    """Fonts of the file, and the contents that only the slower parser can read."""

    def __init__(self) -> None:
        super().__init__(caching=True)
        self.unusual: set[tuple[int, ...]] = set()

    def get_font(self, objid: Any, spec: Any) -> Any:
        stream = resolve1(spec.get("ToUnicode"))
        if not isinstance(stream, PDFStream) or spec.get("Subtype") is LITERAL_TYPE0 or (objid and objid in self._cached_fonts):
            return super().get_font(objid, spec)
        known = read_unicode_map(stream.get_data())
        if known is None:
            return super().get_font(objid, spec)
        font = super().get_font(objid, {**spec, "ToUnicode": PDFStream({}, b"")})  # the branch for fonts that have a map
        font.unicode_map = known
        return font


class PdfminerReader:
    """Reads the characters of the pages one asks for, and where their middles are."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def pages(self, wanted: frozenset[int] | None = None) -> Iterator[MarkedPage]:
        """Pages in order, all or those whose number (from 1) is ``wanted``. Raises ``PdfUnreadable``."""
        try:
            manager = _Manager()
            device = _GlyphDevice(manager)
            interpreter = _TextInterpreter(manager, device)
            for number, page in enumerate(PDFPage.create_pages(PDFDocument(PDFParser(io.BytesIO(self._data)))), 1):
                if wanted is None or number in wanted:
                    page.rotate, rotation = 0, int(page.rotate or 0) % 360
                    interpreter.process_page(page)
                    yield _page(number, page, rotation, device)
        except (PSException, RecursionError, MemoryError, ValueError, TypeError, KeyError, AttributeError, IndexError) as problem:
            raise PdfUnreadable(
                "READ-MALFORMED", f"the second reader cannot read the file: {type(problem).__name__}"
            ) from problem
        except Exception as problem:  # pdfminer.six declares no tree of its own; anything may come from a broken file
            raise PdfUnreadable(
                "READ-MALFORMED", f"the second reader cannot read the file: {type(problem).__name__}"
            ) from problem


def _page(number: int, page: Any, rotation: int, device: _GlyphDevice) -> MarkedPage:
    media, crop = page.mediabox, page.cropbox or page.mediabox
    frame = (max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3]))
    # the interpreter moves the origin to the lower left of the MediaBox
    moved = (frame[0] - media[0], frame[1] - media[1], frame[2] - media[0], frame[3] - media[1])
    width, height = frame[2] - frame[0], frame[3] - frame[1]
    if rotation in (90, 270):
        width, height = height, width
    clean = {text: _clean(text) for text in {text for text, _, _ in device.found}}
    left, bottom, right, top = moved
    if rotation == 90:
        marks = [(clean[text], y - bottom, x - left) for text, x, y in device.found if clean[text]]
    elif rotation == 180:
        marks = [(clean[text], right - x, y - bottom) for text, x, y in device.found if clean[text]]
    elif rotation == 270:
        marks = [(clean[text], top - y, right - x) for text, x, y in device.found if clean[text]]
    else:
        marks = [(clean[text], x - left, top - y) for text, x, y in device.found if clean[text]]
    return MarkedPage(number, width, height, marks)


def _clean(text: str) -> str:
    """The characters of a code; empty for what is only space."""
    if not text or text.isspace():
        return ""
    return _NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", text).replace("\u00ad", "-")
