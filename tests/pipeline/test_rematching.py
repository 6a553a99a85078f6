"""Life after the first try: receipts, prices and vendors that come later, invoices that race for one quantity."""

from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.clock import queue_time
from pipeline.desk import Desk
from pipeline.running import drain, perform
from pipeline.stages.match import match
from pipeline.store import audit, importing, jobs, records
from pipeline.store.turns import StaleFacts, pass_turn, take_turn, turn_of
from pipeline.transaction import Transaction
from schemas.matching import Match, MatchState
from tests.pipeline.scenes import hand_in, hand_in_bytes, import_rows, invoice_of, load_master, sample_row, twin_of

NO_RECEIPT = "42-noch-kein-wareneingang.pdf"
LEASE = timedelta(seconds=60)
RECEIPT = {
    "receipt_number": "5000009999",
    "receipt_line": "1",
    "po_number": "4500001008",
    "po_line": "10",
    "delivery_note": "",
    "posting_date": "2026-11-19",
    "quantity": "25",
    "unit": "H87",
}


@pytest.fixture
def stocked(desk: Desk) -> Desk:
    load_master(desk)
    return desk


def events(desk: Desk, item: str) -> list[str]:
    with desk.database.read() as connection:
        return [entry.type for entry in audit.entries(connection, [item])]


def test_a_receipt_that_comes_later_releases_the_invoice(stocked: Desk, tmp_path: Path) -> None:
    waiting = hand_in(stocked, NO_RECEIPT)
    assert invoice_of(stocked, id=waiting).decision == "blocked"
    import_rows(stocked, tmp_path / "new", "goods_receipts", RECEIPT)
    assert invoice_of(stocked, id=waiting).decision == "approved"
    told = events(stocked, waiting)
    assert told.index("judged-again") > told.index("decided")
    assert told.count("matched") == 2


def test_receipts_of_other_vendors_do_not_stir_it(stocked: Desk, tmp_path: Path) -> None:
    waiting = hand_in(stocked, NO_RECEIPT)
    other = RECEIPT | {"po_number": "4500001001", "quantity": "1"}
    import_rows(stocked, tmp_path / "new", "goods_receipts", other)
    assert "judged-again" not in events(stocked, waiting)


def test_an_import_that_says_nothing_new_changes_nothing(stocked: Desk, tmp_path: Path) -> None:
    waiting = hand_in(stocked, NO_RECEIPT)
    with stocked.database.read() as connection:
        before = importing.version(connection)
    row = sample_row("purchase_orders", po_number="4500001008")
    changes = import_rows(stocked, tmp_path / "same", "purchase_orders", row)
    assert changes["purchase_orders"].touched == ()
    assert changes["purchase_orders"].kept > 0
    assert "judged-again" not in events(stocked, waiting)
    with stocked.database.read() as connection:
        assert importing.version(connection) == before


def test_a_price_change_releases_and_its_history_is_kept(stocked: Desk, tmp_path: Path) -> None:
    waiting = hand_in(stocked, "40-preis-ueber-bestellung.pdf")
    assert invoice_of(stocked, id=waiting).decision == "blocked"
    row = sample_row("purchase_orders", po_number="4500001006", net_price="412.00")
    import_rows(stocked, tmp_path / "new", "purchase_orders", row | {"net_price": "438.00"})
    assert invoice_of(stocked, id=waiting).decision == "approved"
    with stocked.database.read() as connection:
        told = importing.history(connection, "purchase_orders", "4500001006\x1f" + row["po_line"])
    assert [entry["row"]["net_price"] for entry in told] == ["412.00", "438.00"]
    assert told[0]["to_version"] == told[1]["from_version"]


def test_a_vendor_entered_later_is_found(stocked: Desk, tmp_path: Path) -> None:
    waiting = hand_in(stocked, "48-unbekannter-lieferant.pdf")
    row = invoice_of(stocked, id=waiting)
    assert row.vendor_number is None
    vendor = sample_row("vendors", vendor_number="100001") | {
        "vendor_number": "100999",
        "name": row.seller_name,
        "vat_id": row.seller_vat_id,
        "tax_number": "",
        "gln": "",
    }
    import_rows(stocked, tmp_path / "new", "vendors", vendor)
    row = invoice_of(stocked, id=waiting)
    assert row.vendor_number == "100999"
    assert "FRAUD-UNKNOWN-VENDOR" not in [f.code for f in records.all_findings(row)]


def test_rows_go_only_when_the_file_is_the_whole_truth(stocked: Desk, tmp_path: Path) -> None:
    row = sample_row("vendor_banks", vendor_number="100001")
    kept = import_rows(stocked, tmp_path / "one", "vendor_banks", row)["vendor_banks"]
    assert kept.removed == ()
    gone = import_rows(stocked, tmp_path / "one", "vendor_banks", row, replace=True)["vendor_banks"]
    assert len(gone.removed) == kept.kept
    with stocked.database.read() as connection:
        (past,) = importing.history(connection, "vendor_banks", importing.csv_files.key_of("vendor_banks", gone.removed[0]))
    assert past["to_version"] is not None


def _waiting_match(desk: Desk, data: bytes, name: str) -> jobs.Job:
    """An invoice that stands right before its match, with the job claimed."""
    from pipeline.receiving import receive

    _identifier, ready = receive(desk, data, name, "test")
    while ready:
        with desk.database.read() as connection:
            stage = jobs.stage_of(connection, ready[0])
        if stage == "match":
            break
        ready = perform(desk, ready[0])
    with desk.database.write() as connection:
        held = jobs.claim(connection, ready[0], name, queue_time(), LEASE)
    assert held is not None
    return held


