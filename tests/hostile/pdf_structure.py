"""PDF files changed in their bones: fonts that lie, revisions, signatures, actions, attachments, loops and bombs."""

import io
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ContentStream, DecodedStreamObject, NameObject

Change = Callable[[pikepdf.Pdf], None]


def changed(data: bytes, *changes: Change) -> bytes:
    document = pikepdf.open(io.BytesIO(data))
    for change in changes:
        change(document)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def unicode_map(pairs: dict[str, str]) -> bytes:
    """A ToUnicode map: codes of Latin letters as they are, some of them as others."""
    rows = "".join(f"<{code:02x}> <{ord(pairs.get(chr(code), chr(code))):04x}>\n" for code in range(0x20, 0x7F))
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        "1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"95 beginbfchar\n{rows}endbfchar endcmap end end"
    ).encode()


def lying_map(pairs: dict[str, str]) -> Change:
    """Every font of the page says ``pairs[c]`` where it paints ``c``."""

    def change(document: pikepdf.Pdf) -> None:
        stream = document.make_stream(unicode_map(pairs))
        for font in document.pages[0].Resources.Font.values():
            font.ToUnicode = stream

    return change


def lying_names(code: int, glyph: str, pairs: dict[str, str]) -> Change:
    """The encoding paints ``glyph`` for ``code``; the map says what the code would say without that."""

    def change(document: pikepdf.Pdf) -> None:
        stream = document.make_stream(unicode_map(pairs))
        for font in document.pages[0].Resources.Font.values():
            font.Encoding = Dictionary(
                Type=Name.Encoding, BaseEncoding=Name.WinAnsiEncoding, Differences=Array([code, Name("/" + glyph)])
            )
            font.ToUnicode = stream

    return change


def replaced_text(old: bytes, new: bytes) -> Change:
    """Other bytes in the content of the first page."""

    def change(document: pikepdf.Pdf) -> None:
        page = document.pages[0]
        page.contents_coalesce()
        data = page.Contents.read_bytes()
        assert old in data
        page.Contents = document.make_stream(data.replace(old, new))

    return change


def unseen_layer(words: bytes, **usage: Any) -> Change:
    """``words`` in an optional content group that is off."""

    def change(document: pikepdf.Pdf) -> None:
        group = document.make_indirect(Dictionary(Type=Name.OCG, Name=String("layer"), **usage))
        document.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(OFF=Array([group]), Order=Array([group])))
        page = document.pages[0]
        page.Resources.Properties = Dictionary(L0=group)
        font = next(iter(page.Resources.Font.keys())).encode()
        page.contents_add(document.make_stream(b"/OC /L0 BDC BT " + font + b" 10 Tf 60 70 Td (" + words + b") Tj ET EMC"))

    return change


def crop(document: pikepdf.Pdf) -> None:
    document.pages[0].CropBox = Array([0, 120, 595, 842])


def opening(**action: Any) -> Change:
    def change(document: pikepdf.Pdf) -> None:
        document.Root.OpenAction = Dictionary(**action)

    return change


def additional_action(document: pikepdf.Pdf) -> None:
    document.pages[0].AA = Dictionary(O=Dictionary(S=Name.JavaScript, JS=String("app.alert(1)")))


def named_script(document: pikepdf.Pdf) -> None:
    action = Dictionary(S=Name.JavaScript, JS=document.make_stream(b"app.alert(1)"))
    document.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), document.make_indirect(action)])))


def form_of_programs(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = Dictionary(Fields=Array([]), XFA=document.make_stream(b"<xdp:xdp xmlns:xdp='x'/>"))


def link(target: str) -> Change:
    def change(document: pikepdf.Pdf) -> None:
        action = Dictionary(S=Name.URI, URI=String(target))
        note = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([50, 50, 90, 60]), Border=Array([0, 0, 0]), A=action)
        document.pages[0].Annots = Array([document.make_indirect(note)])

    return change


def note(content: bytes, rect: tuple[int, int, int, int]) -> Change:
    """An annotation whose appearance is ``content``, drawn over the page."""

    def change(document: pikepdf.Pdf) -> None:
        look = document.make_stream(content)
        look.Type, look.Subtype = Name.XObject, Name.Form
        look.BBox = Array([0, 0, rect[2] - rect[0], rect[3] - rect[1]])
        look.Resources = Dictionary(Font=Dictionary(F=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)))
        stamp = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array(list(rect)), F=4, AP=Dictionary(N=look))
        document.pages[0].Annots = Array([document.make_indirect(stamp)])

    return change


