"""The review screen over real HTTP: every act as the form of the page sends it, refusals, conflicts, and the page's picture."""

import html
import re
from typing import Any

import httpx
import pytest

from pipeline.web.sessions import Role
from schemas.finding import error
from tests.pipeline.scenes import hand_in, load_master
from tests.pipeline.web.conftest import Site
from tests.pipeline.web.rows import keep, make_document, make_invoice

OVER_PRICE = "40-preis-ueber-bestellung.pdf"
NEW_BANK = "47-bankverbindung-geaendert.pdf"
NO_ACCOUNT = "55-anwalt-ohne-bestellung-ohne-regel.pdf"


@pytest.fixture
def stocked(site: Site) -> Site:
    load_master(site.desk)
    return site


def unsure(site: Site, *paths: str) -> str:
    """An invoice whose values at these paths are not proven."""
    findings = [error("READ-UNSURE", path, f"{path} is not proven") for path in paths]
    return keep(site.desk, make_document(make_invoice("RE-7", "Kabel-Ost AG"), *findings, accepted=False), reasons=("look",))


def form_of(page: str) -> dict[str, str]:
    """The inputs of the form of values as a browser would send them: none ticked."""
    inputs = re.findall(r'<input (?:id="f-[^"]*" )?[^>]*name="(v:[^"]+)" form="review" value="([^"]*)"', page)
    version = re.search(r'id="review"[^>]*><input type="hidden" name="version" value="(\d+)">', page)
    assert version
    return {name: html.unescape(value) for name, value in inputs} | {"version": version[1]}


def act(client: httpx.Client, item: str, name: str, data: dict[str, Any]) -> httpx.Response:
    return client.post(f"/invoices/{item}/acts/{name}", data=data)


def stated(client: httpx.Client, item: str) -> dict[str, Any]:
    body: dict[str, Any] = client.get(f"/api/v1/invoices/{item}").json()
    return body


def test_uncertain_fields_come_first_with_what_is_printed(site: Site) -> None:
    item = unsure(site, "totals.grand_total", "number")
    page = site.sign_in().get(f"/invoices/{item}").text
    asked = re.findall(r'class="entry asked[^>]*>\s*<label for="f-([^"]+)"', page)
    assert asked == ["number", "totals.grand_total"]  # down the page
    assert page.index('id="uncertain"') < page.index('name="v:issue_date"')
    assert page.count('name="v:number"') == 1
    assert "number is not proven" in page
    assert "<q>RE-7</q>" in page


def test_a_field_is_corrected_and_the_others_stay_unproven(site: Site) -> None:
    item = unsure(site, "totals.grand_total", "number", "lines[0].quantity")
    clerk = site.sign_in()
    form = form_of(clerk.get(f"/invoices/{item}").text)
    form |= {"v:number": "RE-8", "v:due_date": "15.12.", "confirm": "totals.grand_total", "at:number": "1 10 20 30.5 9"}
    answer = act(clerk, item, "correct", form)
    assert answer.status_code == 303
    after = stated(clerk, item)
    assert (after["invoice"]["number"], after["invoice"]["due_date"]) == ("RE-8", "2026-12-15")
    left = [finding["path"] for finding in after["findings"] if finding["code"] == "READ-UNSURE"]
    assert left == ["lines[0].quantity"]
    (place,) = after["evidence"]["number"]
    assert (place["page"], place["box"], place["text"]) == (1, [10, 20, 40.5, 29], "RE-8")
    assert "person" in after["evidence"]["totals.grand_total"][0]["proofs"]
    page = clerk.get(answer.headers["location"]).text
    assert "Saved. Everything was judged again." in page
    assert "<i>number</i> RE-7 → RE-8" in page
    assert "<i>due_date</i> 2026-12-20 → 2026-12-15" in page
    types = [entry["type"] for entry in clerk.get(f"/api/v1/invoices/{item}/audit").json()["items"]]
    assert {"corrected", "values-confirmed"} <= set(types)


