"""Lines whose prices include tax: their net amounts follow from the rate, where all of them together give the printed bases."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from extractors.text_layer.lines import ReadLine
from extractors.text_layer.sightings import Sighting
from extractors.text_layer.solution import Solution
from schemas import round_half_up

if TYPE_CHECKING:
    from extractors.text_layer.reading import Reading

ZERO = Decimal(0)
HUNDRED = Decimal(100)
CENT = Decimal("0.01")
PRICE_DIGITS = Decimal("0.000001")


def gross_amounts(reading: "Reading", lines: Sequence[ReadLine]) -> list[Sighting | None]:
    """The printed amounts with tax, taken out of the lines, where they stood as if they were net."""
    found: list[Sighting | None] = []
    kept = [line for line in lines if line.is_line]
    for number, (line, read) in enumerate(zip(reading.invoice.lines, kept, strict=True)):
        printed = read.gross_seen
        untaxed = line.tax_rate == ZERO  # then the price with tax is the price without
        for name in ("net_amount",) if untaxed else ("net_amount", "net_price"):
            seen = reading.seen.pop(f"lines[{number}].{name}", [])
            if name == "net_amount" and printed is None and seen:
                printed = seen[0]
        line.net_amount = None
        line.net_price = line.net_price if untaxed else None
        found.append(printed)
    return found


def put_net_amounts(reading: "Reading", chosen: Solution, printed: Sequence[Sighting | None]) -> None:
    """Net amount of every line, if each rate's lines add up to its basis to the cent; else they stay empty and a person is asked."""
    nets = _nets(reading, printed)
    if nets is None or not _give_bases(reading, nets, chosen):
        reading.doubt("lines", "the prices of the lines include tax; net amounts are not printed")
        return
    for number, (line, net, sighting) in enumerate(zip(reading.invoice.lines, nets, printed, strict=True)):
        assert sighting is not None
        line.net_amount = net
        place = Sighting(net, sighting.page, sighting.box, sighting.text, ["equation"])
        reading.put(f"lines[{number}].net_amount", place)
        if line.quantity and line.net_price is None:
            price = (net / line.quantity).quantize(PRICE_DIGITS).normalize() + ZERO
            if abs(price * line.quantity - net) <= CENT:
                if line.tax_rate == ZERO and price != price.quantize(CENT):
                    reading.doubt(
                        f"lines[{number}].net_price", "the price is printed, but it was not found; the amount gives another"
                    )
                line.net_price, line.price_quantity = price, None
                reading.put(f"lines[{number}].net_price", Sighting(price, place.page, place.box, place.text, ["equation"]))


def _nets(reading: "Reading", printed: Sequence[Sighting | None]) -> list[Decimal] | None:
    nets = []
    for line, sighting in zip(reading.invoice.lines, printed, strict=True):
        if sighting is None or line.tax_rate is None:
            return None
        nets.append(round_half_up(sighting.value * HUNDRED / (HUNDRED + line.tax_rate)))
    return nets


def _give_bases(reading: "Reading", nets: Sequence[Decimal], chosen: Solution) -> bool:
    bases: dict[Decimal, Decimal] = {}
    for line, net in zip(reading.invoice.lines, nets, strict=True):
        assert line.tax_rate is not None
        bases[line.tax_rate] = bases.get(line.tax_rate, ZERO) + net
    stated = {row.rate: row.basis for row in reading.invoice.tax_breakdown if row.rate is not None and row.basis is not None}
    return bool(nets) and bases == stated and sum(nets, ZERO) == chosen.net
