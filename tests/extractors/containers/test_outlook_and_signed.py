"""What Outlook and S/MIME wrap around documents. The wrappers are built here byte by byte, from their specifications."""

import base64
import contextlib
import random
import struct
from collections.abc import Callable

import pytest

from extractors import Media, unpack
from extractors.containers import cms, tnef
from extractors.errors import Unreadable
from schemas import Severity
from tests.extractors.files import pdf
from tests.extractors.invoices import ubl

PDF = pdf()
HEAD = b"From: a@b.example\r\nTo: c@d.example\r\nMIME-Version: 1.0\r\n"


def attribute(level: int, identifier: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, identifier, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def prop(identifier: int, kind: int, data: bytes, named: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, identifier) + named + struct.pack("<II", 1, len(data)) + data + bytes(-len(data) % 4)


LONG_NAME = "Rechnung März.pdf".encode("utf-16-le") + b"\x00\x00"
NAMED = bytes(16) + struct.pack("<I", 1) + struct.pack("<I", 6) + "abc".encode("utf-16-le") + b"\x00\x00"
PROPERTIES = [
    struct.pack("<HHI", 0x0003, 0x0E20, 5),
    prop(0x8001, 0x001F, b"x\x00\x00\x00", NAMED),
    prop(0x3707, 0x001F, LONG_NAME),
]
TNEF = (
    bytes.fromhex("789f3e22")
    + b"\x01\x00"
    + attribute(1, 0x00089006, b"\x00\x00\x01\x00")
    + attribute(2, 0x00069002, bytes(14))
    + attribute(2, 0x00018010, b"RECHNU~1.PDF\x00")
    + attribute(2, 0x0006800F, PDF)
    + attribute(2, 0x00069005, struct.pack("<I", len(PROPERTIES)) + b"".join(PROPERTIES))
    + attribute(2, 0x00069002, bytes(14))
    + attribute(2, 0x00018010, b"..\\zwei.pdf\x00")
    + attribute(2, 0x0006800F, PDF + b"2")
)


def mail_with(data: bytes, kind: str, name: str) -> bytes:
    part = f'Content-Type: {kind}; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'.encode() + base64.encodebytes(data)
    return HEAD + b"Content-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\n" + part + b"\r\n--bb--\r\n"


def test_attachments_of_outlook() -> None:
    unpacked = unpack(mail_with(TNEF, "application/ms-tnef", "winmail.dat"), "a.eml")
    assert [(part.name, part.data) for part in unpacked.documents] == [("Rechnung März.pdf", PDF), ("zwei.pdf", PDF + b"2")]
    assert unpacked.findings == ()


def test_outlook_container_as_a_file() -> None:
    unpacked = unpack(TNEF, "winmail.dat")
    assert (unpacked.media, len(unpacked.documents)) == (Media.TNEF, 2)


@pytest.mark.parametrize("cut", [5, 10, 40, 200, len(TNEF) - 1])
def test_damaged_outlook_container_is_kept_and_named(cut: int) -> None:
    unpacked = unpack(mail_with(TNEF[:cut], "application/ms-tnef", "winmail.dat"), "a.eml")
    errors = [finding.code for finding in unpacked.findings if finding.severity is Severity.ERROR]
    assert errors in (["READ-CORRUPT"], [])
    assert [part.name for part in unpacked.parts] == (["winmail.dat"] if errors or len(unpacked.parts) else [])


def test_flipped_bytes_raise_nothing_unexpected() -> None:
    chance = random.Random(5)
    for _ in range(400):
        bad = bytearray(TNEF)
        for _ in range(3):
            bad[chance.randrange(len(bad))] = chance.randrange(256)
        with contextlib.suppress(Unreadable):
            tnef.attachments(bytes(bad))


def der(tag: int, *content: bytes) -> bytes:
    body = b"".join(content)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes(4, "big")
    return bytes([tag, 0x84]) + size + body


def ber(tag: int, *content: bytes) -> bytes:
    return bytes([tag, 0x80]) + b"".join(content) + b"\x00\x00"


OID_SIGNED = bytes.fromhex("06092a864886f70d010702")
OID_ENVELOPED = bytes.fromhex("06092a864886f70d010703")
OID_DATA = bytes.fromhex("06092a864886f70d010701")
VERSION, NO_DIGESTS = bytes.fromhex("020101"), bytes.fromhex("3100")


def signed(content: bytes) -> bytes:
    inner = der(0x30, OID_DATA, der(0xA0, der(0x04, content)))
    return der(0x30, OID_SIGNED, der(0xA0, der(0x30, VERSION, NO_DIGESTS, inner, der(0x31))))


def signed_in_pieces(content: bytes) -> bytes:
    """As OpenSSL and Outlook stream it: indefinite lengths, content in pieces of a thousand bytes."""
    pieces = [der(0x04, content[at : at + 1000]) for at in range(0, len(content), 1000)]
    inner = ber(0x30, OID_DATA, ber(0xA0, ber(0x24, *pieces)))
    return ber(0x30, OID_SIGNED, ber(0xA0, ber(0x30, VERSION, NO_DIGESTS, inner, der(0x31))))


ENTITY = b'Content-Type: application/pdf; name="r.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n' + base64.encodebytes(PDF)


@pytest.mark.parametrize("wrap", [signed, signed_in_pieces])
def test_opaque_signed_mail(wrap: Callable[[bytes], bytes]) -> None:
    data = wrap(ENTITY)
    unpacked = unpack(mail_with(data, "application/pkcs7-mime; smime-type=signed-data", "smime.p7m"), "a.eml")
    assert [(part.name, part.data) for part in unpacked.documents] == [("r.pdf", PDF)]
    assert unpacked.findings == ()


def test_whole_mail_opaque_signed() -> None:
    body = b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    unpacked = unpack(HEAD + body + base64.encodebytes(signed(ENTITY)), "a.eml")
    assert [part.data for part in unpacked.documents] == [PDF]


def test_signed_xml_file() -> None:
    unpacked = unpack(mail_with(signed(ubl()), "application/octet-stream", "rechnung.xml.p7m"), "a.eml")
    assert [(part.name, part.media) for part in unpacked.documents] == [("rechnung.xml", Media.XML)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(der(0x30, OID_ENVELOPED, der(0xA0, der(0x30, VERSION))), "READ-ENCRYPTED", id="encrypted"),
        pytest.param(
            der(0x30, OID_SIGNED, der(0xA0, der(0x30, VERSION, NO_DIGESTS, der(0x30, OID_DATA)))), "READ-CORRUPT", id="detached"
        ),
        pytest.param(signed(ENTITY)[:100], "READ-CORRUPT", id="cut"),
        pytest.param(b"\x30\x80" * 500, "READ-CORRUPT", id="deep"),
        pytest.param(b"\x30\x89" + b"\xff" * 9, "READ-CORRUPT", id="length of nine bytes"),
        pytest.param(b"", "READ-CORRUPT", id="empty"),
    ],
)
def test_what_cannot_be_unwrapped(data: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        cms.signed_content(data)
    assert caught.value.code == code
    unpacked = unpack(mail_with(data, "application/pkcs7-mime", "smime.p7m"), "a.eml")
    assert [finding.code for finding in unpacked.findings if finding.severity is Severity.ERROR][-1:] == [code]
    assert len(unpacked.parts) == 1
