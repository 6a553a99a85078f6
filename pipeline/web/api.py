"""The API of CONTRACT section 7, as far as it reads and takes documents in. Errors are RFC 9457 problems."""

import hashlib
import json
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import Connection, Row

from pipeline.clock import iso
from pipeline.desk import Desk
from pipeline.outcome import outcome, trail_items
from pipeline.receiving import receive
from pipeline.store import audit, queries, records
from pipeline.store.queries import Filters, LogFilters
from pipeline.web import cursors, downloads, exports
from pipeline.web.access import PEOPLE, Reader, Uploader, allow
from pipeline.web.problems import Conflict, NotFound, NotUsable
from pipeline.web.sessions import Role, Session
from pipeline.web.uploads import read_upload
from schemas.decision import State

router = APIRouter(prefix="/api/v1", tags=["v1"])

MAX_PAGE = 1000
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE)]
After = Annotated[str, Query(max_length=cursors.MAX_LENGTH, description="`next` of the page before")]
Text = Annotated[str, Query(max_length=200)]
LogReader = Annotated[Session, Depends(allow(*PEOPLE))]
PRIVATE = "private, no-cache"
FETCHABLE = ("approved", "exported", "acknowledged")
UPLOAD_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/pdf": {"schema": {"type": "string", "format": "binary"}},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"]}
            },
        },
    }
}


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


@router.post("/documents", status_code=202, summary="Hand in one document", openapi_extra=UPLOAD_BODY)
async def post_document(
    request: Request,
    who: Uploader,
    name: Annotated[str, Query(max_length=300, description="File name of a raw body")] = "",
    idempotency_key: Annotated[str | None, Header(max_length=255, min_length=1)] = None,
) -> JSONResponse:
    """202 means kept: bytes and row are safe, reading follows. The same key and body again is the same document."""
    from starlette.concurrency import run_in_threadpool

    data, shown = await read_upload(request, name)
    key = f"api/{who.actor}/{idempotency_key}" if idempotency_key else None
    identifier, replayed = await run_in_threadpool(_keep, _desk(request), data, shown, key, who)
    headers = {"Location": f"/api/v1/documents/{identifier}"}
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    return JSONResponse({"id": identifier, "href": headers["Location"]}, 202, headers)


def _keep(desk: Desk, data: bytes, name: str, key: str | None, who: Session) -> tuple[str, bool]:
    """Id, and whether the key was used before. Raises ``NotUsable`` where it was used for other bytes."""
    identifier, queued = receive(desk, data, name, "upload", origin_key=key, actor=who.actor, role=who.role.value)
    if queued:
        return identifier, False
    with desk.database.read() as connection:
        known = records.get_received(connection, identifier)
    if known.sha256 != hashlib.sha256(data).hexdigest():
        raise NotUsable("This Idempotency-Key was used for another document.")
    return identifier, True


@router.get("/documents/{identifier}", summary="What became of a document")
def get_document(request: Request, identifier: str, _who: Reader) -> dict[str, Any]:
    with _desk(request).database.read() as connection:
        row = queries.find_received(connection, identifier)
        if row is None:
            raise NotFound("There is no such document.")
        return _document_json(connection, row)


