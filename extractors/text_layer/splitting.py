"""Several documents in one PDF: a page that begins a new one has a title and another number."""

from collections.abc import Sequence

from extractors.text_layer.fields import best, find_candidates
from extractors.text_layer.items import find_table
from extractors.text_layer.kinds import find_titles
from extractors.text_layer.scene import Scene
from extractors.text_layer.words import PageText

MIN_TITLE = 1.0


def split(pages: Sequence[PageText]) -> list[list[PageText]]:
    """Pages grouped into documents, in order. A page without a number of its own belongs to the one before."""
    parts: list[list[PageText]] = []
    current: object = None
    for page in pages:
        if len(pages) == 1:
            return [[page]]
        identity = _identity(page)
        if not parts or (identity is not None and identity != current):
            parts.append([page])
            current = identity
        else:
            parts[-1].append(page)
    return parts


def _identity(page: PageText) -> tuple[str, str] | None:
    """Kind and number of a page that begins a document, or nothing."""
    scene = Scene([page])
    table = find_table(scene)
    titles = [t for t in find_titles(scene, table.rows) if t.score >= MIN_TITLE]
    number = best(find_candidates(scene, table.rows), "number")
    if titles and titles[0].term == "terms":
        return ("terms", "")
    if not titles or number is None:
        return None
    return (titles[0].kind.value, str(number.value))
