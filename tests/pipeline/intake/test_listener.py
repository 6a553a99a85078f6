"""The mail server inside: 250 means kept, a repeated delivery is one row, nothing is relayed."""

import smtplib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Row, select

from pipeline.clock import FixedClock
from pipeline.desk import Desk, open_desk
from pipeline.errors import EnvironmentProblem
from pipeline.intake.listener import MAX_CONNECTIONS, Listener
from pipeline.running import drain
from pipeline.settings import Settings
from pipeline.store import audit
from pipeline.store.tables import invoice, received

MAIL = b"From: a@example.com\r\nTo: invoices@example.org\r\nSubject: Your invoice\r\n\r\n.A line with a dot\r\n"
DOTTED = MAIL.decode().replace("\r\n.", "\r\n..") + "."
OURS = ["invoices@example.org", "@belege.example.org"]


class Door:
    def __init__(self, desk: Desk, protocol: str) -> None:
        self.desk, self.protocol = desk, protocol
        self.listener = Listener(desk, lambda _: None, protocol, 0)
        self.port = self.listener.open()

    def client(self) -> smtplib.SMTP:
        return (smtplib.LMTP if self.protocol == "lmtp" else smtplib.SMTP)("127.0.0.1", self.port)

    def send(self, data: bytes = MAIL, to: str = "invoices@example.org") -> None:
        with self.client() as client:
            client.sendmail("a@example.com", [to], data)

    def talk(self, lines: list[str], hears_the_end: bool = True) -> list[str]:
        """The answers to each line, read as they come."""
        with socket.create_connection(("127.0.0.1", self.port)) as wire, wire.makefile("rb") as answers:
            answers.readline()
            wire.sendall(b"LHLO x\r\n" if self.protocol == "lmtp" else b"EHLO x\r\n")
            while answers.readline()[3:4] == b"-":
                pass
            told = []
            for line in lines[:-1]:
                wire.sendall(line.encode() + b"\r\n")
                told.append(answers.readline().decode())
            wire.sendall(lines[-1].encode() + b"\r\n")
            if hears_the_end:
                wire.sendall(b"QUIT\r\n")
                told += answers.read().decode().splitlines()[:-1]
        return told

    def rows(self) -> list[Row[Any]]:
        with self.desk.database.read() as connection:
            return list(connection.execute(select(received).where(received.c.parent_id.is_(None)).order_by(received.c.seq)))


@pytest.fixture(params=["smtp", "lmtp"])
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Door]:
    values = {"intake": {"free_mib": 0, "receiver": {"recipients": OURS}}, "limits": {"mail_bytes": 100_000}}
    desk = open_desk(tmp_path / "home", FixedClock("2026-11-25"), Settings.model_validate(values))
    made = Door(desk, request.param)
    yield made
    made.listener.close()
    desk.close()


def test_a_delivered_mail_has_a_row_and_an_outcome(door: Door) -> None:
    door.send()
    (row,) = door.rows()
    assert (row.name, row.origin, door.desk.originals.get(row.sha256)) == ("Your invoice.eml", "mail", MAIL)
    with door.desk.database.read() as connection:
        (entry,) = audit.entries(connection, [row.id])
    assert entry.after["envelope_to"] == ["invoices@example.org"]
    drain(door.desk)
    with door.desk.database.read() as connection:
        assert list(connection.scalars(select(invoice.c.decision))) == ["not-an-invoice"]


def test_a_sender_that_missed_the_answer_makes_no_second_row(door: Door) -> None:
    door.talk(["MAIL FROM:<a@example.com>", "RCPT TO:<invoices@example.org>", "DATA", DOTTED], hears_the_end=False)
    door.send()
    assert len(door.rows()) == 1


@pytest.mark.parametrize(
    ("to", "taken"), [("x@belege.example.org", True), ("INVOICES@Example.org", True), ("x@example.net", False)]
)
def test_only_our_addresses_are_taken(door: Door, to: str, taken: bool) -> None:
    if taken:
        door.send(to=to)
    else:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            door.send(to=to)
        assert refused.value.recipients[to][0] == 550
    assert len(door.rows()) == int(taken)


def test_each_recipient_gets_its_answer_where_the_protocol_wants_it(door: Door) -> None:
    answers = door.talk(
        ["MAIL FROM:<a@example.com>", "RCPT TO:<invoices@example.org>", "RCPT TO:<x@belege.example.org>", "DATA", DOTTED, "NOOP"]
    )
    assert [line[:3] for line in answers[3:]] == ["354"] + ["250"] * (3 if door.protocol == "lmtp" else 2)
    assert len(door.rows()) == 1


def test_what_cannot_be_kept_stays_with_the_sender(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("pipeline.store.blobs.os.fsync", full)
        with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPRecipientsRefused)) as refused:
            door.send()
    assert "451" in str(refused.value)
    assert door.rows() == []
    door.send()
    assert len(door.rows()) == 1


def test_under_pressure_it_says_later(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.intake.pressure.Pressure.reason", lambda _self: "too much to do")
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        door.send()
    assert refused.value.recipients["invoices@example.org"][0] == 452


def test_too_large_is_said_finally(door: Door) -> None:
    with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPSenderRefused)) as refused:
        door.send(MAIL + b"x" * 70 + b"\r\n" + b"long line \r\n" * 20_000)
    assert refused.value.smtp_code == 552
    assert door.rows() == []


def test_a_half_mail_is_none(door: Door) -> None:
    with door.client() as client:
        client.ehlo_or_helo_if_needed()
        client.mail("a@example.com")
        client.rcpt("invoices@example.org")
        client.docmd("DATA")
        client.send(MAIL[:40])
        client.close()
    door.send()
    assert len(door.rows()) == 1


def test_one_caller_too_many_is_told_to_come_later(door: Door) -> None:
    held = [socket.create_connection(("127.0.0.1", door.port)) for _ in range(MAX_CONNECTIONS)]
    assert [one.recv(3) for one in held] == [b"220"] * MAX_CONNECTIONS
    with socket.create_connection(("127.0.0.1", door.port)) as late:
        assert late.recv(3) == b"421"
    for one in held:
        one.close()


def test_a_taken_port_is_named(door: Door) -> None:
    with pytest.raises(EnvironmentProblem, match=str(door.port)):
        Listener(door.desk, lambda _: None, door.protocol, door.port).open()


def test_beyond_this_machine_recipients_must_be_named() -> None:
    with pytest.raises(ValidationError, match="recipients"):
        Settings.model_validate({"intake": {"receiver": {"host": "0.0.0.0", "smtp_port": 2525}}})
    with pytest.raises(ValidationError, match="security none"):
        Settings.model_validate({"intake": {"imap": {"host": "imap.example.org", "security": "none"}}})
