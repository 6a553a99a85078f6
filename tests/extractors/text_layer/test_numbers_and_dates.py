"""Every notation of numbers and dates that suppliers use, and what stays open until the document decides."""

from datetime import date

import pytest

from extractors.text_layer.dates import choose_order, find_dates
from extractors.text_layer.numbers import choose_style, order_readings, readings


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1.234,56", ["1234.56"]),
        ("1,234.56", ["1234.56"]),
        ("1'234.50", ["1234.50"]),
        ("1 234,56", ["1234.56"]),
        ("1.234.567", ["1234567"]),
        ("12,34,567.50", ["1234567.50"]),
        ("4.3471", ["4.3471"]),
        ("0.025", ["0.025"]),
        ("10", ["10"]),
        ("300,-", ["300"]),
        ("1.234", ["1234", "1.234"]),
        ("1,2,3", []),
        ("1.234,567.8", []),
        ("", []),
    ],
)
def test_readings(text: str, values: list[str]) -> None:
    assert [str(reading.value) for reading in readings(text)] == values


@pytest.mark.parametrize(
    ("texts", "first"),
    [
        pytest.param(["1.234", "9,90"], "1234", id="comma elsewhere: the point groups"),
        pytest.param(["1.234", "9.90"], "1.234", id="point elsewhere: the point is decimal"),
        pytest.param(["1.234", "9,90", "8.80"], "1234", id="a tie leaves the more usual reading"),
    ],
)
def test_the_document_decides(texts: list[str], first: str) -> None:
    assert str(order_readings(readings(texts[0]), choose_style(texts[1:]))[0].value) == first


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("vom 05.03.2018", [date(2018, 3, 5)]),
        ("26.10.22", [date(2022, 10, 26)]),
        ("5.3.2020", [date(2020, 3, 5)]),
        ("2014-05-19", [date(2014, 5, 19)]),
        ("20260815", [date(2026, 8, 15)]),
        ("August 3 , 2014", [date(2014, 8, 3)]),
        ("1er février 2024", [date(2024, 2, 1)]),
        ("11. Juli 2014", [date(2014, 7, 11)]),
        ("01.05.14 - 31.05.14", [date(2014, 5, 1), date(2014, 5, 31)]),
        ("21/09/2022", [date(2022, 9, 21)]),
        ("03/20/2023", [date(2023, 3, 20)]),
        ("31.02.2020", []),
        ("13.13.2020", []),
        ("201/113/40209", []),
        ("1.234.567", []),
    ],
)
def test_find_dates(text: str, found: list[date]) -> None:
    assert [reading.value for reading in find_dates(text)] == found


@pytest.mark.parametrize(
    ("text", "order"),
    [
        pytest.param("04/02/2026 28/01/2026", "day-first", id="one day above twelve, in front"),
        pytest.param("04/02/2026 01/28/2026", "month-first", id="one day above twelve, behind"),
        pytest.param("04/02/2026 05/03/2026", None, id="nothing tells"),
        pytest.param("04.02.2026 28.01.2026", None, id="points are always day first and say nothing about slashes"),
        pytest.param("01/28/2026 28/01/2026", None, id="they contradict each other"),
    ],
)
def test_choose_order(text: str, order: str | None) -> None:
    assert choose_order(find_dates(text)) == order
