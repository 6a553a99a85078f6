"""``audit bundle``: everything about one invoice in a ZIP that proves itself, to somebody who has neither our software nor trust in it.

invoice.json             what was read, judged and decided
events.jsonl             the entries, byte for byte as they were hashed, one a line
documents/...            received bytes and written e-invoices, named by their SHA-256
proofs.json              inclusion of each entry, consistency of the log since the first head that was signed after the receipt
checkpoint.txt           the signed head;  checkpoint-before.txt  the earlier one
public-key.txt           the key they are signed with;  public-keys.txt  all keys of this log
verify.py                checks all this with plain Python
manifest.json, .note     hash of every file, signed
"""

import hashlib
import json
from dataclasses import dataclass
from importlib.resources import files as package_files
from typing import Any

from sqlalchemy import Connection, select

from pipeline.desk import Desk
from pipeline.errors import UsageError
from pipeline.outcome import outcome, trail_items
from pipeline.store import audit, merkle, queries, records
from pipeline.store.tables import audit as log
from pipeline.store.tables import checkpoint
from pipeline.trail.notes import Checkpoint
from pipeline.trail.standalone import MANIFEST, SIGNATURE, write_zip
from pipeline.trail.verification import documents_in

TITLE = "belegfluss proof bundle"
README = """Proof bundle of invoice {number}

    python verify.py THIS.zip --key PUBLIC-KEY

Take verify.py out of the ZIP first, or better: use the copy you were handed with the public key. It needs Python 3.11, nothing
else. It shows that the entries in events.jsonl stand in the log whose head is checkpoint.txt, in order and without a gap up to
the last of them; that the documents are those the entries name; that the log has not been changed since checkpoint-before.txt;
and that no byte of this file was changed since. What happened to the invoice after checkpoint.txt is not in it.
"""


@dataclass(frozen=True)
class Bundle:
    data: bytes
    entries: int
    size: int  # of the log under the signed head


def make_bundle(desk: Desk, invoice_id: str, actor: str = "cli", role: str = "system") -> Bundle:
    """The bundle of one invoice; that it was made is logged. Raises ``UsageError`` for an unknown id, ``BlobMissing``."""
    head = desk.notary.checkpoint()
    with desk.database.read() as connection:
        row = queries.find_invoice(connection, invoice_id)
        if row is None:
            raise UsageError(f"there is no invoice {invoice_id}")
        items = trail_items(connection, row)
        entries = connection.execute(
            select(log.c.index, log.c.body).where(log.c.item.in_(items), log.c.index < head.size).order_by(log.c.index)
        ).all()
        if not entries:
            raise UsageError(f"the log tells nothing of {invoice_id}")
        indexes = [one._mapping["index"] for one in entries]
        before = _head_after(connection, indexes[0], head)
        proofs = _proofs(connection, indexes, before, head)
        told = outcome(connection, row)
        suffixes = _suffixes(connection, items, row.id)
    bodies = [one.body for one in entries]
    contents = {
        "README.txt": README.format(number=row.number or row.file).encode(),
        "invoice.json": _json(told),
        "events.jsonl": b"".join(body + b"\n" for body in bodies),
        **_documents(desk, bodies, suffixes),
        "proofs.json": _json(proofs),
        "checkpoint.txt": head.note.encode(),
        "checkpoint-before.txt": before.encode(),
    }
    data = write_zip(_signed(desk, row.id, contents))
    after = {"entries": str(len(bodies)), "size": str(head.size), "sha256": hashlib.sha256(data).hexdigest()}
    with desk.database.write() as connection:
        audit.append(connection, row.id, audit.Event("bundle-written", after=after, actor=actor, role=role), desk.clock.now())
    return Bundle(data, len(bodies), head.size)


def inclusion_proofs(connection: Connection, indexes: list[int], size: int) -> list[list[str]]:
    """Audit path of each entry in the tree of ``size`` entries, hex, from the leaf upwards."""
    tree = audit.StoredTree(connection)
    return [[one.hex() for one in merkle.inclusion(tree, index, size)] for index in indexes]


def _proofs(connection: Connection, indexes: list[int], before: str, head: Checkpoint) -> dict[str, Any]:
    old = int(before.split("\n")[1])
    path = merkle.consistency(audit.StoredTree(connection), old, head.size)
    return {"inclusion": inclusion_proofs(connection, indexes, head.size), "consistency": [one.hex() for one in path]}


def _head_after(connection: Connection, index: int, head: Checkpoint) -> str:
    """The first signed head that covers an entry."""
    query = select(checkpoint.c.note).where(checkpoint.c.size > index).order_by(checkpoint.c.size).limit(1)
    return connection.scalar(query) or head.note


def _suffixes(connection: Connection, items: list[str], invoice_id: str) -> dict[str, str]:
    """Endings for the documents, so that a double click opens them."""
    rows = [found for item in items if (found := queries.find_received(connection, item)) is not None]
    named = {row.sha256: row.name for row in rows}
    named |= {one.sha256: one.file_name for one in records.exports_of(connection, invoice_id)}
    endings = {sha256: name.rpartition(".")[2].lower() for sha256, name in named.items()}
    return {sha256: f".{end}" for sha256, end in endings.items() if end.isascii() and end.isalnum() and len(end) <= 5}


def _documents(desk: Desk, bodies: list[bytes], suffixes: dict[str, str]) -> dict[str, bytes]:
    hashes = dict.fromkeys(sha256 for body in bodies for sha256 in documents_in(json.loads(body)["after"]))
    found = {}
    for sha256 in hashes:
        store = desk.originals if desk.originals.path(sha256).exists() else desk.exports
        found[f"documents/{sha256}{suffixes.get(sha256, '')}"] = store.get(sha256)
    return found


def _signed(desk: Desk, invoice_id: str, contents: dict[str, bytes]) -> dict[str, bytes]:
    """The files with keys, script and the signed list of all of them."""
    signer = desk.notary.keys.signer()
    contents |= {
        "public-key.txt": f"{signer.verifier}\n".encode(),
        "public-keys.txt": "".join(f"{key}\n" for key in desk.notary.keys.trusted()).encode(),
        "verify.py": package_files("pipeline.trail").joinpath("standalone.py").read_bytes(),
    }
    listed = {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
    manifest = _json({"title": TITLE, "invoice": invoice_id, "files": listed})
    note = signer.sign(f"{TITLE}\n{hashlib.sha256(manifest).hexdigest()}\n")
    return {**contents, MANIFEST: manifest, SIGNATURE: note.encode()}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"
