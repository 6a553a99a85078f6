"""Signed notes and checkpoints as text (C2SP signed-note and tlog-checkpoint), with Ed25519.

    belegfluss/0123456789abcdef
    4711
    <root, base64>
    time 2026-11-25T12:00:00.000Z

    — belegfluss/0123456789abcdef <key id and signature, base64>

The fourth line is an extension line as tlog-checkpoint allows them. A public key is written ``name+key id+base64(1 || key)``.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
DASH = "\N{EM DASH} "
TIME = "time "


class BadNote(ValueError):
    """A text that is no note, or that no known key has signed."""


@dataclass(frozen=True)
class Verifier:
    """A public key and the name it signs under."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"


def parse_verifier(text: str) -> Verifier:
    """The key behind its text. Raises ``BadNote``."""
    try:
        name, key_id, data = text.strip().split("+", 2)
        raw = base64.b64decode(data, validate=True)
    except (ValueError, binascii.Error) as problem:
        raise BadNote("no public key in the form name+id+key") from problem
    found = Verifier(name, raw[1:])
    if raw[:1] != ED25519 or len(raw) != 33 or found.key_id.hex() != key_id or not name:
        raise BadNote("the public key does not fit its id")
    return found


@dataclass(frozen=True)
class Signer:
    """A private key and the name it signs under."""

    name: str
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self.private.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The note: the text, an empty line, one signature line. ``text`` ends with a line break."""
        signature = self.verifier.key_id + self.private.sign(text.encode())
        return f"{text}\n{DASH}{self.name} {base64.b64encode(signature).decode()}\n"


@dataclass(frozen=True)
class Checkpoint:
    """A head of the log that was signed. ``root`` in hex, ``at`` ISO text in UTC, ``signer`` the id of the key in hex."""

    origin: str
    size: int
    root: str
    at: str
    note: str
    signer: str


def write_checkpoint(signer: Signer, size: int, root: str, at: str) -> Checkpoint:
    encoded = base64.b64encode(bytes.fromhex(root)).decode()
    note = signer.sign(f"{signer.name}\n{size}\n{encoded}\n{TIME}{at}\n")
    return Checkpoint(signer.name, size, root, at, note, signer.verifier.key_id.hex())


def read_checkpoint(note: str, keys: list[Verifier]) -> Checkpoint:
    """A checkpoint one of the keys has signed. Raises ``BadNote``."""
    text, found = open_note(note, keys)
    lines = text.split("\n")
    try:
        origin, size, encoded = lines[:3]
        root = base64.b64decode(encoded, validate=True)
        if str(int(size)) != size or len(root) != 32 or origin != found.name:
            raise BadNote("not a checkpoint")
    except (ValueError, binascii.Error) as problem:
        raise BadNote("not a checkpoint") from problem
    at = next((line.removeprefix(TIME) for line in lines[3:] if line.startswith(TIME)), "")
    return Checkpoint(origin, int(size), root.hex(), at, note, found.key_id.hex())


def open_note(note: str, keys: list[Verifier]) -> tuple[str, Verifier]:
    """The signed text and the first of the keys that signed it. Raises ``BadNote``."""
    text, gap, signatures = note.rpartition("\n\n")
    if not gap:
        raise BadNote("not a signed note")
    text += "\n"
    for line in signatures.splitlines():
        name, _, encoded = line.removeprefix(DASH).partition(" ")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except binascii.Error as problem:
            raise BadNote("a signature line cannot be read") from problem
        for key in keys:
            if (key.name, key.key_id) == (name, raw[:4]):
                _check(key, raw[4:], text)
                return text, key
    raise BadNote("signed by none of the known keys")


def _check(key: Verifier, signature: bytes, text: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
    except (InvalidSignature, ValueError) as problem:
        raise BadNote("the signature is wrong") from problem
