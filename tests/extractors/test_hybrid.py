"""PDFs that carry XML, files that are not what they are called, and bytes that are nothing."""

import hashlib
import random

import pytest

from extractors import read
from extractors.hybrid import READER_FAILED, agreeing_page, facts_of_file
from extractors.pdf.structure import inspect
from schemas import Document, Kind, Severity, Source
from tests.extractors.files import pdf, with_attachments, zip_of
from tests.extractors.invoices import cii, ubl

PDF = pdf(pages=2)
BROKEN = cii()[:700]


@pytest.mark.parametrize(
    ("name", "xml", "source"),
    [
        ("factur-x.xml", cii(), Source.CII),
        ("ZUGFeRD-invoice.xml", cii(), Source.CII),
        ("xrechnung.xml", ubl(), Source.UBL),
        ("anything.bin", cii(), Source.CII),
        ("ohne Endung", ubl(), Source.UBL),
    ],
)
@pytest.mark.parametrize("how", ["auto", "embedded"])
def test_embedded_xml_is_the_source(name: str, xml: bytes, source: Source, how: str) -> None:
    data = with_attachments(PDF, {name: xml, "anlage.pdf": pdf("Anlage")})
    extraction = read(data, "a.pdf", source=how)  # type: ignore[arg-type]
    (document,) = extraction.documents
    assert (document.source, document.accepted, document.pages) == (source, True, [1, 2])
    assert (extraction.file, extraction.pages, extraction.sha256) == ("a.pdf", 2, hashlib.sha256(data).hexdigest())
    assert [(finding.code, finding.severity) for finding in document.findings if "anlage" in finding.message] == [
        ("READ-EMBEDDED-FILE", Severity.INFO)
    ]


@pytest.mark.parametrize(
    ("attachments", "code", "kind"),
    [
        pytest.param({"factur-x.xml": cii(), "b.xml": cii(number="R-2")}, "READ-AMBIGUOUS-XML", Kind.INVOICE, id="two different"),
        pytest.param({"factur-x.xml": cii(), "xrechnung.xml": ubl()}, "READ-AMBIGUOUS-XML", Kind.INVOICE, id="two syntaxes"),
        pytest.param({"factur-x.xml": BROKEN}, "READ-MALFORMED", Kind.UNREADABLE, id="broken"),
        pytest.param({"factur-x.xml": cii(doctype="<!DOCTYPE x>")}, "READ-MALFORMED", Kind.UNREADABLE, id="DOCTYPE"),
        pytest.param({"order-x.xml": b"<a/>"}, "READ-NOT-INVOICE", Kind.UNREADABLE, id="none"),
        pytest.param({}, "READ-NOT-INVOICE", Kind.UNREADABLE, id="no attachment"),
    ],
)
def test_embedded_only(attachments: dict[str, bytes], code: str, kind: Kind) -> None:
    (document,) = read(with_attachments(PDF, attachments), "a.pdf", source="embedded").documents
    assert (document.kind, document.accepted) == (kind, False)
    assert code in [finding.code for finding in document.findings if finding.severity is Severity.ERROR]


def test_the_same_xml_twice_is_one() -> None:
    data = with_attachments(PDF, {"factur-x.xml": cii(), "copy.xml": cii()})
    (document,) = read(data, "a.pdf", source="embedded").documents
    assert document.accepted


@pytest.mark.parametrize(
    ("name", "content", "severity"),
    [
        ("setup.exe", b"MZ" + bytes(50), Severity.ERROR),
        ("plan.txt", b"MZ" + bytes(50), Severity.ERROR),
        ("more.zip", zip_of({"a": b"b"}), Severity.ERROR),
        ("..\\..\\a.txt", b"text", Severity.WARNING),
        ("bild.png", b"\x89PNG\r\n\x1a\n", Severity.INFO),
    ],
)
def test_embedded_files(name: str, content: bytes, severity: Severity) -> None:
    findings = facts_of_file(inspect(with_attachments(PDF, {name: content})))
    assert [(finding.code, finding.severity) for finding in findings] == [("READ-EMBEDDED-FILE", severity)]
    data = with_attachments(PDF, {name: content, "factur-x.xml": cii()})
    (document,) = read(data, "a.pdf", source="embedded").documents
    assert document.accepted == (severity is not Severity.ERROR)


