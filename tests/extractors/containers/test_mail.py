"""Mails as suppliers send them, and as attackers do. Built here, part by part."""

import base64
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from extractors import Media, unpack
from schemas import Finding, Severity
from tests.extractors.files import pdf, zip_of
from tests.extractors.invoices import cii

PDF = pdf("Rechnung")
OTHER_PDF = pdf("Lieferschein")
HEAD = "From: a@b.example\r\nTo: c@d.example\r\n"
BASE64 = "Content-Transfer-Encoding: base64\r\n\r\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(3000)


def mail(subject: str = "Rechnung 4711") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Buchhaltung <rechnung@lieferant.example>"
    message["To"] = "eingang@werk.example"
    message["Subject"] = subject
    message["Date"] = "Mon, 02 Nov 2026 10:00:00 +0100"
    message.set_content("Guten Tag,\nanbei die Rechnung.")
    return message


def attach(
    message: EmailMessage, data: bytes = PDF, kind: str = "application/pdf", name: str | None = "rechnung.pdf"
) -> EmailMessage:
    main, _, sub = kind.partition("/")
    message.add_attachment(data, maintype=main, subtype=sub, **({"filename": name} if name else {}))
    return message


def raw(*parts: str, headers: str = "", kind: str = "multipart/mixed") -> bytes:
    """A mail written by hand, for what the library would not write."""
    head = f"{HEAD}Subject: x\r\n{headers}MIME-Version: 1.0\r\nContent-Type: {kind}; boundary=bb\r\n\r\n"
    return (head + "".join(f"--bb\r\n{part}\r\n" for part in parts) + "--bb--\r\n").encode("utf-8", "surrogateescape")


def encoded(data: bytes = PDF) -> str:
    return base64.encodebytes(data).decode().replace("\n", "\r\n")


def codes(findings: tuple[Finding, ...], severity: Severity = Severity.ERROR) -> list[str]:
    return [finding.code for finding in findings if finding.severity is severity]


def test_facts_of_the_outer_mail() -> None:
    message = attach(mail())
    message["Reply-To"] = "other@elsewhere.example"
    message["Return-Path"] = "<bounce@lieferant.example>"
    message["Message-ID"] = "<1@lieferant.example>"
    message["Authentication-Results"] = "mx.werk.example; dkim=pass"
    message["Authentication-Results"] = "mx.evil.example; dkim=pass"
    facts = unpack(message.as_bytes(), "a.eml").mail
    assert facts is not None
    assert (facts.from_address, facts.from_name) == ("rechnung@lieferant.example", "Buchhaltung")
    assert (facts.reply_to, facts.return_path) == (["other@elsewhere.example"], "bounce@lieferant.example")
    assert (facts.subject, facts.message_id) == ("Rechnung 4711", "<1@lieferant.example>")
    assert facts.date == datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    assert facts.authentication_results == ["mx.werk.example; dkim=pass", "mx.evil.example; dkim=pass"]
    assert facts.text == "Guten Tag,\nanbei die Rechnung."


def test_two_pdfs_and_a_logo() -> None:
    message = attach(attach(attach(mail()), OTHER_PDF, name="anlage.pdf"), PNG, "image/png", "logo.png")
    unpacked = unpack(message.as_bytes(), "a.eml")
    assert [(part.name, part.is_document) for part in unpacked.parts] == [
        ("rechnung.pdf", True),
        ("anlage.pdf", True),
        ("logo.png", False),
    ]
    assert [part.data for part in unpacked.documents] == [PDF, OTHER_PDF]
    assert unpacked.parts[2].kept_because


def test_no_document() -> None:
    unpacked = unpack(mail("Frage").as_bytes(), "a.eml")
    assert (unpacked.media, unpacked.parts, unpacked.findings) == (Media.MAIL, (), ())
    assert unpacked.mail is not None


