"""Learning without templates: what a person's corrections teach about a supplier, and reading with it.

``learn`` makes or extends a profile from a document and its right values; ``extractors.read(..., profiles=...)`` uses profiles.
See ``schemas.profile`` for what a profile holds and ``learning`` for how little of it is believed.
"""

from collections.abc import Sequence
from typing import Any

from schemas.master import Company, Vendor
from schemas.profile import SupplierProfile

__all__ = ["NothingToLearn", "learn", "page_facts"]


class NothingToLearn(Exception):
    """The pages cannot be read, or hold no invoice the truth could belong to."""


def learn(
    data: bytes,
    truth: dict[str, Any],
    profile: SupplierProfile | None = None,
    *,
    profiles: Sequence[SupplierProfile] = (),
    companies: Sequence[Company] = (),
    vendors: Sequence[Vendor] = (),
) -> SupplierProfile:
    """The supplier's profile after this document.

    ``truth`` has the ``invoice`` shape: a missing key says nothing, ``None`` says "not there", keys with ``_`` are ignored. Only
    what the pages show is learnt. ``profile`` is extended; without one it is looked for among ``profiles``, else a new one begins.
    Raises ``NothingToLearn``.
    """
    from extractors.pdf.errors import PdfUnreadable
    from extractors.profiles.comparing import differences
    from extractors.profiles.learning import learn_scene
    from extractors.profiles.looks import facts_of, find_profile, named_in
    from extractors.text_layer.documents import read_pages
    from extractors.text_layer.reading import read_scene
    from extractors.text_layer.scene import Scene

    told = {key: value for key, value in truth.items() if not key.startswith("_")}
    try:
        parts = read_pages(data)
    except PdfUnreadable as problem:
        raise NothingToLearn(problem.reason) from problem
    scenes = [Scene(part) for part in parts]
    readings = [(scene, read_scene(scene, companies, vendors)) for scene in scenes]
    if not readings:
        raise NothingToLearn("the pages hold no text")
    scene, plain = min(readings, key=lambda item: sum(1 for _ in differences(told, item[1].invoice.as_json())))
    if profile is None:
        found = find_profile(profiles, facts_of(scene), plain)
        profile = found.profile if found else named_in(told, profiles)
    return learn_scene(scene, told, plain, profile, companies, vendors)


def page_facts(data: bytes) -> tuple[frozenset[str], frozenset[str]]:
    """Ids printed on the pages, whoever's they are, and heads of item tables: by these the profiles at hand are chosen.

    Empty for bytes that are no readable PDF. Never raises for what they hold.
    """
    from extractors.pdf.errors import PdfUnreadable
    from extractors.profiles.looks import facts_of
    from extractors.text_layer.documents import read_pages
    from extractors.text_layer.scene import Scene

    try:
        found = [facts_of(Scene(part)) for part in read_pages(data)]
    except PdfUnreadable:
        found = []
    keys = frozenset(key for facts in found for key in facts.keys)
    return keys, frozenset(facts.look.head for facts in found if facts.look.head)
