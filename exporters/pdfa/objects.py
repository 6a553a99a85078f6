"""Walking the parts of a PDF that draw: pages, the forms and patterns they use, and the appearances of annotations."""

from collections.abc import Iterator

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, Stream

MAX_PARTS = 20_000
"""Drawing parts looked at per document; more is not an invoice."""


def inner(holder: Object, key: str) -> Object | None:
    """Value of a key of a dictionary or stream, ``None`` where it is absent or the holder is something else."""
    if not isinstance(holder, (Dictionary, Stream)):
        return None
    value: Object | None = holder.get(key)
    return value


def values(holder: Object | None) -> Iterator[Object]:
    """Values of a dictionary or items of an array, nothing for anything else."""
    if isinstance(holder, Array):
        yield from holder
    elif isinstance(holder, (Dictionary, Stream)):
        for _, value in holder.items():
            yield value


def annotations(page: Page) -> Iterator[Object]:
    yield from (each for each in values(inner(page.obj, "/Annots")) if isinstance(each, Dictionary))


def _appearances(annotation: Object) -> Iterator[Stream]:
    for state in values(inner(annotation, "/AP")):
        if isinstance(state, Stream):
            yield state
        else:
            yield from (each for each in values(state) if isinstance(each, Stream))


def all_dictionaries(pdf: Pdf) -> Iterator[Object]:
    """Every dictionary and stream of the document, those inside others included, each once."""
    for thing in pdf.objects:
        waiting: list[Object] = [thing]
        while waiting:
            current = waiting.pop()
            if isinstance(current, (Dictionary, Stream)):
                yield current
            waiting += [each for each in values(current) if isinstance(each, (Dictionary, Array)) and not each.is_indirect]


def drawing_parts(pdf: Pdf) -> Iterator[tuple[Object, Object]]:
    """(content holder, resources) of everything that draws, each once. Pages inherit their resources."""
    waiting: list[tuple[Object, Object]] = []
    for page in pdf.pages:
        waiting.append((page.obj, page.get("/Resources", Dictionary())))
        for annotation in annotations(page):
            waiting += [(stream, stream.get("/Resources", Dictionary())) for stream in _appearances(annotation)]
    seen: set[tuple[int, int]] = set()
    count = 0
    while waiting:
        holder, resources = waiting.pop()
        count += 1
        if count > MAX_PARTS:
            raise pikepdf.PdfError("too many drawing parts")
        yield holder, resources
        for kind in ("/XObject", "/Pattern"):
            for part in values(inner(resources, kind)):
                if not isinstance(part, Stream) or part.get("/Subtype") == Name.Image or part.objgen in seen:
                    continue
                seen.add(part.objgen)
                waiting.append((part, part.get("/Resources", resources)))