def test_two_invoices_that_race_for_one_quantity_are_never_both_matched(
    stocked: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read the open quantity before either writes: the second writer is told that its facts are stale."""
    monkeypatch.setattr(jobs, "ORDER_PATIENCE", timedelta(0))  # as if the first had been stuck longer than others wait for it
    import_rows(stocked, tmp_path / "new", "goods_receipts", RECEIPT)
    twins = [
        _waiting_match(stocked, twin_of("42-noch-kein-wareneingang", number=number), f"{number}.xml")
        for number in ("BF-1", "BF-2")
    ]
    first, second = (match(job, stocked) for job in twins)
    with stocked.database.write() as connection:
        first(Transaction(connection, stocked.clock.now()))
    with pytest.raises(StaleFacts), stocked.database.write() as connection:
        second(Transaction(connection, stocked.clock.now()))
    with stocked.database.write() as connection:
        jobs.finish(connection, twins[0], queue_time())
        jobs.give_back(connection, twins[1])
    drain(stocked)
    assert sorted(invoice_of(stocked, number=number).decision for number in ("BF-1", "BF-2")) == ["approved", "blocked"]


def test_a_job_with_stale_facts_is_done_again_and_no_attempt_is_lost(stocked: Desk, tmp_path: Path) -> None:
    """Master data are imported while the match is being worked out."""
    job = _waiting_match(stocked, twin_of("42-noch-kein-wareneingang", number="BF-3"), "BF-3.xml")
    with stocked.database.write() as connection:
        jobs.give_back(connection, job)

    from pipeline import running

    plain = running.STAGES["match"]
    imports = []

    def interrupted(held: jobs.Job, desk: Desk):  # type: ignore[no-untyped-def]
        write = plain(held, desk)
        if not imports:
            imports.append(1)
            with desk.database.write() as connection:
                importing.import_folder(connection, _receipt_folder(tmp_path), desk.clock.now())
        return write

    running.STAGES["match"] = interrupted
    try:
        assert perform(stocked, job.id) == [job.id]
        drain(stocked)
    finally:
        running.STAGES["match"] = plain
    assert invoice_of(stocked, number="BF-3").decision == "approved"


def _receipt_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "receipt"
    folder.mkdir()
    (folder / "goods_receipts.csv").write_text(
        ",".join([*RECEIPT, "quantity_in_price_unit"]) + "\n" + ",".join([*RECEIPT.values(), ""]) + "\n", "utf-8"
    )
    return folder


def test_an_import_between_two_stages_reaches_an_invoice_under_way(stocked: Desk, tmp_path: Path) -> None:
    """It was identified by the old vendors and is decided after the import: it is judged again, not left to wait."""
    job = _waiting_match(stocked, twin_of("42-noch-kein-wareneingang", number="BF-4"), "BF-4.xml")
    with stocked.database.write() as connection:
        jobs.give_back(connection, job)
    drain_until = perform(stocked, job.id)  # matched without the receipt
    with stocked.database.write() as connection:
        importing.import_folder(connection, _receipt_folder(tmp_path), stocked.clock.now())
    assert drain_until
    drain(stocked)
    assert invoice_of(stocked, number="BF-4").decision == "approved"


def test_what_the_finance_system_holds_is_not_counted_twice(stocked: Desk, tmp_path: Path) -> None:
    """Half of the delivery was invoiced, exported and came back as a posted line; the other half must still match."""
    import_rows(stocked, tmp_path / "a", "goods_receipts", RECEIPT | {"quantity": "50"})
    order = sample_row("purchase_orders", po_number="4500001008") | {"quantity": "50"}
    import_rows(stocked, tmp_path / "b", "purchase_orders", order)
    first = hand_in(stocked, NO_RECEIPT)
    row = invoice_of(stocked, id=first)
    assert row.decision == "approved"
    posted = {
        "vendor_number": "100014",
        "company_code": "1000",
        "number": row.number,
        "issue_date": row.issue_date,
        "currency": "EUR",
        "type_code": "380",
        "grand_total": row.grand_total,
    }
    import_rows(stocked, tmp_path / "c", "posted_invoices", posted)
    line = {
        "vendor_number": "100014",
        "number": row.number,
        "line": "1",
        "po_number": "4500001008",
        "po_line": "10",
        "quantity": "25",
        "unit": "H87",
        "net_amount": "1620.00",
    }
    import_rows(stocked, tmp_path / "d", "posted_lines", line)
    second = hand_in_bytes(stocked, twin_of("42-noch-kein-wareneingang", number="BF-30999"), "second.xml")
    found = Match.model_validate_json(invoice_of(stocked, id=second).match)
    assert found.state is MatchState.MATCHED, found


def test_turns_tell_two_writers_apart(desk: Desk) -> None:
    with desk.database.write() as connection:
        assert turn_of(connection, "7") == 0
        take_turn(connection, "7", 0)
        pass_turn(connection, "7")
        assert turn_of(connection, "7") == 2
    for seen in (0, 1, 3):
        with pytest.raises(StaleFacts), desk.database.write() as connection:
            take_turn(connection, "7", seen)
