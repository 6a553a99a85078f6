"""ZIP archives: honest, damaged, encrypted, and made to explode."""

import io
import struct
import zipfile

import pytest

from extractors import Media, unpack
from extractors.containers.parts import MAX_DECODED
from schemas import Severity
from tests.extractors.files import pdf, zip_of

PDF = pdf()


def codes(data: bytes) -> list[str]:
    return [finding.code for finding in unpack(data, "a.zip").findings if finding.severity is Severity.ERROR]


def test_names_never_lead_out() -> None:
    data = zip_of({"../../../tmp/evil.pdf": PDF, "/etc/cron.d/x": b"x", "C:\\a\\b.pdf": PDF + b"1"})
    assert [part.name for part in unpack(data, "a.zip").parts] == ["evil.pdf", "x", "b.pdf"]


def test_bomb_stops_at_the_ratio() -> None:
    data = zip_of({"a.pdf": b"%PDF-1.4" + bytes(30_000_000)})
    unpacked = unpack(data, "a.zip")
    assert codes(data) == ["READ-TOO-LARGE"]
    assert [(part.media, part.is_document) for part in unpacked.parts] == [(Media.ZIP, False)]


def test_total_size_is_bounded() -> None:
    noise = bytes(range(256)) * 200_000
    files = {f"{number}.bin": noise for number in range(MAX_DECODED // len(noise) + 1)}
    assert codes(zip_of(files, zipfile.ZIP_STORED)) == ["READ-TOO-LARGE"]


def test_nested_archives_are_named_not_opened() -> None:
    data = zip_of({"inner.zip": zip_of({"a.pdf": PDF}), "b.pdf": PDF})
    unpacked = unpack(data, "a.zip")
    assert codes(data) == ["READ-EMBEDDED-FILE"]
    assert [part.name for part in unpacked.documents] == ["b.pdf"]


@pytest.mark.parametrize(("count", "errors"), [(50, []), (51, ["READ-TOO-LARGE"]), (5000, ["READ-TOO-LARGE"])])
def test_entries(count: int, errors: list[str]) -> None:
    assert codes(zip_of({f"{number}.txt": b"x" for number in range(count)})) == errors


def test_encrypted_link_and_unsupported_method() -> None:
    data = bytearray(zip_of({"a.pdf": PDF}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature) + offset
        data[at] |= 1
    assert codes(bytes(data)) == ["READ-ENCRYPTED"]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("link.pdf")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert codes(buffer.getvalue()) == ["READ-MALFORMED"]
    assert codes(zip_of({"a.pdf": PDF}, zipfile.ZIP_LZMA)) == ["READ-CORRUPT"]


@pytest.mark.parametrize("cut", [30, 200, 500])
def test_truncated(cut: int) -> None:
    data = zip_of({"a.pdf": PDF})[:cut]
    assert codes(data) == ["READ-CORRUPT"]
    assert len(unpack(data, "a.zip").parts) == 1


def test_size_lies_do_not_help() -> None:
    data = bytearray(zip_of({"a.pdf": b"%PDF-1.4" + bytes(30_000_000)}))
    struct.pack_into("<I", data, data.find(b"PK\x01\x02") + 24, 10)
    assert set(codes(bytes(data))) <= {"READ-TOO-LARGE", "READ-CORRUPT"}
    assert codes(bytes(data))


def test_flipped_bits_never_raise() -> None:
    good = zip_of({"a.pdf": PDF, "b.xml": b"<a/>"})
    for at in range(0, len(good), max(1, len(good) // 150)):
        bad = bytearray(good)
        bad[at] ^= 0xFF
        unpack(bytes(bad), "a.zip")


def test_a_plain_document_is_its_own_part() -> None:
    unpacked = unpack(PDF, "rechnung.pdf")
    assert (unpacked.media, unpacked.mail, unpacked.findings) == (Media.PDF, None, ())
    (part,) = unpacked.parts
    assert (part.name, part.data, part.disposition, part.is_document) == ("rechnung.pdf", PDF, "file", True)