def test_an_untouched_form_changes_nothing(site: Site) -> None:
    item = unsure(site, "number")
    for language in ("en", "de"):
        clerk = site.sign_in(language=language)
        before = stated(clerk, item)
        assert act(clerk, item, "correct", form_of(clerk.get(f"/invoices/{item}").text)).status_code == 303
        assert stated(clerk, item) == before


def test_a_very_long_invoice_is_corrected_where_it_is_asked(site: Site) -> None:
    (line,) = make_invoice("L", "S").lines
    lines = [line.model_copy(update={"id": str(n)}) for n in range(1, 1001)]
    findings = [error("READ-UNSURE", f"lines[{n}].quantity", "not proven") for n in range(0, 1000, 3)]
    item = keep(site.desk, make_document(make_invoice("L", "S", lines=lines), *findings, accepted=False))
    clerk = site.sign_in()
    form = form_of(clerk.get(f"/invoices/{item}").text)
    assert 200 <= sum(name.startswith("v:lines[") for name in form) <= 2000
    assert act(clerk, item, "correct", form | {"v:lines[3].quantity": "7"}).status_code == 303
    after = stated(clerk, item)["invoice"]["lines"]
    assert (len(after), after[3]["quantity"], after[4]["quantity"]) == (1000, "7", "500")


def test_what_cannot_be_read_is_kept_in_the_form_and_nothing_is_saved(site: Site) -> None:
    item = unsure(site, "number")
    clerk = site.sign_in(language="de")
    form = form_of(clerk.get(f"/invoices/{item}").text) | {"v:totals.rounding": "1.234", "v:number": "Neu <1>"}
    answer = act(clerk, item, "correct", form)
    assert answer.status_code == 422
    assert 'value="1.234"' in answer.text
    assert 'value="Neu &lt;1&gt;"' in answer.text
    assert "schreiben Sie 1234 oder 1.234,00" in answer.text
    assert answer.text.count('aria-invalid="true"') == 1
    assert stated(clerk, item)["invoice"]["number"] == "RE-7"


def test_paths_nobody_offered_are_not_taken(site: Site) -> None:
    item = unsure(site, "number")
    clerk = site.sign_in()
    form = form_of(clerk.get(f"/invoices/{item}").text) | {
        "v:payment.accounts[0].iban": "DE1",
        "v:nonsense": "1",
        "confirm": "lines",
    }
    assert act(clerk, item, "correct", form).status_code == 303
    assert stated(clerk, item)["invoice"]["payment"]["accounts"][0]["iban"] == "DE02120300000000202051"
    assert [f["path"] for f in stated(clerk, item)["findings"] if f["code"] == "READ-UNSURE"] == ["number"]


def test_a_new_iban_is_the_first_account_as_well(site: Site) -> None:
    item = unsure(site, "payment.iban")
    clerk = site.sign_in()
    form = form_of(clerk.get(f"/invoices/{item}").text) | {"v:payment.iban": "de89 3704 0044 0532 0130 00"}
    act(clerk, item, "correct", form)
    payment = stated(clerk, item)["invoice"]["payment"]
    assert (payment["iban"], payment["accounts"][0]["iban"]) == ("DE89370400440532013000",) * 2


@pytest.mark.parametrize("language", ["en", "de"])
def test_somebody_else_was_faster(site: Site, language: str) -> None:
    item = unsure(site, "number")
    slow, fast = site.sign_in(language=language), site.sign_in(Role.APPROVER)
    old = form_of(slow.get(f"/invoices/{item}").text)
    act(fast, item, "correct", form_of(fast.get(f"/invoices/{item}").text) | {"v:number": "RE-9"})
    answer = act(slow, item, "correct", old | {"v:number": "RE-10"})
    assert answer.status_code == 412
    conflict = re.search(r'<table class="list conflict">.*?</table>', answer.text, re.S)
    assert conflict
    assert re.findall(r"<td>([^<]*)</td>", conflict[0]) == ["RE-10", "RE-9"]
    assert ("Approver" if language == "en" else "Freigabe") in answer.text.partition("conflict")[0]
    assert 'value="RE-10"' in answer.text
    assert stated(slow, item)["invoice"]["number"] == "RE-9"
    again = act(slow, item, "correct", form_of(answer.text))
    assert (again.status_code, stated(slow, item)["invoice"]["number"]) == (303, "RE-10")
    for name in ("reject", "postpone", "approve", "undo"):
        assert act(slow, item, name, {"version": old["version"], "reason": "x"}).status_code == 412
        assert act(slow, item, name, {"reason": "x"}).status_code == 412


