"""Acts over HTTP: preconditions, roles, problems, and the whole way of a pull."""

from typing import Any

import httpx
import pytest

from pipeline.web.sessions import Role
from tests.pipeline.scenes import hand_in, load_master
from tests.pipeline.web.conftest import Site

OVER_PRICE = "40-preis-ueber-bestellung.pdf"
CLEAN = "01-schrauben-preis-je-100.pdf"


@pytest.fixture
def stocked(site: Site) -> Site:
    load_master(site.desk)
    return site


def seen(client: httpx.Client, item: str) -> tuple[dict[str, Any], str]:
    answer = client.get(f"/api/v1/invoices/{item}")
    return answer.json(), answer.headers["etag"]


def test_a_correction_needs_what_was_seen(stocked: Site) -> None:
    item = hand_in(stocked.desk, OVER_PRICE)
    clerk = stocked.sign_in()
    address = f"/api/v1/invoices/{item}"
    assert clerk.patch(address, json={"number": "X-1"}).status_code == 428
    body, tag = seen(clerk, item)
    answer = clerk.patch(address, json={"number": "X-1"}, headers={"If-Match": tag})
    assert (answer.status_code, answer.json()["decision"]) == (200, "blocked")
    stale = clerk.patch(address, json={"number": "X-2"}, headers={"If-Match": tag})
    assert (stale.status_code, stale.headers["content-type"]) == (412, "application/problem+json")
    after, _ = seen(clerk, item)
    assert (after["invoice"]["number"], body["version"] < after["version"]) == ("X-1", True)
    assert clerk.patch(address, json={}, headers={"If-Match": "*"}).status_code == 422
    assert clerk.patch(address, json={"number": "X"}, headers={"If-Match": "nonsense"}).status_code == 412


def test_decisions_by_role(stocked: Site) -> None:
    item = hand_in(stocked.desk, OVER_PRICE)
    address = f"/api/v1/invoices/{item}"
    for role in (Role.AUDITOR, Role.ADMIN):
        assert stocked.sign_in(role).post(f"{address}/approve", json={}).status_code == 403
    assert stocked.machine().post(f"{address}/approve", json={}).status_code == 403
    clerk = stocked.sign_in()
    refused = clerk.post(f"{address}/approve", json={})
    assert (refused.status_code, bool(refused.json()["reasons"])) == (409, True)
    assert clerk.post(f"{address}/reject", json={}).status_code == 422
    assert clerk.post(f"{address}/reject", json={"reason": "wrong"}).json()["state"] == "rejected"
    assert clerk.post(f"{address}/undo").json()["state"] == "blocked"
    assert clerk.post("/api/v1/invoices/nowhere/undo").status_code == 404


def test_a_variance_is_taken_over_http(stocked: Site) -> None:
    item = hand_in(stocked.desk, OVER_PRICE)
    clerk = stocked.sign_in()
    body, tag = seen(clerk, item)
    line = body["match"]["lines"][0]["invoice_line"]
    sent = {"key": "PP", "invoice_line": line, "reason": "agreed"}
    answer = clerk.post(f"/api/v1/invoices/{item}/accept-variance", json=sent, headers={"If-Match": tag})
    assert (answer.status_code, answer.json()["decision"]) == (200, "approved")


def test_the_pull_of_an_invoice_end_to_end(stocked: Site) -> None:
    item = hand_in(stocked.desk, CLEAN)
    blocked = hand_in(stocked.desk, OVER_PRICE)
    machine = stocked.machine()
    assert machine.get(f"/api/v1/invoices/{blocked}/einvoice?format=zugferd").status_code == 409
    (listed,) = machine.get("/api/v1/invoices?state=approved").json()["items"]
    assert listed["id"] == item
    pdf = machine.get(f"{listed['href']}/einvoice?format=zugferd")
    assert (pdf.status_code, pdf.headers["content-type"], pdf.content[:5]) == (200, "application/pdf", b"%PDF-")
    again = machine.get(f"{listed['href']}/einvoice?format=zugferd", headers={"If-None-Match": pdf.headers["etag"]})
    assert again.status_code == 304
    assert machine.get(f"{listed['href']}/einvoice").headers["content-type"] == "application/pdf"
    further = machine.get(f"{listed['href']}/einvoice?format=en16931-ubl")
    assert (further.status_code, b"Invoice" in further.content) == (200, True)
    assert machine.get(f"{listed['href']}/einvoice?format=word").status_code == 422
    upload = machine.get(f"{listed['href']}/einvoice?format=sap-odata")
    assert upload.json()["SupplierInvoiceIDByInvcgParty"] == machine.get(listed["href"]).json()["invoice"]["number"]
    assert stocked.sign_in().post(f"{listed['href']}/undo").status_code == 409
    booking = {"number": "5105600123", "year": "2026", "system": "S4"}
    for _ in range(2):
        assert machine.post(f"{listed['href']}/ack", json=booking).json()["state"] == "acknowledged"
    assert machine.post(f"{listed['href']}/ack", json=booking | {"number": "1"}).status_code == 409
    types = [entry["type"] for entry in machine.get(f"{listed['href']}/audit").json()["items"]]
    assert types.count("fetched") == 3
    assert types[-1] == "acknowledged"
    assert machine.get("/api/v1/invoices?state=approved").json()["items"] == []
