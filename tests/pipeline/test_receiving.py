"""The front door: bytes kept first, repeated deliveries recognised, names made harmless."""

import hashlib

import pytest
from sqlalchemy import func, select

from pipeline.desk import Desk
from pipeline.receiving import display_name, receive
from pipeline.store import audit, jobs, records
from pipeline.store.tables import job, received


def test_received_means_stored_and_queued(desk: Desk) -> None:
    identifier, queued = receive(desk, b"some bytes", "invoice.pdf", "cli")
    digest = hashlib.sha256(b"some bytes").hexdigest()
    with desk.database.read() as connection:
        row = records.get_received(connection, identifier)
        trail = audit.entries(connection, [identifier])
        stages = connection.scalars(select(job.c.stage).where(job.c.id.in_(queued))).all()
    assert (row.sha256, row.size, row.state) == (digest, 10, "received")
    assert desk.originals.get(digest) == b"some bytes"
    assert desk.originals.path(digest).stat().st_mode & 0o777 == 0o400
    assert [entry.type for entry in trail] == ["received"]
    assert stages == ["intake"]


def test_the_same_delivery_twice_is_one(desk: Desk) -> None:
    first, _ = receive(desk, b"x", "a.pdf", "mail", origin_key="inbox/7/42")
    again, queued = receive(desk, b"x", "a.pdf", "mail", origin_key="inbox/7/42")
    assert (again, queued) == (first, [])


def test_the_same_bytes_from_two_places_are_two_deliveries(desk: Desk) -> None:
    receive(desk, b"x", "a.pdf", "mail", origin_key="inbox/7/42")
    receive(desk, b"x", "a.pdf", "mail", origin_key="inbox/7/43")
    with desk.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(received)) == 2
        assert jobs.open_count(connection) == 2


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("invoice.pdf", "invoice.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.pdf", "a.pdf"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\x00b\r\n.pdf", "ab.pdf"),
        ("/", "unnamed"),
        ("x" * 500, "x" * 120),
        ("u\u0308ber.pdf", "über.pdf"),
    ],
)
def test_names_are_made_harmless(name: str, shown: str) -> None:
    assert display_name(name) == shown
