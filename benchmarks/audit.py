"""What the audit trail costs: ``python -m benchmarks.audit``. Prints one line per measurement; exit code 1 when a limit is missed.

A log of 1,000,000 entries is made the way ``append`` makes it, but in large transactions; the entries tell of 50,000 invoices with one
stored document each. Then it is signed, verified from end to end (with the anchors, and with every document read), one invoice is
proven, and entries are appended one by one, as a stage does.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rfc8785
from sqlalchemy import insert, select

from pipeline.clock import FixedClock, iso
from pipeline.desk import Desk, open_desk
from pipeline.settings import Settings
from pipeline.store import audit, merkle
from pipeline.store.tables import audit as log
from pipeline.store.tables import audit_head, audit_node
from pipeline.trail import standalone
from pipeline.trail.bundle import inclusion_proofs
from pipeline.trail.verification import verify_desk

PER_INVOICE = 20
VERIFY_SECONDS, PROOF_SECONDS, APPEND_SECONDS = 60.0, 0.1, 0.01
APPENDED = 2_000
BATCH = 20_000
FINDINGS = [
    {"code": "TERM-DUE", "severity": "info", "path": "payment_terms", "message": "Zahlbar innerhalb von 30 Tagen ohne Abzug"}
]


def fill(desk: Desk, count: int) -> None:
    """The log, as ``append`` would have written it."""
    moment = iso(desk.clock.now())
    last: dict[str, tuple[int, str]] = {}
    frontier = list[bytes]()
    for start in range(0, count, BATCH):
        rows, nodes = list[dict[str, Any]](), list[dict[str, Any]]()
        for index in range(start, min(start + BATCH, count)):
            number, step = divmod(index, PER_INVOICE)
            row = entry(desk, index, f"invoice-{number:08}", step, last.get(f"invoice-{number:08}"), moment)
            leaf = merkle.leaf_hash(row["body"])
            frontier, full = merkle.grow(index, frontier, leaf)
            rows.append(row | {"hash": leaf.hex()})
            nodes += [{"level": node.level, "position": node.position, "hash": node.hash.hex()} for node in full]
            last = {row["item"]: (step, leaf.hex())}
        with desk.database.write() as connection:
            connection.execute(insert(log), rows)
            if nodes:
                connection.execute(insert(audit_node), nodes)
    tops = json.dumps([h.hex() for h in frontier])
    with desk.database.write() as connection:
        connection.execute(insert(audit_head).values(id=1, size=count, frontier=tops, root=merkle.root(frontier)))


def entry(desk: Desk, index: int, item: str, step: int, last: tuple[int, str] | None, moment: str) -> dict[str, Any]:
    after: dict[str, Any] = {"findings": FINDINGS * (step % 3), "step": str(step)}
    if step == 0:
        after["document"] = desk.originals.put(item.encode() * 200)
    place = {"index": index, "item": item, "sequence": step, "previous": last[1] if last else None, "time": moment}
    told = {"actor": "system", "role": "system", "type": "received" if step == 0 else "checked"}
    body = rfc8785.dumps({"v": 1, **place, **told, "before": None, "after": after, "reason": None})
    return place | {"type": told["type"], "actor": "system", "body": body}


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found


def judge(what: str, seconds: float, limit: float) -> bool:
    print(f"{what}: {seconds:.4f} s (limit {limit} s){'' if seconds <= limit else '  MISSED'}", flush=True)
    return seconds <= limit


def prove_one(desk: Desk, index: int, size: int) -> list[tuple[int, bytes, list[str]]]:
    with desk.database.read() as connection:
        first = index - index % PER_INVOICE
        rows = connection.execute(select(log.c.index, log.c.body).where(log.c.item == f"invoice-{index // PER_INVOICE:08}")).all()
        indexes = [row._mapping["index"] for row in rows]
        assert indexes == list(range(first, first + PER_INVOICE))
        proofs = inclusion_proofs(connection, indexes, size)
    return [(row._mapping["index"], row.body, path) for row, path in zip(rows, proofs, strict=True)]


def measure_proofs(desk: Desk, count: int, size: int, root: str) -> float:
    """The slowest of ten invoices spread over the log; every proof is checked by the script of the bundle."""
    worst = 0.0
    for part in range(10):
        seconds, proven = timed(lambda place=count * part // 10: prove_one(desk, place, size))
        for index, body, path in proven:
            assert standalone.root_by_path(index, size, merkle.leaf_hash(body), standalone.hashes(path)).hex() == root
        worst = max(worst, seconds)
    return worst


def measure_appends(desk: Desk) -> float:
    """99th percentile of what one entry adds to a transaction that a stage has open."""
    taken = []
    for number in range(APPENDED):
        event = audit.Event("checked", after={"findings": FINDINGS, "n": str(number)})
        with desk.database.write() as connection:
            start = time.perf_counter()
            audit.append(connection, f"new-{number % 50}", event, desk.clock.now())
            taken.append(time.perf_counter() - start)
    return sorted(taken)[int(len(taken) * 0.99)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    count = parser.parse_args().events
    with tempfile.TemporaryDirectory(prefix="belegfluss-audit-") as folder:
        desk = open_desk(Path(folder), FixedClock("2026-11-25"), Settings())
        print(f"{count} entries written in {timed(lambda: fill(desk, count))[0]:.0f} s (not judged)", flush=True)
        seconds, head = timed(desk.notary.checkpoint)
        print(f"signed and anchored for the first time in {seconds:.0f} s (not judged)", flush=True)
        good = judge("proof of one invoice, slowest of ten", measure_proofs(desk, count, head.size, head.root), PROOF_SECONDS)
        good &= judge(f"one entry, 99th percentile of {APPENDED}", measure_appends(desk), APPEND_SECONDS)
        seconds, verdict = timed(lambda: verify_desk(desk))
        assert verdict.ok, verdict
        assert verdict.entries == count + APPENDED + 1
        good &= judge(f"{verdict.entries} entries and {count // PER_INVOICE} documents verified", seconds, VERIFY_SECONDS)
        desk.close()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
