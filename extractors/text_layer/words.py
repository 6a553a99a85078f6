"""Glyphs -> words -> segments -> rows. All boxes in points from the top left of the page as displayed.

A *segment* is a run of words that a reader takes in at once (a label, a value, a table cell); a *row* is everything at one height.
Text that does not run from left to right (watermarks, margin notes) is set apart.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from extractors.pdf.glyphs import Glyph, GlyphPage
from schemas.evidence import Box

WORD_GAP = 0.14  # of the line height: a wider gap starts a new word
NO_GAP = 0.03  # a space that takes no room was put in by kerning, not by the writer
JOIN_GAP = 0.07  # neighbouring runs closer than this are one word
SEGMENT_GAP = 0.62  # a wider gap starts a new segment
BULLET_GAP = 2.5  # line heights around a mark that separates the parts of one line (sender lines, footers)
BULLETS = frozenset("·•●▪◦∙|")
ROW_SHIFT = 0.33  # words whose middles differ by less than this share of their height stand in one row


@dataclass(slots=True)
class WordBox:
    """A run of glyphs without a space. ``glyphs`` are indices into the page's glyphs."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    page: int
    glyphs: tuple[int, ...] = ()

    @property
    def box(self) -> Box:
        return (self.x0, self.y0, self.x1, self.y1)

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2


