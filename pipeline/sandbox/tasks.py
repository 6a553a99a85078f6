"""What a child can be asked to do. Imported by the fork server, so that every child starts with the parsers loaded."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import extractors
from schemas.master import Company, Vendor


def read(arguments: dict[str, Any], _scratch: Path) -> Any:
    """Read one file: ``path``, ``name``, ``source``, ``companies``, ``vendors``; the JSON of an Extraction."""
    data = Path(arguments["path"]).read_bytes()
    extraction = extractors.read(
        data,
        arguments["name"],
        source=arguments.get("source", "auto"),
        companies=[Company.model_validate(c) for c in arguments.get("companies", ())],
        vendors=[Vendor.model_validate(v) for v in arguments.get("vendors", ())],
    )
    return extraction.as_json()


def unpack(arguments: dict[str, Any], scratch: Path) -> Any:
    """Open a mail or archive: ``path``, ``name``. Parts are written to the scratch folder as 0, 1, 2, ...; their facts."""
    unpacked = extractors.unpack(Path(arguments["path"]).read_bytes(), arguments["name"])
    parts = []
    for number, part in enumerate(unpacked.parts):
        (scratch / str(number)).write_bytes(part.data)
        parts.append(
            {
                "name": part.name,
                "media": part.media.value,
                "disposition": part.disposition,
                "is_document": part.is_document,
                "file": str(number),
            }
        )
    return {
        "mail": unpacked.mail.as_json() if unpacked.mail else None,
        "parts": parts,
        "findings": [finding.as_json() for finding in unpacked.findings],
    }


def self_test(_arguments: dict[str, Any], scratch: Path) -> Any:
    """Which layers of protection are on in this child."""
    import os
    import resource

    status = Path("/proc/self/status").read_text("ascii") if Path("/proc/self/status").exists() else ""
    return {
        "memory limit": resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY,
        "processor limit": resource.getrlimit(resource.RLIMIT_CPU)[0] != resource.RLIM_INFINITY,
        "file limits": resource.getrlimit(resource.RLIMIT_NOFILE)[0] <= 32,
        "no new privileges": "NoNewPrivs:\t1" in status or not status,
        "empty environment": not os.environ,
        "own folder": Path.cwd() == scratch.resolve(),
    }


TASKS: dict[str, Callable[[dict[str, Any], Path], Any]] = {"read": read, "unpack": unpack, "self-test": self_test}
