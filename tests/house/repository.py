"""What is in this repository: its root and the files that belong to it."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORE = ("schemas", "extractors", "validators", "enrichers", "exporters")
PACKAGES = (*CORE, "pipeline", "samples")


def files() -> list[Path]:
    """Every file that is committed or about to be: known to git, or new and not ignored. Sorted; paths are absolute."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, capture_output=True, check=True).stdout.decode().split("\0")
    return sorted(path for name in set(names) if name and (path := ROOT / name).is_file())


def relative(path: Path) -> str:
    """The path as one writes it in a document: from the root, with slashes."""
    return path.relative_to(ROOT).as_posix()
