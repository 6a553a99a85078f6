"""Letters to suppliers, sent to a real SMTP server: ours."""

import smtplib
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from pipeline import acts
from pipeline.acts import Person, Unusable
from pipeline.clock import FixedClock, queue_time
from pipeline.desk import Desk, open_desk
from pipeline.intake.listener import Listener
from pipeline.letters import Letter, rejection, send_due
from pipeline.letters.sending import is_final
from pipeline.receiving import receive
from pipeline.running import drain
from pipeline.settings import Settings
from pipeline.store import audit, letters
from pipeline.store.tables import letter, received
from tests.pipeline.scenes import SAMPLES, hand_in, import_rows, invoice_of, load_master, sample_row

CLERK = Person("anna", "clerk")
OVER_PRICE = "40-preis-ueber-bestellung.pdf"
TO = "billing@example.com"


class Post:
    """A desk that may send, and the desk of the supplier, whose mail server takes what is sent."""

    def __init__(self, folder: Path, **smtp: Any) -> None:
        theirs = Settings.model_validate({"intake": {"free_mib": 0, "receiver": {"recipients": ["@example.com"]}}})
        self.supplier = open_desk(folder / "supplier", FixedClock("2026-11-25"), theirs)
        self.server = Listener(self.supplier, lambda _: None, "smtp", 0)
        port = self.server.open()
        ours = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "ap@example.org", **smtp}
        self.desk = open_desk(
            folder / "home", FixedClock("2026-11-25"), Settings.model_validate({"smtp": ours, "policy": {"undo_seconds": 0}})
        )
        load_master(self.desk)

    def reject(self, to: str = TO, body: str = "Der Preis stimmt nicht.\nBitte prüfen.") -> str:
        item = hand_in(self.desk, OVER_PRICE)
        acts.reject(
            self.desk,
            item,
            CLERK,
            reason="price",
            letter=Letter(to, "Ihre Rechnung\r\nBcc: x@example.net", body, "<a@b.example>"),
        )
        return item

    def arrived(self) -> list[EmailMessage]:
        with self.supplier.database.read() as connection:
            hashes = list(connection.scalars(select(received.c.sha256).order_by(received.c.seq)))
        return [message_from_bytes(self.supplier.originals.get(one), policy=default) for one in hashes]

    def states(self) -> list[str]:
        with self.desk.database.read() as connection:
            return list(connection.scalars(select(letter.c.state)))

    def events(self, item: str) -> list[str]:
        with self.desk.database.read() as connection:
            return [entry.type for entry in audit.entries(connection, [item]) if entry.type.startswith("letter")]

    def make_due(self) -> None:
        with self.desk.database.write() as connection:
            connection.execute(letter.update().values(not_before="2000-01-01T00:00:00.000Z"))

    def close(self) -> None:
        self.server.close()
        self.supplier.close()
        self.desk.close()


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    made = Post(tmp_path)
    yield made
    made.close()


def test_a_rejection_reaches_the_supplier_once(post: Post) -> None:
    item = post.reject()
    assert (send_due(post.desk), send_due(post.desk)) == (1, 0)
    (message,) = post.arrived()
    assert (message["From"], message["To"], message["Bcc"]) == ("ap@example.org", TO, None)
    assert message["Subject"] == "Ihre Rechnung Bcc: x@example.net"
    assert message["In-Reply-To"] == "<a@b.example>"
    assert message.get_content().splitlines() == ["Der Preis stimmt nicht.", "Bitte prüfen."]
    assert post.events(item) == ["letter-written", "letter-sent"]
    assert invoice_of(post.desk, id=item).state == "rejected"


@pytest.mark.parametrize(
    ("to", "body"),
    [("", "x"), ("a@example.com, b@example.com", "x"), ("a@example.com\r\nBcc: b@example.com", "x"), ("a@b", "x"), (TO, " \n")],
)
def test_an_unusable_letter_leaves_the_invoice_as_it_was(post: Post, to: str, body: str) -> None:
    with pytest.raises(Unusable, match="letter"):
        post.reject(to, body)
    assert post.states() == []
    assert invoice_of(post.desk, file=OVER_PRICE).state == "blocked"


def test_undone_in_time_nothing_is_sent(post: Post) -> None:
    item = post.reject()
    acts.undo(post.desk, item, CLERK)
    assert (send_due(post.desk), post.states(), post.arrived()) == (0, ["withdrawn"], [])
    assert post.events(item) == ["letter-written", "letter-withdrawn"]


