"""The gate before every other reader: what a file is made of, and what must not be read."""

import io

import pytest
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from extractors.pdf import PdfUnreadable, inspect
from tests.extractors.pdf.pages import drawn, rewritten, text

PLAIN = drawn(text((60, 60, "Rechnung 4711")), text((60, 60, "Seite 2")))


def launch(writer: PdfWriter) -> None:
    action = DictionaryObject({NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("calc.exe")})
    writer.root_object[NameObject("/OpenAction")] = action


def script(writer: PdfWriter) -> None:
    action = DictionaryObject({NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")})
    writer.root_object[NameObject("/OpenAction")] = action


def link(writer: PdfWriter) -> None:
    action = DictionaryObject({NameObject("/S"): NameObject("/URI"), NameObject("/URI"): TextStringObject("https://a.example")})
    writer.root_object[NameObject("/OpenAction")] = action


@pytest.mark.parametrize(
    ("data", "pages", "active", "attachments"),
    [
        pytest.param(PLAIN, 2, (), [], id="plain"),
        pytest.param(rewritten(PLAIN, script), 2, ("JavaScript",), [], id="script"),
        pytest.param(rewritten(PLAIN, launch), 2, ("Launch",), [], id="launch"),
        pytest.param(rewritten(PLAIN, link), 2, (), [], id="a link is not active"),
        pytest.param(rewritten(PLAIN, lambda w: w.add_attachment("../a.xml", b"<a/>")), 2, (), ["../a.xml"], id="attachment"),
        pytest.param(rewritten(PLAIN, lambda w: w.encrypt("", "owner")), 2, (), [], id="empty user password is opened"),
    ],
)
def test_inspect(data: bytes, pages: int, active: tuple[str, ...], attachments: list[str]) -> None:
    structure = inspect(data)
    assert (structure.pages, structure.active) == (pages, active)
    assert [attachment.name for attachment in structure.attachments] == attachments


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"", "READ-MALFORMED", id="empty"),
        pytest.param(b"GIF89a", "READ-MALFORMED", id="no PDF"),
        pytest.param(b"%PDF-1.7\n%%EOF", "READ-MALFORMED", id="only a head"),
        pytest.param(PLAIN[: len(PLAIN) // 3], "READ-MALFORMED", id="cut off"),
        pytest.param(rewritten(PLAIN, lambda w: w.encrypt("secret")), "READ-ENCRYPTED", id="needs a password"),
        pytest.param(b"%PDF-" + bytes(20_000_001), "READ-TOO-LARGE", id="too many bytes"),
    ],
)
def test_inspect_refuses(data: bytes, code: str) -> None:
    with pytest.raises(PdfUnreadable) as caught:
        inspect(data)
    assert caught.value.code == code


def test_revisions_are_counted() -> None:
    """A file saved on top of itself: the bytes up to the first end are the file as it was."""
    writer = PdfWriter(io.BytesIO(PLAIN), incremental=True)
    writer.add_metadata({"/Subject": "later"})
    buffer = io.BytesIO()
    writer.write(buffer)
    once, twice = inspect(PLAIN), inspect(buffer.getvalue())
    assert (once.revisions, twice.revisions) == (1, 2)
    assert buffer.getvalue()[: twice.revision_ends[0]] == PLAIN
