"""Whatever is exported from the samples is valid by the official rules, in every format the exporters write."""

import json
from pathlib import Path

import pytest

from pipeline.clock import FixedClock
from pipeline.desk import Desk, open_desk
from pipeline.exporting import NotWritten, write_export
from pipeline.official import OfficialJudge
from pipeline.receiving import receive
from pipeline.running import drain
from pipeline.settings import Export, Settings
from pipeline.store import facts, records
from pipeline.store.importing import import_folder
from pipeline.store.tables import invoice
from schemas import Document, Kind, Source
from tests.exporters import invoices as made

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
PLAN = json.loads((SAMPLES / "expected.json").read_text("utf-8"))
# The supplier's own XML names a country of delivery but no city; XRechnung wants one (BR-DE-10), and nobody may invent it.
REFUSED = ["xrechnung-cii 33-rotterdam-ubl.xml", "xrechnung-ubl 33-rotterdam-ubl.xml"]
FORMATS = ("zugferd", "xrechnung-ubl", "xrechnung-cii", "en16931-ubl", "en16931-cii", "json")

pytestmark = pytest.mark.skipif(not OfficialJudge.available(), reason="the extra [official] is not installed")


@pytest.mark.slow
def test_every_format_of_every_approved_sample(tmp_path: Path) -> None:
    """XRechnung asks for more than every invoice says: then it is refused with a reason, never written half."""
    desk = open_desk(tmp_path, FixedClock(PLAN["now"]), Settings(export=Export(formats=("json",))))
    with desk.database.write() as connection:
        import_folder(connection, SAMPLES / "master", desk.clock.now())
    for name in dict.fromkeys(entry["file"].partition("#")[0] for entry in PLAN["documents"]):
        receive(desk, (SAMPLES / "documents" / name).read_bytes(), name, "test")
        drain(desk)
    refused: list[str] = []
    with desk.database.read() as connection:
        rows = connection.execute(invoice.select().where(invoice.c.decision == "approved")).all()
        for row in rows:
            source = records.get_received(connection, row.received_id)
            for name in FORMATS:
                try:
                    one = write_export(
                        desk,
                        name,
                        records.document_of(row),
                        source_sha256=row.sha256,
                        source_media=source.media or "",
                        seller=facts.vendor_of(connection, row.vendor_number),
                        buyer=facts.company_of(connection, row.company_code),
                    )
                except NotWritten as problem:
                    refused.append(f"{name} {row.file}: {problem or 'without a reason'}")
                    continue
                if name != "json":
                    assert "official-rules" in one.judged_by, name
    desk.close()
    assert len(rows) == sum(entry["decision"] == "approved" for entry in PLAN["documents"])
    assert sorted(line.split(":")[0] for line in refused) == REFUSED, refused


def test_what_a_format_has_no_place_for_is_said(desk: Desk) -> None:
    """D.96A has no place for electronic addresses and profiles: the file is written, and the loss is told."""
    document = Document(kind=Kind.INVOICE, source=Source.TEXT_LAYER, accepted=True, invoice=made.plain_invoice())
    written = write_export(desk, "edifact-d96a", document, source_sha256=None, source_media="json")
    assert "seller.electronic_address" in written.not_carried
    told = {finding.path for finding in written.notes if finding.code == "EXPORT-DOES-NOT-FIT"}
    assert set(written.not_carried) == told
