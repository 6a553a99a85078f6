"""The outer wall of the web part: known hosts only, bounded bodies, and the same protective headers on every answer.

Written against ASGI itself so that it also covers static files, error pages and answers of the framework.
"""

import ipaddress
from collections.abc import Callable, Collection, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.web.problems import NotThisHost, TooLarge, problem_json

CONTENT_POLICY = (
    "default-src 'self'; script-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": browsers would then send "Origin: null" with our own forms, and we could not tell them from others.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
"""Set where the answer has not said something stricter itself, for example on downloads and versioned static files."""
STRICT_TRANSPORT = "max-age=31536000"


class HostCheck:
    """Whether a Host header names this server. A page of another site can point its own name at us; it cannot use ours."""

    def __init__(self, bound_to: str, names: Collection[str] = ()) -> None:
        self._names = {"localhost", *(name.lower() for name in names)}
        address = _address(bound_to)
        if address is None:
            self._names.add(bound_to.lower())
        # Bound to the network, our address is whatever the caller reached; an address, unlike a name, cannot be rebound.
        self._any_address = address is not None and not address.is_loopback

    def allows(self, host_header: str) -> bool:
        host = _without_port(host_header).lower().rstrip(".")
        address = _address(host)
        if address is not None:
            return address.is_loopback or self._any_address
        return host in self._names


def _without_port(text: str) -> str:
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0]


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


class Guard:
    """ASGI middleware. ``body_limit`` in bytes; larger requests end in 413 before anything is kept.

    ``told``: further headers for the answer to a path.
    """

    def __init__(
        self, app: ASGIApp, hosts: HostCheck, body_limit: int, told: Callable[[str], Mapping[str, str]] = lambda _path: {}
    ) -> None:
        self._app, self._hosts, self._limit, self._told = app, hosts, body_limit, told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    answer.setdefault(name, value)
                for name, value in self._told(scope["path"]).items():
                    answer.setdefault(name, value)
                if scope["scheme"] == "https":
                    answer.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)
            await send(message)

        if not self._hosts.allows(headers.get("host", "")):
            refusal = problem_json(NotThisHost.status, "This host name is not one of this server's.")
            await refusal(scope, receive, send_protected)
            return
        announced = headers.get("content-length", "0")
        if not announced.isdecimal() or int(announced[:20]) > self._limit:
            await problem_json(TooLarge.status, self._too_large())(scope, receive, send_protected)
            return
        await self._app(scope, self._bounded(receive), send_protected)

    def _bounded(self, receive: Receive) -> Receive:
        taken = 0

        async def receive_bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._limit:
                raise TooLarge(self._too_large())
            return message

        return receive_bounded

    def _too_large(self) -> str:
        return f"At most {self._limit} bytes are taken in one request."
