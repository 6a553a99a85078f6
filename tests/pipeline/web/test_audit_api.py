"""The trail by the API: with proofs that other code checks, with every filter, as CSV, and with the auditor's own steps in it."""

import csv
import hashlib
import io
import zipfile

import pytest

from pipeline.acts.acknowledging import acknowledge
from pipeline.acts.person import Person
from pipeline.store import records
from pipeline.trail import standalone
from pipeline.web.sessions import Role
from schemas.finding import warning
from tests.pipeline.web.conftest import Site
from tests.pipeline.web.rows import keep, make_document, make_invoice


def test_a_trail_comes_with_proofs(site: Site) -> None:
    identifier = keep(site.desk, make_document(make_invoice("A", "X")))
    keep(site.desk, make_document(make_invoice("B", "X")))
    body = site.machine().get(f"/api/v1/invoices/{identifier}/audit").json()
    head = body["checkpoint"]
    keys = site.machine().get("/api/v1/audit/checkpoint").json()["keys"]
    size, root = standalone.read_checkpoint(head["note"], keys, "head")
    assert (size, root.hex()) == (head["size"], head["root"])
    for entry in body["items"]:
        path = standalone.hashes(body["proofs"][str(entry["index"])])
        assert standalone.root_by_path(entry["index"], size, bytes.fromhex(entry["hash"]), path) == root


def test_every_answer_tells_the_last_signed_head(site: Site) -> None:
    keep(site.desk, make_document(make_invoice("A", "X")))
    head = site.desk.notary.checkpoint()
    assert site.machine().get("/api/v1/invoices").headers["belegfluss-checkpoint"] == f"{head.size} {head.root}"
    assert "belegfluss-checkpoint" not in site.visitor().get("/login").headers


@pytest.fixture
def three(site: Site) -> dict[str, str]:
    """Three invoices: of another supplier, of another amount with a finding, booked."""
    made = {
        "N-1": keep(site.desk, make_document(make_invoice("N-1", "Alpha GmbH")), vendor_number="100011"),
        "N-2": keep(
            site.desk,
            make_document(make_invoice("N-2", "Beta KG", "5000.00"), warning("TERM-DUE", "due_date", "late")),
            vendor_number="100012",
        ),
        "N-3": keep(site.desk, make_document(make_invoice("N-3", "Beta KG")), vendor_number="100012"),
    }
    with site.desk.database.write() as connection:
        records.set_invoice(connection, made["N-3"], site.desk.clock.now(), state="approved")
    acknowledge(site.desk, made["N-3"], Person("erp", "machine"), number="5105600123", year="2026")
    return made


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("number=n 1", {"N-1"}),
        ("number=unknown", set()),
        ("vendor=100012", {"N-2", "N-3"}),
        ("vendor=alpha", {"N-1"}),
        ("vendor=%25", set()),
        ("finding=TERM-DUE", {"N-2"}),
        ("finding=TERM", set()),
        ("booking=5105600123", {"N-3"}),
        ("booking=510560012", set()),
        ("amount_from=2000", {"N-2"}),
        ("amount_to=1190.00", {"N-1", "N-3"}),
        ("amount_from=1190.01&amount_to=5949.99", set()),
        ("vendor=beta&amount_to=2000", {"N-3"}),
        ("type=decided&vendor=beta", {"N-2", "N-3"}),
        ("actor=erp", {"N-3"}),
    ],
)
def test_the_log_is_searched_by_what_invoices_say(site: Site, three: dict[str, str], query: str, numbers: set[str]) -> None:
    items = site.sign_in().get(f"/api/v1/audit?limit=1000&{query}").json()["items"]
    known = {identifier: number for number, identifier in three.items()}
    assert {known[item["invoice"]] for item in items if item["invoice"] in known} == numbers
    if not numbers:
        assert not items


def test_what_was_received_belongs_to_the_invoice(site: Site, three: dict[str, str]) -> None:
    items = site.sign_in().get("/api/v1/audit?number=N-1").json()["items"]
    assert [item["type"] for item in items] == ["received", "extracted", "decided"]
    assert items[1]["invoice"] == three["N-1"]


@pytest.mark.parametrize("query", ["amount_from=much", "amount_to=1e400", "vendor=" + "x" * 201])
def test_a_bad_search_is_refused(site: Site, query: str) -> None:
    assert site.sign_in().get(f"/api/v1/audit?{query}").status_code == 422


def test_csv_says_what_json_says(site: Site, three: dict[str, str]) -> None:
    client = site.sign_in()
    for path, query in (("/api/v1/audit", "vendor=beta&limit=1000"), (f"/api/v1/invoices/{three['N-2']}/audit", "")):
        answer = client.get(f"{path}.csv?{query}")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [row["hash"] for row in rows] == [item["hash"] for item in client.get(f"{path}?{query}").json()["items"]]
        assert len(rows) >= 3


def test_csv_is_walked_by_its_link(site: Site, three: dict[str, str]) -> None:
    client = site.sign_in()
    answer, seen = client.get("/api/v1/audit.csv?limit=2"), list[str]()
    while True:
        seen += [row["index"] for row in csv.DictReader(io.StringIO(answer.text))]
        if "next" not in answer.links:
            break
        answer = client.get(answer.links["next"]["url"])
    assert seen == [str(index) for index in range(len(seen))]
    assert len(seen) >= 9


