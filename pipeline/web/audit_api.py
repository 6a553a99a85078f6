"""The audit trail by the API of CONTRACT section 7: of one invoice, of all, and the signed head; each list also as CSV."""

import csv
import io
import json
import tempfile
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from pipeline.errors import UsageError
from pipeline.outcome import trail_items
from pipeline.store import queries
from pipeline.store.log_search import InvoiceSearch, entries_about
from pipeline.store.queries import LogFilters
from pipeline.trail.bundle import inclusion_proofs, make_bundle
from pipeline.trail.handover import make_hand_over
from pipeline.trail.notes import Checkpoint
from pipeline.web import cursors
from pipeline.web.access import PEOPLE, Reader, allow
from pipeline.web.api import After, Limit, Text, desk_of, link_next
from pipeline.web.downloads import disposition
from pipeline.web.problems import NotFound, NotUsable
from pipeline.web.sessions import Session
from schemas.audit import AuditEntry

router = APIRouter(prefix="/api/v1", tags=["audit"])

LogReader = Annotated[Session, Depends(allow(*PEOPLE))]
Amount = Annotated[Decimal | None, Query(max_digits=18, decimal_places=4)]
COLUMNS = ("index", "time", "actor", "role", "type", "invoice", "before", "after", "reason", "hash", "previous")


@router.get("/invoices/{identifier}/audit", summary="Its trail, oldest first, with proofs")
def get_trail(request: Request, identifier: str, _who: Reader) -> dict[str, Any]:
    """`proofs` has for each entry, by its index, the path from its hash to the root of the signed head (RFC 6962)."""
    desk = desk_of(request)
    head = desk.notary.checkpoint()
    entries = _trail(request, identifier)
    indexes = [entry.index for entry in entries if entry.index < head.size]
    with desk.database.read() as connection:
        proofs = inclusion_proofs(connection, indexes, head.size)
    return {
        "items": [entry.as_json() for entry in entries],
        "next": None,
        "checkpoint": _checkpoint_json(head),
        "proofs": {str(index): path for index, path in zip(indexes, proofs, strict=True)},
    }


@router.get("/invoices/{identifier}/audit.csv", summary="Its trail as CSV")
def get_trail_csv(request: Request, identifier: str, _who: Reader) -> Response:
    return _csv(_trail(request, identifier), f"audit-{identifier}.csv")


def _trail(request: Request, identifier: str) -> list[AuditEntry]:
    with desk_of(request).database.read() as connection:
        row = queries.find_invoice(connection, identifier)
        if row is None:
            raise NotFound("There is no such invoice.")
        return queries.trail(connection, trail_items(connection, row))


def search(
    number: Text = "",
    vendor: Annotated[str, Query(max_length=200, description="Vendor number, or a part of the name")] = "",
    finding: Annotated[str, Query(max_length=60, description="Code of a finding the invoice has")] = "",
    booking: Annotated[str, Query(max_length=60, description="Number or year of the booking in the finance system")] = "",
    amount_from: Amount = None,
    amount_to: Amount = None,
) -> InvoiceSearch:
    """What the invoices say that the entries are about."""
    return InvoiceSearch(number.strip(), vendor.strip(), finding.strip(), booking.strip(), amount_from, amount_to)


def filters(
    about: Annotated[InvoiceSearch, Depends(search)],
    actor: Text = "",
    type: Text = "",
    time_from: Annotated[date | None, Query(alias="from", description="Day in UTC, included")] = None,
    time_to: Annotated[date | None, Query(alias="to", description="Day in UTC, included")] = None,
) -> LogFilters:
    return LogFilters(
        type=type.strip(),
        actor=actor.strip(),
        time_from=time_from.isoformat() if time_from else "",
        time_to=f"{time_to.isoformat()}T23:59:59.999Z" if time_to else "",
        about=entries_about(about),
    )


Wanted = Annotated[LogFilters, Depends(filters)]


@router.get("/audit", summary="The whole log, oldest first")
def list_log(
    request: Request, response: Response, _who: LogReader, wanted: Wanted, limit: Limit = 100, after: After = ""
) -> dict[str, Any]:
    entries, following = _page(request, wanted, limit, after)
    link_next(request, response, following)
    return {"items": [entry.as_json() for entry in entries], "next": following}


@router.get("/audit.csv", summary="The whole log as CSV, a page at a time")
def list_log_csv(request: Request, _who: LogReader, wanted: Wanted, limit: Limit = 1000, after: After = "") -> Response:
    """The header `Link` leads to the next page."""
    entries, following = _page(request, wanted, limit, after)
    answer = _csv(entries, "audit.csv")
    link_next(request, answer, following)
    return answer


def _page(request: Request, wanted: LogFilters, limit: int, after: str) -> tuple[list[AuditEntry], str | None]:
    with desk_of(request).database.read() as connection:
        found = queries.log_page(connection, wanted, newest_first=False, after=cursors.decode_index(after), limit=limit)
    entries = [queries.entry_of(row) for row in found.rows]
    return entries, cursors.encode([entries[-1].index]) if found.more else None


@router.get("/invoices/{identifier}/bundle", summary="Proof bundle of an invoice", response_class=Response)
def get_bundle(request: Request, identifier: str, who: LogReader) -> Response:
    """A ZIP with documents, entries, proofs, signed head and the script that checks them offline. That it was made is logged."""
    try:
        made = make_bundle(desk_of(request), identifier, who.actor, who.role.value)
    except UsageError as problem:
        raise NotFound("There is no such invoice, or the log tells nothing of it.") from problem
    return _zip(made.data, f"proof-{identifier}.zip")


@router.get("/audit/export", summary="The tax auditor's export of a period", response_class=Response)
def get_hand_over(
    request: Request,
    who: LogReader,
    first: Annotated[date, Query(alias="from", description="Issue date, from this day")],
    last: Annotated[date, Query(alias="to", description="Issue date, to this day")],
) -> Response:
    """A ZIP with index.xml and CSV, without the originals. That it was handed over is logged."""
    with tempfile.TemporaryDirectory(prefix="belegfluss-export-") as folder:
        file = Path(folder) / "export.zip"
        try:
            make_hand_over(desk_of(request), first, last, file, actor=who.actor, role=who.role.value)
        except UsageError as problem:
            raise NotUsable(str(problem)) from problem
        return _zip(file.read_bytes(), f"export-{first}-{last}.zip")


def _zip(data: bytes, name: str) -> Response:
    return Response(data, media_type="application/zip", headers={"Content-Disposition": disposition(name)})


@router.get("/audit/checkpoint", summary="Signed head of the log")
def get_checkpoint(request: Request, _who: Reader) -> dict[str, Any]:
    """`note` is the C2SP checkpoint; `keys` are all public keys of this log. Keep notes: they are anchors."""
    notary = desk_of(request).notary
    return _checkpoint_json(notary.checkpoint()) | {"keys": [str(key) for key in notary.keys.trusted()]}


def _checkpoint_json(head: Checkpoint) -> dict[str, Any]:
    return {"size": head.size, "root": head.root, "time": head.at, "note": head.note}


def _csv(entries: Iterable[AuditEntry], name: str) -> Response:
    """RFC 4180 with a head line. Text that a spreadsheet would take for a formula gets an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for entry in entries:
        told = entry.as_json()
        writer.writerow([_cell(told[column]) for column in COLUMNS])
    return Response(
        text.getvalue().encode(), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition(name)}
    )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
