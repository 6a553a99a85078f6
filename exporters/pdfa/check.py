"""A structural check of PDF/A-3B: what can be seen without drawing the page. Says what is wrong, never raises, repairs nothing.

Covers encryption, ID, metadata, output intent, device colours, font embedding, forbidden actions, annotations, images, filters,
forms and embedded files. Not covered: glyph presence and widths inside fonts, ICC internals, JPEG 2000; an installed
``page-validation`` looks at those (``gate``). Source: ISO 19005-3:2012, clause numbers in the messages.
"""

from collections.abc import Iterator
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from exporters.pdfa.objects import all_dictionaries, annotations, drawing_parts, inner, values

FORBIDDEN_ACTIONS = frozenset(
    {
        "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/Hide", "/SetOCGState", "/Rendition", "/Trans",
        "/GoTo3DView", "/JavaScript", "/GoToE", "/RichMediaExecute",
    }
)  # fmt: skip
NAMED_ACTIONS = frozenset({"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"})
FORBIDDEN_ANNOTATIONS = frozenset({"/3D", "/Sound", "/Screen", "/Movie", "/RichMedia", "/FileAttachment"})
HIDDEN, PRINT, INVISIBLE, NO_VIEW, TOGGLE_NO_VIEW = 2, 4, 1, 32, 256  # bits of /F
CMYK_OPERATORS = "k K"
DEVICE_CMYK = (Name.DeviceCMYK, Name("/CMYK"))
_ERRORS = (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, NotImplementedError)


def problems(data: bytes) -> list[str]:
    """What keeps these bytes from being PDF/A-3B, one sentence each; empty when nothing was found."""
    try:
        with Pdf.open(BytesIO(data)) as pdf:
            return list(dict.fromkeys(_document_problems(pdf)))
    except _ERRORS as error:
        return [f"cannot be read: {str(error)[:200]}"]


def _document_problems(pdf: Pdf) -> Iterator[str]:
    if pdf.is_encrypted:
        yield "6.1.3 encrypted"
    if "/ID" not in pdf.trailer:
        yield "6.1.3 the trailer has no ID"
    metadata = pdf.Root.get(Name.Metadata)
    if not isinstance(metadata, Stream):
        yield "6.6.2 no XMP metadata"
    elif b"http://www.aiim.org/pdfa/ns/id/" not in metadata.read_bytes():
        yield "6.6.4 the metadata do not claim PDF/A"
    yield from _catalog_problems(pdf)
    yield from _font_problems(pdf)
    yield from _colour_problems(pdf)
    for page in pdf.pages:
        for annotation in annotations(page):
            yield from _annotation_problems(annotation)
    yield from _object_problems(pdf)
    yield from _attachment_problems(pdf)


def _catalog_problems(pdf: Pdf) -> Iterator[str]:
    root = pdf.Root
    for key, clause in (("/Requirements", "6.11"), ("/Perms", "6.1.12")):
        if key in root:
            yield f"{clause} the catalog has {key}"
    form = inner(root, "/AcroForm")
    if form is not None:
        if inner(form, "/XFA") is not None:
            yield "6.4.2 an XFA form"
        if inner(form, "/NeedAppearances") is True:
            yield "6.4.1 the form asks the reader to make its appearances"
    names = inner(root, "/Names")
    if names is not None and (inner(names, "/JavaScript") is not None or inner(names, "/AlternatePresentations") is not None):
        yield "6.5.1 scripts or alternate presentations in the name tree"
    for configuration in values(inner(inner(root, "/OCProperties") or Dictionary(), "/Configs")):
        if "/AS" in configuration or "/Name" not in configuration:
            yield "6.9 an optional content configuration without name or with automatic states"


def _embedded(font: Object) -> bool:
    descriptor = inner(font, "/FontDescriptor")
    return descriptor is not None and any(inner(descriptor, key) is not None for key in ("/FontFile", "/FontFile2", "/FontFile3"))


def _font_problems(pdf: Pdf) -> Iterator[str]:
    seen: set[tuple[int, int]] = set()
    for _, resources in drawing_parts(pdf):
        for font in values(inner(resources, "/Font")):
            if not isinstance(font, Dictionary) or (font.objgen in seen and font.objgen != (0, 0)):
                continue
            seen.add(font.objgen)
            kind, name = inner(font, "/Subtype"), inner(font, "/BaseFont") or "font without name"
            if kind == Name.Type3:
                continue
            if kind != Name.Type0:
                if not _embedded(font):
                    yield f"6.2.11.4 font {name} is not embedded"
                continue
            for descendant in values(inner(font, "/DescendantFonts")):
                if not _embedded(descendant):
                    yield f"6.2.11.4 font {name} is not embedded"
                if inner(descendant, "/Subtype") == Name.CIDFontType2 and inner(descendant, "/CIDToGIDMap") is None:
                    yield f"6.2.11.3.2 font {name} has no CIDToGIDMap"


def pdfa_intent(pdf: Pdf) -> Object | None:
    """The output intent for PDF/A with its profile, where the document has one."""
    for intent in values(pdf.Root.get(Name.OutputIntents)):
        if inner(intent, "/S") == Name.GTS_PDFA1 and isinstance(inner(intent, "/DestOutputProfile"), Stream):
            return intent
    return None


def _components(profile: Object | None) -> int:
    count = inner(profile, "/N") if profile is not None else None
    return int(count) if isinstance(count, int) else 0


