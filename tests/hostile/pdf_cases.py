"""Hostile PDF files with their ends."""

import io
import zlib
from collections.abc import Iterator
from functools import cache, partial
from importlib.resources import files

from fontTools.ttLib import TTFont as FontFile
from pikepdf import Array, Name, String
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from tests.extractors.files import pdf, with_attachments, zip_of
from tests.extractors.invoices import cii, ubl
from tests.hostile import invoice_page as ip
from tests.hostile import pdf_structure as ps
from tests.hostile.case import HOST, Case, End
from tests.hostile.invoice_page import page

REMAP, HIDDEN, MISMATCH = ("FRAUD-GLYPH-REMAP",), ("FRAUD-HIDDEN-TEXT",), ("FRAUD-XML-PAGE-MISMATCH",)
ACTIVE, REVISED, SIGNATURE = ("FRAUD-ACTIVE-CONTENT",), ("FRAUD-REVISED-CONTENT",), ("FRAUD-SIGNATURE",)


def swapped(one: str, other: str) -> bytes:
    """The page paints ``other`` where the text layer says ``one``, and the reverse; all sums close in the text layer."""
    exchange = str.maketrans(one + other, other + one)
    return ps.changed(page(spell=lambda words: words.translate(exchange)), ps.lying_map({one: other, other: one}))


@cache
def lying_font(one: str, other: str) -> str:
    """A font whose ``one`` has the outline of ``other``; nothing but the outline tells."""
    font = FontFile(io.BytesIO(files("reportlab").joinpath("fonts/Vera.ttf").read_bytes()))
    names = font.getBestCmap()
    font["glyf"][names[ord(one)]] = font["glyf"][names[ord(other)]]
    font["hmtx"][names[ord(one)]] = font["hmtx"][names[ord(other)]]
    name = f"Lie{one}{other}"
    for record in font["name"].names:
        if record.nameID in (1, 3, 4, 6):
            record.string = name  # ReportLab takes two fonts of one name for the same font
    buffer = io.BytesIO()
    font.save(buffer)
    pdfmetrics.registerFont(TTFont(name, io.BytesIO(buffer.getvalue())))
    return name


def outline(one: str, other: str) -> bytes:
    return page(font=lying_font(one, other))


def hybrid(changes: dict[str, str] | None = None, *draw: ip.Draw, **xml: str) -> bytes:
    return with_attachments(page(*draw, changes=changes), {"factur-x.xml": cii(**xml)})


def controls() -> Iterator[Case]:
    yield Case("honest page", "a.pdf", page, End.ACCEPTED)
    yield Case("honest hybrid", "a.pdf", hybrid, End.ACCEPTED)
    yield Case("white on a dark band", "a.pdf", lambda: page(ip.on_dark), End.ACCEPTED)
    yield Case("honest map", "a.pdf", lambda: ps.changed(page(), ps.lying_map({})), End.ACCEPTED)
    yield Case("web link", "a.pdf", lambda: ps.changed(page(), ps.link("https://armaturen.example")), End.ACCEPTED)
    yield Case("signed as a whole", "a.pdf", lambda: ps.signed(page()), End.ACCEPTED)
    yield Case("XML added later", "a.pdf", lambda: ps.saved_again(page(), attachments={"factur-x.xml": cii()}), End.ACCEPTED)
    yield Case("empty user password", "a.pdf", lambda: ps.locked(page(), ""), End.ACCEPTED)
    yield Case("turned page", "a.pdf", lambda: page(turned=180), End.SAFE)


def hidden() -> Iterator[Case]:
    painted = {
        "white": ip.white_text,
        "near white": ip.near_white_text,
        "mode 3": ip.unpainted,
        "mode 7": ip.clipping_only,
        "off the page": ip.outside,
        "tiny": ip.tiny,
        "under a box": ip.covered,
        "clipped away": ip.clipped,
        "alpha 0": ip.see_through,
        "colour of its box": ip.same_as_box,
    }
    for name, draw in painted.items():
        yield Case(f"hidden account, {name}", "a.pdf", partial(page, draw), End.HELD, HIDDEN)
        if name in ("white", "mode 3"):
            yield Case(f"hidden account beside XML, {name}", "a.pdf", partial(hybrid, None, draw), End.HELD, HIDDEN)
    layer = ps.unseen_layer(b"IBAN: DE75 5121 0800 1245 1261 99")
    yield Case("hidden account, layer that is off", "a.pdf", lambda: ps.changed(page(), layer), End.HELD, HIDDEN)
    yield Case("hidden account, outside the crop box", "a.pdf", lambda: ps.changed(page(), ps.crop), End.HELD, HIDDEN)


