"""The pages of a fresh home, served for real on a loopback port."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest
import uvicorn

from pipeline.desk import Desk
from pipeline.web.app import create_app
from pipeline.web.sessions import Role, SessionStore
from pipeline.web.signing import LinkPrinter


@dataclass
class Site:
    desk: Desk
    address: str
    sessions: SessionStore
    printed: list[str] = field(default_factory=list)
    _clients: list[httpx.Client] = field(default_factory=list)

    def visitor(self, **headers: str) -> httpx.Client:
        """A browser nobody has signed in with; it sends the origin with forms, as browsers do."""
        client = httpx.Client(base_url=self.address, headers={"Origin": self.address} | headers, trust_env=False, verify=False)
        self._clients.append(client)
        return client

    def thief(self, cookies: dict[str, str]) -> httpx.Client:
        """A browser with the cookies of another one."""
        client = self.visitor()
        client.cookies.update(cookies)
        return client

    def sign_in(self, role: Role = Role.CLERK, language: str = "en") -> httpx.Client:
        client = self.visitor(**{"Accept-Language": language})
        assert client.get("/login", params={"token": self.sessions.issue_link(role)}).status_code == 303
        return client

    def machine(self) -> httpx.Client:
        token = (self.desk.home.folder / "api-token").read_text("ascii").strip()
        client = httpx.Client(base_url=self.address, headers={"Authorization": f"Bearer {token}"}, trust_env=False, verify=False)
        self._clients.append(client)
        return client

    def close(self) -> None:
        for client in self._clients:
            client.close()


@pytest.fixture
def site(desk: Desk) -> Iterator[Site]:
    sessions = SessionStore()
    printed: list[str] = []
    app = create_app(desk, sessions=sessions, links=LinkPrinter(lambda role: printed.append(sessions.issue_link(role))))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        made = Site(desk, f"http://127.0.0.1:{listener.getsockname()[1]}", sessions, printed)
        try:
            yield made
        finally:
            made.close()
            server.should_exit = True
            thread.join(10)
