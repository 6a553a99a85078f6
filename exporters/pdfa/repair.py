"""A supplier's PDF made PDF/A-3B where that changes nothing a reader sees: claims, output intent, flags, actions, attachments.

What would change the look (fonts not embedded, CMYK without its profile, annotations without appearance) is not touched: the gate
finds it afterwards, and the caller draws its own page instead. A signed document is left alone: its signature would break.
"""

from importlib.resources import files
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

from exporters.pdfa.check import FORBIDDEN_ACTIONS, NAMED_ACTIONS, PRINT, pdfa_intent
from exporters.pdfa.objects import all_dictionaries, annotations, inner, values

SRGB = "sRGB IEC61966-2.1"
UNREADABLE = (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, NotImplementedError)


class Unrepairable(Exception):
    """``reasons`` say what keeps the original from becoming PDF/A-3, one sentence each."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        super().__init__("; ".join(reasons))


def repaired(original: bytes) -> Pdf:
    """An open document, repaired; claims and attachments are the caller's, and so is the gate. Raises ``Unrepairable``."""
    try:
        pdf = Pdf.open(BytesIO(original))
        if pdf.is_encrypted:
            raise Unrepairable(["it is encrypted"])
        if _is_signed(pdf):
            raise Unrepairable(["it is signed, and a change would break the signature"])
        pdf.remove_unreferenced_resources()
        _remove_old_files(pdf)
        _remove_actions(pdf)
        _print_annotations(pdf)
        _ask_no_viewer(pdf)
        _recode_old_filters(pdf)
        add_output_intent(pdf)
    except UNREADABLE as error:
        raise Unrepairable([f"it cannot be read: {str(error)[:200]}"]) from error
    return pdf


def _is_signed(pdf: Pdf) -> bool:
    waiting = list(values(inner(pdf.Root.get(Name.AcroForm, Dictionary()), "/Fields")))
    for _ in range(10_000):
        if not waiting:
            return False
        field = waiting.pop()
        if inner(field, "/FT") == Name.Sig and inner(field, "/V") is not None:
            return True
        waiting += values(inner(field, "/Kids"))
    return True  # no invoice has that many fields; do not touch it


def _is_forbidden(action: Object | None) -> bool:
    kind = str(inner(action, "/S")) if isinstance(action, Dictionary) else ""
    return kind in FORBIDDEN_ACTIONS or (kind == "/Named" and str(inner(action, "/N")) not in NAMED_ACTIONS)


def _remove_actions(pdf: Pdf) -> None:
    """Scripts, launches and automatic actions go; they do not belong to what an invoice says."""
    root = pdf.Root
    for key in ("/AA", "/Requirements", "/Perms", "/Collection"):
        if key in root:
            del root[key]
    if _is_forbidden(root.get(Name.OpenAction)):
        del root[Name.OpenAction]
    names = root.get(Name.Names)
    if isinstance(names, Dictionary):
        for key in ("/JavaScript", "/AlternatePresentations"):
            if key in names:
                del names[key]
    for thing in all_dictionaries(pdf):
        if "/AA" in thing:
            del thing["/AA"]
        if _is_forbidden(thing.get("/A")):
            del thing["/A"]
        if _is_forbidden(thing.get("/Next")):
            del thing["/Next"]


def _remove_old_files(pdf: Pdf) -> None:
    """Files the original carried go, an older invoice XML first of all: one document says one thing. The store keeps them."""
    names = pdf.Root.get(Name.Names)
    if isinstance(names, Dictionary) and "/EmbeddedFiles" in names:
        del names["/EmbeddedFiles"]
    for thing in all_dictionaries(pdf):
        if "/AF" in thing:
            del thing["/AF"]


def _print_annotations(pdf: Pdf) -> None:
    """Visible annotations must say that they print. File attachments on the page go, as their files do."""
    for page in pdf.pages:
        kept = Array()
        for annotation in annotations(page):
            kind = inner(annotation, "/Subtype")
            if kind == Name.FileAttachment:
                continue
            flags = inner(annotation, "/F")
            bits = int(flags) if isinstance(flags, int) else 0
            if not bits & PRINT:
                annotation.F = bits | PRINT
            if kind == Name.Widget and "/A" in annotation:
                del annotation["/A"]
            kept.append(annotation)
        if "/Annots" in page.obj:
            page.obj.Annots = kept


def _ask_no_viewer(pdf: Pdf) -> None:
    form = pdf.Root.get(Name.AcroForm)
    if isinstance(form, Dictionary) and "/NeedAppearances" in form:
        del form["/NeedAppearances"]
    for thing in pdf.objects:
        if isinstance(thing, Stream) and thing.get("/Subtype") == Name.Image and thing.get("/Interpolate") is True:
            thing.Interpolate = False


def _recode_old_filters(pdf: Pdf) -> None:
    """LZW is not allowed; the same data are written anew."""
    for thing in pdf.objects:
        if isinstance(thing, Stream):
            filters = thing.get("/Filter")
            if Name.LZWDecode in ([filters] if isinstance(filters, Name) else list(values(filters))):
                thing.write(thing.read_bytes())


def add_output_intent(pdf: Pdf) -> None:
    """sRGB, unless the document brings an intent of its own. Other intents without profile go: they say nothing."""
    if pdfa_intent(pdf) is not None:
        return
    profile = Stream(pdf, files("exporters.pdfa").joinpath("srgb.icc").read_bytes())
    profile.N = 3
    intent = Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFA1,
        OutputConditionIdentifier=String(SRGB),
        Info=String(SRGB),
        DestOutputProfile=pdf.make_indirect(profile),
    )
    pdf.Root.OutputIntents = Array([pdf.make_indirect(intent)])