def glyphs() -> Iterator[Case]:
    for one, other in ("17", "19", "06", "38", "14", "12", "09"):
        yield Case(f"map swaps {one} and {other}", "a.pdf", partial(swapped, one, other), End.HELD, REMAP)
    for one, other in ("17", "94", "08"):
        yield Case(f"outline of {other} for {one}", "a.pdf", partial(outline, one, other), End.HELD, REMAP)
    yield Case(
        "encoding paints seven for one", "a.pdf", lambda: ps.changed(page(), ps.lying_names(49, "seven", {})), End.HELD, REMAP
    )
    yield Case("total painted over", "a.pdf", lambda: page(ip.painted_over), End.HELD, (*REMAP, *HIDDEN))
    over = b"1 1 1 rg 0 0 90 14 re f 0 g BT /F 10 Tf 2 4 Td (%s) Tj ET"
    for name, look in {"other figures": over % b"779,00", "nothing": over % b""}.items():
        stamp = ps.note(look, (468, 316, 558, 330))
        yield Case(f"total under a stamp of {name}", "a.pdf", partial(ps.changed, page(), stamp), End.HELD, (*REMAP, *HIDDEN))
    span = ps.replaced_text(b"(779,00) Tj", b"/Span <</ActualText (119,00)>> BDC (779,00) Tj EMC")
    yield Case("ActualText says another total", "a.pdf", lambda: ps.changed(page(changes={"119,00": "779,00"}), span), End.SAFE)
    yield Case(
        "map swaps 1 and 7 beside XML",
        "a.pdf",
        lambda: with_attachments(swapped("1", "7"), {"factur-x.xml": cii()}),
        End.HELD,
        REMAP,
    )


def mismatches() -> Iterator[Case]:
    other = ip.OTHER_IBAN.replace(" ", "")
    dear = {"119,00": "1.190,00", "100,00": "1.000,00", "19,00": "190,00", "25,00": "250,00"}
    yield Case("XML with another total", "a.pdf", lambda: hybrid(dear), End.HELD, MISMATCH)
    yield Case("XML with another account", "a.pdf", lambda: hybrid(iban=other), End.HELD, MISMATCH)
    yield Case("XML with another number", "a.pdf", lambda: hybrid(number="R-4712"), End.HELD, MISMATCH)
    yield Case("XML with another date", "a.pdf", lambda: hybrid(date="20261003"), End.HELD, MISMATCH)
    yield Case("XML with another VAT id", "a.pdf", lambda: hybrid({"DE136695976": "DE811569869"}), End.HELD, MISMATCH)
    two = {"factur-x.xml": cii(), "xrechnung.xml": ubl(number="R-1")}
    yield Case("two different XMLs", "a.pdf", lambda: with_attachments(page(), two), End.HELD, ("READ-AMBIGUOUS-XML",))
    entity = cii(doctype="<!DOCTYPE x [<!ENTITY n 'R-1'>]>\n", number="&n;")
    yield Case("DOCTYPE in the embedded XML", "a.pdf", lambda: with_attachments(page(), {"factur-x.xml": entity}), End.SAFE)
    for name, content in {"setup.exe": b"MZ" + bytes(60), "more.zip": zip_of({"a": b"b"})}.items():
        yield Case(
            f"embedded {name}", "a.pdf", partial(with_attachments, page(), {name: content}), End.HELD, ("READ-EMBEDDED-FILE",)
        )
    yield Case("embedded name is a path", "a.pdf", lambda: with_attachments(page(), {"../../a.txt": b"text"}), End.ACCEPTED)


def revisions() -> Iterator[Case]:
    yield Case(
        "total changed later",
        "a.pdf",
        lambda: ps.saved_again(page(changes={"119,00": "118,00"}), b"(118,00)", b"(119,00)"),
        End.HELD,
        REVISED,
    )
    yield Case(
        "account changed later",
        "a.pdf",
        lambda: ps.saved_again(page(), b"DE89 3704 0044 0532 0130 00", ip.OTHER_IBAN.encode()),
        End.HELD,
        REVISED,
    )
    yield Case(
        "account changed after signing",
        "a.pdf",
        lambda: ps.saved_again(ps.signed(page()), b"DE89 3704 0044 0532 0130 00", ip.OTHER_IBAN.encode()),
        End.HELD,
        (*SIGNATURE, *REVISED),
    )
    yield Case(
        "attachment added after signing",
        "a.pdf",
        lambda: ps.saved_again(ps.signed(page()), attachments={"a.txt": b"t"}),
        End.HELD,
        SIGNATURE,
    )
    yield Case("signature leaves out bytes", "a.pdf", lambda: ps.signed(page(), leave_out=40), End.HELD, SIGNATURE)
    yield Case("two files in one", "a.pdf", lambda: ps.joined([pdf("Anderer Inhalt 12"), page()]), End.SAFE)


