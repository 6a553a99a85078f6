"""Lines that print a code in place of their tax rate ("A", "1", "*"), and the table or legend that says what the code stands for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from extractors.text_layer.figures import Figures, TaxRow
from extractors.text_layer.items import Item, Table
from extractors.text_layer.lexicon import find_phrases
from extractors.text_layer.lines import ReadLine
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.sightings import seen
from extractors.text_layer.words import Segment

CODE = r"(?:[A-Za-z]{1,2}\d?|\d{1,2}|\*{1,3})"
MAX_RATE = Decimal(30)
MAX_CODES = 8
_FIRST = re.compile(rf"\(?({CODE})\)?\s*[:=)]?(?=\s|$)")
_WHOLE = re.compile(rf"[(*]?({CODE})[)*]?")
_LEGEND = re.compile(  # "A = 19 %", "2: MwSt 7,00 %", "(B) 7 %"
    rf"(?<![\w.,])\(?({CODE})\)?\s*(?:[=:]|\)\s?)\s*(?:[^\W\d_]{{2,12}}\.?\s*){{0,2}}(\d{{1,2}}(?:[.,]\d{{1,2}})?)\s?%"
)
_BACKWARD = re.compile(rf"(?<![\w.,])(\d{{1,2}}(?:[.,]\d{{1,2}})?)\s?%\s*=\s*({CODE})(?!\w)")
_COLUMNS = ("tax_code", "tax_rate", "unknown", "unit", "net_amount", "gross_amount")


def put_coded_rates(scene: Scene, table: Table, figures: Figures, lines: Sequence[ReadLine]) -> None:
    """The rate of every line by its code. All lines must have a code of the legend, or nothing is said."""
    if not lines or all(line.line.tax_rate is not None and _prints_rate(line) for line in lines):
        return
    legend = {**_by_legend(scene, table), **_by_tax_rows(scene, figures.tax_rows)}
    if not legend:
        return
    rates = set(legend.values())
    found = [_code_of(item, legend) for item in table.items]
    if any(place is None for place in found) or len(found) != len(lines):
        return
    if all(line.line.tax_rate in rates for line in lines) and not any("tax_code" in item.head.terms for item in table.items):
        return  # the numbers are rates themselves, and only look like codes
    for line, place in zip(lines, found, strict=True):
        assert place is not None
        line.line.tax_rate = legend[_key(place.text)]
        line.seen["tax_rate"] = seen(line.line.tax_rate, place, "position")


def _prints_rate(line: ReadLine) -> bool:
    return "%" in line.seen["tax_rate"].text


def _key(text: str) -> str:
    match = _WHOLE.fullmatch(text.strip())
    return (match[1] if match else text).casefold()


def _by_tax_rows(scene: Scene, rows: Sequence[TaxRow]) -> dict[str, Decimal]:
    """``A  681,33  19,00  129,45``: the first thing in the row of each rate, neither rate nor sum; every rate has one of its own."""
    found: dict[str, Decimal] = {}
    rows = [row for row in rows if row.rate is not None and row.basis is not None]
    for row in rows:
        left = min(a.box[0] for a in (row.tax, row.basis, row.rate_amount) if a is not None)
        code = _code_before(scene.row_of(row.tax.segment).segments[0], left)
        if code is None or code in found or row.rate is None:
            return {}
        found[code] = row.rate
    return found


def _code_before(segment: Segment, x: float) -> str | None:
    """The code at the beginning of the row, left of its first number."""
    match = _FIRST.match(segment.text)
    if match is None or Place(segment, match.start(1), match.end(1)).box[2] > x:
        return None
    return match[1].casefold()


def _by_legend(scene: Scene, table: Table) -> dict[str, Decimal]:
    """``A = 19 %, B = 7 %`` anywhere outside the items, where it speaks of tax; a code with two rates is none."""
    found: dict[str, set[Decimal]] = {}
    for segment in scene.segments:
        if segment.row in table.rows or "%" not in segment.text:
            continue
        pairs = [(m[1], m[2]) for m in _LEGEND.finditer(segment.text)] + [(m[2], m[1]) for m in _BACKWARD.finditer(segment.text)]
        for code, rate in pairs:
            if find_phrases(code):
                continue  # "VAT: 19 %": a word, no code
            found.setdefault(code.casefold(), set()).add(Decimal(rate.replace(",", ".")))
    clear = {code: rates.pop() for code, rates in found.items() if len(rates) == 1}
    return clear if len(clear) <= MAX_CODES and all(rate <= MAX_RATE for rate in clear.values()) else {}


def _code_of(item: Item, legend: Mapping[str, Decimal]) -> Place | None:
    return next((place for place in _candidates(item) if _key(place.text) in legend), None)


def _candidates(item: Item) -> Iterator[Place]:
    for term in _COLUMNS:
        cell = item.row.cells.get(term)
        for place in cell.places if cell else ():
            if _WHOLE.fullmatch(place.text.strip()):
                yield place
            elif cell and cell.amounts and cell.amounts[-1].segment is place.segment:
                amount, text = cell.amounts[-1], place.segment.text
                rest = text[amount.end : place.end]
                if _WHOLE.fullmatch(rest.strip()):
                    start = amount.end + len(rest) - len(rest.lstrip())
                    yield Place(place.segment, start, start + len(rest.strip()))