@dataclass
class Segment:
    """Words of one row without a wide gap. ``order`` is its place in reading order over the whole document."""

    words: list[WordBox]
    page: int
    row: int = -1
    order: int = -1

    @cached_property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @cached_property
    def x0(self) -> float:
        return self.words[0].x0

    @cached_property
    def x1(self) -> float:
        return max(word.x1 for word in self.words)

    @cached_property
    def y0(self) -> float:
        return min(word.y0 for word in self.words)

    @cached_property
    def y1(self) -> float:
        return max(word.y1 for word in self.words)

    @cached_property
    def height(self) -> float:
        return sorted(word.height for word in self.words)[len(self.words) // 2]

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2

    @property
    def box(self) -> Box:
        return (self.x0, self.y0, self.x1, self.y1)

    def words_at(self, start: int, end: int) -> list[WordBox]:
        """The words that characters ``start`` to ``end`` of the text touch."""
        found, position = [], 0
        for word in self.words:
            if position >= end:
                break
            after = position + len(word.text)
            if after > start:
                found.append(word)
            position = after + 1
        return found

    def box_at(self, start: int, end: int) -> Box:
        """Box around the words that characters ``start`` to ``end`` touch; around all words where they touch none."""
        box = self._boxes.get((start, end))
        if box is None:
            words = self.words_at(start, end) or self.words
            box = self._boxes[start, end] = (
                min([word.x0 for word in words]),
                min([word.y0 for word in words]),
                max([word.x1 for word in words]),
                max([word.y1 for word in words]),
            )
        return box

    @cached_property
    def _boxes(self) -> dict[tuple[int, int], Box]:
        return {}


@dataclass
class Row:
    """Everything at one height of one page, from left to right. ``index`` counts over the whole document."""

    segments: list[Segment]
    page: int
    index: int = -1

    @cached_property
    def y0(self) -> float:
        return min(segment.y0 for segment in self.segments)

    @cached_property
    def y1(self) -> float:
        return max(segment.y1 for segment in self.segments)

    @cached_property
    def words(self) -> list[WordBox]:
        return [word for segment in self.segments for word in segment.words]

    @cached_property
    def text(self) -> str:
        return "   ".join(segment.text for segment in self.segments)

    @cached_property
    def height(self) -> float:
        return sorted(word.height for word in self.words)[len(self.words) // 2]


@dataclass
class PageText:
    """One page, read. ``turned`` holds words that do not run from left to right."""

    number: int
    width: float
    height: float
    rows: list[Row] = field(default_factory=list)
    turned: list[WordBox] = field(default_factory=list)

    @cached_property
    def segments(self) -> list[Segment]:
        return [segment for row in self.rows for segment in row.segments]


def read_words(page: GlyphPage, skip: frozenset[int] = frozenset()) -> tuple[list[WordBox], list[WordBox]]:
    """Words of a page: those from left to right, and those turned. Glyphs in ``skip`` are left out; text drawn twice counts once."""
    straight: list[list[int]] = []
    turned: list[list[int]] = []
    seen: set[tuple[str, int, int]] = set()
    before: Glyph | None = None
    last_box: Box | None = None
    for index, glyph in enumerate(page.glyphs):
        box = glyph.box
        ligature, last_box = box == last_box, box
        if index in skip:
            before = None
            continue
        place = (glyph.text, round(box[0]), round(box[1]))
        if place in seen and not ligature:
            before = None
            continue
        seen.add(place)
        angle = glyph.angle
        target = straight if not angle or abs((angle + 45) % 360 - 45) <= 5 else turned
        if before is not None and target and before.angle == angle and not _breaks(before, glyph):
            target[-1].append(index)
        else:
            target.append([index])
        before = glyph
    return _join([_word(page, run) for run in straight]), [_word(page, run) for run in turned]


def _breaks(before: Glyph, glyph: Glyph) -> bool:
    one, other = before.box, glyph.box
    if other == one:
        return False  # one glyph of the font that stands for several characters ("ft", "tt")
    left, top, _, bottom = other
    last_left, last_top, last_right, last_bottom = one
    if glyph.space_before and (glyph.angle or not 0 <= left - last_right < NO_GAP * (bottom - top)):
        return True
    if glyph.angle:
        return abs(left - last_left) + abs(top - last_top) > 2.5 * (bottom - top)
    height = min(last_bottom - last_top, bottom - top)
    if abs((last_top + last_bottom) - (top + bottom)) > 0.5 * height:
        return True
    gap = left - last_right
    return gap > WORD_GAP * height or gap < -0.6 * height


def _word(page: GlyphPage, run: Sequence[int]) -> WordBox:
    glyphs = [page.glyphs[index] for index in run]
    x0, y0, x1, y1 = zip(*[glyph.box for glyph in glyphs], strict=True)
    return WordBox("".join([glyph.text for glyph in glyphs]), min(x0), min(y0), max(x1), max(y1), page.number, tuple(run))


def _join(words: list[WordBox]) -> list[WordBox]:
    """Some producers draw a word in several runs, far apart in the file; put the pieces together where no space can be between."""
    result: list[WordBox] = []
    for row in _rows_of(words):
        for word in sorted(row, key=lambda item: item.x0):
            last = result[-1] if result else None
            if (
                last is not None
                and last.page == word.page
                and abs(last.middle - word.middle) < 0.2 * word.height
                and -0.3 * word.height < word.x0 - last.x1 < JOIN_GAP * min(last.height, word.height)
                and 0.7 < last.height / max(word.height, 0.01) < 1.43
                and not _spaced(last, word)
            ):
                result[-1] = WordBox(
                    last.text + word.text,
                    last.x0,
                    min(last.y0, word.y0),
                    word.x1,
                    max(last.y1, word.y1),
                    last.page,
                    last.glyphs + word.glyphs,
                )
            else:
                result.append(word)
    return result


def _spaced(last: WordBox, word: WordBox) -> bool:
    """True when the pieces follow each other in the file with a real space between: then the gap is just narrow."""
    return bool(last.glyphs and word.glyphs) and last.glyphs[-1] + 1 == word.glyphs[0]


def _rows_of(words: Iterable[WordBox]) -> list[list[WordBox]]:
    """Group words by height, top to bottom."""
    rows: list[list[WordBox]] = []
    means: list[float] = []
    for word in sorted(words, key=lambda item: item.y0 + item.y1):
        middle, height = (word.y0 + word.y1) / 2, word.y1 - word.y0
        for back in range(-1, -min(4, len(rows)) - 1, -1):
            row = rows[back]
            first = row[0]
            if abs(means[back] - middle) <= ROW_SHIFT * min(height, first.y1 - first.y0):
                row.append(word)
                means[back] += (middle - means[back]) / len(row)
                break
        else:
            rows.append([word])
            means.append(middle)
    return rows


def lay_out(page: GlyphPage, skip: frozenset[int] = frozenset()) -> PageText:
    """Read one page into rows of segments."""
    straight, turned = read_words(page, skip)
    result = PageText(page.number, page.width, page.height, turned=turned)
    for words in _rows_of(straight):
        words.sort(key=lambda item: item.x0)
        segments: list[list[WordBox]] = []
        for word in words:
            last = segments[-1][-1] if segments else None
            bullet = word.text in BULLETS or (last is not None and last.text in BULLETS and len(segments[-1]) > 1)
            reach = BULLET_GAP if bullet else SEGMENT_GAP
            if last is not None and word.x0 - max(w.x1 for w in segments[-1][-3:]) <= reach * min(last.height, word.height):
                segments[-1].append(word)
            else:
                segments.append([word])
        result.rows.append(Row([Segment(_unspread(items), page.number) for items in segments], page.number))
    result.rows.sort(key=lambda row: row.y0)
    return result


def _unspread(words: list[WordBox]) -> list[WordBox]:
    """``R e c h n u n g`` is one word: letters set wide apart for show."""
    if len(words) < 4 or any(len(word.text) > 1 for word in words) or not all(word.text.isalpha() for word in words):
        return words
    first, last = words[0], words[-1]
    return [
        WordBox(
            "".join(word.text for word in words),
            first.x0,
            min(word.y0 for word in words),
            last.x1,
            max(word.y1 for word in words),
            first.page,
            tuple(index for word in words for index in word.glyphs),
        )
    ]


def number_rows(pages: Sequence[PageText]) -> list[Row]:
    """Rows of all pages in reading order, numbered; segments learn their row and order."""
    rows: list[Row] = []
    order = 0
    for page in pages:
        for row in page.rows:
            row.index = len(rows)
            rows.append(row)
            for segment in row.segments:
                segment.row, segment.order = row.index, order
                order += 1
    return rows
