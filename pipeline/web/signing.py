"""Signing in and out. A link works once; where none is left, a new one can be printed where the server runs."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from pipeline.clock import queue_time
from pipeline.web.access import cookie_name, refuse_other_sites, session_of
from pipeline.web.problems import NotFound, TooMany
from pipeline.web.rendering import page
from pipeline.web.sessions import SESSION_LIFE, Role, SessionStore

router = APIRouter(include_in_schema=False)

LINK_PAUSE = timedelta(seconds=10)


class LinkPrinter:
    """Prints a fresh link at the terminal of the server, at most one in ten seconds: whoever reads the terminal may sign in."""

    def __init__(self, tell: Callable[[Role], None], now: Callable[[], datetime] = queue_time) -> None:
        self._tell, self._now = tell, now
        self._lock = threading.Lock()
        self._last: datetime | None = None

    def print(self, role: Role) -> None:
        with self._lock:
            now = self._now()
            if self._last is not None and now - self._last < LINK_PAUSE:
                raise TooMany("A link was printed a moment ago.", int(LINK_PAUSE.total_seconds()))
            self._last = now
        self._tell(role)


@router.get("/login")
def show_login(request: Request, token: str = "") -> Response:
    store: SessionStore = request.app.state.sessions
    printer: LinkPrinter | None = request.app.state.links
    if not token:
        return page(request, "login.html", refused=False, can_print=printer is not None)
    secret = store.redeem(token)
    if secret is None:
        return page(request, "login.html", status=403, refused=True, can_print=printer is not None)
    if old := request.cookies.get(cookie_name(request)):
        store.end(old)
    answer = RedirectResponse("/", 303)
    answer.set_cookie(
        cookie_name(request),
        secret,
        max_age=int(SESSION_LIFE.total_seconds()),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return answer


@router.post("/login")
def print_link(request: Request) -> Response:
    printer: LinkPrinter | None = request.app.state.links
    refuse_other_sites(request)
    if printer is None:
        raise NotFound
    printer.print(Role.CLERK)
    return page(request, "login.html", refused=False, can_print=True, printed=True)


@router.post("/logout")
def sign_out(request: Request) -> RedirectResponse:
    refuse_other_sites(request)
    if session_of(request) and (secret := request.cookies.get(cookie_name(request))):
        request.app.state.sessions.end(secret)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(cookie_name(request), path="/", secure=request.url.scheme == "https", httponly=True, samesite="lax")
    return answer
