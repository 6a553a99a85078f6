"""What goes wrong in a request, as one small tree, and its RFC 9457 form.

Problem                 carries status, and for people a key of the text catalogue
+-- NotSignedIn    401
+-- NotAllowed     403   the role may not do this, or the request came from another site
+-- NotFound       404   also for what a role may not see: ids must not be guessable by the answer
+-- Conflict       409
+-- Precondition   412   somebody changed it meanwhile
+-- TooLarge       413
+-- NotThisHost    421   a host name that is not ours: DNS rebinding
+-- NotUsable      422
+-- PreconditionMissing  428
+-- TooMany        429
+-- Unavailable    503
"""

from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse

PROBLEM_TYPE = "application/problem+json"


class Problem(Exception):
    """``detail`` is one English sentence for the API; ``key`` names the text a page shows."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    key = "problem.internal"

    def __init__(self, detail: str = "", **more: Any) -> None:
        super().__init__(detail or self.status.phrase)
        self.detail = detail
        self.more = more
        self.headers: dict[str, str] = {}


class NotSignedIn(Problem):
    status = HTTPStatus.UNAUTHORIZED
    key = "problem.not-signed-in"

    def __init__(self, detail: str = "Sign in, or send a bearer token.") -> None:
        super().__init__(detail)
        self.headers = {"WWW-Authenticate": 'Bearer realm="belegfluss"'}


class NotAllowed(Problem):
    status = HTTPStatus.FORBIDDEN
    key = "problem.not-allowed"


class NotFound(Problem):
    status = HTTPStatus.NOT_FOUND
    key = "problem.not-found"


class Conflict(Problem):
    status = HTTPStatus.CONFLICT
    key = "problem.conflict"


class Precondition(Problem):
    status = HTTPStatus.PRECONDITION_FAILED
    key = "problem.changed-meanwhile"


class PreconditionMissing(Problem):
    status = HTTPStatus.PRECONDITION_REQUIRED
    key = "problem.not-usable"


class TooLarge(Problem):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    key = "problem.too-large"


class NotThisHost(Problem):
    status = HTTPStatus.MISDIRECTED_REQUEST
    key = "problem.not-this-host"


class NotUsable(Problem):
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    key = "problem.not-usable"


class TooMany(Problem):
    status = HTTPStatus.TOO_MANY_REQUESTS
    key = "problem.too-many"

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.headers = {"Retry-After": str(retry_after)}


class Unavailable(Problem):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    key = "problem.unavailable"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.headers = {"Retry-After": "10"}


def problem_json(status: int, detail: str = "", headers: dict[str, str] | None = None, **more: Any) -> JSONResponse:
    """The RFC 9457 answer. ``type`` is about:blank: the status says what kind of problem it is."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": int(status)}
    if detail:
        body["detail"] = detail
    return JSONResponse(body | more, status, headers, media_type=PROBLEM_TYPE)
