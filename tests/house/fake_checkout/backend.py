"""Build backend of the fake checkout. It waits while a file named "slow" lies there, so that a test can interrupt a set-up."""

import re
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


def build_editable(directory: str, _settings: object = None, _metadata: object = None) -> str:
    """PEP 660: writes a wheel that points to the checkout; returns its name."""
    from wheel_writer import write_wheel  # type: ignore[import-not-found]  # found beside this file

    patience = 300
    while (HERE / "slow").exists() and patience:
        (HERE / "building").touch()
        time.sleep(0.1)
        patience -= 1
    found = re.search('version = "(.*)"', (HERE / "pyproject.toml").read_text())
    version = found[1] if found else ""
    scripts = "[console_scripts]\nbelegfluss = product:main\n"
    files = {"belegfluss.pth": f"{HERE}\n", f"belegfluss-{version}.dist-info/entry_points.txt": scripts}
    path: Path = write_wheel(Path(directory), "belegfluss", version, files)
    return path.name
