"""The buyer's address by its place: a column of lines that begins with a name and ends with post code and city."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from extractors.profiles.places import find_text, mask
from extractors.text_layer.addresses import city_in
from extractors.text_layer.countries import country_code
from extractors.text_layer.lexicon import fold
from extractors.text_layer.reading import Reading
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.sightings import seen
from extractors.text_layer.words import Segment
from schemas.profile import Block

LEFT = 4.0  # points by which left edges of one block may differ
MOVED = 12.0  # points a block without label may have moved
REACH = 160.0  # points from the first line to the city
MAX_LINES = 8


def propose_blocks(scene: Scene, buyer: dict[str, Any]) -> Iterator[Block]:
    """Columns of the first page that begin with the buyer's name and hold his post code; under a label, and by place alone."""
    first = scene.pages[0].number
    if not buyer.get("name") or not buyer.get("postcode"):
        return
    for name in find_text(scene, str(buyer["name"])):
        if name.page != first or name.start:
            continue
        for city in find_text(scene, str(buyer["postcode"])):
            x0, y0 = name.segment.x0, name.segment.y0
            if city.page != first or abs(city.segment.x0 - x0) > LEFT or not 0 < city.segment.y0 - y0 < REACH:
                continue
            lines = [s for s in _column(scene, x0, y0 - 1) if s.y0 <= city.segment.y0]
            gap = round(max(b.y0 - a.y1 for a, b in pairwise(lines)) + 2, 1)
            block = Block(x0=round(x0, 1), y0=round(y0, 1), gap=gap)
            label = _label_over(scene, name.segment)
            if label is not None:
                yield block.model_copy(update={"label": mask(label.text), "below": round(y0 - label.y1, 1)})
            yield block


def _column(scene: Scene, x0: float, top: float) -> list[Segment]:
    """Runs of text of the first page with this left edge, from a height on."""
    return [s for s in scene.pages[0].segments if abs(s.x0 - x0) <= LEFT and top <= s.y0 <= top + REACH]


def _label_over(scene: Scene, segment: Segment) -> Segment | None:
    above = [
        s for s in scene.pages[0].segments
        if s.y1 <= segment.y0 + 1 and segment.y0 - s.y1 < 3 * segment.height and min(s.x1, segment.x1) - max(s.x0, segment.x0) > 0
    ]  # fmt: skip
    nearest = max(above, key=lambda s: s.y1, default=None)
    plain = nearest is not None and len(nearest.words) <= 4 and not any(c.isdigit() for c in nearest.text)
    return nearest if plain else None


def read_buyer(reading: Reading, blocks: Sequence[Block]) -> None:
    """Fill the buyer from the first block that is an address; his ids stay as they were read."""
    for block in blocks:
        lines = _lines_of(reading.scene, block)
        city = next((n for n, line in enumerate(lines) if n and city_in(line.text)), None)
        if city is not None:
            _put(reading, lines[: city + 2], city)
            return


def _lines_of(scene: Scene, block: Block) -> list[Segment]:
    tops: list[float] = []
    if block.label:
        tops = [s.y1 + block.below for s in scene.pages[0].segments if fold(mask(s.text)) == fold(block.label)]
        tops = [y for y in tops if _column(scene, block.x0, y - 2)]
    else:
        tops = [block.y0]
    for top in tops:
        column = _column(scene, block.x0, top - (2 if block.label else MOVED))
        lines: list[Segment] = []
        for segment in column[:MAX_LINES]:
            if lines and segment.y0 - lines[-1].y1 > block.gap:
                break
            lines.append(segment)
        if lines and abs(lines[0].y0 - top) <= MOVED:
            return lines
    return []


def _put(reading: Reading, lines: Sequence[Segment], city: int) -> None:
    buyer = reading.invoice.buyer
    found = city_in(lines[city].text)
    if found is None:
        return
    postcode, name, start, end, country = found
    values: dict[str, tuple[str, Place]] = {
        "name": (lines[0].text.strip(" ,;"), Place(lines[0], 0, len(lines[0].text))),
        "postcode": (postcode, Place(lines[city], start, end)),
        "city": (name, Place(lines[city], start, end)),
    }
    if city > 1:
        values["street"] = (lines[city - 1].text.strip(" ,;"), Place(lines[city - 1], 0, len(lines[city - 1].text)))
    behind = country_code(lines[city + 1].text.strip()) if city + 1 < len(lines) else None
    if behind or country:
        values["country"] = (str(behind or country), Place(lines[city], 0, len(lines[city].text)))
    for attribute in ("name", "street", "postcode", "city", *(("country",) if "country" in values else ())):
        value, place = values.get(attribute, (None, None))
        setattr(buyer, attribute, value)
        reading.seen.pop(f"buyer.{attribute}", None)
        if place is not None:
            reading.seen[f"buyer.{attribute}"] = [seen(value, place, "profile")]
