"""Kinds of files are told by their bytes; the name is only a hint."""

import io
import zipfile

import pytest

from extractors import Media, sniff


def zip_of(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


CASES = [
    (b"%PDF-1.7\n...", "a.txt", Media.PDF),
    (b"\xef\xbb\xbf\n%PDF-1.4", "", Media.PDF),
    (b"rubbish\x00\x01before the header\n%PDF-1.4", "", Media.PDF),
    (b"", "a.pdf", Media.EMPTY),
    (b" \r\n\x00", "a.pdf", Media.EMPTY),
    (b"Sehr geehrte Damen und Herren", "a.pdf", Media.TEXT),
    (b"<?xml version='1.0'?><a/>", "a.pdf", Media.XML),
    (b"\xef\xbb\xbf<Invoice/>", "", Media.XML),
    ("\ufeff<?xml version='1.0' encoding='UTF-16'?><a/>".encode("utf-16-le"), "", Media.XML),
    (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "", Media.XML),
    (b"<!doctype html><html></html>", "a.xml", Media.TEXT),
    (b"UNA:+.? 'UNB+UNOC:3+A+B'", "", Media.EDIFACT),
    (b"UNA:+.? '\r\nUNB+UNOC:3+A+B'", "", Media.EDIFACT),
    (b"UNB+UNOC:3+A+B'", "", Media.EDIFACT),
    (b"UNH+1+INVOIC:D:96A:UN'", "", Media.EDIFACT),
    (b"UNBELIEVABLE NEWS", "", Media.TEXT),
    (b"From: a@b.de\r\nTo: c@d.de\r\n\r\nx", "", Media.MAIL),
    (b"Received: from x\r\n by y\r\nDate: Mon\r\n\r\nx", "no-ending", Media.MAIL),
    (b"Subject: x\r\nX-Odd: y\r\n\r\nx", "a.eml", Media.MAIL),
    (b"Subject: x\r\nX-Odd: y\r\n\r\nx", "a.txt", Media.TEXT),
    (b"Invoice: 12\nDate: 3 May\nis a letter", "a.txt", Media.TEXT),
    (zip_of(a=b"x"), "a.pdf", Media.ZIP),
    (zip_of(**{"[Content_Types].xml": b"<a/>"}), "a.zip", Media.OFFICE),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100) + "__substg1.0_".encode("utf-16-le"), "a.pdf", Media.MSG),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "a.msg", Media.OFFICE),
    (b"x\x9f>\x22" + bytes(10), "winmail.dat", Media.TNEF),
    (b"\x89PNG\r\n\x1a\n....", "", Media.IMAGE),
    (b"\xff\xd8\xff\xe0", "", Media.IMAGE),
    (b"BMW invoices are not bitmaps but text, longer than the head of a bitmap", "", Media.TEXT),
    (b"{\\rtf1\\ansi", "", Media.OFFICE),
    (bytes(range(1, 256)), "", Media.OTHER),
]


@pytest.mark.parametrize(("data", "name", "media"), CASES)
def test_sniff(data: bytes, name: str, media: Media) -> None:
    assert sniff(data, name) is media
