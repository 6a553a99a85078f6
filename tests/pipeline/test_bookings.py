"""Every approved sample as every booking: written with its totals, or refused with the field named; one run through the stages."""

import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from lxml import etree

from pipeline.cli.exporting import export
from pipeline.clock import FixedClock
from pipeline.desk import Desk, open_desk
from pipeline.errors import ExitCode
from pipeline.exporting import NotWritten, Written, booking_facts, write_export
from pipeline.receiving import receive
from pipeline.running import drain
from pipeline.settings import Export, Settings
from pipeline.store import facts, records
from pipeline.store.importing import import_folder
from pipeline.store.tables import invoice
from schemas import Invoice
from schemas.matching import Match
from schemas.posting import Posting

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
PLAN = json.loads((SAMPLES / "expected.json").read_text("utf-8"))
ORDERED = "posting.lines[0]"
REFUSED = {
    ("10-industriebedarf-mehrseitig.pdf", "sap-idoc"): "seller.name",  # 41 characters
    ("30-zugferd-hybrid.pdf", "sap-idoc"): "seller.name",
    ("22-bordeaux-franzoesische-steuer.pdf", "datev"): "posting.lines[0].tax_code",  # foreign tax: no key
    ("24-zuerich-franken.pdf", "datev"): "currency",
    ("25-reading-pfund.pdf", "datev"): "currency",
    ("28-linz-inland-oesterreich.pdf", "datev"): "posting.vendor_number",  # a company without keys
    ("29-linz-aus-deutschland.pdf", "datev"): "posting.vendor_number",
    ("82-mail-xml-inline.eml#82-pendelrollenlager.xml", "datev"): "posting.vendor_number",
}
FAMILY = {"sap-idoc-flat": "sap-idoc", "datev-documents": "datev"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    opened = open_desk(tmp_path_factory.mktemp("home"), FixedClock(PLAN["now"]), Settings(export=Export(formats=("json",))))
    with opened.database.write() as connection:
        import_folder(connection, SAMPLES / "master", opened.clock.now())
    for name in dict.fromkeys(entry["file"].partition("#")[0] for entry in PLAN["documents"]):
        receive(opened, (SAMPLES / "documents" / name).read_bytes(), name, "test")
        drain(opened)
    yield opened
    opened.close()


def written(desk: Desk, name: str) -> Iterator[tuple[str, Invoice, Written | NotWritten]]:
    with desk.database.read() as connection:
        rows = connection.execute(invoice.select().where(invoice.c.decision == "approved")).all()
        assert len(rows) == sum(entry["decision"] == "approved" for entry in PLAN["documents"])
        for row in rows:
            match = Match.model_validate_json(row.match)
            document = records.document_of(row)
            assert document.invoice is not None
            try:
                one: Written | NotWritten = write_export(
                    desk,
                    name,
                    document,
                    source_sha256=row.sha256,
                    source_media=records.get_received(connection, row.received_id).media or "",
                    seller=facts.vendor_of(connection, row.vendor_number),
                    buyer=facts.company_of(connection, row.company_code),
                    posting=Posting.model_validate_json(row.posting),
                    match=match,
                    facts=booking_facts(connection, row.company_code, match),
                )
            except NotWritten as problem:
                one = problem
            yield row.file, document.invoice, one


def gross_of(name: str, data: bytes) -> Decimal:
    """The gross total that the file states, read from its bytes."""
    if name == "sap-idoc":
        root = etree.fromstring(data)
        return next(Decimal(one.findtext("SUMME") or "") for one in root.iter("E1EDS01") if one.findtext("SUMID") == "011")
    if name == "sap-idoc-flat":
        assert (len(data) - 524) % (63 + 1000) == 0
        records_of = [data[at : at + 1063].decode("iso-8859-1") for at in range(524, len(data), 1063)]
        return next(Decimal(one[66:84].strip()) for one in records_of if one.startswith("E2EDS01") and one[63:66] == "011")
    if name == "sap-odata":
        return Decimal(json.loads(data)["InvoiceGrossAmount"])
    if name == "sap-bapi":
        return Decimal(json.loads(data)["BAPI_INCOMINGINVOICE_CREATE1"]["HEADERDATA"]["GROSS_AMOUNT"])
    if name == "datev":
        lines = data.decode("cp1252").split("\r\n")[2:-1]
        return abs(
            sum((Decimal(line.split(";")[0].replace(",", ".")) * (1 if '"S"' in line[:20] else -1) for line in lines), Decimal(0))
        )
    with ZipFile(io.BytesIO(data)) as archive:
        ledger = next(n for n in archive.namelist() if n.endswith(".xml") and n != "document.xml")
        return abs(sum((Decimal(one.text or "") for one in etree.fromstring(archive.read(ledger)).iter("{*}amount")), Decimal(0)))


@pytest.mark.parametrize("name", ["sap-idoc", "sap-idoc-flat", "sap-odata", "sap-bapi", "datev", "datev-documents"])
def test_every_approved_sample(desk: Desk, name: str) -> None:
    for file, stated, one in written(desk, name):
        expected = REFUSED.get((file, FAMILY.get(name, name)))
        if isinstance(one, NotWritten):
            assert [finding.path for finding in one.findings] == [expected], file
            assert one.findings[0].code == "EXPORT-DOES-NOT-FIT"
        else:
            assert expected is None, file
            assert gross_of(name, one.data) == stated.totals.grand_total, file
            assert one.file_name.startswith("EXTF_") == (name == "datev")


def test_an_invoice_that_no_format_can_hold_goes_back_to_a_person(tmp_path: Path) -> None:
    opened = open_desk(tmp_path, FixedClock(PLAN["now"]), Settings(export=Export(formats=("sap-idoc",))))
    with opened.database.write() as connection:
        import_folder(connection, SAMPLES / "master", opened.clock.now())
    name = "10-industriebedarf-mehrseitig.pdf"
    receive(opened, (SAMPLES / "documents" / name).read_bytes(), name, "test")
    drain(opened)
    with opened.database.read() as connection:
        row = connection.execute(invoice.select()).one()
        assert (row.decision, row.state) == ("review", "review")
        found = [finding for finding in records.all_findings(row) if finding.code == "EXPORT-DOES-NOT-FIT"]
        assert [(one.path, one.stated) for one in found] == [("seller.name", "Norddeutsche Industriebedarf Handels GmbH")]
        assert not records.exports_of(connection, row.id)
    opened.close()


def test_a_span_of_time_is_given_out_once(desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(folder: str, **more: Any) -> list[Path]:
        code = export("datev", since="2026-10-01", until="2026-11-30", folder=tmp_path / folder, home=desk.home.folder, **more)
        assert code == ExitCode.FINDINGS  # foreign tax, francs and pounds are refused, the others are written
        return sorted((tmp_path / folder).glob("*"))

    files = run("first", again=False)
    assert [file.name[:13] for file in files] == ["EXTF_1_202610", "EXTF_1_202611"]
    lines = [line for file in files for line in file.read_bytes().decode("cp1252").split("\r\n")[2:-1]]
    said = capsys.readouterr().err
    assert "export_keys.csv has no DATEV tax key" in said
    assert len({line.split(";")[10] for line in lines}) == int(re.search(r"(\d+) invoices written", said).group(1))  # type: ignore[union-attr]
    assert run("second", again=False) == []
    assert [file.read_bytes() for file in run("third", again=True)] == [file.read_bytes() for file in files]
