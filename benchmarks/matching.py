"""How long matching takes: ``python -m benchmarks.matching``. Prints one line per case; exit code 1 when a limit is missed."""

import sys
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from random import Random

from schemas import Invoice, Line
from schemas.facts import OrderFacts
from schemas.master import Company, GoodsReceipt, PurchaseOrderLine, Vendor
from schemas.matching import MatchState
from validators.matching import MatchResult, match

VENDOR = Vendor(vendor_number="100010", name="Vendor")
COMPANY = Company(company_code="1000", name="Company")
NOUNS = ("Schraube", "Mutter", "Scheibe", "Lager", "Schlauch", "Ventil", "Kabel", "Ring", "Platine", "Rohr", "Filter")
FINISHES = ("verzinkt", "blank", "rot", "schwarz", "lang", "kurz", "V2A", "V4A", "gelocht", "lackiert")


def order_lines(size: int, orders: int, *, alike: bool = False) -> list[PurchaseOrderLine]:
    """``size`` items in ``orders`` orders; ``alike``: no item numbers, one text and a few prices, the worst case."""
    random = Random(size)
    lines = []
    for number in range(size):
        text = f"{random.choice(NOUNS)} {random.randint(2, 99)}x{number} {random.choice(FINISHES)}"
        lines.append(
            PurchaseOrderLine(
                po_number=str(4500000001 + number % orders),
                po_line=str(10 * (number // orders + 1)),
                vendor_number=VENDOR.vendor_number,
                company_code=COMPANY.company_code,
                currency="EUR",
                description="Ersatzteil" if alike else text,
                seller_item_id=None if alike else f"A-{100000 + number}",
                quantity=Decimal(random.randint(1, 500)),
                unit="C62",
                net_price=Decimal(random.randint(1, 5) if alike else random.randint(50, 90000)) / 100,
            )
        )
    return lines


def received(lines: list[PurchaseOrderLine]) -> tuple[GoodsReceipt, ...]:
    return tuple(
        GoodsReceipt(
            receipt_number=str(5000000001 + place),
            receipt_line="1",
            po_number=line.po_number,
            po_line=line.po_line,
            quantity=line.quantity,
            unit=line.unit,
        )
        for place, line in enumerate(lines)
    )


def bill(lines: list[PurchaseOrderLine], *, with_ids: bool = True, names_orders: bool = True) -> Invoice:
    shuffled = list(lines)
    Random(1).shuffle(shuffled)
    numbers = ", ".join(sorted({line.po_number for line in lines}))
    return Invoice(
        type_code="380",
        currency="EUR",
        purchase_order_reference=numbers if names_orders else None,
        lines=[
            Line(
                id=str(place),
                name=line.description,
                quantity=line.quantity,
                unit="H87",
                net_price=line.net_price,
                net_amount=line.quantity * line.net_price,
                seller_item_id=line.seller_item_id if with_ids else None,
            )
            for place, line in enumerate(shuffled, 1)
        ],
    )


def run(document: Invoice, facts: OrderFacts) -> MatchResult:
    return match(document, facts, vendor=VENDOR, company=COMPANY, entry_date=date(2026, 11, 20))


def timed(action: Callable[[], MatchResult], times: int = 3) -> tuple[float, MatchResult]:
    best, result = 1e9, None
    for _ in range(times):
        start = time.perf_counter()
        result = action()
        best = min(best, time.perf_counter() - start)
    assert result is not None
    return best, result


def report(name: str, seconds: float, limit: float, result: MatchResult) -> bool:
    print(f"{name:<58} {seconds * 1000:9.1f} ms  (limit {limit * 1000:.0f})  {result.match.state.value}")
    return seconds <= limit


def lines_against_lines() -> bool:
    ok = True
    for name, with_ids, alike in (("items", True, False), ("texts only", False, False), ("all alike", False, True)):
        lines = order_lines(200, 1, alike=alike)
        facts, document = OrderFacts(tuple(lines), received(lines)), bill(lines, with_ids=with_ids)
        seconds, result = timed(lambda d=document, f=facts: run(d, OrderFacts(f.order_lines, f.receipts)))  # type: ignore[misc]
        ok &= report(f"200 lines against 200 order lines, {name}", seconds, 1.0, result)
        ok &= alike or result.match.state is MatchState.MATCHED
    lines = order_lines(300, 5)
    seconds, result = timed(lambda: run(bill(lines), OrderFacts(tuple(lines), received(lines))))
    return report("300 lines over 5 orders", seconds, 2.0, result) and result.match.state is MatchState.MATCHED and ok


def many_open_lines() -> bool:
    """One vendor with ever more open order lines; the facts object is the same for all its invoices, as in the shell."""
    ok = True
    base: dict[bool, float] = {}
    for size in (1_000, 100_000):
        lines = order_lines(size, size // 10)
        facts = OrderFacts(tuple(lines), received(lines))
        for name, names_orders in (("order named", True), ("no order named", False)):
            document = bill(lines[:10], names_orders=names_orders)
            start = time.perf_counter()
            run(document, facts)
            first = time.perf_counter() - start
            seconds, result = timed(lambda d=document, f=facts: run(d, f), 10)  # type: ignore[misc]
            limit = 2 * base.setdefault(names_orders, seconds) + 0.002
            ok &= report(f"10 lines, {size} open order lines, {name}", seconds, limit, result)
            ok &= result.match.state is MatchState.MATCHED
            print(f"{'':<58} {first * 1000:9.1f} ms  the first time, with the index")
    return ok


def main() -> int:
    return 0 if lines_against_lines() & many_open_lines() else 1


if __name__ == "__main__":
    sys.exit(main())
