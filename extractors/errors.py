"""Why bytes cannot be read at all. Callers of ``read`` and ``unpack`` never see these: they become findings there.

ExtractionError
  Unreadable   the whole file or part; carries the finding code of CONTRACT section 6
"""

from typing import Literal

UnreadableCode = Literal["READ-MALFORMED", "READ-ENCRYPTED", "READ-TOO-LARGE", "READ-CORRUPT", "READ-NO-TEXT-LAYER"]


class ExtractionError(Exception):
    """Base of everything the readers of structured sources and containers raise."""


class Unreadable(ExtractionError):
    """``code`` is the finding code, ``reason`` a sentence for a person that says what to do where something can be done."""

    def __init__(self, code: UnreadableCode, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code: UnreadableCode = code
        self.reason = reason