def _colour_problems(pdf: Pdf) -> Iterator[str]:
    """Device colours need the output intent of their family. DeviceCMYK is looked for, the rest is covered by any sRGB intent."""
    intent = pdfa_intent(pdf)
    if intent is None:
        yield "6.2.3 no output intent with a profile"
    elif _components(inner(intent, "/DestOutputProfile")) == 4:
        return
    for holder, resources in drawing_parts(pdf):
        if _uses_cmyk(holder, resources):
            yield "6.2.4.3 DeviceCMYK without a CMYK output intent"
            return


def _uses_cmyk(holder: Object, resources: Object) -> bool:
    spaces = inner(resources, "/ColorSpace")
    if spaces is not None and inner(spaces, "/DefaultCMYK") is not None:
        return False
    if any(_is_cmyk(space) for space in values(spaces)):
        return True
    if any(_is_cmyk(inner(shading, "/ColorSpace")) for shading in values(inner(resources, "/Shading"))):
        return True
    for image in values(inner(resources, "/XObject")):
        if inner(image, "/Subtype") == Name.Image and _is_cmyk(inner(image, "/ColorSpace")):
            return True
    instructions = pikepdf.parse_content_stream(pikepdf.Page(holder) if _is_page(holder) else holder, operators=CMYK_OPERATORS)
    return len(instructions) > 0


def _is_page(holder: Object) -> bool:
    return not isinstance(holder, Stream)


def _is_cmyk(space: Object | None) -> bool:
    if isinstance(space, Name):
        return space in DEVICE_CMYK
    if not isinstance(space, Array) or len(space) < 2:
        return False
    family = space[0]
    if family in (Name.Indexed, Name.Pattern):
        return _is_cmyk(space[1])
    return family in (Name.Separation, Name.DeviceN) and len(space) > 2 and _is_cmyk(space[2])


def _annotation_problems(annotation: Object) -> Iterator[str]:
    kind = inner(annotation, "/Subtype")
    if str(kind) in FORBIDDEN_ANNOTATIONS:
        yield f"6.3.1 an annotation of type {kind}"
    if kind == Name.Popup:
        return
    flags = inner(annotation, "/F")
    bits = int(flags) if isinstance(flags, int) else 0
    if not bits & PRINT or bits & (HIDDEN | INVISIBLE | NO_VIEW | TOGGLE_NO_VIEW):
        yield f"6.3.2 an annotation of type {kind} that is not printed and shown"
    if kind == Name.Widget and ("/AA" in annotation or "/A" in annotation):
        yield "6.4.1 a form field with actions"
    box = inner(annotation, "/Rect")
    has_area = not (isinstance(box, Array) and len(box) == 4 and box[0] == box[2] and box[1] == box[3])
    if kind != Name.Link and has_area and inner(inner(annotation, "/AP") or Dictionary(), "/N") is None:
        yield f"6.3.3 an annotation of type {kind} without appearance"


def _object_problems(pdf: Pdf) -> Iterator[str]:
    for thing in all_dictionaries(pdf):
        action = thing.get("/S")
        if "/AA" in thing:
            yield "6.5.2 additional actions"
        if isinstance(action, Name) and ("/Type" not in thing or thing.get("/Type") == Name.Action):
            if str(action) in FORBIDDEN_ACTIONS:
                yield f"6.5.1 an action {action}"
            if action == Name.Named and str(thing.get("/N")) not in NAMED_ACTIONS:
                yield "6.5.1 a named action that is not allowed"
        if isinstance(thing, Stream):
            yield from _stream_problems(thing)


def _stream_problems(stream: Stream) -> Iterator[str]:
    filters = stream.get("/Filter")
    for each in [filters] if isinstance(filters, Name) else list(values(filters)):
        if each in (Name.LZWDecode, Name.Crypt):
            yield f"6.1.7.2 a stream with filter {each}"
    if any(key in stream for key in ("/F", "/FFilter", "/FDecodeParms")):
        yield "6.1.7.1 a stream that lies in another file"
    kind = stream.get("/Subtype")
    if kind == Name.Image:
        if "/Alternates" in stream or "/OPI" in stream:
            yield "6.2.8 an image with alternates or OPI"
        if stream.get("/Interpolate") is True:
            yield "6.2.8 an image that asks for interpolation"
    if kind == Name.PS or (kind == Name.Form and (stream.get("/Subtype2") == Name.PS or "/PS" in stream or "/Ref" in stream)):
        yield "6.2.9 PostScript or a reference in a form"


def _attachment_problems(pdf: Pdf) -> Iterator[str]:
    associated = {each.objgen for each in values(pdf.Root.get(Name.AF)) if isinstance(each, Dictionary)}
    for thing in all_dictionaries(pdf):
        if not isinstance(thing, Dictionary) or "/EF" not in thing:
            continue
        name = thing.get("/UF") or thing.get("/F") or "without name"
        if "/F" not in thing or "/UF" not in thing:
            yield f"6.8 embedded file {name} lacks F or UF"
        if "/AFRelationship" not in thing:
            yield f"6.8 embedded file {name} has no AFRelationship"
        if thing.objgen not in associated:
            yield f"6.8 embedded file {name} is not associated with the document"
        if any(inner(stream, "/Subtype") is None for stream in values(thing.get("/EF"))):
            yield f"6.8 embedded file {name} has no MIME type"
