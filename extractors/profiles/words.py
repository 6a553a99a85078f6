"""Words of the supplier's own, proposed from a confirmed document: what stands beside the sums, over the columns, behind quantities.

Proposals only; ``learning`` keeps those with which the page is read better.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from extractors.profiles.comparing import number_of, value_at
from extractors.profiles.item_rows import ItemRows
from extractors.profiles.places import find_amounts, find_text, mask
from extractors.text_layer.amounts import Amount, currency_code
from extractors.text_layer.figures import find_figures
from extractors.text_layer.lexicon import find_phrases, fold
from extractors.text_layer.lines import read_lines
from extractors.text_layer.reading import Reading
from extractors.text_layer.scene import Scene
from extractors.text_layer.solution import running_sums, unexplained
from extractors.text_layer.words import Row, WordBox
from schemas.profile import OwnWord, WordGroup

TOTAL_TERMS = {
    "totals.line_total": "line_total",
    "totals.tax_basis_total": "net_total",
    "totals.tax_total": "tax_total",
    "totals.grand_total": "grand_total",
    "totals.due_payable": "due",
    "totals.prepaid": "prepaid",
    "totals.allowance_total": "allowance",
    "totals.charge_total": "charge",
    "totals.rounding": "rounding",
}
COLUMN_TERMS = {
    "net_amount": "net_amount", "net_price": "net_price", "quantity": "quantity", "tax_rate": "tax_rate", "name": "name",
    "seller_item_id": "item_id", "buyer_item_id": "buyer_item_id", "gtin": "gtin",
}  # fmt: skip
ITEM_IDS = {"seller_item_id": "item_id", "buyer_item_id": "buyer_item_id", "gtin": "gtin"}
MAX_WORDS = 6
HEAD_REACH = 6  # rows above the first item in which the head is sought


def sum_words(scene: Scene, reading: Reading, truth: dict[str, Any]) -> Iterator[OwnWord]:
    """Words beside or above every sum the truth names, that do not mean it yet."""
    taken = reading.table.rows if reading.table else set()
    stated = [(value_at(truth, path), term) for path, term in TOTAL_TERMS.items()]
    for name, term in (("allowances", "allowance"), ("charges", "charge")):
        stated += [(row.get("amount"), term) for row in truth.get(name) or []]
    for row in truth.get("tax_breakdown") or []:
        stated += [(row.get("amount"), "tax"), (row.get("basis"), "tax_basis")]
    for value, term in stated:
        number = number_of(value)
        if number is None or not number:
            continue
        for amount in find_amounts(scene, number):
            if amount.segment.row not in taken and not amount.percent:
                for text in _labels_of(scene, amount):
                    if not _means(text, "total", term):
                        yield OwnWord(group="total", text=text, term=term)


def _labels_of(scene: Scene, amount: Amount) -> Iterator[str]:
    """Runs of words before the amount: in its own run of text, else left of it in the row, else above it."""
    before = amount.segment.text[: amount.start]
    row = scene.row_of(amount.segment)
    if not any(c.isalpha() for c in before):
        left = [s.text for s in row.segments[: row.segments.index(amount.segment)] if any(c.isalpha() for c in s.text)]
        before = left[-1] if left else ""
    if not before:
        x0, _, x1, _ = amount.box
        for above in reversed(scene.rows[max(0, row.index - 2) : row.index]):
            over = [s for s in above.segments if min(s.x1, x1) - max(s.x0, x0) > 0 and any(c.isalpha() for c in s.text)]
            if over:
                before = over[0].text
                break
    yield from phrases_in(before)


def phrases_in(text: str) -> list[str]:
    """Runs of words without digits and currencies, the last one first: it stands nearest to the value."""
    runs: list[list[str]] = [[]]
    for word in mask(text).split():
        if "#" in word or not any(c.isalpha() for c in word) or currency_code(word.strip("()[],.:;")):
            runs.append([])
        else:
            runs[-1].append(word)
    return [" ".join(run[-MAX_WORDS:]).strip(" :.,;()[]*") for run in reversed(runs) if run]


def _means(text: str, group: str, term: str) -> bool:
    """The lexicon, with what is known of the supplier, already takes the whole text for this."""
    whole = len(fold(text))
    return any(
        f"{group}.{term}" in f.terms and len(fold(text[f.start : f.end])) == whole for f in find_phrases(text, frozenset({group}))
    )


def silent_words(reading: Reading, truth: dict[str, Any]) -> Iterator[OwnWord]:
    """Words beside figures that belong to no sum of the invoice, such as the discount somebody would get."""
    if reading.solution is None or reading.table is None:
        return
    known = {abs(n) for path in TOTAL_TERMS if (n := number_of(value_at(truth, path))) is not None}
    figures = find_figures(reading.scene, reading.table)
    for figure in unexplained(reading.solution, figures, running_sums(read_lines(reading.table))):
        if abs(figure.value) not in known:
            yield OwnWord(group="total", text=figure.label.text, term=None)


def column_words(scene: Scene, items: ItemRows, truth: dict[str, Any]) -> list[OwnWord]:
    """What stands over the columns in which the values of the items were found."""
    head = _head_rows(scene, items)
    if not head:
        return []
    words: list[OwnWord] = []
    for name, column in items.columns.items():
        over = [w for row in head for w in row.words if _belongs(w, column.x0, column.x1, items, name)]
        text = " ".join(w.text for w in over).strip(" :.,;()[]*")
        if text and any(c.isalpha() for c in text) and not _means(text, "column", COLUMN_TERMS[name]):
            words.append(OwnWord(group="column", text=text, term=_role(name, items, truth)))
    return words


def _role(name: str, items: ItemRows, truth: dict[str, Any]) -> str:
    """Amounts of items that add up to the total with tax are gross amounts."""
    if name in ("net_amount", "net_price"):
        amounts = [number_of(line.get("net_amount")) for line in truth.get("lines") or []]
        gross, net = number_of(value_at(truth, "totals.grand_total")), number_of(value_at(truth, "totals.tax_basis_total"))
        if None not in amounts and amounts and gross != net and sum(a for a in amounts if a is not None) == gross:
            return name.replace("net", "gross")
    return COLUMN_TERMS[name]


def _head_rows(scene: Scene, items: ItemRows) -> list[Row]:
    """Rows of words above the first item: the nearest that stands over at least two columns, with the rows that continue it."""
    first = items.rows[0]
    above = [row for row in scene.rows[max(0, first.index - HEAD_REACH) : first.index] if row.page == first.page]
    for number in range(len(above) - 1, -1, -1):
        row = above[number]
        over = [c for c in items.columns.values() if any(min(w.x1, c.x1) - max(w.x0, c.x0) > -2 for w in row.words)]
        if len(over) >= 2 and not any(c.isdigit() for c in row.text):
            start = number
            while (
                start
                and above[start].y0 - above[start - 1].y1 < 0.5 * row.height
                and not any(c.isdigit() for c in above[start - 1].text)
            ):
                start -= 1
            return above[start : number + 1]
    return []


def _belongs(word: WordBox, x0: float, x1: float, items: ItemRows, name: str) -> bool:
    """The column is the one nearest to the word, and near."""

    def distance(left: float, right: float) -> float:
        return min(abs(word.x0 - left), abs(word.x1 - right), abs((word.x0 + word.x1 - left - right) / 2))

    mine = 0.0 if min(word.x1, x1) - max(word.x0, x0) > 0 and name != "name" else distance(x0, x1)
    others = [distance(c.x0, c.x1) for other, c in items.columns.items() if other != name]
    return mine < 40 and all(mine <= other for other in others)


def unit_words(reading: Reading, truth: dict[str, Any], items: ItemRows | None) -> Iterator[OwnWord]:
    """Words beside the quantities whose unit the truth names and the reader does not."""
    quantity = items.columns.get("quantity") if items else None
    if quantity is None:
        return
    for place, line in zip(quantity.values, truth.get("lines") or [], strict=False):
        if place is None or not line.get("unit"):
            continue
        row = reading.scene.row_of(place.segment)
        behind = place.segment.text[place.end :].split()
        right = [s for s in row.segments if s.x0 >= place.box[2] - 1]
        for word in (*behind[:1], *(right[0].text.split()[:1] if right else ())):
            text = word.strip(" :.,;()[]/")
            if text and len(text) <= 14 and not any(c.isdigit() for c in text):
                yield OwnWord(group="unit", text=text, term=str(line["unit"]))
                break


def id_words(scene: Scene, truth: dict[str, Any], rows: set[int]) -> Iterator[OwnWord]:
    """Words before the item numbers that stand in rows of their own."""
    for line in truth.get("lines") or []:
        for name, term in ITEM_IDS.items():
            for place in find_text(scene, str(line.get(name) or "")):
                before = place.segment.text[: place.start]
                for text in phrases_in(before)[:1]:
                    if (not rows or place.segment.row in rows) and not _means(text, "row", term):
                        yield OwnWord(group="row", text=text, term=term)


def distinct(words: Sequence[OwnWord]) -> list[OwnWord]:
    """Each word once; in the order proposed."""
    found: dict[tuple[WordGroup, str, str | None], OwnWord] = {}
    for word in words:
        if fold(word.text):
            found.setdefault((word.group, fold(word.text), word.term), word)
    return list(found.values())
