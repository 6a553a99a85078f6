"""From a document and its right values to a profile: propose explanations, keep those with which the page is read better.

Nothing is kept on trust. An anchor must find its value on this very page, a word must remove a mistake, and what makes anything
worse is dropped, so the confirmed document is read at least as well as before.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from extractors.profiles import anchors as anchoring
from extractors.profiles import words as wording
from extractors.profiles.anchors import PATH_TERMS, follow, refusal, refuses
from extractors.profiles.buyers import propose_blocks
from extractors.profiles.comparing import bare, differences, paths_of, same, value_at
from extractors.profiles.constants import learn_constants
from extractors.profiles.guiding import own_words, read_guided
from extractors.profiles.item_patterns import propose_pattern
from extractors.profiles.item_rows import ItemRows, locate_items
from extractors.profiles.looks import Found, look_of
from extractors.profiles.places import find_text
from extractors.text_layer.lexicon import fold, speaking
from extractors.text_layer.reading import Reading
from extractors.text_layer.scene import Scene
from schemas.master import Company, Vendor
from schemas.profile import Anchor, Constant, Look, OwnWord, SupplierProfile

MAX_TRIALS = 80  # readings of one page while learning
MAX_WORDS = 60  # of one profile
MAX_ANCHORS = 120
MAX_LOOKS = 6
MIN_COMMON = 5
MAX_BLOCKS = 4


@dataclass
class _Lesson:
    """One document being learnt from."""

    scene: Scene
    truth: dict[str, Any]
    plain: Reading
    companies: Sequence[Company]
    vendors: Sequence[Vendor]
    trials: int = 0

    def read(self, profile: SupplierProfile) -> Reading:
        self.trials += 1
        return read_guided(self.scene, self.companies, self.vendors, Found(profile, True))

    def loss(self, reading: Reading) -> tuple[int, int]:
        """Values read wrong, and doubts."""
        return len(self.wrong(reading)), len(reading.doubts)

    def wrong(self, reading: Reading) -> list[str]:
        return list(differences(self.truth, reading.invoice.as_json()))


def learn_scene(
    scene: Scene,
    truth: dict[str, Any],
    plain: Reading,
    profile: SupplierProfile | None,
    companies: Sequence[Company] = (),
    vendors: Sequence[Vendor] = (),
) -> SupplierProfile:
    """The profile after this document. ``plain`` is what was read without it."""
    lesson = _Lesson(scene, truth, plain, companies, vendors)
    draft = profile.model_copy(deep=True) if profile else SupplierProfile()
    _note_keys(draft, lesson)
    draft.looks = _merge_looks(draft.looks, look_of(scene))
    draft.constants = _merge_constants(draft.constants, learn_constants(scene, truth, plain.invoice.as_json()), truth)
    _learn_anchors(draft, lesson)
    _learn_refusals(draft, lesson)
    items = locate_items(scene, truth.get("lines") or [])
    _learn_words(draft, lesson, items)
    _learn_items(draft, lesson, items)
    _learn_buyer(draft, lesson)
    _note_outcome(draft, lesson)
    draft.documents += 1
    return draft


def _note_keys(draft: SupplierProfile, lesson: _Lesson) -> None:
    """Ids of the supplier that the page shows: as confirmed, else as read."""
    read = lesson.plain.invoice.as_json()
    seller = lesson.truth.get("seller") or {}
    draft.name = seller.get("name") or draft.name or value_at(read, "seller.name")
    for path, keys in (("seller.vat_id", draft.vat_ids), ("seller.tax_number", draft.tax_numbers), ("payment.iban", draft.ibans)):
        group, name = path.split(".")
        inside = lesson.truth.get(group)
        value = inside[name] if isinstance(inside, dict) and name in inside else value_at(read, path)
        if value and value not in keys and next(find_text(lesson.scene, str(value)), None):
            keys.append(str(value))


def _merge_looks(looks: list[Look], look: Look) -> list[Look]:
    """Texts that changed between two documents of one layout are not fixed; a layout never seen before is added."""
    for known in looks:
        common = [text for text in known.fixed if text in set(look.fixed)]
        same_size = (known.width, known.height) == (look.width, look.height)
        if same_size and len(common) >= MIN_COMMON and 2 * len(common) >= min(len(known.fixed), len(look.fixed)):
            known.fixed = common
            known.head = known.head or look.head
            return looks
    return [*looks, look][-MAX_LOOKS:]


def _merge_constants(known: list[Constant], fresh: Iterable[Constant], truth: dict[str, Any]) -> list[Constant]:
    """A newer confirmed value of a path takes the place of the older one; accounts are kept beside each other."""
    merged = list(known)
    for constant in fresh:
        again = next((c for c in merged if (c.path, c.value) == (constant.path, constant.value)), None)
        if again:
            again.seen, again.means = again.seen + 1, constant.means
            continue
        if constant.means and constant.path != "payment.iban":
            merged = [c for c in merged if c.path != constant.path or not c.means]
        merged.append(constant)
    return merged


def _learn_anchors(draft: SupplierProfile, lesson: _Lesson) -> None:
    """Older anchors are judged by this document, then new ones are added for every labelled value of the truth."""
    for path in PATH_TERMS:
        if path not in set(paths_of(lesson.truth)):
            continue
        value = value_at(lesson.truth, path)
        draft.anchors = [a for a in draft.anchors if a.path != path or _still_holds(a, lesson.scene, value)]
        if value is None:
            continue
        others = [p for p in PATH_TERMS if p != path and str(value_at(lesson.truth, p)) == str(value)]
        for fresh in anchoring.propose(lesson.scene, path, value, others):
            if not any(_same_anchor(fresh, known) for known in draft.anchors):
                draft.anchors.append(fresh)
    draft.anchors = draft.anchors[-MAX_ANCHORS:]


def _same_anchor(one: Anchor, other: Anchor) -> bool:
    return (one.path, one.relation, fold(one.label), one.means) == (other.path, other.relation, fold(other.label), other.means)


def _still_holds(anchor: Anchor, scene: Scene, value: Any) -> bool:
    """False when the anchor finds something else than the right value here; right finds are counted."""
    hit = follow(scene, anchor)
    if hit is None:
        return True
    right = value is not None and same(anchor.path, str(value), str(hit.value))
    if anchor.means and right:
        anchor.seen += 1
    return right if anchor.means else not right


def _learn_refusals(draft: SupplierProfile, lesson: _Lesson) -> None:
    """Labels that led to a wrong value are remembered as not leading there."""
    from extractors.text_layer.fields import find_candidates

    for _ in range(3):
        with speaking(own_words(draft)):
            reading = lesson.read(draft)
            candidates = find_candidates(lesson.scene, reading.table.rows if reading.table else set())
        wrong = [path for path in lesson.wrong(reading) if path in PATH_TERMS]
        fresh = []
        for path in wrong:
            read = value_at(reading.invoice.as_json(), path)
            for candidate in candidates:
                named = candidate.term in PATH_TERMS[path] and str(candidate.value) == str(read)
                if read is not None and named and not refuses(draft.anchors, candidate):
                    fresh.append(refusal(path, candidate))
        if not fresh:
            return
        draft.anchors += fresh


def _learn_words(draft: SupplierProfile, lesson: _Lesson, items: ItemRows | None) -> None:
    """Words are tried in groups, since a head is understood whole or not at all, then one by one."""

    def propose(words: Callable[[Reading], Iterable[OwnWord]]) -> None:
        with speaking(own_words(draft)):
            fresh = wording.distinct(list(words(lesson.read(draft))))
        known = {(w.group, fold(w.text), w.term) for w in draft.words}
        _try_words(draft, lesson, [w for w in fresh if (w.group, fold(w.text), w.term) not in known])

    scene, truth = lesson.scene, lesson.truth
    if not lesson.wrong(base := lesson.read(draft)) and not base.doubts:
        return
    if items:
        propose(lambda _: wording.column_words(scene, items, truth))
    propose(lambda reading: wording.unit_words(reading, truth, items))
    propose(lambda reading: wording.sum_words(scene, reading, truth))
    propose(lambda reading: wording.id_words(scene, truth, reading.table.rows if reading.table else set()))
    propose(lambda reading: wording.silent_words(reading, truth))


def _try_words(draft: SupplierProfile, lesson: _Lesson, fresh: list[OwnWord]) -> None:
    """Keep what lowers the loss: all together, then without each; or else each by itself."""
    if not fresh or len(draft.words) + len(fresh) > MAX_WORDS:
        return
    before, known = lesson.loss(lesson.read(draft)), list(draft.words)
    draft.words = [*known, *fresh]
    together = lesson.loss(lesson.read(draft))
    if together < before:
        for word in fresh:
            rest = [w for w in draft.words if w is not word]
            if lesson.trials >= MAX_TRIALS:
                return
            if lesson.loss(lesson.read(draft.model_copy(update={"words": rest}))) <= together:
                draft.words = rest
        return
    draft.words = known
    for word in fresh:
        if lesson.trials >= MAX_TRIALS:
            return
        loss = lesson.loss(lesson.read(draft.model_copy(update={"words": [*draft.words, word]})))
        if loss < before:
            draft.words, before = [*draft.words, word], loss


def _learn_items(draft: SupplierProfile, lesson: _Lesson, items: ItemRows | None) -> None:
    """Where the lines are still wrong, the places of their values become a pattern, if the page is read better with it."""
    reading = lesson.read(draft)
    if items is None or not any(path.startswith("lines") for path in lesson.wrong(reading)):
        return
    pattern = propose_pattern(lesson.scene, items, lesson.truth)
    if pattern is None:
        return
    known = list(draft.items)
    draft.items = [pattern]
    if lesson.loss(lesson.read(draft)) >= lesson.loss(reading):
        draft.items = known


def _learn_buyer(draft: SupplierProfile, lesson: _Lesson) -> None:
    """Where the buyer's address stands, when the reader does not find it by itself."""
    reading = lesson.read(draft)
    wrong = any(path.startswith("buyer.") for path in lesson.wrong(reading)) or any(p == "seller.name" for p, _ in reading.doubts)
    for block in propose_blocks(lesson.scene, lesson.truth.get("buyer") or {}) if wrong else ():
        trial = draft.model_copy(update={"buyer_blocks": [block]})
        if lesson.loss(lesson.read(trial)) < lesson.loss(reading):
            draft.buyer_blocks = [block, *draft.buyer_blocks][:MAX_BLOCKS]
            return


def _note_outcome(draft: SupplierProfile, lesson: _Lesson) -> None:
    """Which values the reader has right by itself, and which it needs the profile for."""
    wrong = {bare(path) for path in lesson.wrong(lesson.plain)}
    told = {bare(path) for path in paths_of(lesson.truth)}
    draft.corrected = sorted({*draft.corrected, *(wrong & told)})
    draft.confirmed = sorted({*draft.confirmed, *(told - wrong)} - set(draft.corrected))
