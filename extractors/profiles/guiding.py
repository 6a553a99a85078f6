"""Reading with a profile: anchors and words help to find values, constants count where they are printed, and doubt stays doubt.

The page is read twice, without and with what was learned. Where the two disagree about a value that the reader got right by itself
before, a person decides. A profile that does not fit any more is left aside, and the document says so.
"""

from collections.abc import Sequence
from dataclasses import replace

from extractors.profiles.anchors import PATH_TERMS, follow, refuses
from extractors.profiles.buyers import read_buyer
from extractors.profiles.constants import apply_constants, known_accounts, supplier_of
from extractors.profiles.item_patterns import read_items
from extractors.profiles.looks import Found, facts_of, find_profile
from extractors.text_layer.fields import Candidate
from extractors.text_layer.guidance import Guidance
from extractors.text_layer.items import Table
from extractors.text_layer.lexicon import OwnWords, speaking
from extractors.text_layer.lines import ReadLine
from extractors.text_layer.reading import Reading, read_scene
from extractors.text_layer.scene import Scene
from schemas.equations import figures_close
from schemas.finding import Severity, info
from schemas.master import Company, Vendor
from schemas.profile import SupplierProfile

BOOKED = (
    "number", "issue_date", "type_code", "currency", "seller.vat_id", "payment.iban", "totals.tax_basis_total", "totals.tax_total",
    "totals.grand_total", "totals.due_payable",
)  # fmt: skip
MUST_BE_FOUND = ("number", "issue_date")


def read_known(
    scene: Scene, companies: Sequence[Company], vendors: Sequence[Vendor], profiles: Sequence[SupplierProfile]
) -> Reading:
    """Read the pages of one document, with the profile of its supplier where there is one."""
    plain = read_scene(scene, companies, vendors)
    found = find_profile(profiles, facts_of(scene), plain) if profiles and plain.kind.is_payable else None
    if found is None:
        return plain
    guided = read_guided(scene, companies, vendors, found)
    reason = why_misfit(plain, guided, found.profile)
    if reason is None:
        return settle(plain, guided, found)
    bare = Found(who_he_is(found.profile), found.by_id)
    kept = read_guided(scene, companies, vendors, bare) if found.by_id else plain
    return misfit(plain if _closes(plain) and not _closes(kept) else kept, found.profile, reason)


def who_he_is(profile: SupplierProfile) -> SupplierProfile:
    """Only what belongs to the supplier himself, nothing of how his pages are laid out."""
    empty: dict[str, list[object]] = {"anchors": [], "words": [], "items": [], "buyer_blocks": []}
    return profile.model_copy(update=empty)


def misfit(reading: Reading, profile: SupplierProfile, reason: str) -> Reading:
    """Note that what was learned about the layout no longer fits."""
    who = profile.name or "this supplier"
    words = f"what was learned about the documents of {who} does not fit this page and was not used: {reason}"
    reading.remarks.append(info("READ-UNSURE", "", words))
    reading.profile, reading.profile_fits = profile.id, False
    return reading


def read_guided(scene: Scene, companies: Sequence[Company], vendors: Sequence[Vendor], found: Found) -> Reading:
    """Read with everything the profile knows."""
    with speaking(own_words(found.profile)):
        return read_scene(scene, companies, vendors, guidance_of(found))


def own_words(profile: SupplierProfile) -> OwnWords | None:
    return OwnWords((word.group, word.text, word.term) for word in profile.words) if profile.words else None


def guidance_of(found: Found) -> Guidance:
    profile = found.profile

    def fields(scene: Scene, candidates: list[Candidate]) -> list[Candidate]:
        return anchored(scene, profile, candidates)

    def lines(scene: Scene) -> tuple[Table, list[ReadLine]] | None:
        return read_items(scene, profile.items)

    def finish(reading: Reading) -> None:
        _finish(reading, found)

    return Guidance(
        supplier=supplier_of(profile) if found.by_id else None,
        fields=fields,
        lines=lines if profile.items else None,
        finish=finish,
    )


