"""Pictures of pages: their size is bounded whatever the file says, and a file that cannot be drawn gives none."""

from pathlib import Path

import pytest
from PIL import Image

from pipeline.sandbox.pictures import MOST_PIXELS, draw_pages
from tests.pipeline.scenes import SAMPLES


def pdf(media_box: str, content: bytes = b"", rotate: int = 0) -> bytes:
    """The smallest file with one page; readers rebuild the missing table of objects."""
    page = f"<</Type/Page/Parent 2 0 R/MediaBox[{media_box}]/Rotate {rotate}/Contents 4 0 R>>".encode()
    objects = (b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page)
    body = b"".join(b"%d 0 obj %s endobj\n" % (number, one) for number, one in enumerate(objects, start=1))
    stream = b"4 0 obj <</Length %d>> stream\n%s\nendstream endobj\n" % (len(content), content)
    return b"%PDF-1.4\n" + body + stream + b"trailer<</Root 1 0 R/Size 5>>\n%%EOF"


@pytest.mark.parametrize(
    ("media_box", "rotate", "size"),
    [
        ("0 0 595 842", 0, (595, 842)),
        ("0 0 595 842", 90, (842, 595)),
        ("0 0 14400 14400", 0, (14400, 14400)),
        ("0 0 100000 100000", 0, (100000, 100000)),
    ],
)
def test_a_picture_has_the_shape_of_its_page_and_bounded_pixels(
    tmp_path: Path, media_box: str, rotate: int, size: tuple[int, int]
) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf(media_box, b"0 0 200 200 re f", rotate))
    (drawn,) = draw_pages({"path": str(tmp_path / "a.pdf"), "pages": [1, 2, 0]}, tmp_path)
    assert (drawn["width"], drawn["height"]) == size
    with Image.open(tmp_path / "1.webp") as picture:
        assert picture.width * picture.height <= MOST_PIXELS * 1.01
        assert picture.width / picture.height == pytest.approx(size[0] / size[1], rel=0.01)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 nothing", b"\x00" * 5000, pdf("0 0 0 0"), pdf("nan 1 inf 2")])
def test_what_cannot_be_drawn_gives_no_picture(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.pdf").write_bytes(data)
    drawn = draw_pages({"path": str(tmp_path / "a.pdf"), "pages": [1]}, tmp_path)
    assert [one["page"] for one in drawn] in ([], [1])
    assert len(drawn) == len(list(tmp_path.glob("*.webp")))


def test_the_words_are_those_a_person_reads(tmp_path: Path) -> None:
    path = SAMPLES / "documents" / "40-preis-ueber-bestellung.pdf"
    (drawn,) = draw_pages({"path": str(path), "pages": [1]}, tmp_path)
    words = [word[0] for word in drawn["words"]]
    assert {"Rechnungs-Nr.:", "HB-61507", "19.10.2026", "2.628,00", "Gesamtbetrag"} <= set(words)
    assert all(
        0 <= left < right <= drawn["width"] and 0 <= top < below <= drawn["height"]
        for _, left, top, right, below in drawn["words"]
    )