def test_octet_stream_inline_and_nameless() -> None:
    message = attach(attach(mail(), kind="application/octet-stream", name="scan.dat"), OTHER_PDF, name=None)
    inline = raw(f"Content-Type: application/pdf\r\nContent-Disposition: inline\r\n{BASE64}{encoded()}")
    assert [(part.name, part.disposition) for part in unpack(message.as_bytes(), "a.eml").documents] == [
        ("scan.dat", "attachment"),
        ("part-2.pdf", "attachment"),
    ]
    assert [(part.name, part.disposition, part.data) for part in unpack(inline, "a.eml").documents] == [
        ("part-1.pdf", "inline", PDF)
    ]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        pytest.param("filename*=UTF-8''Rechnung%20%C3%A4.pdf", "Rechnung ä.pdf", id="RFC 2231"),
        pytest.param('filename*0="lang "; filename*1="und laenger.pdf"', "lang und laenger.pdf", id="continued"),
        pytest.param('filename="=?utf-8?B?UmVjaG51bmcgw6QucGRm?="', "Rechnung ä.pdf", id="encoded word"),
        pytest.param('filename="../../etc/passwd"', "passwd", id="path"),
        pytest.param('filename="C:\\\\temp\\\\a.pdf"', "a.pdf", id="windows path"),
        pytest.param("filename*=UTF-8''a%E2%80%AEfdp.exe%00%0D%0A.pdf", "afdp.exe .pdf", id="bidi, NUL and line ends"),
        pytest.param(f'filename="{"x" * 5000}.pdf"', "x" * 115 + "….pdf", id="long"),
        pytest.param('filename="..."', "part-1.pdf", id="points only"),
        pytest.param('filename="<b>a</b>.pdf"', "b>.pdf", id="markup is only text"),
    ],
)
def test_names(header: str, name: str) -> None:
    part = f"Content-Type: application/pdf\r\nContent-Disposition: attachment; {header}\r\n{BASE64}{encoded()}"
    (document,) = unpack(raw(part), "a.eml").documents
    assert document.name == name
    assert document.data == PDF


def test_equal_names_become_unique_and_equal_bytes_are_read_once() -> None:
    message = attach(attach(attach(mail()), OTHER_PDF), PDF)
    unpacked = unpack(message.as_bytes(), "a.eml")
    assert [part.name for part in unpacked.parts] == ["rechnung.pdf", "rechnung (2).pdf", "rechnung (3).pdf"]
    assert [part.is_document for part in unpacked.parts] == [True, True, False]
    assert codes(unpacked.findings, Severity.INFO) == ["READ-EMBEDDED-FILE"]


def test_forwarded_mails() -> None:
    inner = attach(mail("Original"))
    middle = mail("Weiter 1")
    middle.add_attachment(inner)
    outer = mail("Weiter 2")
    outer.add_attachment(middle)
    unpacked = unpack(outer.as_bytes(), "a.eml")
    assert [part.data for part in unpacked.documents] == [PDF]
    assert unpacked.mail is not None
    assert unpacked.mail.subject == "Weiter 2"
    assert [facts.subject for facts in unpacked.forwarded] == ["Weiter 1", "Original"]
    assert {facts.text for facts in (unpacked.mail, *unpacked.forwarded)} == {"Guten Tag,\nanbei die Rechnung."}


@pytest.mark.parametrize("kind", ["application/octet-stream", "text/plain"])
def test_mail_as_an_ordinary_attachment(kind: str) -> None:
    inner = attach(mail()).as_bytes()
    part = f'Content-Type: {kind}\r\nContent-Disposition: attachment; filename="m.eml"\r\n{BASE64}{encoded(inner)}'
    assert [document.data for document in unpack(raw(part), "a.eml").documents] == [PDF]


def test_forwarded_mail_in_base64() -> None:
    inner = encoded(attach(mail()).as_bytes())
    part = f"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n\r\n{inner}"
    assert [document.data for document in unpack(raw(part), "a.eml").documents] == [PDF]


