"""A bundle holds on a machine without this software, and no byte of it can be changed."""

import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pipeline.clock import FixedClock
from pipeline.desk import Desk, open_desk
from pipeline.settings import Settings
from pipeline.store import merkle
from pipeline.trail import standalone
from pipeline.trail.bundle import make_bundle
from pipeline.trail.standalone import Failed, check_bundle, write_zip
from tests.pipeline.scenes import hand_in, load_master
from tests.pipeline.store.test_merkle import InMemory


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = open_desk(tmp_path_factory.mktemp("home"), FixedClock("2026-11-25"), Settings())
    load_master(desk)
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def invoice(stocked: Desk) -> str:
    identifier = hand_in(stocked, "01-schrauben-preis-je-100.pdf")
    hand_in(stocked, "31-xrechnung-ubl.xml")
    return identifier


@pytest.fixture(scope="module")
def data(stocked: Desk, invoice: str) -> bytes:
    return make_bundle(stocked, invoice).data


def test_it_holds(stocked: Desk, invoice: str, data: bytes) -> None:
    found = check_bundle(data, str(stocked.notary.keys.trusted()[0]))
    assert found["invoice"] == invoice
    assert found["documents"] == 2  # the received PDF and the e-invoice
    assert found["entries"] >= 10


def test_it_is_an_ordinary_zip(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "proof.zip").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "proof.zip") as archive:
        assert archive.testzip() is None
        assert {"README.txt", "verify.py", "invoice.json", "events.jsonl", "manifest.json"} <= set(archive.namelist())


