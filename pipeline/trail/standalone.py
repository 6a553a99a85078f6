"""Checks a Belegfluss proof bundle. Needs Python 3.11 and nothing else: no installation, no network.

    python verify.py BUNDLE.zip [--key PUBLIC-KEY]

Exit 0: everything holds. 1: something does not; the message names it. 2: it cannot be read. Give --key the public key you were
handed at set-up (text or file): without it the bundle is only shown to be consistent with the key inside it.

Sources: RFC 6962 (Merkle tree), RFC 8032 (Ed25519), C2SP signed-note and tlog-checkpoint, PKWARE APPNOTE (ZIP, stored members).
"""

import base64
import binascii
import hashlib
import json
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
SIGNATURE = "manifest.note"
MAX_SIZE = 1 << 31


class Failed(Exception):
    """What does not hold."""


# --- ZIP: stored members, one way to write them, so that every byte of the file is accounted for


def write_zip(files: dict[str, bytes]) -> bytes:
    """A ZIP of stored members in the order given, all dated 1980-01-01. The same files give the same bytes."""
    body, directory = bytearray(), bytearray()
    for name, data in files.items():
        raw = name.encode()
        common = struct.pack("<HHHHHIIIHH", 20, 0x0800, 0, 0, 0x21, zlib.crc32(data), len(data), len(data), len(raw), 0)
        place = len(body)
        body += b"PK\x03\x04" + common + raw + data
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, place) + raw
    end = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(directory), len(body), 0)
    return bytes(body + directory + b"PK\x05\x06" + end)


def read_zip(data: bytes) -> dict[str, bytes]:
    """The members of a ZIP that ``write_zip`` made. Raises ``Failed`` for any other bytes."""
    files: dict[str, bytes] = {}
    place = 0
    while data[place : place + 4] == b"PK\x03\x04":
        header = data[place + 4 : place + 30]
        if len(header) < 26:
            raise Failed("the ZIP ends early")
        size, length = struct.unpack("<I", header[14:18])[0], struct.unpack("<H", header[22:24])[0]
        start = place + 30 + length
        if start + size > len(data):
            raise Failed("the ZIP ends early")
        try:
            files[data[place + 30 : start].decode()] = data[start : start + size]
        except UnicodeDecodeError as problem:
            raise Failed("the ZIP holds a name that is no text") from problem
        place = start + size
    if not files or write_zip(files) != data:
        raise Failed("the ZIP is not byte for byte what was written")
    return files


# --- Ed25519 verification, RFC 8032 section 5.1.7, in extended coordinates

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]
NEUTRAL: Point = (0, 1, 1, 0)


def add_points(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar: int, point: Point) -> Point:
    result = NEUTRAL
    while scalar:
        if scalar & 1:
            result = add_points(result, point)
        point = add_points(point, point)
        scalar >>= 1
    return result


