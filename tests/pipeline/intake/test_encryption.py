"""Passwords and invoices travel encrypted, and only to a server that proves who it is."""

import smtplib
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.clock import FixedClock
from pipeline.desk import open_desk
from pipeline.errors import EnvironmentProblem
from pipeline.intake.listener import Listener
from pipeline.intake.mailbox import capabilities, connect, leave
from pipeline.intake.settings import Imap, Smtp
from pipeline.letters.sending import sign_in
from pipeline.settings import Settings
from tests.pipeline.intake import dovecot
from tests.pipeline.intake.certificate import write_certificate


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def ports(pair: tuple[Path, Path]) -> Iterator[dict[str, int]]:
    if dovecot.PROGRAM is None:
        pytest.skip("no dovecot: apt-get install dovecot-imapd")
    tls = dovecot.free_port()
    with dovecot.dovecot(tls=(tls, *pair)) as (plain, _):
        yield {"tls": tls, "starttls": plain}


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_the_mailbox_is_opened_only_where_the_certificate_is_trusted(
    ports: dict[str, int], pair: tuple[Path, Path], security: str
) -> None:
    values: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": ports[security],
        "security": security,
        "user": dovecot.USER,
        "password": dovecot.PASSWORD,
    }
    box = connect(Imap(**values, authorities=pair[0]))
    assert "MOVE" in capabilities(box)
    leave(box)
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(Imap(**values))


def test_letters_and_deliveries_are_encrypted(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    receiver = {"certificate": pair[0], "key": pair[1]}
    desk = open_desk(
        tmp_path, FixedClock("2026-11-25"), Settings.model_validate({"intake": {"free_mib": 0, "receiver": receiver}})
    )
    listener = Listener(desk, lambda _: None, "smtp", 0)
    values: dict[str, Any] = {"host": "127.0.0.1", "port": listener.open(), "security": "starttls", "sender": "a@example.org"}
    try:
        with sign_in(Smtp(**values, authorities=pair[0])) as client:
            assert isinstance(client.sock, ssl.SSLSocket)
            client.sendmail("a@example.com", ["x@example.org"], b"Subject: x\r\n\r\nx\r\n")
        with pytest.raises(ssl.SSLCertVerificationError):
            sign_in(Smtp(**values))
    finally:
        listener.close()
        desk.close()


def test_a_server_without_encryption_gets_no_password(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, FixedClock("2026-11-25"), Settings.model_validate({"intake": {"free_mib": 0}}))
    listener = Listener(desk, lambda _: None, "smtp", 0)
    settings = Smtp(host="127.0.0.1", port=listener.open(), security="starttls", sender="a@example.org", user="u")
    try:
        with pytest.raises(smtplib.SMTPNotSupportedError):
            sign_in(settings)
    finally:
        listener.close()
        desk.close()


def test_a_bad_certificate_file_is_named(tmp_path: Path) -> None:
    receiver = {"certificate": tmp_path / "none.pem", "key": tmp_path / "none.pem"}
    desk = open_desk(tmp_path, FixedClock("2026-11-25"), Settings.model_validate({"intake": {"receiver": receiver}}))
    with pytest.raises(EnvironmentProblem, match="certificate"):
        Listener(desk, lambda _: None, "smtp", 0)
    desk.close()


def test_the_password_comes_from_a_file_and_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret word\n")
    assert Imap(password_file=tmp_path / "password").secret() == "secret word"
    shown = repr(Settings.model_validate({"intake": {"imap": {"password": "secret"}}}))
    assert "secret'" not in shown.replace("'**********'", "")
