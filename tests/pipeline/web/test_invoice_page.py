"""The page of one invoice, its files, and the log."""

import re
from decimal import Decimal

import pytest
from sqlalchemy import update

from pipeline.receiving import receive
from pipeline.running import drain
from pipeline.store import records, tables
from pipeline.store.audit import Event
from pipeline.transaction import Transaction
from pipeline.web.downloads import SANDBOX
from pipeline.web.sessions import Role
from schemas.decision import Decision
from schemas.document import Document, Kind
from schemas.finding import error, info
from schemas.matching import Match, MatchLine, ReceiptShare, Variance
from schemas.posting import Posting, PostingLine
from tests.pipeline.web.conftest import Site
from tests.pipeline.web.rows import keep, make_document, make_invoice

BANK = error(
    "FRAUD-BANK-CHANGED",
    "payment.iban",
    "the IBAN is not known for this vendor",
    stated="DE02 1203",
    expected="DE89 3704",
    clears="a call on a number known before",
)


def full(site: Site) -> str:
    match = Match(
        state="blocked",
        blocks=["price"],
        lines=[
            MatchLine(
                invoice_line="1",
                purchase_order="4500000001",
                purchase_order_line="10",
                receipts=[ReceiptShare(receipt="5000000012", line="1", quantity=Decimal("50.000"))],
                variances=[
                    Variance(
                        key="PP",
                        amount=Decimal("300.00"),
                        percent=Decimal("60.00"),
                        limit=Decimal("5.00"),
                        limit_kind="percent",
                        exceeded=True,
                        explanation="dearer than ordered",
                    ),
                    Variance(key="DQ", amount=Decimal("0.00")),
                ],
            )
        ],
        variances=[Variance(key="BD", amount=Decimal("0.01"), lower_exceeded=True)],
    )
    line = PostingLine(
        invoice_line="1",
        gl_account="400000",
        cost_center="4711",
        tax_code="V1",
        net_amount=Decimal("1000.00"),
        source="purchase-order",
        because="order line",
    )
    posting = Posting(vendor_number="100012", company_code="1000", document_type="RE", lines=[line])
    return keep(
        site.desk,
        make_document(make_invoice("RE-7", "Kabel-Ost AG"), info("FRAUD-ROUND", "totals.grand_total", "the amount is round")),
        Decision.BLOCKED,
        reasons=(BANK.message, "Order and receipt block the invoice: price."),
        proposal="call-back",
        match=match,
        posting=posting,
        checks=(BANK,),
        vendor_number="100012",
        company_code="1000",
    )


ENGLISH = (
    *("Blocked", "RE-7", "Kabel-Ost AG", "Vendor 100012", "Order and receipt block the invoice: price."),
    *("Call the supplier back on a known number", "DE02 1203 0000 0000 2020 51", "p. 1", "check digit", "DE89 3704"),
    *("a call on a number known before", "FRAUD-BANK-CHANGED", "Sechskantschraube M8 x 40", "1,190.00", "4500000001 / 10"),
    *("5000000012 / 1: 50", "Price variance", "300.00", "60 %", "5.00 %", "within the limit", "400000", "4711", "V1"),
    *("Small difference", "invoice.pdf", "Received", "Decided", "Round amount"),
)
GERMAN = (
    *("Gesperrt", "Kreditor 100012", "Bestellung und Wareneingang sperren die Rechnung: Preis.", "S. 1", "Prüfziffer"),
    *("Lieferant unter bekannter Nummer zurückrufen", "1.190,00", "Preisabweichung", "innerhalb der Grenze", "Entschieden"),
)


def test_everything_known_is_on_the_page(site: Site) -> None:
    identifier = full(site)
    english = site.sign_in().get(f"/invoices/{identifier}").text
    assert [words for words in ENGLISH if words not in english] == []
    german = site.sign_in(language="de").get(f"/invoices/{identifier}").text
    assert [words for words in GERMAN if words not in german] == []


