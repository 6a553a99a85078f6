"""Master data: every bad row is named, a bad folder changes nothing, look-ups find what they should."""

from pathlib import Path

import pytest

from enrichers import party_keys
from pipeline.desk import Desk
from pipeline.errors import MasterDataError
from pipeline.store import csv_files, facts, importing, master
from schemas import Invoice, Party, Payment
from schemas.master import MASTER_FILES, OPTIONAL_FILES, Vendor, VendorBank

SAMPLES = Path(__file__).resolve().parents[3] / "samples" / "master"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The sample master data, to be spoilt by a test."""
    target = tmp_path / "master"
    target.mkdir()
    for file in SAMPLES.glob("*.csv"):
        (target / file.name).write_bytes(file.read_bytes())
    return target


def spoil(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def problems(folder: Path) -> list[str]:
    with pytest.raises(MasterDataError) as caught:
        csv_files.load(folder)
    return caught.value.problems


def test_the_samples_are_clean() -> None:
    loaded = csv_files.load(SAMPLES)
    assert set(MASTER_FILES) - set(loaded.rows) <= OPTIONAL_FILES


def test_a_missing_column_is_named(folder: Path) -> None:
    spoil(folder, "purchase_orders.csv", ",net_price,", ",price,")
    assert problems(folder) == ["purchase_orders.csv, line 1: missing column(s) net_price"]


def test_duplicate_negative_and_unknown_values_are_named_with_line_and_column(folder: Path) -> None:
    orders = folder / "purchase_orders.csv"
    header, first, *rest = orders.read_text("utf-8").splitlines()
    names = header.split(",")
    bad = dict(zip(names, first.split(","), strict=True)) | {
        "po_line": "999",
        "net_price": "-1",
        "unit": "piece",
        "currency": "EURO",
    }
    orders.write_text("\n".join([header, first, ",".join(bad.values()), first, *rest]) + "\n", "utf-8")
    found = problems(folder)
    assert any(p.startswith("purchase_orders.csv, line 3, column net_price: '-1'") for p in found)
    assert any(p.startswith("purchase_orders.csv, line 4, column po_number: duplicate") for p in found)


def test_units_and_currencies_must_exist(folder: Path) -> None:
    orders = folder / "purchase_orders.csv"
    header, first, *rest = orders.read_text("utf-8").splitlines()
    bad = dict(zip(header.split(","), first.split(","), strict=True)) | {"po_line": "999", "unit": "piece", "currency": "EURO"}
    orders.write_text("\n".join([header, first, ",".join(bad.values()), *rest]) + "\n", "utf-8")
    assert {p.split(": ")[0] for p in problems(folder)} == {
        "purchase_orders.csv, line 3, column unit",
        "purchase_orders.csv, line 3, column currency",
    }


def test_a_receipt_without_order_is_named(folder: Path) -> None:
    receipts = folder / "goods_receipts.csv"
    lines = receipts.read_text("utf-8").splitlines()
    names = lines[0].split(",")
    row = dict(zip(names, lines[1].split(","), strict=True)) | {"receipt_number": "X1", "po_number": "0000000000"}
    receipts.write_text("\n".join([*lines, ",".join(row.values())]) + "\n", "utf-8")
    (found,) = problems(folder)
    assert found.startswith(f"goods_receipts.csv, line {len(lines) + 1}, column po_number: 0000000000")


def test_a_file_that_is_not_utf8_is_named(folder: Path) -> None:
    (folder / "vendors.csv").write_bytes("vendor_number,name\n1,M\xfcller\n".encode("latin-1"))
    assert any(p.startswith("vendors.csv: not UTF-8") for p in problems(folder))


def test_an_empty_folder_says_what_is_expected(tmp_path: Path) -> None:
    assert "expected companies.csv" in problems(tmp_path)[0]


def test_a_bad_folder_changes_nothing(desk: Desk, folder: Path) -> None:
    with desk.database.write() as connection:
        before = importing.import_folder(connection, SAMPLES, desk.clock.now())
    spoil(folder, "vendors.csv", "vendor_number", "supplier")
    with pytest.raises(MasterDataError), desk.database.write() as connection:
        importing.import_folder(connection, folder, desk.clock.now())
    with desk.database.read() as connection:
        assert master.counts(connection) == {file: change.rows for file, change in before.items() if change.rows}


def test_an_import_of_one_file_keeps_the_others(desk: Desk, folder: Path, tmp_path: Path) -> None:
    with desk.database.write() as connection:
        before = importing.import_folder(connection, folder, desk.clock.now())
    single = tmp_path / "single"
    single.mkdir()
    (single / "goods_receipts.csv").write_bytes((folder / "goods_receipts.csv").read_bytes())
    with desk.database.write() as connection:
        importing.import_folder(connection, single, desk.clock.now())
        assert master.counts(connection) == {file: change.rows for file, change in before.items() if change.rows}


def test_vendors_are_found_by_vat_id_and_iban_however_they_are_written(desk: Desk) -> None:
    with desk.database.write() as connection:
        importing.import_folder(connection, SAMPLES, desk.clock.now())
    rows = csv_files.load(SAMPLES).rows
    vendor = next(v for v in rows["vendors"].values() if isinstance(v, Vendor) and v.vat_id)
    bank = next(iter(rows["vendor_banks"].values()))
    assert isinstance(bank, VendorBank)
    assert isinstance(vendor, Vendor)
    assert vendor.vat_id
    with desk.database.read() as connection:
        by_vat_id = facts.parties(connection, party_keys(Invoice(seller=Party(vat_id=" ".join(vendor.vat_id.lower())))))
        by_iban = facts.parties(connection, party_keys(Invoice(payment=Payment(iban=" ".join(bank.iban)))))
        nothing = facts.parties(connection, party_keys(Invoice(payment=Payment(iban="DE00"))))
    assert vendor in by_vat_id.vendors
    assert bank.vendor_number in {v.vendor_number for v in by_iban.vendors}
    assert nothing.vendors == ()
    assert nothing.companies