@pytest.mark.parametrize(
    ("data", "name", "kind", "code"),
    [
        pytest.param(b"", "a.pdf", Kind.UNREADABLE, "READ-CORRUPT", id="empty"),
        pytest.param(b"   \n", "a.xml", Kind.UNREADABLE, "READ-CORRUPT", id="blank"),
        pytest.param(b"Guten Tag", "a.pdf", Kind.UNREADABLE, "READ-MALFORMED", id="text named pdf"),
        pytest.param(b"Guten Tag", "a.txt", Kind.UNREADABLE, "READ-NOT-INVOICE", id="text"),
        pytest.param(PDF[: len(PDF) // 3], "a.pdf", Kind.UNREADABLE, "READ-", id="truncated"),
        pytest.param(b"%PDF-1.7", "a.pdf", Kind.UNREADABLE, "READ-", id="only a head"),
        pytest.param(b"<catalog/>", "a.xml", Kind.OTHER, "READ-NOT-INVOICE", id="unknown XML"),
        pytest.param(b"UNA:+.? 'UNB+UNOC:3+A+B'", "a.edi", Kind.UNREADABLE, "READ-MALFORMED", id="EDIFACT without a message"),
        pytest.param(b"From: a@b.de\r\nTo: c@d.de\r\n\r\nx", "a.eml", Kind.OTHER, "READ-NOT-INVOICE", id="mail"),
        pytest.param(zip_of({"a": b"b"}), "a.zip", Kind.OTHER, "READ-NOT-INVOICE", id="zip"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(9), "a.pdf", Kind.UNREADABLE, "READ-NO-TEXT-LAYER", id="image"),
        pytest.param(bytes(range(1, 255)), "a.bin", Kind.UNREADABLE, "READ-MALFORMED", id="nothing"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(data: bytes, name: str, kind: Kind, code: str) -> None:
    extraction = read(data, name, source="embedded")
    (document,) = extraction.documents
    assert (document.kind, document.source, document.accepted, document.invoice) == (kind, None, False, None)
    (finding,) = document.findings
    assert finding.code.startswith(code)
    assert finding.severity is Severity.ERROR
    assert len(finding.message) > 20


def page_reading(**changed: str) -> Document:
    (document,) = read(cii(**changed), "a.xml").documents
    return document.model_copy(update={"source": Source.TEXT_LAYER, "pages": [1]})


@pytest.mark.parametrize(
    ("by_page", "takes_the_page"),
    [
        pytest.param([page_reading()], True, id="same number and total, accepted"),
        pytest.param([page_reading(number="R-4712")], False, id="another number"),
        pytest.param([page_reading(date="20261103")], False, id="another date"),
        pytest.param([page_reading(gross="191.00")], False, id="another total, not accepted"),
        pytest.param([page_reading(lines="")], False, id="page not accepted"),
        pytest.param([page_reading(), page_reading(number="R-4712")], False, id="two invoices"),
        pytest.param([Document(kind=Kind.REMINDER)], False, id="no invoice"),
        pytest.param([], False, id="nothing"),
    ],
)
def test_page_stands_in_only_where_it_agrees(by_page: list[Document], takes_the_page: bool) -> None:
    (structured,) = read(cii(lines=""), "a.xml").documents
    found = agreeing_page(structured, by_page)
    assert (found is not None) == takes_the_page
    if found is not None:
        assert found.accepted
        assert found.source is Source.TEXT_LAYER


def test_xml_has_no_pages() -> None:
    (document,) = read(cii(), "a.xml", source="text-layer").documents
    assert (document.kind, document.findings[0].code) == (Kind.UNREADABLE, "READ-NO-TEXT-LAYER")


def test_damaged_bytes_never_raise() -> None:
    chance = random.Random(4711)
    for good in (cii(), ubl(), with_attachments(PDF, {"factur-x.xml": cii()})):
        for _ in range(60):
            bad = bytearray(good)
            for _ in range(chance.randrange(1, 6)):
                bad[chance.randrange(len(bad))] = chance.randrange(256)
            cut = bytes(bad[: chance.randrange(len(bad) // 2, len(bad) + 1)])
            (document,) = read(cut, "a", source="embedded").documents
            assert not any(finding.message.startswith(READER_FAILED) for finding in document.findings)
