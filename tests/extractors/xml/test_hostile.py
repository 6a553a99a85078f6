"""XML made to mislead or to cost: a clear finding, never an exception, never a wrong value in an accepted invoice."""

import pytest

from extractors import read
from schemas import Document, Kind, Severity
from tests.extractors.invoices import cii, cii_line, ubl


def document_of(data: bytes) -> Document:
    (document,) = read(data, "invoice.xml").documents
    return document


def codes(document: Document) -> set[str]:
    return {finding.code for finding in document.findings if finding.severity is Severity.ERROR}


LAUGHS = (
    "<!DOCTYPE a [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>\n"
)
UNREADABLE = [
    pytest.param(cii(doctype="<!DOCTYPE x>\n"), "READ-MALFORMED", id="empty DOCTYPE"),
    pytest.param(cii(doctype='<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">\n'), "READ-MALFORMED", id="external DTD"),
    pytest.param(cii(doctype="<!DOCTYPE x [<!ENTITY n 'R-1'>]>\n", number="&n;"), "READ-MALFORMED", id="entity in a value"),
    pytest.param(
        cii(doctype='<!DOCTYPE x [<!ENTITY n SYSTEM "file:///etc/hostname">]>\n', number="&n;"), "READ-MALFORMED", id="XXE"
    ),
    pytest.param(cii(doctype=LAUGHS, number="&i;"), "READ-", id="laughs"),
    pytest.param(cii(number="R-\xff").replace("\xff".encode(), b"\xff"), "READ-MALFORMED", id="invalid UTF-8"),
    pytest.param(cii()[:900], "READ-MALFORMED", id="truncated"),
    pytest.param(cii().replace(b"UTF-8", b"UTF-97"), "READ-MALFORMED", id="unknown encoding"),
    pytest.param(cii().replace(b"<ram:ID>R", b"<ram:ID>\x00R"), "READ-MALFORMED", id="NUL inside"),
    pytest.param(b"<a>" * 100_000, "READ-", id="deep"),
    pytest.param(b"<a>" * 200 + b"</a>" * 200, "READ-", id="deep, closed, unknown"),
    pytest.param(b"<a" + b" b='c'" * 10 + b"/>", "READ-", id="duplicate attributes"),
    pytest.param(cii(number="R" * 11_000_000), "READ-TOO-LARGE", id="a text of 11 MB"),
    pytest.param(cii(notes="<x>" * 100 + "</x>" * 100), "READ-TOO-LARGE", id="deeper than the budget"),
]


@pytest.mark.parametrize(("data", "code"), UNREADABLE)
def test_refused_with_a_reason(data: bytes, code: str) -> None:
    document = document_of(data)
    assert document.kind in (Kind.UNREADABLE, Kind.OTHER)
    assert not document.accepted
    assert document.findings[0].code.startswith(code)
    assert len(document.findings[0].message) > 20


@pytest.mark.parametrize(
    ("before", "inside"),
    [("DE89370400440532013000", "DE8937040044<!-- x -->0532013000"), ("DE89370400440532013000", "DE8937040044<?p x?>0532013000")],
)
def test_comments_inside_a_value_do_not_cut_it(before: str, inside: str) -> None:
    document = document_of(cii(iban=inside, gross="1<!--0-->19.00"))
    assert document.invoice is not None
    assert document.invoice.payment.iban == before
    assert str(document.invoice.totals.grand_total) == "119.00"
    assert document.accepted


@pytest.mark.parametrize(
    "amount",
    [
        "NaN",
        "INF",
        "-Infinity",
        "1E400",
        "1e2",
        "119,00",
        "1.119,00",
        "1 190.00",
        "٣٤",
        "１１９",
        "119.00€",
        "0x77",
        "--119",
        "119.0000001",
        "1" * 14,
        "",
    ],
)
def test_odd_amounts_leave_the_value_empty(amount: str) -> None:
    document = document_of(cii(gross=amount))
    assert document.invoice is not None
    assert document.invoice.totals.grand_total is None
    assert not document.accepted
    assert codes(document) >= ({"READ-INVALID-AMOUNT"} if amount else {"READ-UNSURE"})


