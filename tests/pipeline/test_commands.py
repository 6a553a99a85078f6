"""The command line as scripts see it: exit codes, JSON on stdout, nothing coloured in pipes, bad input that loses nothing."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
DOCUMENTS = SAMPLES / "documents"


def run(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "pipeline", *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=120, check=False)


def output(finished: subprocess.CompletedProcess[bytes]) -> Any:
    assert finished.stdout, finished.stderr.decode()
    return json.loads(finished.stdout)


def bad_files(folder: Path) -> dict[str, Path]:
    """Empty, text named .pdf, cut off, not an invoice, not there."""
    made = {
        "empty.pdf": b"",
        "text.pdf": b"This is no PDF.\n",
        "cut.pdf": (DOCUMENTS / "01-schrauben-preis-je-100.pdf").read_bytes()[:2000],
        "unknown.xml": b"<?xml version='1.0'?><catalogue xmlns='urn:x'><item/></catalogue>",
        "doctype.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    }
    for name, data in made.items():
        (folder / name).write_bytes(data)
    return {name: folder / name for name in made} | {"missing.pdf": folder / "missing.pdf"}


def test_version_help_and_unknown_words() -> None:
    assert run("--version").stdout.startswith(b"belegfluss ")
    assert b"process" in run("--help").stdout
    unknown = run("proces")
    assert unknown.returncode == 2
    assert b"proces" in unknown.stderr


def test_version_imports_nothing_heavy() -> None:
    code = "import sys; sys.argv = ['belegfluss', '--version']; from pipeline.__main__ import main; main(); print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pandas", "typer", "sqlalchemy", "pydantic", "lxml"} & set(modules)


def test_one_bad_file_never_stops_the_others(tmp_path: Path) -> None:
    bad = bad_files(tmp_path)
    finished = run("extract", *bad.values(), DOCUMENTS / "31-xrechnung-ubl.xml", DOCUMENTS / "61-passwort.pdf", "--json")
    results = output(finished)
    assert [Path(result["file"]).name for result in results] == [*bad, "31-xrechnung-ubl.xml", "61-passwort.pdf"]
    by_name = {Path(result["file"]).name: result["documents"][0] for result in results}
    assert by_name["31-xrechnung-ubl.xml"]["accepted"] is True
    for name in [*bad, "61-passwort.pdf"]:
        assert not by_name[name]["accepted"]
        assert by_name[name]["kind"] in ("unreadable", "other"), name
        assert by_name[name]["findings"], name
        assert all(finding["message"] for finding in by_name[name]["findings"])
    assert by_name["61-passwort.pdf"]["findings"][0]["code"] == "READ-ENCRYPTED"
    assert finished.returncode == 3
    assert b"\x1b[" not in finished.stdout + finished.stderr


@pytest.mark.parametrize(
    ("file", "code"), [("31-xrechnung-ubl.xml", 0), ("60-scan-ohne-textebene.pdf", 3), ("61-passwort.pdf", 3)]
)
def test_exit_codes_of_extract(file: str, code: int) -> None:
    assert run("extract", DOCUMENTS / file, "--json").returncode == code


def test_extract_writes_one_file_per_document(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (tmp_path / "31-xrechnung-ubl.pdf").write_bytes(b"same stem")
    run(
        "extract",
        DOCUMENTS / "31-xrechnung-ubl.xml",
        tmp_path / "31-xrechnung-ubl.pdf",
        DOCUMENTS / "33-rotterdam-ubl.xml",
        "--out",
        out,
    )
    assert {file.name for file in out.iterdir()} == {
        "31-xrechnung-ubl.xml.json",
        "31-xrechnung-ubl.pdf.json",
        "33-rotterdam-ubl.json",
    }


def test_ingested_bad_files_are_kept_and_end_in_quarantine(tmp_path: Path) -> None:
    home = tmp_path / "home"
    bad = {name: file for name, file in bad_files(tmp_path).items() if file.exists()}
    taken = run("ingest", *bad.values(), "-", "--home", home, stdin=(DOCUMENTS / "31-xrechnung-ubl.xml").read_bytes())
    identifiers = taken.stdout.decode().split()
    assert taken.returncode == 0
    assert len(set(identifiers)) == len(bad) + 1
    assert run("worker", "--until-idle", "--home", home).returncode == 0
    state = output(run("status", "--home", home, "--json"))
    assert state["open"] == 0
    assert state["states"] == {"quarantined": 4, "not-an-invoice": 1, "review": 1}
    story = output(run("audit", "show", identifiers[0], "--home", home, "--json"))
    assert [entry["type"] for entry in story][:2] == ["received", "recognised"]
    assert output(run("audit", "verify", "--home", home, "--json"))["ok"] is True


def test_verify_names_a_changed_row(tmp_path: Path) -> None:
    import sqlite3

    home = tmp_path / "home"
    run("ingest", DOCUMENTS / "31-xrechnung-ubl.xml", "--home", home)
    run("worker", "--until-idle", "--home", home)
    with sqlite3.connect(home / "belegfluss.sqlite") as database:
        database.execute("update audit set body = replace(body, 'received', 'deceived') where \"index\" = 0")
    finished = run("audit", "verify", "--home", home, "--json")
    assert finished.returncode == 1
    assert output(finished)["first_bad"] == {"index": 0, "kind": "edited"}


def test_a_running_instance_keeps_a_second_one_out(tmp_path: Path) -> None:
    from pipeline.home import Home

    home = Home(tmp_path)
    home.lock()
    refused = run("worker", "--until-idle", "--home", tmp_path)
    home.unlock()
    assert refused.returncode == 4
    assert b"another Belegfluss" in refused.stderr


def test_bad_words_are_usage_errors(tmp_path: Path) -> None:
    invoice = DOCUMENTS / "31-xrechnung-ubl.xml"
    assert run("extract", invoice, "--source", "ocr").returncode == 2
    assert run("convert", invoice, "--to", "fax").returncode == 2
    assert run("process", invoice, "--master", SAMPLES / "master", "--now", "yesterday").returncode == 2
    assert run("audit", "show", "--home", tmp_path).returncode == 2


def test_master_data_with_a_bad_row_name_it(tmp_path: Path) -> None:
    for file in (SAMPLES / "master").glob("*.csv"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    text = (tmp_path / "vendors.csv").read_text("utf-8")
    (tmp_path / "vendors.csv").write_text(text.replace(",DE,", ",Germany,", 1), "utf-8")
    finished = run("master", "check", tmp_path)
    assert finished.returncode == 1
    assert b"vendors.csv, line" in finished.stderr
    assert b"Germany" in finished.stderr


def test_doctor_is_content_with_a_fresh_home_and_names_a_dead_broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    healthy = run("doctor", "--home", tmp_path, "--json")
    assert (healthy.returncode, [c for c in output(healthy)["checks"] if not c["ok"]]) == (0, [])
    monkeypatch.setenv("BELEGFLUSS_BROKER_URL", "redis://127.0.0.1:1/0")
    sick = run("doctor", "--home", tmp_path, "--json")
    failed = [check for check in output(sick)["checks"] if not check["ok"]]
    assert sick.returncode == 4
    assert [check["name"] for check in failed] == ["broker"]
    assert failed[0]["fix"]


def test_schema_shows_business_terms() -> None:
    properties = output(run("schema", "Invoice"))["properties"]
    assert properties["number"]["description"].startswith("BT-1 ")
