"""What the numeric columns of an item table hold, decided by arithmetic: quantity x price = amount, row after row.

The head says what a column should be. Where its words are missing, split, or wrong, the numbers below say more: columns are found by
their place, and the triple of columns is sought for which most rows close. The words of the head break ties.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import permutations

from extractors.text_layer.amounts import Amount
from extractors.text_layer.cells import PER, numeric_chunks
from extractors.text_layer.columns import AMOUNTS, PRICES, Column, Head
from extractors.text_layer.scene import Scene
from extractors.text_layer.words import Row

CENT = Decimal("0.01")
MAX_ROWS = 60  # rows that are looked at; a table repeats itself
MAX_COLUMNS = 9
MIN_CLOSING = 0.6  # share of the rows that must close before arithmetic overrules the head
MAX_RATE = Decimal(30)
HUNDRED = Decimal(100)


@dataclass
class _Cluster:
    """Numbers of several rows that stand in one column of the page: ``values`` by row index."""

    x0: float
    x1: float
    values: dict[int, tuple[Amount, ...]] = field(default_factory=dict)
    column: Column | None = None
    per: dict[int, Decimal] = field(default_factory=dict)
    """Rows that carry a sign for a thousand or a hundred beside the price."""

    @property
    def term(self) -> str:
        return self.column.term if self.column is not None else "unknown"

    def value(self, row: int) -> Decimal | None:
        found = self.values.get(row)
        return found[0].value if found else None

    def basis(self, row: int) -> Decimal:
        """Price per so many units, written into the price cell (``12,40 / 100``)."""
        found = self.values.get(row, ())
        return found[1].value if len(found) > 1 and found[1].value > 0 else self.per.get(row, Decimal(1))

    def all(self, test: str) -> bool:
        """Share of amounts with a property, more than half."""
        amounts = [found[0] for found in self.values.values()]
        return sum(1 for amount in amounts if getattr(amount, test)) * 2 > len(amounts)


def settle_roles(scene: Scene, head: Head, rows: Sequence[Row]) -> Head:
    """The head with its numeric columns where the numbers stand, named by what closes. Unchanged where nothing can be said."""
    clusters = _clusters(scene, head, rows[:MAX_ROWS])
    if len(clusters) < 2:
        return head
    _match_heads(head, clusters)
    if _head_holds(clusters):
        return head
    triple = _best_triple(clusters)
    if triple is None:
        return head
    quantity, price, amount = triple
    with_tax = amount.term in ("gross_amount", "gross_price")
    roles = {id(quantity): "quantity", id(price): "net_price", id(amount): "net_amount"}
    if with_tax:
        roles = {id(quantity): "quantity", id(price): "gross_price", id(amount): "gross_amount"}
    columns = [column for column in head.columns if not column.is_numeric and not _covered(column, clusters)]
    for cluster in clusters:
        label = cluster.column.label if cluster.column else ""
        rates = id(cluster) not in roles and _holds_rates(cluster, clusters, amount)
        role = roles.get(id(cluster)) or ("tax_rate" if rates else _other_role(cluster, triple))
        columns.append(Column(role, cluster.x0, cluster.x1, label))
    columns.sort(key=lambda column: column.x0)
    _ensure_name(head, columns)
    return Head(_once(columns), head.rows, head.page)


def _clusters(scene: Scene, head: Head, rows: Sequence[Row]) -> list[_Cluster]:
    """Numbers whose places overlap from row to row. Only rows with at least two numbers count: the others are text."""
    found: list[tuple[float, float, int, tuple[Amount, ...]]] = []
    for row in rows:
        chunks = [(box[0], box[2], amounts) for box, amounts in numeric_chunks(scene, head, row)]
        if len(chunks) >= 2:
            found += [(x0, x1, row.index, amounts) for x0, x1, amounts in chunks]
    clusters: list[_Cluster] = []
    for x0, x1, index, amounts in sorted(found, key=lambda item: item[0]):
        last = clusters[-1] if clusters else None
        if last is not None and x0 < last.x1 - 1.0 and index not in last.values:
            last.x1 = max(last.x1, x1)
            last.values[index] = amounts
        else:
            clusters.append(_Cluster(x0, x1, {index: amounts}))
    marks = {row.index: per for row in rows for s in row.segments if (per := PER.get(s.text.split()[-1]))}
    for cluster in clusters:
        cluster.per = marks
    return clusters if len(clusters) <= MAX_COLUMNS else []


def _match_heads(head: Head, clusters: Sequence[_Cluster]) -> None:
    """The head above each column: the one it overlaps most, else the nearest that no other column overlaps."""
    for cluster in clusters:
        over = [(min(c.x1, cluster.x1) - max(c.x0, cluster.x0), c) for c in head.columns]
        best = max(over, key=lambda pair: pair[0], default=None)
        if best is not None and best[0] > 0:
            cluster.column = best[1]
    free = [c for c in head.columns if c.is_numeric and all(k.column is not c for k in clusters)]
    for cluster in clusters:
        if cluster.column is None and free:
            nearest = min(free, key=lambda c: c.distance(cluster.x0, cluster.x1))
            if nearest.distance(cluster.x0, cluster.x1) < 20:
                cluster.column = nearest


def _head_holds(clusters: Sequence[_Cluster]) -> bool:
    """The columns are what the head calls them: most rows close."""
    found = [next((c for c in clusters if c.term in terms), None) for terms in (("quantity",), PRICES, AMOUNTS)]
    quantity, price, amount = found
    if quantity is None or price is None or amount is None:
        return False
    closing, complete = _closing(quantity, price, amount, clusters)
    return complete > 0 and closing >= 0.8 * complete


def _best_triple(clusters: Sequence[_Cluster]) -> tuple[_Cluster, _Cluster, _Cluster] | None:
    ranked: list[tuple[float, int, tuple[_Cluster, _Cluster, _Cluster]]] = []
    for number, triple in enumerate(permutations(clusters, 3)):
        closing, complete = _closing(*triple, clusters)
        if complete and closing >= MIN_CLOSING * complete and (closing >= 2 or _agrees(triple) >= 2 or complete == 1):
            ranked.append((closing + 0.25 * _agrees(triple) + _shape(triple), -number, triple))
    return max(ranked)[2] if ranked else None


def _closing(quantity: _Cluster, price: _Cluster, amount: _Cluster, clusters: Sequence[_Cluster]) -> tuple[int, int]:
    """How many rows close, of those that have all three numbers. A row of ones or zeros says nothing."""
    closing = complete = 0
    others = [c for c in clusters if c is not quantity and c is not price and c is not amount]
    for row, found in amount.values.items():
        q, p, a = quantity.value(row), price.value(row), found[0].value
        if q is None or p is None or found[0].percent or quantity.values[row][0].percent or price.values[row][0].percent:
            continue
        complete += 1
        product = q * p / price.basis(row)
        closing += a != 0 and any(abs(abs(product * factor) - abs(a)) <= CENT for factor in _factors(others, row))
    return closing, complete


def _factors(others: Sequence[_Cluster], row: int) -> Iterator[Decimal]:
    """1, and what a discount in per cent or a price per hundred in another column makes of it."""
    yield Decimal(1)
    for cluster in others:
        value = cluster.value(row)
        if value is None or value == 0:
            continue
        if 0 < abs(value) < HUNDRED and cluster.term not in ("tax_rate", "position"):
            yield 1 - abs(value) / HUNDRED
        if value in (Decimal(10), HUNDRED, Decimal(1000)) and cluster.term in ("price_quantity", "unknown"):
            yield 1 / value


def _agrees(triple: tuple[_Cluster, _Cluster, _Cluster]) -> int:
    quantity, price, amount = triple
    return (quantity.term == "quantity") + (price.term in PRICES) + (amount.term in AMOUNTS)


def _shape(triple: tuple[_Cluster, _Cluster, _Cluster]) -> float:
    """What columns usually look like: money in price and amount, quantity left of the amount, amount at the right."""
    quantity, price, amount = triple
    score = 0.2 * price.all("looks_like_money") + 0.2 * amount.all("looks_like_money")
    score += 0.1 * (not quantity.all("looks_like_money")) + 0.1 * (amount.x0 > price.x0) + 0.1 * (amount.x0 > quantity.x0)
    return score - 0.3 * (quantity.term in PRICES) - 0.3 * (price.term == "quantity")


def _other_role(cluster: _Cluster, triple: tuple[_Cluster, _Cluster, _Cluster]) -> str:
    """A column outside the triple keeps its head, unless that says what the triple already has."""
    term = cluster.term
    if cluster.all("percent") and term not in ("tax_rate", "discount_percent"):
        return "discount_percent" if cluster.x0 < triple[2].x0 and term != "unknown" else "unknown"
    if term in (*AMOUNTS, "tax_rate", "unknown"):
        with_tax = [row for row in cluster.values if _is_with_tax(cluster.value(row), triple[2].value(row))]
        if term in AMOUNTS or (with_tax and len(with_tax) * 2 > len(cluster.values)):
            return "gross_amount"
    return "unknown" if term in ("quantity", *PRICES, "name") else term


def _holds_rates(cluster: _Cluster, clusters: Sequence[_Cluster], net: _Cluster) -> bool:
    """Few different small numbers, of which each makes the amount with tax of its row from the amount without."""
    values = [cluster.value(row) for row in cluster.values]
    if not all(value is not None and 0 <= value <= MAX_RATE for value in values) or len(set(values)) > 4:
        return False
    for other in clusters:
        rows = [row for row in cluster.values if row in other.values and row in net.values]
        if (
            other is not net
            and other is not cluster
            and len(rows) >= 2
            and all(_adds_tax(cluster, net, other, row) for row in rows)
        ):
            return True
    return False


def _adds_tax(rate: _Cluster, net: _Cluster, gross: _Cluster, row: int) -> bool:
    r, n, g = rate.value(row), net.value(row), gross.value(row)
    return r is not None and n is not None and g is not None and abs(n * (1 + r / HUNDRED) - g) <= CENT


def _is_with_tax(value: Decimal | None, net: Decimal | None) -> bool:
    return value is not None and net is not None and abs(net) < abs(value) <= abs(net) * Decimal("1.30")


def _covered(column: Column, clusters: Sequence[_Cluster]) -> bool:
    return column.term == "unknown" and any(cluster.column is column for cluster in clusters)


def _ensure_name(head: Head, columns: list[Column]) -> None:
    """A table needs a place for words: the widest head that holds no numbers."""
    if any(column.term == "name" for column in columns):
        return
    first = head.columns[0]
    if not any(column.x0 <= first.x0 <= column.x1 for column in columns):
        columns.insert(0, Column("name", first.x0, first.x1, first.label))


def _once(columns: list[Column]) -> list[Column]:
    """A role belongs to one column; the first one keeps it."""
    seen: set[str] = set()
    for column in columns:
        if column.term in seen and column.is_numeric:
            column.term = "unknown"
        seen.add(column.term)
    return columns