def read_point(data: bytes) -> Point | None:
    """The point behind 32 bytes, ``None`` where there is none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = read_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or NEUTRAL


def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature is right."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, nonce = read_point(public), read_point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or nonce is None or scalar >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = multiply(scalar, BASE), add_points(nonce, multiply(challenge, key))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# --- signed notes


def read_key(text: str) -> tuple[str, bytes, bytes]:
    """Name, id and public key of ``name+id+key``."""
    try:
        name, key_id, encoded = text.strip().split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error) as problem:
        raise Failed("the public key cannot be read") from problem
    if raw[:1] != b"\x01" or hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8] != key_id:
        raise Failed("the public key does not fit its id")
    return name, bytes.fromhex(key_id), raw[1:]


def open_note(note: str, keys: list[str], what: str) -> str:
    """The text of a note that one of the keys has signed."""
    text, gap, signatures = note.rpartition("\n\n")
    for line in signatures.splitlines() if gap else []:
        name, _, encoded = line.removeprefix("\u2014 ").partition(" ")
        for key in keys:
            known, key_id, public = read_key(key)
            try:
                raw = base64.b64decode(encoded, validate=True)
            except binascii.Error:
                continue
            canonical = f"\u2014 {known} {base64.b64encode(raw).decode()}\n"
            if (
                known == name
                and raw[:4] == key_id
                and signatures == canonical
                and is_signed(public, raw[4:], f"{text}\n".encode())
            ):
                return f"{text}\n"
    raise Failed(f"{what} is signed by none of the keys")


def read_checkpoint(note: str, keys: list[str], what: str) -> tuple[int, bytes]:
    """Size and root of a signed head of the log."""
    lines = open_note(note, keys, what).split("\n")
    try:
        return int(lines[1]), base64.b64decode(lines[2], validate=True)
    except (ValueError, IndexError, binascii.Error) as problem:
        raise Failed(f"{what} is no checkpoint") from problem


# --- Merkle proofs, RFC 9162 sections 2.1.3.2 and 2.1.4.2


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_by_path(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes:
    """The root that an audit path leads to."""
    if not 0 <= index < size:
        raise Failed(f"entry {index} is not under the head")
    place, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise Failed(f"the proof of entry {index} is too long")
        if place & 1 or place == last:
            root = node(sibling, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = node(root, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise Failed(f"the proof of entry {index} is too short")
    return root


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: list[bytes]) -> None:
    """That the tree of ``new`` leaves begins with the one of ``old``. Raises ``Failed``."""
    wrong = Failed(f"the log of {new} entries does not continue the one of {old}")
    if old == new:
        if path or old_root != new_root:
            raise wrong
        return
    if not 0 < old < new or not path:
        raise wrong
    if old & (old - 1) == 0:
        path = [old_root, *path]
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise wrong
        if place & 1 or place == last:
            first, second = node(sibling, first), node(sibling, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node(second, sibling)
        place, last = place >> 1, last >> 1
    if last or first != old_root or second != new_root:
        raise wrong


# --- the bundle


def check_bundle(data: bytes, trusted: str | None = None) -> dict[str, Any]:
    """Check everything; what it is about. Raises ``Failed``."""
    files = read_zip(data)
    key = text_of(files, "public-key.txt")
    if trusted is not None and read_key(trusted) != read_key(key):
        raise Failed("the bundle was signed with another key than the one you trust")
    manifest = check_manifest(files, key)
    keys = [line for line in text_of(files, "public-keys.txt").splitlines() if line]
    if key.strip() not in keys:
        raise Failed("the public key is missing in the list of keys")
    size, root = read_checkpoint(text_of(files, "checkpoint.txt"), [key], "the checkpoint")
    proofs = json_of(files, "proofs.json")
    old_size, old_root = read_checkpoint(text_of(files, "checkpoint-before.txt"), keys, "the checkpoint before")
    check_consistency(old_size, size, old_root, root, hashes(proofs["consistency"]))
    entries = check_entries(files, proofs, size, root)
    check_chains(entries)
    count = check_documents(files, entries)
    return {"invoice": manifest["invoice"], "entries": len(entries), "documents": count, "size": size, "key": key.strip()}


def check_manifest(files: dict[str, bytes], key: str) -> dict[str, Any]:
    """Every file is listed with its hash, and the list is signed."""
    stated = open_note(text_of(files, SIGNATURE), [key], "the list of files")
    if hashlib.sha256(files.get(MANIFEST, b"")).hexdigest() != stated.split("\n")[1]:
        raise Failed(f"{MANIFEST} was changed")
    manifest: dict[str, Any] = json_of(files, MANIFEST)
    if set(manifest["files"]) != set(files) - {MANIFEST, SIGNATURE}:
        raise Failed("files are missing or were added")
    for name, sha256 in manifest["files"].items():
        if hashlib.sha256(files[name]).hexdigest() != sha256:
            raise Failed(f"{name} was changed")
    return manifest


def check_entries(files: dict[str, bytes], proofs: Any, size: int, root: bytes) -> list[tuple[dict[str, Any], str]]:
    """Every entry is under the signed head. The entries with their hashes."""
    lines = files["events.jsonl"].splitlines()
    if len(lines) != len(proofs["inclusion"]):
        raise Failed("there is not one proof for each entry")
    found = []
    for line, path in zip(lines, proofs["inclusion"], strict=True):
        event = json.loads(line)
        leaf = hashlib.sha256(b"\x00" + line).digest()
        if root_by_path(event["index"], size, leaf, hashes(path)) != root:
            raise Failed(f"entry {event['index']} is not in the signed log")
        found.append((event, leaf.hex()))
    return found


def check_chains(entries: list[tuple[dict[str, Any], str]]) -> None:
    """The entries about one thing follow each other without a gap, from the first."""
    last: dict[Any, tuple[int, str | None]] = {}
    for event, digest in entries:
        sequence, previous = last.get(event["item"], (-1, None))
        if (event["sequence"], event["previous"]) != (sequence + 1, previous):
            raise Failed(f"an entry before {event['index']} is missing")
        last[event["item"]] = (event["sequence"], digest)


def check_documents(files: dict[str, bytes], entries: list[tuple[dict[str, Any], str]]) -> int:
    """Every document an entry vouches for is there, byte for byte."""
    vouched = {sha256 for event, _digest in entries for sha256 in documents_in(event["after"])}
    kept = {hashlib.sha256(data).hexdigest() for name, data in files.items() if name.startswith("documents/")}
    if vouched != kept:
        raise Failed("the documents are not those the entries vouch for")
    return len(kept)


def documents_in(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for one in value for found in documents_in(one)]
    if not isinstance(value, dict):
        return []
    own = [value["document"]] if isinstance(value.get("document"), str) else []
    return own + [found for one in value.values() for found in documents_in(one)]


def hashes(values: list[str]) -> list[bytes]:
    return [bytes.fromhex(value) for value in values]


def text_of(files: dict[str, bytes], name: str) -> str:
    if name not in files:
        raise Failed(f"{name} is missing")
    return files[name].decode()


def json_of(files: dict[str, bytes], name: str) -> Any:
    return json.loads(text_of(files, name))


def main(arguments: list[str]) -> int:
    names = [one for one in arguments if not one.startswith("--")]
    trusted = None
    if "--key" in arguments:
        trusted = arguments[arguments.index("--key") + 1 :][0]
        names.remove(trusted)
        if Path(trusted).is_file():
            trusted = Path(trusted).read_text("utf-8")
    if len(names) != 1:
        print(__doc__)
        return 2
    try:
        data = Path(names[0]).read_bytes()
    except OSError as problem:
        print(f"cannot read {names[0]}: {problem.strerror}")
        return 2
    try:
        found = check_bundle(data, trusted)
    except Failed as problem:
        print(f"FAILED: {problem}")
        return 1
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as problem:
        print(f"FAILED: the bundle is not what was written ({type(problem).__name__})")
        return 1
    print(f"OK: {found['entries']} entries and {found['documents']} documents of invoice {found['invoice']} are in the log")
    print(f"    of {found['size']} entries signed by {found['key']}")
    if trusted is None:
        print("    Compare this key with the one you were handed, or give it with --key.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