def _document_json(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    """``outcome`` is ``open`` until every invoice in it, or in what was unpacked from it, has a decision."""
    parts = [_document_json(connection, part) for part in queries.parts_of(connection, row.id)]
    invoices = [_item_json(one) for one in queries.invoices_of(connection, row.id)]
    decided = bool(invoices or parts) and all(one["decision"] for one in invoices)
    decided = decided and all(part["outcome"] == "done" for part in parts)
    return {
        "id": row.id,
        "href": f"/api/v1/documents/{row.id}",
        "name": row.name,
        "origin": row.origin,
        "state": row.state,
        "outcome": "done" if decided else "open",
        "media": row.media,
        "bytes": row.size,
        "sha256": row.sha256,
        "received_at": row.received_at,
        "parent": row.parent_id,
        "findings": json.loads(row.findings),
        "invoices": invoices,
        "parts": parts,
    }


@router.get("/invoices", summary="List invoices, oldest first")
def list_invoices(
    request: Request,
    response: Response,
    _who: Reader,
    state: Annotated[str, Query(max_length=200, description="One state, or several separated by commas")] = "",
    vendor: Text = "",
    number: Text = "",
    issued_from: Annotated[date | None, Query(alias="from", description="Issue date, from this day")] = None,
    issued_to: Annotated[date | None, Query(alias="to", description="Issue date, to this day")] = None,
    limit: Limit = 100,
    after: After = "",
) -> dict[str, Any]:
    """`next` walks through one list and meets every invoice of its start exactly once.

    It is no mark to come back to: an older invoice may take on the state later. To pull, walk from the beginning and acknowledge.
    """
    filters = Filters(
        states=_states(state),
        vendor=vendor,
        number=number,
        issued_from=issued_from.isoformat() if issued_from else "",
        issued_to=issued_to.isoformat() if issued_to else "",
    )
    with _desk(request).database.read() as connection:
        found = queries.walk(connection, filters, cursors.decode_id(after), limit)
    following = cursors.encode([found.rows[-1].id]) if found.more else None
    _link_next(request, response, following)
    return {"items": [_item_json(row) for row in found.rows], "next": following}


def _states(text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    known = {state.value for state in State}
    if unknown := [name for name in names if name not in known]:
        raise NotUsable(f"There is no state {unknown[0]!r}.", known=sorted(known))
    return names


def _link_next(request: Request, response: Response, following: str | None) -> None:
    if following:
        kept = [(name, value) for name, value in request.query_params.multi_items() if name != "after"]
        query = urlencode([*kept, ("after", following)])
        response.headers["Link"] = f'<{request.scope["path"]}?{query}>; rel="next"'


def _item_json(row: Row[Any]) -> dict[str, Any]:
    names = ("id", "kind", "state", "decision", "number", "type_code", "issue_date", "due_date", "currency", "grand_total")
    more = ("seller_name", "vendor_number", "company_code", "file", "created_at", "updated_at")
    columns = row._mapping
    links = {"href": f"/api/v1/invoices/{row.id}", "document": f"/api/v1/documents/{row.received_id}"}
    return {name: columns[name] for name in (*names, *more)} | links


@router.get("/invoices/{identifier}", summary="One invoice with everything known about it")
def get_invoice(request: Request, identifier: str, _who: Reader) -> Response:
    with _desk(request).database.read() as connection:
        row = queries.find_invoice(connection, identifier)
        if row is None:
            raise NotFound("There is no such invoice.")
        body = outcome(connection, row)
    del body["audit"]  # it changes with every other invoice too; its own address has it
    body |= {
        "version": row.version,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "document": f"/api/v1/documents/{row.received_id}",
        "trail": f"/api/v1/invoices/{row.id}/audit",
    }
    content = json.dumps(body, ensure_ascii=False).encode()
    tag = f'"{row.version}.{hashlib.sha256(content).hexdigest()[:20]}"'
    headers = {"ETag": tag, "Cache-Control": PRIVATE}
    if is_known(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


def is_known(if_none_match: str, tag: str) -> bool:
    """Weak comparison of RFC 9110 section 13.1.2: proxies may have weakened the tag."""
    sent = [part.strip().removeprefix("W/") for part in if_none_match.split(",")]
    return "*" in sent or tag in sent


@router.get("/invoices/{identifier}/einvoice", summary="The e-invoice or upload file of an approved invoice")
def get_einvoice(
    request: Request,
    identifier: str,
    who: Reader,
    format: Annotated[str, Query(max_length=40, description="As in `convert`")] = "",
) -> Response:
    """Without a format the first e-invoice written. 409 while the invoice is not approved; a format not yet written is made now."""
    desk = _desk(request)
    with desk.database.read() as connection:
        row = queries.find_invoice(connection, identifier)
        written = records.exports_of(connection, row.id) if row is not None else []
    if row is None:
        raise NotFound("There is no such invoice.")
    if row.state not in FETCHABLE:
        raise Conflict(f"The invoice is {row.state}; e-invoices are given out when it is approved.")
    found = exports.choose(written, format)
    if found is None:
        found = exports.write_further(desk, row, format)
    if who.role is Role.MACHINE:
        exports.mark_fetched(desk, found, who.actor)
    tag = f'"{found.sha256}"'
    headers = {"ETag": tag, "Cache-Control": PRIVATE}
    if is_known(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return downloads.attachment(desk.exports, found.sha256, found.file_name, found.media_type, headers)


@router.get("/invoices/{identifier}/audit", summary="Its trail, oldest first")
def get_trail(request: Request, identifier: str, _who: Reader) -> dict[str, Any]:
    with _desk(request).database.read() as connection:
        row = queries.find_invoice(connection, identifier)
        if row is None:
            raise NotFound("There is no such invoice.")
        entries = queries.trail(connection, trail_items(connection, row))
        size, root = audit.head(connection)
    return {"items": [entry.as_json() for entry in entries], "next": None, "checkpoint": {"size": size, "root": root}}


@router.get("/audit", summary="The whole log, oldest first")
def list_log(
    request: Request,
    response: Response,
    _who: LogReader,
    actor: Text = "",
    type: Text = "",
    time_from: Annotated[date | None, Query(alias="from", description="Day in UTC, included")] = None,
    time_to: Annotated[date | None, Query(alias="to", description="Day in UTC, included")] = None,
    limit: Limit = 100,
    after: After = "",
) -> dict[str, Any]:
    filters = LogFilters(
        type=type,
        actor=actor,
        time_from=time_from.isoformat() if time_from else "",
        time_to=f"{time_to.isoformat()}T23:59:59.999Z" if time_to else "",
    )
    with _desk(request).database.read() as connection:
        found = queries.log_page(connection, filters, newest_first=False, after=cursors.decode_index(after), limit=limit)
    entries = [queries.entry_of(row) for row in found.rows]
    following = cursors.encode([entries[-1].index]) if found.more else None
    _link_next(request, response, following)
    return {"items": [entry.as_json() for entry in entries], "next": following}


@router.get("/audit/checkpoint", summary="Size and root of the log")
def get_checkpoint(request: Request, _who: Reader) -> dict[str, Any]:
    desk = _desk(request)
    with desk.database.read() as connection:
        size, root = audit.head(connection)
    return {"size": size, "root": root, "time": iso(desk.clock.now())}
