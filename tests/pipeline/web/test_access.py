"""Who may do what, and that other sites cannot do it for them."""

import stat
from pathlib import Path

import pytest

from pipeline.web.sessions import MachineToken, Role
from tests.pipeline.web.conftest import Site

READ = ["/", "/audit", "/upload", "/api/v1/invoices", "/api/v1/audit", "/api/v1/audit/checkpoint"]


@pytest.mark.parametrize("role", [Role.CLERK, Role.APPROVER, Role.AUDITOR, Role.ADMIN])
def test_people_read_everything(site: Site, role: Role) -> None:
    client = site.sign_in(role)
    assert [client.get(path).status_code for path in READ] == [200] * len(READ)


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.CLERK, 202), (Role.APPROVER, 202), (Role.ADMIN, 202), (Role.AUDITOR, 403)],
)
def test_an_auditor_hands_nothing_in(site: Site, role: Role, status: int) -> None:
    client = site.sign_in(role)
    assert client.post("/api/v1/documents", content=b"%PDF").status_code == status
    form = client.post("/upload", files={"files": ("a.pdf", b"%PDF", "application/pdf")})
    assert form.status_code == (200 if status == 202 else 403)


def test_an_auditor_verifies(site: Site) -> None:
    client = site.sign_in(Role.AUDITOR)
    assert client.post("/audit/verify").headers["location"] == "/audit"
    page = client.get("/audit").text
    assert "Intact: 1 entries" in page  # that he verified
    assert "by Auditor" in page


def test_the_finance_system_has_the_api_and_not_the_pages(site: Site) -> None:
    machine = site.machine()
    assert machine.get("/api/v1/invoices").status_code == 200
    assert machine.post("/api/v1/documents", content=b"x").status_code == 202
    assert machine.get("/api/v1/audit/checkpoint").status_code == 200
    assert machine.get("/api/v1/audit").status_code == 403
    assert machine.get("/").status_code == 403
    assert machine.post("/audit/verify").status_code == 403


@pytest.mark.parametrize(
    "header", [b"Bearer wrong", b"Bearer", b"Basic eDp5", b"wrong", b"Bearer \xff\xfe", b"Bearer " + b"a" * 3000]
)
def test_a_wrong_token_is_refused_even_with_a_good_cookie(site: Site, header: bytes) -> None:
    answer = site.sign_in().get("/api/v1/invoices", headers=[(b"Authorization", header)])
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["status"] == 401


def test_the_api_asks_a_stranger_for_a_token(site: Site) -> None:
    answer = site.visitor().get("/api/v1/invoices")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Origin": "SELF"}, 202, id="our own page, old browser"),
        pytest.param({"Origin": "SELF", "Sec-Fetch-Site": "same-origin"}, 202, id="our own page"),
        pytest.param({"Origin": "SELF", "Sec-Fetch-Site": "cross-site"}, 403, id="the browser says cross-site"),
        pytest.param({"Origin": "SELF", "Sec-Fetch-Site": "same-site"}, 403, id="another port of this host"),
        pytest.param({"Origin": "SELF", "Sec-Fetch-Site": "none"}, 403, id="typed by hand is never a form"),
        pytest.param({"Origin": "http://evil.example"}, 403, id="another origin"),
        pytest.param({"Origin": "null"}, 403, id="a sandboxed frame"),
        pytest.param({"Origin": "http://127.0.0.1"}, 403, id="another port"),
        pytest.param({"Origin": ""}, 403, id="nothing says where it comes from"),
    ],
)
def test_only_our_own_pages_change_something(site: Site, headers: dict[str, str], status: int) -> None:
    sent = {name: value.replace("SELF", site.address) for name, value in headers.items()}
    assert site.sign_in().post("/api/v1/documents", content=b"x", headers=sent).status_code == status


@pytest.mark.parametrize("path", ["/logout", "/audit/verify", "/login"])
def test_other_sites_cannot_press_our_buttons(site: Site, path: str) -> None:
    assert site.sign_in().post(path, headers={"Origin": "http://evil.example"}).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/invoices/{}",
        "/invoices/{}/exports/zugferd",
        "/documents/{}",
        "/documents/{}/original",
        "/api/v1/invoices/{}",
        "/api/v1/invoices/{}/audit",
        "/api/v1/documents/{}",
    ],
)
@pytest.mark.parametrize("identifier", ["0192e4a0-0000-7000-8000-000000000000", "x", "..%2f..%2fetc", "%00", "' OR 1=1 --"])
def test_what_is_not_there_is_not_found(site: Site, path: str, identifier: str) -> None:
    assert site.sign_in().get(path.format(identifier)).status_code == 404


def test_the_machine_token_is_private_and_stays(tmp_path: Path) -> None:
    first = MachineToken(tmp_path)
    token = first.file.read_text("ascii").strip()
    assert stat.S_IMODE(first.file.stat().st_mode) == 0o600
    assert first.fits(token)
    assert MachineToken(tmp_path).fits(token)
    assert not first.fits(token[:-1])


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_token_others_could_read_is_replaced(tmp_path: Path, mode: int) -> None:
    leaked = MachineToken(tmp_path)
    token = leaked.file.read_text("ascii").strip()
    leaked.file.chmod(mode)
    fresh = MachineToken(tmp_path)
    assert not fresh.fits(token)
    assert stat.S_IMODE(fresh.file.stat().st_mode) == 0o600


def test_a_link_in_place_of_the_token_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("a" * 43)
    (tmp_path / "api-token").symlink_to(other)
    made = MachineToken(tmp_path)
    assert not made.fits("a" * 43)
    assert other.read_text() == "a" * 43
