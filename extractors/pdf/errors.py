"""Why a PDF cannot be read.

PdfError
  PdfUnreadable   the file as a whole; carries the finding code of CONTRACT section 6
"""

from typing import Literal

ReadCode = Literal["READ-MALFORMED", "READ-ENCRYPTED", "READ-TOO-LARGE", "READ-CORRUPT", "READ-TIMEOUT"]


class PdfError(Exception):
    """Base of everything this package raises."""


class PdfUnreadable(PdfError):
    """The file cannot be read, or not safely. ``code`` is the finding code, ``reason`` a sentence for a person."""

    def __init__(self, code: ReadCode, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code: ReadCode = code
        self.reason = reason
