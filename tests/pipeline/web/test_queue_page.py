"""The queue: what is shown, in which order, and that nothing in it can harm the reader."""

import re
from datetime import date
from html import unescape
from typing import Any

import httpx
import pytest

from pipeline.web.queue_view import PAGE_SIZE, TABS
from pipeline.web.sessions import Role
from schemas.decision import Decision, State
from schemas.document import Document, Kind
from schemas.finding import error
from schemas.invoice import Totals
from tests.pipeline.web.conftest import Site
from tests.pipeline.web.rows import keep, make_document, make_invoice

BANK = error("FRAUD-BANK-CHANGED", "payment.iban", "the IBAN is not known for this vendor")


OWN_SCRIPT = re.compile(r'<script type="module" src="/static/[0-9a-f]+/review.js"></script>')


def put(site: Site, number: str, seller: str = "Kabel-Ost AG", decision: Decision = Decision.REVIEW, **more: Any) -> str:
    invoice = {name: more.pop(name) for name in ("due_date", "currency", "net") if name in more}
    return keep(site.desk, make_document(make_invoice(number, seller, **invoice)), decision, **more)


def numbers(page: httpx.Response) -> list[str]:
    assert page.status_code == 200, page.text
    return re.findall(r'<td class="strong">([^<]*)</td>', page.text)


def test_a_row_says_who_what_when_and_why(site: Site) -> None:
    put(site, "RE-1", "Meyer & Söhne", Decision.BLOCKED, net="12345.67", reasons=(BANK.message,), checks=(BANK,))
    english, german = site.sign_in().get("/"), site.sign_in(language="de").get("/")
    for words in ("Meyer &amp; Söhne", "RE-1", "20 Nov 2026", "20 Dec 2026", "14,691.35", "EUR", "IBAN changed", "Blocked"):
        assert words in english.text
    for words in ("20.11.2026", "14.691,35", "IBAN geändert", "Gesperrt", "Fällig", 'lang="de"'):
        assert words in german.text
    assert "20 Nov" not in german.text
    assert "Blocked" not in german.text


def test_the_language_can_be_chosen_and_stays(site: Site) -> None:
    client = site.sign_in(language="en")
    assert "Rechnungen" in client.get("/?lang=de").text
    assert "Rechnungen" in client.get("/").text
    assert "Invoices" in client.get("/?lang=en").text
    assert "Invoices" in client.get("/?lang=xx").text


def test_states_are_counted_and_listed_apart(site: Site) -> None:
    for place, decision in enumerate(Decision):
        put(site, f"N{place}-{decision.value}", decision=decision)
    put(site, "N9-approved", decision=Decision.APPROVED)
    client = site.sign_in()
    page = client.get("/")
    assert sorted(numbers(page)) == ["N1-review", "N2-blocked", "N5-quarantined"]
    shown = {unescape(word): int(count) for word, count in re.findall(r">([^<>]+) <b>(\d+)</b></a>", page.text)}
    assert shown["To do"] == 3
    assert shown["Approved"] == 2
    assert shown["All"] == 7
    assert shown["Done"] == 0
    assert sorted(numbers(client.get("/?state=approved"))) == ["N0-approved", "N9-approved"]
    assert len(numbers(client.get("/?state=all"))) == 7
    assert sorted(numbers(client.get("/?state=nonsense"))) == ["N1-review", "N2-blocked", "N5-quarantined"]


def test_every_state_is_in_exactly_one_single_list() -> None:
    single = [state for name, states in TABS.items() if name not in ("todo", "all") for state in states]
    assert sorted(single) == sorted(State)


def test_what_is_due_comes_first_and_what_has_no_date_last(site: Site) -> None:
    put(site, "late", due_date=date(2026, 12, 24))
    put(site, "none", due_date=None)
    put(site, "soon", due_date=date(2026, 11, 27), decision=Decision.BLOCKED)
    put(site, "over", due_date=date(2026, 11, 1))
    client = site.sign_in()
    page = client.get("/")
    assert numbers(page) == ["over", "soon", "late", "none"]
    assert "overdue: </span>1 Nov 2026" in page.text
    assert "due soon: </span>27 Nov 2026" in page.text
    assert numbers(client.get("/?order=newest")) == ["over", "soon", "none", "late"]


