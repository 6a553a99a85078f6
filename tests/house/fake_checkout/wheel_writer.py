"""Writes wheels of pure Python, so that tests of the set-up need no network."""

import base64
import hashlib
import zipfile
from pathlib import Path

WRITTEN = (2020, 1, 1, 0, 0, 0)  # a fixed time: the same content written twice has the same hash


def write_wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> Path:
    """Writes a wheel with the given files (name -> text) beside its metadata; returns its path."""
    info = f"{name}-{version}.dist-info"
    content = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    path = folder / f"{name}-{version}-py3-none-any.whl"
    rows = []
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in content.items():
            data = text.encode()
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            rows.append(f"{inner},sha256={digest},{len(data)}\n")
            archive.writestr(zipfile.ZipInfo(inner, WRITTEN), data)
        archive.writestr(zipfile.ZipInfo(f"{info}/RECORD", WRITTEN), "".join([*rows, f"{info}/RECORD,,\n"]))
    return path
