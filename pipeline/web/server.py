"""The web server of one desk, on loopback unless the settings say otherwise."""

import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address

import uvicorn

from pipeline.desk import Desk
from pipeline.errors import EnvironmentProblem
from pipeline.sandbox import SandboxError
from pipeline.web.app import create_app
from pipeline.web.sessions import Role, SessionStore
from pipeline.web.signing import LinkPrinter

log = logging.getLogger("belegfluss")

OTHER_ROLES = (Role.APPROVER, Role.AUDITOR, Role.ADMIN)
GRACE_SECONDS = 10
BACKLOG = 128
HEADER_BYTES = 64 * 1024


def serve_pages(desk: Desk, port: int, tell: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are finished. Port 0 takes a free one.

    ``tell`` is given the one-time link for role clerk; the links of the other roles go to stderr. Raises ``EnvironmentProblem``
    when the port is taken. Each link signs in once and within 15 minutes.
    """
    with _listening(desk.settings.web.host, port) as listener:
        address = _address(desk.settings.web.host, listener.getsockname()[1])
        sessions = SessionStore()

        def link(role: Role) -> str:
            return f"{address}/login?token={sessions.issue_link(role)}"

        links = LinkPrinter(lambda role: tell(link(role)))
        app = create_app(desk, sessions=sessions, links=links, host_names=desk.settings.web.hosts)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,  # an access log would hold the tokens of the links
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=GRACE_SECONDS,
            h11_max_incomplete_event_size=HEADER_BYTES,
        )
        # The first page picture must not wait for the parsers to load; what is wrong with them is told when they are needed.
        threading.Thread(target=_warm_up, args=[desk], daemon=True).start()
        tell(link(Role.CLERK))
        for role in OTHER_ROLES:
            print(f"  as {role.value}: {link(role)}", file=sys.stderr, flush=True)
        print(f"  for the finance system: bearer token in {app.state.machine.file}", file=sys.stderr, flush=True)
        with _signals_stay_here():
            uvicorn.Server(config).run(sockets=[listener])


def _warm_up(desk: Desk) -> None:
    with suppress(SandboxError, OSError):
        desk.sandbox.warm_up()


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """A bound socket that already listens: whoever follows the link at once is kept waiting, not refused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise EnvironmentProblem(
            f"cannot serve pages at {host} port {port}: {reason}; choose another port with --port"
        ) from problem
    with listener:
        yield listener


def _address(host: str, port: int) -> str:
    """An address a browser on this machine can open."""
    try:
        address = ip_address(host)
    except ValueError:
        return f"http://{host}:{port}"
    if address.is_unspecified:
        return f"http://127.0.0.1:{port}" if address.version == 4 else f"http://[::1]:{port}"
    return f"http://{address}:{port}" if address.version == 4 else f"http://[{address}]:{port}"


@contextmanager
def _signals_stay_here() -> Iterator[None]:
    """The server raises the signal that stopped it once more when it is done; it must not end the process before we tidied up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
