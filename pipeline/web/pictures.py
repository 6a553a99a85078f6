"""Pictures of pages: drawn once in a child process, kept in the home by the hash of the file, shown with boxes over them."""

import json
import logging
import os
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from pipeline.desk import Desk
from pipeline.sandbox import SandboxError
from schemas.evidence import Box

log = logging.getLogger("belegfluss")

DRAWN_AS = "1"  # another way of drawing is another name, so that old pictures are not taken for new ones
MOST_PAGES = 30
MEDIA_TYPE = "image/webp"
_drawing = threading.Lock()


@dataclass(frozen=True)
class PageWord:
    text: str
    box: Box


@dataclass(frozen=True)
class Sheet:
    """One page: its size in points, where its picture is, and its words."""

    number: int
    width: float
    height: float
    address: str
    words: Sequence[PageWord]

    @property
    def text(self) -> str:
        """The words in lines, for who does not see the picture."""
        lines: list[list[str]] = []
        below = None
        for word in self.words:
            middle = (word.box[1] + word.box[3]) / 2
            if below is None or not below[0] <= middle <= below[1]:
                lines.append([])
            below = (word.box[1], word.box[3])
            lines[-1].append(word.text)
        return "\n".join(" ".join(line) for line in lines)


def sheets(desk: Desk, source: Row[Any], pages: Sequence[int]) -> list[Sheet]:
    """The pages of one document within a received file. Empty for what has no pages, or cannot be drawn."""
    if source.media != "pdf" or not pages:
        return []
    drawn = {one["page"]: one for one in _drawn(desk, source.sha256)}
    return [
        Sheet(
            one["page"],
            one["width"],
            one["height"],
            f"/documents/{source.id}/pages/{one['page']}",
            [PageWord(str(text), tuple(box)) for text, *box in one["words"]],
        )
        for one in (drawn[number] for number in pages if number in drawn)
    ]


def picture(desk: Desk, source: Row[Any], number: int) -> bytes | None:
    """The picture of a page, drawn before by ``sheets``; ``None`` where there is none."""
    if source.media != "pdf" or not 1 <= number <= MOST_PAGES:
        return None
    try:
        return (_folder(desk, source.sha256) / f"{number}.webp").read_bytes()
    except FileNotFoundError:
        return None


def _folder(desk: Desk, sha256: str) -> Path:
    return desk.home.pictures / DRAWN_AS / sha256[:2] / sha256


def _drawn(desk: Desk, sha256: str) -> list[dict[str, Any]]:
    index = _folder(desk, sha256) / "pages.json"
    try:
        found: list[dict[str, Any]] = json.loads(index.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        with _drawing:
            found = _draw(desk, sha256, index)
    return found


def _draw(desk: Desk, sha256: str, index: Path) -> list[dict[str, Any]]:
    """Draw the pages; a file that cannot be drawn is not tried again."""
    index.parent.mkdir(parents=True, exist_ok=True)
    arguments = {"path": str(desk.originals.path(sha256)), "pages": list(range(1, MOST_PAGES + 1))}
    found: list[dict[str, Any]] = []
    try:
        with desk.sandbox.run_with_files("draw-pages", arguments) as (answer, scratch):
            for one in answer:
                _keep(index.parent / f"{int(one['page'])}.webp", (scratch / f"{int(one['page'])}.webp").read_bytes())
            found = answer
    except SandboxError as problem:
        log.warning("the pages of %s cannot be drawn: %s", sha256[:10], problem)
    _keep(index, json.dumps(found, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    return found


def _keep(path: Path, data: bytes) -> None:
    """Whole or not at all: a reader never sees half a picture."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    Path(temporary).replace(path)
