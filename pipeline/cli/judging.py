"""``validate`` and ``convert``: the norm's verdict, and the way from any document to an e-invoice."""

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.cli.booking import book, without_exports
from pipeline.cli.extracting import parties_of, read_file
from pipeline.cli.output import print_json, print_table, say
from pipeline.cli.places import set_up_logging
from pipeline.clock import SystemClock
from pipeline.desk import Desk, open_desk
from pipeline.errors import ExitCode, UnreadableFile, UsageError
from pipeline.exporting import NotWritten, write_export
from pipeline.sandbox import Sandbox, SandboxError
from pipeline.settings import Limits, load
from schemas import Document, Finding, Invoice, Kind, Source
from schemas.finding import Severity, error

PROFILES = ("auto", "en16931", "xrechnung", "peppol", "facturx")


def validate(files: Sequence[Path], *, profile: str, batch: bool, as_json: bool) -> int:
    if profile not in PROFILES:
        raise UsageError(f"--profile is one of {', '.join(PROFILES)}, not {profile!r}")
    sandbox = Sandbox(Limits())
    reports: list[dict[str, Any]] = []
    worst = ExitCode.CLEAN
    for file in files:
        report, code = _judge(sandbox, file, profile)
        worst = max(worst, code)
        if batch:
            print(json.dumps({"file": str(file), **report}, ensure_ascii=False), flush=True)
        else:
            reports.append(report)
    if batch:
        return worst
    if as_json:
        print_json(reports[0] if len(reports) == 1 else reports)
    else:
        for file, report in zip(files, reports, strict=True):
            _print_report(file, report)
    return worst


def _judge(sandbox: Sandbox, file: Path, profile: str) -> tuple[dict[str, Any], ExitCode]:
    if not file.is_file():
        return _no_verdict("READ-MALFORMED", f"cannot open {file}"), ExitCode.UNREADABLE
    try:
        report: dict[str, Any] = sandbox.run("judge", {"path": str(file.resolve()), "profile": profile})
    except SandboxError as problem:
        return _no_verdict(problem.code, str(problem)), ExitCode.UNREADABLE
    return report, ExitCode.CLEAN if report["valid"] and not report["violations"] else ExitCode.FINDINGS


def _no_verdict(rule: str, reason: str) -> dict[str, Any]:
    violation = {"rule": rule, "severity": "fatal", "location": "", "message": reason, "values": [], "legal_class": "format"}
    return {"valid": False, "syntax": "unknown", "profile": None, "rules": [], "violations": [violation]}


def _print_report(file: Path, report: dict[str, Any]) -> None:
    verdict = "valid" if report["valid"] else "NOT valid"
    title = f"{file}: {verdict} ({report['syntax']}, {report['profile'] or 'no profile'})"
    if not report["violations"]:
        print(title)
        return
    rows = [(v["rule"], v["severity"], v["message"], v["location"]) for v in report["violations"]]
    print_table(title, ("rule", "severity", "what", "where"), rows)


def convert(file: Path, *, to: str, output: Path | None, master: Path | None) -> int:
    import exporters

    if to not in exporters.FORMATS:
        raise UsageError(f"--to is one of {', '.join(exporters.FORMATS)}, not {to!r}")
    books = exporters.FORMATS[to].books
    with tempfile.TemporaryDirectory(prefix="belegfluss-") as folder:
        settings = load(Path(folder))
        desk = open_desk(Path(folder), SystemClock(), without_exports(settings) if books else settings)
        set_up_logging("warning")
        try:
            data, findings = (_book if books else _convert)(desk, file, to, master)
        finally:
            desk.close()
    for finding in findings:
        say(f"{finding.severity.value}: {finding.code} {finding.path}: {finding.message}")
    if data is None:
        return ExitCode.UNREADABLE if any(f.code.startswith("READ-") and not f.path for f in findings) else ExitCode.FINDINGS
    if output:
        output.write_bytes(data)
    else:
        sys.stdout.buffer.write(data)
    return ExitCode.CLEAN


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as problem:
        raise UnreadableFile(f"cannot open {file}: {problem.strerror or problem}") from problem


def _book(desk: Desk, file: Path, to: str, master: Path | None) -> tuple[bytes | None, list[Finding]]:
    data = _bytes_of(file)
    return book(desk, file, data, _from_json(file, data) if _is_json(data) else None, to, master)


def _is_json(data: bytes) -> bool:
    return data.lstrip()[:1] == b"{"


def _convert(desk: Desk, file: Path, to: str, master: Path | None) -> tuple[bytes | None, list[Finding]]:
    data = _bytes_of(file)
    document, media = _document(desk, file, data, master)
    errors = [f for f in document.findings if f.severity is Severity.ERROR]
    if document.invoice is None or not document.kind.is_payable:
        return None, errors or [error("READ-NOT-INVOICE", "", f"{file.name} is no invoice but: {document.kind.value}")]
    if any(f.code.startswith("ARITH-") for f in errors):
        return None, errors
    seller, buyer = _master_of(document.invoice, master)
    sha256 = desk.originals.put(data) if media != "json" else None
    try:
        written = write_export(desk, to, document, source_sha256=sha256, source_media=media, seller=seller, buyer=buyer)
    except NotWritten as problem:
        return None, problem.findings
    return written.data, written.notes


def _document(desk: Desk, file: Path, data: bytes, master: Path | None) -> tuple[Document, str]:
    """What is to be converted: the first invoice of a file, or invoice JSON (bare, or as ``extract`` prints it)."""
    import extractors

    if _is_json(data):
        return _from_json(file, data), "json"
    extraction = read_file(desk.sandbox, file, "auto", parties_of(master))
    payable = [d for d in extraction.documents if d.kind.is_payable]
    if len(payable) > 1:
        return Document(
            kind=Kind.OTHER, findings=[error("READ-UNSURE", "", f"{len(payable)} invoices in one file; split it first")]
        ), ""
    chosen = payable[0] if payable else extraction.documents[0]
    return chosen, extractors.sniff(data, file.name).value


def _from_json(file: Path, data: bytes) -> Document:
    from pydantic import ValidationError

    try:
        value = json.loads(data)
        for document in value.get("documents", []):
            if document.get("invoice"):
                return Document.model_validate(document)
        invoice = Invoice.model_validate({k: v for k, v in value.items() if not k.startswith("_")})
    except (ValueError, ValidationError) as problem:
        raise UsageError(
            f"{file.name} is no invoice JSON: {str(problem).splitlines()[0]}; see belegfluss schema Invoice"
        ) from problem
    return Document(kind=Kind.INVOICE, source=Source.TEXT_LAYER, accepted=True, invoice=invoice)


def _master_of(invoice: Invoice, master: Path | None) -> tuple[Any, Any]:
    """Seller and buyer in the master data, for values that are not printed."""
    if master is None:
        return None, None
    import enrichers
    from pipeline.store import csv_files
    from schemas.facts import PartyFacts

    rows = csv_files.load(master).rows
    facts = PartyFacts(*(tuple(rows.get(name, {}).values()) for name in ("companies", "vendors", "vendor_banks")))  # type: ignore[arg-type]
    identity = enrichers.identify(invoice, facts)
    return identity.vendor, identity.company