def actions() -> Iterator[Case]:
    acts = {
        "script": ps.opening(S=Name.JavaScript, JS=String("app.alert(1)")),
        "program": ps.opening(S=Name.Launch, F=String("calc.exe")),
        "form sent off": ps.opening(S=Name.SubmitForm, F=String(HOST)),
        "file of another machine": ps.opening(S=Name.GoToR, F=String("\\\\127.0.0.1\\x\\a.pdf"), D=Array([0])),
        "layers shown by action": ps.opening(S=Name.SetOCGState, State=Array([])),
        "script of a page": ps.additional_action,
        "script by name": ps.named_script,
        "link to a local file": ps.link("file:///etc/hostname"),
    }
    for what, change in acts.items():
        yield Case(f"active: {what}", "a.pdf", partial(ps.changed, page(), change), End.HELD, ACTIVE)
    yield Case("XFA form", "a.pdf", lambda: ps.changed(page(), ps.form_of_programs), End.HELD, ("READ-XFA",))
    yield Case("ZIP behind the file", "a.pdf", lambda: page() + zip_of({"a.exe": b"MZ"}), End.HELD, ("READ-EMBEDDED-FILE",))
    yield Case("web page before the file", "a.pdf", lambda: b"<html><script>1</script>\n" + page(), End.SAFE)
    yield Case(
        "script behind the file", "a.pdf", lambda: page() + b"<script>alert(1)</script>", End.HELD, ("READ-EMBEDDED-FILE",)
    )


def bombs() -> Iterator[Case]:
    circle = ps.raw(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
        b"5 0 R",
        b"4 0 R",
    )
    image = b"/Type/XObject/Subtype/Image/Width 65000/Height 65000/BitsPerComponent 8/ColorSpace/DeviceGray"
    harmless = ("table that follows itself",)
    made = {
        "60 MB in one stream": lambda: ps.one_page(ps.deflated(60_000_000)),
        "60 MB packed twice": lambda: ps.one_page(ps.deflated(60_000_000, 2)),
        "packed a hundred times": lambda: ps.one_page(ps.deflated(1_000_000, 100)),
        "ten million operators": lambda: ps.one_page(ps.stream(zlib.compress(b"q Q " * 2_500_000, 9), b"/FlateDecode")),
        "a million glyphs on one spot": lambda: ps.one_page(
            ps.stream(zlib.compress(b"BT /F 9 Tf (" + b"1" * 1_000_000 + b") Tj ET", 9), b"/FlateDecode"),
            resources=b"/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>",
        ),
        "contents in a circle": lambda: circle,
        "forms that fan out": lambda: ps.fan_out(12, 6),
        "page tree 2000 deep": lambda: ps.deep_tree(2000),
        "5000 pages": lambda: ps.many_pages(5000),
        "page of ten million points": lambda: ps.one_page(ps.stream(b""), box=b"0 0 10000000 10000000"),
        "image of four thousand megapixels": lambda: ps.one_page(
            ps.stream(b"/I Do"), ps.stream(b"x", b"/FlateDecode", image), resources=b"/XObject<</I 5 0 R>>"
        ),
        "length that names itself": lambda: ps.one_page(b"<</Length 4 0 R>>\nstream\nq Q\nendstream"),
        "table that follows itself": lambda: page().replace(b"/Size", b"/Prev 9 /Size"),
        "300 attachments": lambda: ps.many_attachments(page(), 300),
        "brackets 100000 deep": lambda: ps.one_page(ps.stream(b"[" * 100_000 + b"]" * 100_000)),
        "dictionary 5000 deep": lambda: ps.raw(b"<</Type/Catalog/Pages 2 0 R/X " + b"<</X " * 5000 + b">>" * 5001, b"<<>>"),
        "password": lambda: ps.locked(page(), "secret"),
        "cut in half": lambda: page()[: len(page()) // 2],
        "head only": lambda: b"%PDF-1.7\n",
        "noise behind a head": lambda: b"%PDF-1.7\n" + bytes(range(256)) * 200,
        "picture without text": lambda: ps.one_page(ps.stream(b"0 0 300 300 re f")),
    }
    for name, build in made.items():
        yield Case(name, "a.pdf", build, End.ACCEPTED if name in harmless else End.SAFE)


def cases() -> Iterator[Case]:
    for part in (controls, hidden, glyphs, mismatches, revisions, actions, bombs):
        yield from part()