def saved_again(data: bytes, old: bytes = b"", new: bytes = b"", attachments: dict[str, bytes] | None = None) -> bytes:
    """The file with a second version behind the first: other text on the page, or an attachment."""
    writer = PdfWriter(io.BytesIO(data), incremental=True)
    if old:
        page: Any = writer.pages[0]
        content = page.get_contents()
        assert isinstance(content, ContentStream)
        stream = DecodedStreamObject()
        text = content.get_data()
        assert old in text
        stream.set_data(text.replace(old, new))
        page[NameObject("/Contents")] = writer._add_object(stream)
    for name, body in (attachments or {}).items():
        writer.add_attachment(name, body)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def signed(data: bytes, leave_out: int = 0) -> bytes:
    """A signature field whose ranges cover the file (``leave_out`` bytes before the signature excepted). Its content is nothing."""
    marks = (1_111_111_111, 2_222_222_222, 3_333_333_333)

    def change(document: pikepdf.Pdf) -> None:
        value = document.make_indirect(
            Dictionary(
                Type=Name.Sig,
                Filter=Name("/Adobe.PPKLite"),
                SubFilter=Name("/adbe.pkcs7.detached"),
                ByteRange=Array([0, *marks]),
                Contents=String("\x00" * 64),
            )
        )
        field = Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T=String("s"), V=value, Rect=Array([0, 0, 0, 0]))
        document.Root.AcroForm = Dictionary(Fields=Array([document.make_indirect(field)]), SigFlags=3)

    document = pikepdf.open(io.BytesIO(data))
    change(document)
    buffer = io.BytesIO()
    document.save(buffer, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    file = buffer.getvalue()
    start = file.index(b"/Contents <", file.index(b"/ByteRange")) + len(b"/Contents ")
    end = file.index(b">", start) + 1
    values = (start - leave_out, end, len(file) - end)
    for mark, value in zip(marks, values, strict=True):
        file = file.replace(str(mark).encode(), f"{value:<10d}".encode())
    return file


def raw(*objects: bytes, trailer: bytes = b"/Root 1 0 R", tail: bytes = b"") -> bytes:
    """A file written object by object, numbered from 1."""
    out, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return bytes(out) + b"trailer\n<</Size %d %s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start) + tail


def one_page(
    content: bytes, *more: bytes, resources: bytes = b"", box: bytes = b"0 0 595 842", contents: bytes = b"4 0 R"
) -> bytes:
    """``content`` is object 4 as it stands in the file, dictionary and all; ``more`` follow from 5 on."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents %s/Resources<<%s>>>>" % (box, contents, resources)
    return raw(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, content, *more)


def stream(data: bytes, filters: bytes = b"", extra: bytes = b"") -> bytes:
    return b"<</Length %d%s%s>>\nstream\n%s\nendstream" % (len(data), b"/Filter" + filters if filters else b"", extra, data)


def deflated(size: int, layers: int = 1) -> bytes:
    """``size`` bytes of blanks, packed in one or several layers."""
    packer = zlib.compressobj(9)
    block = b" " * 1_000_000
    data = b"".join(packer.compress(block) for _ in range(size // len(block))) + packer.flush()
    for _ in range(layers - 1):
        data = zlib.compress(data, 9)
    return stream(data, b"[" + b"/FlateDecode" * layers + b"]")


def deep_tree(depth: int) -> bytes:
    nodes = [b"<</Type/Pages/Kids[%d 0 R]/Count 1%s>>" % (n + 3, b"/Parent %d 0 R" % (n + 1) if n else b"") for n in range(depth)]
    leaf = b"<</Type/Page/MediaBox[0 0 595 842]/Parent %d 0 R>>" % (depth + 1)
    return raw(b"<</Type/Catalog/Pages 2 0 R>>", *nodes, leaf)


def many_pages(count: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(count))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"
    return raw(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count), *[page] * count)


def fan_out(width: int, depth: int) -> bytes:
    """Forms that each draw the next one ``width`` times."""
    first = 5
    forms = [
        stream(
            b"/F Do " * width if number + 1 < depth else b"0 0 1 1 re f",
            extra=b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F %d 0 R>>>>" % (first + number + 1),
        )
        for number in range(depth)
    ]
    return one_page(stream(b"/F Do " * width), *forms, resources=b"/XObject<</F %d 0 R>>" % first)


def many_attachments(data: bytes, count: int) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    for number in range(count):
        writer.add_attachment(f"{number}.txt", b"text")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def locked(data: bytes, user: str) -> bytes:
    buffer = io.BytesIO()
    pikepdf.open(io.BytesIO(data)).save(buffer, encryption=pikepdf.Encryption(owner="owner", user=user))
    return buffer.getvalue()


def joined(files: Sequence[bytes]) -> bytes:
    return b"\n".join(files)