@pytest.mark.parametrize(
    ("amount", "value"),
    [("119.00", "119.00"), (" 119.00\n", "119.00"), ("+119.00", "119.00"), ("119.", "119"), ("119.000000000", "119.000000000")],
)
def test_legal_decimals_are_taken(amount: str, value: str) -> None:
    document = document_of(cii(gross=amount))
    assert document.invoice is not None
    assert str(document.invoice.totals.grand_total) == value
    assert document.accepted


def test_mixed_currencies() -> None:
    document = document_of(ubl(due_currency="USD"))
    assert document.invoice is not None
    assert document.invoice.totals.due_payable is None
    assert "READ-INVALID-AMOUNT" in codes(document)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        pytest.param("number", "R-4711\u202e", id="bidi override"),
        pytest.param("number", "R-47\u200b11", id="zero width"),
        pytest.param("number", "R-٤٧١١", id="foreign digits"),
        pytest.param("number", "R-４７１１", id="full width digits"),
        pytest.param("seller", "Аrmaturen Süd GmbH", id="Cyrillic A in a Latin word"),
        pytest.param("iban", "DE8937040044053201300О", id="Cyrillic O in an IBAN"),
    ],
)
def test_suspicious_characters(place: str, value: str) -> None:
    document = document_of(cii(**{place: value}))
    assert "READ-SUSPICIOUS-UNICODE" in codes(document)
    assert not document.accepted


@pytest.mark.parametrize(
    "name", ["Łódź Müller-Straße ÅÄÖ", "Завод Север", "ΑΦΟΙ ΠΑΠΑ", "Kabel 5\u202fm, weich\u00adlegiert", "日本電気"]
)
def test_honest_scripts_are_not_suspicious(name: str) -> None:
    document = document_of(cii(lines=cii_line(name=name), seller=name.replace("\u00ad", "").replace("\u202f", " ")))
    assert document.accepted, document.findings


def test_repeated_and_different_values_are_a_question() -> None:
    twice = "<ram:BuyerReference>A</ram:BuyerReference><ram:BuyerReference>B</ram:BuyerReference>"
    document = document_of(cii(agreement=twice))
    assert document.invoice is not None
    assert document.invoice.buyer_reference is None
    assert [(f.code, f.path) for f in document.findings] == [("READ-UNSURE", "buyer_reference")]


def test_elements_inside_a_value_are_malformed() -> None:
    document = document_of(cii(number="R-47<ram:x>11</ram:x>"))
    assert document.invoice is not None
    assert document.invoice.number is None
    assert codes(document) >= {"READ-MALFORMED", "READ-UNSURE"}


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"CrossIndustryInvoice:100", b"CrossIndustryInvoice:200"), (b"CrossIndustryInvoice", b"CrossIndustryPrank")],
)
def test_unknown_root_says_what_to_do(old: bytes, new: bytes) -> None:
    document = document_of(cii().replace(old, new))
    assert (document.kind, document.accepted, document.invoice) == (Kind.OTHER, False, None)
    assert [finding.code for finding in document.findings] == ["READ-NOT-INVOICE"]


def test_wrong_namespace_inside_is_not_read_as_a_value() -> None:
    document = document_of(cii().replace(b"AggregateBusinessInformationEntity:100", b"AggregateBusinessInformationEntity:99"))
    assert not document.accepted
    assert document.invoice is not None
    assert document.invoice.number is None


def test_many_unknown_elements_are_bounded() -> None:
    document = document_of(cii(notes="<ram:Odd>x</ram:Odd>" * 3000))
    assert document.invoice is not None
    assert len(document.invoice.notes) == 1000
    assert "READ-TOO-LARGE" in {finding.code for finding in document.findings}