def test_clear_signed() -> None:
    body = f"Content-Type: application/pdf\r\n{BASE64}{encoded()}"
    signature = 'Content-Type: application/pkcs7-signature; name="smime.p7s"\r\nContent-Transfer-Encoding: base64\r\n\r\nMIIB'
    unpacked = unpack(raw(body, signature, kind="multipart/signed; protocol=x"), "a.eml")
    assert [part.is_document for part in unpacked.parts] == [True, False]
    assert codes(unpacked.findings) == []


@pytest.mark.parametrize(
    ("part", "code"),
    [
        pytest.param(
            'Content-Type: application/pkcs7-mime; name="smime.p7m"\r\nContent-Transfer-Encoding: base64\r\n\r\nMIIB',
            "READ-CORRUPT",
            id="opaque",
        ),
        pytest.param('Content-Type: application/ms-tnef; name="winmail.dat"\r\n\r\nx\u0000', None, id="not really TNEF"),
        pytest.param(
            f'Content-Type: x/y; name="winmail.dat"\r\n{BASE64}{encoded(b"x" + bytes.fromhex("9f3e22") + bytes(50))}',
            "READ-CORRUPT",
            id="TNEF",
        ),
        pytest.param(
            f'Content-Type: x/y; name="a.exe"\r\n{BASE64}{encoded(b"MZ" + bytes(50))}',
            "READ-EMBEDDED-FILE",
            id="program",
        ),
        pytest.param(
            'Content-Type: text/plain; name="rechnung.pdf.js"\r\n\r\nalert(1)', "READ-EMBEDDED-FILE", id="script by name"
        ),
    ],
)
def test_what_cannot_be_opened_is_kept_and_named(part: str, code: str | None) -> None:
    unpacked = unpack(raw(part), "a.eml")
    assert len(unpacked.parts) == 1
    assert not unpacked.documents
    assert codes(unpacked.findings) == ([code] if code else [])


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(encoded()[:-500], id="cut"),
        pytest.param("!" + encoded()[:200] + "\r\n%%%%\x01" + encoded()[200:], id="garbled"),
        pytest.param("AAAAA", id="five letters"),
    ],
)
def test_damaged_transport_is_named(body: str) -> None:
    part = f'Content-Type: application/pdf; name="a.pdf"\r\n{BASE64}{body}'
    unpacked = unpack(raw(part), "a.eml")
    assert len(unpacked.parts) == 1
    assert unpacked.parts[0].is_document or codes(unpacked.findings) == ["READ-CORRUPT"]


def test_invoice_as_the_body() -> None:
    part = f"Content-Type: text/plain; charset=utf-8\r\n{BASE64}{encoded(cii())}"
    (document,) = unpack(raw(part), "a.eml").documents
    assert (document.media, document.disposition, document.name) == (Media.XML, "body", "part-1.xml")


def test_xml_that_is_no_invoice_is_kept() -> None:
    message = attach(attach(mail(), cii(), "text/xml", "xrechnung.xml"), b"<settings/>", "text/xml", "settings.xml")
    assert [(part.name, part.is_document) for part in unpack(message.as_bytes(), "a.eml").parts] == [
        ("xrechnung.xml", True),
        ("settings.xml", False),
    ]


def test_zip_inside_a_mail() -> None:
    message = attach(mail(), zip_of({"../../rechnung.pdf": PDF, "readme.txt": b"hello"}), "application/zip", "r.zip")
    unpacked = unpack(message.as_bytes(), "a.eml")
    assert [(part.name, part.disposition, part.is_document) for part in unpacked.parts] == [
        ("rechnung.pdf", "entry", True),
        ("readme.txt", "entry", False),
    ]


def test_image_attachments_ask_for_a_readable_invoice() -> None:
    message = attach(mail(), PNG + bytes(100_000), "image/png", "scan.png")
    assert codes(unpack(message.as_bytes(), "a.eml").findings, Severity.WARNING) == ["READ-NO-TEXT-LAYER"]


