"""The mail server inside: others deliver to it by SMTP or LMTP, so that no mailbox is needed.

The answer 250 is given after the bytes are on disk and the row is committed; everything else leaves the mail with the sender, who
tries again (4xx) or tells its author (5xx). It relays nothing: what it takes ends here. A sender that did not hear our answer
sends the same bytes again, which are the same delivery.
"""

import asyncio
import hashlib
import logging
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session, syntax
from sqlalchemy.exc import SQLAlchemyError

from pipeline.desk import Desk
from pipeline.errors import EnvironmentProblem
from pipeline.intake.naming import mail_name
from pipeline.intake.pressure import Pressure
from pipeline.receiving import receive

log = logging.getLogger("belegfluss")

MAX_RECIPIENTS = 100
MAX_CONNECTIONS = 20
PATIENCE_SECONDS = 15.0
LINE_BYTES = 64 * 1024  # lines of mails are longer than the standard allows now and then; refusing them would lose invoices


class Inside(SMTP):
    """The protocol, with bounds."""

    line_length_limit = LINE_BYTES
    connections = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        Inside.connections += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        Inside.connections -= 1
        super().connection_lost(error)


class Busy(asyncio.Protocol):
    """For one caller too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"421 4.3.2 Too many connections, try again later\r\n")
        transport.close()


class InsideLMTP(Inside):
    """LMTP (RFC 2033): another greeting, and one answer for each recipient after the data."""

    show_smtp_greeting = False

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, arg: str) -> None:  # noqa: N802
        await super().smtp_EHLO(arg)

    async def smtp_HELO(self, arg: str) -> None:  # noqa: N802
        await self.push("500 Error: LHLO is the greeting here")

    async def smtp_EHLO(self, arg: str) -> None:  # noqa: N802
        await self.push("500 Error: LHLO is the greeting here")


class Handler:
    """What happens to a mail that is delivered."""

    def __init__(self, desk: Desk, ring: Callable[[list[str]], None], protocol: str) -> None:
        self._desk = desk
        self._ring = ring
        self._protocol = protocol
        self._pressure = Pressure(desk)
        self.keeping = 0
        self._wanted = frozenset(one.strip().lower() for one in desk.settings.intake.receiver.recipients)

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        if not self._is_wanted(address):
            return "550 5.1.1 No such address here"
        if reason := await asyncio.to_thread(self._pressure.reason):
            log.warning("mail server: nothing is taken now: %s", reason)
            return "452 4.3.1 Not enough room at the moment, try again later"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.keeping += 1
        try:
            answer = await asyncio.to_thread(self._keep, session, envelope)
        finally:
            self.keeping -= 1
        return "\r\n".join([answer] * (len(envelope.rcpt_tos) if self._protocol == "lmtp" else 1))

    async def handle_exception(self, error: Exception) -> str:
        """The default answer would be a final one: the sender would give up."""
        log.error("mail server: went wrong", exc_info=error)
        return "451 4.3.0 Something went wrong, try again later"

    def _is_wanted(self, address: str) -> bool:
        plain = address.strip().lower()
        return not self._wanted or plain in self._wanted or f"@{plain.rpartition('@')[2]}" in self._wanted

    def _keep(self, session: Session, envelope: Envelope) -> str:
        data = envelope.original_content or b""
        facts: dict[str, Any] = {
            "protocol": self._protocol,
            "peer": str((session.peer or ("",))[0]),
            "envelope_from": _plain(envelope.mail_from or ""),
            "envelope_to": [_plain(one) for one in envelope.rcpt_tos],
        }
        key = f"smtp:{hashlib.sha256(data).hexdigest()}"
        try:
            identifier, queued = receive(self._desk, data, mail_name(data), "mail", key, envelope=facts)
        except (OSError, SQLAlchemyError):
            log.exception("mail server: a mail could not be kept; its sender keeps it")
            return "451 4.3.0 Not kept, try again later"
        self._ring(queued)
        return f"250 2.6.0 Kept as {identifier}"


def _plain(text: str) -> str:
    return "".join(c for c in text if c.isprintable())[:320]


class Listener:
    """One port, open from ``open`` to ``close``, in a thread with an event loop of its own."""

    def __init__(self, desk: Desk, ring: Callable[[list[str]], None], protocol: str, port: int) -> None:
        self._desk = desk
        self._protocol = protocol
        self._port = port
        self._handler = Handler(desk, ring, protocol)
        self._tls = _tls(desk)
        self._opened = threading.Event()
        self._closing = asyncio.Event()
        self._thread = threading.Thread(target=self._serve, name=protocol, daemon=True)

    def open(self) -> int:
        """Listen; the port, which is a free one where the settings say 0. Raises ``EnvironmentProblem``."""
        host = self._desk.settings.intake.receiver.host
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._socket = socket.create_server((host, self._port), family=family)
        except OSError as problem:
            raise EnvironmentProblem(
                f"cannot take mail at {host} port {self._port}: {problem.strerror or problem}; "
                f"choose another intake.receiver.{self._protocol}_port"
            ) from problem
        self._loop = asyncio.new_event_loop()
        self._thread.start()
        self._opened.wait()
        return int(self._socket.getsockname()[1])

    def close(self) -> None:
        """Take no new mail; one whose data are complete is still kept and answered."""
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(PATIENCE_SECONDS)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._listen())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            self._socket.close()
            self._loop.close()

    async def _listen(self) -> None:
        server = await self._loop.create_server(self._answer, sock=self._socket)
        self._opened.set()
        await self._closing.wait()
        server.close()
        for _ in range(int(PATIENCE_SECONDS * 10)):
            if not self._handler.keeping:
                break
            await asyncio.sleep(0.1)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _answer(self) -> asyncio.Protocol:
        if Inside.connections >= MAX_CONNECTIONS:
            return Busy()
        settings = self._desk.settings.intake.receiver
        return (InsideLMTP if self._protocol == "lmtp" else Inside)(
            self._handler,
            data_size_limit=self._desk.settings.limits.mail_bytes,
            enable_SMTPUTF8=True,
            hostname="belegfluss",
            ident="Belegfluss",
            tls_context=self._tls,
            timeout=settings.timeout_seconds,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            loop=self._loop,
        )


def _tls(desk: Desk) -> ssl.SSLContext | None:
    settings = desk.settings.intake.receiver
    if not (settings.certificate and settings.key):
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.certificate, settings.key)
    except OSError as problem:
        raise EnvironmentProblem(f"intake.receiver.certificate or key cannot be used: {problem}") from problem
    return context