def test_stops_come_before_notes(site: Site) -> None:
    page = site.sign_in().get(f"/invoices/{full(site)}").text
    assert re.findall(r'<li class="tone-(\w+)">', page) == ["stop", "info"]


def test_sentences_in_another_language_are_marked_for_screen_readers(site: Site) -> None:
    page = site.sign_in(language="de").get(f"/invoices/{full(site)}").text
    assert f'<li lang="en">{BANK.message}</li>' in page
    assert "<li>Bestellung und Wareneingang" in page


@pytest.mark.parametrize("kind", list(Kind))
def test_documents_of_every_kind_have_a_page(site: Site, kind: Kind) -> None:
    identifier = keep(site.desk, Document(kind=kind), Decision.NOT_AN_INVOICE, file="letter.pdf")
    assert "letter.pdf" in site.sign_in().get(f"/invoices/{identifier}").text


def test_an_invoice_that_says_almost_nothing_has_a_page(site: Site) -> None:
    invoice = make_invoice("X", "A").model_copy(update={"lines": [], "tax_breakdown": [], "due_date": None, "number": None})
    page = site.sign_in().get(f"/invoices/{keep(site.desk, make_document(invoice))}").text
    assert page.count("not stated") >= 2


def test_a_page_shows_what_the_real_stages_left(site: Site) -> None:
    receive(site.desk, b"not an invoice at all", "broken.pdf", "cli")
    drain(site.desk)
    client = site.sign_in()
    listed = client.get("/?state=all").text
    assert "broken.pdf" in listed
    found = re.search(r'href="(/invoices/[^"]+)"', listed)
    assert found
    page = client.get(found[1]).text
    assert "broken.pdf" in page
    for event in ("Received", "Recognised", "Read", "Decided"):
        assert f">{event}<" in page


@pytest.mark.parametrize(
    ("media", "content_type"),
    [
        ("pdf", "application/pdf"),
        ("xml", "application/xml"),
        ("html", "application/octet-stream"),
        (None, "application/octet-stream"),
    ],
)
def test_the_original_comes_as_an_attachment(site: Site, media: str | None, content_type: str) -> None:
    data = b"<script>alert(1)</script>"
    identifier, _ = receive(site.desk, data, "räder<b>.html", "cli")
    with site.desk.database.write() as connection:
        records.set_received(connection, identifier, media=media)
    answer = site.sign_in().get(f"/documents/{identifier}/original")
    assert answer.content == data
    assert answer.headers["content-type"].partition(";")[0] == content_type
    assert answer.headers["content-disposition"].startswith('attachment; filename="r_der_b_.html"; filename*=')
    assert answer.headers["content-security-policy"] == SANDBOX
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_original_is_never_handed_out(site: Site, damage: str) -> None:
    identifier, _ = receive(site.desk, b"the real bytes", "a.pdf", "cli")
    with site.desk.database.read() as connection:
        path = site.desk.originals.path(records.get_received(connection, identifier).sha256)
    path.unlink()
    if damage == "changed":
        path.write_bytes(b"other bytes")
    answer = site.sign_in().get(f"/documents/{identifier}/original")
    assert answer.status_code == 500
    assert b"other bytes" not in answer.content
    assert "damaged" in answer.text


def test_an_export_can_be_downloaded(site: Site) -> None:
    identifier = full(site)
    sha256 = site.desk.exports.put(b"<Invoice/>")
    with site.desk.database.write() as connection:
        connection.execute(
            tables.export.insert().values(
                id="e1",
                invoice_id=identifier,
                format="xrechnung-ubl",
                sha256=sha256,
                size=10,
                media_type="application/xml",
                file_name="RE-7.xml",
                state="written",
                created_at="2026-11-25T00:00:00Z",
            )
        )
    client = site.sign_in()
    assert "RE-7.xml" in client.get(f"/invoices/{identifier}").text
    answer = client.get(f"/invoices/{identifier}/exports/xrechnung-ubl")
    assert (answer.content, answer.headers["content-security-policy"]) == (b"<Invoice/>", SANDBOX)
    assert answer.headers["content-disposition"].startswith('attachment; filename="RE-7.xml"')
    assert client.get(f"/invoices/{identifier}/exports/zugferd").status_code == 404