def nested_multiparts(depth: int) -> bytes:
    head = "".join(f"Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n" for level in range(depth))
    tail = "".join(f"\r\n--b{level}--\r\n" for level in reversed(range(depth)))
    body = f"Content-Type: application/pdf\r\n{BASE64}{encoded()}"
    return f"From: a@b.example\r\nTo: c@d.example\r\n{head}{body}{tail}".encode()


@pytest.mark.parametrize(
    ("depth", "documents", "errors"), [(3, 1, []), (19, 1, []), (25, 0, ["READ-TOO-LARGE"]), (1000, 0, ["READ-TOO-LARGE"])]
)
def test_nesting(depth: int, documents: int, errors: list[str]) -> None:
    unpacked = unpack(nested_multiparts(depth), "a.eml")
    assert len(unpacked.documents) == documents
    assert codes(unpacked.findings) == errors


@pytest.mark.parametrize(("count", "kept", "errors"), [(60, 50, ["READ-TOO-LARGE"]), (50, 50, []), (300, 50, ["READ-TOO-LARGE"])])
def test_many_documents(count: int, kept: int, errors: list[str]) -> None:
    parts = [f"Content-Type: application/pdf\r\n\r\n%PDF-1.4 {number}" for number in range(count)]
    unpacked = unpack(raw(*parts), "a.eml")
    assert len(unpacked.documents) == kept
    assert codes(unpacked.findings) == errors


def test_five_thousand_parts() -> None:
    unpacked = unpack(raw(*(f"Content-Type: text/csv\r\n\r\n{number}" for number in range(5000))), "a.eml")
    assert len(unpacked.parts) <= 201
    assert codes(unpacked.findings) == ["READ-TOO-LARGE"]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(HEAD.encode() + b"Content-Type: multipart/mixed\r\n\r\nx", id="no boundary"),
        pytest.param(HEAD.encode() + b"Subject: " + b"x" * 900_000 + b"\r\n\r\nx", id="header of 900 kB"),
        pytest.param(
            b"From: =?unknown?B?////?=\r\nTo: \xff\xfe<\r\nDate: yesterday\r\nSubject: =?utf-8?Q?a=0D=0Ab=E2=80=AE?=\r\n\r\nx",
            id="odd headers",
        ),
        pytest.param(HEAD.encode() + b"Content-Type: text/plain; charset=martian\r\n\r\n\xe4", id="unknown charset"),
        pytest.param(HEAD.encode() + b"Content-Type: message/rfc822\r\n\r\n", id="empty nested mail"),
        pytest.param(
            HEAD.encode() + b"Content-Type: x\r\nContent-Disposition: attachment; filename*1*=a; filename*0*=''\r\n\r\n%PDF-1.4",
            id="odd name",
        ),
        pytest.param(b"From: " + b"a@b.example, " * 5000 + b"\r\nTo: c@d.example\r\n\r\nx", id="many senders"),
    ],
)
def test_malformed_mails_never_raise(data: bytes) -> None:
    unpacked = unpack(data, "a.eml")
    assert unpacked.mail is not None
    shown = [unpacked.mail.subject, unpacked.mail.text, *(part.name for part in unpacked.parts)]
    assert all("\r" not in text and "\u202e" not in text and "\x00" not in text for text in shown)
    assert len(unpacked.mail.subject) <= 500


def test_more_than_one_sender_is_named() -> None:
    data = b"From: a@b.example\r\nFrom: boss@werk.example\r\nTo: c@d.example\r\n\r\nx"
    unpacked = unpack(data, "a.eml")
    assert unpacked.mail is not None
    assert unpacked.mail.from_addresses == ["a@b.example", "boss@werk.example"]
    assert codes(unpacked.findings, Severity.WARNING) == ["READ-MALFORMED"]


def test_html_body_is_read_without_markup() -> None:
    part = "Content-Type: text/html\r\n\r\n<style>x{}</style><p>Guten&nbsp;Tag</p><script>alert(1)</script><p>anbei</p>"
    facts = unpack(raw(part), "a.eml").mail
    assert facts is not None
    assert facts.text.split() == ["Guten", "Tag", "anbei"]
