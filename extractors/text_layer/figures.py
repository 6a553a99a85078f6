"""Figures of the totals block: numbers beside, below or behind a word of the lexicon group ``total``.

Nothing is chosen here. Every figure is kept with its word, so that ``solution`` can try which of them fit together.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from extractors.text_layer.amounts import Amount
from extractors.text_layer.dates import find_dates
from extractors.text_layer.items import Table
from extractors.text_layer.lexicon import Found, find_phrases
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.words import Row, Segment
from schemas import round_half_up
from schemas.taxation import meanings

TOTAL = frozenset({"total"})
CENT = Decimal("0.01")
PAIRED = 3  # words side by side, from which their order counts
NO_TAX = frozenset({"reverse-charge", "intra-community", "export", "exempt", "small-business", "margin-scheme", "travel-scheme"})


@dataclass(frozen=True)
class Figure:
    """A money amount and what the page calls it. ``certain``: word and number stand in one row, not one above the other."""

    term: str
    amount: Amount
    label: Place
    certain: bool
    prose: bool = False
    """Word and number stand in a sentence that goes on: whatever it says, it is no line of the totals."""

    @property
    def value(self) -> Decimal:
        return self.amount.value


@dataclass(frozen=True)
class TaxRow:
    """One rate of the tax table: the rate, the tax, and the basis where it is printed."""

    rate: Decimal | None
    tax: Amount
    basis: Amount | None = None
    rate_amount: Amount | None = None


@dataclass
class Figures:
    figures: list[Figure]
    tax_rows: list[TaxRow]
    payments: list[Amount] = field(default_factory=list)
    """Amounts in rows with a date and deductions without a word, outside the items: payments, if an equation says so."""

    loose: list[Amount] = field(default_factory=list)
    """Single amounts below the items in rows that say nothing known: charges or allowances, if an equation says so."""

    def of(self, *terms: str) -> list[Figure]:
        return [figure for figure in self.figures if figure.term in terms]


def find_figures(scene: Scene, table: Table) -> Figures:
    """All figures outside the item rows. Tax rows are read whole: rate, basis and tax belong together."""
    figures: list[Figure] = []
    tax_rows: list[TaxRow] = []
    heads = {index for head in table.heads if {"name", "quantity"} & head.terms for index in head.rows}
    for row in scene.rows:
        if row.index in table.rows or row.index in heads or row.index in scene.furniture:
            continue
        monies = _monies(scene, row, table)
        if paired := _paired(scene, row, table):
            figures += paired
            tax_rows += [_tax_under(scene, figure) for figure in paired if figure.term == "tax"]
            continue
        if len(row.segments) > 1 and _heads_sums(scene, row, monies, table):
            under = list(_below(scene, row, table))
            figures += under
            tax_rows += [_tax_under(scene, figure) for figure in under if figure.term == "tax"]
            continue
        tax = _tax_row(scene, row, monies)
        if tax is not None:
            tax_rows.append(tax)
        figures += [figure for figure in _in_row(scene, row, monies) if not _is_tax_of(tax, figure)]
        if not monies:
            under = list(_below(scene, row, table))
            figures += under
            tax_rows += [_tax_under(scene, figure) for figure in under if figure.term == "tax"]
    tax_rows = _distinct(tax_rows)
    if len(tax_rows) > 1:
        figures = [f for f in figures if f.certain or f.term in _OF_TAX or not any(_is_of_one_rate(row, f) for row in tax_rows)]
    figures += _sums_of_taxes(scene, table, tax_rows)
    figures += list(_deducted(scene, figures))
    return Figures(figures, tax_rows, _payments(scene, table), _loose(scene, table))


_PAYMENT = frozenset({"payment"})
_OF_TAX = frozenset({"tax", "tax_total", "tax_basis"})


def _is_tax_of(tax: TaxRow | None, figure: Figure) -> bool:
    """``VAT 7 % (net 58.32) 4.08``: the word for net belongs to the basis inside, not to the tax behind it."""
    return tax is not None and tax.basis is not None and figure.amount is tax.tax and figure.term not in _OF_TAX


def _is_of_one_rate(row: TaxRow, figure: Figure) -> bool:
    """Under a head for net, tax or gross stands what belongs to the first rate alone: its basis, its tax, both together."""
    if row.basis is None or figure.amount.segment.row != row.tax.segment.row:
        return False
    return figure.value in (row.basis.value, row.tax.value, row.basis.value + row.tax.value)


def _deducted(scene: Scene, figures: Sequence[Figure]) -> Iterator[Figure]:
    """``less 2nd instalment of 12.02.``: a deduction without a percentage or a word of cash discounts, which may have been paid before."""
    for figure in figures:
        row = scene.row_of(figure.amount.segment)
        percent = any(a.percent for a in scene.amounts[row.index])
        if figure.term == "allowance" and not percent and not find_phrases(row.text, _PAYMENT):
            yield Figure("deducted", figure.amount, figure.label, figure.certain, figure.prose)


def _payments(scene: Scene, table: Table) -> list[Amount]:
    found = []
    for row in scene.rows:
        if row.index in table.rows:
            continue
        monies = [a for a in scene.amounts[row.index] if a.looks_like_money and a.decimals == 2]
        dated = any(find_dates(segment.text) for segment in row.segments)
        deducted = len(monies) == 1 and monies[0].value < 0 and not any(a.percent for a in scene.amounts[row.index])
        found += monies if dated or (deducted and not find_phrases(row.text, _PAYMENT)) else []
    return found


def _loose(scene: Scene, table: Table) -> list[Amount]:
    found = []
    for row in scene.rows:
        if row.index in table.rows or row.index < table.end or any(True for _ in _labels(row)):
            continue
        monies = _monies(scene, row, table)
        if len(monies) == 1 and not any(a.percent for a in scene.amounts[row.index]):
            found.append(monies[0])
    return found


def _monies(scene: Scene, row: Row, table: Table) -> list[Amount]:
    """Amounts of a row that can be sums of money: with two decimals or a currency; below a table any number at the right end."""
    found = [a for a in scene.amounts[row.index] if a.looks_like_money]
    if not found and table.end >= 0 and row.index >= table.end:
        bare = [a for a in scene.amounts[row.index] if not a.percent and a.end == len(a.segment.text)]
        found = bare[-1:] if bare and bare[-1].segment is row.segments[-1] and len(row.segments) > 1 else []
    return found


def _heads_sums(scene: Scene, row: Row, monies: Sequence[Amount], table: Table) -> bool:
    """Words side by side with their sums in the row below. A number in such a row belongs to its word ("19 % on 100.00")."""
    labelled = {id(segment): segment for segment, found in _labels(row)}
    if len(labelled) < 2 or any(id(a.segment) not in labelled or a.start == 0 for a in monies):
        return False
    following = scene.rows[row.index + 1] if row.index + 1 < len(scene.rows) else None
    if following is None or following.page != row.page or following.index in table.rows:
        return False
    if following.y0 - row.y1 > 1.8 * row.height or any(True for _ in _labels(following)):
        return False
    under = _monies(scene, following, table)
    return all(any(_touches(a, segment.box) for a in under) for segment in labelled.values())


def _paired(scene: Scene, row: Row, table: Table) -> list[Figure]:
    """Three words or more and, in the next row, as many sums and nothing else: each word has the sum in its place."""
    following = scene.rows[row.index + 1] if row.index + 1 < len(scene.rows) else None
    if following is None or following.page != row.page or following.index in table.rows or len(row.segments) < PAIRED:
        return []
    labels = [[found for found in find_phrases(segment.text, TOTAL) if found.start == 0] for segment in row.segments]
    monies = _monies(scene, following, table)
    alone = [a for a in monies if a.start == 0 and a.end == len(a.segment.text)]
    if not all(labels) or len(alone) != len(labels) or len(following.segments) != len(labels) or _monies(scene, row, table):
        return []
    return [
        Figure(term, amount, Place(segment, found[0].start, found[0].end), True)
        for segment, found, amount in zip(row.segments, labels, alone, strict=True)
        for term in _terms(found[0])
    ]


def _labels(row: Row) -> Iterator[tuple[Segment, Found]]:
    for segment in row.segments:
        for found in find_phrases(segment.text, TOTAL):
            yield segment, found


def _terms(found: Found) -> list[str]:
    return sorted(term.partition(".")[2] for term in found.terms)


def _in_row(scene: Scene, row: Row, monies: Sequence[Amount]) -> Iterator[Figure]:
    """Each word takes the amounts right of it, up to the next word that has amounts of its own."""
    labels = list(_labels(row))
    places = [(s.x0 if f.start == 0 else Place(s, f.start, f.end).box[0], s, f) for s, f in labels]
    for number, (x, segment, found) in enumerate(places):
        own = set(_terms(found))
        adjusts = bool(own & {"allowance", "charge"})
        limit = next(
            (
                other
                for other, s, f in places[number + 1 :]
                if s is not segment and not (adjusts and set(_terms(f)) <= {"allowance", "charge", "tax", "tax_basis"})
            ),
            float("inf"),
        )
        right = [a for a in monies if x < a.box[0] < limit and not (a.segment is segment and a.start < found.start)]
        if not right:
            continue
        for term in _terms(found):
            if term in ("allowance", "charge") and not _ends_segment(right[-1]):
                continue
            prose = _is_prose(segment, found, right[-1])
            yield Figure(term, right[-1], Place(segment, found.start, found.end), not prose, prose)
            if term == "tax_basis" or (term == "tax" and len(right) > 1):
                yield Figure(term, right[0], Place(segment, found.start, found.end), len(right) == 1)


def _is_prose(segment: Segment, found: Found, amount: Amount) -> bool:
    """A sentence of several words that goes on behind the number, or a number far behind its word."""
    if amount.segment is not segment:
        return False
    behind, between = segment.text[amount.end :], segment.text[found.end : amount.start]
    if find_dates(between) or (found.start > 0 and segment.text[:1].islower()):
        return True  # "by 13.03. net, by 21.02. less 2 % (40.64)"; the rest of a sentence that began in the line above
    words = [len(re.findall(r"[^\W\d_]{2,}", part)) for part in (segment.text[: found.start], between, behind)]
    return words[2] >= 2 or words[1] >= 4 or words[0] >= 3


def _ends_segment(amount: Amount) -> bool:
    """Behind a sum stands nothing more than a currency or a sign."""
    return not any(c.isalnum() for c in amount.segment.text[amount.end :].replace(amount.currency or "", ""))


def _below(scene: Scene, row: Row, table: Table) -> Iterator[Figure]:
    """Words in a row without amounts: the amount under each of them."""
    labels = list(_labels(row))
    for number, (segment, found) in enumerate(labels):
        following = labels[number + 1] if number + 1 < len(labels) else None
        end = following[1].start if following and following[0] is segment else len(segment.text)
        box = Place(segment, found.start, end).box
        for under in scene.below(segment, rows=2, height=1.8):
            if under.row in table.rows:
                break
            hits = [a for a in _monies(scene, scene.rows[under.row], table) if a.segment is under and _touches(a, box)]
            if hits:
                for term in _terms(found):
                    yield Figure(term, hits[0], Place(segment, found.start, found.end), False)
                break


def _tax_under(scene: Scene, figure: Figure) -> TaxRow:
    """A tax amount below its word; the rate stands beside the word."""
    segment = figure.label.segment
    rates = [a for a in scene.amounts[segment.row] if a.percent and a.segment is segment and Decimal(0) <= a.value <= 30]
    rate = rates[0] if rates else None
    bases = [a for a in scene.amounts[segment.row] if a.looks_like_money and a.segment is segment]
    basis = bases[0] if rate and bases and _close(_tax_on(bases[0].value, rate.value), figure.value) else None
    return TaxRow(rate.value if rate else None, figure.amount, basis, rate)


def _touches(amount: Amount, box: tuple[float, float, float, float]) -> bool:
    x0, _, x1, _ = amount.box
    return min(x1, box[2]) - max(x0, box[0]) > -4


def _tax_row(scene: Scene, row: Row, monies: Sequence[Amount]) -> TaxRow | None:
    """A row with a percentage and amounts of which one is the tax on another, or a word for tax beside an amount."""
    percents = [a for a in scene.amounts[row.index] if a.percent and Decimal(0) <= a.value <= 30]
    words = {term for _, found in _labels(row) for term in _terms(found)}
    is_tax = bool(words & {"tax", "tax_total"})
    if not percents and (exempt := _exempt_row(row, monies)):
        return exempt
    if not percents and not is_tax and len(monies) >= 2:
        return _tax_table_row(scene, row, monies)
    if not monies or not (percents or is_tax):
        return None
    rate_amount = percents[-1] if percents else _bare_rate(scene, row, monies, is_tax)
    rate = rate_amount.value if rate_amount else None
    if rate is not None:
        for basis in monies:
            for tax in monies:
                if basis is not tax and basis.value and _close(_tax_on(basis.value, rate), tax.value) and (rate or not tax.value):
                    return TaxRow(rate, tax, basis, rate_amount)
    if not is_tax or words & {"net_total", "grand_total", "line_total", "due"}:
        return None
    return TaxRow(rate, monies[-1], None, rate_amount)


def _exempt_row(row: Row, monies: Sequence[Amount]) -> TaxRow | None:
    """``exempt  19.50  0.00  19.50``: a word in place of the rate, and no tax on the one amount beside it."""
    none = [a for a in monies if not a.value]
    bases = [a for a in monies if a.value]
    if len(none) != 1 or len({a.value for a in bases}) != 1:
        return None
    if not meanings(row.text) & NO_TAX and not any("exempt" in _terms(found) for _, found in _labels(row)):
        return None
    return TaxRow(Decimal(0), none[0], bases[0])


def _tax_table_row(scene: Scene, row: Row, monies: Sequence[Amount]) -> TaxRow | None:
    """``59.52   21   12.50`` under heads for basis, rate and tax: the rate has no sign of its own, the head above it has."""
    for rate in scene.amounts[row.index]:
        if rate.percent or not 0 <= rate.value <= 30 or not _stands_under_rate(scene, row, rate):
            continue
        for basis in monies:
            for tax in monies:
                if rate in (basis, tax) or basis is tax or not basis.value or (rate.value and not tax.value):
                    continue
                if _close(_tax_on(basis.value, rate.value), tax.value):
                    return TaxRow(rate.value, tax, basis, rate)
    return None


MAX_TAX_ROWS = 8


def _stands_under_rate(scene: Scene, row: Row, rate: Amount) -> bool:
    for above in reversed(scene.rows[max(0, row.index - MAX_TAX_ROWS) : row.index]):
        if above.page != row.page:
            return False
        for segment in above.segments:
            terms = {term for found in find_phrases(segment.text, TOTAL) for term in _terms(found)}
            if _touches(rate, segment.box) and ("%" in segment.text or terms & {"tax", "tax_rate"}):
                return True
    return False


def _bare_rate(scene: Scene, row: Row, monies: Sequence[Amount], is_tax: bool) -> Amount | None:
    """``MwSt 19,00`` without a percent sign: a small number behind the word, which makes one amount of the row from another."""
    if not is_tax:
        return None
    small = [a for a in scene.amounts[row.index] if not a.percent and 0 < a.value <= 30]
    for rate in small:
        others = [a for a in monies if a is not rate]
        if any(b is not t and t.value and _close(_tax_on(b.value, rate.value), t.value) for b in others for t in others):
            return rate
    others = [a for a in small if a not in monies]
    return others[0] if len(others) == 1 else None


def _sums_of_taxes(scene: Scene, table: Table, tax_rows: Sequence[TaxRow]) -> Iterator[Figure]:
    """Net, tax and gross side by side in or below a tax table: ``522.31  109.69  632.00`` where the last is the sum of the others."""
    basis = sum((row.basis.value for row in tax_rows if row.basis), Decimal(0))
    tax = sum((row.tax.value for row in tax_rows), Decimal(0))
    if not tax_rows or any(row.basis is None for row in tax_rows) or not tax:
        return
    for row in scene.rows:
        if row.index in table.rows or abs(row.index - tax_rows[0].tax.segment.row) > len(tax_rows) + 4:
            continue
        monies = [a for a in scene.amounts[row.index] if a.decimals == 2 and not a.percent]
        for net in monies:
            for total in monies:
                if net.value == basis and total.value == basis + tax and any(a.value == tax for a in monies):
                    label = Place(row.segments[0], 0, len(row.segments[0].text))
                    yield Figure("tax_basis", net, label, False)
                    yield Figure("total", total, label, False)
                    return


def _tax_on(basis: Decimal, rate: Decimal) -> Decimal:
    return round_half_up(basis * rate / 100)


def _close(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) <= 5 * CENT


def _distinct(rows: list[TaxRow]) -> list[TaxRow]:
    """The same tax printed twice (table and summary) counts once; the richer row stays."""
    kept: list[TaxRow] = []
    for row in sorted(rows, key=lambda r: (r.basis is None, r.rate is None)):
        same = [k for k in kept if k.tax.value == row.tax.value and (row.rate is None or k.rate in (None, row.rate))]
        if not same or (row.basis and all(k.basis and k.basis.value != row.basis.value for k in same)):
            kept.append(row)
    return sorted(kept, key=lambda r: (r.tax.page, r.tax.box[1]))
