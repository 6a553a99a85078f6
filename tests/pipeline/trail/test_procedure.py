"""The procedure documentation says what is set up, names its version in the log, and can be read as PDF."""

import io

import pypdf
import pytest

from pipeline.clock import FixedClock
from pipeline.desk import Desk, open_desk
from pipeline.settings import Settings
from pipeline.store import audit
from pipeline.store.tables import audit as log
from pipeline.trail.procedure import make_procedure, rule_versions
from pipeline.trail.procedure_pdf import procedure_pdf
from pipeline.web.sessions import Role
from tests.pipeline.scenes import load_master


def versions_logged(desk: Desk) -> list[str]:
    from sqlalchemy import select

    with desk.database.read() as connection:
        rows = connection.execute(select(log.c.body, log.c.hash).where(log.c.type == "procedure-written").order_by(log.c.index))
        return [audit._entry(row.body, row.hash).after["sha256"] for row in rows]


def test_it_tells_what_is_set_up(desk: Desk) -> None:
    load_master(desk)
    text = make_procedure(desk).text
    for value in (
        str(desk.notary.keys.trusted()[0]),
        str(desk.home.anchors),
        "| policy.score_threshold | 0.60 |",
        "| confirm |",
        "| tolerances |",
        "validators/data/completeness.csv",
        *(f"| {role.value} |" for role in Role),
    ):
        assert value in text, value


def test_a_version_is_logged_once(desk: Desk) -> None:
    first, again = make_procedure(desk), make_procedure(desk)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.text == again.text
    changed = open_desk(desk.home.folder, desk.clock, Settings.model_validate({"policy": {"score_threshold": "0.5"}}))
    later = make_procedure(changed)
    changed.close()
    assert later.is_new
    assert versions_logged(desk) == [first.sha256, later.sha256]
    assert make_procedure(desk).is_new  # back to the first: in force again, so said again


def test_passwords_stay_out(tmp_path) -> None:  # type: ignore[no-untyped-def]
    settings = Settings.model_validate({"broker_url": "redis://user:secret@host:6379/0?password=secret"})
    made = open_desk(tmp_path, FixedClock("2026-11-25"), settings)
    text = make_procedure(made).text
    made.close()
    assert "secret" not in text
    assert "redis://***@host:6379/0" in text


def test_rules_are_versioned_by_content() -> None:
    found = dict(rule_versions())
    assert len(found) > 20
    assert all(len(digest) == 64 for digest in found.values())


def test_the_pdf_holds_the_text(desk: Desk) -> None:
    load_master(desk)
    made = make_procedure(desk)
    data = procedure_pdf(made.text, "Verfahrensdokumentation", made.sha256)
    assert data == procedure_pdf(made.text, "Verfahrensdokumentation", made.sha256)
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]
    assert all(made.sha256 in page for page in pages)
    text = "".join("".join(pages).split())
    for heading in [line.lstrip("# ") for line in made.text.splitlines() if line.startswith("#")]:
        assert "".join(heading.split()) in text
    for value in ("Aufbewahrung", "policy.score_threshold", "approver"):
        assert value in text


@pytest.mark.parametrize("name", ["x.txt", "x"])
def test_another_kind_of_file_is_refused(desk: Desk, tmp_path, name: str) -> None:  # type: ignore[no-untyped-def]
    from pipeline.cli.auditing import procedure
    from pipeline.errors import UsageError

    with pytest.raises(UsageError, match=r"\.pdf"):
        procedure(tmp_path / name, desk.home.folder)
