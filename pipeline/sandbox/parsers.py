"""Warms the fork server: parsers, word lists, schemas and rules are loaded once, so that no child pays for them.

Loading means working once from end to end on a document of our own (``warm.pdf``): what is read lazily, and what a library sets up at
its first call, is then in memory that children share. Nothing that came from outside is ever opened in the fork server.
"""

import gc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from extractors.profiles import learning  # noqa: F401  read with profiles and learn from corrections
from pipeline.sandbox import tasks

WARM = Path(__file__).with_name("warm.pdf")


def warm_up(scratch: Path) -> None:
    """Read, write and judge the document once."""
    extraction: Any = tasks.read({"path": str(WARM), "name": WARM.name, "source": "text-layer"}, scratch)
    document = extraction["documents"][0]
    arguments: dict[str, Any] = {
        "format": "zugferd",
        "invoice": document["invoice"],
        "original": str(WARM),
        "source_sha256": extraction["sha256"],
        "source_is_einvoice": False,
        "seller": None,
        "buyer": None,
        "posting": None,
        "match": None,
        "created": datetime(2026, 1, 1, tzinfo=UTC).isoformat(),
        "version": "0",
    }
    tasks.export(arguments, scratch)
    written = scratch / "xml"
    if written.exists():
        tasks.read({"path": str(written), "name": "warm.xml"}, scratch)


def read_once() -> None:
    """Read the pages of the document, as a child does."""
    tasks.read({"path": str(WARM), "name": WARM.name, "source": "text-layer"}, WARM.parent)


def _warm_up_in_scratch() -> None:
    import tempfile

    with tempfile.TemporaryDirectory(prefix="belegfluss-warm-") as scratch:
        warm_up(Path(scratch))


_warm_up_in_scratch()
gc.collect()
gc.freeze()  # children then do not touch, and so do not copy, the memory of what is loaded
