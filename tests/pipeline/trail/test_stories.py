"""The story of every sample is complete: these events are there, in this order, and say what an auditor asks for first."""

import csv
import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from pipeline.clock import FixedClock
from pipeline.desk import Desk, open_desk
from pipeline.outcome import trail_items
from pipeline.receiving import receive
from pipeline.running import drain
from pipeline.settings import Settings
from pipeline.store import audit
from pipeline.store.tables import invoice
from pipeline.trail.verification import verify_desk
from schemas.audit import AuditEntry
from tests.pipeline.scenes import SAMPLES, load_master

PLAN = json.loads((SAMPLES / "expected.json").read_text("utf-8"))
with (Path(__file__).parent / "stories.csv").open(newline="", encoding="utf-8") as table:
    EXPECTED = list(csv.DictReader(table))

# What every event of a type must tell. A value may be empty, a name may not be missing.
TOLD = {
    "received": {"name", "origin", "document"},
    "recognised": {"media", "bytes"},
    "unpacked": {"parts", "message_id", "findings"},
    "extracted": {"received", "document", "kind", "source", "accepted", "software", "proofs", "profile", "findings"},
    "identified": {"vendor", "company", "vendor_by", "company_by", "findings"},
    "checked": {"findings"},
    "matched": {"state", "order_lines", "receipts", "findings"},
    "enriched": {"posting", "findings"},
    "decided": {"decision", "reasons"},
    "export-written": {"format", "document", "bytes", "judged_by", "not_carried"},
    "export-refused": {"findings"},
    "ready-for-pull": {"exports", "checkpoint"},
}
Stories = dict[str, list[AuditEntry]]


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """All samples in the order of the plan."""
    desk = open_desk(tmp_path_factory.mktemp("home"), FixedClock(PLAN["now"]), Settings())
    load_master(desk)
    for file in dict.fromkeys(entry["file"].partition("#")[0] for entry in PLAN["documents"]):
        receive(desk, (SAMPLES / "documents" / file).read_bytes(), file, "test")
        drain(desk)
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def stories(worked: Desk) -> Stories:
    with worked.database.read() as connection:
        return {row.file: audit.entries(connection, trail_items(connection, row)) for row in connection.execute(select(invoice))}


def test_every_sample_has_a_story() -> None:
    planned = {entry["file"] for entry in PLAN["documents"]}
    assert {row["file"] for row in EXPECTED} == planned


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda row: row["file"])
def test_the_events_are_there_in_order(stories: Stories, expected: dict[str, str]) -> None:
    """``export-written`` is there once for each format that was written, one behind the other."""
    types = [entry.type for entry in stories[expected["file"]]]
    formats = [entry.after["format"] for entry in stories[expected["file"]] if entry.type == "export-written"]
    assert [key for key, _group in groupby(types)] == expected["events"].split()
    assert len(formats) == len(set(formats))
    wanted = len(Settings().export.formats) if expected["decision"] == "approved" else 0
    assert len(formats) == wanted or (0 < len(formats) < wanted and "export-refused" in types)


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda row: row["file"])
def test_each_event_tells_what_is_asked(stories: Stories, expected: dict[str, str]) -> None:
    story = stories[expected["file"]]
    for entry in story:
        told: dict[str, Any] = entry.after
        assert set(told) >= TOLD[entry.type], (entry.type, sorted(told))
    decided = [entry.after["decision"] for entry in story if entry.type == "decided"]
    assert decided == [expected["decision"]]
    assert [entry.index for entry in story] == sorted(entry.index for entry in story)


def test_every_finding_is_logged(worked: Desk, stories: Stories) -> None:
    from pipeline.store import records

    with worked.database.read() as connection:
        found = {row.file: {f.code for f in records.all_findings(row)} for row in connection.execute(select(invoice))}
    for file, codes in found.items():
        text = json.dumps([entry.after for entry in stories[file]])
        assert not {code for code in codes if f'"{code}"' not in text}, file


def test_a_match_names_orders_and_receipts(stories: Stories) -> None:
    told = next(entry.after for entry in stories["01-schrauben-preis-je-100.pdf"] if entry.type == "matched")
    assert told["order_lines"]
    assert told["receipts"]


def test_the_whole_log_holds(worked: Desk) -> None:
    worked.notary.checkpoint()
    found = verify_desk(worked)
    assert (found.ok, found.anchored) == (True, found.entries)
