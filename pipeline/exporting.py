"""Writing one e-invoice or booking, and letting the norm judge the e-invoice, before anybody may have it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from sqlalchemy import Connection

from pipeline.clock import iso
from pipeline.desk import Desk
from pipeline.sandbox import SandboxError
from pipeline.store import master
from schemas import Document, Source
from schemas.finding import Finding, error
from schemas.identifiers import compact
from schemas.master import Company, ExportKey, GoodsReceipt, PurchaseOrderLine, Vendor
from schemas.matching import Match
from schemas.posting import Posting


@dataclass(frozen=True)
class Written:
    """An e-invoice that passed: its bytes, what was filled in from master data and what it has no place for (paths of the invoice)."""

    format: str
    data: bytes
    media_type: str
    file_name: str
    from_master: list[str] = field(default_factory=list)
    judged_by: list[str] = field(default_factory=list)
    not_carried: list[str] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class BookingFacts:
    """What the writers of bookings are told beside the posting: orders and receipts of the match, keys of the targets."""

    order_lines: tuple[PurchaseOrderLine, ...] = ()
    receipts: tuple[GoodsReceipt, ...] = ()
    keys: tuple[ExportKey, ...] = ()


def booking_facts(connection: Connection, company_code: str | None, match: Match | None) -> BookingFacts:
    """Looked up by the keys the match names."""
    lines = match.lines if match else []
    orders = {f"{line.purchase_order}\x1f{line.purchase_order_line}" for line in lines if line.purchase_order}
    receipts = {f"{share.receipt}\x1f{share.line}" for line in lines for share in line.receipts}
    return BookingFacts(
        master.by_keys(connection, "purchase_orders", PurchaseOrderLine, orders),
        master.by_keys(connection, "goods_receipts", GoodsReceipt, receipts),
        master.find(connection, "export_keys", ExportKey, [("company_code", compact(company_code))]),
    )


class NotWritten(Exception):
    """The format cannot be written for this invoice; the findings say why."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(f.message for f in findings))
        self.findings = list(findings)


def write_export(
    desk: Desk,
    name: str,
    document: Document,
    *,
    source_sha256: str | None,
    source_media: str,
    seller: Vendor | None = None,
    buyer: Company | None = None,
    posting: Posting | None = None,
    match: Match | None = None,
    facts: BookingFacts | None = None,
) -> Written:
    """Write ``name`` (a format of CONTRACT ``convert``) and judge it. Raises ``NotWritten``; then nothing is kept.

    The supplier's PDF, where the format carries one, is opened in a child process like any other hostile file.
    """
    assert document.invoice is not None
    original = desk.originals.path(source_sha256) if source_sha256 and source_media == "pdf" else None
    arguments: dict[str, Any] = {
        "format": name,
        "invoice": document.invoice.as_json(),
        "original": str(original) if original else None,
        "source_sha256": source_sha256,
        "source_is_einvoice": document.source in (Source.CII, Source.UBL, Source.EDIFACT),
        "seller": _json(seller),
        "buyer": _json(buyer),
        "posting": _json(posting),
        "match": _json(match),
        "order_lines": [_json(row) for row in facts.order_lines] if facts else [],
        "receipts": [_json(row) for row in facts.receipts] if facts else [],
        "keys": [_json(row) for row in facts.keys] if facts else [],
        "sap": _json(desk.settings.sap),
        "datev": _json(desk.settings.datev),
        "created": iso(desk.clock.now()),
        "version": version("belegfluss"),
    }
    try:
        with desk.sandbox.run_with_files("export", arguments) as (answer, scratch):
            if refused := answer["refused"]:
                raise NotWritten([Finding.model_validate(f) for f in refused])
            data = (scratch / answer["file"]).read_bytes()
            xml = (scratch / answer["xml"]).read_bytes() if answer["xml"] else None
    except SandboxError as problem:
        raise NotWritten([error("EXPORT-RULES", "", f"{name} could not be written: {problem}")]) from problem
    judges = ["schema", "native-rules"] if xml else []
    if xml and desk.settings.export.official_rules and desk.judge.available():
        _ask_official_judge(desk, name, xml)
        judges.append("official-rules")
    stem = "".join(c if c.isalnum() or c in "-_" else "_" for c in document.invoice.number or "invoice")[:60]
    notes = [Finding.model_validate(f) for f in answer["notes"]]
    return Written(
        format=name,
        data=data,
        media_type=answer["media_type"],
        file_name=f"{answer['prefix']}{stem}{answer['suffix']}",
        from_master=answer["from_master"],
        judged_by=judges,
        not_carried=answer["not_carried"],
        notes=notes,
    )


def _ask_official_judge(desk: Desk, name: str, xml: bytes) -> None:
    fatal = [v for v in desk.judge.judge(xml) if v.severity == "fatal"]
    if fatal:
        raise NotWritten([error("EXPORT-RULES", v.location, f"{name}: {v.rule}: {v.message}") for v in fatal[:20]])


def _json(word: Any) -> Any:
    return word.model_dump(mode="json", by_alias=True) if word is not None else None