def anchored(scene: Scene, profile: SupplierProfile, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Labelled values, those the profile refuses left out, those its anchors find in front.

    A place that an anchor claims for one value is no other value, unless an anchor says that too.
    """
    hits = [hit for path in PATH_TERMS for hit in anchored_to(scene, profile, path)]
    kept = [c for c in candidates if not refuses(profile.anchors, c) and not _is_claimed(c, hits)]
    return sorted([*kept, *hits], key=lambda c: (-c.rank, c.place.segment.order))


def anchored_to(scene: Scene, profile: SupplierProfile, path: str) -> list[Candidate]:
    """What the anchors of a path find, the closest first. Two that are as close and find different values say nothing."""
    found = [
        replace(hit, rank=hit.rank + min(anchor.seen, 50) / 100)
        for anchor in profile.anchors
        if anchor.path == path and anchor.means and (hit := follow(scene, anchor)) is not None
    ]
    best = max((hit.rank for hit in found), default=0.0)
    return found if len({str(hit.value) for hit in found if hit.rank == best}) == 1 else []


def _is_claimed(candidate: Candidate, hits: Sequence[Candidate]) -> bool:
    place = candidate.place
    over = [h for h in hits if h.place.segment is place.segment and h.place.start < place.end and place.start < h.place.end]
    return bool(over) and not any(_competes(candidate.term, hit.term) for hit in over)


def _competes(term: str, own: str) -> bool:
    return term == own or any(term in terms and own in terms for terms in PATH_TERMS.values())


def _finish(reading: Reading, found: Found) -> None:
    """Constants that are printed, and the proof ``profile`` for what stands where it was confirmed to stand."""
    profile = found.profile
    for path, sightings in reading.seen.items():
        if path.startswith("seller."):
            for sighting in sightings:  # the supplier's record came from the profile, not from master data
                sighting.proofs = ["profile" if proof == "master-data" else proof for proof in sighting.proofs]
    known_accounts(reading, profile)
    read_buyer(reading, profile.buyer_blocks)
    shown = apply_constants(reading, profile.constants, own=found.by_id)
    if shown and found.by_id:
        reading.doubts = [doubt for doubt in reading.doubts if doubt[0] != "seller.name"]
    for anchor in profile.anchors:
        hit = follow(reading.scene, anchor) if anchor.means and anchor.path in reading.seen else None
        for sighting in reading.seen.get(anchor.path, []) if hit else []:
            if hit and sighting.value == hit.value and sighting.box == hit.place.box:
                if anchor.relation == "position" and "label" in sighting.proofs:
                    sighting.proofs.remove("label")
                sighting.prove("profile")


def settle(plain: Reading, guided: Reading, found: Found) -> Reading:
    """The guided reading, with a doubt for every booked value that the reader used to get right and now reads in two ways."""
    profile = found.profile
    guided.profile, guided.profile_fits = profile.id, True
    for path in BOOKED:
        before, now = _value(plain, path), _value(guided, path)
        if (
            path in profile.confirmed
            and path not in profile.corrected
            and before is not None
            and now is not None
            and before != now
        ):
            guided.doubt(path, f"read as {now} with what was learned about this supplier, as {before} without")
    for path in MUST_BE_FOUND:
        anchors = [a for a in profile.anchors if a.path == path and a.means]
        if path in profile.corrected and not (anchors and anchored_to(guided.scene, profile, path)):
            guided.doubt(path, "it does not stand where it stood on the documents of this supplier that a person confirmed")
    return guided


def why_misfit(plain: Reading, guided: Reading, profile: SupplierProfile) -> str | None:
    """The page has changed: nothing of what was learned about the head is found, or the figures close only without it."""
    anchors = [a for a in profile.anchors if a.means]
    if anchors and not any(follow(plain.scene, anchor) for anchor in anchors):
        return "none of the known labels is on it"
    if _closes(plain) and not _closes(guided):
        return "the figures only add up without it"
    return None


def _closes(reading: Reading) -> bool:
    if reading.solution is None or not (reading.solution.lines_close or not reading.invoice.lines):
        return False
    return not any(finding.severity is Severity.ERROR for finding in figures_close(reading.invoice))


def _value(reading: Reading, path: str) -> object:
    value: object = reading.invoice
    for name in path.split("."):
        value = getattr(value, name)
    return value
