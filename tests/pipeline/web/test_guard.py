"""The outer wall: hosts, headers, sizes."""

import socket
from collections.abc import Iterator

import pytest

from pipeline.web.guard import HEADERS, HostCheck
from pipeline.web.rendering import static_address
from pipeline.web.sessions import Role
from tests.pipeline.web.conftest import Site


@pytest.mark.parametrize(
    ("bound_to", "host", "allowed"),
    [
        ("127.0.0.1", "127.0.0.1:8765", True),
        ("127.0.0.1", "localhost", True),
        ("127.0.0.1", "LOCALHOST:1", True),
        ("127.0.0.1", "localhost.", True),
        ("127.0.0.1", "[::1]:8765", True),
        ("127.0.0.1", "evil.example", False),
        ("127.0.0.1", "127.0.0.1.evil.example", False),
        ("127.0.0.1", "localhost.evil.example:8765", False),
        ("127.0.0.1", "192.168.1.5", False),
        ("127.0.0.1", "", False),
        ("127.0.0.1", "127.0.0.1@evil.example", False),
        ("0.0.0.0", "192.168.1.5:8765", True),
        ("0.0.0.0", "evil.example", False),
        ("0.0.0.0", "invoices.example", True),
        ("books.example", "books.example:8765", True),
        ("books.example", "evil.example", False),
    ],
)
def test_hosts(bound_to: str, host: str, allowed: bool) -> None:
    assert HostCheck(bound_to, ["invoices.example"]).allows(host) == allowed


@pytest.mark.parametrize("path", ["/", "/login", "/api/v1/invoices", "/healthz", "/static/x/style.css"])
def test_a_rebound_name_gets_nothing(site: Site, path: str) -> None:
    answer = site.sign_in().get(path, headers={"Host": "evil.example"})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"


PATHS = [
    ("/", 200),
    ("/audit", 200),
    ("/upload", 200),
    ("/login", 200),
    ("/nowhere", 404),
    ("/invoices/none", 404),
    ("/?after=!", 422),
    ("/healthz", 200),
    ("/openapi.json", 200),
    ("/api/v1/invoices", 200),
    ("/api/v1/invoices/none", 404),
    ("/api/v1/nowhere", 404),
]


@pytest.mark.parametrize(("path", "status"), PATHS)
def test_every_answer_is_protected(site: Site, path: str, status: int) -> None:
    answer = site.sign_in().get(path)
    assert answer.status_code == status
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_pages_hold_no_inline_style_or_script(site: Site) -> None:
    client = site.sign_in()
    for path, _ in PATHS[:7]:
        html = client.get(path).text.lower()
        for forbidden in (" style=", "<script", "<style", "javascript:", " onclick", " onload", "http://www", "https://"):
            assert forbidden not in html, f"{forbidden} on {path}"


def test_static_files_may_be_kept_for_ever_because_their_address_changes(site: Site) -> None:
    client = site.visitor()
    answer = client.get(static_address("style.css"))
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    assert client.get("/static/000000000000/style.css").status_code == 404
    assert client.get("/static/../app.py").status_code == 404


def test_a_body_that_announces_too_much_is_refused_unread(site: Site) -> None:
    limit = site.desk.settings.limits.mail_bytes
    port = int(site.address.rpartition(":")[2])
    head = f"POST /api/v1/documents HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {limit * 2}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(head.encode())
        assert connection.recv(200).startswith(b"HTTP/1.1 413")


def test_a_body_that_grows_too_large_is_refused(site: Site) -> None:
    megabyte = b"x" * 1_000_000

    def endless() -> Iterator[bytes]:
        for _ in range(site.desk.settings.limits.mail_bytes // len(megabyte) + 2):
            yield megabyte

    answer = site.sign_in(Role.CLERK).post("/api/v1/documents", content=endless(), timeout=60)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert not site.desk.home.originals.exists()
