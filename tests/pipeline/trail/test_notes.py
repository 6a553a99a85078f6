"""Signed notes: the text form of C2SP, and what is no note."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pipeline.trail.notes import BadNote, Signer, open_note, parse_verifier, read_checkpoint, write_checkpoint

# Test key and note of the C2SP/Go description of signed notes: a key of which the id is published.
PUBLISHED = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "\N{EM DASH} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ROOT = "aa" * 32


def signer(name: str = "belegfluss/test", seed: int = 1) -> Signer:
    return Signer(name, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


def test_a_published_note_is_read() -> None:
    text, key = open_note(PUBLISHED_NOTE, [parse_verifier(PUBLISHED)])
    assert text.startswith("If you think")
    assert str(key) == PUBLISHED


def test_a_checkpoint_is_read_back() -> None:
    made = write_checkpoint(signer(), 4711, ROOT, "2026-11-25T12:00:00.000Z")
    assert read_checkpoint(made.note, [signer(seed=2).verifier, signer().verifier]) == made
    lines = made.note.split("\n")
    assert lines[:2] == ["belegfluss/test", "4711"]
    assert base64.b64decode(lines[2]).hex() == ROOT


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.replace("4711", "4712"),
        lambda note: note.replace("12:00", "12:01"),
        lambda note: note[:-6] + ("A" if note[-6] != "A" else "B") + note[-5:],
        lambda note: note.replace("\n\n", "\n"),
        lambda _note: "",
        lambda note: note.replace("\N{EM DASH} belegfluss/test", "\N{EM DASH} belegfluss/other"),
        lambda note: note.replace("\N{EM DASH} belegfluss/test ", "\N{EM DASH} belegfluss/test !"),
    ],
)
def test_a_changed_checkpoint_is_refused(change) -> None:  # type: ignore[no-untyped-def]
    made = write_checkpoint(signer(), 4711, ROOT, "2026-11-25T12:00:00.000Z")
    with pytest.raises(BadNote):
        read_checkpoint(change(made.note), [signer().verifier])


def test_a_checkpoint_of_another_key_is_refused() -> None:
    made = write_checkpoint(signer(seed=2), 1, ROOT, "2026-11-25T12:00:00.000Z")
    with pytest.raises(BadNote, match="none of the known keys"):
        read_checkpoint(made.note, [signer().verifier])


@pytest.mark.parametrize(
    "text", ["", "a", "a+b", "a+b+c", "a+00000000+" + base64.b64encode(b"\x01" + b"x" * 32).decode(), "\u00e9"]
)
def test_no_key(text: str) -> None:
    with pytest.raises(BadNote):
        parse_verifier(text)