def test_the_time_to_undo_is_waited_for(post: Post) -> None:
    policy = post.desk.settings.policy.model_copy(update={"undo_seconds": 30.0})
    post.desk.settings = post.desk.settings.model_copy(update={"policy": policy})
    post.reject()
    assert send_due(post.desk) == 0
    with post.desk.database.read() as connection:
        assert letters.due(connection, queue_time() + timedelta(seconds=31))


def test_a_server_that_is_away_is_tried_again(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    item = post.reject()
    with monkeypatch.context() as away:
        away.setattr("pipeline.letters.sending.smtplib.SMTP.connect", _refuse)
        assert send_due(post.desk) == 0
    assert (send_due(post.desk), post.states()) == (0, ["waiting"]), "not before its time"
    post.make_due()
    assert (send_due(post.desk), post.events(item)) == (1, ["letter-written", "letter-sent"])


def _refuse(*_: object, **__: object) -> None:
    raise ConnectionRefusedError


def test_a_refused_address_is_shown_as_failed(post: Post) -> None:
    item = post.reject("nobody@example.net")
    assert (send_due(post.desk), post.states()) == (0, ["failed"])
    assert post.events(item) == ["letter-written", "letter-failed"]


def test_after_a_lost_answer_the_same_letter_goes_again(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.reject()
    with monkeypatch.context() as crash:
        crash.setattr("pipeline.letters.sending.letters.finish", _die)
        with pytest.raises(KeyboardInterrupt):
            send_due(post.desk)
    assert send_due(post.desk) == 0, "its lease has not ended"
    post.make_due()
    assert send_due(post.desk) == 1
    assert len({message["Message-ID"] for message in post.arrived()}) == 1


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_attempts_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    post = Post(tmp_path, attempts=2)
    try:
        item = post.reject()
        monkeypatch.setattr("pipeline.letters.sending.smtplib.SMTP.connect", _refuse)
        for _ in range(3):
            send_due(post.desk)
            post.make_due()
        assert (post.states(), post.events(item)) == (["failed"], ["letter-written", "letter-failed"])
    finally:
        post.close()


@pytest.mark.parametrize(
    ("problem", "final"),
    [
        (smtplib.SMTPRecipientsRefused({"a": (550, b"no")}), True),
        (smtplib.SMTPRecipientsRefused({"a": (452, b"later")}), False),
        (smtplib.SMTPDataError(554, b"spam"), True),
        (smtplib.SMTPDataError(451, b"later"), False),
        (smtplib.SMTPAuthenticationError(535, b"password"), False),
        (TimeoutError(), False),
    ],
)
def test_what_is_given_up_at_once(problem: Exception, final: bool) -> None:
    assert is_final(problem) is final


def test_without_a_mail_server_no_letter_is_promised(desk: Desk) -> None:
    load_master(desk)
    item = hand_in(desk, OVER_PRICE)
    with pytest.raises(Unusable, match=r"smtp\.host"):
        acts.reject(desk, item, CLERK, reason="price", letter=Letter(TO, "x", "y"))
    with pytest.raises(ValidationError, match="sender"):
        Settings.model_validate({"smtp": {"host": "127.0.0.1"}})


@pytest.mark.parametrize(
    ("in_master_data", "sender", "language", "expected", "words"),
    [
        ("billing@vendor.example", "someone@evil.example", "de", "billing@vendor.example", "zurückgewiesen"),
        ("", "someone@evil.example", "de", "", "zurückgewiesen"),
        ("", "someone@vendor.example", "en", "someone@vendor.example", "rejected"),
    ],
)
def test_only_a_known_address_is_proposed(
    desk: Desk, tmp_path: Path, in_master_data: str, sender: str, language: str, expected: str, words: str
) -> None:
    load_master(desk)
    vendor = sample_row("vendors", vendor_number="100011") | {"email": in_master_data, "email_domains": "vendor.example"}
    import_rows(desk, tmp_path / "changed", "vendors", vendor)
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["Message-ID"] = sender, "Rechnung", "<m@example.com>"
    mail.set_content("Anbei.")
    mail.add_attachment(
        (SAMPLES / "documents" / OVER_PRICE).read_bytes(), maintype="application", subtype="pdf", filename="rechnung.pdf"
    )
    receive(desk, mail.as_bytes(), "mail.eml", "mail")
    drain(desk)
    row = invoice_of(desk, file="mail.eml#rechnung.pdf")
    assert row.vendor_number == "100011"
    with desk.database.read() as connection:
        found = rejection(connection, row, language, "Preis {falsch}")
    assert found.to == expected
    assert words in found.subject
    assert row.number in found.subject
    assert "Preis {falsch}" in found.body
    assert found.answers == "<m@example.com>"
