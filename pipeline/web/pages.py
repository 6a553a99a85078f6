"""The pages: queue, one invoice, log, upload. They show what is there; the only things they change are new documents."""

import json
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, File, Query, Request, Response, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse

from pipeline.desk import Desk
from pipeline.receiving import receive
from pipeline.store import audit, queries, records
from pipeline.store.log_search import InvoiceSearch, entries_about
from pipeline.store.queries import LogFilters, Order
from pipeline.trail.verification import verify_desk
from pipeline.web import cursors, downloads, invoice_view, queue_view
from pipeline.web.access import WRITERS, Person, Writer
from pipeline.web.notices import notice_of
from pipeline.web.problems import Conflict, NotFound, NotUsable
from pipeline.web.rendering import language_of, page
from pipeline.web.texts import Texts

router = APIRouter(include_in_schema=False)

LOG_PAGE_SIZE = 100
MAX_TEXT = 100
FilterText = Annotated[str, Query(max_length=MAX_TEXT)]


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


@router.get("/")
def show_queue(
    request: Request,
    person: Person,
    state: FilterText = "todo",
    q: FilterText = "",
    vendor: FilterText = "",
    issued_from: Annotated[str, Query(alias="from", max_length=10)] = "",
    issued_to: Annotated[str, Query(alias="to", max_length=10)] = "",
    order: str = "due",
    done: FilterText = "",
    act: FilterText = "",
    after: Annotated[str, Query(max_length=cursors.MAX_LENGTH)] = "",
) -> HTMLResponse:
    desk = desk_of(request)
    request.app.state.presence.leave(person)
    chosen: Order = "newest" if order == "newest" else "due"
    with desk.database.read() as connection:
        queue = queue_view.build(
            connection,
            Texts(language_of(request, person)),
            desk.clock.today(),
            tab=state,
            narrowing=queue_view.Narrowing(q.strip(), vendor.strip(), issued_from, issued_to),
            order=chosen,
            after=after,
        )
    return page(request, "queue.html", session=person, queue=queue, notice=notice_of(request, done, act))


@router.get("/invoices/{identifier}/exports/{name}")
def download_export(request: Request, identifier: str, name: str, _person: Person) -> Response:
    desk = desk_of(request)
    with desk.database.read() as connection:
        found = next((one for one in records.exports_of(connection, identifier) if one.format == name), None)
    if found is None:
        raise NotFound
    return downloads.attachment(desk.exports, found.sha256, found.file_name, found.media_type)


@router.get("/documents/{identifier}/original")
def download_original(request: Request, identifier: str, _person: Person) -> Response:
    desk = desk_of(request)
    with desk.database.read() as connection:
        row = queries.find_received(connection, identifier)
    if row is None:
        raise NotFound
    return downloads.attachment(desk.originals, row.sha256, row.name.rpartition("#")[2], downloads.media_type_of(row.media))


@dataclass(frozen=True)
class Verification:
    """The last time somebody had the log recomputed, and what came out."""

    at: datetime
    by: str
    entries: int
    root: str
    first_bad: dict[str, Any] | None


_verifying = threading.Lock()


@router.get("/audit")
def show_log(
    request: Request,
    person: Person,
    type: FilterText = "",
    actor: FilterText = "",
    number: FilterText = "",
    vendor: FilterText = "",
    finding: FilterText = "",
    after: Annotated[str, Query(max_length=cursors.MAX_LENGTH)] = "",
) -> HTMLResponse:
    about = entries_about(InvoiceSearch(number=number.strip(), vendor=vendor.strip(), finding=finding.strip()))
    with desk_of(request).database.read() as connection:
        result = queries.log_page(
            connection,
            LogFilters(type=type.strip(), actor=actor.strip(), about=about),
            newest_first=True,
            after=cursors.decode_index(after),
            limit=LOG_PAGE_SIZE,
        )
        entries = [queries.entry_of(row) for row in result.rows]
        types = queries.log_types(connection)
        size, root = audit.head(connection)
        numbers = queries.numbers_of(connection, [entry.invoice for entry in entries if entry.invoice])
    following = None
    if result.more:
        following = request.url.include_query_params(after=cursors.encode([entries[-1].index])).query
    return page(
        request,
        "audit.html",
        session=person,
        entries=entries,
        numbers=numbers,
        types=types,
        chosen={"type": type, "actor": actor, "number": number, "vendor": vendor, "finding": finding},
        twin=request.url.remove_query_params("after").query,
        following=following,
        size=size,
        root=root,
        verification=request.app.state.verification,
        story=invoice_view.story,
    )


@router.post("/audit/verify")
def verify_log(request: Request, person: Person) -> RedirectResponse:
    """Recompute the whole log. It reads everything and changes nothing, so auditors may; one at a time, because it is work."""
    desk = desk_of(request)
    if not _verifying.acquire(blocking=False):
        raise Conflict("The log is being verified already.")
    try:
        found = verify_desk(desk)
    finally:
        _verifying.release()
    moment = desk.clock.now()
    request.app.state.verification = Verification(moment, person.actor, found.entries, found.root, found.first_bad)
    return RedirectResponse("/audit", 303)


@router.get("/upload")
def show_upload(request: Request, person: Person) -> HTMLResponse:
    return page(request, "upload.html", session=person, received=[], may_upload=person.role in WRITERS)


@router.post("/upload")
def upload(request: Request, person: Writer, files: Annotated[list[UploadFile], File()]) -> HTMLResponse:
    """Every file becomes a document of its own. "Received" is said only after its bytes and its row are safe."""
    desk = desk_of(request)
    received = []
    for file in files:
        data = file.file.read()
        if data or file.filename:
            identifier, _queued = receive(
                desk, data, file.filename or "upload", "upload", actor=person.actor, role=person.role.value
            )
            received.append((file.filename or "upload", identifier))
    if not received:
        raise NotUsable("No file was sent.")
    return page(request, "upload.html", session=person, received=received, may_upload=True)


@router.get("/documents/{identifier}")
def show_document(request: Request, identifier: str, person: Person) -> HTMLResponse:
    """What came in, and what became of it: the page an upload points to."""
    with desk_of(request).database.read() as connection:
        row = queries.find_received(connection, identifier)
        if row is None:
            raise NotFound
        parts = queries.parts_of(connection, row.id)
        invoices = [one for source in (row, *parts) for one in queries.invoices_of(connection, source.id)]
        trail = queries.trail(connection, [row.id])
    findings = json.loads(row.findings)
    return page(
        request,
        "document.html",
        session=person,
        row=row,
        parts=parts,
        invoices=invoices,
        findings=findings,
        trail_entries=trail,
        story=invoice_view.story,
    )
