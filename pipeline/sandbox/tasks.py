"""What a child can be asked to do. Imported by the fork server, so that every child starts with the parsers loaded."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import exporters
import extractors
from exporters import ExportContext
from extractors.profiles import NothingToLearn, page_facts
from extractors.profiles import learn as learn_supplier
from pipeline.sandbox.judging import judge_file, judge_interchange
from pipeline.sandbox.pictures import draw_pages
from schemas import Invoice, Word
from schemas.finding import Finding, error, info
from schemas.master import Company, ExportKey, GoodsReceipt, PurchaseOrderLine, Vendor
from schemas.matching import Match
from schemas.posting import Posting
from schemas.profile import SupplierProfile
from schemas.targets import DatevTarget, SapTarget, Targets
from validators import norm

W = TypeVar("W", bound=Word)

MAX_REFUSALS = 20
EDIFACT = "application/EDIFACT"
INVOICE_ATTACHMENTS = ("factur-x.xml", "xrechnung.xml")


def read(arguments: dict[str, Any], _scratch: Path) -> Any:
    """Read one file: ``path``, ``name``, ``source``, ``companies``, ``vendors``, ``profiles``; the JSON of an Extraction."""
    data = Path(arguments["path"]).read_bytes()
    extraction = extractors.read(
        data,
        arguments["name"],
        source=arguments.get("source", "auto"),
        companies=[Company.model_validate(c) for c in arguments.get("companies", ())],
        vendors=[Vendor.model_validate(v) for v in arguments.get("vendors", ())],
        profiles=[SupplierProfile.model_validate(p) for p in arguments.get("profiles", ())],
    )
    return extraction.as_json()


def facts(arguments: dict[str, Any], _scratch: Path) -> Any:
    """What the pages at ``path`` may be known by: ``ids`` of whoever, ``heads`` of item tables. Empty for what has no pages."""
    ids, heads = page_facts(Path(arguments["path"]).read_bytes())
    return {"ids": sorted(ids), "heads": sorted(heads)}


def learn(arguments: dict[str, Any], _scratch: Path) -> Any:
    """Learn from the document at ``path`` with its ``truth`` and the ``profiles`` that may be its supplier's: ``profile``.

    ``refused`` says why nothing can be learnt.
    """
    known = [SupplierProfile.model_validate(p) for p in arguments["profiles"]]
    try:
        profile = learn_supplier(Path(arguments["path"]).read_bytes(), arguments["truth"], profiles=known)
    except NothingToLearn as problem:
        return {"refused": str(problem)}
    return {"profile": profile.as_json()}


def unpack(arguments: dict[str, Any], scratch: Path) -> Any:
    """Open a mail or archive: ``path``, ``name``. Parts are written to the scratch folder as 0, 1, 2, ...; their facts."""
    unpacked = extractors.unpack(Path(arguments["path"]).read_bytes(), arguments["name"])
    parts = []
    for number, part in enumerate(unpacked.parts):
        (scratch / str(number)).write_bytes(part.data)
        parts.append(
            {
                "name": part.name,
                "media": part.media.value,
                "disposition": part.disposition,
                "is_document": part.is_document,
                "file": str(number),
            }
        )
    return {
        "mail": unpacked.mail.as_json() if unpacked.mail else None,
        "parts": parts,
        "findings": [finding.as_json() for finding in unpacked.findings],
    }


def self_test(_arguments: dict[str, Any], scratch: Path) -> Any:
    """Which layers of protection are on in this child."""
    import os
    import resource

    status = Path("/proc/self/status").read_text("ascii") if Path("/proc/self/status").exists() else ""
    return {
        "memory limit": resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY,
        "processor limit": resource.getrlimit(resource.RLIMIT_CPU)[0] != resource.RLIM_INFINITY,
        "file limits": resource.getrlimit(resource.RLIMIT_NOFILE)[0] <= 32,
        "no new privileges": "NoNewPrivs:\t1" in status or not status,
        "empty environment": not os.environ,
        "own folder": Path.cwd() == scratch.resolve(),
    }


def export(arguments: dict[str, Any], scratch: Path) -> Any:
    """Write one e-invoice or booking, and judge the e-invoice natively; ``file`` and ``xml`` name what was written to the scratch folder.

    ``refused`` holds findings instead where a value is missing or does not fit, or where a rule of the norm fails.
    """
    context = ExportContext(
        created=datetime.fromisoformat(arguments["created"]),
        software_version=arguments["version"],
        seller_master=_record(Vendor, arguments["seller"]),
        buyer_master=_record(Company, arguments["buyer"]),
        original_pdf=Path(arguments["original"]).read_bytes() if arguments["original"] else None,
        source_sha256=arguments["source_sha256"],
        source_is_einvoice=arguments["source_is_einvoice"],
        posting=_record(Posting, arguments["posting"]),
        match=_record(Match, arguments["match"]),
        order_lines=tuple(PurchaseOrderLine.model_validate(row) for row in arguments.get("order_lines", ())),
        receipts=tuple(GoodsReceipt.model_validate(row) for row in arguments.get("receipts", ())),
        targets=Targets(
            sap=SapTarget.model_validate(arguments.get("sap", {})), datev=DatevTarget.model_validate(arguments.get("datev", {}))
        ),
        keys=_keys([ExportKey.model_validate(row) for row in arguments.get("keys", ())]),
    )
    name = arguments["format"]
    try:
        exported = exporters.write(name, Invoice.model_validate(arguments["invoice"]), context)
    except exporters.MissingData as problem:
        return _refuse(
            [
                error("EXPORT-RULES", path, f"{name} needs {path}: not printed and not in the master data")
                for path in problem.paths
            ]
        )
    except exporters.DoesNotFit as problem:
        return _refuse(
            [error("EXPORT-DOES-NOT-FIT", problem.field, f"{name}: {problem}", stated=problem.value, expected=problem.limit)]
        )
    except exporters.ExportError as problem:
        return _refuse([error("EXPORT-RULES", "", f"{name}: {problem}")])
    xml = _xml_inside(exported)
    fatal = [violation for violation in _verdict(exported, xml).violations if violation.severity == "fatal"]
    if fatal:
        return _refuse([error("EXPORT-RULES", v.location, f"{name}: {v.rule}: {v.message}") for v in fatal[:MAX_REFUSALS]])
    (scratch / "export").write_bytes(exported.data)
    if xml:
        (scratch / "xml").write_bytes(xml)
    return {
        "refused": [],
        "file": "export",
        "xml": "xml" if xml else None,
        "media_type": exported.media_type,
        "suffix": exported.suffix,
        "prefix": exporters.FORMATS[name].prefix,
        "from_master": exported.from_master,
        "not_carried": exported.not_carried,
        "notes": [finding.as_json() for finding in [*exported.findings, *_losses(name, exported.not_carried)]],
    }


def _losses(name: str, paths: list[str]) -> list[Finding]:
    """What the target has no place for is said, never dropped silently."""
    return [info("EXPORT-DOES-NOT-FIT", path, f"{name} has no place for {path}; it stays in the original") for path in paths]


def _verdict(exported: exporters.Exported, xml: bytes | None) -> norm.Report:
    """What the norm says of an e-invoice before anybody may have it; of what is none, nothing."""
    if exported.media_type == EDIFACT:
        return judge_interchange(exported.data)
    return norm.validate(xml) if xml else norm.Report(valid=True, syntax="")


def _refuse(findings: list[Finding]) -> Any:
    return {"refused": [finding.as_json() for finding in findings]}


def _record(model: type[W], value: Any) -> W | None:
    return model.model_validate(value) if value is not None else None


def _keys(rows: list[ExportKey]) -> dict[tuple[str, str, str], str]:
    return {(row.target, row.kind, row.key or ""): row.value or "" for row in rows}


def _xml_inside(exported: exporters.Exported) -> bytes | None:
    """The XML that the norm judges: the file itself, or what the hybrid PDF carries."""
    if exported.media_type == "application/xml":
        return exported.xml
    if exported.media_type != "application/pdf":
        return None
    from extractors.pdf.structure import inspect

    inside = [a.data for a in inspect(exported.data).attachments if a.name in INVOICE_ATTACHMENTS]
    assert len(inside) == 1, "a hybrid invoice carries exactly one invoice XML"
    return inside[0]


def judge(arguments: dict[str, Any], _scratch: Path) -> Any:
    """Judge the e-invoice at ``path`` by ``profile``; the JSON of a Report."""
    path = Path(arguments["path"])
    return judge_file(path.read_bytes(), path.name, arguments["profile"]).as_json()


TASKS: dict[str, Callable[[dict[str, Any], Path], Any]] = {
    "read": read,
    "facts": facts,
    "learn": learn,
    "unpack": unpack,
    "export": export,
    "judge": judge,
    "draw-pages": draw_pages,
    "self-test": self_test,
}
