"""The hand-over for tax auditors: described by its index, complete, and read back to the same counts and sums."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import func, select

from pipeline.acts.acknowledging import acknowledge
from pipeline.acts.person import Person
from pipeline.clock import FixedClock
from pipeline.desk import Desk, open_desk
from pipeline.errors import UsageError
from pipeline.settings import Settings
from pipeline.store import audit, records
from pipeline.store.tables import audit as log
from pipeline.store.tables import invoice
from pipeline.trail.handover import make_hand_over
from schemas.matching import Match
from schemas.posting import Posting
from tests.pipeline.scenes import hand_in, load_master

SAMPLES = (
    *(
        "01-schrauben-preis-je-100.pdf",
        "06-druck-zwei-steuersaetze.pdf",
        "07-lack-rabatt-und-fracht.pdf",
        "19-retoure-gutschrift.pdf",
    ),
    *("31-xrechnung-ubl.xml", "40-preis-ueber-bestellung.pdf", "61-passwort.pdf"),
)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = open_desk(tmp_path_factory.mktemp("home"), FixedClock("2026-11-25"), Settings())
    load_master(desk)
    for sample in SAMPLES:
        identifier = hand_in(desk, sample)
        if sample.startswith("01"):
            acknowledge(desk, identifier, Person("erp", "machine"), number="5105600123", year="2026", system="sap")
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def package(stocked: Desk, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    file = tmp_path_factory.mktemp("out") / "2026.zip"
    make_hand_over(stocked, *YEAR, file, originals=True)
    return zipfile.ZipFile(io.BytesIO(file.read_bytes()))


def read_by_index(package: zipfile.ZipFile) -> dict[str, Rows]:
    """What an audit program does: it knows nothing but the index."""
    index = etree.fromstring(package.read("index.xml"))
    found: dict[str, Rows] = {}
    for table in index.iter("Table"):
        content = table.find("VariableLength")
        assert content is not None
        names = [one.findtext("Name", "") for one in content if one.tag in ("VariablePrimaryKey", "VariableColumn")]
        end = content.findtext("RecordDelimiter", "")
        text = package.read(table.findtext("URL", "")).decode("utf-8" if table.find("UTF8") is not None else "cp1252")
        assert text == "" or text.endswith(end)
        reader = csv.reader(
            text.split(end)[:-1],
            delimiter=content.findtext("ColumnDelimiter", ""),
            quotechar=content.findtext("TextEncapsulator", ""),
        )
        found[table.findtext("Name", "")] = [dict(zip(names, cells, strict=True)) for cells in reader]
    return found


@pytest.fixture(scope="module")
def tables(package: zipfile.ZipFile) -> dict[str, Rows]:
    return read_by_index(package)


def dtd(package: zipfile.ZipFile) -> etree.DTD:
    return etree.DTD(io.BytesIO(package.read("gdpdu-01-09-2004.dtd")))


def test_the_index_follows_its_grammar(package: zipfile.ZipFile) -> None:
    grammar = dtd(package)
    index = etree.fromstring(package.read("index.xml"))
    assert grammar.validate(index), grammar.error_log
    assert b'<!DOCTYPE DataSet SYSTEM "gdpdu-01-09-2004.dtd">' in package.read("index.xml")


@pytest.mark.parametrize("tag", ["Version", "URL", "ColumnDelimiter", "From"])
def test_the_grammar_refuses_another_index(package: zipfile.ZipFile, tag: str) -> None:
    index = etree.fromstring(package.read("index.xml"))
    element = index.find(f".//{tag}")
    assert element is not None
    element.tag = "Other"
    assert not dtd(package).validate(index)


def test_counts_and_sums_are_those_of_the_database(stocked: Desk, tables: dict[str, Rows]) -> None:
    with stocked.database.read() as connection:
        rows = connection.execute(select(invoice)).all()
        logged = connection.scalar(select(func.count()).select_from(log).where(log.c.item.isnot(None)))
        stated = [records.document_of(row).invoice for row in rows]
        matches = [Match.model_validate_json(row.match) for row in rows if row.match]
        postings = [Posting.model_validate_json(row.posting) for row in rows if row.posting]
        findings = sum(len(records.all_findings(row)) for row in rows)
    assert len(tables["invoices"]) == len(rows) == len(SAMPLES)
    known = [one for one in stated if one]
    assert total(tables["invoices"], "grand_total") == sum(one.totals.grand_total or 0 for one in known) > 0
    assert total(tables["invoices"], "tax_total") == sum(one.totals.tax_total or 0 for one in known) > 0
    assert len(tables["lines"]) == sum(len(one.lines) for one in known)
    assert total(tables["lines"], "net_amount") == sum(line.net_amount or 0 for one in known for line in one.lines) > 0
    assert total(tables["lines"], "quantity") == sum(line.quantity or 0 for one in known for line in one.lines)
    assert total(tables["matches"], "net_amount") == sum(line.net_amount or 0 for one in matches for line in one.lines) > 0
    assert total(tables["postings"], "net_amount") == sum(line.net_amount or 0 for one in postings for line in one.lines) > 0
    assert len(tables["postings"]) == sum(len(one.lines) for one in postings)
    assert len(tables["findings"]) == findings > 0
    assert len([row for row in tables["events"] if row["item"]]) == logged


def total(rows: Rows, column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in rows if row[column]), Decimal(0))


def test_text_comes_back_as_it_was(stocked: Desk, tables: dict[str, Rows]) -> None:
    by_id = {row["invoice_id"]: row for row in tables["invoices"]}
    with stocked.database.read() as connection:
        for row in connection.execute(select(invoice)):
            told = by_id[row.id]
            for name in ("number", "seller_name", "iban", "sha256", "issue_date", "vendor_number"):
                assert told[name] == (row._mapping[name] or "")
        bodies = {json.loads(body)["index"]: json.loads(body) for body in connection.scalars(select(log.c.body))}
    for event in tables["events"]:
        assert (json.loads(event["after"]) if event["after"] else None) == bodies[int(event["index"])]["after"]


def test_every_number_fits_the_places_its_column_states(package: zipfile.ZipFile, tables: dict[str, Rows]) -> None:
    index = etree.fromstring(package.read("index.xml"))
    for table in index.iter("Table"):
        for column in table.iter("VariableColumn", "VariablePrimaryKey"):
            accuracy = column.findtext("Numeric/Accuracy")
            for row in tables[table.findtext("Name", "")] if accuracy is not None else []:
                cell = row[column.findtext("Name", "")]
                assert len(cell.partition(".")[2]) <= int(accuracy or 0), (cell, accuracy)


def test_from_a_booking_to_the_received_bytes_and_back(stocked: Desk, package: zipfile.ZipFile, tables: dict[str, Rows]) -> None:
    (booked,) = [row for row in tables["invoices"] if row["booking_number"] == "5105600123"]
    original = package.read(f"originals/{booked['sha256']}")
    assert original == stocked.originals.get(booked["sha256"])
    from_bytes = [row["booking_number"] for row in tables["invoices"] if row["sha256"] == booked["sha256"]]
    assert from_bytes == ["5105600123"]


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        pytest.param(date(2020, 1, 1), date(2020, 12, 31), 0, id="before"),
        pytest.param(date(2026, 11, 25), date(2026, 11, 25), None, id="one day"),
    ],
)
def test_the_period_decides(stocked: Desk, tmp_path: Path, first: date, last: date, count: int | None) -> None:
    made = make_hand_over(stocked, first, last, tmp_path / "part.zip")
    rows = read_by_index(zipfile.ZipFile(tmp_path / "part.zip"))
    with stocked.database.read() as connection:
        day = func.coalesce(invoice.c.issue_date, func.substr(invoice.c.created_at, 1, 10))
        expected = connection.scalar(select(func.count()).select_from(invoice).where(day.between(str(first), str(last))))
    assert len(rows["invoices"]) == made.counts["invoices"] == expected
    assert count is None or expected == count
    assert dtd(zipfile.ZipFile(tmp_path / "part.zip")).validate(
        etree.fromstring(zipfile.ZipFile(tmp_path / "part.zip").read("index.xml"))
    )


def test_that_it_was_handed_over_is_logged(stocked: Desk, tmp_path: Path) -> None:
    make_hand_over(stocked, *YEAR, tmp_path / "again.zip", actor="auditor", role="auditor")
    with stocked.database.read() as connection:
        last: Any = connection.execute(select(log).order_by(log.c.index.desc()).limit(1)).one()
        told = json.loads(last.body)
        assert audit.head(connection)[0] == told["index"] + 1
    assert (told["type"], told["actor"], told["after"]["rows"]["invoices"]) == ("audit-exported", "auditor", str(len(SAMPLES)))


def test_a_period_that_ends_before_it_begins_is_refused(stocked: Desk, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="before"):
        make_hand_over(stocked, YEAR[1], YEAR[0], tmp_path / "none.zip")
    assert not list(tmp_path.iterdir())