def test_csv_holds_no_formula(site: Site) -> None:
    from pipeline.store.audit import Event
    from pipeline.transaction import Transaction

    with site.desk.database.write() as connection:
        Transaction(connection, site.desk.clock.now()).note(None, Event("tick", reason="=HYPERLINK(1)"))
    assert ",'=HYPERLINK(1)," in site.sign_in().get("/api/v1/audit.csv").text


def test_what_an_auditor_looks_at_is_logged(site: Site) -> None:
    identifier = keep(site.desk, make_document(make_invoice("A", "X")))
    auditor = site.sign_in(Role.AUDITOR)
    auditor.get(f"/invoices/{identifier}?x=1")
    auditor.get("/api/v1/audit?type=decided")
    site.sign_in(Role.CLERK).get(f"/invoices/{identifier}")
    seen = site.sign_in(Role.ADMIN).get("/api/v1/audit?type=accessed").json()["items"]
    assert [(one["after"]["path"], one["after"]["query"], one["role"]) for one in seen] == [
        (f"/invoices/{identifier}", "x=1", "auditor"),
        ("/api/v1/audit", "type=decided", "auditor"),
    ]


def test_bundle_and_export_are_given_to_people_and_logged(site: Site, three: dict[str, str]) -> None:
    auditor = site.sign_in(Role.AUDITOR)
    bundle = auditor.get(f"/api/v1/invoices/{three['N-3']}/bundle")
    assert standalone.check_bundle(bundle.content, str(site.desk.notary.keys.trusted()[0]))["invoice"] == three["N-3"]
    export = auditor.get("/api/v1/audit/export?from=2026-01-01&to=2026-12-31")
    with zipfile.ZipFile(io.BytesIO(export.content)) as archive:
        assert len(archive.read("invoices.csv").splitlines()) == 3
    for answer in (bundle, export):
        assert answer.headers["content-disposition"].startswith("attachment; ")
    items = site.sign_in().get("/api/v1/audit?limit=1000").json()["items"]
    assert {("bundle-written", "auditor"), ("audit-exported", "auditor")} <= {(one["type"], one["role"]) for one in items}
    assert auditor.get("/api/v1/invoices/unknown/bundle").status_code == 404
    assert auditor.get("/api/v1/audit/export?from=2026-12-31&to=2026-01-01").status_code == 422
    assert auditor.get("/api/v1/audit/export?from=soon&to=2026-01-01").status_code == 422
    assert site.machine().get(f"/api/v1/invoices/{three['N-3']}/bundle").status_code == 403


def test_the_page_leads_to_its_twins(site: Site, three: dict[str, str]) -> None:
    client = site.sign_in()
    page = client.get("/audit?vendor=beta&finding=TERM-DUE").text
    assert f'href="/invoices/{three["N-2"]}"' in page
    assert f'href="/invoices/{three["N-3"]}"' not in page
    assert f'href="/api/v1/invoices/{three["N-2"]}/bundle"' in client.get(f"/invoices/{three['N-2']}").text
    assert '/api/v1/audit.csv?vendor=beta&amp;finding=TERM-DUE"' in page


def test_from_a_booking_to_the_received_bytes_and_from_a_mail_to_its_bookings(site: Site) -> None:
    from pipeline.receiving import receive
    from pipeline.running import drain
    from pipeline.store.tables import invoice
    from tests.pipeline.scenes import SAMPLES, load_master

    load_master(site.desk)
    raw = (SAMPLES / "documents" / "80-mail-zwei-rechnungen.eml").read_bytes()
    mail, _jobs = receive(site.desk, raw, "80-mail-zwei-rechnungen.eml", "mail")
    drain(site.desk)
    with site.desk.database.read() as connection:
        identifiers = [row.id for row in connection.execute(invoice.select().order_by(invoice.c.file))]
    for count, identifier in enumerate(identifiers):
        acknowledge(site.desk, identifier, Person("erp", "machine"), number=f"510560000{count}", year="2026")
    client = site.sign_in(Role.CLERK)

    story = client.get("/api/v1/audit?booking=5105600001&limit=1000").json()["items"]
    arrived = [entry for entry in story if entry["type"] == "received"]
    assert arrived[0]["invoice"] == mail
    assert arrived[0]["after"]["document"] == hashlib.sha256(raw).hexdigest()
    assert client.get(f"/documents/{mail}/original").content == raw
    assert {entry["invoice"] for entry in story if entry["type"] == "acknowledged"} == {identifiers[1]}

    parts = client.get(f"/api/v1/documents/{mail}").json()["parts"]
    found = [one["id"] for part in parts for one in part["invoices"]]
    trails = [client.get(f"/api/v1/invoices/{identifier}/audit").json()["items"] for identifier in found]
    booked = {entry["after"]["number"] for trail in trails for entry in trail if entry["type"] == "acknowledged"}
    assert booked == {"5105600000", "5105600001"}