def test_a_second_person_sees_who_has_it_open(site: Site) -> None:
    item, other = unsure(site, "number"), unsure(site, "number")
    clerk, approver, auditor = site.sign_in(), site.sign_in(Role.APPROVER), site.sign_in(Role.AUDITOR)
    assert "has this invoice open" not in clerk.get(f"/invoices/{item}").text
    assert "has this invoice open" not in clerk.get(f"/invoices/{item}").text  # oneself
    assert "Clerk has this invoice open" in approver.get(f"/invoices/{item}").text
    assert "has this invoice open" not in auditor.get(f"/invoices/{item}").text
    assert "has this invoice open" not in approver.get(f"/invoices/{other}").text
    assert "has this invoice open" not in clerk.get(f"/invoices/{item}").text  # the other one went on
    clerk.get("/")
    assert "has this invoice open" not in approver.get(f"/invoices/{item}").text


def test_reject_goes_on_to_the_next_and_is_undone_from_there(site: Site) -> None:
    first, second = unsure(site, "number"), unsure(site, "number")
    clerk = site.sign_in()
    version = form_of(clerk.get(f"/invoices/{first}").text)["version"]
    refused = act(clerk, first, "reject", {"version": version, "reason": " "})
    assert (refused.status_code, "say why in a few words" in refused.text) == (422, True)
    answer = act(clerk, first, "reject", {"version": version, "reason": "not ours"})
    assert answer.headers["location"].startswith(f"/invoices/{second}?")
    page = clerk.get(answer.headers["location"]).text
    assert "RE-7 is rejected." in page
    found = re.search(
        r'action="/invoices/([^/]+)/acts/undo" id="undo-last"><input type="hidden" name="version" value="(\d+)"', page
    )
    assert found
    back = act(clerk, found[1], "undo", {"version": found[2]})
    assert (back.status_code, stated(clerk, first)["state"]) == (303, "review")
    types = [entry["type"] for entry in clerk.get(f"/api/v1/invoices/{first}/audit").json()["items"]]
    assert {"rejected-by-person", "undone"} <= set(types)


def test_an_address_cannot_claim_what_was_not_done(site: Site) -> None:
    item = unsure(site, "number")
    clerk = site.sign_in()
    for act_name in ("reject", "approve", "<b>", "done"):
        for page in ("/", f"/invoices/{item}"):
            assert 'class="notice"' not in clerk.get(page, params={"done": item, "act": act_name}).text


def test_postponed_is_passed_over_and_told_in_the_queue(site: Site) -> None:
    first, second = unsure(site, "number"), unsure(site, "number")
    clerk = site.sign_in()
    version = form_of(clerk.get(f"/invoices/{first}").text)["version"]
    assert act(clerk, first, "postpone", {"version": version, "reason": "ask", "until": "soon"}).status_code == 422
    answer = act(clerk, first, "postpone", {"version": version, "reason": "ask", "until": ""})
    assert answer.headers["location"].startswith(f"/invoices/{second}?")
    assert clerk.get(f"/invoices/{second}/next").headers["location"] == "/"
    assert "postponed until" in clerk.get("/").text


def test_approve_names_what_is_open_in_the_language_of_the_page(stocked: Site) -> None:
    item = hand_in(stocked.desk, OVER_PRICE)
    clerk = stocked.sign_in(language="de")
    answer = act(clerk, item, "approve", form_of(clerk.get(f"/invoices/{item}").text))
    assert answer.status_code == 409
    alert = re.search(r'role="alert".*?</div>', answer.text, re.S)
    assert alert
    assert "Solange das offen ist" in alert[0]
    assert "Bestellung und Wareneingang sperren die Rechnung: Preis." in alert[0]


