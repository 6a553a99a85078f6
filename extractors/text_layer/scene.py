"""A document as a reader takes it in: pages, rows, segments, and the typed tokens in them.

The number notation and the order of day and month are decided once for the whole document, by what its unambiguous numbers and
dates show.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from extractors.text_layer.amounts import Amount, find_amounts
from extractors.text_layer.dates import DateReading, Order, choose_order, find_dates
from extractors.text_layer.lexicon import Found, find_phrases
from extractors.text_layer.numbers import Style, choose_style, order_readings
from extractors.text_layer.words import PageText, Row, Segment, WordBox, number_rows
from schemas.evidence import Box

_DIGITS = re.compile(r"\d+")
_FIELD = frozenset({"field"})
_BUSINESS = frozenset(
    f"field.{term}" for term in ("iban", "bic", "phone", "fax", "email", "web", "vat_id", "tax_number", "registration")
)


@dataclass(frozen=True, slots=True)
class Place:
    """Characters ``start`` to ``end`` of a segment."""

    segment: Segment
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.segment.text[self.start : self.end]

    @property
    def page(self) -> int:
        return self.segment.page

    @property
    def words(self) -> list[WordBox]:
        """The words the characters touch."""
        return self.segment.words_at(self.start, self.end)

    @property
    def box(self) -> Box:
        return self.segment.box_at(self.start, self.end)


@dataclass
class Scene:
    """The pages that belong to one document, with everything typed that can be typed."""

    pages: Sequence[PageText]
    rows: list[Row] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = number_rows(self.pages)

    @cached_property
    def segments(self) -> list[Segment]:
        return [segment for row in self.rows for segment in row.segments]

    @cached_property
    def text(self) -> str:
        return "\n".join(row.text for row in self.rows)

    @cached_property
    def style(self) -> Style | None:
        """Decimal mark of the document."""
        return choose_style([amount.digits for row in self.rows for amount in self._raw_amounts[row.index]])

    @cached_property
    def _raw_amounts(self) -> dict[int, list[Amount]]:
        return {row.index: [amount for segment in row.segments for amount in find_amounts(segment)] for row in self.rows}

    @cached_property
    def amounts(self) -> dict[int, list[Amount]]:
        """Amounts per row, left to right, with the reading first that fits the document."""
        return {
            index: [amount.with_readings(order_readings(amount.readings, self.style)) for amount in found]
            for index, found in self._raw_amounts.items()
        }

    def dates(self, segment: Segment) -> tuple[DateReading, ...]:
        return find_dates(segment.text)

    @cached_property
    def date_order(self) -> Order | None:
        """Order of day and month where the dates written with numbers show it; ``settle_order`` finds what else shows it."""
        return choose_order([reading for segment in self.segments for reading in find_dates(segment.text)])

    @property
    def month_first(self) -> bool:
        """Day-first unless the document shows the opposite; what nothing shows is a doubt of every date it concerns."""
        return self.date_order == "month-first"

    @cached_property
    def furniture(self) -> set[int]:
        """Rows printed at the same height of several pages (letterhead, footer), and rows that name bank, phone or mail."""
        places: dict[tuple[str, int], list[Row]] = {}
        for row in self.rows:
            places.setdefault((_DIGITS.sub("0", row.text), round(row.y0 / 3)), []).append(row)
        heights = {page.number: page.height for page in self.pages}
        found: set[int] = set()
        for same in places.values():
            y = same[0].y0 / max(heights.get(same[0].page, 842.0), 1.0)
            if len({row.page for row in same}) > 1 and (y < 0.16 or y > 0.84) and not any(self._has_money(row) for row in same):
                found |= {row.index for row in same}
        for row in self.rows:
            terms = {t for segment in row.segments for f in find_phrases(segment.text, _FIELD) if f.start <= 40 for t in f.terms}
            item = sum(amount.looks_like_money for amount in self.amounts[row.index]) > 1  # "On-site consulting  17.00  193.80"
            low = row.y0 > 0.8 * heights.get(row.page, 842.0) and not item
            if terms & _BUSINESS and (low or len(terms & _BUSINESS) > 1):
                found.add(row.index)
        return found

    def _has_money(self, row: Row) -> bool:
        return any(amount.looks_like_money for amount in self.amounts[row.index])

    def phrases(self, groups: frozenset[str]) -> Iterator[tuple[Segment, Found]]:
        """Every phrase of the lexicon groups, in reading order."""
        for segment in self.segments:
            for found in find_phrases(segment.text, groups):
                yield segment, found

    def row_of(self, segment: Segment) -> Row:
        return self.rows[segment.row]

    def next_line(self, segment: Segment, words: int = 5) -> Segment | None:
        """The next line of the paragraph a line of so many words belongs to."""
        following = self.rows[segment.row + 1].segments[0] if segment.row + 1 < len(self.rows) else None
        if following is None or following.page != segment.page or len(segment.words) < words:
            return None
        close = abs(following.x0 - segment.x0) <= 3 and following.y0 - segment.y1 <= 0.9 * segment.height
        return following if close else None

    def below(self, segment: Segment, rows: int = 3, height: float = 3.2) -> Iterator[Segment]:
        """Segments under another one, nearest first: overlapping in x, on the same page, within so many line heights."""
        for row in self.rows[segment.row + 1 : segment.row + 1 + rows]:
            if row.page != segment.page or row.y0 - segment.y1 > height * segment.height:
                return
            for other in row.segments:
                overlap = min(other.x1, segment.x1) - max(other.x0, segment.x0)
                if overlap > 0 or abs(other.x0 - segment.x0) < segment.height:
                    yield other

    def right_of(self, segment: Segment) -> list[Segment]:
        """Segments further right at the same height, nearest first; columns side by side may differ a little in height."""
        found = []
        for row in self.rows[max(0, segment.row - 3) : segment.row + 4]:
            if row.page != segment.page:
                continue
            for other in row.segments:
                overlap = min(other.y1, segment.y1) - max(other.y0, segment.y0)
                near = row.index == segment.row or overlap > 0.6 * min(other.height, segment.height)
                if near and other is not segment and other.x0 >= segment.x1 - 1.0:
                    found.append(other)
        return sorted(found, key=lambda other: other.x0)
