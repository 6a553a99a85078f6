"""The API: documents in, invoices and trail out, problems as RFC 9457."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from pipeline.running import drain
from pipeline.store import records, tables
from pipeline.web.api import is_known
from schemas.decision import Decision
from tests.pipeline.web.conftest import Site
from tests.pipeline.web.rows import keep, make_document, make_invoice


def test_a_raw_body_is_received_and_gets_its_outcome(site: Site) -> None:
    machine = site.machine()
    answer = machine.post("/api/v1/documents?name=../a.pdf", content=b"no invoice")
    assert answer.status_code == 202
    location = answer.headers["location"]
    assert location == f"/api/v1/documents/{answer.json()['id']}"
    document = machine.get(location).json()
    assert (document["name"], document["state"], document["outcome"]) == ("a.pdf", "received", "open")
    drain(site.desk)
    document = machine.get(location).json()
    assert document["outcome"] == "done"
    (invoice,) = document["invoices"]
    assert machine.get(invoice["href"]).json()["decision"] == invoice["decision"]


def test_a_form_is_received(site: Site) -> None:
    answer = site.machine().post("/api/v1/documents", files={"file": ("räder.xml", b"<x/>", "text/xml")})
    assert answer.status_code == 202
    assert site.machine().get(answer.headers["location"]).json()["name"] == "räder.xml"


@pytest.mark.parametrize(
    ("content", "files"),
    [
        (b"", None),
        (None, [("file", ("a", b"", "x/y"))]),
        (None, [("a", ("a", b"1", "x/y")), ("b", ("b", b"2", "x/y"))]),
    ],
)
def test_an_upload_without_exactly_one_document_is_refused(site: Site, content: bytes | None, files: list[Any] | None) -> None:
    answer = site.machine().post("/api/v1/documents", content=content, files=files)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert not site.desk.home.originals.exists()


@pytest.mark.parametrize("body", [b"", b"--x", b"garbage", b"--x\r\nContent-Disposition: form-data\r\n\r\n"])
def test_a_broken_form_is_a_problem_not_a_crash(site: Site, body: bytes) -> None:
    answer = site.machine().post("/api/v1/documents", content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_could_not_be_kept_is_not_acknowledged(site: Site) -> None:
    """A full or broken disk: the sender is told to keep the document and to come again."""
    site.desk.home.originals.write_bytes(b"in the way")
    answer = site.machine().post("/api/v1/documents", content=b"x")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.headers["retry-after"]
    with site.desk.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.received)) == 0


def test_a_database_that_does_not_answer_is_said_so(site: Site) -> None:
    client = site.sign_in()
    with site.desk.database.write() as connection:
        connection.execute(text("ALTER TABLE invoice RENAME TO elsewhere"))
    assert client.get("/").status_code == 503
    assert client.get("/api/v1/invoices").headers["content-type"] == "application/problem+json"


def test_the_same_key_is_the_same_document(site: Site) -> None:
    machine, key = site.machine(), {"Idempotency-Key": "k-1"}
    first = machine.post("/api/v1/documents", content=b"one", headers=key)
    again = machine.post("/api/v1/documents", content=b"one", headers=key)
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    other = machine.post("/api/v1/documents", content=b"two", headers=key)
    assert (other.status_code, other.json()["title"]) == (422, "Unprocessable Entity")
    another_caller = site.sign_in().post("/api/v1/documents", content=b"two", headers=key)
    assert (another_caller.status_code, another_caller.json()["id"] == first.json()["id"]) == (202, False)
    assert machine.post("/api/v1/documents", content=b"x", headers={"Idempotency-Key": "k" * 256}).status_code == 422


def test_an_invoice_is_sent_once_until_it_changes(site: Site) -> None:
    identifier = keep(site.desk, make_document(make_invoice("RE-1", "A")), vendor_number="100012")
    machine = site.machine()
    first = machine.get(f"/api/v1/invoices/{identifier}")
    body = first.json()
    assert body["invoice"]["totals"]["grand_total"] == "1190.00"
    assert body["evidence"]["number"][0]["page"] == 1
    assert "audit" not in body
    keep(site.desk, make_document(make_invoice("RE-2", "A")))
    tag = {"If-None-Match": f'W/"x", {first.headers["etag"]}'}
    unchanged = machine.get(f"/api/v1/invoices/{identifier}", headers=tag)
    assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", first.headers["etag"])
    with site.desk.database.write() as connection:
        records.set_invoice(connection, identifier, site.desk.clock.now(), state="approved")
    changed = machine.get(f"/api/v1/invoices/{identifier}", headers=tag)
    assert (changed.status_code, changed.json()["state"]) == (200, "approved")


@pytest.mark.parametrize(
    ("header", "known"),
    [('"a"', True), ('W/"a"', True), ('"b", "a"', True), ("*", True), ('"b"', False), ("", False), ("a", False)],
)
def test_tags_are_compared_weakly(header: str, known: bool) -> None:
    assert is_known(header, '"a"') == known


def test_a_walk_meets_every_old_invoice_once_while_more_arrive(site: Site) -> None:
    old = [keep(site.desk, make_document(make_invoice(f"N{n}", "A"))) for n in range(23)]
    machine, seen, after = site.machine(), list[str](), ""
    while True:
        answer = machine.get("/api/v1/invoices", params={"limit": 5, "after": after})
        body = answer.json()
        seen += [item["id"] for item in body["items"]]
        keep(site.desk, make_document(make_invoice(f"NEW{len(seen)}", "A"))) if len(seen) < 20 else None
        if body["next"] is None:
            assert "link" not in answer.headers
            break
        after = body["next"]
        assert answer.headers["link"] == f'</api/v1/invoices?limit=5&after={after}>; rel="next"'
    assert seen[:23] == old
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["A-1", "B-2", "C-3"]),
        ("state=approved", ["A-1"]),
        ("state=approved,blocked", ["A-1", "C-3"]),
        ("vendor=200", ["B-2"]),
        ("number=a1", ["A-1"]),
        ("number=A", []),
        ("from=2026-11-20&to=2026-11-20", ["A-1", "B-2", "C-3"]),
        ("from=2026-11-21", []),
        ("to=2026-11-19", []),
    ],
)
def test_filters(site: Site, query: str, found: list[str]) -> None:
    keep(site.desk, make_document(make_invoice("A-1", "X")), Decision.APPROVED, vendor_number="100")
    keep(site.desk, make_document(make_invoice("B-2", "X")), Decision.REVIEW, vendor_number="200")
    keep(site.desk, make_document(make_invoice("C-3", "X")), Decision.BLOCKED, vendor_number="300")
    items = site.machine().get(f"/api/v1/invoices?{query}").json()["items"]
    assert [item["number"] for item in items] == found
    assert all(Decimal(item["grand_total"]) == 1190 for item in items)


@pytest.mark.parametrize(
    "query", ["state=paid", "limit=0", "limit=1001", "limit=x", "from=yesterday", "after=%%%", "after=W10", f"number={'x' * 300}"]
)
def test_a_bad_question_is_a_problem_that_does_not_repeat_it(site: Site, query: str) -> None:
    answer = site.machine().get(f"/api/v1/invoices?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["type"]) == (422, "about:blank")
    assert "x" * 300 not in answer.text


def test_the_trail_of_an_invoice_starts_with_its_arrival(site: Site) -> None:
    identifier = keep(site.desk, make_document(make_invoice("A", "X")))
    body = site.machine().get(f"/api/v1/invoices/{identifier}/audit").json()
    assert [entry["type"] for entry in body["items"]] == ["received", "extracted", "decided"]
    assert set(body["items"][0]) == {
        *("index", "time", "actor", "role", "type", "invoice", "before", "after", "reason", "hash", "previous")
    }
    checkpoint = site.machine().get("/api/v1/audit/checkpoint").json()
    assert (checkpoint["size"], checkpoint["root"]) == (4, body["checkpoint"]["root"])  # the fourth names the signing key
    assert len(checkpoint["root"]) == 64


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["received", "extracted", "decided"]),
        ("type=decided", ["decided"]),
        ("actor=nobody", []),
        ("from=2026-11-25&to=2026-11-25", ["received", "extracted", "decided"]),
        ("from=2026-11-26", []),
        ("to=2026-11-24", []),
        ("limit=2", ["received", "extracted"]),
    ],
)
def test_the_whole_log(site: Site, query: str, found: list[str]) -> None:
    keep(site.desk, make_document(make_invoice("A", "X")))
    body = site.sign_in().get(f"/api/v1/audit?{query}").json()
    assert [entry["type"] for entry in body["items"]] == found
    assert (body["next"] is not None) == ("limit" in query)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", "/api/v1/invoices", 405),
        ("POST", "/api/v1/invoices", 405),
        ("GET", "/api/v2/x", 404),
        ("TRACE", "/healthz", 405),
    ],
)
def test_what_the_framework_refuses_is_a_problem_too(site: Site, method: str, path: str, status: int) -> None:
    answer = site.machine().request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_the_description_is_openapi(site: Site) -> None:
    described = site.visitor().get("/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert {"/api/v1/documents", "/api/v1/invoices", "/api/v1/invoices/{identifier}", "/api/v1/audit/checkpoint"} <= set(
        described["paths"]
    )
    assert not any(path in described["paths"] for path in ("/", "/login", "/upload"))


def test_health(site: Site, tmp_path: Path) -> None:
    client = site.visitor()
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok"}
    site.desk.home.folder.rename(tmp_path / "gone")
    try:
        answer = client.get("/readyz")
    finally:
        (tmp_path / "gone").rename(site.desk.home.folder)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert client.get("/healthz").status_code == 200
