"""Amounts and dates as people write them; nothing is rounded, nothing is invented."""

from datetime import UTC, datetime

import pytest

from pipeline.store.queries import Order
from pipeline.web import cursors, formatting
from pipeline.web.downloads import disposition
from pipeline.web.problems import NotUsable
from pipeline.web.uploads import name_in


@pytest.mark.parametrize(
    ("text", "german", "english"),
    [
        ("1234.5", "1.234,50", "1,234.50"),
        ("0", "0,00", "0.00"),
        ("-1234567.89", "-1.234.567,89", "-1,234,567.89"),
        ("0.123456", "0,123456", "0.123456"),
        ("99999999999999999999.99", "99.999.999.999.999.999.999,99", "99,999,999,999,999,999,999.99"),
        (None, "", ""),
        ("", "", ""),
        ("NaN", "NaN", "NaN"),
        ("<b>", "<b>", "<b>"),
    ],
)
def test_amounts(text: str | None, german: str, english: str) -> None:
    assert (formatting.amount(text, "de"), formatting.amount(text, "en")) == (german, english)


@pytest.mark.parametrize(("text", "shown"), [("50.000", "50"), ("0.5", "0,5"), ("1000", "1.000"), ("1.2345", "1,2345")])
def test_quantities(text: str, shown: str) -> None:
    assert formatting.quantity(text, "de") == shown


@pytest.mark.parametrize(
    ("text", "german", "english"),
    [("2026-12-05", "05.12.2026", "5 Dec 2026"), (None, "", ""), ("soon", "soon", "soon")],
)
def test_days(text: str | None, german: str, english: str) -> None:
    assert (formatting.day(text, "de"), formatting.day(text, "en")) == (german, english)


def test_moments_and_sizes() -> None:
    assert formatting.moment(datetime(2026, 11, 25, 8, 5, 9, tzinfo=UTC), "de") == "25.11.2026 08:05:09"
    assert formatting.size(999, "de") == "999 B"
    assert formatting.size(1_234_567, "de") == "1,2 MB"


@pytest.mark.parametrize(
    ("text", "order"),
    [
        (cursors.encode([5, "id"]), "due"),
        (cursors.encode(["2026-01-01", "id"]), "newest"),
        (cursors.encode([True, "id"]), "newest"),
        (cursors.encode([-1, "id"]), "newest"),
        (cursors.encode([2**63, "id"]), "newest"),
        (cursors.encode([5, 6]), "newest"),
        (cursors.encode([5]), "newest"),
        (cursors.encode(["2026\x00", "id"]), "due"),
        ("bnVsbA", "due"),
        ("e30", "due"),
        ("%%%", "due"),
        ("ä", "due"),
        ("A" * 500, "due"),
    ],
)
def test_a_forged_cursor_is_refused(text: str, order: Order) -> None:
    with pytest.raises(NotUsable):
        cursors.decode_queue(text, order)


def test_a_cursor_comes_back_as_it_went() -> None:
    assert cursors.decode_queue(cursors.encode([7, "x"]), "newest") == (7, "x")
    assert cursors.decode_queue(cursors.encode(["2026-01-01", "x"]), "due") == ("2026-01-01", "x")
    assert cursors.decode_id(cursors.encode(["x"])) == "x"
    assert cursors.decode_index(cursors.encode([0])) == 0
    assert cursors.decode_queue("", "due") is None


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="a b.pdf"', "a b.pdf"),
        ("attachment; filename=a.pdf; size=1", "a.pdf"),
        ("attachment; filename=\"plain.pdf\"; filename*=UTF-8''r%C3%A4der.pdf", "räder.pdf"),
        ('attachment; filename="a\\"b.pdf"', 'a"b.pdf'),
        ("inline", ""),
        ("", ""),
    ],
)
def test_names_of_raw_bodies(header: str, name: str) -> None:
    assert name_in(header) == name


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a.pdf", "attachment; filename=\"a.pdf\"; filename*=UTF-8''a.pdf"),
        ("Räder.pdf", "attachment; filename=\"R_der.pdf\"; filename*=UTF-8''R%C3%A4der.pdf"),
        (
            'x"; evil="y\r\nSet-Cookie: z',
            "attachment; filename=\"x__ evil__ySet-Cookie_ z\"; filename*=UTF-8''x%22%3B%20evil%3D%22ySet-Cookie%3A%20z",
        ),
        ("../../etc/passwd", "attachment; filename=\"passwd\"; filename*=UTF-8''passwd"),
    ],
)
def test_no_name_breaks_out_of_the_header(name: str, header: str) -> None:
    assert disposition(name) == header
