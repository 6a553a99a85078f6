"""Pages for the hybrid tests: small PDFs made here, sound ones and each kind of unsound one."""

from collections.abc import Callable
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONT = "PageFont"
pdfmetrics.registerFont(TTFont(FONT, "Vera.ttf"))


def page(font: str = FONT, cmyk: bool = False) -> bytes:
    """One page with two lines of text."""
    out = BytesIO()
    canvas = Canvas(out, initialFontName=font, invariant=True)
    canvas.setFont(font, 12)
    if cmyk:
        canvas.setFillColorCMYK(0.1, 0.2, 0.3, 0.1)
    canvas.drawString(72, 720, "Rechnung RE-2026-0001")
    canvas.drawString(72, 700, "Gesamtbetrag 119,00 EUR")
    canvas.save()
    return out.getvalue()


def changed(change: Callable[[Pdf], None], data: bytes | None = None) -> bytes:
    """The sound page after a change."""
    with Pdf.open(BytesIO(data or page())) as pdf:
        change(pdf)
        out = BytesIO()
        pdf.save(out, deterministic_id=True, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return out.getvalue()


def script(pdf: Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    pdf.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.JavaScript, JS=String("1")))
    action = pdf.make_indirect(Dictionary(S=Name.JavaScript, JS=String("1")))
    pdf.Root.Names = Dictionary(JavaScript=pdf.make_indirect(Dictionary(Names=Array([String("a"), action]))))


def launch_link(pdf: Pdf) -> None:
    _annotate(pdf, Dictionary(Subtype=Name.Link, Rect=[0, 0, 9, 9], A=Dictionary(S=Name.Launch, F=String("x.exe"))))


def web_link(pdf: Pdf) -> None:
    _annotate(pdf, Dictionary(Subtype=Name.Link, Rect=[0, 0, 9, 9], A=Dictionary(S=Name.URI, URI=String("https://a.example"))))


def text_note(pdf: Pdf) -> None:
    _annotate(pdf, Dictionary(Subtype=Name.Text, Rect=[0, 0, 9, 9], Contents=String("note"), F=4))


def file_on_page(pdf: Pdf) -> None:
    spec = pikepdf.AttachedFileSpec(pdf, b"x", filename="x.bin").obj
    _annotate(pdf, Dictionary(Subtype=Name.FileAttachment, Rect=[0, 0, 9, 9], FS=spec, F=4))


def _annotate(pdf: Pdf, annotation: Dictionary) -> None:
    annotation.Type = Name.Annot
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(annotation)])


def old_invoice(pdf: Pdf) -> None:
    pdf.attachments["ZUGFeRD-invoice.xml"] = pikepdf.AttachedFileSpec(pdf, b"<old/>", filename="ZUGFeRD-invoice.xml")
    pdf.Root.AF = Array([pdf.attachments["ZUGFeRD-invoice.xml"].obj])


def signature(pdf: Pdf) -> None:
    value = pdf.make_indirect(Dictionary(Type=Name.Sig, Contents=String("00")))
    field = pdf.make_indirect(Dictionary(FT=Name.Sig, T=String("s"), V=value, Subtype=Name.Widget, Rect=[0, 0, 0, 0]))
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=3)


def xfa(pdf: Pdf) -> None:
    pdf.Root.AcroForm = Dictionary(Fields=Array(), XFA=Stream(pdf, b"<xdp/>"))


def lzw(pdf: Pdf) -> None:
    stream = Stream(pdf, b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01")
    stream.Filter = Name.LZWDecode
    pdf.Root.Extra = pdf.make_indirect(stream)


def interpolated_image(pdf: Pdf) -> None:
    image = Stream(pdf, b"\x00\x00\x00")
    image.Type, image.Subtype = Name.XObject, Name.Image
    image.Width, image.Height, image.BitsPerComponent, image.ColorSpace = 1, 1, 8, Name.DeviceRGB
    image.Interpolate = True
    resources = pdf.pages[0].obj.Resources
    resources.XObject = Dictionary(I1=pdf.make_indirect(image))
    pdf.pages[0].contents_add(b"q 1 0 0 1 0 0 cm /I1 Do Q")


def cmyk_image(pdf: Pdf) -> None:
    interpolated_image(pdf)
    pdf.pages[0].obj.Resources.XObject.I1.ColorSpace = Name.DeviceCMYK


def encrypted() -> bytes:
    with Pdf.open(BytesIO(page())) as pdf:
        out = BytesIO()
        pdf.save(out, encryption=pikepdf.Encryption(owner="o", user=""))
    return out.getvalue()
