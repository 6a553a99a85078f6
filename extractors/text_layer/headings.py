"""Words that head an address: "bill to", "supplier", "deliver to"."""

from extractors.text_layer.addresses import Address
from extractors.text_layer.lexicon import find_phrases
from extractors.text_layer.scene import Place, Scene
from extractors.text_layer.words import Segment

HEADINGS = frozenset({"customer", "seller", "deliver_to", "payee"})
BESIDE = 60.0  # points; a word for deliveries further to the left heads another block
HEADING_REACH = 130.0  # points; labelled rows (number, name) may stand between a heading and the address


def heading_of(scene: Scene, address: Address) -> set[str]:
    """Words such as "bill to" above the block: the nearest row of such words, and of these the one the block stands under."""
    top = min(address.lines, key=lambda s: s.y0) if address.lines else None
    if top is None:
        return set()
    beside = _heading_beside(scene, top)
    return beside if beside or address.one_line else headings_above(scene, top)


def _heading_beside(scene: Scene, top: Segment) -> set[str]:
    """``Consignee   Name, City``: the word stands left of the address in the same row."""
    left = [segment for segment in scene.row_of(top).segments if segment.x1 <= top.x0 + 1.0]
    return heading_terms(left[-1].text) if left else set()


def names_both(scene: Scene) -> bool:
    """The page has a heading for the seller and one for the customer, so that what stands below is theirs."""
    named = {term for segment in scene.segments for term in heading_terms(segment.text)}
    return {"seller", "customer"} <= named


def headings_above(scene: Scene, top: Segment) -> set[str]:
    for row in reversed(scene.rows[max(0, top.row - 9) : top.row]):
        if row.page != top.page or top.y0 - row.y1 > HEADING_REACH:
            break
        headings = [(segment.x0, terms) for segment in row.segments if (terms := heading_terms(segment.text))]
        left = [terms for x0, terms in headings if x0 <= top.x0 + 12 and (x0 > top.x0 - BESIDE or "deliver_to" not in terms)]
        if left:
            return left[-1]
        if headings:
            break
    return set()


def named_behind(place: Place) -> tuple[set[str], Place] | None:
    """``Customer: Name``: the party the word stands for, and where its name stands."""
    found = [f for f in find_phrases(place.text, frozenset({"field"})) if f.start == 0]
    terms = {term.partition(".")[2] for term in found[0].terms} & HEADINGS if found else set()
    colon = place.text.find(":", found[0].end) if terms else -1
    if colon < 0 or colon > found[0].end + 2 or sum(c.isalpha() for c in place.text[colon:]) < 3:
        return None
    start = place.start + colon + 1
    while place.segment.text[start : start + 1].isspace():
        start += 1
    return terms, Place(place.segment, start, place.end)


def label_beside(scene: Scene, segment: Segment) -> set[str]:
    """What a label left of a line in its own row says the line is; empty where nothing or no whole label stands there."""
    row = scene.row_of(segment)
    left = [other for other in row.segments if other.x1 <= segment.x0]
    found = [f for f in find_phrases(left[-1].text, frozenset({"field"})) if f.start == 0] if left else []
    if not found or len(left[-1].text.rstrip(" :.")) > found[0].end:
        return set()
    return {term.partition(".")[2] for term in found[0].terms}


def heading_terms(text: str) -> set[str]:
    """What a segment says of the party below it, where it says little else."""
    found = [f for f in find_phrases(text, frozenset({"field"})) if f.start == 0]
    if not found or len(text) - found[0].end > 24:
        return set()
    return {term.partition(".")[2] for term in found[0].terms} & HEADINGS