def test_order_receipt_and_invoice_side_by_side_and_the_variance_taken(stocked: Site) -> None:
    item = hand_in(stocked.desk, OVER_PRICE)
    clerk = stocked.sign_in()
    page = clerk.get(f"/invoices/{item}").text
    table = re.search(r'<table class="list compare">.*?</table>', page, re.S)
    assert table
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", table[0]))
    for words in ("4500001006 /", "412.00", "2,472.00", "438.00", "2,628.00"):
        assert words in text, words
    found = re.search(r'name="key" value="(\w+)"><input type="hidden" name="invoice_line" value="([^"]*)"', table[0])
    assert found
    version = form_of(page)["version"]
    sent = {"version": version, "key": found[1], "invoice_line": found[2], "reason": "agreed by telephone"}
    assert act(clerk, item, "variance", sent).status_code == 303
    assert stated(clerk, item)["decision"] == "approved"
    done = clerk.get(f"/invoices/{item}").text
    assert 'name="v:number"' not in done
    assert "Undo: variance accepted" in done


SECOND_COPY = "44-zweitschrift.pdf"
FIRST_COPY = "06-druck-zwei-steuersaetze.pdf"


@pytest.mark.parametrize(("act_name", "state"), [("dismiss", None), ("reject", "rejected")])
def test_a_duplicate_is_compared_and_kept_or_discarded(stocked: Site, act_name: str, state: str | None) -> None:
    first = hand_in(stocked.desk, FIRST_COPY)
    item = hand_in(stocked.desk, SECOND_COPY)
    clerk = stocked.sign_in()
    page = clerk.get(f"/invoices/{item}").text
    table = re.search(r'<section aria-labelledby="twins".*?</section>', page, re.S)
    assert table
    assert f'href="/invoices/{first}"' in table[0]
    assert "the same" in table[0]
    form = form_of(page)
    assert act(clerk, item, "approve", form).status_code == 409
    found = re.search(r'name="code" value="(FRAUD-DUPLICATE[^"]*)"><input type="hidden" name="path" value="([^"]*)"', table[0])
    assert found
    sent = {"version": form["version"], "reason": "two deliveries", "code": found[1], "path": found[2]}
    assert act(clerk, item, act_name, sent).status_code == 303
    after = stated(clerk, item)
    assert state is None or after["state"] == state
    types = [entry["type"] for entry in clerk.get(f"/api/v1/invoices/{item}/audit").json()["items"]]
    assert ("finding-dismissed" if act_name == "dismiss" else "rejected-by-person") in types


def test_a_new_account_needs_two_people_who_called(stocked: Site) -> None:
    item = hand_in(stocked.desk, NEW_BANK)
    clerk, approver = stocked.sign_in(), stocked.sign_in(Role.APPROVER, "de")
    page = clerk.get(f"/invoices/{item}").text
    iban = re.search(r'name="iban" value="([^"]+)"', page)
    assert iban
    sent = {"iban": iban[1], "called": "Ms Nowak, +48 32 555 01 77"}
    assert act(clerk, item, "bank", sent | {"version": form_of(page)["version"]}).status_code == 303
    again = act(clerk, item, "bank", sent | {"version": form_of(clerk.get(f"/invoices/{item}").text)["version"]})
    assert (again.status_code, "A second person must confirm" in again.text) == (403, True)
    other = approver.get(f"/invoices/{item}").text
    assert "eine zweite Person wird erwartet" in other
    assert act(approver, item, "bank", sent | {"version": form_of(other)["version"]}).status_code == 303
    assert stated(approver, item)["decision"] != "blocked"


