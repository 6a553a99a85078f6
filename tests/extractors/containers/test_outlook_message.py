"""Outlook message files, built stream by stream."""

import random

import pytest

from extractors import Media, sniff, unpack
from extractors.containers.compound import Compound
from extractors.errors import Unreadable
from schemas import Severity
from tests.extractors.containers.compound_writer import compound
from tests.extractors.files import pdf

PDF = pdf(text="Eine Rechnung, lang genug für ganze Sektoren", pages=12)
SMALL = pdf()


def text(value: str) -> bytes:
    return value.encode("utf-16-le")


def attachment(number: int, name: str, data: bytes, prefix: str = "") -> dict[str, bytes]:
    storage = f"{prefix}__attach_version1.0_#{number:08X}/"
    return {f"{storage}__substg1.0_3707001F": text(name), f"{storage}__substg1.0_37010102": data}


HEADERS = (
    "Received: from x\r\nFrom: Buch <rechnung@lieferant.example>\r\nReply-To: other@elsewhere.example\r\nSubject: Rechnung 7\r\n"
)
MESSAGE = {
    "__substg1.0_0037001F": text("Rechnung 7"),
    "__substg1.0_007D001F": text("Microsoft Mail Internet Headers Version 2.0\r\n" + HEADERS),
    "__substg1.0_1000001F": text("Guten Tag\r\nanbei"),
    **attachment(0, "gross.pdf", PDF),
    **attachment(1, "..\\klein.pdf", SMALL),
}
INNER = "__attach_version1.0_#00000002/__substg1.0_3701000D/"
FORWARDED = {
    **MESSAGE,
    f"{INNER}__substg1.0_0037001E": b"Original",
    f"{INNER}__substg1.0_0C1F001F": text("innen@lieferant.example"),
    **attachment(0, "innen.pdf", PDF + b"2", INNER),
}


def test_writer_and_reader_agree() -> None:
    streams = {"a": b"x", "b/c": bytes(5000), "b/d/e": b"y" * 4096, "f": b"", "g": bytes(range(256)) * 300}
    file = Compound(compound(streams))
    assert {path: file.read(path) for path in file.paths()} == streams


def test_message_with_two_attachments() -> None:
    data = compound(MESSAGE)
    assert sniff(data, "x") is Media.MSG
    unpacked = unpack(data, "a.msg")
    assert [(part.name, part.data) for part in unpacked.documents] == [("gross.pdf", PDF), ("klein.pdf", SMALL)]
    assert unpacked.mail is not None
    assert (unpacked.mail.from_address, unpacked.mail.reply_to) == ("rechnung@lieferant.example", ["other@elsewhere.example"])
    assert (unpacked.mail.subject, unpacked.mail.text.split()) == ("Rechnung 7", ["Guten", "Tag", "anbei"])
    assert unpacked.findings == ()


def test_message_inside_a_message() -> None:
    unpacked = unpack(compound(FORWARDED), "a.msg")
    assert [(part.name, part.depth) for part in unpacked.documents] == [("gross.pdf", 1), ("klein.pdf", 1), ("innen.pdf", 2)]
    (inner,) = unpacked.forwarded
    assert (inner.subject, inner.from_address) == ("Original", "innen@lieferant.example")


@pytest.mark.parametrize("cut", [200, 512, 1024, 6000])
def test_damaged_message_is_kept_and_named(cut: int) -> None:
    data = compound(MESSAGE)[:cut] + "__substg1.0_".encode("utf-16-le")
    unpacked = unpack(data, "a.msg")
    assert [finding.code for finding in unpacked.findings if finding.severity is Severity.ERROR] == ["READ-CORRUPT"]
    assert [part.is_document for part in unpacked.parts] == [False]


def test_flipped_bytes_never_raise() -> None:
    good = compound(FORWARDED)
    chance = random.Random(11)
    for _ in range(150):
        bad = bytearray(good)
        for _ in range(4):
            at = chance.randrange(512) if chance.random() < 0.3 else chance.randrange(len(bad))
            bad[at] = chance.randrange(256)
        unpack(bytes(bad), "a.msg")


def test_a_directory_that_never_ends() -> None:
    looped = bytearray(compound({"a": bytes(5000)}))
    table, directory = (int.from_bytes(looped[at : at + 4], "little") for at in (76, 48))
    at = (table + 1) * 512 + directory * 4
    looped[at : at + 4] = directory.to_bytes(4, "little")
    with pytest.raises(Unreadable):
        Compound(bytes(looped))
