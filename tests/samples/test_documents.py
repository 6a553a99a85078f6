"""The sample files: made anew they are the same, and they say what their truth says."""

import email
import email.policy
import io
import zipfile
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from lxml import etree

from pipeline.official import OfficialJudge
from samples.build import Collection
from samples.case import load_book
from samples.truth import load_world
from tests.samples.pages import content_of, page_text, squeeze

BOOK = load_book()
PDFS = [case.name for case in BOOK.invoice if case.format in ("pdf", "zugferd") and not (case.as_image or case.password)]
XMLS = [case.name for case in BOOK.invoice if case.format != "pdf"]
PASSWORDS = {case.name + ".pdf": case.password for case in BOOK.invoice if case.password}


def test_committed_documents_are_what_the_cases_give(folder: Path, collection: Collection) -> None:
    made = {sample.file: sample.data for sample in collection.samples.values() if not sample.inside} | collection.mails
    assert sorted(made) == sorted(path.name for path in (folder / "documents").iterdir())
    for name, data in made.items():
        committed = (folder / "documents" / name).read_bytes()
        if data != committed and name.endswith(".pdf"):  # another zlib packs the same content differently
            password = PASSWORDS.get(name) or ""
            assert content_of(data, password) == content_of(committed, password), name
        elif data != committed and name.endswith(".eml"):
            assert parts_of(data) == parts_of(committed), name
        else:
            assert data == committed, name


def parts_of(mail: bytes) -> list[tuple[str, str | None]]:
    return [
        (part.get_content_type(), part.get_filename()) for part in email.message_from_bytes(mail, policy=email.policy.SMTP).walk()
    ]


def test_the_samples_stay_small(folder: Path) -> None:
    assert sum(path.stat().st_size for path in (folder / "documents").iterdir()) < 5_000_000


@pytest.mark.parametrize("name", PDFS)
def test_the_text_layer_has_every_printed_value(name: str, collection: Collection) -> None:
    sample = collection.samples[name]
    text = page_text(sample.data)
    assert len(sample.printed) > 15
    for path, value in sample.printed.items():
        # A name may break over lines with item numbers of the next column between: then all its words are there.
        assert squeeze(value) in text or all(squeeze(word) in text for word in value.split()), (path, value)


@pytest.mark.parametrize("name", PDFS)
def test_nothing_runs_off_the_page_or_over_its_neighbour(name: str, collection: Collection) -> None:
    document = pypdfium2.PdfDocument(collection.samples[name].data)
    try:
        for page in document:
            width, height = page.get_size()
            text = page.get_textpage()
            boxes = [text.get_rect(index) for index in range(text.count_rects())]
            assert all(left >= 0 and right <= width and bottom >= 0 and top <= height for left, bottom, right, top in boxes)
            hidden = "57-versteckter-text" in name
            assert hidden or not overlapping(boxes), name
    finally:
        document.close()


def overlapping(boxes: list[tuple[float, float, float, float]]) -> list[tuple[int, int]]:
    """Pairs of text runs that cover each other by more than two points both ways."""
    found = []
    for first, (left, bottom, right, top) in enumerate(boxes):
        for second in range(first + 1, len(boxes)):
            other = boxes[second]
            across = min(right, other[2]) - max(left, other[0])
            up = min(top, other[3]) - max(bottom, other[1])
            if across > 2 and up > 2:
                found.append((first, second))
    return found


def test_page_numbers_and_carry_over(collection: Collection) -> None:
    sample = collection.samples["10-industriebedarf-mehrseitig"]
    document = pypdfium2.PdfDocument(sample.data)
    assert len(document) >= 2
    document.close()
    text = page_text(sample.data)
    assert "Seite1von2" in text
    assert text.count("Übertrag") == 2
    assert text.count("Einzelpreis") == 2, "the header is repeated"


def test_scan_has_no_text_and_password_is_needed(collection: Collection) -> None:
    assert page_text(collection.samples["60-scan-ohne-textebene"].data) == ""
    locked = collection.samples["61-passwort"].data
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(io.BytesIO(locked))
    assert "K-260955" in page_text(locked, "werft-2026")


def test_hidden_text_is_in_the_text_layer_and_white(collection: Collection) -> None:
    sample = collection.samples["57-versteckter-text"]
    assert "9.124,55" in page_text(sample.data)
    with pikepdf.open(io.BytesIO(sample.data)) as document:
        content = document.pages[0].Contents.read_bytes()
    assert b"1 1 1 rg" in content


def test_same_bytes_and_another_writing(collection: Collection) -> None:
    samples = collection.samples
    assert samples["43-dieselbe-datei-nochmal"].data == samples["02-werkzeug-kostenstelle"].data
    first, second = samples["06-druck-zwei-steuersaetze"], samples["44-zweitschrift"]
    assert first.data != second.data
    for key in ("number", "issue_date", "totals", "payment"):
        assert first.truth["invoice"][key] == second.truth["invoice"][key]


def xml_of(name: str, collection: Collection) -> bytes:
    sample = collection.samples[name]
    if sample.suffix == ".xml":
        return sample.data
    with pikepdf.open(io.BytesIO(sample.data)) as document:
        assert list(document.attachments) == ["factur-x.xml"]
        assert document.Root.AF[0].AFRelationship == pikepdf.Name.Alternative
        return document.attachments["factur-x.xml"].get_file().read_bytes()


@pytest.mark.parametrize("name", XMLS)
def test_structured_samples_say_what_the_truth_says(name: str, collection: Collection) -> None:
    truth = collection.samples[name].truth["invoice"]
    root = etree.fromstring(xml_of(name, collection))
    texts = {text.strip() for text in root.itertext() if text.strip()}
    assert {truth["number"], truth["payment"]["iban"], truth["totals"]["grand_total"], truth["seller"]["vat_id"]} <= texts
    assert {line["net_amount"] for line in truth["lines"]} <= texts


@pytest.mark.skipif(not OfficialJudge.available(), reason="saxonche is not installed: the official rules cannot run")
def test_the_official_rules_find_nothing(collection: Collection) -> None:
    with OfficialJudge() as judge:
        for name in XMLS:
            assert judge.judge(xml_of(name, collection)) == [], name


def test_mails_carry_their_documents(collection: Collection) -> None:
    for mail in BOOK.mail:
        message = email.message_from_bytes(collection.mails[mail.name + ".eml"], policy=email.policy.default)
        found = {part.get_filename(): part.get_payload(decode=True) for part in message.walk() if part.get_filename()}
        if mail.wrap == "zip":
            with zipfile.ZipFile(io.BytesIO(found.pop("rechnungen.zip"))) as archive:
                found = {name: archive.read(name) for name in archive.namelist()}
        found.pop("logo.png", None)
        assert found == {collection.samples[part].file: collection.samples[part].data for part in mail.parts}, mail.name
        company = load_world().companies[mail.company]
        assert message["Authentication-Results"].startswith(f"{company.authserv_id}; spf=pass")
        domain = message["From"].addresses[0].domain
        nested = mail.wrap == "nested"
        assert (domain in load_world().vendors[mail.vendor].email_domains) != nested
