"""HTML printed to PDF by headless Chromium, for samples whose text was laid out by a browser."""

import io
import shutil
import subprocess
import tempfile
from pathlib import Path

import pikepdf

PROGRAMS = ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome")
TIMEOUT = 60
"""Seconds; a page takes about one."""
_OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-pdf-header-footer",
    "--run-all-compositor-stages-before-draw", "--virtual-time-budget=2000",
)  # fmt: skip


class NoBrowser(RuntimeError):
    """No browser is installed, or it made no PDF."""


def find_browser() -> str | None:
    """Path of an installed browser that prints without a screen."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


def print_html(html: str) -> bytes:
    """The page as the browser prints it, without the time of printing, so that one browser gives the same bytes every time.

    Raises ``NoBrowser``. The browser opens a local file only.
    """
    program = find_browser()
    if program is None:
        raise NoBrowser("no Chromium is installed")
    with tempfile.TemporaryDirectory(prefix="belegfluss-print-") as name:
        folder = Path(name)
        page, pdf = folder / "page.html", folder / "page.pdf"
        page.write_text(html, encoding="utf-8")
        command = [program, *_OPTIONS, f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={pdf}", page.as_uri()]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT)
        except (subprocess.SubprocessError, OSError) as problem:
            raise NoBrowser(f"{program} printed nothing: {problem}") from problem
        if not pdf.is_file():
            raise NoBrowser(f"{program} printed nothing")
        return _without_time(pdf.read_bytes())


def _without_time(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        for key in ("/CreationDate", "/ModDate"):
            if key in document.docinfo:
                del document.docinfo[key]
        document.save(buffer, deterministic_id=True)
    return buffer.getvalue()
