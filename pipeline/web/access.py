"""Who is asking, and may they? Every route that shows or changes something names the roles it is for."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from pipeline.clock import queue_time
from pipeline.desk import Desk
from pipeline.store.audit import Event, append
from pipeline.web.problems import NotAllowed, NotSignedIn
from pipeline.web.sessions import MachineToken, Role, Session, SessionStore

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PEOPLE = (Role.CLERK, Role.APPROVER, Role.AUDITOR, Role.ADMIN)
WRITERS = (Role.CLERK, Role.APPROVER, Role.ADMIN)

MAX_QUERY = 500  # characters of a question that are logged


def cookie_name(request: Request) -> str:
    """``__Host-`` binds the cookie to this host under https. Browsers share cookies between ports, so the name holds the port."""
    if request.url.scheme == "https":
        return "__Host-belegfluss"
    return f"belegfluss-{request.url.port or 80}"


def session_of(request: Request) -> Session | None:
    """The session behind the cookie, also on pages that need none."""
    store: SessionStore = request.app.state.sessions
    secret = request.cookies.get(cookie_name(request))
    return store.find(secret) if secret else None


def who_asks(request: Request) -> Session:
    """The bearer of a token, else the person behind the cookie. Raises ``NotSignedIn`` or, for a forged form, ``NotAllowed``."""
    header = request.headers.get("authorization", "")
    if header:
        scheme, _, token = header.partition(" ")
        machine: MachineToken = request.app.state.machine
        if scheme.lower() != "bearer" or not machine.fits(token.strip()):
            raise NotSignedIn("The bearer token is not known.")
        now = queue_time()
        return Session(Role.MACHINE, Role.MACHINE.value, now, now)
    session = session_of(request)
    if session is None:
        raise NotSignedIn
    refuse_other_sites(request)
    return session


def refuse_other_sites(request: Request) -> None:
    """A cookie travels with forms of other sites too, a request of our own pages says where it comes from."""
    if request.method in SAFE_METHODS:
        return
    fetch_site = request.headers.get("sec-fetch-site")
    if fetch_site is not None:
        if fetch_site == "same-origin":
            return
    elif request.headers.get("origin") == f"{request.url.scheme}://{request.headers.get('host')}":
        return
    raise NotAllowed("A change must come from a page of this server (Sec-Fetch-Site or Origin does not say so).")


def allow(*roles: Role) -> Callable[[Request], Session]:
    """A dependency that lets some roles in."""

    def check(request: Request) -> Session:
        session = who_asks(request)
        if session.role not in roles:
            raise NotAllowed(f"The role {session.role.value} may not do this.")
        if session.role is Role.AUDITOR:
            _log_access(request, session)
        return session

    return check


def _log_access(request: Request, session: Session) -> None:
    """What an auditor looks at is an entry of the log itself: it is read only for him, not unseen."""
    desk: Desk = request.app.state.desk
    after = {"method": request.method, "path": request.url.path, "query": request.url.query[:MAX_QUERY]}
    with desk.database.write() as connection:
        event = Event("accessed", after=after, actor=session.actor, role=session.role.value)
        append(connection, None, event, desk.clock.now())


Person = Annotated[Session, Depends(allow(*PEOPLE))]
"""May look at the pages."""
Writer = Annotated[Session, Depends(allow(*WRITERS))]
"""May change something on the pages."""
Reader = Annotated[Session, Depends(allow(*PEOPLE, Role.MACHINE))]
"""May read invoices by the API."""
Uploader = Annotated[Session, Depends(allow(*WRITERS, Role.MACHINE))]
"""May hand in documents."""