def test_a_line_is_booked_elsewhere(stocked: Site) -> None:
    item = hand_in(stocked.desk, NO_ACCOUNT)
    clerk = stocked.sign_in()
    page = clerk.get(f"/invoices/{item}").text
    line = stated(clerk, item)["posting"]["lines"][0]["invoice_line"]
    version = form_of(page)["version"]
    empty = act(clerk, item, "accounts", {"version": version, "invoice_line": line})
    assert empty.status_code == 422
    sent = {"version": version, "invoice_line": line, "gl_account": "477000", "cost_center": "4100", "tax_code": ""}
    assert act(clerk, item, "accounts", sent).status_code == 303
    assert stated(clerk, item)["posting"]["lines"][0]["gl_account"] == "477000"


def test_who_looks_on_gets_no_form_and_may_not_act(site: Site) -> None:
    item = unsure(site, "number")
    for role in (Role.AUDITOR, Role.ADMIN):
        client = site.sign_in(role)
        page = client.get(f"/invoices/{item}").text
        assert "RE-7" in page
        assert "/acts/" not in page
        for name in ("correct", "approve", "reject", "postpone", "undo", "dismiss", "bank", "variance", "ask", "accounts"):
            assert act(client, item, name, {"version": "1", "reason": "x"}).status_code == 403
    clerk = site.sign_in()
    assert act(clerk, item, "nothing", {}).status_code == 404
    assert act(clerk, "nowhere", "approve", {"version": "1"}).status_code == 404
    assert act(site.visitor(), item, "approve", {}).headers["location"] == "/login"
    forged = site.thief(dict(clerk.cookies))
    forged.headers["Origin"] = "https://evil.example"
    assert act(forged, item, "approve", {"version": "1"}).status_code == 403


def test_the_page_has_a_picture_with_a_box_for_each_field_and_its_words(stocked: Site) -> None:
    item = hand_in(stocked.desk, OVER_PRICE)
    clerk = stocked.sign_in()
    page = clerk.get(f"/invoices/{item}").text
    address = re.search(r'<image href="(/documents/[^"]+/pages/1)"', page)
    assert address
    picture = clerk.get(address[1])
    assert (picture.headers["content-type"], picture.content[8:12]) == ("image/webp", b"WEBP")
    assert len(picture.content) < 150_000
    boxes = dict(re.findall(r'<rect class="box[^"]*" data-path="([^"]+)" data-text="[^"]*" x="([\d.]+)"', page))
    known = stated(clerk, item)["evidence"]["totals.grand_total"][0]["box"]
    assert float(boxes["totals.grand_total"]) == pytest.approx(known[0] - 1.5)
    words = {html.unescape(word) for word in re.findall(r'<rect class="word" data-text="([^"]+)"', page)}
    assert {"HB-61507", "3.127,32", "4500001006"} <= words
    assert "Page 1 as text" in page
    assert stocked.visitor().get(address[1]).status_code == 303
    assert clerk.get(address[1].replace("/pages/1", "/pages/2")).status_code == 404
    assert clerk.get("/documents/nowhere/pages/1").status_code == 404


def test_a_file_that_cannot_be_drawn_has_a_page_without_a_picture(stocked: Site) -> None:
    item = hand_in(stocked.desk, "61-passwort.pdf")
    page = stocked.sign_in().get(f"/invoices/{item}")
    assert page.status_code == 200
    assert "<image" not in page.text


def test_nothing_on_the_screen_needs_more_than_the_policy_allows(stocked: Site) -> None:
    page = stocked.sign_in().get(f"/invoices/{hand_in(stocked.desk, OVER_PRICE)}").text
    assert re.findall(r"<script(?![^>]* src=)|\son\w+=|style=|javascript:", page) == []
    labelled = set(re.findall(r'<label for="([^"]+)"', page))
    bare = [tag for tag in re.findall(r'<(?:input|textarea)[^>]*id="f-[^"]*"[^>]*>', page) if "aria-label" not in tag]
    assert [tag for tag in bare if (found := re.search(r'id="([^"]+)"', tag)) and found[1] not in labelled] == []
