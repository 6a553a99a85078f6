"""Orders with invoices whose truth is known: which order line each invoice line bills."""

from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from schemas import Invoice, Line
from schemas.facts import OrderFacts
from schemas.master import PurchaseOrderLine
from tests.validators.matching.build import facts, invoice, order, receipt

NOUNS = (
    "Sechskantschraube",
    "Unterlegscheibe",
    "Kugellager",
    "Hydraulikschlauch",
    "Druckluftventil",
    "Kabelbinder",
    "Dichtring",
    "Schweißdraht",
    "Fräser",
    "Steuerplatine",
    "Netzteil",
    "Aluprofil",
    "Stahlrohr",
    "Zahnriemen",
    "Filtermatte",
)
FINISHES = ("verzinkt", "blank", "rot", "V2A", "schwarz", "lang", "kurz", "DIN 933")

Truth = dict[str, set[tuple[str, str]]]
"""Invoice line id -> the order lines it bills; empty: none."""


@dataclass
class Planted:
    document: Invoice
    known: OrderFacts
    truth: Truth = field(default_factory=dict)
    is_decidable: bool = True


def order_lines(random: Random, size: int, orders: int = 1, *, with_ids: bool = True) -> list[PurchaseOrderLine]:
    """``size`` different items in ``orders`` orders, each fully received later."""
    lines: list[PurchaseOrderLine] = []
    seen: set[str] = set()
    while len(lines) < size:
        text = f"{random.choice(NOUNS)} {random.randint(2, 99)}x{random.randint(5, 250)} {random.choice(FINISHES)}"
        if text in seen:
            continue
        seen.add(text)
        number = len(lines)
        item = {"seller_item_id": f"A-{10000 + 7 * number}", "buyer_item_id": f"{700000 + number}"} if with_ids else {}
        lines.append(
            order(
                str(10 * (number // orders + 1)),
                str(random.randint(2, 400)),
                str(Decimal(random.randint(5, 90000)) / 100),
                po_number=str(4500000001 + number % orders),
                description=text,
                cost_center=random.choice(["4711", "4712"]),
                assignment="K",
                **item,
            )
        )
    return lines


def bill(line: PurchaseOrderLine, quantity: Decimal | None = None, *, with_ids: bool = True) -> Line:
    """An invoice line for all of an order line, or ``quantity`` of it, in the supplier's own words and numbering."""
    quantity = line.quantity if quantity is None else quantity
    return Line(
        name=line.description,
        quantity=quantity,
        unit="H87",
        net_price=line.net_price,
        net_amount=(quantity * line.net_price).quantize(Decimal("0.01")),
        seller_item_id=line.seller_item_id if with_ids else None,
    )


def planted(kind: str, seed: int, *, size: int = 8, orders: int = 1, with_ids: bool = True) -> Planted:
    """``kind``: right, permuted, missing, extra, merged, split, twins."""
    random = Random(f"{kind} {seed} {size} {orders} {with_ids}")
    lines = order_lines(random, size, orders, with_ids=with_ids)
    made: list[tuple[Line, list[PurchaseOrderLine]]] = [(bill(line, with_ids=with_ids), [line]) for line in lines]
    decidable = True
    if kind == "permuted":
        random.shuffle(made)
    elif kind == "missing":
        random.shuffle(made)
        made = made[: max(1, size // 2)]
    elif kind == "extra":
        other = order_lines(Random(f"other {seed}"), 1, with_ids=False)[0].model_copy(update={"seller_item_id": "X-1"})
        made.insert(random.randrange(len(made)), (bill(other, with_ids=with_ids), []))
    elif kind == "split":
        place = random.randrange(len(made))
        line = lines[place]
        part = Decimal(random.randint(1, int(line.quantity) - 1))
        made[place] = (bill(line, part, with_ids=with_ids), [line])
        made.append((bill(line, line.quantity - part, with_ids=with_ids), [line]))
        random.shuffle(made)
    elif kind in ("merged", "twins"):
        line = random.choice(lines)
        twin = line.model_copy(update={"po_line": "990", "cost_center": line.cost_center if kind == "merged" else "4799"})
        lines.append(twin)
        place = next(i for i, (_, own) in enumerate(made) if own == [line])
        if kind == "merged":
            made[place] = (bill(line, line.quantity * 2, with_ids=with_ids), [line, twin])
        else:
            decidable = False
            made[place] = (made[place][0], [random.choice([line, twin])])
    numbers = sorted({line.po_number for line in lines})
    receipts = [
        receipt(str(line.quantity), line.po_line, number=str(5000000001 + n), po_number=line.po_number)
        for n, line in enumerate(lines)
    ]
    document = invoice(*(line for line, _ in made), order_number=", ".join(numbers))
    truth = {str(n): {(o.po_number, o.po_line) for o in own} for n, (_, own) in enumerate(made, 1)}
    return Planted(document, facts(lines, receipts), truth, decidable)
