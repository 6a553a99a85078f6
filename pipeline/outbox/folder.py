"""The target "folder": a file and its manifest, each under a temporary name, fsync, rename; the manifest last.

A receiver takes a file when its manifest is there, and removes both. So that a second try never puts a file back that was taken
already, a marker named by the key stays in ``.handed-over``. It is written between the temporary file and its rename:

    marker  temporary  file   what happened
    no      -          -      nothing counts: written from the beginning
    yes     yes        -      ended before the rename: renamed now
    yes     no         yes    ended before the manifest: written now
    yes     no         no     the receiver took it
"""

import json
import os
from pathlib import Path

from pipeline.outbox.parcel import NotSent, Parcel, Receipt, Refused

MARKERS = ".handed-over"
MANIFEST = ".manifest.json"


class FolderTarget:
    settle_seconds = 0.0
    busy_seconds = 60.0

    def __init__(self, folder: Path, prefix: str) -> None:
        self._folder, self._prefix = folder, prefix

    def look(self, parcel: Parcel, *, is_ours: bool) -> Receipt | None:
        try:
            marker, place = self._marker(parcel), self._place(parcel)
            if not marker.exists():
                return None
            if marker.read_text("ascii") != parcel.sha256:
                raise Refused("another file was handed over under the key of this invoice")
            if _temporary(place).exists() or (place.exists() and not _manifest(place).exists()):
                return None
            return Receipt()
        except OSError as problem:
            raise NotSent(f"{type(problem).__name__}: {problem}") from problem

    def send(self, parcel: Parcel) -> Receipt:
        try:
            marker, place = self._marker(parcel), self._place(parcel)
            marker.parent.mkdir(parents=True, exist_ok=True)
            if not marker.exists():
                _write(_temporary(place), parcel.data)
                _put(marker, parcel.sha256.encode("ascii"))
            if _temporary(place).exists():
                _temporary(place).replace(place)
                _sync(self._folder)
            _put(_manifest(place), _said(parcel, place))
        except OSError as problem:
            raise NotSent(f"{type(problem).__name__}: {problem}") from problem
        return Receipt()

    def _marker(self, parcel: Parcel) -> Path:
        return self._folder / MARKERS / parcel.key

    def _place(self, parcel: Parcel) -> Path:
        return self._folder / f"{self._prefix}{parcel.sha256[:12]}_{parcel.file_name.removeprefix(self._prefix)}"


def _said(parcel: Parcel, place: Path) -> bytes:
    words = {"file": place.name, "sha256": parcel.sha256, "bytes": len(parcel.data), "key": parcel.key}
    return json.dumps(words, ensure_ascii=False, indent=2).encode() + b"\n"


def _manifest(place: Path) -> Path:
    return place.with_name(place.name + MANIFEST)


def _temporary(place: Path) -> Path:
    return place.with_name(f".{place.name}.tmp")


def _put(place: Path, data: bytes) -> None:
    _write(_temporary(place), data)
    _temporary(place).replace(place)
    _sync(place.parent)


def _write(place: Path, data: bytes) -> None:
    with place.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """The rename survives a power cut; network drives that cannot do this say so with an error that changes nothing."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)
