"""Order, receipt and invoice side by side, line by line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from pipeline.store import master
from schemas.master import PurchaseOrderLine
from validators.matching import number_key


@dataclass(frozen=True)
class Side:
    """What one of the three says about a line; empty texts where it says nothing."""

    quantity: Decimal | str | None = None
    unit: str = ""
    price: Decimal | str | None = None
    per: Decimal | str | None = None
    amount: Decimal | str | None = None
    name: str = ""


@dataclass(frozen=True)
class ComparedLine:
    """``differs`` names what is not the same on both sides: quantity, price."""

    number: str
    index: int | None
    order_line: str
    order: Side | None
    received: Decimal | None
    receipts: Sequence[Mapping[str, Any]]
    invoiced: Side
    variances: Sequence[Mapping[str, Any]]
    alternatives: Sequence[str]
    differs: frozenset[str]


def compare(connection: Connection, match: Mapping[str, Any] | None, invoice: Mapping[str, Any]) -> list[ComparedLine]:
    """One row per line of the match. An order line that the master data hold no more is simply not beside it."""
    if not match or not match["lines"]:
        return []
    numbers = sorted({number_key(line["purchase_order"]) for line in match["lines"] if line["purchase_order"]})
    found = master.find(connection, "purchase_orders", PurchaseOrderLine, [("po_number", number) for number in numbers])
    orders = {(number_key(one.po_number), one.po_line): one for one in found}
    stated = {line["id"] or str(place): (place - 1, line) for place, line in enumerate(invoice.get("lines", ()), start=1)}
    return [_compared(line, orders, stated) for line in match["lines"]]


def exceeded_keys(match: Mapping[str, Any] | None) -> frozenset[str]:
    """Tolerance keys above their limit: the findings about them are cleared by taking the variance."""
    rows = [*match["lines"], match] if match else []
    return frozenset(variance["key"] for row in rows for variance in row["variances"] if variance["exceeded"])


def _compared(
    line: Mapping[str, Any],
    orders: Mapping[tuple[str, str], PurchaseOrderLine],
    stated: Mapping[str, tuple[int, Mapping[str, Any]]],
) -> ComparedLine:
    ordered = orders.get((number_key(line["purchase_order"]), line["purchase_order_line"])) if line["purchase_order"] else None
    index, own = stated.get(line["invoice_line"], (None, {}))
    exceeded = {variance["key"] for variance in line["variances"] if variance["exceeded"] or variance["lower_exceeded"]}
    return ComparedLine(
        number=line["invoice_line"],
        index=index,
        order_line=f"{line['purchase_order']} / {line['purchase_order_line']}" if line["purchase_order"] else "",
        order=_ordered(ordered) if ordered else None,
        received=sum((Decimal(share["quantity"]) for share in line["receipts"]), Decimal(0)) if line["receipts"] else None,
        receipts=line["receipts"],
        invoiced=Side(
            quantity=own.get("quantity"),
            unit=own.get("unit") or "",
            price=own.get("net_price"),
            per=own.get("price_quantity"),
            amount=own.get("net_amount"),
            name=own.get("name") or "",
        ),
        variances=line["variances"],
        alternatives=line["alternatives"],
        differs=frozenset(
            name for name, keys in (("price", {"PP", "PQ", "LD"}), ("quantity", {"DQ", "DW", "VP"})) if exceeded & keys
        ),
    )


def _ordered(line: PurchaseOrderLine) -> Side:
    return Side(
        quantity=line.quantity,
        unit=line.unit,
        price=line.net_price,
        per=line.price_quantity,
        amount=(line.quantity * line.net_price / line.price_quantity).quantize(Decimal("0.01")),
        name=line.description,
    )