def run_alone(folder: Path, data: bytes, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The script out of the bundle, by a Python that sees no packages, elsewhere than the checkout."""
    (folder / "proof.zip").write_bytes(data)
    if not (folder / "verify.py").exists():
        with zipfile.ZipFile(folder / "proof.zip") as archive:
            archive.extract("verify.py", folder)
    command = [sys.executable, "-I", "-S", "verify.py", "proof.zip", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={"PYTHONUTF8": "1"}, timeout=60)


def test_it_holds_without_this_software(stocked: Desk, data: bytes, tmp_path: Path) -> None:
    alone = run_alone(tmp_path, data)
    assert (alone.returncode, alone.stdout[:3]) == (0, "OK:"), alone.stdout + alone.stderr
    shutil.copy(stocked.notary.keys.public_file, tmp_path / "audit.pub")
    assert run_alone(tmp_path, data, "--key", "audit.pub").returncode == 0


def test_a_changed_byte_fails_there_too(data: bytes, tmp_path: Path) -> None:
    assert run_alone(tmp_path, data).returncode == 0
    place = data.index(b"%PDF") + 500
    alone = run_alone(tmp_path, flipped(data, place))
    assert (alone.returncode, alone.stdout[:6]) == (1, "FAILED")


def flipped(data: bytes, place: int, bit: int = 1) -> bytes:
    return data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]


def places(data: bytes) -> list[int]:
    """Every byte of what is no content, the borders of every member, and many others."""
    chosen = set(range(100)) | set(range(len(data) - 1_500, len(data)))
    for marker in (b"PK\x03\x04", b"PK\x01\x02", b"\xe2\x80\x94 belegfluss"):
        start = data.find(marker)
        while start >= 0:
            chosen |= set(range(start, min(start + 130, len(data)), 3))
            start = data.find(marker, start + 1)
    return sorted(chosen | set(random.Random(9).sample(range(len(data)), 1_500)))


def test_one_changed_byte_anywhere_fails(data: bytes) -> None:
    """One bit of one byte, in turn: nearly four thousand bundles, none of which may pass."""
    passed = []
    for number, place in enumerate(places(data)):
        try:
            check_bundle(flipped(data, place, 1 << number % 8))
        except (Failed, ValueError, KeyError, TypeError, AttributeError, IndexError):
            continue
        passed.append(place)
    assert not passed


def test_a_changed_member_fails_also_in_a_zip_written_anew(data: bytes) -> None:
    files = standalone.read_zip(data)
    for name, content in files.items():
        for place in (0, len(content) // 2, len(content) - 1):
            with pytest.raises((Failed, ValueError)):
                check_bundle(write_zip(files | {name: flipped(content, place)}))
        with pytest.raises(Failed):
            check_bundle(write_zip({other: kept for other, kept in files.items() if other != name}))
    with pytest.raises(Failed, match="added"):
        check_bundle(write_zip(files | {"more.txt": b"more"}))


@pytest.mark.parametrize("cut", [0, 1, 100, -1, -30])
def test_a_cut_or_longer_file_fails(data: bytes, cut: int) -> None:
    for changed in (data[:cut], data + b"\0", b"\0" + data):
        with pytest.raises(Failed):
            check_bundle(changed)


def signed_anew(stocked: Desk, data: bytes, **changes: bytes) -> bytes:
    """What somebody makes who has the key: another content, listed and signed again."""
    from pipeline.trail.bundle import _signed

    generated = {"public-key.txt", "public-keys.txt", "verify.py", standalone.MANIFEST, standalone.SIGNATURE}
    files = {name: content for name, content in standalone.read_zip(data).items() if name not in generated}
    return write_zip(_signed(stocked, "x", files | {name.replace("_", ".", 1): content for name, content in changes.items()}))


def test_even_the_key_owner_cannot_change_an_entry(stocked: Desk, data: bytes) -> None:
    events = standalone.read_zip(data)["events.jsonl"]
    assert check_bundle(signed_anew(stocked, data))
    with pytest.raises(Failed, match="not in the signed log"):
        check_bundle(signed_anew(stocked, data, events_jsonl=events.replace(b'"checked"', b'"chucked"')))
    lines = events.splitlines(keepends=True)
    with pytest.raises(Failed):
        check_bundle(signed_anew(stocked, data, events_jsonl=b"".join(lines[:2] + lines[3:])))


def test_a_bundle_of_another_key_is_not_trusted(data: bytes, tmp_path: Path) -> None:
    other = open_desk(tmp_path, FixedClock("2026-11-25"), Settings())
    key = str(other.notary.keys.signer().verifier)
    other.close()
    with pytest.raises(Failed, match="another key"):
        check_bundle(data, key)


def test_that_a_bundle_was_made_is_logged(stocked: Desk, invoice: str) -> None:
    from pipeline.store import audit

    make_bundle(stocked, invoice, "someone", "auditor")
    with stocked.database.read() as connection:
        last = audit.entries(connection, [invoice])[-1]
    assert (last.type, last.actor, last.role) == ("bundle-written", "someone", "auditor")


# Test vectors 1 to 3 of RFC 8032 section 7.1: seed and message.
RFC_8032 = [
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", ""),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82"),
]


@pytest.mark.parametrize(("seed", "message"), RFC_8032)
def test_signatures_are_judged_as_the_library_does(seed: str, message: str) -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
    public, text = private.public_key().public_bytes_raw(), bytes.fromhex(message)
    signature = private.sign(text)
    assert standalone.is_signed(public, signature, text)
    chance = random.Random(seed)
    for _ in range(20):
        assert not standalone.is_signed(public, flipped(signature, chance.randrange(64), 1 << chance.randrange(8)), text)
        assert not standalone.is_signed(flipped(public, chance.randrange(32), 1 << chance.randrange(8)), signature, text)
    assert not standalone.is_signed(public, signature, text + b"x")
    assert not standalone.is_signed(public, signature[:-1], text)
    grown = int.from_bytes(signature[32:], "little") + standalone.ORDER
    assert not standalone.is_signed(public, signature[:32] + grown.to_bytes(32, "little"), text)  # RFC 8032: s below the order


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8, 255, 256, 257, 600])
def test_proofs_are_checked_by_other_code_than_made(size: int) -> None:
    tree = InMemory(size)
    root = bytes.fromhex(merkle.root_at(tree, size))
    for index in {0, 1, size // 2, size - 1} & set(range(size)):
        path = merkle.inclusion(tree, index, size)
        assert standalone.root_by_path(index, size, tree.leaves[index], path) == root
    for old in {1, 2, size // 2, size - 1, size} & set(range(1, size + 1)):
        path, before = merkle.consistency(tree, old, size), bytes.fromhex(merkle.root_at(tree, old))
        standalone.check_consistency(old, size, before, root, path)
        with pytest.raises(Failed):
            standalone.check_consistency(old, size, before[::-1], root, path)
        with pytest.raises(Failed):
            standalone.check_consistency(old, size, before, root, [*path, root])
