"""``convert`` to formats of finance systems: approved invoices with master data only, everything else named on stderr."""

import json
from pathlib import Path

import pytest
from lxml import etree

from tests.pipeline.test_commands import DOCUMENTS, SAMPLES, run

MASTER = SAMPLES / "master"
APPROVED = DOCUMENTS / "01-schrauben-preis-je-100.pdf"


def test_idoc_of_an_approved_invoice(tmp_path: Path) -> None:
    target = tmp_path / "out.xml"
    finished = run("convert", APPROVED, "--to", "sap-idoc", "--master", MASTER, "-o", target)
    assert finished.returncode == 0, finished.stderr.decode()
    root = etree.parse(target).getroot()
    assert [one.findtext("SUMME") for one in root.iter("E1EDS01")] == ["872.50", "1038.28", "165.78"]


def test_json_goes_through_the_stages_too(tmp_path: Path) -> None:
    truth = json.loads((SAMPLES / "truth" / "01-schrauben-preis-je-100.json").read_text("utf-8"))["invoice"]
    stated = tmp_path / "invoice.json"
    stated.write_text(json.dumps(truth), "utf-8")
    finished = run("convert", stated, "--to", "sap-odata", "--master", MASTER)
    assert finished.returncode == 0, finished.stderr.decode()
    assert json.loads(finished.stdout)["InvoiceGrossAmount"] == "1038.28"


@pytest.mark.parametrize(
    ("document", "master", "says"),
    [
        (APPROVED, False, "--master"),
        (DOCUMENTS / "61-passwort.pdf", True, "READ-ENCRYPTED"),
        (DOCUMENTS / "10-industriebedarf-mehrseitig.pdf", True, "EXPORT-DOES-NOT-FIT seller.name"),
    ],
)
def test_nothing_is_written_without_approval_or_room(document: Path, master: bool, says: str) -> None:
    finished = run("convert", document, "--to", "sap-idoc", *(("--master", MASTER) if master else ()))
    assert finished.returncode in (1, 3), finished.stderr.decode()
    assert finished.stdout == b""
    assert says in finished.stderr.decode()
