"""One-time links, sessions and the cookie that carries them."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.web.problems import TooMany
from pipeline.web.sessions import LINK_LIFE, SESSION_IDLE, SESSION_LIFE, Role, SessionStore
from pipeline.web.signing import LINK_PAUSE, LinkPrinter
from tests.pipeline.web.conftest import Site


class Watch:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 25, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def wait(self, duration: timedelta) -> None:
        self.time += duration


def test_a_link_signs_in_once(site: Site) -> None:
    token = site.sessions.issue_link(Role.APPROVER)
    first, second = site.visitor(), site.visitor()
    assert first.get("/login", params={"token": token}).headers["location"] == "/"
    assert "Approver" in first.get("/").text
    refused = second.get("/login", params={"token": token})
    assert (refused.status_code, "set-cookie" in refused.headers) == (403, False)
    assert second.get("/").headers["location"] == "/login"


@pytest.mark.parametrize("token", ["x", "0" * 43, "\x00", "ä" * 50, "a" * 5000])
def test_no_other_token_signs_in(site: Site, token: str) -> None:
    answer = site.visitor().get("/login", params={"token": token})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(site: Site) -> None:
    cookie = site.visitor().get("/login", params={"token": site.sessions.issue_link(Role.CLERK)}).headers["set-cookie"]
    name = cookie.partition("=")[0]
    assert name == f"belegfluss-{site.address.rpartition(':')[2]}"
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie, "a Secure cookie would not come back over http"


def test_under_https_the_cookie_is_bound_to_the_host(site: Site) -> None:
    """A proxy on this machine that ends TLS says so."""
    token = site.sessions.issue_link(Role.CLERK)
    answer = site.visitor(**{"X-Forwarded-Proto": "https"}).get("/login", params={"token": token})
    assert answer.headers["set-cookie"].startswith("__Host-belegfluss=")
    assert "Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"]


def test_signing_in_again_ends_the_session_before(site: Site) -> None:
    client = site.sign_in(Role.CLERK)
    old = dict(client.cookies)
    client.get("/login", params={"token": site.sessions.issue_link(Role.AUDITOR)})
    assert "Auditor" in client.get("/").text
    assert site.thief(old).get("/").status_code == 303


def test_signing_out_ends_the_session_on_the_server(site: Site) -> None:
    client = site.sign_in()
    stolen = dict(client.cookies)
    assert client.post("/logout").headers["location"] == "/login"
    assert site.thief(stolen).get("/").status_code == 303


@pytest.mark.parametrize("path", ["/", "/audit", "/upload", "/invoices/x", "/documents/x/original", "/invoices/x/exports/y"])
def test_pages_send_a_stranger_to_the_login_page(site: Site, path: str) -> None:
    answer = site.visitor().get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_the_login_page_says_where_the_link_is(site: Site) -> None:
    assert "terminal" in site.visitor().get("/login").text
    assert "Terminal" in site.visitor(**{"Accept-Language": "de"}).get("/login").text


def test_a_new_link_goes_to_the_terminal_and_nowhere_else(site: Site) -> None:
    answer = site.visitor().post("/login")
    assert answer.status_code == 200
    assert len(site.printed) == 1
    assert site.printed[0] not in answer.text
    again = site.visitor().post("/login")
    assert (again.status_code, len(site.printed)) == (429, 1)
    assert site.visitor().get("/login", params={"token": site.printed[0]}).status_code == 303


def test_links_are_printed_with_pauses() -> None:
    watch, told = Watch(), list[Role]()
    printer = LinkPrinter(told.append, watch)
    printer.print(Role.CLERK)
    with pytest.raises(TooMany):
        printer.print(Role.CLERK)
    watch.wait(LINK_PAUSE)
    printer.print(Role.CLERK)
    assert told == [Role.CLERK, Role.CLERK]


@pytest.mark.parametrize(("waited", "opens"), [(LINK_LIFE - timedelta(seconds=1), True), (LINK_LIFE, False)])
def test_a_link_expires(waited: timedelta, opens: bool) -> None:
    watch = Watch()
    store = SessionStore(watch)
    token = store.issue_link(Role.CLERK)
    watch.wait(waited)
    assert (store.redeem(token) is not None) == opens


def test_an_idle_session_ends_and_a_used_one_lasts_a_working_day() -> None:
    watch = Watch()
    store = SessionStore(watch)
    idle, used = store.redeem(store.issue_link(Role.CLERK)), store.redeem(store.issue_link(Role.CLERK))
    assert idle
    assert used
    step = SESSION_IDLE - timedelta(minutes=1)
    for _ in range(SESSION_LIFE // step):
        watch.wait(step)
        assert store.find(used)
    assert store.find(idle) is None
    watch.wait(step)
    assert store.find(used) is None


def test_the_store_keeps_no_secret() -> None:
    store = SessionStore()
    token = store.issue_link(Role.CLERK)
    secret = store.redeem(store.issue_link(Role.CLERK))
    assert secret
    kept = repr(vars(store))
    assert token not in kept
    assert secret not in kept
