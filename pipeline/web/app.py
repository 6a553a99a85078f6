"""The web application of one desk: pages and API behind one wall."""

import logging
from collections.abc import Collection
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from pipeline.desk import Desk
from pipeline.store import queries
from pipeline.web import acts_api, api, audit_api, health, pages, review_pages, signing
from pipeline.web.guard import Guard, HostCheck
from pipeline.web.presence import OpenInvoices
from pipeline.web.problems import NotSignedIn, Problem, Unavailable, problem_json
from pipeline.web.rendering import page, static_files
from pipeline.web.sessions import MachineToken, SessionStore
from pipeline.web.texts import catalogue

log = logging.getLogger("belegfluss")

API_PREFIX = "/api/"
FOR_PROGRAMS = (API_PREFIX, "/healthz", "/readyz", "/openapi.json")
FORM_OVERHEAD = 64 * 1024  # what a multipart form adds to a file
FOR_EVER = "public, max-age=31536000, immutable"


def create_app(
    desk: Desk,
    *,
    sessions: SessionStore | None = None,
    links: signing.LinkPrinter | None = None,
    host_names: Collection[str] = (),
) -> FastAPI:
    """The application. ``links`` prints new one-time links at the terminal; ``host_names`` are served besides loopback ones."""
    app = FastAPI(title="Belegfluss", version="1", docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    app.state.desk = desk
    app.state.sessions = sessions or SessionStore()
    app.state.machine = MachineToken(desk.home.folder)
    app.state.links = links
    app.state.verification = None
    app.state.presence = OpenInvoices()
    with desk.database.write() as connection:
        queries.prepare(connection)
    routers = (health, api, audit_api, acts_api, signing, pages, review_pages)
    for router in (module.router for module in routers):
        app.include_router(router)
    app.add_api_route("/static/{tag}/{name}", _static, include_in_schema=False)
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(OperationalError, _on_outage)
    app.add_exception_handler(OSError, _on_outage)
    app.add_exception_handler(Exception, _on_failure)
    app.add_middleware(
        Guard,
        hosts=HostCheck(desk.settings.web.host, host_names),
        body_limit=desk.settings.limits.mail_bytes + FORM_OVERHEAD,
        told=lambda path: _signed_head(desk) if path.startswith(API_PREFIX) else {},
    )
    return app


def _signed_head(desk: Desk) -> dict[str, str]:
    """The last signed head, on every answer of the API: whoever keeps answers is a witness of the log."""
    head = desk.notary.latest()
    return {"Belegfluss-Checkpoint": f"{head.size} {head.root}"} if head else {}


def _static(tag: str, name: str) -> Response:
    file = static_files().get(name)
    if file is None or file.tag != tag:
        raise HTTPException(404)
    return Response(file.data, media_type=file.media_type, headers={"Cache-Control": FOR_EVER})


def _answer(request: Request, status: int, key: str, detail: str, headers: dict[str, str] | None, **more: Any) -> Response:
    if request.url.path.startswith(FOR_PROGRAMS):
        return problem_json(status, detail, headers, **more)
    answer = page(request, "problem.html", status=status, code=status, key=key)
    answer.headers.update(headers or {})
    return answer


async def _on_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    if isinstance(problem, NotSignedIn) and not request.url.path.startswith(FOR_PROGRAMS):
        return RedirectResponse("/login", 303)
    if problem.status >= 500:
        log.error("request refused: %s", problem.detail or problem.status.phrase)
    return _answer(request, problem.status, problem.key, problem.detail, problem.headers, **problem.more)


async def _on_http_exception(request: Request, problem: Exception) -> Response:
    """What the framework itself refuses: unknown addresses, wrong methods, broken forms."""
    assert isinstance(problem, HTTPException)
    key = f"problem.status-{problem.status_code}"
    known = key if key in catalogue("en") else "problem.not-usable"
    return _answer(request, problem.status_code, known, "", dict(problem.headers or {}))


async def _on_invalid(request: Request, problem: Exception) -> Response:
    """Names the place and the reason; what was sent is not repeated."""
    assert isinstance(problem, RequestValidationError)
    errors = [
        {"in": str(error["loc"][0]), "name": ".".join(map(str, error["loc"][1:])), "reason": error["msg"]}
        for error in problem.errors()
    ]
    return _answer(request, 422, "problem.not-usable", "The request cannot be used.", None, errors=errors)


async def _on_outage(request: Request, problem: Exception) -> Response:
    """Database busy, disk full: nothing was received, and the sender must keep what it has and come again."""
    log.error("%s %s failed: %s", request.method, request.url.path, problem)
    outage = Unavailable("Database or disk do not answer; nothing was changed. Try again later.")
    return _answer(request, outage.status, outage.key, outage.detail, outage.headers)


async def _on_failure(request: Request, _problem: Exception) -> Response:
    """The framework logs the exception; the caller learns nothing of our inside."""
    return _answer(request, 500, "problem.internal", "", None)
