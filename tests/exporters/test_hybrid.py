"""The hybrid PDF: the supplier's page where it can carry the XML, our own page where it cannot, PDF/A-3 in both cases."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from pikepdf import Pdf

import exporters
import extractors
from exporters.pdfa import check, gate
from exporters.profiles import profiles
from exporters.readable import readable_pdf
from schemas import Invoice, Note
from tests.exporters import invoices as made
from tests.exporters import pages
from validators.norm import validate

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus" / "invoices"
HYBRIDS = [name for name, profile in profiles().items() if profile.hybrid]
FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"


def hybrid(original: bytes | None = None, profile: str = "zugferd", invoice: Invoice | None = None) -> exporters.Exported:
    return exporters.write(profile, invoice or made.plain_invoice(), made.context(original_pdf=original))


def opened(data: bytes) -> Pdf:
    return Pdf.open(BytesIO(data))


def xmp(data: bytes) -> etree._Element:
    with opened(data) as pdf:
        raw = pdf.Root.Metadata.read_raw_bytes()
        assert "/Filter" not in pdf.Root.Metadata, "validators read it without a filter"
    return etree.fromstring(raw)


@pytest.mark.parametrize("profile", HYBRIDS)
@pytest.mark.parametrize("original", [None, pages.page()], ids=["own page", "supplier's page"])
def test_each_profile_names_itself_and_carries_its_xml(profile: str, original: bytes | None) -> None:
    done = hybrid(original, profile)
    entry = profiles()[profile].hybrid
    assert entry is not None
    assert done.findings == []
    assert gate.faults(done.data) == []
    packet = xmp(done.data)
    assert packet.findtext(f".//{FX}ConformanceLevel") == entry.conformance
    assert packet.findtext(f".//{FX}DocumentFileName") == entry.file_name
    assert packet.findtext(f".//{FX}Version") == entry.version
    assert made.SHA in "".join(packet.itertext()), "the copy note stands in the metadata"
    with opened(done.data) as pdf:
        (spec,) = list(pdf.Root.AF)
        assert str(spec.AFRelationship) == f"/{entry.relationship}"
        assert str(spec.UF) == entry.file_name
        assert str(spec.EF.F.Subtype) == "/text/xml"
        xml = spec.EF.F.read_bytes()
    assert xml == done.xml
    assert not [v for v in validate(xml).violations if v.severity == "fatal"]


def test_the_supplier_page_stays_as_it_is() -> None:
    original = pages.page()
    with opened(original) as before, opened(hybrid(original).data) as after:
        assert len(after.pages) == 1
        assert after.pages[0].Contents.read_bytes() == before.pages[0].Contents.read_bytes()


def test_same_input_same_bytes() -> None:
    assert hybrid(pages.page()).data == hybrid(pages.page()).data
    assert hybrid(None).data == hybrid(None).data


@pytest.mark.parametrize(
    "change",
    [pages.script, pages.launch_link, pages.web_link, pages.file_on_page, pages.old_invoice, pages.interpolated_image, pages.lzw],
)
def test_what_can_be_repaired_without_changing_the_look_is_repaired(change: Callable[[Pdf], None]) -> None:
    original = pages.changed(change)
    done = hybrid(original)
    assert done.findings == []
    assert gate.faults(done.data) == []
    with opened(done.data) as pdf:
        assert list(pdf.attachments) == ["factur-x.xml"]
    assert b"/JavaScript" not in done.data, "dictionaries are written in plain text"
    assert b"/Launch" not in done.data
    assert (b"/URI" in done.data) is (change is pages.web_link)


@pytest.mark.parametrize(
    ("original", "reason"),
    [
        (pages.page("Helvetica"), "not embedded"),
        (pages.page(cmyk=True), "CMYK"),
        (pages.changed(pages.cmyk_image), "CMYK"),
        (pages.changed(pages.text_note), "without appearance"),
        (pages.changed(pages.xfa), "XFA"),
        (pages.changed(pages.signature), "signed"),
        (pages.encrypted(), "encrypted"),
        (pages.page()[:400], "cannot be read"),
        (b"", "cannot be read"),
        (b"no pdf at all", "cannot be read"),
    ],
    ids=["font", "cmyk text", "cmyk image", "note", "xfa", "signed", "encrypted", "truncated", "empty", "text"],
)
def test_what_cannot_be_repaired_travels_unchanged_beside_an_own_page(original: bytes, reason: str) -> None:
    done = hybrid(original)
    assert gate.faults(done.data) == []
    assert [finding.code for finding in done.findings] == ["EXPORT-RULES"]
    assert reason in done.findings[0].message
    with opened(done.data) as pdf:
        assert pdf.attachments["original.pdf"].get_file().read_bytes() == original
        relationships = {str(spec.UF): str(spec.AFRelationship) for spec in pdf.Root.AF}
    assert relationships == {"factur-x.xml": "/Alternative", "original.pdf": "/Source"}


def test_the_hybrid_is_read_back() -> None:
    data = hybrid(pages.page(), invoice=made.full_invoice()).data
    (compared,) = extractors.read(data, "rechnung.pdf").documents
    assert "FRAUD-XML-PAGE-MISMATCH" in {finding.code for finding in compared.findings}  # the page is that of another invoice
    (document,) = extractors.read(data, "rechnung.pdf", source="embedded").documents
    assert document.source == "cii"
    assert document.accepted, document.findings
    assert document.invoice is not None
    assert document.invoice.totals == made.full_invoice().totals


@pytest.mark.parametrize(
    "text",
    ["Zażółć gęślą jaźń, Ελληνικά, Кириллица, àéîõü ß €", "漢字 العربية 😀", "<b>&amp;</b>", "W" * 3000, "Zeile\n" * 400, "a\tb"],
    ids=["european", "not in the font", "markup", "one long word", "many lines", "tab"],
)
def test_the_own_page_shows_any_text(text: str) -> None:
    invoice = made.plain_invoice(
        notes=[Note(text=text)], lines=[made.line(name=text, description=text)], seller=made.seller(name=text)
    )
    assert gate.faults(hybrid(None, invoice=invoice).data) == []


def test_the_own_page_says_every_amount() -> None:
    import pypdfium2

    data = readable_pdf(made.full_invoice(), made.context())
    document = pypdfium2.PdfDocument(data)
    text = "\n".join(document[index].get_textpage().get_text_bounded() for index in range(len(document)))
    for shown in ("RE-2026-0001", "165.35", "100.00", "20.35", "DE02120300000000202051", "Beispiel Werkzeuge GmbH", made.SHA):
        assert shown in text


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared corpus is not here")
def test_every_corpus_page_becomes_a_hybrid() -> None:
    own = []
    for path in sorted(CORPUS.glob("*.pdf")):
        done = hybrid(path.read_bytes())
        assert check.problems(done.data) == [], path.name
        own += [path.name] * bool(done.findings)
    assert len(own) <= 8, own


FAULTS: list[tuple[str, Callable[[Pdf], Any], str]] = [
    ("no metadata", lambda pdf: pdf.Root.__delitem__("/Metadata"), "no XMP"),
    ("no intent", lambda pdf: pdf.Root.__delitem__("/OutputIntents"), "output intent"),
    ("script", pages.script, "6.5"),
    ("launch", pages.launch_link, "/Launch"),
    ("note", pages.text_note, "without appearance"),
    ("hidden link", pages.web_link, "not printed"),
    ("file on page", pages.file_on_page, "FileAttachment"),
    ("old attachment", pages.old_invoice, "no MIME type"),
    ("xfa", pages.xfa, "XFA"),
    ("lzw", pages.lzw, "LZW"),
    ("interpolation", pages.interpolated_image, "interpolation"),
    ("cmyk", pages.cmyk_image, "CMYK"),
]


@pytest.mark.parametrize(("change", "says"), [(change, says) for _, change, says in FAULTS], ids=[name for name, *_ in FAULTS])
def test_the_structural_check_finds_each_fault(change: Callable[[Pdf], None], says: str) -> None:
    good = hybrid(pages.page()).data
    assert check.problems(good) == []
    found = check.problems(pages.changed(change, good))
    assert any(says in problem for problem in found), found


def test_the_structural_check_finds_fonts_that_are_not_embedded() -> None:
    assert any("not embedded" in problem for problem in check.problems(pages.page("Helvetica")))