def test_a_mail_shows_its_parts_and_their_invoices(site: Site) -> None:
    mail, _ = receive(site.desk, b"mail", "mail.eml", "mail")
    invoice = keep(site.desk, make_document(make_invoice("RE-9", "A")))
    with site.desk.database.write() as connection:
        part = connection.execute(tables.invoice.select().where(tables.invoice.c.id == invoice)).one().received_id
        connection.execute(update(tables.received).where(tables.received.c.id == part).values(parent_id=mail))
    client = site.sign_in()
    page = client.get(f"/documents/{mail}").text
    assert f"/documents/{part}" in page
    assert f"/invoices/{invoice}" in page
    assert "mail.eml" in client.get(f"/invoices/{invoice}").text


def test_upload_gives_each_file_its_page(site: Site) -> None:
    client = site.sign_in()
    files = [("files", ("a.pdf", b"%PDF-1", "application/pdf")), ("files", ("../b<i>.xml", b"<x/>", "text/xml"))]
    answer = client.post("/upload", files=files)
    links = re.findall(r'href="(/documents/[^"]+)"', answer.text)
    assert len(links) == 2
    assert "<i>" not in answer.text
    page = client.get(links[1])
    assert "b&lt;i&gt;.xml" in page.text
    assert "It is being read" in page.text
    assert client.post("/upload", files=[("files", ("", b"", "text/plain"))]).status_code == 422


def test_the_log_is_filtered_by_number_type_and_actor(site: Site) -> None:
    identifier = full(site)
    other = keep(site.desk, make_document(make_invoice("RE-8", "A")))
    with site.desk.database.write() as connection:
        Transaction(connection, site.desk.clock.now()).note(
            other, Event("postponed", actor="mia", role="clerk", reason="ask <b>")
        )
    client = site.sign_in(Role.AUDITOR)
    by_number = client.get("/audit?number=RE-7").text
    assert f'href="/invoices/{identifier}"' in by_number
    assert f'href="/invoices/{other}"' not in by_number
    by_type = client.get("/audit?type=postponed").text
    assert "ask &lt;b&gt;" in by_type
    assert by_type.count("<tr>") == 2
    assert client.get("/audit?actor=mia").text.count("<tr>") == 2
    assert "No entry fits" in client.get("/audit?number=unknown").text


def test_verification_names_the_first_bad_entry(site: Site) -> None:
    full(site)
    client = site.sign_in(Role.AUDITOR)
    client.post("/audit/verify")
    assert "Intact: 4 entries" in client.get("/audit").text
    with site.desk.database.write() as connection:
        connection.execute(update(tables.audit).where(tables.audit.c.index == 1).values(body=b"{}"))
    client.post("/audit/verify")
    page = client.get("/audit").text
    assert "Entry 1: was edited" in page
    assert ">Unreadable<" in page


def test_the_log_is_walked_to_its_beginning(site: Site) -> None:
    with site.desk.database.write() as connection:
        transaction = Transaction(connection, site.desk.clock.now())
        for _ in range(205):
            transaction.note(None, Event("tick"))
    client = site.sign_in()
    page, seen = client.get("/audit?type=tick"), list[str]()
    while True:
        seen += re.findall(r'<td class="num">(\d+)</td>', page.text)
        following = re.search(r'href="(\?[^"]+)" rel="next"', page.text)
        if not following:
            break
        page = client.get("/audit" + following[1].replace("&amp;", "&"))
    assert seen == [str(index) for index in reversed(range(205))]
