"""The review screen in a real browser: keys only, boxes of the focused field, words of the page, and no complaint of the browser."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.store import records
from pipeline.store.tables import invoice
from pipeline.web.sessions import Role
from schemas import Document
from schemas.finding import error
from tests.pipeline.scenes import hand_in, load_master
from tests.pipeline.web.browser import ALT, CHROMIUM, CONTROL, SHIFT, Browser
from tests.pipeline.web.conftest import Site

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")

UNSURE = ("number", "issue_date", "totals.grand_total")
SAMPLES = ("40-preis-ueber-bestellung.pdf", "10-industriebedarf-mehrseitig.pdf")


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    made = Browser(tmp_path / "profile")
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def waiting(site: Site) -> list[str]:
    """Two invoices as they were read, with three values each that somebody must look at."""
    load_master(site.desk)
    items = [hand_in(site.desk, sample) for sample in SAMPLES]
    for item in items:
        with site.desk.database.write() as connection:
            row = connection.execute(invoice.select().where(invoice.c.id == item)).one()
            found = records.document_of(row)
            findings = [error("READ-UNSURE", path, f"{path} is not proven") for path in UNSURE]
            unsure: Document = found.model_copy(update={"findings": findings, "accepted": False})
            columns: dict[str, Any] = records.columns_of(unsure)
            records.set_invoice(connection, item, site.desk.clock.now(), state="review", decision="review", **columns)
    return items


def sign_in(site: Site, browser: Browser, item: str, language: str = "en") -> None:
    browser.open(f"{site.address}/login?token={site.sessions.issue_link(Role.CLERK)}")
    browser.open(f"{site.address}/invoices/{item}?lang={language}")


def focused(browser: Browser) -> str:
    return str(browser.ask("document.activeElement.dataset.path || document.activeElement.id"))


def test_three_uncertain_fields_are_cleared_with_keys_alone(site: Site, browser: Browser, waiting: list[str]) -> None:
    sign_in(site, browser, waiting[0])
    seen = [focused(browser)]
    for _ in UNSURE:
        browser.press("Enter")
        seen.append(focused(browser))
    assert seen == [*UNSURE, "approve"]
    assert browser.ask("document.querySelector('#to-check').textContent") == "0 to look at"
    browser.press("Enter", SHIFT)
    loads, start = browser.loads, time.monotonic()
    browser.press("s", CONTROL)
    browser.wait_for_load(loads)
    assert time.monotonic() - start < 30
    page = site.sign_in().get(f"/api/v1/invoices/{waiting[0]}").json()
    assert [finding["path"] for finding in page["findings"] if finding["code"] == "READ-UNSURE"] == []
    for path in UNSURE:
        assert "person" in page["evidence"][path][0]["proofs"]
    assert browser.complaints == []
    assert [one for one in browser.addresses if not one.startswith((site.address, "about:", "data:"))] == []


def test_reject_leads_to_the_next_invoice_and_undo_takes_it_back(site: Site, browser: Browser, waiting: list[str]) -> None:
    sign_in(site, browser, waiting[0], "de")
    browser.press("r", ALT)
    assert focused(browser) == "reject-reason"
    browser.type("nicht bestellt")
    browser.press("Tab")
    loads = browser.loads
    browser.press("Enter")
    browser.wait_for_load(loads)
    assert browser.ask("location.pathname") == f"/invoices/{waiting[1]}"
    assert focused(browser) in UNSURE
    assert "ist abgelehnt." in browser.ask("document.querySelector('.notice').textContent")
    browser.ask("document.activeElement.blur()")
    loads = browser.loads
    browser.press("z", CONTROL)
    browser.wait_for_load(loads)
    assert browser.ask("location.pathname") == f"/invoices/{waiting[0]}"
    assert site.sign_in().get(f"/api/v1/invoices/{waiting[0]}").json()["state"] in ("review", "blocked")
    assert browser.complaints == []


@pytest.mark.parametrize("size", ["fit", "150", "200"])
def test_the_focused_field_shows_exactly_its_box(site: Site, browser: Browser, waiting: list[str], size: str) -> None:
    sign_in(site, browser, waiting[0])
    browser.ask(f"document.querySelector('[data-zoom=\"{size}\"]').click()")
    known = site.sign_in().get(f"/api/v1/invoices/{waiting[0]}").json()["evidence"]
    for path in UNSURE:
        browser.ask(f"document.getElementById('f-{path}').focus()")
        assert browser.ask("[...document.querySelectorAll('rect.on')].map((box) => box.dataset.path).join()") == path
        shown, image, pane = json.loads(
            browser.ask(
                "JSON.stringify([document.querySelector('rect.on'), document.querySelector('image'),"
                "document.querySelector('.pane')].map((one) => one.getBoundingClientRect()))"
            )
        )
        scale = image["width"] / float(browser.ask("document.querySelector('image').getAttribute('width')"))
        box = known[path][0]["box"]
        for edge, place in (("left", box[0] - 1.5), ("right", box[2] + 1.5)):
            assert shown[edge] - image["left"] == pytest.approx(place * scale, abs=2.5)
        for edge, place in (("top", box[1] - 1.5), ("bottom", box[3] + 1.5)):
            assert shown[edge] - image["top"] == pytest.approx(place * scale, abs=2.5)
        assert pane["top"] - 1 <= shown["top"] <= shown["bottom"] <= pane["bottom"] + 1


def middle_of(browser: Browser, word: str) -> tuple[float, float]:
    x, y = browser.ask(
        f"(() => {{ const word = [...document.querySelectorAll('rect.word')].find((one) => one.dataset.text === '{word}');"
        "const box = word.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()"
    )
    return float(x), float(y)


def test_a_word_of_the_page_goes_into_the_field_with_its_place(site: Site, browser: Browser, waiting: list[str]) -> None:
    sign_in(site, browser, waiting[0])
    browser.click(*middle_of(browser, "HB-5028300"))
    assert (focused(browser), browser.ask("document.getElementById('f-number').value")) == ("number", "HB-5028300")
    browser.click(*middle_of(browser, "HB-L5820"))  # belongs to another field: leads there
    assert focused(browser) == "delivery_note_reference"
    browser.ask("document.getElementById('f-number').focus()")
    browser.click(*middle_of(browser, "HB-L5820"), CONTROL)
    assert (focused(browser), browser.ask("document.getElementById('f-number').value")) == ("number", "HB-L5820")
    loads = browser.loads
    browser.press("s", CONTROL)
    browser.wait_for_load(loads)
    after = site.sign_in().get(f"/api/v1/invoices/{waiting[0]}").json()
    (place,) = after["evidence"]["number"]
    (known,) = after["evidence"]["delivery_note_reference"][:1]
    assert (after["invoice"]["number"], place["text"], place["page"]) == ("HB-L5820", "HB-L5820", 1)
    assert place["box"] == pytest.approx(known["box"], abs=2)
    assert browser.complaints == []


def test_f1_shows_the_keys_and_escape_hides_them(site: Site, browser: Browser, waiting: list[str]) -> None:
    sign_in(site, browser, waiting[0])
    browser.press("F1")
    assert browser.ask("document.getElementById('keys').open") is True
    browser.press("Escape")
    assert browser.ask("document.getElementById('keys').open") is False