@pytest.mark.parametrize("order", ["due", "newest"])
@pytest.mark.parametrize("state", ["todo", "review", "all"])
def test_pages_show_each_invoice_once_while_more_arrive(site: Site, order: str, state: str) -> None:
    count = PAGE_SIZE * 2 + 3
    for place in range(count):
        due = date(2026, 12, 1 + place % 5) if place % 4 else None
        put(site, f"W{place:03}", due_date=due, decision=Decision.REVIEW if state == "review" or place % 3 else Decision.BLOCKED)
    client = site.sign_in()
    page = client.get("/", params={"state": state, "order": order})
    seen = numbers(page)
    assert len(seen) == PAGE_SIZE
    for extra in range(3):
        put(site, f"NEW{extra}", due_date=date(2026, 10, 1))
    while following := re.search(r'href="([^"]+)" rel="next"', page.text):
        page = client.get(unescape(following[1]))
        seen += numbers(page)
    assert sorted(n for n in seen if n.startswith("W")) == [f"W{place:03}" for place in range(count)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("RE-2026", ["RE-2026/0012", "RE-2026/0013"]),
        ("re 2026 12", ["RE-2026/0012"]),
        ("meyer", ["RE-2026/0012"]),
        ("SÖHNE", ["RE-2026/0012"]),
        ("räder", ["X-1"]),
        ("Söhne", ["RE-2026/0012"]),
        ("%", ["100%"]),
        ("_", []),
        ("' OR 1=1 --", []),
        ("nothing", []),
    ],
)
def test_search_finds_numbers_and_suppliers(site: Site, text: str, found: list[str]) -> None:
    put(site, "RE-2026/0012", "Meyer & Söhne")
    put(site, "RE-2026/0013", "Kabel-Ost AG")
    put(site, "100%", "Rabatt 100% GmbH")
    put(site, "X-1", "RÄDER AG")
    assert sorted(numbers(site.sign_in().get("/", params={"q": text}))) == found


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "</title></table>",
    "a\x00b\x1bc",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_shown_as_words(site: Site, text: str) -> None:
    finding = error("READ-UNSURE", text, text, stated=text, expected=text, clears=text)
    document = make_document(make_invoice(text, text), finding)
    identifier = keep(site.desk, document, reasons=(text, f"not {text}"), file=f"{text}.pdf")
    client = site.sign_in()
    for path in ("/", f"/?q={text.partition(chr(0))[0]}", f"/invoices/{identifier}", "/audit", "/?state=all&order=newest"):
        html = client.get(path).text
        assert "<script" not in OWN_SCRIPT.sub("", html)
        assert "<img src=x" not in html
        assert "49" not in re.sub(r"\d{3,}|#?[0-9a-f]{6,}|/static/\w+/", "", html) or "{{" not in text
        assert html.count("</title>") == 1
        assert 'href="javascript' not in html


def test_a_document_without_values_is_named_by_its_file(site: Site) -> None:
    keep(site.desk, Document(kind=Kind.UNREADABLE), Decision.QUARANTINED, file="scan.pdf", reasons=("The file cannot be read.",))
    page = site.sign_in().get("/")
    assert '<span class="file">scan.pdf</span>' in page.text
    assert "Cannot be read" in page.text


def test_odd_amounts_are_shown_in_full(site: Site) -> None:
    invoice = make_invoice("X", "A").model_copy(update={"totals": Totals(grand_total="123456789012.345")})
    keep(site.desk, make_document(invoice))
    assert "123,456,789,012.345" in site.sign_in().get("/").text


def test_an_empty_queue_says_so(site: Site) -> None:
    assert "Nothing here" in site.sign_in().get("/").text


def test_an_auditor_is_told_that_he_only_reads(site: Site) -> None:
    assert "Read only" in site.sign_in(Role.AUDITOR).get("/").text
    assert "Read only" not in site.sign_in(Role.CLERK).get("/").text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"vendor": "100012"}, ["A-1"]),
        ({"from": "2026-11-01"}, ["A-1", "A-3"]),
        ({"from": "2026-11-01", "to": "2026-11-10"}, ["A-3"]),
        ({"to": "2026-10-31"}, ["A-2"]),
        ({"from": "yesterday"}, ["A-1", "A-2", "A-3"]),
        ({"vendor": "' OR 1=1 --"}, []),
        ({"q": "A-3", "vendor": "100013"}, ["A-3"]),
    ],
)
def test_the_queue_is_narrowed_and_stays_so(site: Site, query: dict[str, str], expected: list[str]) -> None:
    for number, day, vendor in (("A-1", "20", "100012"), ("A-2", None, "100013"), ("A-3", "05", "100013")):
        issued = date(2026, 11, int(day)) if day else date(2026, 10, 5)
        keep(site.desk, make_document(make_invoice(number, "S", issue_date=issued)), vendor_number=vendor)
    page = site.sign_in().get("/", params=query)
    assert sorted(numbers(page)) == expected
    tab = re.search(r'href="(/[^"]*state=blocked[^"]*)"', page.text)
    assert tab
    for name in query:
        assert f"{name}=" in tab[1]
